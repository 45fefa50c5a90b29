"""Publish: write a set beside the others, verify it, pass the gate, switch to it.

Batches of ranked lists are streamed into the set's files. A set that is incomplete or fails the gate is not put
in use; the set in use stays.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from bankrec.bank.columns import SCORE, USER_ID
from bankrec.bank.description import Bank
from bankrec.errors import GateError, InputError
from bankrec.forecasts import ExpectedInterval
from bankrec.model.drift import Drift
from bankrec.publishing import sets
from bankrec.publishing.gate import Check, Checks, gate
from bankrec.publishing.last_set import last_set
from bankrec.publishing.manifest import About
from bankrec.publishing.row_groups import RowGroups
from bankrec.publishing.set_tables import customer_table, list_table_with_reasons, removed_table, suppressed_table
from bankrec.publishing.statistics import Tally
from bankrec.publishing.summary import Acquisitions, Summary, write_summary
from bankrec.publishing.switching import check_link, remove_old, switch
from bankrec.publishing.verification import problems, sha256
from bankrec.ranked import Ranked
from bankrec.storage.atomic import remove_leftovers, replacing

_AT_ONCE = 1 << 20  # rows written together
_CUSTOMERS_TOGETHER = 1 << 14  # rows of a row group: the service reads a whole one for one customer's segment
Texts = Mapping[str, Mapping[str, str]]
NO_TEXTS: Texts = {}


def publish(
    recs: Path,
    bank: Bank,
    batches: Iterable[Ranked],
    popular: pa.Table,
    about: About,
    *,
    now: datetime,
    keep: int = 3,
    force: bool = False,
    expected_customers: Callable[[], int] | None = None,
    suppressed: npt.ArrayLike = (),
    interval: Callable[[npt.NDArray[np.float64]], ExpectedInterval] | None = None,
    drift: Callable[[Tally], Drift] | None = None,
    most_drift: float = math.inf,
    texts: Texts = NO_TEXTS,
    popular_by_age: pa.Table | None = None,
    explain_removals: bool = False,
    acquisitions: Callable[[], Acquisitions] | None = None,
) -> tuple[str, Checks]:
    """Write a set of `bank` from `batches` (sorted by user id, over all of them), verify it, switch to it.

    `popular` has the columns of `top_popular.parquet`; `about` is what the manifest states of the model.
    After the last batch four functions are called: `expected_customers` returns the number of rows there should be,
    `interval` that of the acquisitions expected [products], `acquisitions` those of the months so far, `drift` the
    distance of customers and scores from those of the training months, of which the gate accepts `most_drift`.
    Customers of `suppressed` (ids, sorted) in no batch get a row without a list, so that the service offers them
    nothing. `texts` are those of the reason codes, by code and language. `popular_by_age` has the columns of that
    file; with `explain_removals` the products that rules barred (`removals`) are written too.
    Returns the set's id and the gate's checks. A set that fails a check is not kept and raises a `GateError`, unless
    `force` is given, which is recorded.
    """
    set_id = f"{about.as_of}_{now:%Y%m%dT%H%M%S%f}Z"
    check_link(recs)
    remove_leftovers(recs)
    with replacing(recs / set_id) as folder:
        folder.mkdir(parents=True)
        tally, summary = _write_tables(
            folder, bank, batches, popular, np.asarray(suppressed, np.int64), texts, explain_removals
        )
        if popular_by_age is not None:
            pq.write_table(popular_by_age.cast(sets.SCHEMAS[sets.POPULAR_BY_AGE]), folder / sets.POPULAR_BY_AGE)
        expected = tally.customers if expected_customers is None else expected_customers()
        moved = drift(tally) if drift is not None else None
        last, missing = last_set(recs)
        checks = gate(tally, expected, about.headline, last, moved, most_drift)
        if missing:
            checks = Checks((*checks.checks, Check("a last set to compare with", missing, "a whole one", False)))
        if not checks.passed and not force:
            raise GateError(f"the new set was not put in use: {checks.failures()}; --force overrides")
        stated = interval(tally.expected) if interval is not None else None
        observed = acquisitions() if acquisitions is not None else {}
        write_summary(folder / sets.SUMMARY, summary.content(about, tally, stated, observed))
        manifest = _manifest(folder, bank, set_id, now, about, tally, stated, moved, checks)
        _write_json(folder / sets.MANIFEST, manifest)
        if wrong := problems(folder):
            raise InputError(f"the new set in {recs} is damaged or incomplete: {'; '.join(wrong)}; publish again")
    switch(recs, set_id)
    remove_old(recs, set_id, keep)
    return set_id, checks


def _write_tables(
    folder: Path,
    bank: Bank,
    batches: Iterable[Ranked],
    popular: pa.Table,
    suppressed: npt.NDArray[np.int64],
    texts: Texts,
    explain_removals: bool,
) -> tuple[Tally, Summary]:
    """Write the files of rows, the catalogue and the reasons; `suppressed` is sorted, as the batches are."""
    tally, summary, last, written = Tally(bank.ids), Summary(bank), -1, 0
    with (
        RowGroups(folder / sets.RECOMMENDATIONS, sets.LISTS_WITH_REASONS) as lists,
        RowGroups(folder / sets.CUSTOMERS, sets.customer_schema(bank), _CUSTOMERS_TOGETHER) as customers,
        ExitStack() as stack,
    ):
        removed = None
        if explain_removals:
            removed = stack.enter_context(RowGroups(folder / sets.REMOVED, sets.SCHEMAS[sets.REMOVED], steps=True))
        for batch in batches:
            if len(batch.user_id) == 0:
                continue
            if batch.user_id[0] <= last or (np.diff(batch.user_id) <= 0).any():
                raise ValueError("batches of ranked lists must be sorted by user id, without repeats")
            last = int(batch.user_id[-1])
            lists.add(list_table_with_reasons(batch, bank.ids))
            if removed is not None:
                removed.add(removed_table(batch))
            upto = int(np.searchsorted(suppressed, last, side="right"))
            others = np.setdiff1d(suppressed[written:upto], batch.user_id, assume_unique=True)
            here = customer_table(batch, bank)
            if len(others):
                here = pa.concat_tables([here, suppressed_table(others, bank)]).sort_by(USER_ID)
            customers.add(here)
            tally.add(batch)
            summary.add(batch)
            tally.add_without_a_row(len(others))
            written = upto
        for low in range(written, len(suppressed), _AT_ONCE):
            others = suppressed[low : low + _AT_ONCE]
            customers.add(suppressed_table(others, bank))
            tally.add_without_a_row(len(others))
    pq.write_table(popular.cast(sets.SCHEMAS[sets.POPULAR]), folder / sets.POPULAR)
    _write_json(folder / sets.CATALOGUE, catalogue(bank))
    _write_json(folder / sets.REASONS, texts)
    return tally, summary


def catalogue(bank: Bank) -> list[dict[str, Any]]:
    """The products of a bank, as written to a set."""
    return [
        {"bit": bit, "id": product.id, "names": dict(product.names), "group": product.group}
        for bit, product in enumerate(bank.products)
    ]


def about_bank(bank: Bank) -> dict[str, Any]:
    """The description of the bank in a manifest, for readers of its sets."""
    languages = {code: language.model_dump(mode="json") for code, language in bank.language_names.items()}
    return {
        "name": bank.name,
        "currency": bank.currency,
        "languages": languages,
        "segments": [segment for segment in bank.segments if segment],
        "description": bank.as_dict(),
    }


def _manifest(
    folder: Path,
    bank: Bank,
    set_id: str,
    now: datetime,
    about: About,
    tally: Tally,
    interval: ExpectedInterval | None,
    moved: Drift | None,
    checks: Checks,
) -> dict[str, Any]:
    """The content of `manifest.json` for the set whose other files are in `folder`."""
    return {
        "format_version": sets.FORMAT_VERSION,
        "set_id": set_id,
        "created_at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "bank": about_bank(bank),
        **about.as_dict(),
        sets.RANKED_BY: SCORE,
        "counts": {
            "customers": tally.customers + tally.without_a_row,
            sets.WITHOUT_A_ROW: tally.without_a_row,
            "recommendations": tally.recommendations,
            "products": bank.n,
            **{f"status_{status}": count for status, count in sorted(tally.statuses.items())},
        },
        "expected_acquisitions": tally.expected_acquisitions(),
        **({"expected_interval": interval.as_dict()} if interval is not None else {}),
        "distributions": tally.distributions(),
        **({"drift": moved.as_dict()} if moved is not None else {}),
        "removed_by_rule": tally.removed,
        "checks": checks.as_dict(),
        "forced": not checks.passed,
        "files": {
            name: _file_entry(folder / name)
            for name in (*sets.FILES, *sets.OPTIONAL)
            if name in sets.FILES or (folder / name).exists()
        },
    }


def _file_entry(path: Path) -> dict[str, Any]:
    rows = pq.read_metadata(path).num_rows if path.suffix == ".parquet" else None
    return {"sha256": sha256(path), "bytes": path.stat().st_size, "rows": rows}


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
