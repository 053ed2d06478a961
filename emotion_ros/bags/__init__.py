"""Bags of ROS 2 (rosbag2), read and written without ROS: by the library rosbags."""

EXTENSIONS = '.db3', '.mcap'
"""Extensions of the files of a bag."""

STORAGES = 'sqlite3', 'mcap'
"""Formats of these files."""
