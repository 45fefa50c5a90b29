"""Quality, exposure and calibration by group of customers, with intervals."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec import holdings
from bankrec.bank.catalogue import Catalogue
from bankrec.config import Config, EvaluationConfig
from bankrec.evaluation import metrics
from bankrec.evaluation.groupings import Names, bands_in_order, groupings
from bankrec.evaluation.intervals import mean_interval, ratio_interval
from bankrec.evaluation.metrics import K
from bankrec.history import History
from bankrec.holdings import Words, all_held, unpack
from bankrec.model import popularity
from bankrec.ranked import Ranked, lists_by
from bankrec.results import NOBODY, Interval

Floats = npt.NDArray[np.float64]
NORMAL = 1.96  # standard errors on either side of a 95% interval
WHOLE = "whole bank"
TERMINAL = 110  # columns
FIGURES = ("of max", "popularity", "expected / observed", "shown in first 7", "credit in first 7", "full list")
NOTHING_OFFERED = "nothing is offered to them, on purpose"
TOO_FEW_ADD, TOO_FEW = "too few acquisitions to evaluate", "too few customers to say anything"


def quality(history: History, ranked: Ranked, added: Words, t: int, config: Config) -> pd.DataFrame:
    """`by_group` of the lists of customers of `history` who are present in target month `t`."""
    rows = history.rows(ranked.user_id)
    open_to = ranked.barred != all_held(history.bank.n)
    of_customer = {name: groups[rows] for name, groups in groupings(history, t).items()}
    popular = lists_by(popularity.of_acquisitions(history.until(t), config.popularity), ranked.held)
    products = history.bank.catalogue
    lists = ranked.items, ranked.scores, added
    fewest, order = config.evaluation.fewest, bands_in_order(history.bank)
    return by_group(of_customer, products, *lists, popular, open_to, fewest, order)


def by_group(
    of_customer: dict[str, Names],
    products: Catalogue,
    items: holdings.Items,
    scores: npt.NDArray[np.float32],
    added: Words,
    popular: holdings.Items,
    open_to: npt.NDArray[np.bool_] | None = None,
    fewest: int = EvaluationConfig.fewest,
    order: Mapping[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """The whole bank, then a row per group: `customers`, `acquirers`, acquisitions, and six figures.

    Each figure has a 95% interval in the columns of its name and `low` and `high`. `of max` is MAP@7 as a
    share of its maximum, `popularity` the same of the lists `popular`; `expected / observed` the sum of
    scores over acquisitions; `shown in first 7` the mean number of products shown, `credit in first 7` that of
    credit products; `full list` the share with seven products, or all there are, of the customers to whom something
    may be offered: all, or those of `open_to` [n]. Intervals are bootstraps over customers, Wilson's for the share.
    `note` states which group is too small: fewer than `fewest` customers add (no quality, no calibration), fewer
    customers (no figure at all); and what lies below: a quality or share of full lists whose interval is wholly
    below the whole bank's value. A group to which nothing may be offered has no list on purpose, and no quality.
    Groups of a grouping stand as `order` has them, the others after these by name.
    """
    adds = (metrics.acquisitions(added) > 0).astype(np.float64)
    top, credit = items[:, :K], np.array([group == "credit" for group in products.groups])
    listed = top >= 0
    columns = {
        "adds": adds,
        "precision": metrics.average_precision(items, added, K),
        "popular": metrics.average_precision(popular, added, K),
        "expected": np.where(items >= 0, scores, 0.0).sum(axis=1, dtype=np.float64),
        "observed": unpack(added, len(products)).sum(axis=1).astype(np.float64),
        "shown": listed.sum(axis=1).astype(np.float64),
        "full": np.full(len(items), top.shape[1], np.float64),
        "open": np.ones(len(items)) if open_to is None else open_to.astype(np.float64),
        "credit": (credit[np.maximum(top, 0)] & listed).sum(axis=1).astype(np.float64),
    }
    whole = _row(columns, fewest)
    table = [{"grouping": WHOLE, "group": "all", **whole, "note": _too_small(whole, fewest)}]
    for grouping, names in of_customer.items():
        places = {name: place for place, name in enumerate((order or {}).get(grouping, ()))}
        for name in sorted(set(names), key=lambda name: (places.get(name, len(places)), name)):
            figures = _row({column: values[names == name] for column, values in columns.items()}, fewest)
            table.append({"grouping": grouping, "group": str(name), **figures, "note": _note(figures, whole, fewest)})
    return pd.DataFrame(table)


def _row(of: dict[str, Floats], fewest: int) -> dict[str, float]:
    """Counts and figures of some customers, whose values are the columns `of`; nan where they are too few."""
    n, acquirers = len(of["adds"]), int(of["adds"].sum())
    figures: dict[str, Interval] = {}
    open_to = of["open"] > 0
    if acquirers >= fewest and open_to.any():
        figures["of max"] = ratio_interval(of["precision"], of["adds"])
        figures["popularity"] = ratio_interval(of["popular"], of["adds"])
        figures["expected / observed"] = _calibration(of["expected"], of["observed"])
    if n >= fewest:
        figures["shown in first 7"] = mean_interval(of["shown"])
        figures["credit in first 7"] = mean_interval(of["credit"])
    if open_to.sum() >= fewest:
        figures["full list"] = Interval.of_share((of["shown"] == of["full"])[open_to].sum(), open_to.sum())
    row = {
        "customers": n,
        "acquirers": acquirers,
        "open to": int(open_to.sum()),
        "expected acquisitions": of["expected"].sum(),
        "acquisitions": of["observed"].sum(),
    }
    for name in FIGURES:
        value = figures.get(name, NOBODY)
        row |= {name: value.value, f"{name} low": value.low, f"{name} high": value.high}
    return row


def _calibration(expected: Floats, observed: Floats) -> Interval:
    """Sum of scores over acquisitions, with the interval that chance in the acquisitions of n customers leaves."""
    total, error = observed.sum(), NORMAL * observed.std() * np.sqrt(len(observed))
    value, low, high = (float(expected.sum() / bound) for bound in (total, total + error, max(total - error, 1.0)))
    return Interval(value, low, high)


def _too_small(row: dict[str, float], fewest: int) -> str:
    if row["customers"] < fewest:
        return TOO_FEW
    if not row["open to"]:
        return NOTHING_OFFERED
    return TOO_FEW_ADD if row["acquirers"] < fewest else ""


def _note(row: dict[str, float], whole: dict[str, float], fewest: int) -> str:
    notes = [_too_small(row, fewest)]
    if row["of max high"] < whole["of max"]:
        notes.append(f"served worse than the bank as a whole ({whole['of max']:.3f})")
    if row["full list high"] < whole["full list"]:
        notes.append(f"fewer have a full list than in the bank as a whole ({whole['full list']:.1%})")
    return "; ".join(filter(None, notes))


def gaps(table: pd.DataFrame) -> list[str]:
    """The groups whose interval lies wholly below the whole bank's value, a sentence each, with figures."""
    whole, sentences = table.iloc[0], []
    for row in table.iloc[1:].to_dict("records"):
        who = f"{row['grouping']} {row['group']}"
        if row["of max high"] < whole["of max"]:
            sentences.append(
                f"{who}: {_interval(row, 'of max')} of the maximum, {row['acquirers']:,} customers with an acquisition;"
                f" served worse than the bank as a whole ({whole['of max']:.3f})"
            )
        if row["full list high"] < whole["full list"]:
            sentences.append(
                f"{who}: {_interval(row, 'full list')} of {row['open to']:,} customers to whom something may be offered"
                f" have a full list; fewer than in the bank as a whole ({whole['full list']:.3f})"
            )
    return sentences


