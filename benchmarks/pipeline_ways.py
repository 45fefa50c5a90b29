"""The ways that `benchmarks.pipeline` measures: each stage of a run, and what it is measured against."""

from __future__ import annotations

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
        fit(history, Config())
    return watch.read(len(history))


def bare_catboost(place: Place) -> Timed:
    """CatBoost's two `fit` alone, on the matrices of `fitting`: of pairs and of customers."""
    history, watch, whole = load_histories(place.histories, santander()), Watch(), CatBoostClassifier.fit

    def timed(*arguments: Any, **options: Any) -> Any:
        with watch:
            return whole(*arguments, **options)

    with patch.object(CatBoostClassifier, "fit", timed):
        fit(history, Config())
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
