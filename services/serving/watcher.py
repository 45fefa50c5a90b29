"""Watching for a new set: loads it beside the one in use and switches to it when it is complete."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pyarrow as pa

from recommendations import RecommendationSet
from serving.observability.logs import LOGGER
from serving.observability.monitoring import Monitoring
from serving.sets.files import SetError
from serving.watch_loop import LATE_SECONDS, WatchLoop, beside, give_memory_back

T = TypeVar("T")
_PUBLISH = "publish one with `python -m bankrec recommend` (for a demonstration: `make publish`)"
_MOST = 10**300  # largest number that a gauge can show
_SWITCH_SECONDS = 0.0005  # while loading: switch interval, for which the loading thread may keep the interpreter
RETRY_SECONDS = 30.0  # until a set that was refused is read again even if unchanged: its files may have come late
LOADING_SECONDS = 300.0  # limit for loading a set: one of ten million customers takes less than a minute


class _FolderState(NamedTuple):
    """State of the folder of sets at one check."""

    state: tuple[Any, ...] | None  # changes with the current set
    lost: str
    realised: dict[str, Any]


class Watcher:
    """Holds the set in use; `current` is None until the first one is loaded."""

    def __init__(
        self, recs: Path, monitoring: Monitoring, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` gives seconds and never goes back."""
        self.current: RecommendationSet | None = None
        self.refused: str | None = None
        self._lost = ""
        self._recs, self._monitoring, self._seconds, self._clock = recs, monitoring, seconds, clock
        self._tried: tuple[Any, ...] | None = None
        self._again = clock()  # when a refused set is read again
        self._step_ended, self._may_take = clock(), LATE_SECONDS  # time of the last step; limit of the next one
        self.loop = WatchLoop(self._look, seconds, self.hangs)
        monitoring.current_lost.set_function(lambda: bool(self.lost))

    async def start(self) -> None:
        """Load the current set, then keep watching."""
        pa.set_memory_pool(pa.system_memory_pool())  # other pools keep 40 MB after a set is read
        await self.loop.start()
        if self.current is None and not self.refused and not self.lost:
            LOGGER.warning("%s", self.why_no_set)

    def hangs(self) -> str:
        """A message if reading the folder of sets hangs; else empty."""
        seconds = self._clock() - self._step_ended
        late = seconds >= self._may_take + self._seconds
        return f"{self._recs} has not been read for {seconds:.0f} s: its mount hangs" if late else ""

    @property
    def lost(self) -> str:
        """Why `current` can't be loaded now; empty while it points to a folder."""
        return self.hangs() or self._lost

    @property
    def why_no_set(self) -> str:
        """Why no set is in use, and the command that corrects it."""
        return self.lost or self.refused or _nothing_published(self._recs)

    async def _look(self) -> None:
        folder = await self._step(self._folder_state)
        self._monitoring.served.realised = folder.realised
        self._notice_a_lost_current(folder.lost)
        again = self.refused is not None and self._clock() >= self._again
        if folder.state is None or (folder.state == self._tried and not again):
            return
        repeated, self._tried = folder.state == self._tried, folder.state
        started = time.perf_counter()
        try:
            loaded = await self._load(Path(folder.state[0]))
        except Exception as error:  # with any error the set in use stays
            refused, self._again = f"the current set is refused: {error}", self._clock() + RETRY_SECONDS
            if repeated and refused == self.refused:
                return
            self.refused = refused
            reason = error.reason if isinstance(error, SetError) else "other"
            self._monitoring.refuse(reason)
            LOGGER.error("set refused: %s", error, extra={"fields": {"set": folder.state[0], "reason": reason}})
            return
        seconds = time.perf_counter() - started
        self.current, self.refused = loaded, None
        self._monitoring.served.in_use = loaded
        self._monitoring.refused.set(0)
        self._monitoring.ready.set(1)
        self._monitoring.loads.labels("loaded").inc()
        self._monitoring.load_seconds.observe(seconds)
        fields = {"set_id": loaded.set_id, "as_of": loaded.as_of, "customers": len(loaded)}
        LOGGER.info("set in use", extra={"fields": {**fields, "seconds": round(seconds, 3)}})
        await self._step(give_memory_back)

    async def _load(self, folder: Path) -> RecommendationSet:
        interval = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_SECONDS)
        try:
            return await self._step(RecommendationSet, folder, may_take=LOADING_SECONDS)
        finally:
            sys.setswitchinterval(interval)

    async def _step(self, work: Callable[..., T], *values: Any, may_take: float = LATE_SECONDS) -> T:
        """Run a step of a check in a thread; `hangs` reports a step that does not return in time."""
        self._step_ended, self._may_take = self._clock(), may_take
        try:
            return await beside(work, *values)
        finally:
            self._step_ended, self._may_take = self._clock(), LATE_SECONDS

    def _folder_state(self) -> _FolderState:
        lost = _lost(self._recs, in_use=self.current is not None)
        return _FolderState(_state(self._recs), lost, _realised(self._recs))

    def _notice_a_lost_current(self, lost: str) -> None:
        if lost and not self._lost:
            LOGGER.error("%s", lost, extra={"fields": {"in_use": self.current.set_id if self.current else None}})
        elif self._lost and not lost:
            LOGGER.info("%s/current can be read again", self._recs)
        self._lost = lost


