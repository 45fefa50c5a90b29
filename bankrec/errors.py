"""The error that a user can do something about."""


class InputError(ValueError):
    """Bad input: the message is one line that says what was wrong, where, and what to do.

    The command line prints it without a traceback and exits with code 2.
    """
