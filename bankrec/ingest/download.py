"""Getting the raw file from Kaggle, a path or a URL; it is written completely or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import requests

from bankrec.errors import InputError
from bankrec.ingest.fetch import Partial, fetch
from bankrec.ingest.raw_file import csv_header, unpack_csv
from bankrec.santander.columns import RAW
from bankrec.storage.atomic import replacing

COMPETITION, KAGGLE_FILE = "santander-product-recommendation", "train_ver2.csv.zip"
# Known facts of Kaggle's file: the number of rows in public notebooks; 2.135 GiB on disk.
KNOWN_ROWS, KNOWN_BYTES = 13_647_309, 2_292_000_000
RULES = f"https://www.kaggle.com/competitions/{COMPETITION}/rules"
HOW_TO = (
    f"no Kaggle credentials: sign in at https://www.kaggle.com, accept the rules of the competition at {RULES}, make a"
    " token under Settings > API, and either set KAGGLE_USERNAME and KAGGLE_KEY (or KAGGLE_API_TOKEN), or put the"
    " downloaded kaggle.json into ~/.kaggle/; without an account use --source simulate"
)


def has_kaggle_credentials(environment: Mapping[str, str], home: Path) -> bool:
    """Whether Kaggle's own client would find a token: in the environment or in its folder."""
    if environment.get("KAGGLE_API_TOKEN") or (environment.get("KAGGLE_USERNAME") and environment.get("KAGGLE_KEY")):
        return True
    folder = Path(environment.get("KAGGLE_CONFIG_DIR") or home / ".kaggle")
    return any((folder / name).is_file() for name in ("kaggle.json", "access_token", "access_token.txt"))


def from_kaggle(output: Path) -> None:
    """Download and unpack the competition's file with Kaggle's official client."""
    if not has_kaggle_credentials(os.environ, Path.home()):
        raise InputError(HOW_TO)
    with replacing(output) as beside, tempfile.TemporaryDirectory(dir=output.parent, prefix=".kaggle-") as folder:
        try:
            from kaggle.api.kaggle_api_extended import KaggleApi

            client = KaggleApi()
            client.authenticate()
            client.competition_download_file(COMPETITION, KAGGLE_FILE, path=folder, quiet=False)
        except SystemExit as error:  # the client ends the process where no token is valid
            raise InputError(f"Kaggle refused the token that is set. {HOW_TO}") from error
        except Exception as error:
            if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
                raise  # an error of the disk, not of the server
            raise InputError(_refused(error)) from error
        files = [path for path in Path(folder).iterdir() if path.name.startswith("train_ver2") and path.is_file()]
        if not files:
            raise InputError(f"Kaggle did not send {KAGGLE_FILE}; try again later")
        unpack(max(files, key=lambda path: path.stat().st_size), beside)


def _refused(error: Exception) -> str:
    line = " ".join(str(error).split())[:200]
    return (
        f"Kaggle refused: {line}; check that you have accepted the rules at {RULES}, and that the token is still valid"
    )


def from_path(source: Path, output: Path) -> None:
    """Copy or unpack a CSV, plain or in gzip or zip, whatever the ending of its name."""
    if not source.is_file():
        raise InputError(f"{source} is not a file: --source takes kaggle, simulate, a URL, or a file that exists")
    if output.exists() and source.samefile(output):
        raise InputError(f"{source} is the output itself: there is nothing to copy")
    with replacing(output) as beside:
        unpack(source, beside)


def from_url(url: str, output: Path) -> None:
    """Download a .csv, .csv.gz or .zip; an interrupted transfer continues where it stopped."""
    name = hashlib.sha256(url.encode()).hexdigest()[:12]
    part = Partial(output.with_name(f".{name}.part"))
    with replacing(output) as beside:
        fetch(url, part)
        try:
            unpack(part.path, beside, name=url)
        except InputError:
            part.remove()  # complete but not usable: the next call must start again
            raise
    part.remove()


def unpack(source: Path, target: Path, *, name: str = "") -> None:
    """Write the CSV in `source` to `target`: plain, gzip or zip, by its first bytes, as a URL may not end in the type.

    A file of another kind, or a truncated one, is an `InputError` that names it (`name`, or its path).
    """
    name = name or str(source)
    kind = _kind(source)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".unpack-") as folder:
        named = Path(folder) / f"raw{kind}"
        named.symlink_to(source.resolve())
        try:
            unpack_csv(named, target)
            names = csv_header(named)
        except InputError as error:
            raise InputError(str(error).replace(str(named), name)) from error
    if not set(names) & set(RAW):
        raise InputError(f"{name} is not a CSV in the raw format: its first line has none of the 48 columns")


def _kind(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    if start == b"PK\x03\x04":
        return ".zip"
    return ".gz" if start[:2] == b"\x1f\x8b" else ".csv"


def rows_of(path: Path) -> int:
    """Lines of a CSV without its header; a last line need not end in a newline."""
    lines, last = 0, b"\n"
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 22), b""):
            lines, last = lines + block.count(b"\n"), block[-1:]
    return max(lines + (last != b"\n") - 1, 0)


def remarks(path: Path) -> list[str]:
    """Differences between a raw file and the known facts of Kaggle's, a warning each."""
    differences, names, rows = [], csv_header(path), rows_of(path)
    if missing := [name for name in RAW if name not in names]:
        differences.append(f"the header does not have the columns {', '.join(missing)}")
    if more := [name for name in names if name not in RAW]:
        differences.append(f"the header has columns that Kaggle's file does not have: {', '.join(more)}")
    if rows != KNOWN_ROWS:
        differences.append(f"{rows:,} rows, Kaggle's file has {KNOWN_ROWS:,}")
    if not 0.95 < path.stat().st_size / KNOWN_BYTES < 1.05:
        differences.append(f"{path.stat().st_size / 1e9:.2f} GB, Kaggle's file has about {KNOWN_BYTES / 1e9:.2f} GB")
    return differences
