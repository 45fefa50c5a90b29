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
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from catboost import CatBoostClassifier
from threadpoolctl import threadpool_limits

from bankrec.bank.files import santander
from bankrec.cleaning.histories import HISTORIES_FILE, load_histories, read_histories
from bankrec.config import Config
from bankrec.explain.explainer import Explainer
from bankrec.history import present
from bankrec.jobs.publish import popular_table
from bankrec.jobs.ranking import offers
from bankrec.jobs.run import CLEAN_FILE
from bankrec.model import als
from bankrec.model.features import features
from bankrec.model.recommender import Recommender
from bankrec.model.training import fit
from bankrec.publishing import sets
from bankrec.publishing.manifest import About
from bankrec.publishing.set_tables import customer_table, list_table_with_reasons
from bankrec.publishing.writer import publish
from bankrec.santander.columns import N_PRODUCTS
from bankrec.storage.checkpoints import MemoryPeak
from bankrec.storage.model_folder import MODEL
from benchmarks.preprocess import bare_group_by, histories, ours, typed_copy

Timed = tuple[float, float, int]  # seconds, CPU seconds, rows


class Watch:
    """Seconds and CPU seconds of this process while the `with` blocks run, added up."""

    def __init__(self) -> None:
        self.seconds = self.cpu = 0.0

    def __enter__(self) -> None:
        self._started = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._started[0]
        self.cpu += time.process_time() - self._started[1]

    def read(self, rows: int) -> Timed:
        """The times measured, with the number of rows."""
        return self.seconds, self.cpu, rows


@dataclass(frozen=True)
class Place:
    """Paths: the raw CSV, the workdir of a finished run, a folder to write to."""

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
        return self.explainer().recommender

    def explainer(self) -> Explainer:
        """The same with its reasons."""
        return Explainer.load(self.workdir / "models" / MODEL)


def _of_files(way: Callable[[Path, Path], None], source: Path, place: Place) -> Timed:
    watch = Watch()
    with watch:
        way(source, place.folder)
    return watch.read(pq.read_metadata(place.clean).num_rows)


def cleaning(place: Place) -> Timed:
    """`bankrec preprocess`: the report and the check of the format included."""
    return _of_files(ours, place.source, place)


def typed(place: Place) -> Timed:
    """DuckDB's own copy of the CSV to parquet with the types given."""
    return _of_files(typed_copy, place.source, place)


def grouping(place: Place) -> Timed:
    """`bankrec.cleaning.histories` of the clean snapshots."""
    return _of_files(histories, place.clean, place)


def bare_grouping(place: Place) -> Timed:
    """DuckDB's group by customer over the same file."""
    return _of_files(bare_group_by, place.clean, place)


def als_alone(place: Place) -> Timed:
    """Item factors from a sample, and the scores of every customer in closed form."""
    history, config = load_histories(place.histories, santander()), Config()
    past = history.until(len(history.months))
    watch = Watch()
    with watch:
        items = als.item_factors(past, config.als, config.seed)
        for batch in past.batches():
            als.scores(batch, items, config.als)
    return watch.read(len(history))


def implicit_alone(place: Place) -> Timed:
    """`implicit`'s ALS on the holdings of every customer, as many factors and rounds, then every score."""
    import scipy.sparse as sp
    from implicit.cpu.als import AlternatingLeastSquares

    history, config = load_histories(place.histories, santander()), Config()
    past = history.until(len(history.months))
    extra = [als.extra_confidence(batch, config.als) for batch in past.batches()]
    watch = Watch()
    stored = sp.vstack([sp.csr_matrix(np.where(part > 0, part + 1.0, 0.0).astype(np.float32)) for part in extra])
    with watch, threadpool_limits(1, user_api="blas"):
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
    return watch.read(len(history))


def fitting(place: Place) -> Timed:
    """The model that is published: one fit on all months of the histories."""
    history, watch = load_histories(place.histories, santander()), Watch()
    with watch:
        fit(history, Config(), progress=False)
    return watch.read(len(history))


def bare_catboost(place: Place) -> Timed:
    """CatBoost's two `fit` alone, on the matrices of `fitting`: of pairs and of customers."""
    history, watch, whole = load_histories(place.histories, santander()), Watch(), CatBoostClassifier.fit

    def timed(*arguments: Any, **options: Any) -> Any:
        with watch:
            return whole(*arguments, **options)

    with patch.object(CatBoostClassifier, "fit", timed):
        fit(history, Config(), progress=False)
    return watch.read(len(history))


def scoring(place: Place) -> Timed:
    """The ranked lists of every customer: features, all candidates, rules, ranks; histories streamed."""
    explainer, pairs, watch = place.explainer(), 0, Watch()
    with watch:
        for ranked in offers(read_histories(place.histories, santander()), explainer):
            pairs += ranked.items.size
    return watch.read(pairs)


def bare_predict(place: Place) -> Timed:
    """CatBoost's `predict` alone, on ready arrays of as many customers x products and the same features."""
    recommender, pairs, watch = place.recommender(), 0, Watch()
    ready: Any = None
    for batch in read_histories(place.histories, santander()):
        there = batch.take(present(batch))
        if ready is None:
            known = features(there.until(len(there.months)), recommender.items, recommender.config)
            rows = np.repeat(np.arange(len(there)), N_PRODUCTS)
            additive = np.zeros((len(there), N_PRODUCTS))
            ready = known.pairs(rows, np.tile(np.arange(N_PRODUCTS), len(there)), additive)
        rows_of_batch = min(len(there) * N_PRODUCTS, len(ready))
        with watch:
            recommender.ranker.predict(ready[:rows_of_batch], prediction_type="RawFormulaVal")
        pairs += rows_of_batch
    return watch.read(pairs)


