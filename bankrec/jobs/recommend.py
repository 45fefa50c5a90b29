"""`recommend`: the products of every customer, ranked and published as a verified set."""

from __future__ import annotations

import math
import os
import shutil
from argparse import Namespace
from collections import deque
from collections.abc import Iterable, Iterator, Set
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

from bankrec.bank.products import BIT
from bankrec.cleaning.histories import HISTORIES_FILE, as_of_month, build_histories, read_histories
from bankrec.cleaning.report_file import ACCEPTED, accepted_columns
from bankrec.config import Config
from bankrec.errors import InputError
from bankrec.explain.codes import TEXTS
from bankrec.explain.explainer import Explainer, reasons
from bankrec.history import History, present
from bankrec.holdings import unpack
from bankrec.ingest.headers import check_clean_header
from bankrec.model import popularity
from bankrec.model.als import scores
from bankrec.model.drift import Drift, drift
from bankrec.model.recommender import Recommender
from bankrec.model.reference import counts
from bankrec.model.scoring import recommend
from bankrec.publishing import sets
from bankrec.publishing.gate import Checks
from bankrec.publishing.statistics import Tally
from bankrec.publishing.writer import item_array, list_table, publish
from bankrec.ranked import Ranked, ranked_items
from bankrec.rules.builtin import RULES, Rule, barred_unknown
from bankrec.rules.eligibility import read_eligibility, restricted
from bankrec.rules.suppression import ids_of, read_suppressed, without
from bankrec.storage import tracking
from bankrec.storage.engine import full_disk_told
from bankrec.storage.model_folder import METRICS, MODEL, read_metrics

AT_ONCE = 2  # batches that are ranked at the same time


def command(arguments: Namespace) -> int:
    """Publish, and print the gate's checks and what each rule removed."""
    set_id, checks = recommend_to(
        arguments.publish_to,
        arguments.data,
        arguments.models,
        suppress=arguments.suppress,
        eligibility=arguments.eligibility,
        keep=arguments.keep,
        force=arguments.force,
        engine=arguments.engine,
    )
    for check in checks.checks:
        print(f"{'ok  ' if check.passed else 'FAIL'} {check.name}: {check.seen} (allowed: {check.allowed})")
    for rule, count in sets.read_manifest(arguments.publish_to / set_id)["removed_by_rule"].items():
        print(f"rule {rule}: {count:,} candidates removed")
    print(f"set {set_id} is in use: {arguments.publish_to / sets.CURRENT}")
    return 0


def recommend_to(
    recs: Path,
    data: Path,
    models: str,
    *,
    suppress: Path | None = None,
    eligibility: Path | None = None,
    keep: int = 3,
    force: bool = False,
    engine: str = "duckdb",
) -> tuple[str, Checks]:
    """Rank the products of every customer of the last month of `data` and publish the lists to `recs`.

    `models` is a folder of `train`, or `champion`: the bank's best model in MLflow's registry, published with
    the metrics and the run of its training. Returns the set's id and the gate's checks.
    """
    check_clean_header(data)
    suppressed, own = read_suppressed(suppress), read_eligibility(eligibility)
    with tracking.temporary_folder() as folder:
        if models == tracking.CHAMPION:
            best = tracking.champion(Config().bank, Path(folder))
            training = tracking.artifact(best.run_id, METRICS, Path(folder) / "training").parent
            path, metrics = best.published, read_metrics(training)
            metrics |= {"model": f"champion, version {best.version}"}
        else:
            path, metrics = Path(models) / MODEL, read_metrics(Path(models))
        explainer = Explainer.load(path)
        month = as_of_month(None, data)
        before, now = metrics.get(ACCEPTED, []), accepted_columns(data)
        metrics = {**metrics, ACCEPTED: [*now, *(entry for entry in before if entry not in now)]}
        if explainer.recommender.as_of > month:
            raise InputError(f"the model has seen {explainer.recommender.as_of:%Y-%m}, {data} ends with {month:%Y-%m}")
        histories = Path(folder) / HISTORIES_FILE
        build_histories(data, histories, engine=engine)
        return publish_from_files(
            recs,
            histories,
            explainer,
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
    explainer: Explainer,
    metrics: dict[str, Any],
    *,
    suppressed: Set[int] = frozenset(),
    own: tuple[Rule, ...] = (),
    keep: int = 3,
    force: bool = False,
) -> tuple[str, Checks]:
    """Rank batch by batch, by the bank's `own` rules too, and publish the lists as a set."""
    seen = Seen(explainer.recommender)
    lists = offers(seen.passing(batches), explainer, suppressed, own)
    return _published(recs, lists, explainer, metrics, seen, suppressed=suppressed, own=own, keep=keep, force=force)


