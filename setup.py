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

"""Installs the library and the emotion-ros command without ROS; colcon uses CMakeLists.txt."""

from pathlib import Path

from setuptools import setup


def share(folder):
    """Every file under `folder`, with the place in share/emotion_ros where it is installed."""
    files = [path for path in Path(folder).rglob('*') if path.is_file()]
    return [(f'share/emotion_ros/{path.parent.as_posix()}', [path.as_posix()]) for path in files]


setup(data_files=[
    ('share/ament_index/resource_index/packages', ['resource/emotion_ros']),
    ('share/emotion_ros', ['package.xml', 'requirements.txt', 'requirements-tools.txt',
                           'requirements-train.txt']),
    *share('config'),
    *share('models'),
    *share('msg'),
    *share('resource/sounds'),
    *share('srv'),
])
