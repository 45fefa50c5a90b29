"""The truth of a simulated month: exact chances, the acquisitions observed, and redraws of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from bankrec.holdings import unpack
from bankrec.santander.columns import N_PRODUCTS, PRODUCT_COLUMNS
from bankrec.storage.atomic import replacing

_BATCH = 50_000


@dataclass
class Next:
    """The month after the last one: the true chances, the acquisitions observed, and redraws of them."""

    user_id: npt.NDArray[np.int64]
    held: npt.NDArray[np.uint32]
    p_add: npt.NDArray[np.float32]  # [n, 24]
    added: npt.NDArray[np.uint32]
    redraws: npt.NDArray[np.uint32]  # [8, n]


def write_truth(after: Next, output: Path) -> None:
    """Write one row per customer and product: `ncodpers, product, held, p_add, added, redraws`.

    Customers are those present in the last month and the one after. Bit r of `redraws` (uint8) is set
    if the product is acquired in the r-th redraw of the month, which is joint over all products and customers.
    """
    names = pa.array(PRODUCT_COLUMNS)
    schema = pa.schema(
        [
            ("ncodpers", pa.int64()),
            ("product", pa.dictionary(pa.int32(), pa.string())),
            ("held", pa.bool_()),
            ("p_add", pa.float32()),
            ("added", pa.bool_()),
            ("redraws", pa.uint8()),
        ]
    )
    with replacing(output) as beside, pq.ParquetWriter(beside, schema, compression="zstd") as writer:
        for low in range(0, len(after.user_id), _BATCH):
            part = slice(low, low + _BATCH)
            n = len(after.user_id[part])
            bits = np.zeros((n, N_PRODUCTS), np.uint8)
            for r, word in enumerate(after.redraws):
                bits |= unpack(word[part], N_PRODUCTS).astype(np.uint8) << np.uint8(r)
            product = pa.DictionaryArray.from_arrays(np.tile(np.arange(N_PRODUCTS, dtype=np.int32), n), names)
            writer.write_table(
                pa.table(
                    [
                        np.repeat(after.user_id[part], N_PRODUCTS),
                        product,
                        pa.array(unpack(after.held[part].astype(np.uint64), N_PRODUCTS).ravel()),
                        after.p_add[part].ravel(),
                        pa.array(unpack(after.added[part].astype(np.uint64), N_PRODUCTS).ravel()),
                        bits.ravel(),
                    ],
                    schema=schema,
                )
            )
