"""States: a customer's past as a row of categories, one-hot columns for the additive model.

Each field is a category with a fixed number of values: the state of each of the 24 products (held for
long, new, lost last month, ...), then bands of the profile. The meaning of a value is the same at every t.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from bankrec.bank.bands import STATE_AGES, STATE_INCOMES, STATE_TENURES
from bankrec.bank.products import N_PRODUCTS, PRODUCTS
from bankrec.config import Config
from bankrec.history import History, first_ages
from bankrec.holdings import ACTIVE, HOLDINGS, RELATION_SHIFT, known, segment_codes, unpack
from bankrec.model.profile_codes import PROVINCES, channel_codes, province_codes
from bankrec.tenure import tenure

Codes = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]

NEVER, HELD, NEW, RECENT, LOST_1, LOST_2, LOST_3, LOST_LONG = range(8)
PRODUCT_STATES = 8


@dataclass(frozen=True)
class States:
    """`codes` int16 [n, fields], each below its entry in `sizes`; `names` of the fields."""

    codes: Codes
    names: tuple[str, ...]
    sizes: tuple[int, ...]

    def one_hot(self) -> sp.csr_matrix:
        """Sparse float64 [n, sum of sizes], one 1 for each field in every row."""
        n, fields = self.codes.shape
        columns = self.codes.astype(np.int64) + self.offsets()
        rows = np.arange(0, n * fields + 1, fields)
        return sp.csr_matrix((np.ones(n * fields), columns.ravel(), rows), shape=(n, sum(self.sizes)))

    def sums(self, weights: Floats, intercept: Floats) -> Floats:
        """`intercept` [24] and the `weights` [sum of sizes, 24] of each state, added up: float64 [n, 24].

        Fields are added one by one, so that a customer's sum does not depend on the batch.
        """
        total = np.tile(intercept, (len(self.codes), 1))
        for field, offset in enumerate(self.offsets()):
            total += weights[self.codes[:, field] + offset]
        return total

    def offsets(self) -> npt.NDArray[np.int64]:
        """First column of each field."""
        first: npt.NDArray[np.int64] = np.concatenate([[0], np.cumsum(self.sizes)[:-1]]).astype(np.int64)
        return first


def states(past: History, channels: npt.NDArray[np.str_], config: Config) -> States:
    """States of all customers of `past` for the month after it; `channels` are those with a value each.

    Fields that `config.left_out` names are not there.
    """
    words = past.words[:, -config.window :]
    is_known = known(words)
    flags = unpack(words & HOLDINGS) & is_known[..., None]
    product = product_states(flags, is_known)
    now, before = flags[:, -1], flags[:, -2] if flags.shape[1] > 1 else flags[:, -1]
    seen = is_known[:, -2] if flags.shape[1] > 1 else np.zeros(len(past), dtype=np.bool_)
    active = (words & ACTIVE) != 0
    relation = (words[:, -1] >> np.uint32(RELATION_SHIFT)) & np.uint32(3)
    activity = relation * 4 + active[:, -1] * 2 + active[:, -2 if active.shape[1] > 1 else -1]
    profile = past.profile
    income = profile["renta"].to_numpy().astype(np.float64)
    most = config.features
    unknown_income, band = len(STATE_INCOMES), STATE_INCOMES.of(np.nan_to_num(income))
    fields: dict[str, tuple[int, npt.NDArray[np.generic]]] = {
        **{item.column: (PRODUCT_STATES, product[:, item.bit]) for item in PRODUCTS},
        "age": (len(STATE_AGES), STATE_AGES.of(first_ages(past))),
        "tenure": (len(STATE_TENURES), STATE_TENURES.of(tenure(past))),
        "income": (len(STATE_INCOMES) + 1, np.where(np.isnan(income), unknown_income, band)),
        "segment": (4, segment_codes(words[:, -1])),
        "activity": (16, activity),
        "sex": (2, profile["sexo"].to_numpy(zero_copy_only=False) == "V"),
        "foreigner": (2, profile["indext"].to_numpy(zero_copy_only=False) == "S"),
        "holds": (most.most_held + 1, np.minimum(now.sum(axis=1), most.most_held)),
        "lost": (most.most_moved + 1, np.minimum((before & ~now & seen[:, None]).sum(axis=1), most.most_moved)),
        "added": (most.most_moved + 1, np.minimum((now & ~before & seen[:, None]).sum(axis=1), most.most_moved)),
        "months": (most.most_observed + 1, np.minimum(is_known.sum(axis=1), most.most_observed)),
        "channel": (len(channels) + 1, channel_codes(past, channels)),
        "province": (PROVINCES, province_codes(past)),
    }
    fields = {name: field for name, field in fields.items() if name not in config.left_out}
    codes = np.stack([values.astype(np.int16) for _, values in fields.values()], axis=1)
    return States(codes, tuple(fields), tuple(size for size, _ in fields.values()))


def product_states(flags: npt.NDArray[np.bool_], is_known: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """State of each product: int8 [n, 24] from flags [n, months, 24] and known months [n, months]."""
    n, months = is_known.shape

    def lag(k: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        if k > months:
            return np.zeros((n, N_PRODUCTS), dtype=np.bool_), np.zeros((n, 1), dtype=np.bool_)
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
