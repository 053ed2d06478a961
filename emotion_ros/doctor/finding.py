"""What a check has found."""

from dataclasses import dataclass

OK, INFO, WARNING, MISSING, BROKEN = 'ok', 'info', 'warning', 'missing', 'broken'


@dataclass(frozen=True)
class Finding:
    """A line of the doctor.

    Args:
        status: OK; INFO, which is good to know; WARNING, of what may go wrong; MISSING or BROKEN,
            of what is needed.
        text: what was found.
        remedy: what to type, or to do, a line each; empty where nothing is to be done.

    """

    status: str
    text: str
    remedy: str = ''
