"""Start nodes, spin them on one executor, stop them."""

import signal
import sys

import rclpy
from rclpy.executors import SingleThreadedExecutor

from emotion_ros.errors import EmotionError


def run(make_nodes):
    """Run nodes until Ctrl-C, SIGTERM or shutdown.

    Args:
        make_nodes: function that gives the nodes one by one, in the order in which they start.
            A node has a method close(), which ends its threads.

    Returns:
        Exit code: 0, or 1 when a parameter, file, device or model cannot be used; then one line
        on stderr says why.

    """
    # Ctrl-C shuts ROS down, and that ends the spinning. Python's own KeyboardInterrupt would
    # strike anywhere, inside the conversion of a message too.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nodes = []
    try:
        rclpy.init()
        executor = SingleThreadedExecutor()
        for node in make_nodes():
            nodes.append(node)
            executor.add_node(node)
        # On a signal rclpy wakes the executor before it shuts down, so the executor may find all
        # well and wait again: it must not wait forever.
        while rclpy.ok():
            executor.spin_once(timeout_sec=0.5)
    except EmotionError as error:
        print(f'emotion_ros: {error}', file=sys.stderr)
        return 1
    except Exception:
        if rclpy.ok():
            raise
        # ROS was shut down; where that strikes, and with which exception, is chance.
    finally:
        for node in reversed(nodes):
            node.close()
            node.destroy_node()
        rclpy.try_shutdown()
    return 0


def publish(publisher, message):
    """Publish from a thread that may outlive ROS at shutdown.

    Returns:
        False when ROS has shut down.

    """
    try:
        publisher.publish(message)
    except Exception:   # which one depends on how far the shutdown has come
        if rclpy.ok():
            raise
        return False
    return True
