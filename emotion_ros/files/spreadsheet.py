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

"""CSV files as spreadsheets write them."""

import codecs
import csv
import io
from pathlib import Path

SEPARATORS = ',;\t'


class Rows(csv.DictReader):   # type: ignore[type-arg]   # is no generic in Python 3.11
    """Rows that know the line on which the last complete row ended."""

    last_line = 0

    def __next__(self) -> dict[str, str]:
        row = super().__next__()
        self.last_line = self.line_num
        return row


def read_rows(path: str | Path) -> Rows:
    """Read a CSV file: UTF-8, UTF-16 with its mark, or Latin-1.

    The separator is one of SEPARATORS, because that of spreadsheets depends on the country.

    Returns:
        Rows whose fieldnames, those of the header, are without spaces and in lower case.

    Raises:
        OSError: the file cannot be read.
        csv.Error: the header is malformed; reading the rows raises it for their faults.

    """
    file = io.StringIO(_decoded(Path(path).read_bytes()), newline='')
    header = file.readline()
    file.seek(0)
    rows = Rows(file, skipinitialspace=True, strict=True,
                delimiter=max(SEPARATORS, key=header.count))
    rows.fieldnames = [name.strip().lower() for name in rows.fieldnames or ()]
    return rows


def fault_in(error: csv.Error) -> str:
    """Return what is wrong with a row, for people."""
    return 'a quote is never closed' if 'end of data' in str(error) else str(error)


def _decoded(content: bytes) -> str:
    """Decode text written by spreadsheets; Latin-1 decodes whatever nothing else does."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode('utf-16', errors='replace')
    try:
        return content.decode('utf-8-sig')
    except UnicodeDecodeError:
        return content.decode('latin-1')