def writing(place: Place) -> Timed:
    """A set from ready lists: written, counted, hashed, verified, put in use."""
    explainer = place.explainer()
    recommender = explainer.recommender
    ranked = list(offers(read_histories(place.histories, santander()), explainer))
    about = About(recommender.as_of.isoformat())
    watch = Watch()
    with watch:
        popular = popular_table(recommender)
        set_id, _ = publish(place.folder, recommender.bank, ranked, popular, about, now=datetime.now(UTC), keep=1)
    return watch.read(int(sets.read_manifest(place.folder / set_id)["counts"]["recommendations"]))


def bare_writing(place: Place) -> Timed:
    """The same two tables, reasons included, ready in memory, written by pyarrow."""
    ranked = list(offers(read_histories(place.histories, santander()), place.explainer()))
    lists = pa.concat_tables(list_table_with_reasons(batch, santander().ids) for batch in ranked)
    customers = pa.concat_tables(customer_table(batch, santander()) for batch in ranked)
    watch = Watch()
    with watch:
        pq.write_table(lists, place.folder / "lists.parquet", compression="zstd")
        pq.write_table(customers, place.folder / "customers.parquet", compression="zstd")
    return watch.read(lists.num_rows)


# Way, the way it is measured against, and the factor of its limit; or a limit in seconds.
LIMITS: tuple[tuple[Callable[[Place], Timed], Callable[[Place], Timed] | None, float], ...] = (
    (cleaning, typed, 2.0),
    (grouping, bare_grouping, 1.5),
    (als_alone, implicit_alone, 1.2),
    (fitting, bare_catboost, 4.0),
    (scoring, None, 60.0),
    (writing, bare_writing, 1.5),
)
AIM = 0.3  # of the speed of `bare_predict`, for `scoring`


def _measured(way: Callable[[Place], Timed], place: Place, answers: Any) -> None:
    with MemoryPeak() as peak:
        seconds, busy, rows = way(place)
    answers.put((seconds, busy, rows, peak.bytes))


def run(way: Callable[[Place], Timed], place: Place) -> tuple[float, float, int, int]:
    """Seconds, CPU seconds, rows and peak memory (bytes) of one way in a fresh process."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=_measured, args=(way, place, answers))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{way.__name__} failed")
    measured: tuple[float, float, int, int] = answers.get()
    return measured


def main() -> int:
    """Run every way, print the table; 1 where a limit is broken."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--input", type=Path, required=True, help="raw CSV")
    arguments.add_argument("--workdir", type=Path, required=True, help="workdir of a finished run on it")
    arguments.add_argument("--repeat", type=int, default=3, help="runs of each way (3); the median counts")
    arguments.add_argument(
        "--only", nargs="*", metavar="STAGE", help="of cleaning, grouping, als_alone, fitting, scoring, writing"
    )
    given = arguments.parse_args()
    limits = [limit for limit in LIMITS if not given.only or limit[0].__name__ in given.only]
    ways = [way for limit in limits for way in limit[:2] if way is not None]
    ways += [bare_predict] if scoring in ways else []
    measurements: dict[str, list[tuple[float, float, int, int]]] = {way.__name__: [] for way in ways}
    for _ in range(given.repeat):
        for way in ways:
            with tempfile.TemporaryDirectory(dir=given.workdir) as folder:
                one = run(way, Place(given.input, given.workdir, Path(folder)))
            measurements[way.__name__].append(one)
            print(f"{way.__name__}: {one[0]:.1f} s, {one[1]:.1f} of CPU, {one[3] / 1e9:.2f} GB", file=sys.stderr)
    wall = {name: statistics.median(one[0] for one in runs) for name, runs in measurements.items()}
    cpu = {name: statistics.median(one[1] for one in runs) for name, runs in measurements.items()}
    print("| way | seconds | CPU s | rows | rows/s | peak MB | all runs |\n|---|---|---|---|---|---|---|")
    for name, runs in measurements.items():
        rows, peak = runs[0][2], max(one[3] for one in runs) / 1e6
        each, rate = ", ".join(f"{one[0]:.1f}" for one in runs), rows / wall[name]
        print(f"| {name} | {wall[name]:.1f} | {cpu[name]:.1f} | {rows:,} | {rate:,.0f} | {peak:,.0f} | {each} |")
    print("\n| stage | measured against | measured | in CPU time | limit | |\n|---|---|---|---|---|---|")
    broken = False
    for way, other, limit in limits:
        name, against = way.__name__, other.__name__ if other else "the clock"
        ratios = [times[name] / (times[against] if other else 1.0) for times in (wall, cpu)]
        unit, holds = "x" if other else "s", ratios[0] <= limit
        broken |= not holds
        print(
            f"| {name} | {against} | {ratios[0]:.2f} {unit} | {ratios[1]:.2f} | {limit:g} {unit} | {_verdict(holds)} |"
        )
    if scoring in ways:
        pairs = measurements["bare_predict"][0][2] / measurements["scoring"][0][2]
        speeds = [times["bare_predict"] / pairs / times["scoring"] for times in (wall, cpu)]
        verdict = _verdict(speeds[0] >= AIM)
        print(
            f"| scoring (aim) | speed of bare_predict | {speeds[0]:.2f} x | {speeds[1]:.2f} | {AIM:g} x | {verdict} |"
        )
    return int(broken)


def _verdict(holds: bool) -> str:
    return "holds" if holds else "MISSED"


if __name__ == "__main__":
    raise SystemExit(main())
