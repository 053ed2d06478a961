"""The ROS 2 nodes: they translate between messages and stages and hold no logic of their own."""
