"""The default bank in the tests: its description, and words and persons made by hand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bankrec.bank.files import santander
from bankrec.holdings import PRESENT

BANK = santander()
IDS, BIT, N = BANK.ids, BANK.bit, BANK.n
ACTIVE = BANK.state_fields["active"].put(1)[()]  # the flag in a word
RESIDENCES = ("S", "N")


def segment(code: npt.ArrayLike) -> npt.NDArray[np.uint64]:
    """The bits of a segment: 1 TOP, 2 PARTICULARES, 3 UNIVERSITARIO."""
    return BANK.state_fields["segment"].put(code)


def relation(code: npt.ArrayLike) -> npt.NDArray[np.uint64]:
    """The bits of a relation: 1 A, 2 I, 3 P."""
    return BANK.state_fields["relation"].put(code)


def word(*items: str | int, active: bool = False, segment_code: int = 0) -> np.uint64:
    """The word of a customer who is present and holds `items`, ids or bits."""
    held = sum(1 << (BIT[item] if isinstance(item, str) else item) for item in items)
    return np.uint64(held) | PRESENT | (ACTIVE if active else np.uint64(0)) | segment(segment_code)[()]


def person(
    age: npt.ArrayLike, province: npt.ArrayLike = 0, residence: npt.ArrayLike = "S", deceased: npt.ArrayLike = False
) -> npt.NDArray[np.uint16]:
    """What a month states of persons, of arrays that broadcast."""
    fields = BANK.stated_fields
    place = np.select([np.asarray(residence) == known for known in RESIDENCES], [1, 2], 0)
    parts = {"age": age, "province": province, "residence": place, "deceased": deceased}
    stated = np.uint64(0)
    for name, values in parts.items():
        stated = stated | fields[name].put(np.asarray(values).astype(np.int64))
    return np.asarray(stated).astype(BANK.stated_type)
