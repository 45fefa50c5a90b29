"""The optional audit log of answers."""

from __future__ import annotations

import hashlib
import hmac
import time
from pathlib import Path

import orjson

from serving.observability.batch import Batch
from serving.observability.daily_file import DailyFile
from serving.observability.logs import LOGGER


class AuditLog:
    """A line per answer: time, request id, customer as a keyed hash, set, source, products, consent; a file a day.

    Without the key, nobody can identify the customer of a line. With `days`, older files are removed when
    a new day begins.
    """

    FLUSH_SECONDS = 1.0  # longest wait of a line; the first line after a pause is written at once

    def __init__(self, path: Path, key: bytes, days: int | None = None) -> None:
        self._file, self._key = DailyFile(path, days), key
        self._waiting = Batch(self._write, self.FLUSH_SECONDS)
        self._flushed = 0.0

    def pseudonym(self, user_id: int) -> str:
        """HMAC-SHA-256 of the customer's number, the first 16 bytes in hexadecimal."""
        return hmac.new(self._key, str(user_id).encode(), hashlib.sha256).hexdigest()[:32]

    def write(
        self,
        request_id: str,
        user_id: int,
        set_id: str,
        source: str,
        items: list[str],
        reason: str | None = None,
        channel: str | None = None,
    ) -> None:
        """Add one line; it has `reason` and `channel` if they are given."""
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "request_id": request_id,
            "customer": self.pseudonym(user_id),
            "set_id": set_id,
            "source": source,
            "products": items,
            **({"reason": reason} if reason is not None else {}),
            **({"channel": channel} if channel is not None else {}),
        }
        self._waiting.add(orjson.dumps(line) + b"\n")
        if time.monotonic() - self._flushed > self.FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write the waiting lines."""
        self._waiting.flush()

    def close(self) -> None:
        """Write the waiting lines, and close the file."""
        self.flush()
        self._file.close()

    def _write(self, lines: list[bytes]) -> None:
        self._flushed = time.monotonic()
        try:
            self._file.write(b"".join(lines))
        except OSError as error:  # with a full disk the audit log stops, but answers continue
            LOGGER.error("the audit log can't be written: %s", error)
