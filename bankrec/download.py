"""Getting the raw file: from Kaggle, a path, a URL, or the simulator; always whole, or not at all."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import requests
from tqdm import tqdm

from bankrec.atomic import replacing
from bankrec.errors import InputError
from bankrec.raw import check_header, opened

COMPETITION, KAGGLE_FILE = "santander-product-recommendation", "train_ver2.csv.zip"
# What Kaggle's file is known to have (the competition's data page; counted in public notebooks).
KNOWN_ROWS, KNOWN_BYTES = 13_647_309, 2_290_000_000
HOW_TO = (
    "no Kaggle credentials: sign in at kaggle.com, accept the rules of the competition"
    f" {COMPETITION}, make a token under Settings > API, and either set KAGGLE_USERNAME and KAGGLE_KEY"
    " (or KAGGLE_API_TOKEN), or put the downloaded kaggle.json into ~/.kaggle/"
)
TRIES, CHUNK, TIMEOUT = 5, 1 << 20, 30


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
    with replacing(output) as beside:
        folder = beside.with_name(beside.name + ".download")
        try:
            from kaggle.api.kaggle_api_extended import KaggleApi

            client = KaggleApi()
            client.authenticate()
            client.competition_download_file(COMPETITION, KAGGLE_FILE, path=str(folder), quiet=False)
            unpack(folder / KAGGLE_FILE, beside)
        except SystemExit as error:  # the client leaves the process where it finds no token
            raise InputError(HOW_TO) from error
        except InputError:
            raise
        except Exception as error:
            raise InputError(f"Kaggle refused: {error}; have you accepted the rules of {COMPETITION}?") from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def from_path(source: Path, output: Path) -> None:
    """Copy or unpack a .csv, .csv.gz or .zip."""
    check_header(source)
    with replacing(output) as beside:
        unpack(source, beside)


def from_url(url: str, output: Path, *, progress: bool = True) -> None:
    """Download a .csv, .csv.gz or .zip; a transfer that breaks off goes on where it stopped."""
    name = url.split("?")[0].rsplit("/", 1)[-1]
    with replacing(output) as beside:
        part = beside.with_name(f"{beside.name}.{name}")
        try:
            fetch(url, part, progress=progress)
            check_header(part)
            unpack(part, beside)
        finally:
            part.unlink(missing_ok=True)


def fetch(url: str, target: Path, *, progress: bool = True) -> None:
    """Stream `url` to `target`; after a break the rest is asked for, if it is still the same file."""
    tag, total, error = "", None, "it broke off"
    for _ in range(TRIES):
        have = target.stat().st_size if target.exists() else 0
        headers = {"Range": f"bytes={have}-", **({"If-Range": tag} if tag else {})} if have else {}
        try:
            with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
                if answer.status_code >= 400:
                    raise InputError(f"{url} answered {answer.status_code} {answer.reason}")
                resumed = answer.status_code == 206
                tag = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
                length = answer.headers.get("Content-Length")
                total = int(length) + (have if resumed else 0) if length else None
                with target.open("ab" if resumed else "wb") as file:
                    _copy(answer, file, total, have if resumed else 0, progress=progress)
            if total is None or target.stat().st_size == total:
                return
        except requests.RequestException as broken:
            error = str(broken)
    raise InputError(f"{url} could not be fetched in {TRIES} tries: {error}")


def _copy(answer: requests.Response, file: IO[bytes], total: int | None, have: int, *, progress: bool) -> None:
    options: dict[str, Any] = {"unit": "B", "unit_scale": True, "desc": "download", "disable": not progress}
    with tqdm(total=total, initial=have, **options) as bar:
        for chunk in answer.iter_content(CHUNK):
            file.write(chunk)
            bar.update(len(chunk))


def unpack(source: Path, target: Path) -> None:
    """Write the CSV in `source` (.csv, .csv.gz or .zip) to `target`."""
    try:
        with opened(source) as file, target.open("wb") as written:
            shutil.copyfileobj(file, written, CHUNK)
    except (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile) as error:
        raise InputError(f"{source.name} is damaged or cut off: {error}; fetch it again") from error


def remarks(path: Path) -> list[str]:
    """What of a raw file differs from what Kaggle's is known to have: a warning each."""
    with path.open("rb") as file:
        blocks = iter(lambda: file.read(1 << 22), b"")
        rows = sum(block.count(b"\n") for block in blocks) - 1
    found = []
    if rows != KNOWN_ROWS:
        found.append(f"{rows:,} rows, Kaggle's file has {KNOWN_ROWS:,}")
    if not 0.9 < path.stat().st_size / KNOWN_BYTES < 1.1:
        found.append(f"{path.stat().st_size / 1e9:.2f} GB, Kaggle's file has about {KNOWN_BYTES / 1e9:.2f}")
    return found


def download(
    source: str | None,
    output: Path,
    *,
    customers: int = 20_000,
    seed: int = 1,
    tell: Callable[[str], None],
    progress: bool = True,
) -> None:
    """Bring the raw file to `output` from `source`, and name it in `source.json` beside it.

    `source` is `kaggle`, `simulate`, a path or a URL; None takes Kaggle if there are credentials, else
    simulates, and `tell`s which.
    """
    if source is None:
        credentials = has_kaggle_credentials(os.environ, Path.home())
        source = "kaggle" if credentials else "simulate"
        why = "Kaggle credentials found" if credentials else "no Kaggle credentials"
        tell(f"{why}: source is {source}")
    if source == "simulate":
        from bankrec.simulator import simulate

        simulate(customers, seed, output, output.with_name("truth.parquet"), progress=progress)
        name = f"simulated bank, {customers:,} customers, seed {seed}"
    elif source == "kaggle":
        from_kaggle(output)
        name = "Santander Product Recommendation (Kaggle)"
    elif source.startswith(("http://", "https://")):
        from_url(source, output, progress=progress)
        name = source.split("?")[0].rsplit("/", 1)[-1]
    else:
        from_path(Path(source), output)
        name = Path(source).name
    check_header(output)
    with replacing(output.with_name("source.json")) as beside:
        beside.write_text(json.dumps({"name": name}, ensure_ascii=False), encoding="utf-8")
    if source != "simulate":
        for remark in remarks(output):
            tell(f"warning: {remark}")
    tell(f"{output}: {name}, {output.stat().st_size / 1e6:,.0f} MB")
