"""One side of `benchmarks.gain`: fits the code that PYTHONPATH names to a bank and month, stores what is compared.

Also run with the code of earlier commits, in which some modules have other names.
"""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path
from types import ModuleType

import numpy as np


def first(*names: str) -> ModuleType:
    """The first of the modules `names` that exists."""
    for name in names:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            continue
    raise SystemExit(f"no module {' or '.join(names)}: is the commit too old?")


def main(kind: str, about: str, back: str, folder: str, output: str) -> None:
    """`kind` real or simulated; `about` a folder, or customers and seed; `back` months, 0: the month after the last."""
    from bankrec.config import Config
    from benchmarks import banks

    fit = first("bankrec.model.training", "bankrec.training").fit
    recommend_all = first("bankrec.model.scoring", "bankrec.training").recommend_all
    average_precision = first("bankrec.evaluation.metrics", "bankrec.metrics").average_precision
    kept = Path(folder)
    bank = banks.real(Path(about), kept) if kind == "real" else banks.simulated(*map(int, about.split()), kept)
    bank = banks.earlier(bank, int(back)) if int(back) else bank
    began = time.process_time()
    ranked = recommend_all(bank.history, fit(bank.history, Config()))
    seconds = time.process_time() - began
    rows = np.searchsorted(ranked.user_id, bank.history.user_id[bank.rows])
    listed = ranked.items >= 0
    expected = np.bincount(ranked.items[listed], ranked.scores[listed], 24)
    observed = (bank.added[:, None] >> np.arange(24, dtype=np.uint32) & 1).sum(axis=0)
    rises = (np.diff(ranked.scores[rows][:, :7], axis=1) > 0).any(axis=1).mean()
    precision = average_precision(ranked.items[rows], bank.added)[bank.added != 0]
    np.savez(output, precision=precision, seconds=seconds, expected=expected, observed=observed, rises=rises)


if __name__ == "__main__":
    main(*sys.argv[1:])
