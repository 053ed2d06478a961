"""Tables in Markdown."""


def draw_table(rows):
    """Draw a table that is read well as it stands, too.

    Args:
        rows: [[str]], all of one length; the first is the head.

    Returns:
        Lines of Markdown: the first column aligned left, the others right.

    """
    rows = [[_cell(text) for text in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ['| ' + ' | '.join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])
             + ' |' for row in rows]
    rule = '|' + '|'.join(['-' * (widths[0] + 2), *('-' * (width + 1) + ':'
                                                     for width in widths[1:])]) + '|'
    return '\n'.join([lines[0], rule, *lines[1:]])


def shown(value):
    """Write a number for a table; nothing for None."""
    return '' if value is None else f'{value:.3f}'


def _cell(text):
    return ' '.join(text.replace('|', '\\|').split())
