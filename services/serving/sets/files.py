"""Reading a published set; all its guarantees are checked before it is used.

The guarantees of a set (`formats` has the versions): rows are sorted by customer and rank, ranks start at 1 and
have no gaps, no product is held, counts and checksums are those of the manifest.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from serving.sets.formats import HELD_TYPES, with_bank

FILES = (
    "recommendations.parquet",
    "customers.parquet",
    "top_popular.parquet",
    "products.json",
    "reasons.json",
)
OPTIONAL_FILES = ("popular_by_age.parquet", "removed.parquet", "summary.json")  # which may be missing in a set
ROWS_AT_ONCE = 1 << 15  # rows of a batch: fast enough, and a batch with its checks takes about 3 MB
MOST_PRODUCTS = 48  # in the catalogue of a bank
STATUSES = ("ok", "deceased", "nothing_left", "suppressed")


class SetError(ValueError):
    """A set that breaks a guarantee; the message says which one, `reason` is a short word for metrics."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of the set in `folder`, with version and keys checked; in both formats it has the block `bank`."""
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise SetError("manifest", f"manifest.json can't be read: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format_version") not in tuple(HELD_TYPES):
        raise SetError(
            "manifest",
            f"manifest.json has no format_version that this service can read ({' or '.join(map(str, HELD_TYPES))})",
        )
    if "expected_additions" in manifest:  # the key in sets that were published before
        manifest["expected_acquisitions"] = manifest.pop("expected_additions")
    missing = [key for key in ("set_id", "as_of", "created_at", "counts", "files", "metrics") if key not in manifest]
    if missing:
        raise SetError("manifest", f"manifest.json does not have {', '.join(missing)}")
    try:
        _check_values(manifest)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise SetError("manifest", f"manifest.json is damaged: {error}") from error
    return with_bank(manifest)


def _check_values(manifest: dict[str, Any]) -> None:
    """Check the values that answers and metrics need: times, numbers, tables of numbers."""
    for key in ("as_of", "created_at"):
        np.datetime64(manifest[key].removesuffix("Z"), "s")
    for key in ("counts", "files", "metrics"):
        if not isinstance(manifest[key], dict):
            raise TypeError(f"{key} is not an object")
    for shares in manifest.get("distributions", {}).values():
        np.array(list(shares.values()), np.float64)  # a number for each name, or one for each rank
    sum(float(value) for value in manifest["metrics"].values() if isinstance(value, int | float))


def check_files(folder: Path, manifest: dict[str, Any]) -> None:
    """Check that every file of the set exists and has exactly the bytes that were written."""
    for name in (*FILES, *(name for name in OPTIONAL_FILES if name in manifest["files"])):
        entry = manifest["files"].get(name)
        if not isinstance(entry, dict) or "sha256" not in entry:
            raise SetError("manifest", f"manifest.json does not list {name} with its SHA-256")
        try:
            with (folder / name).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise SetError("file", f"{name} can't be read: {error}") from error
        if digest != entry["sha256"]:
            raise SetError("checksum", f"{name} was changed after it was published: its SHA-256 differs")


def read_reasons(folder: Path) -> dict[str, dict[str, str]]:
    """Reason codes and their texts by language."""
    reasons = read_json(folder / "reasons.json")
    if not isinstance(reasons, dict):
        raise SetError("type", "reasons.json is not an object")
    for name, texts in reasons.items():
        if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
            raise SetError("type", f"reasons.json: {name} has no texts by language")
    return reasons


def read_json(path: Path) -> Any:
    """The content of a JSON file of a set."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise SetError("file", f"{path.name} can't be read: {error}") from error


def read_table(path: Path, types: dict[str, pa.DataType]) -> pa.Table:
    """A parquet file whose columns must have the given types."""
    check_types(path, types)
    return pq.ParquetFile(path).read(list(types))  # pq.read_table would import pyarrow.dataset, and pandas if installed


def check_types(path: Path, types: dict[str, pa.DataType]) -> None:
    """Check that a parquet file has the columns with the given types."""
    try:
        schema = pq.read_schema(path)
    except (OSError, pa.ArrowException) as error:
        raise SetError("file", f"{path.name} can't be read: {error}") from error
    for name, kind in types.items():
        if name not in schema.names:
            raise SetError("type", f"{path.name} has no column {name}")
        actual = schema.field(name).type
        same = pa.types.is_dictionary(actual) if kind == _ITEM else actual == kind
        if not same:
            raise SetError("type", f"{path.name}: {name} is {actual}, not {kind}")


_ITEM = pa.dictionary(pa.int8(), pa.string())
LIST_TYPES = {"user_id": pa.int64(), "item_id": _ITEM, "rank": pa.uint8(), "score": pa.float32()}
CUSTOMER_TYPES = {"user_id": pa.int64(), "segment": pa.string(), "status": pa.string()}  # and `held`
POPULAR_TYPES = {"segment": pa.string(), "item_id": _ITEM, "rank": pa.uint8(), "score": pa.float32()}


def read_customers(
    path: Path, expected: int, version: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
    """User ids (sorted, unique), held products and status codes of the customers of a set of format `version`."""
    check_types(path, {**CUSTOMER_TYPES, "held": HELD_TYPES[version]})
    file = pq.ParquetFile(path, read_dictionary=["status"])
    if file.metadata.num_rows != expected:
        raise SetError("count", f"{path.name} has {file.metadata.num_rows:,} rows, the manifest says {expected:,}")
    user_id, held, known = np.empty(expected, np.int64), np.empty(expected, np.uint64), np.empty(expected, np.uint8)
    at = 0
    for batch in file.iter_batches(ROWS_AT_ONCE, columns=["user_id", "held", "status"], use_threads=False):
        if any(batch.column(name).null_count for name in ("user_id", "held", "status")):
            raise SetError("type", f"{path.name} has nulls")
        part = slice(at, at + batch.num_rows)
        user_id[part], held[part] = batch.column("user_id").to_numpy(), batch.column("held").to_numpy()
        known[part] = _status_codes(batch.column("status"), path.name)
        at += batch.num_rows
    if (np.diff(user_id) <= 0).any():
        raise SetError("order", f"{path.name} is not sorted by user_id")
    return user_id, held, known


def _status_codes(column: pa.DictionaryArray, name: str) -> npt.NDArray[np.uint8]:
    codes = [STATUSES.index(status) if status in STATUSES else -1 for status in column.dictionary.to_pylist()]
    if -1 in codes:
        raise SetError("type", f"{name} has a status that is not one of {', '.join(STATUSES)}")
    known: npt.NDArray[np.uint8] = np.array(codes or [0], np.uint8)[column.indices.to_numpy()]
    return known


def item_bits(column: pa.DictionaryArray, bit_of: dict[str, int], name: str) -> npt.NDArray[np.uint8]:
    """Product bits of a dictionary column; an item that is not in the catalogue is an error."""
    dictionary = column.dictionary.to_pylist()
    strange = [item for item in dictionary if item not in bit_of]
    if strange:
        raise SetError("type", f"{name} has the item {strange[0]!r}, which is not in products.json")
    bit_at = np.array([bit_of[item] for item in dictionary] or [0], np.uint8)
    bits: npt.NDArray[np.uint8] = bit_at[column.indices.to_numpy()]
    return bits
