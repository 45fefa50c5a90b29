"""Looking at files again and again, in threads: a mount that hangs holds up neither answers nor the process's end."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

from serving.observability.logs import LOGGER

T = TypeVar("T")
LATE_SECONDS = 5.0  # a look that takes longer hangs: what is replaced would not count in the time promised
_TELL_SECONDS = 1.0  # between questions whether a look hangs


class WatchLoop:
    """Calls `look` every `seconds`, one at a time; `hangs` says, whenever it is asked, that one does not come back."""

    def __init__(self, look: Callable[[], Awaitable[None]], seconds: float, hangs: Callable[[], str]) -> None:
        """`look` does what touches files by `beside`; `hangs` touches none, and is empty while all is well."""
        self._look, self._seconds, self._hangs = look, seconds, hangs
        self._one_at_a_time = asyncio.Lock()
        self._told = ""
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Look for the first time, then go on in the background: at once where the first look hangs."""
        first = asyncio.create_task(self.now())
        while not (await asyncio.wait({first}, timeout=_TELL_SECONDS))[0] and not self._hangs():
            pass
        if first.done():
            first.result()
        self._tasks = [first, asyncio.create_task(self._go_on()), asyncio.create_task(self._tell())]

    async def stop(self) -> None:
        """Look no more; a look that hangs is left alone."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def now(self) -> None:
        """Look once, after the look under way."""
        async with self._one_at_a_time:
            await self._look()

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            try:
                await self.now()
            except Exception:
                LOGGER.exception("looking at the files failed; what was in use stays")

    async def _tell(self) -> None:
        """One line when a look hangs, and one when it has come back."""
        while True:
            hangs = self._hangs()
            if hangs and not self._told:
                LOGGER.error("%s", hangs)
            elif self._told and not hangs:
                LOGGER.info("the look at the files that hung has come back")
            self._told = hangs
            await asyncio.sleep(_TELL_SECONDS)


async def beside(work: Callable[..., T], *values: Any) -> T:
    """Run `work` in a thread while requests are answered in this one.

    The thread is a daemon: those of a pool are waited for when Python ends, and one that hangs would never let it.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def give(result: T | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        lower_priority()
        result, failed = None, None
        try:
            result = work(*values)
        except BaseException as error:
            failed = error
        with suppress(RuntimeError):  # nobody waits any more: the loop is closed
            loop.call_soon_threadsafe(give, result, failed)

    threading.Thread(target=run, name="beside", daemon=True).start()
    return await done


def lower_priority() -> None:
    """Let the thread that answers go first (Linux counts niceness by thread)."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)


def give_memory_back() -> None:
    """Return what loading needed and what was replaced to the system; look for garbage among new objects alone.

    What stands after loading stays until the next time: going through all of it again and again would stop the
    answers for tens of milliseconds each time.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL("libc.so.6").malloc_trim(0)
