"""Bags of ROS 2 (rosbag2), read and written without ROS: by the library rosbags."""
