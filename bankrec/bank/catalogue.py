"""The catalogue: the products of a bank or of a published set, in the order of their bits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Catalogue:
    """Item ids, names in one language, and groups of the products."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    groups: tuple[str, ...]

    def __len__(self) -> int:
        """Number of products."""
        return len(self.ids)
