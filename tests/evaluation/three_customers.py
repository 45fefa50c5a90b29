"""Lists of three customers: two products each, and none for one who holds everything."""

import numpy as np
import numpy.typing as npt


def word(*bits: int) -> int:
    return sum(1 << bit for bit in bits)


def padded(*rows: list[int]) -> npt.NDArray[np.int8]:
    return np.array([row + [-1] * (24 - len(row)) for row in rows], np.int8)


ITEMS = padded([2, 3], [3, 4], [])
SCORES = np.zeros((3, 24), np.float32)
SCORES[0, :2], SCORES[1, :2] = [0.5, 0.25], [0.75, 0.5]
ADDED = np.array([word(3), 0, 0], np.uint64)
HELD = np.array([word(4), word(2), word(*range(24))], np.uint64)
