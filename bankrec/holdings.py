"""Words: a customer's month in 64 bits.

The low bits are the flags of the bank's products, in the order of its description; above them stand its states
(`Bank.state_fields`); bit 61 is set if the flags are unknown, bit 62 if the customer is present. Bit 63 stays free,
so that a signed integer works where an engine has no unsigned one. A month in which the customer is absent is the
word 0: absent is not the same as present with nothing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Items = npt.NDArray[np.int8]

Words = npt.NDArray[np.uint64]

UNKNOWN, PRESENT = (np.uint64(1 << bit) for bit in (61, 62))


def all_held(products: int) -> np.uint64:
    """The word of a customer who holds all of `products` products.

    >>> int(all_held(3))  # 1 + 2 + 4
    7
    """
    return np.uint64((1 << products) - 1)


def unpack(words: Words, products: int) -> npt.NDArray[np.bool_]:
    """Flags of the products: bool [..., products] from words [...].

    >>> np.flatnonzero(unpack(np.uint64(1 << 2 | 1 << 23) | PRESENT, 24)).tolist()
    [2, 23]
    """
    low_first = np.ascontiguousarray(words, dtype="<u8")[..., None].view(np.uint8)
    flags: npt.NDArray[np.bool_] = np.unpackbits(low_first, axis=-1, count=products, bitorder="little").view(np.bool_)
    return flags.reshape(*np.shape(words), products)


def pack(flags: npt.NDArray[np.bool_]) -> Words:
    """Words [...] of the flags of products [..., products]: what `unpack` reads.

    >>> pack(np.arange(24) < 3).item()  # 1 + 2 + 4
    7
    """
    low_first = np.zeros((*flags.shape[:-1], 8), dtype=np.uint8)
    packed = np.packbits(flags, axis=-1, bitorder="little")
    low_first[..., : packed.shape[-1]] = packed
    return low_first.view("<u8").astype(np.uint64)[..., 0]


def known(words: Words) -> npt.NDArray[np.bool_]:
    """Where the customer is present and the flags are known: bool, in the shape of `words`.

    >>> known(np.array([0, PRESENT, PRESENT | UNKNOWN], np.uint64)).tolist()
    [False, True, False]
    """
    is_known: npt.NDArray[np.bool_] = (words & (PRESENT | UNKNOWN)) == PRESENT
    return is_known


def acquired(before: Words, after: Words, products: int) -> Words:
    """Words of the products that were added from one month to the next.

    A product is added when it is held after and not before, by a customer present in both months.
    Flags that were missing count as not held, as the competition counted them.

    The first customer adds product 5 and drops product 2, the second was absent in the month before:

    >>> before = np.array([PRESENT | np.uint64(1 << 2), 0], np.uint64)
    >>> after = np.array([PRESENT | np.uint64(1 << 5), PRESENT | np.uint64(1 << 5)], np.uint64)
    >>> acquired(before, after, 24).tolist() == [1 << 5, 0]
    True
    """
    both = (before & after & PRESENT) != 0
    return np.where(both, after & ~before & all_held(products), np.uint64(0))


def losses(words: Words, products: int, since: int = 1) -> Words:
    """Words of what was lost `since` months before the month after `words` and not held from then on: uint64 [n].

    since = 1: held in the last month but one and not in the last. 0 where the months do not go back so far.

    >>> losses(np.array([[PRESENT | np.uint64(1 << 2), PRESENT]], np.uint64), 24).tolist() == [1 << 2]
    True
    """
    if words.shape[1] <= since:
        return np.zeros(len(words), dtype=np.uint64)
    lost = acquired(words[:, -since], words[:, -since - 1], products)
    held_again = np.bitwise_or.reduce(words[:, -since:], axis=1)
    still: Words = lost & ~held_again
    return still
