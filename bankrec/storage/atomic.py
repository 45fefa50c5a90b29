"""Atomic writes: a file or folder appears complete under its name, or not at all."""

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

    On any error the new files are removed and the old `target` stays. After a kill, `target` is the old or the new
    one; readers of a folder must call `settled` first. A full disk or a folder that can't be written to
    becomes an `InputError` that names `target`.
    """
    beside = target.with_name(f".{target.name}.writing-{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove(beside)  # left by a killed process with the same id: in a container all have the same
        remove_leftovers(target.parent, target.name)
        yield beside
        if beside.is_dir() and settled(target).is_dir():
            _exchange(target, beside)
        else:
            beside.replace(target)
    except OSError as error:
        raise InputError(f"could not write {target}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):  # the parent folder itself may be missing
            remove(beside)


def settled(target: Path) -> Path:
    """`target`, ready to be read: if a process was killed while replacing a folder, the old one is restored.

    A folder can't be renamed onto another one, so for a moment the old one has another name.
    """
    if not target.exists():
        with suppress(OSError):  # no old folder, or a running writer has just put the new one there
            _aside(target).rename(target)
    return target


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.replaced")


def _exchange(target: Path, beside: Path) -> None:
    """Swap the folders `beside` and `target`.

    The folder set aside is always complete, as a reader may restore it at any time; it is removed under another name.
    """
    aside = _aside(target)
    while beside.exists():
        remove(aside)  # `target` exists, so this is an older one
        target.rename(aside)
        try:
            beside.rename(target)
        except OSError as error:
            settled(target)
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):  # a reader has just restored the old one
                raise
    with suppress(FileNotFoundError):  # a reader had restored an empty folder, which the new one replaced
        aside.rename(beside)


def remove(path: Path) -> None:
    """Remove a file, a link or a folder with all that is in it; nothing if it isn't there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def discard(folder: Path) -> None:
    """Rename a folder to a hidden name, then remove it: after a kill it is whole or left to `remove_leftovers`."""
    hidden = folder.with_name(f".{folder.name}.writing-{os.getpid()}")
    folder.rename(hidden)
    remove(hidden)


def remove_leftovers(folder: Path, name: str = "") -> None:
    """Remove incomplete writes of killed processes in `folder`: of the target `name`, or of all targets."""
    for path in folder.glob(f".{glob.escape(name) if name else '*'}.writing-*"):
        if not _running(path.name.rpartition("-")[2]):
            with suppress(OSError):  # another process removes it too
                remove(path)


def _running(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except PermissionError:
        pass  # it runs under another user
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
    write_text(path, json.dumps(content, ensure_ascii=False, indent=1, default=str))
