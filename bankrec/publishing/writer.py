"""Publish: write a set beside the others, verify it, pass the gate, switch to it.

Batches of ranked lists stream into the set's files; nothing is switched to that is not whole or
fails the gate, and what was in use stays in use.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from bankrec.bank.columns import SCORE, USER_ID
from bankrec.bank.products import N_PRODUCTS, PRODUCT_COLUMNS, PRODUCTS
from bankrec.errors import GateError, InputError, in_one_line
from bankrec.model.drift import Drift
from bankrec.publishing import sets
from bankrec.publishing.gate import Check, Checks, gate
from bankrec.publishing.statistics import Tally
from bankrec.ranked import Ranked
from bankrec.storage.atomic import discard, remove_leftovers, replacing

_AT_ONCE = 1 << 20  # rows
Texts = Mapping[str, Mapping[str, str]]
NO_TEXTS: Texts = {}
LOGGER = logging.getLogger(__name__)  # warnings go to the standard error where nobody sets logging up
_ITEMS = pa.array(PRODUCT_COLUMNS, pa.string())


def item_array(bits: npt.NDArray[np.int8]) -> pa.DictionaryArray:
    """Product bits as a dictionary array of item ids."""
    return pa.DictionaryArray.from_arrays(pa.array(bits, pa.int8()), _ITEMS)


def publish(
    recs: Path,
    batches: Iterable[Ranked],
    popular: pa.Table,
    about: dict[str, Any],
    *,
    now: datetime,
    keep: int = 3,
    force: bool = False,
    expected_customers: Callable[[], int] | None = None,
    suppressed: npt.ArrayLike = (),
    drift: Callable[[Tally], Drift] | None = None,
    most_drift: float = math.inf,
    texts: Texts = NO_TEXTS,
) -> tuple[str, Checks]:
    """Write a set from `batches` (sorted by user id, over all of them), verify it, switch to it.

    `popular` has the columns of `top_popular.parquet`; `about` the manifest's `as_of` (YYYY-MM-DD),
    `run_id` and `metrics`, and what else is worth keeping. `expected_customers` is asked when the batches
    are through: how many rows there should be; `drift` too: how far customers and scores are from those of the
    training months, of which the gate lets `most_drift` pass. Customers of `suppressed` (ids, sorted) in no batch get a
    row without a list, so that the service knows to offer them nothing. Returns the set's id and the gate's checks.
    `texts` are those of the codes of reasons, by code and language.
    A set that fails a check is not kept and raises a `GateError`, unless `force`, which is recorded.
    """
    set_id = f"{about['as_of']}_{now:%Y%m%dT%H%M%S%f}Z"
    sets.check_link(recs)
    remove_leftovers(recs)
    with replacing(recs / set_id) as folder:
        folder.mkdir(parents=True)
        tally = _write_tables(folder, batches, popular, np.asarray(suppressed, np.int64), texts)
        expected = tally.customers if expected_customers is None else expected_customers()
        moved = drift(tally) if drift is not None else None
        checks = _checks(recs, tally, expected, about["metrics"], moved, most_drift)
        if not checks.passed and not force:
            raise GateError(f"the new set was not switched to: {checks.failures()}; --force overrides")
        manifest = {
            "format_version": sets.FORMAT_VERSION,
            "set_id": set_id,
            "created_at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            **about,
            "counts": {
                "customers": tally.customers + tally.without_a_row,
                sets.WITHOUT_A_ROW: tally.without_a_row,
                "recommendations": tally.recommendations,
                "products": N_PRODUCTS,
                **{f"status_{status}": count for status, count in sorted(tally.statuses.items())},
            },
            "expected_additions": tally.expected_additions(),
            "distributions": tally.distributions(),
            **({"drift": moved.as_dict()} if moved is not None else {}),
            "removed_by_rule": tally.removed,
            "checks": checks.as_dict(),
            "forced": not checks.passed,
            "files": {name: _file_entry(folder / name) for name in sets.FILES},
        }
        _write_json(folder / sets.MANIFEST, manifest)
        if wrong := sets.problems(folder):
            raise InputError(f"the new set in {recs} is not whole: {'; '.join(wrong)}")
    sets.switch(recs, set_id)
    _remove_old(recs, set_id, keep)
    return set_id, checks


def _write_tables(
    folder: Path, batches: Iterable[Ranked], popular: pa.Table, suppressed: npt.NDArray[np.int64], texts: Texts
) -> Tally:
    """Write all files but the manifest; `suppressed` is sorted, as the batches are."""
    tally, last, written = Tally(), -1, 0
    recommendations = folder / sets.RECOMMENDATIONS
    customers = folder / sets.CUSTOMERS
    with (
        RowGroups(recommendations, sets.LISTS_WITH_REASONS) as lists,
        RowGroups(customers, sets.SCHEMAS[sets.CUSTOMERS]) as people,
    ):
        for batch in batches:
            if len(batch.user_id) == 0:
                continue
            if batch.user_id[0] <= last or (np.diff(batch.user_id) <= 0).any():
                raise ValueError("batches of ranked lists must be sorted by user id, without repeats")
            last = int(batch.user_id[-1])
            lists.add(told_table(batch))
            upto = int(np.searchsorted(suppressed, last, side="right"))
            others = np.setdiff1d(suppressed[written:upto], batch.user_id, assume_unique=True)
            here = customer_table(batch)
            people.add(pa.concat_tables([here, suppressed_table(others)]).sort_by(USER_ID) if len(others) else here)
            tally.add(batch)
            tally.add_without_a_row(len(others))
            written = upto
        for low in range(written, len(suppressed), _AT_ONCE):
            others = suppressed[low : low + _AT_ONCE]
            people.add(suppressed_table(others))
            tally.add_without_a_row(len(others))
    pq.write_table(popular.cast(sets.SCHEMAS[sets.POPULAR]), folder / sets.POPULAR)
    _write_json(folder / sets.CATALOGUE, [vars(product) for product in PRODUCTS])
    _write_json(folder / sets.REASONS, texts)
    return tally


class RowGroups:
    """A parquet file that is written a large row group at a time, from small tables one after the other.

    Row groups of a batch of 10,000 customers took a fifth longer and were a quarter larger. Scores have
    no dictionary, as hardly two are the same, and only `user_id` has statistics: nothing else is sorted,
    and together that is a third of the time of writing.
    """

    def __init__(self, path: Path, schema: pa.Schema, rows: int = 1 << 20) -> None:
        """`rows`: at least so many in each row group but the last."""
        coded = [f"{f.name}.list.element" if pa.types.is_list(f.type) else f.name for f in schema if f.name != SCORE]
        self._file = pq.ParquetWriter(
            path, schema, compression="zstd", use_dictionary=coded, write_statistics=[USER_ID]
        )
        self._rows, self._waiting, self._tables = rows, 0, list[pa.Table]()

    def add(self, table: pa.Table) -> None:
        """Take the rows of `table`, after those before."""
        self._tables.append(table)
        self._waiting += table.num_rows
        if self._waiting >= self._rows:
            self._write()

    def _write(self) -> None:
        if self._tables:
            self._file.write_table(pa.concat_tables(self._tables), row_group_size=max(self._waiting, 1))
        self._tables, self._waiting = [], 0

    def __enter__(self) -> RowGroups:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Write what is left, unless something failed, and close the file."""
        with self._file:
            if kind is None:
                self._write()


