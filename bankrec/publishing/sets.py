"""Sets: what a published folder holds, which ones are kept, which one is in use.

A set lies in `<recs>/<set-id>/` and is never changed after it is written. `<recs>/current` is a relative
symbolic link to the set in use, replaced by a rename: a reader sees the old set or the new one, never a part
of one. The writer here and the reader in `services/` share these files and no code.

`customers.parquet` has a row for each customer of the as-of month. Each customer of the suppression list who has
none in that month has a row too: `held` 0, `segment` null, `status` suppressed. `top_popular.parquet` is for
customers who have no row: products that no rule bars when only the segment is known, or nothing (`segment` null).
Where rules bar all products, it has no row. `popular_by_age.parquet` is the same when the age is stated too, in years
from `age_from` to `age_to`, both included. `removed.parquet` has the products that each rule barred, by customer:
`publishing/set_tables.py`. `summary.json` has the figures that the service shows on its page: `publishing/summary.py`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bankrec.bank.columns import ITEM_ID, RANK, SCORE, USER_ID
from bankrec.bank.description import Bank
from bankrec.bank.files import bank_from, santander
from bankrec.errors import InputError, in_one_line
from bankrec.publishing.manifest import damaged_key

FORMAT_VERSION, READ = 2, (1, 2)  # the version written; those read, so that sets stay readable after an upgrade
CURRENT, MANIFEST = "current", "manifest.json"
RECOMMENDATIONS, CUSTOMERS, POPULAR = "recommendations.parquet", "customers.parquet", "top_popular.parquet"
SUPPRESSED = "suppressed"  # status of a customer who asked for no offers
RANKED_BY = "ranked_by"  # in a manifest: the column that does not rise with the rank
WITHOUT_A_ROW = "suppressed_without_a_row"  # in a manifest's `counts`: customers not in the as-of month
CATALOGUE, REASONS = "products.json", "reasons.json"
FILES = (RECOMMENDATIONS, CUSTOMERS, POPULAR, CATALOGUE, REASONS)
POPULAR_BY_AGE, REMOVED, SUMMARY = "popular_by_age.parquet", "removed.parquet", "summary.json"
OPTIONAL = (POPULAR_BY_AGE, REMOVED, SUMMARY)  # files that may be missing in a set

_WRITTEN = re.compile(r"_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\d*Z$")  # time of writing, at the end of a set's id

CODED = pa.dictionary(pa.int8(), pa.string())
_CUSTOMER, _SEGMENT = (USER_ID, pa.int64()), ("segment", pa.string())
_PLACE = ((ITEM_ID, CODED), (RANK, pa.uint8()), (SCORE, pa.float32()))
SCHEMAS = {
    RECOMMENDATIONS: pa.schema([_CUSTOMER, *_PLACE]),
    CUSTOMERS: pa.schema([_CUSTOMER, ("held", pa.uint64()), _SEGMENT, ("status", pa.string())]),
    POPULAR: pa.schema([_SEGMENT, *_PLACE]),
    POPULAR_BY_AGE: pa.schema([_SEGMENT, ("age_from", pa.uint8()), ("age_to", pa.uint8()), *_PLACE]),
    REMOVED: pa.schema([_CUSTOMER, ("rule", CODED), ("products", pa.uint64())]),
}
HELD_BEFORE = pa.field("held", pa.uint32())  # in sets of format 1
REASON_FIELD = pa.field("reasons", pa.list_(pa.string()))  # may be missing in a set
AGE_FIELD = pa.field("age_band", CODED)  # missing for a bank without ages
LISTS_WITH_REASONS = SCHEMAS[RECOMMENDATIONS].append(REASON_FIELD)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of the set in `folder`; an `InputError` if it is damaged.

    All of its values that are used anywhere have the right type, so that no reader must check them again.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} can't be read: {in_one_line(error)}") from error
    if not isinstance(manifest, dict) or manifest.get("format_version") not in READ:
        raise InputError(f"{path} is not of format version {' or '.join(map(str, READ))}")
    if "expected_additions" in manifest:  # the key in sets that were published before
        manifest["expected_acquisitions"] = manifest.pop("expected_additions")
    if key := damaged_key(manifest):
        raise InputError(f"{path} is damaged: {key} is {in_one_line(repr(manifest.get(key)), 60)}")
    return manifest


def bank_of(manifest: dict[str, Any]) -> Bank:
    """The bank of the set; all sets of format 1 are of the default bank."""
    if manifest["format_version"] == 1:
        return santander()
    return bank_from(manifest["bank"]["description"], f"{manifest['set_id']}/{MANIFEST}, bank.description")


def schema(name: str, version: int) -> pa.Schema:
    """The columns of a file of a set of format `version`."""
    columns = SCHEMAS[name]
    if version == 1 and name == CUSTOMERS:
        return columns.set(columns.get_field_index("held"), HELD_BEFORE)
    return columns


def customer_schema(bank: Bank) -> pa.Schema:
    """The columns of `customers.parquet` as it is written: with the band of age, where the bank reports by it."""
    return SCHEMAS[CUSTOMERS].append(AGE_FIELD) if bank.age_bands else SCHEMAS[CUSTOMERS]


def without_a_row(customers: pa.Table) -> pa.ChunkedArray:
    """Which rows of `customers.parquet` are of suppressed customers who have no row in the as-of month: bool."""
    unseen = pc.and_(pc.is_null(customers["segment"]), pc.equal(customers["held"], 0))
    return pc.and_(unseen, pc.equal(customers["status"], SUPPRESSED))


def current(recs: Path) -> Path | None:
    """The folder of the set in use, or None where there is none."""
    link = recs / CURRENT
    try:
        return link.resolve() if link.is_dir() else None
    except OSError as error:
        raise InputError(f"{link} can't be read: {in_one_line(error)}") from error


def all_sets(recs: Path) -> list[Path]:
    """Folders of the sets kept in `recs`, whole or damaged, the oldest first.

    The time is that of the manifest, or of the name where the manifest can't be read.
    """
    try:
        folders = [path for path in recs.iterdir() if path.is_dir() and not path.is_symlink()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(f"{recs} can't be read: {in_one_line(error)}") from error
    return sorted(filter(_is_set, folders), key=lambda folder: (created_at(folder), folder.name))


def _is_set(folder: Path) -> bool:
    """Whether a folder has the name of a set or any file of one; this also finds damaged sets."""
    if folder.name.startswith("."):  # being written
        return False
    try:
        return (
            folder.name == CURRENT
            or bool(_WRITTEN.search(folder.name))
            or any((folder / name).exists() for name in (MANIFEST, *FILES))
        )
    except PermissionError:
        return True


def created_at(folder: Path) -> str:
    """When a set was written, YYYY-MM-DDTHH:MM:SSZ: from its manifest, or from its name where that can't be read."""
    try:
        return str(read_manifest(folder)["created_at"])
    except InputError:
        named = _WRITTEN.search(folder.name)
        return "{}-{}-{}T{}:{}:{}Z".format(*named.groups()) if named else ""


def copied_current(recs: Path) -> str:
    """The error of a `<recs>/current` that is a folder, such as after a copy that follows links; else empty."""
    link = recs / CURRENT
    if current(recs) is None or link.is_symlink():
        return ""
    return f"{link} is a folder, not a link to a set: move it away and try again (mv {link} {recs}/copy)"


def lost_current(recs: Path) -> str:
    """The error of `<recs>/current`; empty if it points to a set in `recs`, or if there is no set at all."""
    if copied := copied_current(recs):
        return copied
    link, folder = recs / CURRENT, current(recs)
    kept = [path.resolve() for path in all_sets(recs) if path.name != CURRENT]
    if not kept or folder in kept:
        return ""
    if link.is_symlink():
        return f"{link} points to {link.readlink()}, which is no set in {recs}"
    return f"{link} is missing"


def none_in_use(recs: Path) -> str:
    """Why no set is in use in `recs`, or why it can't be switched, and the command that repairs it."""
    if copied := copied_current(recs):
        return copied
    if lost := lost_current(recs):
        command = f"python -m bankrec rollback --recs {recs}"
        return f"no set is in use in {recs}: {lost}; `{command}` puts the newest whole set in use"
    return f"no set is in use in {recs}: publish one first"
