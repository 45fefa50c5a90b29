"""A JSON line per request on standard error, made and written in batches."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from functools import lru_cache

from serving.observability.batch import Batch

Ended = tuple[float, str, str, str, int, float]


class RequestLog:
    """A line per request: its route and its result.

    One write takes longer than one answer, and formatting lines one by one takes several times as long as together.
    The lines contain no customers: the route is logged, not the address.
    """

    FLUSH_SECONDS, MOST_LINES = 0.25, 1_000  # longest wait of a line, and most lines that wait

    def __init__(self) -> None:
        self._ended = Batch(_write, self.FLUSH_SECONDS, self.MOST_LINES)

    def write(self, request_id: str, method: str, route: str, status: int, seconds: float) -> None:
        """Record one request; `request_id`, `method` and `route` must not contain quotes."""
        self._ended.add((time.time(), request_id, method, route, status, seconds))

    def flush(self) -> None:
        """Write the waiting lines."""
        self._ended.flush()


def _write(ended: list[Ended]) -> None:
    with suppress(OSError):  # if the log's disk is full, answers continue
        sys.stderr.write("".join(map(_line, ended)))
        sys.stderr.flush()


def _line(ended: Ended) -> str:
    now, request_id, method, route, status, seconds = ended
    return (
        f'{{"time":"{_second(int(now))}.{int(now % 1 * 1000):03d}Z","level":"INFO","logger":"requests",'
        f'"message":"request","request_id":"{request_id}","method":"{method}","route":"{route}",'
        f'"status":{status},"ms":{seconds * 1000:.3f}}}\n'
    )


@lru_cache(1)
def _second(now: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
