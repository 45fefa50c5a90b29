"""Structured logs, a JSON object a line on standard error; the optional audit log of what was answered."""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
from pathlib import Path
from typing import Any

import orjson

LOGGER = logging.getLogger("recommendations")


class JsonFormatter(logging.Formatter):
    """One JSON object a record: time (UTC), level, logger, message, and what `extra={"fields": ...}` adds."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def set_up(level: str = "INFO") -> None:
    """Send all logs of the process to standard error as JSON."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"


class AuditLog:
    """A line per answer: time, request id, customer as a keyed hash, set, source, products.

    Without the key nobody can tell from the log which customer a line is about.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self._file, self._key = path.open("ab", buffering=1 << 16), key

    def pseudonym(self, user_id: int) -> str:
        """HMAC-SHA-256 of the customer's number, the first 16 bytes in hexadecimal."""
        return hmac.new(self._key, str(user_id).encode(), hashlib.sha256).hexdigest()[:32]

    def write(self, request_id: str, user_id: int, set_id: str, source: str, items: list[str]) -> None:
        """Add one line."""
        line = {
            "time": time.time(),
            "request_id": request_id,
            "customer": self.pseudonym(user_id),
            "set_id": set_id,
            "source": source,
            "products": items,
        }
        self._file.write(orjson.dumps(line) + b"\n")

    def close(self) -> None:
        """Write out what is buffered."""
        self._file.close()
