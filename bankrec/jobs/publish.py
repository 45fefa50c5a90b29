"""Ranked lists of every customer, published as a set: the last step of `recommend` and of `run`."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterable, Set
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bankrec.cleaning.histories import read_histories
from bankrec.explain.codes import texts
from bankrec.explain.explainer import Explainer
from bankrec.history import History
from bankrec.jobs.ranking import Seen, offer, offers
from bankrec.model import popularity
from bankrec.model.recommender import Recommender
from bankrec.publishing.gate import Checks
from bankrec.publishing.manifest import About
from bankrec.publishing.set_tables import item_array
from bankrec.publishing.writer import publish
from bankrec.ranked import Ranked
from bankrec.results import Headline
from bankrec.rules.builtin import RULES, Rule, barred_unknown
from bankrec.rules.suppression import ids_of
from bankrec.storage.engine import full_disk_told


def publish_from(
    recs: Path,
    batches: Iterable[History],
    explainer: Explainer,
    headline: Headline,
    *,
    suppressed: Set[int] = frozenset(),
    own: tuple[Rule, ...] = (),
    keep: int = 3,
    force: bool = False,
) -> tuple[str, Checks]:
    """Rank batch by batch, by the bank's `own` rules too, and publish the lists as a set.

    `headline` is that of the training. Returns the set's id and the gate's checks.
    """
    seen = Seen(explainer.recommender)
    lists = offers(seen.passing(batches), explainer, suppressed, own)
    return _published(recs, lists, explainer, headline, seen, suppressed=suppressed, own=own, keep=keep, force=force)


def publish_from_files(
    recs: Path,
    histories: Path,
    explainer: Explainer,
    headline: Headline,
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
        batches = read_histories(histories, explainer.recommender.bank)
        return publish_from(recs, batches, explainer, headline, suppressed=suppressed, own=own, keep=keep, force=force)
    from bankrec.jobs.spark_ranking import rank_on_spark, read_ranked

    ranked = recs / f".ranked.writing-{os.getpid()}"
    try:
        with full_disk_told(ranked):
            rank = partial(offer, explainer=explainer, suppressed=suppressed, own=own)
            rank_on_spark(histories, ranked, rank, explainer.recommender.bank)
        seen = Seen(explainer.recommender)
        for _ in seen.passing(read_histories(histories, explainer.recommender.bank)):
            pass
        lists = read_ranked(ranked)
        return _published(
            recs, lists, explainer, headline, seen, suppressed=suppressed, own=own, keep=keep, force=force
        )
    finally:
        shutil.rmtree(ranked, ignore_errors=True)


def _published(
    recs: Path,
    lists: Iterable[Ranked],
    explainer: Explainer,
    headline: Headline,
    seen: Seen,
    *,
    suppressed: Set[int],
    own: tuple[Rule, ...],
    keep: int,
    force: bool,
) -> tuple[str, Checks]:
    recommender = explainer.recommender
    everybody = recommender.popular.filter(pc.is_null(recommender.popular["segment"]))
    added = dict(zip(everybody["item_id"].to_pylist(), everybody["score"].to_pylist(), strict=True))
    return publish(
        recs,
        recommender.bank,
        lists,
        popular_table(recommender, own),
        About(recommender.as_of.isoformat(), headline, added),
        now=datetime.now(UTC),
        keep=keep,
        force=force,
        suppressed=ids_of(suppressed),
        expected_customers=lambda: seen.there,
        interval=lambda expected: recommender.spread.interval(recommender.bank.ids, expected, recommender.config.level),
        drift=seen.drift,
        most_drift=_most_drift(recommender),
        texts=texts(recommender.bank),
    )


def _most_drift(recommender: Recommender) -> float:
    """What the gate lets pass: anything where there are fewer months to compare with than drift is measured against."""
    config = recommender.config.drift
    return config.most if len(recommender.reference.months) >= config.months else math.inf


def popular_table(recommender: Recommender, own: tuple[Rule, ...] = ()) -> pa.Table:
    """`top_popular.parquet` of a set: what the recommender learned, without what rules take from the unknown."""
    bank = recommender.bank
    table = popularity.without(
        recommender.popular, bank, partial(barred_unknown, tables=recommender.offerable, rules=(*RULES, *own))
    )
    bits = np.array([bank.bit[name] for name in table["item_id"].to_pylist()], np.int8)
    position = table.column_names.index("item_id")
    return table.set_column(position, "item_id", item_array(bits, bank.ids))
