"""Errors that a user can correct, and values shown in their messages."""


class InputError(ValueError):
    """Bad input: the message is one line that states what was wrong, where, and what to do.

    The command line prints it without a traceback and exits with `exit_code`.
    """

    exit_code = 2


class GateError(InputError):
    """A set that was not published: the input is valid, but the figures of the set failed the gate."""

    exit_code = 3


def in_one_line(what: object, longest: int = 200) -> str:
    """A text, or the message of an error, in one line of at most `longest` characters that a terminal can show."""
    text = (what.strerror or what) if isinstance(what, OSError) else what
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return line if len(line) <= longest else f"{line[: longest - 3]}..."
