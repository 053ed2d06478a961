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

"""The notebook examples/first_steps.ipynb: it runs, and shows what it says."""

import pytest

nbclient = pytest.importorskip('nbclient', reason='nbclient is not installed')
for _package in ('ipykernel', 'matplotlib', 'joblib', 'scipy'):
    pytest.importorskip(_package, reason=f'{_package} is not installed')

import nbformat  # noqa: E402

from conftest import CLIPS, REPOSITORY  # noqa: E402

PATH = REPOSITORY / 'examples' / 'first_steps.ipynb'


@pytest.mark.timeout(300)
def test_the_notebook_runs():
    notebook = nbformat.read(PATH, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == 'code']
    assert not any(cell.outputs or cell.execution_count for cell in cells), 'kept without outputs'
    nbclient.NotebookClient(notebook, timeout=200, kernel_name='python3',
                            resources={'metadata': {'path': str(PATH.parent)}}).execute()
    text = ''.join(output.get('text', '') for cell in cells for output in cell.outputs)
    for clip in CLIPS:
        assert f'{clip.stem}: 0.' in text
    assert f'{len(CLIPS)} rows of 88 features' in text
    assert f'of {len(CLIPS)} clips' in text
    pictures = [output for cell in cells for output in cell.outputs
                if 'image/png' in output.get('data', {})]
    assert len(pictures) == 3
