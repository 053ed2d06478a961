# Copyright 2026 emotion_ros maintainers
#
# Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except
# in compliance with the License. You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software distributed under the License
# is distributed on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express
# or implied. See the License for the specific language governing permissions and limitations under
# the License.

"""Colors, layout and format of all plots."""

from collections.abc import Sequence
from os import PathLike
from typing import Any
import warnings

from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.figure import Figure
import numpy as np

BLUE, ORANGE, GREEN, GRAY = '#0072B2', '#D55E00', '#009E73', '#555555'
AMBER, SKY, PINK, YELLOW = '#E69F00', '#56B4E9', '#CC79A7', '#F0E442'
"""Colors that are told apart without seeing red or green: Okabe and Ito 2008."""

_LONGEST = 14   # letters of a label


def new_figure(width: float, height: float, *, rows: int = 1, columns: int = 1,
               **options: Any) -> tuple[Figure, Any]:
    """Make a figure of so many inches, and its axes."""
    figure = Figure(figsize=(width, height), layout='constrained')
    axes = figure.subplots(rows, columns, **options)
    for one in np.ravel(axes):
        one.spines[['top', 'right']].set_visible(False)
    return figure, axes


def put_legend(figure: Figure, handles: Sequence[Artist], texts: Sequence[str], *,
               columns: int = 2, **options: Any) -> None:
    """Put the legend above all axes, where it hides nothing."""
    figure.legend(handles, texts, loc='outside upper center', ncols=min(columns, len(texts)),
                  frameon=False, fontsize=9, **options)


def shorten(text: str) -> str:
    """Make a label short, and safe from being read as a formula."""
    short = text if len(text) <= _LONGEST else text[:_LONGEST - 1] + '…'
    return short.replace('$', '\\$')


def save(figure: Figure, path: str | PathLike[str], *, resolution: float = 200) -> None:
    """Write a picture of the format that the path ends in, with so many dots per inch."""
    # Publishers want the letters of a PDF as TrueType, and those of an SVG as text.
    with warnings.catch_warnings(), rc_context({'pdf.fonttype': 42, 'svg.fonttype': 'none'}):
        # A letter that the font lacks becomes a box; a table or report has it.
        warnings.filterwarnings('ignore', 'Glyph', UserWarning)
        figure.savefig(path, dpi=resolution)
