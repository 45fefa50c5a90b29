"""`consent`: check an export of consent by customer and channel, and replace the consent file with it."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bankrec.bank.columns import USER_ID
from bankrec.errors import InputError
from bankrec.publishing.consent import CONSENT, by_channel, changes, latest
from bankrec.publishing.consent_input import read_consent, read_in_place
from bankrec.storage.atomic import replacing


def command(arguments: Namespace) -> int:
    """Replace the file; print what is in it, and what changed."""
    stated = read_consent(arguments.input, datetime.now(UTC))
    rows = latest(stated)
    comparison = _against(arguments.recs, rows)
    write_consent(arguments.recs / CONSENT, rows)
    customers = pc.count_distinct(rows[USER_ID]).as_py()
    channels = ", ".join(f"{name} ({count:,} allowed)" for name, count in by_channel(rows).items())
    print(f"{arguments.recs / CONSENT}: {customers:,} customers, {rows.num_rows:,} rows; channels: {channels}")
    if superseded := stated.num_rows - rows.num_rows:
        print(f"{superseded:,} rows of the input were left out: a later row has the same customer and channel")
    print(comparison)
    return 0


def write_consent(path: Path, rows: pa.Table) -> None:
    """Write rows that `latest` made, atomically. Each page has a checksum, so that a damaged page is an error."""
    with replacing(path) as beside:
        pq.write_table(rows, beside, compression="zstd", write_page_checksum=True)


def _against(recs: Path, rows: pa.Table) -> str:
    """How `rows` differ from the file in place, as a sentence."""
    try:
        before = read_in_place(recs)
    except InputError as error:
        return f"nothing to compare with: {error}"
    if before is None:
        return "there was no consent file before"
    changed = changes(latest(before), rows)
    text = (
        f"changed: {changed.allowed:,} allowed now, {changed.withdrawn:,} no longer allowed, {changed.gone:,} rows gone"
    )
    if changed.older:
        text += f"; caution: {changed.older:,} rows are older than in the file replaced, is this an older export?"
    return text
