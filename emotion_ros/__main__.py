"""The emotion-ros command before anything is installed: `python3 -m emotion_ros doctor`."""

import sys

from emotion_ros.cli import main

if __name__ == '__main__':
    sys.exit(main())
