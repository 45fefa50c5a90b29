"""A set of recommendations in memory: loaded once, looked up by customer."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson

from serving.sets import files
from serving.sets.bank import read_bank, read_catalogue
from serving.sets.files import MOST_PRODUCTS, SetError
from serving.sets.lists import read_lists
from serving.sets.popular_by_age import at_age, read_by_age
from serving.sets.reason_texts import ReasonTexts
from serving.sets.removed import read_removed, read_rules
from serving.sets.summary import read_summary


class RankedList(NamedTuple):
    """Ranked products for one customer: their source, product bits best first, scores, reasons of the first places."""

    source: str  # personal, popular, none
    bits: bytes  # a byte each
    scores: npt.NDArray[np.float32]
    reasons: list[int] | None = None  # for `reason_fields`


EMPTY_LIST = RankedList("none", b"", np.zeros(0, np.float32))


class RecommendationSet:
    """One published set, complete and checked. Look-ups take a few microseconds and change nothing.

    Memory: 25 bytes per customer (id 8, held 8, status 1, offset of the list 8), 5 per recommendation, and 14 per
    customer if the set has reasons.
    """

    def __init__(self, folder: Path) -> None:
        """Load and verify the set in `folder`; raises `SetError` with the broken guarantee."""
        self.manifest = files.read_manifest(folder)
        files.check_files(folder, self.manifest)
        self.bank = read_bank(self.manifest)
        self.products = read_catalogue(folder, self.manifest, self.bank)
        self.ids = [product.id for product in self.products]
        self.bit_of = {item: bit for bit, item in enumerate(self.ids)}
        self.names = {code: [product.names[code] for product in self.products] for code in self.bank.languages}
        self.language = next(iter(self.names))  # if a request names none
        names = {language: dict(zip(self.ids, names, strict=True)) for language, names in self.names.items()}
        self.reason_texts = ReasonTexts(files.read_reasons(folder), names, self.bank.languages)
        counts = self.manifest["counts"]
        try:
            customers, lists = int(counts["customers"]), int(counts["recommendations"])
        except (KeyError, TypeError, ValueError) as error:
            raise SetError("manifest", f"manifest.json has no valid counts: {error}") from error
        self.user_id, self.held, self.status = files.read_customers(
            folder / "customers.parquet", customers, self.manifest["format_version"]
        )
        self.offsets, self.items, self.scores, self.reasons = read_lists(
            folder / "recommendations.parquet", lists, self.user_id, self.held, self.bit_of
        )
        self.removed = read_removed(folder, self.manifest, self.user_id)
        self.rules = read_rules(self.manifest)
        self.reason_fields = {language: self._reason_fields(language) for language in self.names}
        self.summary = read_summary(folder, self.manifest, self.ids)
        self.folder = folder
        self.popular = self._read_popular(folder / "top_popular.parquet")
        self._by_age = read_by_age(folder, self.manifest, self.bit_of)
        self.set_id, self.as_of = str(self.manifest["set_id"]), str(self.manifest["as_of"])
        # Reading one element as a Python integer is several times faster from a memoryview than from a numpy array.
        self._ids = _integers(self.user_id)
        self._status = _integers(self.status)
        self._offsets = _integers(self.offsets)
        self.entry_starts = {code: _entry_starts(self.ids, names) for code, names in self.names.items()}
        as_of, set_id = orjson.dumps(self.as_of), orjson.dumps(self.set_id)
        self.answer_end = b',"as_of":%b,"set_id":%b' % (as_of, set_id)

    def _read_popular(self, path: Path) -> dict[str | None, RankedList]:
        table = files.read_table(path, files.POPULAR_TYPES)
        bits = files.item_bits(table["item_id"].combine_chunks(), self.bit_of, path.name)
        rows: dict[str | None, list[tuple[int, int, float]]] = {}
        columns = (
            table["segment"].to_pylist(),
            table["rank"].to_pylist(),
            bits.tolist(),
            table["score"].to_pylist(),
        )
        for segment, rank, bit, score in zip(*columns, strict=True):
            rows.setdefault(segment, []).append((rank, bit, score))
        lists = {segment: sorted(places) for segment, places in rows.items()}
        for segment, places in lists.items():
            if [rank for rank, _, _ in places] != list(range(1, len(places) + 1)):
                raise SetError("ranks", f"{path.name} has ranks with gaps for segment {segment}")
            if len({bit for _, bit, _ in places}) < len(places):
                raise SetError("ranks", f"{path.name} has a product twice for segment {segment}")
        return {
            segment: RankedList(
                "popular",
                bytes(bit for _, bit, _ in places),
                np.array([score for _, _, score in places], np.float32),
            )
            for segment, places in lists.items()
        }

    def __len__(self) -> int:
        """Number of customers."""
        return len(self.user_id)

    def row(self, user_id: int) -> int:
        """Row of a customer, or -1 for a customer who is not in the set."""
        at = bisect_left(self._ids, user_id)
        return at if at < len(self._ids) and self._ids[at] == user_id else -1

    def find(self, user_id: int, segment: str | None = None, age: int | None = None) -> RankedList:
        """The whole ranked list of a customer; for one not in the set, the popular products (in `segment`), if any."""
        return self.find_at(self.row(user_id), segment, age)

    def find_at(self, row: int, segment: str | None = None, age: int | None = None) -> RankedList:
        """`find` for a customer whose row is known; -1: not in the set."""
        if row < 0:
            return self._of_unknown(segment, age)
        if self._status[row]:
            return EMPTY_LIST
        low, high = self._offsets[row], self._offsets[row + 1]
        if low == high:
            return EMPTY_LIST
        reasons = self.reasons.of(row) if self.reasons is not None else None
        return RankedList("personal", self.items[low:high].tobytes(), self.scores[low:high], reasons)

    def _of_unknown(self, segment: str | None, age: int | None) -> RankedList:
        """Popular products that are allowed for any customer, or for the segment and age stated."""
        if age is None or not self._by_age:
            return self.popular.get(segment) or self.popular.get(None, EMPTY_LIST)
        popular = at_age(self._by_age.get(segment) or self._by_age.get(None, []), age)
        return EMPTY_LIST if popular is None else RankedList("popular", *popular)

    def _reason_fields(self, language: str) -> _Fields:
        """For each position of a list of reasons, its JSON field after a comma; empty if there are no reasons."""

        def make(position: int) -> bytes:
            codes = self.reasons.lists[position] if self.reasons is not None else []
            texts = [{"code": code, "text": self.reason_texts.text(code, language)} for code in codes]
            return b',"reasons":' + orjson.dumps(texts)

        return _Fields(make, {0: b""})

    def held_products(self, row: int) -> list[str]:
        """Item ids of the products that the customer in `row` holds in the as-of month of the set."""
        word = int(self.held[row])
        return [item for bit, item in enumerate(self.ids) if word >> bit & 1]

    @cached_property
    def shares_by_place(self) -> npt.NDArray[np.float64] | None:
        """Share of each product at each place of the set's own lists: the stability index compares answers with it.

        float64 [places, products]; None if the set does not state it, as sets of earlier versions.
        """
        try:
            by_rank = self.manifest["distributions"]["product_by_rank"]
            shares = np.array([by_rank[item] for item in self.ids], np.float64).T
        except (KeyError, TypeError, ValueError):
            return None
        return shares if shares.ndim == 2 and shares.shape[0] <= MOST_PRODUCTS else None


class _Fields(dict[int, bytes]):
    """Pieces of JSON, each made at its first use."""

    def __init__(self, make: Callable[[int], bytes], there: dict[int, bytes]) -> None:
        super().__init__(there)
        self._make = make

    def __missing__(self, position: int) -> bytes:
        made = self[position] = self._make(position)
        return made


def _entry_starts(ids: list[str], names: list[str]) -> list[list[bytes]]:
    """JSON of a recommendation up to its score, by product bit and place in the list."""
    starts = []
    for item, name in zip(ids, names, strict=True):
        start = b'{"item_id":%b,"name":%b,"rank":' % (orjson.dumps(item), orjson.dumps(name))
        starts.append([start + b'%d,"score":' % (place + 1) for place in range(len(ids))])
    return starts


def _integers(array: npt.NDArray[Any]) -> Sequence[int]:
    view: Any = memoryview(array)  # type: ignore[arg-type]
    return view  # type: ignore[no-any-return]
