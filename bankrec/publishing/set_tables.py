"""The tables of a set: ranked lists of a batch, its customers, what rules barred, in the columns of the files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bankrec.bank.description import Bank
from bankrec.holdings import Words
from bankrec.publishing import sets
from bankrec.ranked import Ranked


def item_array(bits: npt.NDArray[np.int8], ids: Sequence[str]) -> pa.DictionaryArray:
    """Product bits as a dictionary array of the item `ids`."""
    return pa.DictionaryArray.from_arrays(pa.array(bits, pa.int8()), pa.array(ids, pa.string()))


def list_table_with_reasons(batch: Ranked, ids: Sequence[str]) -> pa.Table:
    """`list_table` with the reason codes of each row, null where there are no reasons."""
    table = list_table(batch, ids)
    given = batch.reasons
    codes = given.lists(batch.items >= 0) if given else pa.nulls(table.num_rows, sets.REASON_FIELD.type)
    return table.append_column(sets.REASON_FIELD, codes)


def list_table(batch: Ranked, ids: Sequence[str]) -> pa.Table:
    """The ranked lists of a batch in the columns of `recommendations.parquet`."""
    listed = batch.items >= 0
    ranks = np.broadcast_to(np.arange(1, listed.shape[1] + 1, dtype=np.uint8), listed.shape)
    arrays = [
        pa.array(np.repeat(batch.user_id, listed.sum(axis=1))),
        item_array(batch.items[listed], ids),
        pa.array(ranks[listed]),
        pa.array(batch.scores[listed]),
    ]
    return pa.Table.from_arrays(arrays, schema=sets.SCHEMAS[sets.RECOMMENDATIONS])


def customer_table(batch: Ranked, bank: Bank) -> pa.Table:
    """Holdings, segment, status and band of age of a batch in the columns of `customers.parquet`."""
    segment, status = pa.array(batch.segment, pa.string()), pa.array(batch.status, pa.string())
    return _customers(bank, batch.user_id, batch.held, segment, status, batch.age_band)


def suppressed_table(user_id: npt.NDArray[np.int64], bank: Bank) -> pa.Table:
    """Customers of the suppression list who have no row in the as-of month, in the columns of `customers.parquet`."""
    n = len(user_id)
    status = pa.repeat(pa.scalar(sets.SUPPRESSED), n)
    return _customers(bank, user_id, np.zeros(n, np.uint64), pa.nulls(n, pa.string()), status, None)


def _customers(
    bank: Bank,
    user_id: npt.NDArray[np.int64],
    held: Words,
    segment: pa.Array,
    status: pa.Array,
    age_band: npt.NDArray[np.int8] | None,
) -> pa.Table:
    arrays = [pa.array(user_id), pa.array(held), segment, status]
    if bank.age_bands:
        places = np.full(len(user_id), -1, np.int8) if age_band is None else age_band
        codes = pa.array(places, pa.int8(), mask=places < 0)  # null where the age is not known
        arrays.append(pa.DictionaryArray.from_arrays(codes, pa.array(bank.age_bands, pa.string())))
    return pa.Table.from_arrays(arrays, schema=sets.customer_schema(bank))


def removed_table(batch: Ranked) -> pa.Table:
    """A row for each customer and rule that barred a product, in the order of customers, then of rules.

    `products` is a word with a bit for each product of the catalogue, without products held. Customers for whom no
    rule barred a product have no row.
    """
    if batch.removals is None:
        return sets.SCHEMAS[sets.REMOVED].empty_table()
    row, rule = np.nonzero(batch.removals.words)
    rules = pa.DictionaryArray.from_arrays(pa.array(rule.astype(np.int8)), pa.array(batch.removals.rules, pa.string()))
    arrays = [pa.array(batch.user_id[row]), rules, pa.array(batch.removals.words[row, rule])]
    return pa.Table.from_arrays(arrays, schema=sets.SCHEMAS[sets.REMOVED])
