"""Watching for a new set: loads it beside the one in use and switches when it is whole."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from recommendations import RecommendationSet
from serving.observability.logs import LOGGER
from serving.observability.monitoring import Monitoring
from serving.sets.files import SetError

T = TypeVar("T")
_MOST = 10**300  # that a gauge can show
_SWITCH_SECONDS = 0.0005  # while loading: how long the loading thread may keep the interpreter to itself


class Watcher:
    """Holds the set in use; `current` is None until the first one is loaded."""

    def __init__(self, recs: Path, monitoring: Monitoring, seconds: float) -> None:
        self.current: RecommendationSet | None = None
        self.refused: str | None = None
        self.lost = ""
        self._recs, self._monitoring, self._seconds = recs, monitoring, seconds
        self._tried: tuple[Any, ...] | None = None
        self._task: asyncio.Task[None] | None = None
        self._loader = ThreadPoolExecutor(1, "loader", initializer=lower_priority)

    async def start(self) -> None:
        """Load what is there, then keep watching."""
        pa.set_memory_pool(pa.system_memory_pool())  # others keep 40 MB of what a set was read through
        await self._look()
        if self.current is None and not self.refused and not self.lost:
            LOGGER.warning("%s", self.why_no_set)
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Stop watching."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._loader.shutdown(wait=False, cancel_futures=True)

    @property
    def why_no_set(self) -> str:
        """Why no set is in use, and the command that helps."""
        published = f"no set is published in {self._recs} yet: run `make publish` where the repository is"
        return self.lost or self.refused or published

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            try:
                await self._look()
            except Exception:
                LOGGER.exception("looking for a new set failed; the one in use stays")

    def _state(self) -> tuple[Any, ...] | None:
        """What tells one set from the next: where `current` points, and when its manifest changed; None: nowhere."""
        link = self._recs / "current"
        try:
            manifest = (link / "manifest.json").stat()
            return os.path.realpath(link), manifest.st_mtime_ns, manifest.st_ino
        except OSError:
            there = os.path.exists(link)  # noqa: PTH110 that of pathlib raises where the folder can't be entered
            return (os.path.realpath(link), None) if there else None

    async def _look(self) -> None:
        self._monitoring.served.realised = _realised(self._recs)
        state = self._state()
        self._notice_a_lost_current()
        if state is None or state == self._tried:
            return
        self._tried = state
        started = time.perf_counter()
        try:
            loaded = await self._beside(RecommendationSet, Path(state[0]))
        except Exception as error:  # whatever is wrong with a set, the one in use goes on
            self.refused = f"the current set is refused: {error}"
            reason = error.reason if isinstance(error, SetError) else "other"
            self._monitoring.refuse(reason)
            LOGGER.error("set refused: %s", error, extra={"fields": {"set": state[0], "reason": reason}})
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
        await self._beside(give_memory_back)

    def _notice_a_lost_current(self) -> None:
        lost = _lost(self._recs, in_use=self.current is not None)
        if lost and not self.lost:
            LOGGER.error("%s", lost, extra={"fields": {"in_use": self.current.set_id if self.current else None}})
        elif self.lost and not lost:
            LOGGER.info("%s/current is there again", self._recs)
        self.lost = lost
        self._monitoring.current_lost.set(bool(lost))

    async def _beside(self, work: Callable[..., T], *values: Any) -> T:
        """Run `work` in the loading thread, while requests are answered in this one."""
        interval = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_SECONDS)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._loader, work, *values)
        finally:
            sys.setswitchinterval(interval)


def lower_priority() -> None:
    """Let the thread that answers go first (Linux counts niceness by thread)."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)


def _lost(recs: Path, *, in_use: bool) -> str:
    """What is wrong with `<recs>/current` and the command that mends it; empty while it points to something.

    It is not lost where nothing was published yet: no set is there, and none is in use.
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
        wrong = f"{link} points to {link.readlink()}, which is not there"
    elif there or in_use:
        wrong = f"{link} is missing"
    else:
        return ""
    if not there:
        return f"{wrong}, and no set is: run `make publish` where the repository is"
    command = f"python -m bankrec rollback --recs {recs}"
    helps = f"`{command}` (in a container: the folder mounted there) puts the newest whole one in use"
    return f"{wrong}; sets there: {', '.join(there)}; {helps}"


def _realised(recs: Path) -> dict[str, Any]:
    """What `bankrec evaluate` found of an earlier set, or nothing."""
    try:
        found = json.loads((recs / "realised.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: value for name, value in found.items() if not isinstance(value, int) or abs(value) < _MOST}


def give_memory_back() -> None:
    """Return what loading needed and the old set held to the system; look for garbage among new objects alone.

    What stands after a set is loaded stays until the next one: going through all of it again and again would
    stop the answers for tens of milliseconds each time.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL("libc.so.6").malloc_trim(0)
