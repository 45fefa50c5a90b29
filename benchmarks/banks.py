"""The data sets of the benchmarks: histories up to as-of, and the acquisitions of the month after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from bankrec.bank.files import santander
from bankrec.cleaning.histories import build_histories, load_histories
from bankrec.cleaning.preprocess import preprocess
from bankrec.history import History
from bankrec.holdings import PRESENT, Words, all_held
from bankrec.lookup import locate
from bankrec.santander.columns import BIT, N_PRODUCTS
from bankrec.simulator.simulate import simulate
from bankrec.storage.checkpoints import code_version
from bankrec.transitions import Transition
from benchmarks.oracle import best_lists


@dataclass(frozen=True)
class Bank:
    """`rows` int64 [m]: customers of `history` who are evaluated; `added` uint64 [m] what they add in the month
    after it; `oracle` int8 [m, 7] the lists by true probabilities, if these are known.
    """

    name: str
    history: History
    rows: npt.NDArray[np.int64]
    added: Words
    oracle: npt.NDArray[np.int8] | None = None


def simulated(customers: int, seed: int, folder: Path) -> Bank:
    """A simulated bank with its truth; kept in `folder` until the code of the package changes."""
    stem = folder / f"bank_{customers}_{seed}_{code_version()}"
    raw, clean, histories, truth = (
        stem.with_name(f"{stem.name}_{part}.parquet") for part in ("raw", "clean", "histories", "truth")
    )
    if not histories.exists():
        folder.mkdir(parents=True, exist_ok=True)
        simulate(customers, seed, raw, truth)
        preprocess(raw, clean)
        build_histories(clean, histories, santander())
        raw.unlink()
        clean.unlink()
    history = load_histories(histories, santander())
    columns = ["ncodpers", "product", "p_add", "added", "redraws"]
    table = pq.read_table(truth, columns=columns)
    user_id, places = np.unique(table["ncodpers"].to_numpy(), return_inverse=True)
    item = table["product"].combine_chunks() if table["product"].num_chunks != 1 else table["product"].chunk(0)
    bits = np.array([BIT[name] for name in item.dictionary.to_pylist()])[item.indices.to_numpy()]
    chance = np.zeros((len(user_id), N_PRODUCTS), np.float32)
    chance[places, bits] = table["p_add"].to_numpy()
    observed = table["added"].to_numpy(zero_copy_only=False).astype(bool)
    added = np.zeros(len(user_id), np.uint64)
    np.bitwise_or.at(added, places[observed], np.uint64(1) << bits[observed].astype(np.uint64))
    redrawn = table["redraws"].to_numpy()
    draws = np.zeros((8, len(user_id)), np.uint64)
    for draw in range(8):
        observed = (redrawn >> draw) & 1 == 1
        np.bitwise_or.at(draws[draw], places[observed], np.uint64(1) << bits[observed].astype(np.uint64))
    rows, known = _rows(history, user_id)
    oracle = best_lists(chance[known], history.words[rows, -1] & all_held(N_PRODUCTS), draws[:, known])
    return Bank(f"simulated, {customers:,} customers, seed {seed}", history, rows, added[known], oracle)


def real(folder: Path, workdir: Path) -> Bank:
    """Real rows in `folder`: `train_ver2.csv.gz` and `acquisitions_*.csv` (`ncodpers, product`)."""
    history = _real_history(folder, workdir)
    pairs = np.genfromtxt(next(folder.glob("acquisitions_*.csv")), delimiter=",", dtype=str, skip_header=1)
    there = np.flatnonzero((history.words[:, -1] & PRESENT) != 0)
    added = np.zeros(len(history), np.uint64)
    rows, known = _rows(history, pairs[:, 0].astype(np.int64))
    bits = np.array([1 << BIT[name.strip('"')] for name in pairs[known, 1]], np.uint64)
    np.bitwise_or.at(added, rows, bits)
    return Bank(folder.name, history, there, added[there] & ~history.words[there, -1])


def earlier(bank: Bank, months: int = 1) -> Bank:
    """The same bank `months` earlier: the target month is one of its own last months."""
    history = bank.history
    target = len(history.months) - months
    step = Transition.into(history.words, target, history.bank.n)
    rows = np.flatnonzero(step.both)
    return Bank(f"{bank.name}, {history.months[target]:%Y-%m}", history.until(target), rows, step.added[rows])


def _real_history(folder: Path, workdir: Path) -> History:
    stem = f"{folder.name}_{code_version()}"
    clean, histories = workdir / f"{stem}_clean.parquet", workdir / f"{stem}_histories.parquet"
    if not histories.exists():
        workdir.mkdir(parents=True, exist_ok=True)
        preprocess(folder / "train_ver2.csv.gz", clean)
        build_histories(clean, histories, santander())
    return load_histories(histories, santander())


def _rows(history: History, user_id: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    rows, known = locate(history.user_id, user_id)
    return rows[known], known
