"""Customers who asked for no offers: the suppression list, and lists without them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Set
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


def without(ranked: Ranked, suppressed: Set[int]) -> Ranked:
    """The same lists, empty and marked `suppressed` for customers on the suppression list."""
    rows = _listed(ranked.user_id, suppressed)
    items, scores = ranked.items.copy(), ranked.scores.copy()
    removed = ranked.removed | {NAME: int((items[rows] >= 0).sum())}
    items[rows], scores[rows] = -1, 0.0
    status = np.where(rows, NAME, ranked.status)
    return replace(ranked, items=items, scores=scores, status=status, removed=removed)


def as_rules(suppressed: Set[int]) -> tuple[Rule, ...]:
    """The list as a rule that bars everything, so that its cost is reported where the acquisitions are known."""

    def barred(batch: History, _: object) -> Barred:
        return np.repeat(_listed(batch.user_id, suppressed)[:, None], batch.bank.n, axis=1)

    return (Rule(NAME, REASON, barred),) if suppressed else ()


def _listed(user_id: npt.NDArray[np.int64], suppressed: Set[int]) -> npt.NDArray[np.bool_]:
    return locate(ids_of(suppressed), user_id)[1]


def ids_of(suppressed: Set[int]) -> npt.NDArray[np.int64]:
    """The ids of a suppression list, sorted, without repeats: int64.

    >>> ids_of({9, 5}).tolist()
    [5, 9]
    """
    return suppressed.ids if isinstance(suppressed, SuppressionList) else SuppressionList(suppressed).ids


class SuppressionList(Set[int]):
    """The ids of customers who asked for no offers: a set over `ids`, a sorted array int64 without repeats.

    Ten million ids are 80 MB, and a look-up in them takes microseconds.

    >>> asked = SuppressionList([9, 5, 9])
    >>> len(asked), 9 in asked, 7 in asked, list(asked)
    (2, True, False, [5, 9])
    """

    def __init__(self, ids: Iterable[int] = ()) -> None:
        ordered = np.sort(ids if isinstance(ids, np.ndarray) else np.fromiter(ids, np.int64))
        self.ids: npt.NDArray[np.int64] = ordered[np.diff(ordered, prepend=-1) > 0]

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[int]:
        return iter(self.ids.tolist())

    def __contains__(self, user_id: object) -> bool:
        return isinstance(user_id, int) and bool(_listed(np.array([user_id], np.int64), self)[0])


_NO_ID = re.compile(rb"^(?![ \t\r]*[0-9]{0,16}[ \t\r]*$)", re.MULTILINE)  # a line that is no id, nor blank


def read_suppressed(path: Path | None) -> SuppressionList:
    """Customer ids of a suppression list, one a line; blank lines are allowed. An `InputError` names the line."""
    if path is None:
        return SuppressionList()
    try:
        content = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise InputError(f"{path} can't be read: {in_one_line(error)}") from error
    if bad := _NO_ID.search(content):
        raise _no_id(path, content, bad.start())
    if not content.strip():
        return SuppressionList()
    ids = np.fromstring(content, np.int64, sep=" ")  # numbers separated by any white space
    if (too_large := ids > LARGEST_CUSTOMER).any():
        raise _no_id(path, content, content.index(str(ids[too_large][0]).encode()))
    return SuppressionList(ids)


def _no_id(path: Path, content: bytes, start: int) -> InputError:
    number, text = content.count(b"\n", 0, start) + 1, content[start : start + 200].partition(b"\n")[0]
    shown = in_one_line(repr(text.decode("utf-8", "replace").strip()), 60)
    remedy = f"write one number of 0 to {LARGEST_CUSTOMER} a line and nothing else, saved as plain text in UTF-8"
    return InputError(f"{path}, line {number}: {shown} is not a customer id; {remedy}")
