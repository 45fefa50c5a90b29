"""Consent in force: watches the consent file and says whose wish counts now, be the file good, damaged or gone."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from serving.observability.logs import LOGGER
from serving.observability.monitoring import Monitoring
from serving.sets.consent import CONSENT_FILE, Consent, read_consent
from serving.watcher import give_memory_back, lower_priority

LOOK_SECONDS = 1.0  # between looks: with reading a large file, a wish counts within five seconds
RETRY_SECONDS = 10.0  # until a file that could not be used is read again, though it looks the same


class ConsentWatch:
    """The consent file in `recs`, as it was when it was last good, and for how long that still counts.

    A good file counts until the next one. Where it is replaced by one that can't be used, or removed, the last good
    one counts for `grace` seconds, from when that was first seen; then nobody has consent, as before any good one.
    """

    def __init__(
        self, recs: Path, grace: float, monitoring: Monitoring, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` gives seconds and never goes back: a change of the day's time moves nothing."""
        self.path, self._grace, self._monitoring, self._clock = recs / CONSENT_FILE, grace, monitoring, clock
        self.wrong = "it was not looked for yet"
        self._force: tuple[Consent | None, float | None] = (None, None)  # the last good one, and when it ends
        self._state: tuple[int, ...] | None = None
        self._again, self._ended = -math.inf, False
        self._reader: ThreadPoolExecutor | None = None
        self._task: asyncio.Task[None] | None = None

    def in_force(self) -> Consent | None:
        """What counts now; None: nobody has consent."""
        consent, end = self._force
        return consent if end is None or self._clock() < end else None

    @property
    def why_nobody(self) -> str:
        """Why nobody has consent, and the command that helps; empty where a file is in force."""
        if self.in_force() is not None:
            return ""
        command = f"python -m bankrec consent --recs {self.path.parent} --input FILE"
        return f"CONSENT=required, and {self.wrong}: every answer is none until `{command}` has written it"

    def look(self) -> None:
        """Take the file if it is another one than before; one that could not be used is tried again."""
        state = self._seen()
        if state != self._state or (self.wrong and self._clock() >= self._again):
            self._state, self._again = state, self._clock() + RETRY_SECONDS
            self._take(state)
        if self.in_force() is None and not self._ended:
            self._ended, self._force = True, (None, self._force[1])
            LOGGER.error("%s", self.why_nobody)

    def _take(self, state: tuple[int, ...] | None) -> None:
        try:
            consent = read_consent(self.path) if state is not None else None
            wrong = "" if consent is not None else f"{self.path} is missing"
        except Exception as error:  # whatever is wrong with a file, it is not believed
            consent, wrong = None, str(error)
        if consent is not None:
            self._force, self._ended = (consent, None), False
            told = {"customers": len(consent), "channels": list(consent.channels)}
            LOGGER.info("consent in use", extra={"fields": told})
        else:
            last, end = self._force
            self._force = last, self._clock() + self._grace if end is None else end
            if wrong != self.wrong:
                LOGGER.error(
                    "consent file refused: %s", wrong, extra={"fields": {"last_good_counts": last is not None}}
                )
        self.wrong = wrong
        self._monitoring.consent_bad.set(bool(wrong))

    def _seen(self) -> tuple[int, ...] | None:
        """What tells one file from the next; None where there is none."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        except OSError:
            return ()
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

    async def start(self) -> None:
        """Read the file that is there, then keep looking."""
        self._reader = ThreadPoolExecutor(1, "consent", initializer=lower_priority)
        await self.look_beside()
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._reader is not None:
            self._reader.shutdown(wait=False, cancel_futures=True)

    async def look_beside(self) -> None:
        """`look` in a thread of its own, which a set that is being loaded does not hold up."""
        before, loop = self._force[0], asyncio.get_running_loop()
        await loop.run_in_executor(self._reader, self.look)
        if self._force[0] is not before:
            del before
            await loop.run_in_executor(self._reader, give_memory_back)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look_beside()
            except Exception:
                LOGGER.exception("looking at the consent file failed; what was in force stays")
