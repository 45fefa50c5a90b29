"""Ranked lists of every customer, published as a set: the last step of `recommend` and of `run`."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bankrec.bank.description import Bank
from bankrec.cleaning.histories import read_histories
from bankrec.explain.codes import texts
from bankrec.explain.explainer import Explainer
from bankrec.history import History
from bankrec.jobs.publish_record import recorded
from bankrec.jobs.ranking import HistoryCounts, offer, offers
from bankrec.jobs.terms import USUAL, Terms
from bankrec.model import popularity
from bankrec.model.recommender import Recommender
from bankrec.publishing import sets
from bankrec.publishing.gate import Checks
from bankrec.publishing.manifest import About
from bankrec.publishing.set_tables import item_array
from bankrec.publishing.writer import publish
from bankrec.ranked import Ranked
from bankrec.results import Headline
from bankrec.rules.builtin import ORDER, RULES, Rule, barred_unknown
from bankrec.rules.unknown import by_age
from bankrec.storage.engine import full_disk_reported


def publish_from(
    recs: Path, batches: Iterable[History], explainer: Explainer, headline: Headline, terms: Terms = USUAL
) -> tuple[str, Checks]:
    """Rank batch by batch, and publish the lists as a set on the `terms` of the bank.

    `headline` is that of the training. Returns the set's id and the gate's checks.
    """
    seen = HistoryCounts(explainer.recommender)
    lists = offers(seen.passing(batches), explainer, terms)
    publishing = partial(_published, recs, lists, explainer, headline, seen, terms)
    return recorded(recs, explainer.recommender, headline, publishing)


def publish_from_files(
    recs: Path, histories: Path, explainer: Explainer, headline: Headline, terms: Terms = USUAL, engine: str = "duckdb"
) -> tuple[str, Checks]:
    """`publish_from` of what `build_histories` wrote: here, or ranked by the workers of Spark.

    With Spark the ranked lists lie in a folder in `recs`, from which the set is written batch by batch.
    """
    if engine != "spark":
        batches = read_histories(histories, explainer.recommender.bank)
        return publish_from(recs, batches, explainer, headline, terms)
    publishing = partial(_publish_from_spark, recs, histories, explainer, headline, terms)
    return recorded(recs, explainer.recommender, headline, publishing)


def _publish_from_spark(
    recs: Path, histories: Path, explainer: Explainer, headline: Headline, terms: Terms
) -> tuple[str, Checks]:
    from bankrec.jobs.spark_ranking import rank_on_spark, read_ranked

    ranked, bank = recs / f".ranked.writing-{os.getpid()}", explainer.recommender.bank
    try:
        with full_disk_reported(ranked):
            rank_on_spark(histories, ranked, partial(offer, explainer=explainer, terms=terms), bank)
        seen = HistoryCounts(explainer.recommender)
        for _ in seen.passing(read_histories(histories, bank)):
            pass
        return _published(recs, read_ranked(ranked), explainer, headline, seen, terms)
    finally:
        shutil.rmtree(ranked, ignore_errors=True)


def _published(
    recs: Path, lists: Iterable[Ranked], explainer: Explainer, headline: Headline, seen: HistoryCounts, terms: Terms
) -> tuple[str, Checks]:
    recommender = explainer.recommender
    over_all = recommender.popular.filter(pc.is_null(recommender.popular["segment"]))
    added = dict(zip(over_all["item_id"].to_pylist(), over_all["score"].to_pylist(), strict=True))
    return publish(
        recs,
        recommender.bank,
        lists,
        popular_table(recommender, terms.own),
        About(recommender.as_of.isoformat(), headline, added, [rule.stated() for rule in (*terms.rules, ORDER)]),
        now=datetime.now(UTC),
        keep=terms.keep,
        force=terms.force,
        suppressed=terms.suppressed,
        expected_customers=lambda: seen.there,
        interval=lambda expected: recommender.spread.interval(
            recommender.bank.ids, expected, recommender.config.base_rates
        ),
        drift=seen.drift,
        most_drift=_most_drift(recommender),
        texts=texts(recommender.bank),
        popular_by_age=popular_by_age(recommender, terms.own),
        explain_removals=terms.explain_removals,
        acquisitions=lambda: seen.acquisitions,
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
    return _with_item_codes(table, bank)


def popular_by_age(recommender: Recommender, own: tuple[Rule, ...]) -> pa.Table:
    """`popular_by_age.parquet` of a set: the same for customers whose age is stated, a list for each band of ages."""
    popular, bank, parts = recommender.popular, recommender.bank, []
    for segment in popular["segment"].unique().to_pylist():
        here = pc.is_null(popular["segment"]) if segment is None else pc.equal(popular["segment"], segment)
        rows = popular.filter(pc.fill_null(here, False))
        for low, high, barred in by_age(segment, recommender.offerable, (*RULES, *own)):
            left = popularity.without(rows, bank, lambda _, barred=barred: barred)  # type: ignore[misc]
            for name, age in (("age_from", low), ("age_to", high)):
                left = left.append_column(name, pa.repeat(pa.scalar(age, pa.uint8()), left.num_rows))
            parts.append(left)
    return _with_item_codes(pa.concat_tables(parts), bank).select(sets.SCHEMAS[sets.POPULAR_BY_AGE].names)


def _with_item_codes(table: pa.Table, bank: Bank) -> pa.Table:
    bits = np.array([bank.bit[name] for name in table["item_id"].to_pylist()], np.int8)
    position = table.column_names.index("item_id")
    return table.set_column(position, "item_id", item_array(bits, bank.ids))
