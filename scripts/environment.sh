#!/usr/bin/env bash
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

# Make the virtual environment in which the package is built and run.
#
# usage: environment.sh VENV DISTRO PYTHON
#
# Where a ROS 2 is sourced (ROS_DISTRO is set) the environment uses that; else it holds the wheels
# of ROS 2 DISTRO. What is missing is said in one line.
set -eu
venv=$1 distro=$2 python=$3
here=$(cd "$(dirname "$0")/.." && pwd)

fail() {
    echo "emotion_ros: $*" >&2
    exit 1
}

case $here in
*\ *) fail "the path '$here' has a space in it, which ROS 2 does not take" ;;
esac
case $distro in
jazzy | kilted) ;;
*) fail "DISTRO is '$distro', allowed are jazzy and kilted" ;;
esac
command -v "$python" >/dev/null ||
    fail "$python is missing: sudo apt install python3 python3-venv python3-dev"
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
case ${ROS_DISTRO:+sourced}$version in
3.10 | 3.11 | 3.12 | 3.13 | sourced*) ;;
*) fail "$python is Python $version, allowed are 3.10 to 3.13: make PYTHON=python3.12 ..." ;;
esac
command -v "${CXX:-c++}" >/dev/null || fail "no C++ compiler (${CXX:-c++}): sudo apt install g++"
"$python" -c 'import sysconfig, os, sys
sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' ||
    fail "the headers of Python $version are missing: sudo apt install python3-dev"
"$python" -c 'import ensurepip' 2>/dev/null ||
    fail "Python $version cannot make a virtual environment: sudo apt install python3-venv"

if [ -n "${ROS_DISTRO:-}" ]; then
    echo "Making $venv beside ROS 2 $ROS_DISTRO ..."
    "$python" -m venv --clear --system-site-packages "$venv"
    # Packages of a system that has numpy 1 were built with it.
    numpy=$("$python" -c 'import numpy; print("numpy<2" if numpy.__version__[0] == "1" else "numpy")' \
        2>/dev/null || echo numpy)
    "$here/scripts/install.sh" "$venv" -r "$here/requirements.txt" "$numpy"
else
    echo "Making $venv with ROS 2 $distro, some minutes the first time ..."
    "$python" -m venv --clear "$venv"
    sed "/# only/{/# only $distro/!d}; s/DISTRO/$distro/" "$here/requirements-ros.txt" >"$venv/requirements-ros.txt"
    "$here/scripts/install.sh" "$venv" -r "$here/requirements.txt" -r "$venv/requirements-ros.txt"
    "$venv/bin/python" "$here/scripts/mend_wheels.py"
fi
