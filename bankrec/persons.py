"""Persons: what a month's snapshot states of the person, in 16 bits.

Rules and groups ask for it as of a month: bits 0-6 the age in years, 7-13 the code of the province, 14-15 the
residence or that the customer is dead. It stands beside the word of the month (`bankrec.holdings`), which knows
whether the customer has a row at all: without one all bits are 0.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bankrec.bank.categories import UNKNOWN

Persons = npt.NDArray[np.uint16]
Ints = npt.NDArray[np.int64]

ADULT = 18  # years
PROVINCE_SHIFT, RESIDENCE_SHIFT = 7, 14
RESIDENCES = ("S", "N", UNKNOWN)  # in the bank's country, abroad; any other value is not known
DECEASED = len(RESIDENCES)  # stands in the place of a residence
_SEVEN_BITS = np.uint16(127)


def age(persons: Persons) -> Ints:
    """Age in years, int64 in the shape of `persons`."""
    return (persons & _SEVEN_BITS).astype(np.int64)


def province(persons: Persons) -> Ints:
    """Code of the province, 0 where the bank knows none: int64 in the shape of `persons`."""
    return (persons >> np.uint16(PROVINCE_SHIFT) & _SEVEN_BITS).astype(np.int64)


def residence(persons: Persons) -> npt.NDArray[np.str_]:
    """One of `RESIDENCES`, that of the deceased being unknown: str in the shape of `persons`."""
    texts: npt.NDArray[np.str_] = np.array((*RESIDENCES, UNKNOWN))[persons >> np.uint16(RESIDENCE_SHIFT)]
    return texts


def deceased(persons: Persons) -> npt.NDArray[np.bool_]:
    """Who is stated to have died: bool in the shape of `persons`."""
    died: npt.NDArray[np.bool_] = persons >> np.uint16(RESIDENCE_SHIFT) == DECEASED
    return died


def pack(
    age: npt.ArrayLike, province: npt.ArrayLike = 0, residence: npt.ArrayLike = "S", deceased: npt.ArrayLike = False
) -> Persons:
    """What the functions above read, of arrays that broadcast: uint16."""
    place = np.select([np.asarray(residence) == known for known in RESIDENCES[:2]], [0, 1], 2)
    place = np.where(deceased, DECEASED, place)
    packed = np.asarray(age) + (np.asarray(province) << PROVINCE_SHIFT) + (place << RESIDENCE_SHIFT)
    persons: Persons = packed.astype(np.uint16)
    return persons