def told_table(batch: Ranked) -> pa.Table:
    """The ranked lists of a batch with their reasons, as `recommendations.parquet` has them."""
    return list_table(batch).append_column(sets.REASON_FIELD, reason_array(batch))


def list_table(batch: Ranked) -> pa.Table:
    """The ranked lists of a batch in the columns of `recommendations.parquet`."""
    listed = batch.items >= 0
    ranks = np.broadcast_to(np.arange(1, listed.shape[1] + 1, dtype=np.uint8), listed.shape)
    arrays = [
        pa.array(np.repeat(batch.user_id, listed.sum(axis=1))),
        item_array(batch.items[listed]),
        pa.array(ranks[listed]),
        pa.array(batch.scores[listed]),
    ]
    return pa.Table.from_arrays(arrays, schema=sets.SCHEMAS[sets.RECOMMENDATIONS])


def reason_array(batch: Ranked) -> pa.Array:
    """Codes of the reasons of each place of `list_table`: nulls where none were made."""
    listed = batch.items >= 0
    if batch.reasons is None:
        return pa.nulls(int(listed.sum()), sets.REASON_FIELD.type)
    return batch.reasons.lists(listed)


def customer_table(batch: Ranked) -> pa.Table:
    """Holdings, segment and status of a batch in the columns of `customers.parquet`."""
    arrays = [
        pa.array(batch.user_id),
        pa.array(batch.held.astype(np.uint32)),
        pa.array(batch.segment, pa.string()),
        pa.array(batch.status, pa.string()),
    ]
    return pa.Table.from_arrays(arrays, schema=sets.SCHEMAS[sets.CUSTOMERS])


