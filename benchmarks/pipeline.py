"""Every stage of a run against a limit measured beside it: one table of times, ratios and memory.

    python -m benchmarks.pipeline --workdir DIR --input data/raw/train_ver2.csv [--repeat 3]

`DIR` is the workdir of a finished `python -m bankrec run --input … --workdir DIR`. Each way runs in a process
of its own, in turn, several times; the median counts. A limit is the time of another way in the same table,
times a factor, or seconds. Loading what a way works on is not part of its time.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from threadpoolctl import threadpool_limits

from bankrec import candidates, sets
from bankrec.build_histories import load_histories, read_histories
from bankrec.config import Config
from bankrec.features import features, present
from bankrec.jobs import CLEAN_FILE
from bankrec.learning import HISTORIES_FILE
from bankrec.model_folder import MODEL
from bankrec.offering import offers, popular_table
from bankrec.products import N_PRODUCTS
from bankrec.publish import customer_table, list_table, publish
from bankrec.recommender import Recommender
from bankrec.stages import MemoryPeak
from benchmarks.preprocess import bare_group_by, histories, ours, typed_copy

Timed = tuple[float, int]  # seconds, rows


@dataclass(frozen=True)
class Place:
    """Where everything lies: the raw CSV, the workdir of a finished run, a folder to write to."""

    source: Path
    workdir: Path
    folder: Path

    @property
    def clean(self) -> Path:
        """The clean snapshots of the run."""
        return self.workdir / CLEAN_FILE

    @property
    def histories(self) -> Path:
        """The histories of the run."""
        return self.workdir / HISTORIES_FILE

    def recommender(self) -> Recommender:
        """The recommender of the run."""
        return Recommender.load(self.workdir / "models" / MODEL)


def _of_files(way: Callable[[Path, Path], None], source: Path, place: Place) -> Timed:
    started = time.perf_counter()
    way(source, place.folder)
    return time.perf_counter() - started, pq.read_metadata(place.clean).num_rows


def cleaning(place: Place) -> Timed:
    """`bankrec preprocess`: the report and the check of the format included."""
    return _of_files(ours, place.source, place)


def typed(place: Place) -> Timed:
    """DuckDB's own copy of the CSV to parquet with the types given."""
    return _of_files(typed_copy, place.source, place)


def grouping(place: Place) -> Timed:
    """`bankrec.build_histories` of the clean snapshots."""
    return _of_files(histories, place.clean, place)


def bare_grouping(place: Place) -> Timed:
    """DuckDB's group by customer over the same file."""
    return _of_files(bare_group_by, place.clean, place)


def als(place: Place) -> Timed:
    """Item factors from a sample, and the scores of every customer in closed form."""
    history, config = load_histories(place.histories), Config()
    past = history.until(len(history.months))
    started = time.perf_counter()
    items = candidates.item_factors(past, config.als, config.seed)
    for batch in past.batches():
        candidates.scores(batch, items, config.als)
    return time.perf_counter() - started, len(history)


def implicit_alone(place: Place) -> Timed:
    """`implicit`'s ALS on the holdings of every customer, as many factors and rounds, then every score."""
    import scipy.sparse as sp
    from implicit.cpu.als import AlternatingLeastSquares

    history, config = load_histories(place.histories), Config()
    past = history.until(len(history.months))
    extra = [candidates.extra_confidence(batch, config.als) for batch in past.batches()]
    stored = sp.vstack([sp.csr_matrix(np.where(part > 0, part + 1.0, 0.0).astype(np.float32)) for part in extra])
    started = time.perf_counter()
    with threadpool_limits(1, user_api="blas"):
        model = AlternatingLeastSquares(
            factors=config.als.factors,
            regularization=config.als.regularization,
            alpha=1.0,
            iterations=config.als.iterations,
            random_state=config.seed,
        )
        model.fit(stored.tocsr(), show_progress=False)
        for low in range(0, len(history), 50_000):
            model.user_factors[low : low + 50_000] @ model.item_factors.T
    return time.perf_counter() - started, len(history)


def scoring(place: Place) -> Timed:
    """What the set holds for every customer: features, all candidates, rules, ranks; histories streamed."""
    recommender, pairs = place.recommender(), 0
    started = time.perf_counter()
    for ranked in offers(read_histories(place.histories), recommender):
        pairs += ranked.items.size
    return time.perf_counter() - started, pairs


def bare_predict(place: Place) -> Timed:
    """CatBoost's `predict` alone, on ready arrays of as many customers x products and the same features."""
    recommender, taken, pairs = place.recommender(), 0.0, 0
    ready: Any = None
    for batch in read_histories(place.histories):
        there = batch.take(present(batch))
        if ready is None:
            known = features(there.until(len(there.months)), recommender.evidence, recommender.config)
            rows = np.repeat(np.arange(len(there)), N_PRODUCTS)
            ready = known.pairs(rows, np.tile(np.arange(N_PRODUCTS), len(there)))
        rows_of_batch = min(len(there) * N_PRODUCTS, len(ready))
        started = time.perf_counter()
        recommender.ranker.predict(ready[:rows_of_batch], prediction_type="RawFormulaVal")
        taken, pairs = taken + time.perf_counter() - started, pairs + rows_of_batch
    return taken, pairs


