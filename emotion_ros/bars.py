"""Bars of text."""

_PARTS = ' ▏▎▍▌▋▊▉'


def draw_bar(part, width):
    """Draw a number as a bar, exact to an eighth of a character.

    Args:
        part: 0 to 1; what is beyond is cut.
        width: characters that 1 takes.

    Returns:
        Text of at most `width` characters.

    """
    eighths = round(min(max(part, 0.0), 1.0) * width * 8)
    return '█' * (eighths // 8) + _PARTS[eighths % 8].strip()
