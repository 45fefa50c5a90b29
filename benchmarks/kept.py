"""Models that the benchmarks have fitted: kept on disk, so that several of them judge the same fit.

A model is fitted anew when the code, the configuration or the history changes.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from bankrec.config import Config
from bankrec.histories import History
from bankrec.recommender import Recommender
from bankrec.training import fit

FOLDER = Path("data/quality")
ROOT = Path(__file__).resolve().parents[1]


def fingerprint(history: History, *about: str) -> str:
    """16 digits that change with the code of the package and the benchmarks, with the history and with `about`."""
    sources = sorted(path for part in ("bankrec", "benchmarks") for path in (ROOT / part).glob("*.py"))
    parts = [path.read_bytes() for path in sources]
    parts += [" ".join(about).encode(), history.user_id.tobytes(), history.words.tobytes()]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


def recommender(history: History, config: Config, folder: Path = FOLDER) -> Recommender:
    """The recommender fitted on `history`, from `folder` if it is there."""
    path = folder / f"model_{fingerprint(history, repr(config))}"
    if not path.exists():
        fit(history, config, progress=False).save(path)
    return Recommender.load(path)
