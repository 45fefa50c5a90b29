"""Items that are collected and written together; this module alone decides when."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Batch(Generic[T]):
    """Collects items and passes them to `write` together: after `seconds`, or as soon as there are `most`."""

    def __init__(self, write: Callable[[list[T]], None], seconds: float, most: int = sys.maxsize) -> None:
        self._write, self._seconds, self._most = write, seconds, most
        self._waiting: list[T] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, one: T) -> None:
        """Add one item; needs a running event loop."""
        self._waiting.append(one)
        if len(self._waiting) >= self._most:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self.flush)

    def flush(self) -> None:
        """Write the waiting items now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = self._waiting, []
        self._write(waiting)
