"""Bit fields: the bits of a 64-bit word that hold a code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class BitField:
    """`size` codes from 0, in `bits` bits from bit `shift` on."""

    shift: int
    size: int

    @property
    def bits(self) -> int:
        """Number of bits of the field."""
        return (self.size - 1).bit_length()

    def of(self, words: Words) -> npt.NDArray[np.int64]:
        """The code in each word: int64 in the shape of `words`.

        >>> BitField(shift=3, size=4).of(np.array([0b01_000, 0b11_111], np.uint64)).tolist()
        [1, 3]
        """
        return ((words >> np.uint64(self.shift)) & np.uint64((1 << self.bits) - 1)).astype(np.int64)

    def put(self, codes: npt.ArrayLike) -> Words:
        """Words with the codes in this field and nothing else."""
        return np.asarray(codes).astype(np.uint64) << np.uint64(self.shift)


def placed(sizes: Mapping[str, int], first: int) -> dict[str, BitField]:
    """Fields one after the other from bit `first` on, in the order of `sizes`.

    >>> placed({"segment": 4, "active": 2}, first=24)
    {'segment': BitField(shift=24, size=4), 'active': BitField(shift=26, size=2)}
    """
    fields, shift = {}, first
    for name, size in sizes.items():
        fields[name] = BitField(shift, size)
        shift += fields[name].bits
    return fields
