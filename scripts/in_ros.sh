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

# Run a command in the environment of environment.sh, with the built package when there is one.
#
# usage: in_ros.sh VENV INSTALL COMMAND [ARGUMENT ...]
set -eu
venv=$(cd "$1" && pwd) install=$2
shift 2
export PATH=$venv/bin:$PATH VIRTUAL_ENV=$venv
if [ -z "${ROS_DISTRO:-}" ]; then
    export AMENT_PREFIX_PATH=$venv CMAKE_PREFIX_PATH=$venv
    export LD_LIBRARY_PATH=$venv/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
fi
if [ -f "$install/local_setup.bash" ]; then
    set +u
    # shellcheck disable=SC1091
    . "$install/local_setup.bash"
    set -u
fi
exec "$@"
