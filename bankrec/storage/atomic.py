"""Atomic writes: a file or folder appears whole under its name, or not at all."""

from __future__ import annotations

import errno
import glob
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bankrec.errors import InputError


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a path beside `target` to write to; on success it is renamed to `target`.

    On any error what was written is removed and what stood at `target` stays. A process that is killed
    leaves the old or the new one; of a folder the next reader sees it through `settled`. A full disk or a
    folder that can't be written to becomes an `InputError` that names `target`.
    """
    beside = target.with_name(f".{target.name}.writing-{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove(beside)  # of a killed process that had this number: in a container all have the same
        remove_leftovers(target.parent, target.name)
        yield beside
        if beside.is_dir() and settled(target).is_dir():
            _exchange(target, beside)
        else:
            beside.replace(target)
    except OSError as error:
        raise InputError(f"could not write {target}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):  # the folder itself may be what is missing
            remove(beside)


def settled(target: Path) -> Path:
    """`target`, to be read: the old folder is put back if a process was killed while it replaced it.

    A folder can't be renamed onto another one, so for a moment the old one stands aside.
    """
    if not target.exists():
        with suppress(OSError):  # nothing aside, or the writer lives and has just put the new folder there
            _aside(target).rename(target)
    return target


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.replaced")


def _exchange(target: Path, beside: Path) -> None:
    """Put the folder `beside` where the folder `target` is, and the old one where `beside` was.

    What stands aside is always whole, so it may be put back at any time: it is removed under another name.
    """
    aside = _aside(target)
    while beside.exists():
        remove(aside)  # `target` is there, so this is an older one
        target.rename(aside)
        try:
            beside.rename(target)
        except OSError as error:
            settled(target)
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):  # these: a reader has just put the old one back
                raise
    with suppress(FileNotFoundError):  # an empty one that a reader has put back was replaced by the new one
        aside.rename(beside)


def remove(path: Path) -> None:
    """Remove a file, a link or a folder with all that is in it; nothing if it isn't there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def discard(folder: Path) -> None:
    """Remove a folder under a hidden name: a kill leaves it whole, or to `remove_leftovers`."""
    hidden = folder.with_name(f".{folder.name}.writing-{os.getpid()}")
    folder.rename(hidden)
    remove(hidden)


def remove_leftovers(folder: Path, name: str = "") -> None:
    """Remove what killed processes have half-written into `folder`: of the target `name`, or of all."""
    for path in folder.glob(f".{glob.escape(name) if name else '*'}.writing-*"):
        if not _running(path.name.rpartition("-")[2]):
            with suppress(OSError):  # another process does the same
                remove(path)


def _running(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except PermissionError:
        pass  # it runs, as another user
    return True


def write_table(path: Path, tables: Iterable[pa.Table]) -> None:
    """Write tables one after the other into one parquet file, atomically."""
    with replacing(path) as beside:
        file: pq.ParquetWriter | None = None
        for table in tables:
            file = file or pq.ParquetWriter(beside, table.schema, compression="zstd")
            file.write_table(table)
        if file is not None:
            file.close()


def write_text(path: Path, text: str) -> None:
    """Write text atomically."""
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")


def write_json(path: Path, content: Any) -> None:
    """Write JSON atomically."""
    with replacing(path) as beside:
        beside.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=str), encoding="utf-8")