def _state(recs: Path) -> tuple[Any, ...] | None:
    """A value that changes with the current set: target of `current` and time of its manifest; None: no target."""
    link = recs / "current"
    try:
        manifest = (link / "manifest.json").stat()
        return os.path.realpath(link), manifest.st_mtime_ns, manifest.st_ino
    except OSError:
        there = os.path.exists(link)  # noqa: PTH110 that of pathlib raises where the folder can't be entered
        return (os.path.realpath(link), None) if there else None


def _nothing_published(recs: Path) -> str:
    """Why there is no set in a folder in which nothing is lost."""
    if not recs.exists():
        return f"the folder of sets {recs} does not exist: correct RECS_DIR, or {_PUBLISH}"
    if not recs.is_dir():
        return f"{recs} is not a folder: RECS_DIR must be the folder of sets"
    if (recs / "manifest.json").exists():
        return f"{recs} is a set: RECS_DIR must be the folder that it lies in, {recs.resolve().parent}"
    return f"no set is published in {recs} yet: {_PUBLISH}"


def _lost(recs: Path, *, in_use: bool) -> str:
    """What is wrong with `<recs>/current` and the command that repairs it; empty while it points to a folder.

    Before the first set is published (no set in the folder, none in use) nothing is wrong.
    """
    link = recs / "current"
    try:
        link.stat()
    except PermissionError as error:
        return f"{link} can't be read: {error.strerror}; user {os.getuid()} must be allowed to read {recs}"
    except OSError:
        pass
    else:
        return ""
    manifests = sorted(recs.glob("*/manifest.json"))
    there = [path.parent.name for path in manifests if not path.parent.name.startswith(".")]
    if link.is_symlink():
        wrong = f"{link} points to {link.readlink()}, which does not exist"
    elif there or in_use:
        wrong = f"{link} is missing"
    else:
        return ""
    if not there:
        return f"{wrong}, and the folder has no sets: {_PUBLISH}"
    command = f"python -m bankrec rollback --recs {recs}"
    repair = f"`{command}` puts the newest complete set in use (for a container: with the folder that is mounted there)"
    return f"{wrong}; sets in the folder: {', '.join(there)}; {repair}"


def _realised(recs: Path) -> dict[str, Any]:
    """The results of `bankrec evaluate` for an earlier set; empty if there are none."""
    try:
        results = json.loads((recs / "realised.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(results, dict):
        return {}
    return {name: value for name, value in results.items() if not isinstance(value, int) or abs(value) < _MOST}