class Seen:
    """What is counted of the histories on their way to the ranker: who is there in the last month, and their states."""

    def __init__(self, recommender: Recommender) -> None:
        self._of, self.there = recommender, 0
        self._states = np.zeros(int(recommender.reference.sizes.sum()), np.int64)

    def passing(self, batches: Iterable[History]) -> Iterator[History]:
        """The batches, counted as they pass."""
        of = self._of
        for batch in batches:
            self.there += int(present(batch).sum())
            self._states += counts(batch, of.reference, of.additive.channels, of.config)
            yield batch

    def drift(self, tally: Tally) -> Drift:
        """How far the customers seen, and the scores in `tally`, are from those of the training months."""
        return drift(self._states, tally.bands, self._of.reference)


def offers(
    batches: Iterable[History],
    explainer: Explainer,
    suppressed: Set[int] = frozenset(),
    own: tuple[Rule, ...] = (),
) -> Iterator[Ranked]:
    """`offer` of each batch, in their order, two at a time: numpy and CatBoost leave Python's lock alone."""
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(AT_ONCE) as pool:
        ahead: deque[Future[Ranked]] = deque()
        for batch in batches:
            ahead.append(pool.submit(offer, batch, explainer, suppressed, own))
            if len(ahead) > AT_ONCE:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def publish_from_files(
    recs: Path,
    histories: Path,
    explainer: Explainer,
    metrics: dict[str, Any],
    *,
    suppressed: Set[int] = frozenset(),
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
        return publish_from(recs, batches, explainer, metrics, suppressed=suppressed, own=own, keep=keep, force=force)
    from bankrec.jobs.spark_ranking import rank_on_spark, read_ranked

    ranked = recs / f".ranked.writing-{os.getpid()}"
    try:
        with full_disk_told(ranked):
            rank = partial(offer, explainer=explainer, suppressed=suppressed, own=own)
            rank_on_spark(histories, ranked, rank)
        seen = Seen(explainer.recommender)
        for _ in seen.passing(read_histories(histories)):
            pass
        lists = read_ranked(ranked)
        return _published(recs, lists, explainer, metrics, seen, suppressed=suppressed, own=own, keep=keep, force=force)
    finally:
        shutil.rmtree(ranked, ignore_errors=True)


def _published(
    recs: Path,
    lists: Iterable[Ranked],
    explainer: Explainer,
    metrics: dict[str, Any],
    seen: Seen,
    *,
    suppressed: Set[int],
    own: tuple[Rule, ...],
    keep: int,
    force: bool,
) -> tuple[str, Checks]:
    recommender = explainer.recommender
    figures = {name: value for name, value in metrics.items() if not isinstance(value, dict | list)}
    everybody = recommender.popular.filter(pc.is_null(recommender.popular["segment"]))
    about = {
        "as_of": recommender.as_of.isoformat(),
        "run_id": metrics.get("run_id"),
        "metrics": figures,
        "popularity": dict(zip(everybody["item_id"].to_pylist(), everybody["score"].to_pylist(), strict=True)),
        ACCEPTED: metrics.get(ACCEPTED, []),
    }
    return publish(
        recs,
        lists,
        popular_table(recommender, own),
        about,
        now=datetime.now(UTC),
        keep=keep,
        force=force,
        suppressed=ids_of(suppressed),
        expected_customers=lambda: seen.there,
        drift=seen.drift,
        most_drift=_most_drift(recommender),
        texts=TEXTS,
    )


def _most_drift(recommender: Recommender) -> float:
    """What the gate lets pass: anything where there are fewer months to compare with than drift is measured against."""
    config = recommender.config.drift
    return config.most if len(recommender.reference.months) >= config.months else math.inf


def offer(
    batch: History, explainer: Explainer, suppressed: Set[int] = frozenset(), own: tuple[Rule, ...] = ()
) -> Ranked:
    """What the set holds for a batch: ranked lists without what the bank bars, none for the suppressed; reasons."""
    recommender = explainer.recommender
    ranked = restricted(recommend(batch, recommender), batch, recommender.offerable, own)
    allowed = without(ranked, suppressed) if suppressed else ranked
    return replace(allowed, reasons=reasons(batch, allowed, explainer))


def ranking_tables(history: History, recommender: Recommender) -> tuple[pa.Table, pa.Table]:
    """`als_candidates` and `recommendations` of a batch: `user_id, item_id, rank, score` each."""
    ranked = recommend(history, recommender)
    past = history.of(ranked.user_id).until(len(history.months))
    als = scores(past, recommender.tables.items, recommender.config.als).astype(np.float64)
    items, values = ranked_items(als, als, unpack(ranked.held))
    return list_table(replace(ranked, items=items, scores=values)), list_table(ranked)


def popular_table(recommender: Recommender, own: tuple[Rule, ...] = ()) -> pa.Table:
    """`top_popular.parquet` of a set: what the recommender learned, without what rules take from the unknown."""
    table = popularity.without(
        recommender.popular, partial(barred_unknown, tables=recommender.offerable, rules=(*RULES, *own))
    )
    bits = np.array([BIT[name] for name in table["item_id"].to_pylist()], np.int8)
    position = table.column_names.index("item_id")
    return table.set_column(position, "item_id", item_array(bits))
