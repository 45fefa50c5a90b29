"""Words: a customer's month in 32 bits.

The low 24 bits are the product flags (`bankrec.bank.products`); above them stands what else moves by
month: 24 present, 25 flags unknown, 26 active, 27-28 relation, 29-30 segment. Bit 31 stays free, so
that a signed integer works where an engine has no unsigned one. A month in which the customer is
absent is the word 0: absent is not the same as present with nothing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bankrec.bank.products import N_PRODUCTS

Items = npt.NDArray[np.int8]

Words = npt.NDArray[np.uint32]

HOLDINGS = np.uint32((1 << N_PRODUCTS) - 1)
PRESENT, UNKNOWN, ACTIVE = (np.uint32(1 << bit) for bit in (24, 25, 26))
RELATION_SHIFT, SEGMENT_SHIFT = 27, 29
RELATIONS = ("N", "A", "I", "P")  # R (a possible customer, 870 of 13.6 million rows) is kept as P
SEGMENTS = ("", "TOP", "PARTICULARES", "UNIVERSITARIO")


def unpack(words: Words) -> npt.NDArray[np.bool_]:
    """Flags of the 24 products: bool [..., 24] from words [...].

    >>> np.flatnonzero(unpack(np.uint32(1 << 2 | 1 << 23) | PRESENT)).tolist()
    [2, 23]
    """
    flags: npt.NDArray[np.bool_] = (words[..., None] >> np.arange(N_PRODUCTS, dtype=np.uint32)) & np.uint32(1) != 0
    return flags


def pack(flags: npt.NDArray[np.bool_]) -> Words:
    """Words [...] of the flags of the 24 products [..., 24]: what `unpack` reads.

    >>> pack(np.arange(24) < 3).item()  # 1 + 2 + 4
    7
    """
    words: Words = (flags.astype(np.uint32) << np.arange(N_PRODUCTS, dtype=np.uint32)).sum(axis=-1, dtype=np.uint32)
    return words


def known(words: Words) -> npt.NDArray[np.bool_]:
    """Where the customer is present and the flags are known: bool, in the shape of `words`.

    >>> known(np.array([0, PRESENT, PRESENT | UNKNOWN], np.uint32)).tolist()
    [False, True, False]
    """
    is_known: npt.NDArray[np.bool_] = (words & (PRESENT | UNKNOWN)) == PRESENT
    return is_known


def acquired(before: Words, after: Words) -> Words:
    """Holdings words of what was added from one month to the next.

    A product is added when it is held after and not before, by a customer present in both months.
    Flags that were missing count as not held, as the competition counted them.

    The first customer adds product 5 and drops product 2, the second was absent in the month before:

    >>> before = np.array([PRESENT | 1 << 2, 0], np.uint32)
    >>> after = np.array([PRESENT | 1 << 5, PRESENT | 1 << 5], np.uint32)
    >>> acquired(before, after).tolist() == [1 << 5, 0]
    True
    """
    both = (before & after & PRESENT) != 0
    return np.where(both, after & ~before & HOLDINGS, np.uint32(0)).astype(np.uint32)


def losses(words: Words, since: int = 1) -> Words:
    """Words of what was lost `since` months before the month after `words` and not held from then on: uint32 [n].

    since = 1: held in the last month but one and not in the last. 0 where the months do not go back so far.

    >>> losses(np.array([[PRESENT | 1 << 2, PRESENT]], np.uint32)).tolist() == [1 << 2]
    True
    """
    if words.shape[1] <= since:
        return np.zeros(len(words), dtype=np.uint32)
    lost = acquired(words[:, -since], words[:, -since - 1])
    held_again = np.bitwise_or.reduce(words[:, -since:], axis=1)
    still: Words = lost & ~held_again
    return still


def segment_codes(words: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
    """Position in `SEGMENTS` of each word: int64, in the shape of `words`.

    >>> [SEGMENTS[code] for code in segment_codes(np.array([PRESENT, PRESENT | 1 << SEGMENT_SHIFT], np.uint32))]
    ['', 'TOP']
    """
    codes: npt.NDArray[np.int64] = ((words >> np.uint32(SEGMENT_SHIFT)) & np.uint32(3)).astype(np.int64)
    return codes
