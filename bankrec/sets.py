"""Sets: what a published folder holds, whether it is whole, which one is current.

A set lies in `<recs>/<set-id>/` and is never changed after it was written. `<recs>/current` is a
relative symbolic link to the set in use, replaced by a rename: a reader sees the old set or the new
one, never half of one. Writer here, reader in `services/`: they share these files and no code.

`customers.parquet` has a row for each customer of the as-of month, and one for each customer of the suppression
list who has none in that month: `held` 0, `segment` null, `status` suppressed. `top_popular.parquet` is for
customers who have no row: products that no rule takes from somebody of whom the segment alone is known, or
nothing (`segment` null). It has no row for either where the rules leave nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bankrec.columns import ITEM_ID, RANK, SCORE, USER_ID
from bankrec.errors import InputError

FORMAT_VERSION = 1
CURRENT, MANIFEST = "current", "manifest.json"
RECOMMENDATIONS, CUSTOMERS, POPULAR = "recommendations.parquet", "customers.parquet", "top_popular.parquet"
SUPPRESSED = "suppressed"  # status of a customer who asked for no offers
WITHOUT_A_ROW = "suppressed_without_a_row"  # in a manifest's `counts`: its customers who are not of the as-of month
CATALOGUE, REASONS = "products.json", "reasons.json"
FILES = (RECOMMENDATIONS, CUSTOMERS, POPULAR, CATALOGUE, REASONS)

ITEM_TYPE = pa.dictionary(pa.int8(), pa.string())
SCHEMAS = {
    RECOMMENDATIONS: pa.schema(
        [(USER_ID, pa.int64()), (ITEM_ID, ITEM_TYPE), (RANK, pa.uint8()), (SCORE, pa.float32())]
    ),
    CUSTOMERS: pa.schema(
        [(USER_ID, pa.int64()), ("held", pa.uint32()), ("segment", pa.string()), ("status", pa.string())]
    ),
    POPULAR: pa.schema([("segment", pa.string()), (ITEM_ID, ITEM_TYPE), (RANK, pa.uint8()), (SCORE, pa.float32())]),
}
REASON_FIELD = pa.field("reasons", pa.list_(pa.string()))  # a set may lack it
LISTS_WITH_REASONS = SCHEMAS[RECOMMENDATIONS].append(REASON_FIELD)


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of the set in `folder`; an `InputError` says what is wrong with it."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} can't be read: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format_version") != FORMAT_VERSION:
        raise InputError(f"{path} is not of format version {FORMAT_VERSION}")
    return manifest


def problems(folder: Path) -> list[str]:
    """What is wrong with the set in `folder`, a sentence each; an empty list for a whole set.

    Checked are the manifest, each file's presence and SHA-256, the columns and their types, and the
    number of rows against the manifest's.
    """
    try:
        manifest = read_manifest(folder)
    except InputError as error:
        return [str(error)]
    found = []
    for name in FILES:
        path, told = folder / name, manifest.get("files", {}).get(name)
        if told is None:
            found.append(f"{MANIFEST} does not list {name}")
        elif not path.is_file():
            found.append(f"{name} is missing")
        elif sha256(path) != told["sha256"]:
            found.append(f"{name} is not the file that was written: its SHA-256 differs from the manifest's")
        elif name in SCHEMAS:
            found += _table_problems(path, SCHEMAS[name], told["rows"])
    return found


def _table_problems(path: Path, expected: pa.Schema, rows: int) -> list[str]:
    schema = pq.read_schema(path)
    found = [
        f"{path.name} lacks the column {field.name} of type {field.type}"
        for field in expected
        if field.name not in schema.names or schema.field(field.name).type != field.type
    ]
    if (counted := pq.read_metadata(path).num_rows) != rows:
        found.append(f"{path.name} has {counted:,} rows, the manifest says {rows:,}")
    return found


def without_a_row(people: pa.Table) -> pa.ChunkedArray:
    """Which rows of `customers.parquet` are of suppressed customers who have no row in the as-of month: bool."""
    unseen = pc.and_(pc.is_null(people["segment"]), pc.equal(people["held"], 0))
    return pc.and_(unseen, pc.equal(people["status"], SUPPRESSED))


def current(recs: Path) -> Path | None:
    """The folder of the set in use, or None where there is none."""
    link = recs / CURRENT
    return link.resolve() if link.exists() else None


def all_sets(recs: Path) -> list[Path]:
    """Folders of the sets kept in `recs`, the oldest first (by creation time)."""
    folders = [path.parent for path in recs.glob(f"*/{MANIFEST}") if path.parent.name != CURRENT]
    return sorted(folders, key=lambda folder: (read_manifest(folder)["created_at"], folder.name))


def switch(recs: Path, set_id: str) -> None:
    """Point `<recs>/current` at the set `set_id`, atomically."""
    if not (recs / set_id / MANIFEST).is_file():
        raise InputError(f"no set {set_id} in {recs}")
    beside = recs / f".{CURRENT}-{os.getpid()}"
    beside.unlink(missing_ok=True)
    beside.symlink_to(set_id, target_is_directory=True)
    beside.replace(recs / CURRENT)


def roll_back(recs: Path, to: str | None = None) -> str:
    """Switch to the set `to`, or to the one that was created before the current one; returns its id."""
    now, kept = current(recs), {folder.name: folder for folder in all_sets(recs)}
    if now is None:
        raise InputError(f"no set is in use in {recs}: publish one first")
    names = list(kept)
    position = names.index(now.name)
    if to is None and position == 0:
        raise InputError(f"{now.name} is the oldest set kept in {recs}: there is none to go back to")
    chosen = to or names[position - 1]
    if chosen not in kept:
        raise InputError(f"{chosen} is no set kept in {recs}; kept are {', '.join(names)}")
    if wrong := problems(kept[chosen]):
        raise InputError(f"the set {chosen} is not whole: {'; '.join(wrong)}")
    switch(recs, chosen)
    return chosen


def table(recs: Path) -> pd.DataFrame:
    """The sets kept, a row each, the oldest first: when, as-of, customers, MAP@7, who is current."""
    now = current(recs)
    rows = []
    for folder in all_sets(recs):
        manifest = read_manifest(folder)
        rows.append(
            {
                "set": folder.name,
                "created (UTC)": manifest["created_at"],
                "as of": manifest["as_of"],
                "customers": manifest["counts"]["customers"],
                "MAP@7": manifest["metrics"].get("map_at_7"),
                "forced": bool(manifest.get("forced")),
                "current": "<-" if folder == now else "",
            }
        )
    return pd.DataFrame(rows)
