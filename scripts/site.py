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

"""Hooks of mkdocs: documents outside docs/ become pages too, and each package of code gets one.

A link to a file that is no page keeps its text alone.
"""

from pathlib import Path
import posixpath
import re

from mkdocs.structure.files import File

REPOSITORY = Path(__file__).resolve().parents[1]

PAGES = {
    'README.md': 'index.md',
    'CONTRIBUTING.md': 'contributing.md',
    'QUALITY_DECLARATION.md': 'quality_declaration.md',
    'SECURITY.md': 'security.md',
    'benchmarks/README.md': 'benchmarks.md',
    'benchmarks/RESULTS.md': 'benchmark_results.md',
    'models/default/MODEL_CARD.md': 'model_card.md',
}
"""Places in the site of what lies outside docs/."""

SOURCES = {page: source for source, page in PAGES.items()}
LINK = re.compile(r'!?\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)')


def reference():
    """Give {page: content} with the docstrings of each package of code."""
    pages = {}
    for package in sorted((REPOSITORY / 'emotion_ros').glob('*/__init__.py')):
        folder = package.parent
        modules = [f'::: emotion_ros.{folder.name}.{path.stem}'
                   for path in sorted(folder.glob('*.py')) if not path.stem.startswith('_')]
        if modules:
            pages[f'reference/{folder.name}.md'] = '\n\n'.join(
                [f'# emotion_ros.{folder.name}', *modules, ''])
    return pages


def on_config(config):
    """List the reference last."""
    config['nav'].append({'Reference': list(reference())})
    return config


def on_files(files, config):
    """Add the pages that are not in docs/."""
    for source, page in PAGES.items():
        files.append(File.generated(config, page, content=(REPOSITORY / source).read_text()))
    for page, content in reference().items():
        files.append(File.generated(config, page, content=content))
    return files


def on_page_markdown(markdown, page, config, files):
    """Turn links between files of the repository into links between pages."""
    place = page.file.src_uri
    folder = posixpath.dirname(SOURCES.get(place, f'docs/{place}'))

    def rewritten(match):
        target, _, heading = match['target'].partition('#')
        if not target or ':' in target:
            return match[0]
        source = posixpath.normpath(posixpath.join(folder, target))
        if source not in PAGES and not source.startswith('docs/'):
            return match['text']
        link = posixpath.relpath(PAGES.get(source, source.removeprefix('docs/')),
                                 posixpath.dirname(place) or '.')
        return match[0].replace(match['target'], f'{link}#{heading}' if heading else link)

    return LINK.sub(rewritten, markdown)
