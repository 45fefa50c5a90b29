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
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bankrec.bank.columns import ITEM_ID, RANK, SCORE, USER_ID
from bankrec.errors import InputError, in_one_line
from bankrec.publishing.manifest import damaged_key
from bankrec.storage.atomic import remove

if TYPE_CHECKING:
    import pandas as pd

FORMAT_VERSION = 1
CURRENT, MANIFEST = "current", "manifest.json"
RECOMMENDATIONS, CUSTOMERS, POPULAR = "recommendations.parquet", "customers.parquet", "top_popular.parquet"
SUPPRESSED = "suppressed"  # status of a customer who asked for no offers
WITHOUT_A_ROW = "suppressed_without_a_row"  # in a manifest's `counts`: its customers who are not of the as-of month
CATALOGUE, REASONS = "products.json", "reasons.json"
FILES = (RECOMMENDATIONS, CUSTOMERS, POPULAR, CATALOGUE, REASONS)

_WRITTEN = re.compile(r"_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\d*Z$")  # when, at the end of a set's id

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
    """The manifest of the set in `folder`; an `InputError` says what is wrong with it.

    What is used of it anywhere has the right type then: nothing that reads a manifest need check it again.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} can't be read: {in_one_line(error)}") from error
    if not isinstance(manifest, dict) or manifest.get("format_version") != FORMAT_VERSION:
        raise InputError(f"{path} is not of format version {FORMAT_VERSION}")
    if key := damaged_key(manifest):
        raise InputError(f"{path} is damaged: {key} is {in_one_line(repr(manifest.get(key)), 60)}")
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
    found, files = [], manifest["files"]
    for name in FILES:
        if name in files:
            found += _file_problems(folder / name, files[name])
        else:
            found.append(f"{MANIFEST} does not list {name}")
    for count, name in (("customers", CUSTOMERS), ("recommendations", RECOMMENDATIONS)):
        if name in files and files[name].get("rows") != (counted := manifest["counts"][count]):
            found.append(f"{MANIFEST} counts {counted:,} {count}, and {files[name].get('rows')} rows of {name}")
    return found


def _file_problems(path: Path, told: dict[str, Any]) -> list[str]:
    try:
        if sha256(path) != told["sha256"]:
            return [f"{path.name} is not the file that was written: its SHA-256 differs from the manifest's"]
        return _table_problems(path, SCHEMAS[path.name], told.get("rows")) if path.name in SCHEMAS else []
    except FileNotFoundError:
        return [f"{path.name} is missing"]
    except (OSError, pa.ArrowException) as error:
        return [f"{path.name} can't be read: {in_one_line(error)}"]


def _table_problems(path: Path, expected: pa.Schema, rows: int | None) -> list[str]:
    schema = pq.read_schema(path)
    found = [
        f"{path.name} lacks the column {field.name} of type {field.type}"
        for field in expected
        if field.name not in schema.names or schema.field(field.name).type != field.type
    ]
    if (counted := pq.read_metadata(path).num_rows) != rows:
        found.append(f"{path.name} has {counted:,} rows, the manifest says {rows}")
    return found


def without_a_row(people: pa.Table) -> pa.ChunkedArray:
    """Which rows of `customers.parquet` are of suppressed customers who have no row in the as-of month: bool."""
    unseen = pc.and_(pc.is_null(people["segment"]), pc.equal(people["held"], 0))
    return pc.and_(unseen, pc.equal(people["status"], SUPPRESSED))


def current(recs: Path) -> Path | None:
    """The folder of the set in use, or None where there is none."""
    link = recs / CURRENT
    try:
        return link.resolve() if link.is_dir() else None
    except OSError as error:
        raise InputError(f"{link} can't be read: {in_one_line(error)}") from error


def all_sets(recs: Path) -> list[Path]:
    """Folders of the sets kept in `recs`, whole or damaged, the oldest first.

    They were created when their manifests say, or their names where a manifest can't be read.
    """
    try:
        folders = [path for path in recs.iterdir() if path.is_dir() and not path.is_symlink()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(f"{recs} can't be read: {in_one_line(error)}") from error
    return sorted(filter(_is_set, folders), key=lambda folder: (_created_at(folder), folder.name))


def _is_set(folder: Path) -> bool:
    """Whether a folder is named as a set, or holds any of its files: damaged it still is one."""
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


def _created_at(folder: Path) -> str:
    try:
        return str(read_manifest(folder)["created_at"])
    except InputError:
        named = _WRITTEN.search(folder.name)
        return "{}-{}-{}T{}:{}:{}Z".format(*named.groups()) if named else ""


def check_link(recs: Path) -> None:
    """An `InputError` where `<recs>/current` is a folder, as a copy that follows links makes it."""
    link = recs / CURRENT
    if link.is_dir() and not link.is_symlink():
        raise InputError(f"{link} is a folder, not a link to a set: move it away and try again (mv {link} {recs}/copy)")


def switch(recs: Path, set_id: str) -> None:
    """Point `<recs>/current` at the set `set_id`, atomically."""
    check_link(recs)
    if not (recs / set_id / MANIFEST).is_file():
        raise InputError(f"no set {set_id} in {recs}")
    beside = recs / f".{CURRENT}.writing-{os.getpid()}"
    try:
        remove(beside)
        beside.symlink_to(set_id, target_is_directory=True)
        beside.replace(recs / CURRENT)
    except OSError as error:
        raise InputError(f"{recs / CURRENT} could not be switched to {set_id}: {in_one_line(error)}") from error


def lost_current(recs: Path) -> str:
    """What is wrong with `<recs>/current`; empty where it points to a set in `recs`, or no set is there at all."""
    link, folder = recs / CURRENT, current(recs)
    kept = [path.resolve() for path in all_sets(recs) if path.name != CURRENT]
    if not kept or folder in kept:
        return ""
    if link.is_symlink():
        return f"{link} points to {link.readlink()}, which is no set in {recs}"
    return f"{link} is missing"


def none_in_use(recs: Path) -> str:
    """Why no set is in use in `recs`, and the command that helps."""
    if lost := lost_current(recs):
        command = f"python -m bankrec rollback --recs {recs}"
        return f"no set is in use in {recs}: {lost}; `{command}` puts the newest whole set in use"
    return f"no set is in use in {recs}: publish one first"


def roll_back(recs: Path, to: str | None = None) -> str:
    """Switch to the set `to`, or to the one that was created before the current one; returns its id.

    Where `current` is lost, or points nowhere, there is no set before it: then the newest whole set is switched to.
    """
    kept, lost = {folder.name: folder for folder in all_sets(recs)}, lost_current(recs)
    names, now = list(kept), current(recs)
    if not kept:
        raise InputError(f"no set is in use in {recs}: publish one first")
    if to is not None:
        chosen = to
    elif lost or now is None:
        chosen = _newest_whole(kept, recs)
    elif (position := names.index(now.name)) == 0:
        raise InputError(f"{now.name} is the oldest set kept in {recs}: there is none to go back to")
    else:
        chosen = names[position - 1]
    if chosen not in kept:
        raise InputError(f"{chosen} is no set kept in {recs}; kept are {', '.join(names)}")
    if wrong := problems(kept[chosen]):
        others = [name for name in names if name not in (chosen, now.name if now else "") and not problems(kept[name])]
        remedy = f"whole, for --set, are {', '.join(others)}" if others else "no other one is whole: publish one"
        raise InputError(f"the set {chosen} is not whole: {'; '.join(wrong)}; {remedy}")
    switch(recs, chosen)
    return chosen


def _newest_whole(kept: dict[str, Path], recs: Path) -> str:
    damaged = []
    for name in reversed(kept):
        if not (wrong := problems(kept[name])):
            return name
        damaged.append(f"{name}: {', '.join(wrong)}")
    raise InputError(f"no set in {recs} is whole: {'; '.join(damaged)}; publish one")


def table(recs: Path) -> pd.DataFrame:
    """The sets kept, a row each, the oldest first: when, as-of, customers, MAP@7, who is current.

    Where a manifest can't be read, a column `damaged` says why, and the others are empty in its row.
    """
    import pandas as pd  # it takes a second, which the other commands on sets need not wait for

    now = current(recs)
    rows = []
    for folder in all_sets(recs):
        row: dict[str, Any] = {"set": folder.name, "created (UTC)": _created_at(folder)}
        try:
            row |= _summary(read_manifest(folder))
        except InputError as error:
            row |= {
                **dict.fromkeys(("as of", "customers", "MAP@7", "forced"), ""),
                "damaged": _reason(folder, error),
            }
        rows.append(row | {"current": "<-" if folder.resolve() == now else ""})
    return pd.DataFrame(rows).fillna({"damaged": ""})


def _reason(folder: Path, error: InputError) -> str:
    """What is wrong with a manifest, without its path: the table names the set already."""
    return in_one_line(str(error).removeprefix(f"{folder}/"), 60)


def _summary(manifest: dict[str, Any]) -> dict[str, Any]:
    return {
        "as of": manifest["as_of"],
        "customers": manifest["counts"]["customers"],
        "MAP@7": manifest["metrics"].get("map_at_7"),
        "forced": bool(manifest.get("forced")),
    }
