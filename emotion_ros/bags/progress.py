"""A bar that shows how far a long work is."""


def progress(items, *, total, title, unit):
    """Show how many items were taken, on a terminal and where tqdm is installed.

    Args:
        items: iterable.
        total: how many there are.
        title, unit: words of the bar.

    Returns:
        Iterable of the same.

    """
    try:
        from tqdm import tqdm
    except ImportError:
        return items
    return tqdm(items, total=total, desc=title, unit=unit, disable=None)
