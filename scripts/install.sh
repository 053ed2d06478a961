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

# Install packages into a virtual environment, and show on a terminal how far that is.
#
# usage: install.sh VENV ARGUMENT ...   (arguments of `pip install`)
set -euo pipefail
venv=$1
shift

show() {
    if [ -t 1 ]; then
        printf '\r\033[K%.70s' "$1"
    fi
}

watch() {
    count=0
    while IFS= read -r line; do
        case $line in
        *.metadata*) ;;   # of a package that may be taken
        *Downloading\ * | *Using\ cached\ *)
            count=$((count + 1)) name=${line#*Downloading } name=${name#*Using cached }
            show "  package $count: ${name##*/}" ;;
        "Installing collected packages"*) show "  installing $count packages ..." ;;
        esac
    done
    show ""
}

"$venv/bin/python" -um pip install --disable-pip-version-check --progress-bar off "$@" 2>&1 |
    tee "$venv/pip.log" | watch || {
    echo "emotion_ros: packages could not be installed, is there a network?" \
        "$(grep ERROR "$venv/pip.log" | tail -n 1) (all of it: $venv/pip.log)" >&2
    exit 1
}