def in_cells(table: pd.DataFrame) -> pd.DataFrame:
    """The table for display: each figure and its interval in one cell, `0.841 [0.820, 0.862]`."""
    rows = table.to_dict("records")
    shown = table[["grouping", "group", "customers", "acquirers"]].copy()
    shown["expected"] = table["expected acquisitions"].round(1)
    shown["acquisitions"] = table["acquisitions"].astype(int)
    for name in FIGURES:
        shown[name] = [_interval(row, name) for row in rows]
    return shown.assign(note=table["note"])


def as_text(table: pd.DataFrame) -> str:
    """The table for a terminal of 120 columns: quality and calibration, exposure, and which groups are too small."""
    cells = in_cells(table)
    named = cells.assign(group=cells["grouping"] + " " + cells["group"]).set_index("group")
    parts = [
        named[[*columns, *figures]].reset_index().to_string(index=False, formatters={"group": _padded(named.index)})
        for columns, figures in ((("customers", "acquirers"), FIGURES[:3]), (("expected", "acquisitions"), FIGURES[3:]))
    ]
    first = table["note"].str.split("; ").str[0].to_numpy()
    few = {note: ", ".join(named.index[first == note]) for note in (TOO_FEW_ADD, TOO_FEW)}
    parts += [textwrap.fill(f"{note}: {who}", TERMINAL, subsequent_indent="  ") for note, who in few.items() if who]
    return "\n\n".join(parts)


def _padded(names: Iterable[str]) -> Callable[[str], str]:
    """A formatter that aligns text to the left; pandas aligns it to the right."""
    width = max(map(len, names))
    return lambda name: name.ljust(width)


def _interval(row: Mapping[Any, Any], name: str) -> str:
    figure = Interval(row[name], row[f"{name} low"], row[f"{name} high"])
    return "" if np.isnan(figure.value) else f"{figure:.3f}"
