"""A file a day that several processes may write to."""

from __future__ import annotations

import fcntl
import glob
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path


class DailyFile:
    """A file that is put aside as `<name>.<date>` when a new day (UTC) begins; several processes may write to it.

    `TimedRotatingFileHandler` of the library is for one process: the second one to put a file aside would put
    what the first has just begun over the day before.
    """

    def __init__(self, path: Path, days: int | None) -> None:
        self._path, self._days = path, days
        self._open()

    def _open(self) -> None:
        today, path = datetime.now(UTC).date(), self._path
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            with suppress(OSError):  # some network disks have no locks
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
        """Add whole lines, which do not mix with those of other processes."""
        if datetime.now(UTC).date() != self._day:
            before = self._file
            self._open()
            before.close()
        while lines:
            lines = lines[self._file.write(lines) :]

    def close(self) -> None:
        """Close the file."""
        self._file.close()
