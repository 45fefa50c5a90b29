"""Repeated checks of files, in threads: a mount that hangs delays neither answers nor the end of the process."""

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
LATE_SECONDS = 5.0  # a check that takes longer hangs: a changed file would not be in force in the time promised
_REPORT_SECONDS = 1.0  # between tests of whether a check hangs


class WatchLoop:
    """Calls `look` every `seconds`, one at a time; `hangs` returns a message if a call does not return."""

    def __init__(self, look: Callable[[], Awaitable[None]], seconds: float, hangs: Callable[[], str]) -> None:
        """`look` must access files through `beside`; `hangs` must access none, and is empty if all is well."""
        self._look, self._seconds, self._hangs = look, seconds, hangs
        self._one_at_a_time = asyncio.Lock()
        self._reported = ""
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Make the first check, then continue in the background: at once if the first check hangs."""
        first = asyncio.create_task(self.now())
        while not (await asyncio.wait({first}, timeout=_REPORT_SECONDS))[0] and not self._hangs():
            pass
        if first.done():
            first.result()
        self._tasks = [first, asyncio.create_task(self._go_on()), asyncio.create_task(self._report_hangs())]

    async def stop(self) -> None:
        """Stop checking; a check that hangs is not waited for."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def now(self) -> None:
        """Check once, after a check that is running."""
        async with self._one_at_a_time:
            await self._look()

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            try:
                await self.now()
            except Exception:
                LOGGER.exception("checking the files failed; the set and the consent in use stay")

    async def _report_hangs(self) -> None:
        """Log one line when a check hangs, and one when it has returned."""
        while True:
            hangs = self._hangs()
            if hangs and not self._reported:
                LOGGER.error("%s", hangs)
            elif self._reported and not hangs:
                LOGGER.info("the check of the files that hung has ended")
            self._reported = hangs
            await asyncio.sleep(_REPORT_SECONDS)


async def beside(work: Callable[..., T], *values: Any) -> T:
    """Run `work` in a thread while this thread answers requests.

    The thread is a daemon: Python waits for threads of a pool at its end, so that one that hangs would block it.
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
        with suppress(RuntimeError):  # the loop is closed, and nobody waits for the result
            loop.call_soon_threadsafe(give, result, failed)

    threading.Thread(target=run, name="beside", daemon=True).start()
    return await done


def lower_priority() -> None:
    """Lower the priority of this thread below that of the thread that answers (Linux sets it by thread)."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)


def give_memory_back() -> None:
    """Return memory of the loading and of replaced objects to the system; then collect garbage in new objects only.

    Objects that exist after loading stay until the next one: to search them in each collection would stop answers
    for tens of milliseconds each time.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL("libc.so.6").malloc_trim(0)
