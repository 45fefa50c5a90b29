"""One worker in a process group: counters would jump between workers, and each would hold the set."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys

SENTENCE = "one worker a process group: counters would jump between workers; scale by containers"


class TooManyWorkersError(SystemExit):
    """A second worker was started."""


def refuse_more_than_one(port: int) -> socket.socket | None:
    """Refuse a second worker for `port` in this process group; keep what is returned for as long as it runs.

    The name of an abstract socket is free again when its process ends, however it ends (Linux only;
    elsewhere the environment's WEB_CONCURRENCY is all that is seen).
    """
    if int(os.environ.get("WEB_CONCURRENCY", "1")) > 1:
        _refuse()
    if sys.platform != "linux":
        return None
    taken = socket.socket(socket.AF_UNIX)
    try:
        taken.bind(f"\0recommendations-{os.getpgid(0)}-{port}")
    except OSError:
        _refuse()
    return taken


def _refuse() -> None:
    print(SENTENCE, file=sys.stderr, flush=True)
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:  # a supervisor would start the worker again and again
        os.kill(parent.pid, signal.SIGTERM)
    raise TooManyWorkersError(1)
