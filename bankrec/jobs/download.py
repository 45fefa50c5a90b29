"""The job of `download_dataset.py`: the raw file, from Kaggle, a path, a URL, or a simulated bank."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from bankrec.ingest.download import from_kaggle, from_path, from_url, has_kaggle_credentials, remarks, rows_of
from bankrec.simulator.simulate import simulate
from bankrec.storage.atomic import write_json


def download(
    source: str | None, output: Path, *, customers: int = 20_000, seed: int = 1, tell: Callable[[str], None]
) -> None:
    """Write the raw file to `output` from `source`, and its name to `source.json` beside it.

    `source` is `kaggle`, `simulate`, a path or a URL; None takes Kaggle if there are credentials, else
    simulates; `tell` prints which. On any error the file at `output` stays as it was. A file that differs from Kaggle's
    in rows, size or header is kept, with a warning for each difference.
    """
    if source is None:
        credentials = has_kaggle_credentials(os.environ, Path.home())
        source = "kaggle" if credentials else "simulate"
        why = "Kaggle credentials found" if credentials else "no Kaggle credentials"
        tell(f"{why}: source is {source}")
    if source == "simulate":
        simulate(customers, seed, output, output.with_name("truth.parquet"))
        name = f"simulated bank, {customers:,} customers, seed {seed}"
    elif source == "kaggle":
        from_kaggle(output)
        name = "Santander Product Recommendation (Kaggle)"
    elif source.startswith(("http://", "https://")):
        from_url(source, output)
        name = source.split("?")[0].rsplit("/", 1)[-1]
    else:
        from_path(Path(source), output)
        name = Path(source).name
    write_json(output.with_name("source.json"), {"name": name})
    if source == "simulate":
        tell(f"{rows_of(output):,} rows of 48 columns; the true probabilities of the month after are in truth.parquet")
    else:
        for remark in remarks(output):
            tell(f"warning: {remark}")
    tell(f"{output}: {name}, {output.stat().st_size / 1e6:,.0f} MB")
