"""Structured logs, a JSON object a line on standard error; the optional audit log of what was answered."""

from __future__ import annotations

import asyncio
import fcntl
import glob
import hashlib
import hmac
import logging
import os
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

LOGGER = logging.getLogger("recommendations")


class JsonFormatter(logging.Formatter):
    """One JSON object a record: time (UTC), level, logger, message, and what `extra={"fields": ...}` adds."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def set_up() -> None:
    """Send all logs of the process to standard error as JSON."""
    root = logging.getLogger()
    root.handlers[:] = [_json_handler()]
    root.setLevel(logging.INFO)


def set_up_under_a_server() -> None:
    """What the service needs of logs that a server has set up: its own lines, and no addresses.

    uvicorn's access log, and its log of everything at level `trace`, print query strings; the first version's
    query form has a customer's number there. `RequestLog` has a line per request.
    """
    for name in ("uvicorn.access", "uvicorn.asgi"):
        logging.getLogger(name).disabled = True
    if not LOGGER.hasHandlers():
        LOGGER.addHandler(_json_handler())
        LOGGER.setLevel(logging.INFO)


def _json_handler() -> logging.Handler:
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    return handler


class RequestLog:
    """A JSON line per request on standard error, made and written in batches.

    A write costs more than an answer, and a line made between two requests several times what it costs among
    others. Lines are at most `FLUSH_SECONDS` late. No customer is in them: the route is logged, not the address.
    """

    FLUSH_SECONDS, MOST_LINES = 0.25, 1_000

    def __init__(self) -> None:
        self._ended: list[tuple[float, str, str, str, int, float]] = []
        self._timer: asyncio.TimerHandle | None = None

    def write(self, request_id: str, method: str, route: str, status: int, seconds: float) -> None:
        """Note one request; `request_id`, `method` and `route` hold no quotes."""
        self._ended.append((time.time(), request_id, method, route, status, seconds))
        if len(self._ended) >= self.MOST_LINES:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self.FLUSH_SECONDS, self.flush)

    def flush(self) -> None:
        """Write what is waiting."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        lines = "".join(map(_line, self._ended))
        self._ended.clear()
        with suppress(OSError):  # where the log's disk is full, answers go on
            sys.stderr.write(lines)
            sys.stderr.flush()


def _line(ended: tuple[float, str, str, str, int, float]) -> str:
    now, request_id, method, route, status, seconds = ended
    return (
        f'{{"time":"{_second(int(now))}.{int(now % 1 * 1000):03d}Z","level":"INFO","logger":"requests",'
        f'"message":"request","request_id":"{request_id}","method":"{method}","route":"{route}",'
        f'"status":{status},"ms":{seconds * 1000:.3f}}}\n'
    )


@lru_cache(1)
def _second(now: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))


class _DailyFile:
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


class AuditLog:
    """A line per answer: time, request id, customer as a keyed hash, set, source, products; a file a day.

    Without the key nobody can tell from the log which customer a line is about. A line is on disk a second
    after its answer. With `days`, files of more than so many days ago are removed when a new day begins.
    """

    FLUSH_SECONDS = 1.0

    def __init__(self, path: Path, key: bytes, days: int | None = None) -> None:
        self._file, self._key = _DailyFile(path, days), key
        self._waiting: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._flushed = 0.0

    def pseudonym(self, user_id: int) -> str:
        """HMAC-SHA-256 of the customer's number, the first 16 bytes in hexadecimal."""
        return hmac.new(self._key, str(user_id).encode(), hashlib.sha256).hexdigest()[:32]

    def write(self, request_id: str, user_id: int, set_id: str, source: str, items: list[str]) -> None:
        """Add one line."""
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "request_id": request_id,
            "customer": self.pseudonym(user_id),
            "set_id": set_id,
            "source": source,
            "products": items,
        }
        self._waiting.append(orjson.dumps(line) + b"\n")
        if time.monotonic() - self._flushed > self.FLUSH_SECONDS:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self.FLUSH_SECONDS, self.flush)

    def flush(self) -> None:
        """Write what is waiting."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._flushed = time.monotonic()
        lines = b"".join(self._waiting)
        self._waiting.clear()
        try:
            self._file.write(lines)
        except OSError as error:  # a full disk stops the audit log, not the answers
            LOGGER.error("the audit log can't be written: %s", error)

    def close(self) -> None:
        """Write what is waiting, and close the file."""
        self.flush()
        self._file.close()
