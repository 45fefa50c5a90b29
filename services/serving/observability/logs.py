"""Structured logs: one JSON object per line on standard error."""

from __future__ import annotations

import logging
import time
from typing import Any

import orjson

LOGGER = logging.getLogger("recommendations")


class JsonFormatter(logging.Formatter):
    """One JSON object per record: time (UTC), level, logger, message, and what `extra={"fields": ...}` adds."""

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
    """Adjust logging that a server has set up: add the service's own lines, and log no addresses.

    uvicorn's access log, and its log of everything at level `trace`, print query strings, which hold a
    customer's number in the query form of the first version. `RequestLog` writes a line per request.
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
