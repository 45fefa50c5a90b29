"""Models that the benchmarks have fitted: kept on disk, so that several of them use the same fit.

A model is fitted again when the code, the configuration or the history changes.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from bankrec.config import Config
from bankrec.history import History
from bankrec.jobs.training_record import data_hash
from bankrec.model.recommender import Recommender
from bankrec.model.training import fit
from bankrec.storage.checkpoints import code_version

FOLDER = Path("data/quality")
BENCHMARKS = Path(__file__).resolve().parent


def fingerprint(history: History, *about: str) -> str:
    """16 digits that change with the code of the package and the benchmarks, with the history and with `about`."""
    parts = [code_version(), code_version(BENCHMARKS), data_hash(history), *about]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def recommender(history: History, config: Config, folder: Path = FOLDER) -> Recommender:
    """The recommender fitted on `history`, read from `folder` if it is kept there."""
    path = folder / f"model_{fingerprint(history, repr(config))}"
    if not path.exists():
        fit(history, config).save(path)
    return Recommender.load(path)
