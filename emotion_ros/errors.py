"""The one exception that is meant for the user's eyes."""


class EmotionError(Exception):
    """A fault that the user can mend.

    Its text is one line that names the thing at fault, its value and what is allowed.
    Programs print it without a traceback and exit with code 1.
    """
