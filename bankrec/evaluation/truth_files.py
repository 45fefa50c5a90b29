"""Files of what customers added, or hold a month later; an error names the first line that can't be read."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from bankrec.bank.description import Bank
from bankrec.errors import InputError, in_one_line

_DAMAGED = (OSError, ValueError, EOFError, OverflowError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


def read_truth(truth: Path, bank: Bank) -> pd.DataFrame:
    """The rows of a CSV (of text; may be compressed) or parquet file; there must be customers in it."""
    try:
        if truth.suffix == ".parquet":
            frame = pd.read_parquet(truth)
        else:
            # Blank lines are kept until here, so that the line follows from the number of the row.
            frame = pd.read_csv(
                truth, dtype=str, skipinitialspace=True, skip_blank_lines=False, encoding="utf-8-sig", low_memory=False
            )
            if not isinstance(frame.index, pd.RangeIndex):  # pandas makes an index of the values that have no column
                raise InputError(
                    f"{truth} has rows with more values than its first line has column names: quote values with commas"
                )
            frame = frame.dropna(how="all")
    except InputError:
        raise
    except UnicodeDecodeError as error:
        raise InputError(f"{truth} is not UTF-8 ({error.reason}){_place(truth)}: save it as UTF-8") from error
    except (*_DAMAGED, pa.ArrowException) as error:
        remedy = "" if isinstance(error, OSError) and error.strerror else "; give a CSV or parquet file"
        raise InputError(f"{truth} can't be read: {in_one_line(error)}{remedy}") from error
    if bank.customer not in frame.columns:
        raise InputError(f"{truth} has no column {bank.customer} in its first line")
    if frame.empty:
        raise InputError(f"{truth} has a header and no rows")
    return frame


def _place(truth: Path) -> str:
    """The first line of an uncompressed file that is not UTF-8, as ` in line 3`; empty if there is none."""
    with truth.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return f" in line {number}"
    return ""


def numbers(column: pd.Series) -> npt.NDArray[np.float64]:
    """A column of numbers, flags or texts as float64, nan for what is none."""
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def refuse(column: pd.Series, bad: npt.NDArray[np.bool_], truth: Path, expected: str) -> None:
    """An `InputError` that names the first row where `bad` holds; `column` still has the file's row numbers."""
    if not bad.any():
        return
    at = int(np.argmax(bad))
    place = f"row {int(column.index[at]) + 1}" if truth.suffix == ".parquet" else f"line {int(column.index[at]) + 2}"
    value = "nothing" if pd.isna(column.iloc[at]) else in_one_line(repr(column.tolist()[at]), 60)
    raise InputError(f"{truth}, {place}: {column.name} is {value}, not {expected}")
