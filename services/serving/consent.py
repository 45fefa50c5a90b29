"""Consent in force: watches the consent file; decides which content counts while it is good, damaged or missing."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from serving.observability.logs import LOGGER
from serving.observability.monitoring import Monitoring
from serving.sets.consent import CONSENT_FILE, Consent, read_consent
from serving.watch_loop import LATE_SECONDS, WatchLoop, beside, give_memory_back

LOOK_SECONDS = 1.0  # between checks: including the reading of a large file, a change is in force within five seconds
RETRY_SECONDS = 10.0  # until a file that could not be used is read again even if unchanged


class ConsentWatch:
    """The last good content of the consent file in `recs`, and how long it stays in force.

    A good file is in force until the next one. If it is replaced by one that can't be used, or removed, the last good
    one stays in force for `grace` seconds after this is detected; then nobody has consent, as before the first good
    file. A check that hangs has the same effect, from `LATE_SECONDS` after the last completed check. The state is
    computed when it is asked for, from the times of the checks, and so does not depend on a check that hangs.
    """

    def __init__(
        self,
        recs: Path,
        grace: float,
        monitoring: Monitoring,
        clock: Callable[[], float] = time.monotonic,
        in_set: Callable[[], npt.NDArray[np.int64] | None] = lambda: None,
    ) -> None:
        """`clock` gives seconds and never goes back; `in_set` gives the customers of the set in use."""
        self.path, self._grace, self._clock = recs / CONSENT_FILE, grace, clock
        self._in_set = in_set
        self._refused = "it has not been read yet"
        self._force: tuple[Consent | None, float | None] = (None, None)  # last good content, since when the file is bad
        self._checked = clock()  # time of the last completed check
        self._state: tuple[int, ...] | None = None
        self._again, self._ended = -math.inf, False
        self.loop = WatchLoop(self._look_beside, LOOK_SECONDS, self.hangs)
        monitoring.consent_bad.set_function(lambda: bool(self.wrong))

    def in_force(self) -> Consent | None:
        """The consent in force now; None: nobody has consent."""
        consent, broken = self._force
        since = self._checked + LATE_SECONDS if broken is None else broken
        return consent if self._clock() < since + self._grace else None

    def hangs(self) -> str:
        """A message if a check hangs; else empty."""
        seconds = self._clock() - self._checked
        return f"{self.path} has not been read for {seconds:.0f} s: its mount hangs" if seconds >= LATE_SECONDS else ""

    @property
    def wrong(self) -> str:
        """What is wrong with the file now; empty if it is good."""
        return self.hangs() or self._refused

    @property
    def why_nobody(self) -> str:
        """Why nobody has consent, and the command that corrects it; empty if a file is in force."""
        if self.in_force() is not None:
            return ""
        command = f"python -m bankrec consent --recs {self.path.parent} --input FILE"
        return f"CONSENT=required, but {self.wrong}; nobody is offered products until `{command}` writes a valid file"

    def look(self) -> None:
        """Read the file if it has changed; a file that could not be used is read again after `RETRY_SECONDS`."""
        state = self._file_state()
        if state != self._state or (self._refused and self._clock() >= self._again):
            self._state, self._again = state, self._clock() + RETRY_SECONDS
            self._take(state)
        consent, customers = self._force[0], self._in_set()
        if consent is not None and customers is not None:
            consent.fit_to(customers)
        self._checked = self._clock()
        ended = self.in_force() is None
        if ended and not self._ended:
            LOGGER.error("%s", self.why_nobody)
        self._ended = ended

    def _take(self, state: tuple[int, ...] | None) -> None:
        try:
            consent = read_consent(self.path) if state is not None else None
            refused = "" if consent is not None else f"{self.path} is missing"
        except Exception as error:  # any error means that the file is not used
            consent, refused = None, str(error)
        if consent is not None:
            self._force = consent, None
            fields = {"customers": len(consent), "channels": list(consent.channels)}
            LOGGER.info("consent in use", extra={"fields": fields})
        else:
            last, broken = self._force
            detected = min(self._clock(), self._checked + LATE_SECONDS)
            self._force = last, detected if broken is None else broken
            if refused != self._refused:
                LOGGER.error(
                    "consent file refused: %s", refused, extra={"fields": {"last_good_counts": last is not None}}
                )
        self._refused = refused

    def _file_state(self) -> tuple[int, ...] | None:
        """A value that changes with the file; None if there is no file."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return None
        except OSError:
            return ()
        return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns

    async def start(self) -> None:
        """Read the file, then keep checking it."""
        self._checked = self._clock()  # earlier steps of the start have taken time
        await self.loop.start()

    async def _look_beside(self) -> None:
        before = self._force[0]
        await beside(self.look)
        if self._force[0] is not before:
            del before
            await beside(give_memory_back)
