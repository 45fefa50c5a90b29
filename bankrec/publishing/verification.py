"""Verification of a published set: its manifest, and every file against it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bankrec.bank.columns import SCORE, USER_ID
from bankrec.errors import InputError, in_one_line
from bankrec.publishing.sets import (
    CATALOGUE,
    CUSTOMERS,
    FILES,
    MANIFEST,
    OPTIONAL,
    RANKED_BY,
    RECOMMENDATIONS,
    SCHEMAS,
    bank_of,
    read_manifest,
    schema,
)

ROWS = 1_000_000  # rows read at a time


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def problems(folder: Path) -> list[str]:
    """The errors of the set in `folder`, a sentence each; an empty list for a whole set.

    Checked are the manifest, each file's presence and SHA-256, the columns and their types, the number of rows against
    the manifest's, that it describes the bank of `products.json`, and that no score rises with the rank, where the
    manifest states that products are ranked by score (manifests of earlier versions do not).
    """
    try:
        manifest = read_manifest(folder)
    except InputError as error:
        return [str(error)]
    sentences, files = [], manifest["files"]
    for name in (*FILES, *OPTIONAL):
        if name in files:
            sentences += _file_problems(folder / name, files[name], manifest["format_version"])
        elif name in FILES:
            sentences.append(f"{MANIFEST} does not list {name}")
    for count, name in (("customers", CUSTOMERS), ("recommendations", RECOMMENDATIONS)):
        if name in files and files[name].get("rows") != (counted := manifest["counts"][count]):
            sentences.append(f"{MANIFEST} counts {counted:,} {count}, but {files[name].get('rows')} rows of {name}")
    if not sentences and manifest["format_version"] > 1:
        sentences += _bank_problems(folder, manifest)
    if not sentences and manifest.get(RANKED_BY) == SCORE:
        sentences += _order_problems(folder / RECOMMENDATIONS)
    return sentences


def _bank_problems(folder: Path, manifest: dict[str, Any]) -> list[str]:
    """Differences between the bank of the manifest, which has no hash of its own, and the products of the set."""
    languages = manifest["bank"]["languages"]
    try:
        products, bank = json.loads((folder / CATALOGUE).read_bytes()), bank_of(manifest)
        if tuple(product["id"] for product in products) != bank.ids:
            return [f"{MANIFEST} describes a bank with other products than {CATALOGUE}"]
        if not all(languages.keys() <= product["names"].keys() for product in products):
            return [f"{CATALOGUE} does not have names in a language of {MANIFEST}"]
    except InputError as error:
        return [str(error)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return [f"{CATALOGUE} is no list of products: {in_one_line(error)}"]
    return []


def _file_problems(path: Path, stated: dict[str, Any], version: int) -> list[str]:
    try:
        if sha256(path) != stated["sha256"]:
            return [f"{path.name} is not the file that was written: its SHA-256 differs from the manifest's"]
        return _table_problems(path, schema(path.name, version), stated.get("rows")) if path.name in SCHEMAS else []
    except FileNotFoundError:
        return [f"{path.name} is missing"]
    except (OSError, pa.ArrowException) as error:
        return [f"{path.name} can't be read: {in_one_line(error)}"]


def _order_problems(path: Path) -> list[str]:
    """Customers whose next product has a higher score than the one before it; rows are sorted by customer and rank."""
    rising, customer, score = 0, -1, 0.0  # of the last row of the batch before
    for batch in pq.ParquetFile(path).iter_batches(ROWS, columns=[USER_ID, SCORE]):
        customers, scores = (column.to_numpy() for column in batch.columns)
        same = np.concatenate([[customer], customers[:-1]]) == customers
        rising += int((same & (scores > np.concatenate([[score], scores[:-1]]))).sum())
        customer, score = int(customers[-1]), float(scores[-1])
    return [f"{path.name} has {rising:,} scores above that of the rank before"] if rising else []


def _table_problems(path: Path, expected: pa.Schema, rows: int | None) -> list[str]:
    stored = pq.read_schema(path)
    sentences = [
        f"{path.name}: column {field.name} of type {field.type} is missing"
        for field in expected
        if field.name not in stored.names or stored.field(field.name).type != field.type
    ]
    if (counted := pq.read_metadata(path).num_rows) != rows:
        sentences.append(f"{path.name} has {counted:,} rows, but the manifest states {rows}")
    return sentences
