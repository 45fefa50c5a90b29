"""The sets kept, as a table for operators."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bankrec.errors import InputError, in_one_line
from bankrec.publishing.sets import all_sets, created_at, current, read_manifest

if TYPE_CHECKING:
    import pandas as pd


def table(recs: Path) -> pd.DataFrame:
    """The sets kept, a row each, the oldest first: when, as-of, customers, MAP@7, which is in use.

    If a manifest can't be read, the column `damaged` has the reason, and the others are empty in its row.
    """
    import pandas as pd  # imported here: it takes a second, and other commands on sets do not need it

    now = current(recs)
    rows = []
    for folder in all_sets(recs):
        row: dict[str, Any] = {"set": folder.name, "created (UTC)": created_at(folder)}
        try:
            row |= _summary(read_manifest(folder))
        except InputError as error:
            without_path = str(error).removeprefix(f"{folder}/")  # the table names the set already
            row |= {
                **dict.fromkeys(("as of", "customers", "MAP@7", "forced"), ""),
                "damaged": in_one_line(without_path, 60),
            }
        rows.append(row | {"current": "<-" if folder.resolve() == now else ""})
    return pd.DataFrame(rows).fillna({"damaged": ""})


def _summary(manifest: dict[str, Any]) -> dict[str, Any]:
    return {
        "as of": manifest["as_of"],
        "customers": manifest["counts"]["customers"],
        "MAP@7": manifest["metrics"].get("map_at_7"),
        "forced": bool(manifest.get("forced")),
    }
