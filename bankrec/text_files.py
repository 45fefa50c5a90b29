"""Text files of users: read as UTF-8; an error names the line that is not UTF-8."""

from __future__ import annotations

from pathlib import Path

from bankrec.errors import InputError, in_one_line


def read_utf8(path: Path) -> str:
    """The text of `path`, without a byte order mark; an `InputError` names the line that is not UTF-8."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} can't be read: {in_one_line(error)}") from error
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}, line {line}: not UTF-8 ({error.reason}); save the file as UTF-8") from error
