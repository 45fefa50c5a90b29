"""The formats of a set that can be read; the first one is translated here to the newest.

Format 2 describes its bank in the manifest and has 64 bits of holdings. Format 1 is of one bank only, has 32 bits,
and names products by `column`, `english`, `spanish`. Only this module knows format 1.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

HELD_TYPES = {1: pa.uint32(), 2: pa.uint64()}  # of `held` in customers.parquet, by `format_version`

_BANK_OF_FORMAT_1 = {
    "name": "santander",
    "currency": "EUR",
    "languages": {
        "en": {
            "months": ["January", "February", "March", "April", "May", "June",
                       "July", "August", "September", "October", "November", "December"],
            "month_and_year": "{month} {year}",
        },
        "es": {
            "months": ["enero", "febrero", "marzo", "abril", "mayo", "junio",
                       "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"],
            "month_and_year": "{month} de {year}",
        },
    },
    "segments": ["TOP", "PARTICULARES", "UNIVERSITARIO"],
}  # fmt: skip


def with_bank(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest with the block `bank`, in either format."""
    return {**manifest, "bank": _BANK_OF_FORMAT_1} if manifest["format_version"] == 1 else manifest


def with_names(product: dict[str, Any], version: int) -> dict[str, Any]:
    """A product of products.json with `id` and `names` by language; `KeyError` names a missing key."""
    if version != 1:
        return product
    names = {"en": product["english"], "es": product["spanish"]}
    return {"bit": product["bit"], "id": product["column"], "names": names, "group": product["group"]}
