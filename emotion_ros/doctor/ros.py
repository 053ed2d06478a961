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

"""Checks of ROS 2, if it is installed, and of what colcon has built."""

from importlib.util import find_spec
import os
from pathlib import Path
import sys

from emotion_ros.doctor.checkout import MAKE, is_built, is_prepared
from emotion_ros.doctor.finding import BROKEN, INFO, MISSING, OK, WARNING, Finding
from emotion_ros.doctor.probe import probe
from emotion_ros.doctor.python import REBUILD

BUILD = 'colcon build --symlink-install && . install/setup.bash'
MAKE_BUILD = 'make build'


def build():
    """Return the command that makes the result of the build available."""
    if is_built():
        return MAKE
    return MAKE_BUILD if is_prepared() else BUILD


def ros():
    """Check ROS 2, the messages and the nodes.

    Yields:
        Finding.

    """
    if find_spec('rclpy') is None:
        yield _no_ros()
        return
    yield from probe('ROS 2', f'{__name__}:connection')
    if find_spec('emotion_ros.nodes') is None:
        yield Finding(INFO, 'this copy of emotion_ros, installed by pip, has no nodes', build())
        return
    yield from probe('messages of emotion_ros', f'{__name__}:messages')
    yield from _nodes()
    yield _reach()


def _no_ros():
    distro = os.environ.get('ROS_DISTRO')
    if distro:
        return Finding(BROKEN, f'ROS 2 {distro} is sourced, but has no rclpy for this Python',
                       f'sudo apt install ros-{distro}-rclpy')
    found = sorted(path.parent for path in Path('/opt/ros').glob('*/setup.bash'))
    if found:
        return Finding(INFO, f'ROS 2 is installed but not sourced: {found[-1].name}',
                       f'. {found[-1]}/setup.bash')
    return Finding(INFO, 'no ROS 2: emotion-ros works, but the nodes do not')


def connection():
    """Start a node and shut it down; a probe.

    Yields:
        Finding.

    """
    import rclpy
    rclpy.init()
    rclpy.create_node('emotion_ros_doctor').destroy_node()
    rmw = rclpy.get_rmw_implementation_identifier()
    rclpy.shutdown()
    yield Finding(OK, ' '.join(filter(None, [
        'ROS 2', os.environ.get('ROS_DISTRO'), f'starts nodes, {rmw}, ROS_DOMAIN_ID',
        os.environ.get('ROS_DOMAIN_ID', '0')])))


def messages():
    """Import the messages and create one of each type; a probe.

    Yields:
        Finding.

    """
    try:
        from emotion_ros import msg
    except ImportError:
        yield Finding(MISSING, 'the messages of emotion_ros: it is not built, or its workspace is '
                               'not sourced', build())
        return
    names = [name for name in dir(msg) if isinstance(getattr(msg, name), type)]
    for name in names:
        getattr(msg, name)()
    yield Finding(OK, f'messages {", ".join(names)}')


def _nodes():
    """Check the executables that `ros2 run emotion_ros` finds."""
    prefixes = filter(None, os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep))
    folders = [path for path in (Path(prefix, 'lib', 'emotion_ros') for prefix in prefixes)
               if os.path.isdir(path)]
    if not folders:
        yield Finding(MISSING, 'the nodes: the workspace of emotion_ros is not sourced', build())
        return
    scripts = sorted(folders[0].iterdir())
    yield Finding(OK, f'nodes {", ".join(path.name for path in scripts)} in {folders[0]}')
    for python in sorted({path.read_text(errors='replace').partition('\n')[0].removeprefix('#!')
                          for path in scripts}):
        if not os.access(python, os.X_OK):
            yield Finding(BROKEN, f'the nodes run with {python}, which does not exist', REBUILD)
        elif Path(python).parent.resolve() != Path(sys.executable).parent.resolve():
            yield Finding(WARNING, f'the nodes run with {python}, but this is {sys.executable}: '
                                   'these checks may not apply to them', REBUILD)


def _reach():
    """Report which machines can receive the topics."""
    names = 'ROS_AUTOMATIC_DISCOVERY_RANGE', 'ROS_LOCALHOST_ONLY'
    values = {name: os.environ[name] for name in names if os.environ.get(name)}
    settings = ', '.join(f'{name}={value}' for name, value in values.items())
    if values.get(names[0]) in ('LOCALHOST', 'OFF') or values.get(names[1]) == '1':
        return Finding(OK, f'{settings}: topics stay on this machine')
    humble = os.environ.get('ROS_DISTRO') == 'humble'
    return Finding(
        INFO, f'{settings or "no limit"}: all machines on the network can receive the topics, '
              'audio included',
        f'export {"ROS_LOCALHOST_ONLY=1" if humble else "ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST"}')
