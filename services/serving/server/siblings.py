"""Checks whether a server runs other workers beside this one, as `/metrics` shows only this one."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
from pathlib import Path

from serving.observability.logs import LOGGER


async def warn_of_siblings(seconds: float) -> None:
    """Log one warning as soon as this process has siblings; check every `seconds` while it may get some.

    It finds workers of uvicorn and gunicorn, on Linux, but no servers of another kind. It does not find containers,
    which is harmless. A worker that replaces another one has a sibling until that one ends.
    """
    while _is_supervised():
        if _workers(os.getppid()) > 1:
            LOGGER.warning(
                "this is one of several workers, and /metrics shows one worker only: start more containers instead"
            )
            return
        await asyncio.sleep(seconds)


def _is_supervised() -> bool:
    """Whether the parent process is a supervisor of uvicorn (`--workers`, `--reload`) or of gunicorn."""
    return multiprocessing.parent_process() is not None or "gunicorn.arbiter" in sys.modules


def _workers(supervisor: int) -> int:
    """Number of child processes, without the resource tracker of multiprocessing; 0 if they can't be read."""
    processes = Path("/proc")
    try:
        children = (processes / f"{supervisor}/task/{supervisor}/children").read_text().split()
        commands = [(processes / child / "cmdline").read_bytes() for child in children]
    except OSError:
        return 0
    return sum(b"resource_tracker" not in command for command in commands)
