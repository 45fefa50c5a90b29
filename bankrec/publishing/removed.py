"""`removed.parquet` of a set: which products each rule barred for which customers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from bankrec.publishing import sets
from bankrec.ranked import Ranked


def removed_table(batch: Ranked) -> pa.Table:
    """A row for each customer and rule that barred a product, in the order of customers, then of rules.

    `products` is a word with a bit for each product of the catalogue, without products held. Customers for whom no
    rule barred a product have no row.
    """
    if batch.taken is None:
        return sets.SCHEMAS[sets.REMOVED].empty_table()
    row, rule = np.nonzero(batch.taken.words)
    rules = pa.DictionaryArray.from_arrays(pa.array(rule.astype(np.int8)), pa.array(batch.taken.rules, pa.string()))
    arrays = [pa.array(batch.user_id[row]), rules, pa.array(batch.taken.words[row, rule])]
    return pa.Table.from_arrays(arrays, schema=sets.SCHEMAS[sets.REMOVED])
