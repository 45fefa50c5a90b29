"""A file per day, to which several processes may write."""

from __future__ import annotations

import fcntl
import glob
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path


class DailyFile:
    """A file that is renamed to `<name>.<date>` when a new day (UTC) begins; several processes may write to it.

    `TimedRotatingFileHandler` of the standard library is for one process: with two, the second rename would replace
    the file of the day before by the one that the first process has just begun.
    """

    def __init__(self, path: Path, days: int | None) -> None:
        self._path, self._days = path, days
        self._open()

    def _open(self) -> None:
        today, path = datetime.now(UTC).date(), self._path
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            with suppress(OSError):  # some network disks do not support locks
                fcntl.flock(folder, fcntl.LOCK_EX)
            if path.is_file():
                last = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
                aside = path.with_name(f"{path.name}.{last}")
                if last < today and not aside.exists():
                    path.rename(aside)
            self._file, self._day = path.open("ab", buffering=0), today
        finally:
            os.close(folder)
        if self._days is not None:
            oldest = (today - timedelta(self._days)).isoformat()
            for old in path.parent.glob(f"{glob.escape(path.name)}.????-??-??"):
                if old.suffix[1:] < oldest:
                    old.unlink(missing_ok=True)

    def write(self, lines: bytes) -> None:
        """Append complete lines, which do not mix with those of other processes."""
        if datetime.now(UTC).date() != self._day:
            before = self._file
            self._open()
            before.close()
        while lines:
            lines = lines[self._file.write(lines) :]

    def close(self) -> None:
        """Close the file."""
        self._file.close()
