"""A live view in a terminal of what is heard, said and diagnosed; no ROS.

level.py and state.py know what to show, panels.py draws it as text, app.py puts it on the screen.
"""
