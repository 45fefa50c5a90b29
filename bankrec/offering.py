"""The job of `recommend`: rank the products of every customer and publish the lists as a set."""

from __future__ import annotations

import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from bankrec import popularity, tracking
from bankrec.build_histories import build_histories, customers_present, read_histories
from bankrec.candidates import scores
from bankrec.eligibility import read_eligibility, restricted
from bankrec.engine import full_disk_told
from bankrec.errors import InputError
from bankrec.features import present
from bankrec.gate import Checks
from bankrec.histories import History
from bankrec.learning import HISTORIES_FILE, as_of_month
from bankrec.model_folder import MODEL, data_name, read_metrics
from bankrec.products import BIT
from bankrec.publish import item_array, list_table, publish
from bankrec.reasons import reasons
from bankrec.recommend import Ranked, ranked_items, recommend
from bankrec.recommender import Recommender
from bankrec.rules import RULES, Rule, barred_unknown
from bankrec.suppression import read_suppressed, without
from bankrec.words import unpack

AT_ONCE = 2  # batches that are ranked at the same time


def recommend_to(
    recs: Path,
    data: Path,
    models: str,
    *,
    suppress: Path | None = None,
    eligibility: Path | None = None,
    keep: int = 3,
    force: bool = False,
    name: str | None = None,
    engine: str = "duckdb",
) -> tuple[str, Checks]:
    """Rank the products of every customer of the last month of `data` and publish the lists to `recs`.

    `models` is a folder of `train`, or `champion`: the best model of this data in MLflow's registry.
    Returns the set's id and the gate's checks.
    """
    suppressed, own = read_suppressed(suppress), read_eligibility(eligibility)
    with tracking.temporary_folder() as folder:
        if models == tracking.CHAMPION:
            path, version = tracking.champion(data_name(data, name), Path(folder))
            metrics: dict[str, Any] = {"model": f"champion, version {version}"}
        else:
            path, metrics = Path(models) / MODEL, read_metrics(Path(models))
        recommender = Recommender.load(path)
        month = as_of_month(None, data)
        if recommender.as_of > month:
            raise InputError(f"the model has seen {recommender.as_of:%Y-%m}, {data} ends with {month:%Y-%m}")
        histories = Path(folder) / HISTORIES_FILE
        build_histories(data, histories, engine=engine)
        return publish_from_files(
            recs,
            histories,
            recommender,
            metrics,
            suppressed=suppressed,
            own=own,
            keep=keep,
            force=force,
            engine=engine,
        )


def publish_from(
    recs: Path,
    batches: Iterable[History],
    recommender: Recommender,
    metrics: dict[str, Any],
    *,
    suppressed: frozenset[int] = frozenset(),
    own: tuple[Rule, ...] = (),
    keep: int = 3,
    force: bool = False,
) -> tuple[str, Checks]:
    """Rank batch by batch, by the bank's `own` rules too, and publish the lists as a set."""
    there = 0

    def counted() -> Iterator[History]:
        nonlocal there
        for batch in batches:
            there += int(present(batch).sum())
            yield batch

    lists = offers(counted(), recommender, suppressed, own)
    return _published(
        recs, lists, recommender, metrics, lambda: there, suppressed=suppressed, own=own, keep=keep, force=force
    )


def offers(
    batches: Iterable[History],
    recommender: Recommender,
    suppressed: frozenset[int] = frozenset(),
    own: tuple[Rule, ...] = (),
) -> Iterator[Ranked]:
    """`offer` of each batch, in their order, two at a time: numpy and CatBoost leave Python's lock alone."""
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(AT_ONCE) as pool:
        ahead: deque[Future[Ranked]] = deque()
        for batch in batches:
            ahead.append(pool.submit(offer, batch, recommender, suppressed, own))
            if len(ahead) > AT_ONCE:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def publish_from_files(
    recs: Path,
    histories: Path,
    recommender: Recommender,
    metrics: dict[str, Any],
    *,
    suppressed: frozenset[int] = frozenset(),
    own: tuple[Rule, ...] = (),
    keep: int = 3,
    force: bool = False,
    engine: str = "duckdb",
) -> tuple[str, Checks]:
    """`publish_from` of what `build_histories` wrote: here, or ranked by the workers of Spark.

    With Spark the ranked lists lie in a folder in `recs`, from which the set is written batch by batch.
    """
    if engine != "spark":
        batches = read_histories(histories)
        return publish_from(recs, batches, recommender, metrics, suppressed=suppressed, own=own, keep=keep, force=force)
    from bankrec.spark_ranking import rank_on_spark, read_ranked

    ranked = recs / f".ranked.writing-{os.getpid()}"
    try:
        with full_disk_told(ranked):
            rank = partial(offer, recommender=recommender, suppressed=suppressed, own=own)
            rank_on_spark(histories, ranked, rank)
        lists, there = read_ranked(ranked), customers_present(histories)
        return _published(
            recs, lists, recommender, metrics, lambda: there, suppressed=suppressed, own=own, keep=keep, force=force
        )
    finally:
        shutil.rmtree(ranked, ignore_errors=True)


def _published(
    recs: Path,
    lists: Iterable[Ranked],
    recommender: Recommender,
    metrics: dict[str, Any],
    expected_customers: Callable[[], int],
    *,
    suppressed: Iterable[int],
    own: tuple[Rule, ...],
    keep: int,
    force: bool,
) -> tuple[str, Checks]:
    figures = {name: value for name, value in metrics.items() if not isinstance(value, dict | list)}
    everybody = recommender.popular.filter(pc.is_null(recommender.popular["segment"]))
    about = {
        "as_of": recommender.as_of.isoformat(),
        "run_id": metrics.get("run_id"),
        "metrics": figures,
        "popularity": dict(zip(everybody["item_id"].to_pylist(), everybody["score"].to_pylist(), strict=True)),
    }
    return publish(
        recs,
        lists,
        popular_table(recommender, own),
        about,
        now=datetime.now(UTC),
        keep=keep,
        force=force,
        expected_customers=expected_customers,
        suppressed=suppressed,
    )


def offer(
    batch: History, recommender: Recommender, suppressed: frozenset[int] = frozenset(), own: tuple[Rule, ...] = ()
) -> Ranked:
    """What the set holds for a batch: ranked lists without what the bank bars, none for the suppressed; reasons."""
    ranked = restricted(recommend(batch, recommender), batch, recommender.evidence, own)
    allowed = without(ranked, suppressed) if suppressed else ranked
    return replace(allowed, reasons=reasons(batch, allowed, recommender))


def ranking_tables(history: History, recommender: Recommender) -> tuple[pa.Table, pa.Table]:
    """`als_candidates` and `recommendations` of a batch: `user_id, item_id, rank, score` each."""
    ranked = recommend(history, recommender)
    past = history.take(np.searchsorted(history.user_id, ranked.user_id)).until(len(history.months))
    als = scores(past, recommender.evidence.items, recommender.config.als).astype(np.float64)
    items, values = ranked_items(als, als, unpack(ranked.held))
    return list_table(replace(ranked, items=items, scores=values)), list_table(ranked)


def popular_table(recommender: Recommender, own: tuple[Rule, ...] = ()) -> pa.Table:
    """`top_popular.parquet` of a set: what the recommender learned, without what rules take from the unknown."""
    table = popularity.without(
        recommender.popular, partial(barred_unknown, tables=recommender.evidence, rules=(*RULES, *own))
    )
    bits = np.array([BIT[name] for name in table["item_id"].to_pylist()], np.int8)
    position = table.column_names.index("item_id")
    return table.set_column(position, "item_id", item_array(bits))
