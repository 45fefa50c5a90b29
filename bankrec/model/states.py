"""States: a customer's past as a row of categories, one-hot columns for the additive model.

Each field is a category with a fixed number of values: the state of each product (held for
long, new, lost last month, ...), then bands of the profile. The meaning of a value is the same at every t.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from bankrec.bank.description import Bank, ProfileColumn
from bankrec.config import Config, FeatureConfig
from bankrec.history import History, segment_codes
from bankrec.holdings import Words, known, unpack
from bankrec.model.vocabulary import Vocabulary, category_codes, own_codes, says_yes
from bankrec.tenure import tenure

Codes = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]

NEVER, HELD, NEW, RECENT, LOST_1, LOST_2, LOST_3, LOST_LONG = range(8)
PRODUCT_STATES = 8
MOST_JOINT = 64  # most codes of the relation to the bank as one field; with more, each state is its own field


@dataclass(frozen=True)
class States:
    """`codes` int16 [n, fields], each below its entry in `sizes`; `names` of the fields."""

    codes: Codes
    names: tuple[str, ...]
    sizes: tuple[int, ...]

    def take(self, rows: npt.NDArray[np.bool_]) -> States:
        """The customers where `rows` bool [n]."""
        return States(self.codes[rows], self.names, self.sizes)

    def one_hot(self) -> sp.csr_matrix:
        """Sparse float64 [n, sum of sizes], with a 1 for each field in every row."""
        n, fields = self.codes.shape
        columns = self.codes.astype(np.int64) + self.offsets()
        rows = np.arange(0, n * fields + 1, fields)
        return sp.csr_matrix((np.ones(n * fields), columns.ravel(), rows), shape=(n, sum(self.sizes)))

    def sums(self, weights: Floats, intercept: Floats) -> Floats:
        """`intercept` [products] and the `weights` [sum of sizes, products] of the states added up: [n, products].

        Fields are added one by one, so that a customer's sum does not depend on the batch.
        """
        total = np.tile(intercept, (len(self.codes), 1))
        for field, offset in enumerate(self.offsets()):
            total += weights[self.codes[:, field] + offset]
        return total

    def offsets(self) -> npt.NDArray[np.int64]:
        """First column of each field."""
        return np.concatenate([[0], np.cumsum(self.sizes)[:-1]]).astype(np.int64)


Field = tuple[int, npt.NDArray[np.generic]]  # number of codes, the code of each customer


def states(past: History, vocabulary: Vocabulary, config: Config) -> States:
    """States of all customers of `past` for the month after it; `vocabulary`: values of open categories.

    Fields that `config.left_out` names are not there.
    """
    bank, words = past.bank, past.words[:, -config.window :]
    is_known = known(words)
    flags = unpack(words, bank.n) & is_known[..., None]
    product = product_states(flags, is_known)
    columns = [column for column in bank.profile if column.in_models]
    segments = {bank.segment.name: (bank.segment.size, segment_codes(past))} if bank.segment else {}
    fields: dict[str, Field] = {
        **{item: (PRODUCT_STATES, product[:, bit]) for bit, item in enumerate(bank.ids)},
        **{column.name: _banded(past, column) for column in columns if column.kind in ("number", "date")},
        **segments,
        **_relation(past, words),
        **{column.name: (2, says_yes(past, column)) for column in columns if column.kind == "flag"},
        **_counts(flags, is_known, config.features),
        **{column.name: category_codes(past, column, vocabulary) for column in columns if column.kind == "category"},
        **{feature.name: own_codes(past, feature, vocabulary) for feature in bank.features},
    }
    fields = {name: field for name, field in fields.items() if name not in config.left_out}
    codes = np.stack([values.astype(np.int16) for _, values in fields.values()], axis=1)
    return States(codes, tuple(fields), tuple(size for size, _ in fields.values()))


def _banded(past: History, column: ProfileColumn) -> Field:
    """A number or date by its bands; a number that may be missing has one more band for unknown."""
    bands = column.cut("model")
    if bands is None:
        raise ValueError(f"{column.name} has no bands")  # which the description does not allow
    if column.kind == "date":
        return len(bands), bands.of(tenure(past))
    values = past.profile[column.column].to_numpy().astype(np.float64)
    if column.missing == "never":
        return len(bands), bands.of(values)
    return len(bands) + 1, np.where(np.isnan(values), len(bands), bands.of(np.nan_to_num(values)))


def _relation(past: History, words: Words) -> dict[str, Field]:
    """All states but the segment as one field, `activity`, with the flags of the month before; or one field each."""
    parts: dict[str, tuple[int, npt.NDArray[np.int64]]] = {}
    for state in past.bank.states:
        if state.segment:
            continue
        codes = past.bank.state_fields[state.name].of(words[:, -2:])
        parts[state.name] = (state.size, codes[:, -1])
        if state.kind == "flag":
            parts[f"{state.name}_before"] = (2, codes[:, 0])
    if not parts or not relation_is_joint(past.bank):
        return dict(parts)
    size = int(np.prod([number for number, _ in parts.values()]))
    joint = np.zeros(len(past), np.int64)
    for number, codes in parts.values():
        joint = joint * number + codes
    return {"activity": (size, joint)}


def relation_is_joint(bank: Bank) -> bool:
    """Whether all states but the segment are one field, `activity`: where it has few codes.

    A flag counts twice, as it is and as it was in the month before.
    """
    sizes = [state.size**2 if state.kind == "flag" else state.size for state in bank.states if not state.segment]
    return prod(sizes) <= MOST_JOINT


def _counts(flags: npt.NDArray[np.bool_], is_known: npt.NDArray[np.bool_], most: FeatureConfig) -> dict[str, Field]:
    """Numbers of products held, and of those lost and acquired in the last month; months observed."""
    more = flags.shape[1] > 1
    now, before = flags[:, -1], flags[:, -2] if more else flags[:, -1]
    seen = is_known[:, -2] if more else np.zeros(len(flags), dtype=np.bool_)
    return {
        "holds": (most.most_held + 1, np.minimum(now.sum(axis=1), most.most_held)),
        "lost": (most.most_moved + 1, np.minimum((before & ~now & seen[:, None]).sum(axis=1), most.most_moved)),
        "added": (most.most_moved + 1, np.minimum((now & ~before & seen[:, None]).sum(axis=1), most.most_moved)),
        "months": (most.most_observed + 1, np.minimum(is_known.sum(axis=1), most.most_observed)),
    }


def product_states(flags: npt.NDArray[np.bool_], is_known: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """State of each product: int8 [n, products] from flags [n, months, products] and known months [n, months]."""
    n, months = is_known.shape

    def lag(k: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        if k > months:
            return np.zeros((n, flags.shape[2]), dtype=np.bool_), np.zeros((n, 1), dtype=np.bool_)
        return flags[:, -k], is_known[:, -k, None]

    (one, _), (two, known_2), (three, known_3), (four, _) = (lag(k) for k in (1, 2, 3, 4))
    state = np.where(flags.any(axis=1), LOST_LONG, NEVER).astype(np.int8)
    state[four | three] = LOST_3
    state[three] = LOST_2
    state[two] = LOST_1
    state[one] = HELD
    state[one & two & ~three & known_3] = RECENT
    state[one & ~two & known_2] = NEW
    return state
