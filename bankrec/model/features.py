"""Features of customers and of pairs (customer, product), from the months before the target month.

Every feature has the same meaning at every t: windows are bounded, counts are per month, times since events are
capped at the window. A value not known yet (of a month before the first) is nan, not zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bankrec.bank.description import ProfileColumn
from bankrec.config import Config, FeatureConfig
from bankrec.history import History
from bankrec.holdings import Words, acquired, all_held, known, losses, unpack
from bankrec.model import als
from bankrec.model.vocabulary import says_yes
from bankrec.tenure import tenure

Matrix = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
ADDITIVE = "additive"  # the feature of pairs that comes from another model (`bankrec.model.additive`)


@dataclass(frozen=True)
class Features:
    """`customer` [f, n] and `pair` [g, n, products] float32, with the names of both; `held` uint64 [n]."""

    customer: Matrix
    customer_names: tuple[str, ...]
    pair: Matrix
    pair_names: tuple[str, ...]
    held: Words

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns of `pairs`."""
        return (*self.customer_names, *self.pair_names, ADDITIVE)

    def pairs(self, rows: npt.NDArray[np.int64], bits: npt.NDArray[np.int64], additive: Floats) -> Matrix:
        """Columns of the pairs (customer at `rows`, product `bits`): float32 [pairs, f + g + 1].

        The last one is the log share by the additive model, `additive` [n, products].
        """
        matrix = np.empty((len(self.names), len(rows)), dtype=np.float32)
        for position, column in enumerate(self.customer):
            np.take(column, rows, out=matrix[position])
        flat = rows * self.pair.shape[2] + bits
        for position, table in enumerate(self.pair, start=len(self.customer)):
            np.take(table.reshape(-1), flat, out=matrix[position])
        matrix[-1] = additive[rows, bits]
        return matrix.T

    def all_pairs(self, additive: Floats) -> Matrix:
        """The same of every customer and product, a customer's products together: float32 [n x products, f + g + 1]."""
        matrix = np.empty((len(self.names), *self.pair.shape[1:]), dtype=np.float32)
        customers = len(self.customer_names)
        matrix[:customers] = self.customer[:, :, None]
        matrix[customers:-1] = self.pair
        matrix[-1] = additive
        return matrix.reshape(len(matrix), -1).T


def features(past: History, items: Floats, config: Config, *, pairs: bool = True) -> Features:
    """Features for the month after `past`, for all its customers; without features of pairs if not `pairs`.

    `items` [products, factors] are the products' factors of ALS. Features that `config.left_out` names are not there.
    """
    words = past.words[:, -config.window :]
    is_known = known(words)
    products = past.bank.n
    flags = unpack(words, products) & is_known[..., None]
    customer = _kept(_customer(past, words, is_known, flags, config.features), config)
    pair = _kept(_pair(past, words, is_known, flags, items, config), config) if pairs else {}
    return Features(
        customer=np.array(list(customer.values()), dtype=np.float32),
        customer_names=tuple(customer),
        pair=np.array(list(pair.values()), dtype=np.float32).reshape(len(pair), len(past), products),
        pair_names=tuple(pair),
        held=past.words[:, -1] & all_held(products),
    )


def _kept(columns: dict[str, npt.NDArray[np.generic]], config: Config) -> dict[str, npt.NDArray[np.generic]]:
    return {name: column for name, column in columns.items() if name not in config.left_out}


