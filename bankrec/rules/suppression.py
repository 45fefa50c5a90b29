"""Customers who asked for no offers: the suppression list, and lists without them."""

from __future__ import annotations

import codecs
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bankrec.bank.spellings import LARGEST_CUSTOMER
from bankrec.errors import InputError, in_one_line
from bankrec.history import History
from bankrec.lookup import locate
from bankrec.ranked import Ranked
from bankrec.rules.builtin import Barred, Rule

NAME, REASON = "suppressed", "a customer who asked for no offers gets none"
Ids = npt.NDArray[np.int64]  # of customers: sorted, without repeats


def without(ranked: Ranked, suppressed: Ids) -> Ranked:
    """The same lists, empty and marked `suppressed` for customers on the suppression list."""
    _, rows = locate(suppressed, ranked.user_id)
    items, scores = ranked.items.copy(), ranked.scores.copy()
    removed = ranked.removed | {NAME: int((items[rows] >= 0).sum())}
    items[rows], scores[rows] = -1, 0.0
    status = np.where(rows, NAME, ranked.status)
    return replace(ranked, items=items, scores=scores, status=status, removed=removed)


def as_rules(suppressed: Ids) -> tuple[Rule, ...]:
    """The list as a rule that bars everything, so that its cost is reported where the acquisitions are known."""

    def barred(batch: History, _: object) -> Barred:
        return np.repeat(locate(suppressed, batch.user_id)[1][:, None], batch.bank.n, axis=1)

    return (Rule(NAME, REASON, barred),) if len(suppressed) else ()


_NO_ID = re.compile(rb"^(?![ \t\r]*[0-9]{0,16}[ \t\r]*$)", re.MULTILINE)  # a line that is no id, nor blank


def read_suppressed(path: Path | None) -> Ids:
    """Customer ids of a suppression list, one a line; blank lines are allowed. An `InputError` names the line.

    int64, sorted, without repeats: ten million ids are 80 MB. None without a file.
    """
    if path is None:
        return np.zeros(0, np.int64)
    try:
        content = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise InputError(f"{path} can't be read: {in_one_line(error)}") from error
    if bad := _NO_ID.search(content):
        raise _no_id(path, content, bad.start())
    if not content.strip():
        return np.zeros(0, np.int64)
    ids = np.fromstring(content, np.int64, sep=" ")  # numbers separated by any white space
    if (too_large := ids > LARGEST_CUSTOMER).any():
        raise _no_id(path, content, content.index(str(ids[too_large][0]).encode()))
    return np.unique(ids)


def _no_id(path: Path, content: bytes, start: int) -> InputError:
    number, text = content.count(b"\n", 0, start) + 1, content[start : start + 200].partition(b"\n")[0]
    shown = in_one_line(repr(text.decode("utf-8", "replace").strip()), 60)
    remedy = f"write one number of 0 to {LARGEST_CUSTOMER} a line and nothing else, saved as plain text in UTF-8"
    return InputError(f"{path}, line {number}: {shown} is not a customer id; {remedy}")