def suppressed_table(user_id: npt.NDArray[np.int64]) -> pa.Table:
    """Customers of the suppression list who have no row in the as-of month, in the columns of `customers.parquet`."""
    n = len(user_id)
    arrays = [
        pa.array(user_id),
        pa.array(np.zeros(n, np.uint32)),
        pa.nulls(n, pa.string()),
        pa.repeat(pa.scalar(sets.SUPPRESSED), n),
    ]
    return pa.Table.from_arrays(arrays, schema=sets.SCHEMAS[sets.CUSTOMERS])


def _file_entry(path: Path) -> dict[str, Any]:
    rows = pq.read_metadata(path).num_rows if path.suffix == ".parquet" else None
    return {"sha256": sets.sha256(path), "bytes": path.stat().st_size, "rows": rows}


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def _checks(
    recs: Path, tally: Tally, expected: int, metrics: dict[str, Any], moved: Drift | None, most_drift: float
) -> Checks:
    """The gate's checks against the set in use, or the newest one kept whose manifest can be read.

    Where sets are kept and none can be compared with, that is a check that fails.
    """
    used, newest_first, wrong = sets.current(recs), sets.all_sets(recs)[::-1], ""
    for folder in sorted(newest_first, key=lambda folder: folder.resolve() != used):
        try:
            last = sets.read_manifest(folder)
        except InputError as error:
            LOGGER.warning("the new set can't be compared with a damaged one: %s", error)
            wrong = wrong or str(error)
            continue
        if "expected_additions" in last:
            return gate(tally, expected, metrics, last, moved, most_drift)
        wrong = wrong or f"{folder / sets.MANIFEST} has no expected_additions"
    checks = gate(tally, expected, metrics, None, moved, most_drift).checks
    return Checks((*checks, Check("a last set to compare with", wrong, "a whole one", False)) if wrong else checks)


def _remove_old(recs: Path, set_id: str, keep: int) -> None:
    """Remove all but the newest `keep` sets; what can't be read or removed stays, with a warning.

    The new set is in use by now: nothing that is wrong with an old one is an error any more.
    """
    old = []
    for folder in sets.all_sets(recs):
        if folder.name == set_id:
            continue
        try:
            sets.read_manifest(folder)
            old.append(folder)
        except InputError as error:
            LOGGER.warning("a damaged set stays, remove it yourself: %s", error)
    for folder in old[: -(keep - 1) or None]:
        try:
            discard(folder)
        except OSError as error:
            LOGGER.warning("the old set %s stays, it can't be removed: %s", folder, in_one_line(error))
