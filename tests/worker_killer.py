"""A function for Spark's workers that kills the one it runs on, once: sent to them by the test of the cluster."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil


def rank_and_kill(batch: Any, *, rank: Callable[[Any], Any], customer: int, marker: Path) -> Any:
    """`rank`, but the worker of the batch that holds `customer` dies at it, unless `marker` exists already."""
    if np.isin(customer, batch.user_id) and not marker.exists():
        marker.touch()
        parents = psutil.Process().parents()
        worker = next(parent for parent in parents if "CoarseGrainedExecutorBackend" in " ".join(parent.cmdline()))
        os.kill(worker.pid, signal.SIGKILL)
    return rank(batch)
