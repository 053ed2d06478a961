"""The words of ROS4HRI for what the labels of models say."""

EXPRESSIONS = {
    'neutral': 'neutral',
    'anger': 'angry',
    'boredom': 'bored',
    'calm': 'neutral',   # ROS4HRI has no word for it; training counts it so, too
    'disgust': 'disgusted',
    'fear': 'scared',
    'happiness': 'happy',
    'sadness': 'sad',
    'surprise': 'surprised',
}
"""{label: word of hri_msgs/Expression}; "unknown" and labels of no such meaning have none."""
