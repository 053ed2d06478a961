#!/usr/bin/env bash
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
