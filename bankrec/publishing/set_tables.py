"""The tables of a set: ranked lists of a batch, and its customers, in the columns of the files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bankrec.publishing import sets
from bankrec.ranked import Ranked


def item_array(bits: npt.NDArray[np.int8], ids: Sequence[str]) -> pa.DictionaryArray:
    """Product bits as a dictionary array of the item `ids`."""
    return pa.DictionaryArray.from_arrays(pa.array(bits, pa.int8()), pa.array(ids, pa.string()))


def list_table_with_reasons(batch: Ranked, ids: Sequence[str]) -> pa.Table:
    """The ranked lists of a batch with their reasons, as `recommendations.parquet` has them."""
    return list_table(batch, ids).append_column(sets.REASON_FIELD, reason_array(batch))


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
        pa.array(batch.held),
        pa.array(batch.segment, pa.string()),
        pa.array(batch.status, pa.string()),
    ]
    return pa.Table.from_arrays(arrays, schema=sets.SCHEMAS[sets.CUSTOMERS])


def suppressed_table(user_id: npt.NDArray[np.int64]) -> pa.Table:
    """Customers of the suppression list who have no row in the as-of month, in the columns of `customers.parquet`."""
    n = len(user_id)
    arrays = [
        pa.array(user_id),
        pa.array(np.zeros(n, np.uint64)),
        pa.nulls(n, pa.string()),
        pa.repeat(pa.scalar(sets.SUPPRESSED), n),
    ]
    return pa.Table.from_arrays(arrays, schema=sets.SCHEMAS[sets.CUSTOMERS])
