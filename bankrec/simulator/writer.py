"""Simulated months to raw files: CSV, gzipped CSV, or parquet of text, by the name of the output.

Arrow joins a CSV row from a few pieces of text, and the bytes of the joined column are written to the
file: no row becomes a Python object.
"""

from __future__ import annotations

import gzip
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, Self, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bankrec.errors import InputError
from bankrec.santander.columns import N_PRODUCTS, PRODUCT_COLUMNS, RAW
from bankrec.simulator.chances import NOMINA, PENSION, State
from bankrec.simulator.population import Profile
from bankrec.simulator.raw_text import Texts
from bankrec.storage.atomic import replacing

_CHUNK = 200_000  # rows joined at once
_UNKNOWN_SALARY = np.uint32(1 << 24)


class RawWriter:
    """Writes month after month; the file gets its name when all months are written."""

    def __init__(self, output: Path, seed: int) -> None:
        self.output, self.seed = output, seed
        self._texts: Texts | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        name = self.output.name
        if not name.endswith((".csv", ".csv.gz", ".parquet")):
            raise InputError(f"{self.output}: name the output .csv, .csv.gz or .parquet")
        self._beside = self._stack.enter_context(replacing(self.output))
        self._parquet: Any = None
        if name.endswith(".parquet"):
            schema = pa.schema([(column, pa.string()) for column in RAW])
            self._parquet = self._stack.enter_context(pq.ParquetWriter(self._beside, schema, compression="zstd"))
            return self
        file = self._stack.enter_context(self._beside.open("wb"))
        if name.endswith(".gz"):  # without the name and time of the file, so that the same seed gives the same bytes
            zipped = gzip.GzipFile("", "wb", compresslevel=3, fileobj=file, mtime=0)
            file = cast("Any", self._stack.enter_context(zipped))
        self._file: BinaryIO = file
        self._file.write((",".join(f'"{column}"' for column in RAW) + "\n").encode())
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def write(self, profile: Profile, state: State, present: npt.NDArray[np.bool_]) -> int:
        """Append the rows of one month; returns how many."""
        if self._texts is None:
            self._texts = Texts(profile, self.seed)
        rows = np.flatnonzero(present)
        self._texts.begin(state.month)
        for low in range(0, len(rows), _CHUNK):
            chosen = rows[low : low + _CHUNK]
            columns = self._texts.columns(chosen, state.active[chosen])
            words = state.words[chosen] | np.where(self._texts.salary_unknown(chosen), _UNKNOWN_SALARY, 0).astype(
                np.uint32
            )
            if self._parquet is None:
                self._csv(columns, words)
            else:
                self._table(columns, words)
        return len(rows)

    def _csv(self, columns: dict[str, pa.Array], words: npt.NDArray[np.uint32]) -> None:
        distinct, index = np.unique(words, return_inverse=True)
        tails = pa.array([",".join(_flag(int(word), j) for j in range(N_PRODUCTS)) + "\n" for word in distinct])
        province = columns["nomprov"]
        quoted = pc.binary_join_element_wise('"', pc.fill_null(province, ""), '"', "")
        texts = [pc.fill_null(quoted if name == "nomprov" else column, "") for name, column in columns.items()]
        lines = pc.binary_join_element_wise(*texts, tails.take(pa.array(index)), ",")
        offsets = np.frombuffer(lines.buffers()[1], np.int32)[lines.offset : lines.offset + len(lines) + 1]
        self._file.write(memoryview(lines.buffers()[2])[offsets[0] : offsets[-1]])

    def _table(self, columns: dict[str, pa.Array], words: npt.NDArray[np.uint32]) -> None:
        for j, name in enumerate(PRODUCT_COLUMNS):
            salary = j in (NOMINA, PENSION)
            choice = (words >> np.uint32(j)) & np.uint32(1)
            if salary:
                choice = np.where(words & _UNKNOWN_SALARY, 2, choice)
            options = pa.array([" 0", " 1", "NA"] if salary else ["0", "1"])
            columns[name] = options.take(pa.array(choice))
        self._parquet.write_table(pa.table([_nulls(columns[name]) for name in RAW], names=list(RAW)))


def _nulls(column: pa.Array) -> pa.Array:
    """Empty texts become nulls for parquet."""
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)


def _flag(word: int, product: int) -> str:
    """The text of one flag: two columns are padded and may be NA, as in the real file."""
    if product in (NOMINA, PENSION):
        return "NA" if word & int(_UNKNOWN_SALARY) else f" {word >> product & 1}"
    return str(word >> product & 1)
