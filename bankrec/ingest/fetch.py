"""Fetching a URL to a file: streamed, with progress, continuing an interrupted transfer.

The bytes received so far stay in `.<name>.part` beside the target, with the server's tag of the file, so
that a later call can continue. If the file has changed or the server sends no parts, it starts again from 0.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import requests
from tqdm import tqdm

from bankrec.errors import InputError
from bankrec.storage.atomic import write_json

TRIES, CHUNK, TIMEOUT = 5, 1 << 20, 30  # attempts without a new byte; bytes; seconds without an answer


@dataclass(frozen=True)
class Partial:
    """A partial download: the bytes in `path`, and their URL and tag in a file beside it."""

    path: Path

    @property
    def _note(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")

    def size(self) -> int:
        """Number of bytes received."""
        return self.path.stat().st_size if self.path.exists() else 0

    def tag(self, url: str) -> str:
        """The server's tag of the file the bytes belong to; empty where the download can't be continued."""
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return ""
        return str(note.get("tag", "")) if note.get("url") == url else ""

    def note(self, url: str, tag: str) -> None:
        """Store the URL and the tag of the bytes."""
        write_json(self._note, {"url": url, "tag": tag})

    def remove(self) -> None:
        """Remove the bytes and their tag."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)


def fetch(url: str, part: Partial) -> None:
    """Download all of `url` to `part.path`.

    An `InputError` gives the server's answer, or says that there was none; the bytes received stay for the
    next call. An answer of 4xx is final, 5xx and broken connections are tried again.
    """
    left, error = TRIES, "the connection closed early"
    while left:
        before = part.size()
        try:
            if _try(url, part):
                return
        except requests.RequestException as broken:
            error = " ".join(str(broken).split())[:200]
        left = TRIES if part.size() > before else left - 1
    raise InputError(f"{url} could not be downloaded, {TRIES} attempts gave no more bytes: {error}; try again later")


def _try(url: str, part: Partial) -> bool:
    """One request: whether the file is complete after it."""
    have, tag = part.size(), part.tag(url)
    headers = {"Accept-Encoding": "identity"}
    if have and tag:
        headers |= {"Range": f"bytes={have}-", "If-Range": tag}
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        if answer.status_code == 416:  # more bytes here than in the file: it has changed
            part.remove()
            return False
        if 400 <= answer.status_code < 500:
            raise InputError(f"{url} answered {answer.status_code} {answer.reason}: check the address")
        answer.raise_for_status()
        start, total = _place(answer)
        if start not in (0, have):
            part.remove()
            return False
        # A weak tag does not guarantee the same bytes, so a transfer can't be continued by it.
        tag = answer.headers.get("ETag", "")
        part.note(url, answer.headers.get("Last-Modified", "") if tag.startswith("W/") or not tag else tag)
        _copy(answer, part.path, start, total)
    # A connection that closes early ends a stream of known length silently.
    return total is None or part.size() == total


def _place(answer: requests.Response) -> tuple[int, int | None]:
    """Position of the first byte of an answer, and the size of the whole file if it is stated."""
    if answer.status_code == 206:
        match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range", "").strip())
        if match is None:
            return -1, None
        return int(match[1]), None if match[2] == "*" else int(match[2])
    length = answer.headers.get("Content-Length", "")
    return 0, int(length) if length.isdigit() else None


def _copy(answer: requests.Response, path: Path, start: int, total: int | None) -> None:
    bar = tqdm(total=total, initial=start, unit="B", unit_scale=True, desc="download")
    with path.open("ab" if start else "wb") as file, bar:
        for chunk in answer.iter_content(CHUNK):
            file.write(chunk)
            bar.update(len(chunk))
