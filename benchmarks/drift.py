"""Drift against the training months: its size in usual months, and in months with a planted fault.

Each month of each simulated bank from the second on is compared with the months before it, as at publishing. Three
shifts are planted in the last month: all customers are ten years older, activity is flipped for 30%, no customer
holds direct debit any more. With `--scores` those of a model with few trees, fitted on the months up to the one
compared, are compared too, which takes some minutes a bank.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from bankrec.bank.files import santander
from bankrec.config import ActivityConfig, Config, RankerConfig
from bankrec.history import History
from bankrec.model.drift import Drift, drift
from bankrec.model.reference import counts, learn_reference
from bankrec.model.scoring import recommend_all
from bankrec.model.training import fit
from bankrec.model.vocabulary import learn_vocabulary
from bankrec.publishing.statistics import Tally
from bankrec.ranked import SCORE_BANDS
from benchmarks.banks import simulated

BANK = santander()
AGE, ACTIVE = BANK.stated_fields["age"], BANK.state_fields["active"].put(1)
FEW_TREES = Config(
    ranker=RankerConfig(trees=40, depth=5, learning_rate=0.2), activity=ActivityConfig(trees=30, depth=4)
)


def older(history: History, years: int = 10) -> History:
    """The last month states an age that is `years` above the one of the first."""
    persons = history.persons.copy()
    stated = AGE.of(persons[:, -1])
    persons[:, -1] += AGE.put(np.minimum(stated + years, AGE.size - 1) - stated).astype(persons.dtype)
    return replace(history, persons=persons)


def flipped(history: History, share: float = 0.3) -> History:
    """Whether a customer is active is flipped in the last month for `share` of them."""
    words, those = history.words.copy(), np.random.default_rng(0).random(len(history)) < share
    words[:, -1] ^= np.where(those & (words[:, -1] != 0), ACTIVE, np.uint64(0))
    return replace(history, words=words)


def dropped(history: History, item: str = "ind_recibo_ult1") -> History:
    """No customer holds product `item` in the last month."""
    words = history.words.copy()
    words[:, -1] &= ~np.uint64(1 << BANK.bit[item])
    return replace(history, words=words)


_NO_SCORES = np.zeros(len(SCORE_BANDS) - 1, np.int64)
SHIFTS = {"ten years older": older, "activity flipped for 30%": flipped, "no direct debit": dropped}


def steps(history: History, config: Config, scores: bool) -> dict[str, Drift]:
    """Drift of each month from the second on, by YYYY-MM, and of the last with each shift; nan for scores left out."""
    by_month = {}
    for t in range(2, len(history.months) + 1):
        past = history.until(t)
        months = {f"{past.months[-1]:%Y-%m}": past}
        if t == len(history.months):
            months |= {name: shift(past) for name, shift in SHIFTS.items()}
        recommender = fit(past, config) if scores else None
        vocabulary = recommender.vocabulary if recommender else learn_vocabulary(past.until(1))
        known = recommender.reference if recommender else learn_reference(past, vocabulary, config, _NO_SCORES)
        for name, month in months.items():
            tally = Tally(BANK.ids)
            if recommender:
                tally.add(recommend_all(month, recommender))
            one = drift(counts(month, known, vocabulary, config), tally.bands, known, config.drift)
            by_month[name] = one if recommender else replace(one, scores=float("nan"))
    return by_month


def table(by_month: dict[str, Drift]) -> pd.DataFrame:
    """A row per month or shift: the state that moved most, its index, that of the scores."""
    rows = {name: (*one.largest(), one.scores) for name, one in by_month.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["largest", "customers", "scores"])


def main() -> None:
    """Read the options, compare, print a table for each bank, the largest drift without and the least with a shift."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=20_000, help="of each simulated bank")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="one simulated bank each")
    parser.add_argument("--scores", action="store_true", help="compare scores too")
    parser.add_argument("--folder", type=Path, default=Path("data/quality"), help="where banks are kept")
    options = parser.parse_args()
    tables = []
    for seed in options.seeds:
        bank = simulated(options.customers, seed, options.folder)
        tables.append(table(steps(bank.history, FEW_TREES, options.scores)))
        print(f"\n{bank.name}\n{tables[-1].to_string(float_format='%.4f')}", flush=True)
    every = pd.concat(tables)
    shifted = every.index.isin(SHIFTS)
    still, loud = every.loc[~shifted, ["customers", "scores"]], every.loc[shifted, ["customers", "scores"]]
    print(f"\n{len(still)} months: at most {still['customers'].max():.4f}, scores {still['scores'].max():.4f}")
    print(f"{len(loud)} shifts: at least {loud['customers'].min():.4f}, scores {loud['scores'].min():.4f}")


if __name__ == "__main__":
    main()