def writing(place: Place) -> Timed:
    """A set from ready lists: written, counted, hashed, verified, switched to."""
    recommender = place.recommender()
    ranked = list(offers(read_histories(place.histories), recommender))
    about = {"as_of": recommender.as_of.isoformat(), "run_id": None, "metrics": {}}
    started = time.perf_counter()
    set_id, _ = publish(place.folder, ranked, popular_table(recommender), about, now=datetime.now(UTC), keep=1)
    taken = time.perf_counter() - started
    return taken, int(sets.read_manifest(place.folder / set_id)["counts"]["recommendations"])


def bare_writing(place: Place) -> Timed:
    """The same two tables, ready in memory, written by pyarrow."""
    recommender = place.recommender()
    ranked = list(offers(read_histories(place.histories), recommender))
    lists = pa.concat_tables(list_table(batch) for batch in ranked)
    people = pa.concat_tables(customer_table(batch) for batch in ranked)
    started = time.perf_counter()
    pq.write_table(lists, place.folder / "lists.parquet", compression="zstd")
    pq.write_table(people, place.folder / "people.parquet", compression="zstd")
    return time.perf_counter() - started, lists.num_rows


# Way, the way it is measured against, and the factor of its limit; or a limit in seconds.
LIMITS: tuple[tuple[Callable[[Place], Timed], Callable[[Place], Timed] | None, float], ...] = (
    (cleaning, typed, 2.0),
    (grouping, bare_grouping, 1.5),
    (als, implicit_alone, 1.2),
    (scoring, None, 60.0),
    (writing, bare_writing, 1.5),
)
AIM = 0.3  # of the speed of `bare_predict`, for `scoring`


def _measured(way: Callable[[Place], Timed], place: Place, answers: Any) -> None:
    with MemoryPeak() as peak:
        seconds, rows = way(place)
    answers.put((seconds, rows, peak.bytes))


def run(way: Callable[[Place], Timed], place: Place) -> tuple[float, int, int]:
    """Seconds, rows and peak memory (bytes) of one way in a fresh process."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=_measured, args=(way, place, answers))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{way.__name__} failed")
    seconds, rows, peak = answers.get()
    return seconds, rows, peak


def main() -> int:
    """Run every way, print the table; 1 where a limit is broken."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--input", type=Path, required=True, help="raw CSV")
    arguments.add_argument("--workdir", type=Path, required=True, help="workdir of a finished run on it")
    arguments.add_argument("--repeat", type=int, default=3, help="runs of each way (3); the median counts")
    arguments.add_argument("--only", nargs="*", metavar="STAGE", help="of cleaning, grouping, als, scoring, writing")
    given = arguments.parse_args()
    limits = [limit for limit in LIMITS if not given.only or limit[0].__name__ in given.only]
    ways = [way for limit in limits for way in limit[:2] if way is not None]
    ways += [bare_predict] if scoring in ways else []
    seconds: dict[str, list[float]] = {way.__name__: [] for way in ways}
    rows: dict[str, int] = {}
    peaks: dict[str, int] = {way.__name__: 0 for way in ways}
    for _ in range(given.repeat):
        for way in ways:
            with tempfile.TemporaryDirectory(dir=given.workdir) as folder:
                took, rows[way.__name__], peak = run(way, Place(given.input, given.workdir, Path(folder)))
            seconds[way.__name__].append(took)
            peaks[way.__name__] = max(peak, peaks[way.__name__])
    median = {name: statistics.median(took) for name, took in seconds.items()}
    print("| way | seconds | rows | rows/s | peak MB | runs |\n|---|---|---|---|---|---|")
    for name, took in median.items():
        runs = ", ".join(f"{one:.1f}" for one in seconds[name])
        print(
            f"| {name} | {took:.1f} | {rows[name]:,} | {rows[name] / took:,.0f} | {peaks[name] / 1e6:,.0f} | {runs} |"
        )
    print("\n| stage | measured against | found | limit | |\n|---|---|---|---|---|")
    broken = False
    for way, other, limit in limits:
        found = median[way.__name__] / (median[other.__name__] if other else 1.0)
        against, unit = (other.__name__, "x") if other else ("the clock", "s")
        broken |= found > limit
        print(f"| {way.__name__} | {against} | {found:.2f} {unit} | {limit:g} {unit} | {_holds(found <= limit)} |")
    if scoring in ways:
        speed = median["bare_predict"] / rows["bare_predict"] / (median["scoring"] / rows["scoring"])
        print(f"| scoring (aim) | speed of bare_predict | {speed:.2f} x | {AIM:g} x | {_holds(speed >= AIM)} |")
    return int(broken)


def _holds(holds: bool) -> str:
    return "holds" if holds else "MISSED"


if __name__ == "__main__":
    raise SystemExit(main())