def _customer(
    past: History, words: Words, is_known: npt.NDArray[np.bool_], flags: npt.NDArray[np.bool_], config: FeatureConfig
) -> dict[str, npt.NDArray[np.generic]]:
    products = past.bank.n
    changes = (
        np.stack([acquired(words[:, i - 1], words[:, i], products) for i in range(1, words.shape[1])], 1)
        if words.shape[1] > 1
        else np.zeros((len(past), 0), dtype=np.uint64)
    )
    counts = unpack(changes, products).sum(axis=2)
    observed = is_known.sum(axis=1)
    columns = {
        **{column.name: _of_profile(past, column, config) for column in past.bank.profile if column.in_models},
        **_states(past, words),
        **{name: values[:, -1] for name, values in past.own.items()},
        "observed": np.minimum(observed, config.most_observed),
        "holds": flags[:, -1].sum(axis=1),
        "lost_last_month": unpack(losses(words, products), products).sum(axis=1),
        "added_last_month": counts[:, -1] if counts.shape[1] else np.full(len(past), np.nan),
        "added_rate": counts.sum(axis=1) / np.maximum(observed - 1, 1),
        "adding_rate": (counts > 0).sum(axis=1) / np.maximum(observed - 1, 1),
        "since_any_acquisition": _months_since(counts > 0),
    }
    for bit, item in enumerate(past.bank.ids):
        columns[f"holds_{item}"] = flags[:, -1, bit]
    return {name: values for name, values in columns.items() if values is not None}


def _of_profile(past: History, column: ProfileColumn, config: FeatureConfig) -> npt.NDArray[np.generic] | None:
    """A column as a feature of the trees; None for a category, which only the additive model uses."""
    if column.kind == "category":
        return None
    if column.kind == "date":
        return np.clip(tenure(past), 0, config.longest_tenure)
    if column.kind == "flag":
        return says_yes(past, column)
    numbers = past.profile[column.column].to_numpy()
    scaled: npt.NDArray[np.generic] = np.log(numbers.astype(np.float64)) if column.log else numbers
    return scaled


def _states(past: History, words: Words) -> dict[str, npt.NDArray[np.generic]]:
    """Each state in the last month; flags also in the month before it."""
    columns: dict[str, npt.NDArray[np.generic]] = {}
    for state in past.bank.states:
        codes = past.bank.state_fields[state.name].of(words[:, -2:])
        columns[state.name] = codes[:, -1]
        if state.kind == "flag":
            columns[f"{state.name}_before"] = codes[:, -2] if codes.shape[1] > 1 else np.full(len(past), np.nan)
    return columns


def _pair(
    past: History,
    words: Words,
    is_known: npt.NDArray[np.bool_],
    flags: npt.NDArray[np.bool_],
    items: Floats,
    config: Config,
) -> dict[str, npt.NDArray[np.generic]]:
    (n, months), products = words.shape, past.bank.n
    both = (is_known[:, 1:] & is_known[:, :-1])[..., None]
    rises, falls = flags[:, 1:] & ~flags[:, :-1] & both, ~flags[:, 1:] & flags[:, :-1] & both
    steps = np.maximum(both.sum(axis=1), 1)
    score = als.scores(past, items, config.als)
    free = ~unpack(words[:, -1], products)
    ranked = np.where(free, score, -np.inf)
    shape = (n, products)
    columns: dict[str, npt.NDArray[np.generic]] = {}
    for lag in config.features.lags:
        columns[f"lag_{lag}"] = (
            np.where(is_known[:, -lag, None], flags[:, -lag], np.nan) if lag <= months else np.full(shape, np.nan)
        )
    columns |= {
        "share_held": flags.sum(axis=1) / np.maximum(is_known.sum(axis=1), 1)[:, None],
        "since_held": _months_since(flags),
        "since_rise": _months_since(rises),
        "rise_rate": rises.sum(axis=1) / steps,
        "fall_rate": falls.sum(axis=1) / steps,
        "year_ago": flags[:, -12] if months >= 12 else np.full(shape, np.nan),
        "als": score,
        "als_rank": (ranked[:, None, :] > ranked[:, :, None]).sum(axis=2),
    }
    for bit, item in enumerate(past.bank.ids):
        column = np.zeros(shape, dtype=np.float32)
        column[:, bit] = 1.0
        columns[f"is_{item}"] = column
    return columns


def _months_since(happened: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Months from the last True along axis 1 to the target month (1 = the month before), nan for never."""
    months = happened.shape[1]
    if not months:
        return np.full((happened.shape[0], *happened.shape[2:]), np.nan, dtype=np.float32)
    since = (np.argmax(happened[:, ::-1], axis=1) + 1).astype(np.float32)
    return np.where(happened.any(axis=1), since, np.float32(np.nan))
