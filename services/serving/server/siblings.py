"""Whether a server runs other workers beside this one: then `/metrics` shows this one alone."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
from pathlib import Path

from serving.observability.logs import LOGGER


async def warn_of_siblings(seconds: float) -> None:
    """Log one warning as soon as this process has siblings; look every `seconds` while it may get some.

    Seen are workers of uvicorn and gunicorn, on Linux. Not seen are containers, which do no harm, and
    servers of another kind. A worker that takes over from another one has a sibling until that one ends.
    """
    while _is_supervised():
        if _workers(os.getppid()) > 1:
            LOGGER.warning("one of several workers: /metrics shows this worker alone; scale by containers instead")
            return
        await asyncio.sleep(seconds)


def _is_supervised() -> bool:
    """Whether the parent process is a supervisor of uvicorn (`--workers`, `--reload`) or gunicorn's."""
    return multiprocessing.parent_process() is not None or "gunicorn.arbiter" in sys.modules


def _workers(supervisor: int) -> int:
    """Children of a process, without the one by which multiprocessing cleans up; 0 where they can't be seen."""
    processes = Path("/proc")
    try:
        children = (processes / f"{supervisor}/task/{supervisor}/children").read_text().split()
        commands = [(processes / child / "cmdline").read_bytes() for child in children]
    except OSError:
        return 0
    return sum(b"resource_tracker" not in command for command in commands)
