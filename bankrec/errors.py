"""The error that a user can do something about, and how what was wrong is shown in it."""


class InputError(ValueError):
    """Bad input: the message is one line that says what was wrong, where, and what to do.

    The command line prints it without a traceback and exits with `exit_code`.
    """

    exit_code = 2


class GateError(InputError):
    """A set that was not published: nothing is wrong with the input's form, its figures failed the gate."""

    exit_code = 3


def in_one_line(what: object, longest: int = 200) -> str:
    """A text, or what an error says, in one line of at most `longest` characters that a terminal can show."""
    said = (what.strerror or what) if isinstance(what, OSError) else what
    line = " ".join("".join(c if c.isprintable() else " " for c in str(said)).split())
    return line if len(line) <= longest else f"{line[: longest - 3]}..."
