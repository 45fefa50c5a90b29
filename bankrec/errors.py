"""The error that a user can do something about."""


class InputError(ValueError):
    """Bad input: the message is one line that says what was wrong, where, and what to do.

    The command line prints it without a traceback and exits with `exit_code`.
    """

    exit_code = 2


class GateError(InputError):
    """A set that was not published: nothing is wrong with the input's form, its figures failed the gate."""

    exit_code = 3
