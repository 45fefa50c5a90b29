"""Lines that wait to be written together: when they are written is decided here and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Batch(Generic[T]):
    """What is added is handed to `write` in one piece, at most `seconds` after the first of it was added."""

    def __init__(self, write: Callable[[list[T]], None], seconds: float) -> None:
        self._write, self._seconds = write, seconds
        self._waiting: list[T] = []
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """Number of what is waiting."""
        return len(self._waiting)

    def add(self, one: T) -> None:
        """Note one more; needs a running event loop."""
        self._waiting.append(one)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self.flush)

    def flush(self) -> None:
        """Write what is waiting, now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = self._waiting, []
        self._write(waiting)
