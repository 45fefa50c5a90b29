"""The score ladder: MAP@7 of each kind of model on a simulated bank, as a share of the maximum.

    python -m benchmarks.score_ladder [--customers 200000] [--seeds 1 2 3]

May 2016 is the target month. Scores are MAP@7 over those who add anything, i.e. shares of the
maximum. The scores of published solutions on the real bank are printed beside. The boosted trees
are plain LightGBM (one class per added product, rows of customers who add), so that the ladder
evaluates the bank and not our ranker. They learn from the four months before the target. Every score is the mean over
the target month that happened and its eight joint redraws, so that the noise of one month does not decide.
"""

from __future__ import annotations

import argparse
from typing import Any

import lightgbm
import numpy as np

from bankrec.lookup import rows_of
from bankrec.santander.columns import N_PRODUCTS
from bankrec.simulator.figures import facts
from bankrec.simulator.simulate import live
from bankrec.simulator.truth import Next
from benchmarks.oracle import best_lists, mean_over

TARGET = 16  # May 2016, counted from January 2015
LEARNED = 4


def main() -> int:
    """Print the ladder for every seed; exit 1 if a rung is outside the published range."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    arguments = parser.parse_args()
    scores = {seed: ladder(arguments.customers, seed) for seed in arguments.seeds}
    print(f"simulated banks of {arguments.customers:,} customers, target May 2016, MAP@7 / maximum\n")
    print(f"{'rung':<28}{'real':>13}" + "".join(f"{'seed ' + str(seed):>9}" for seed in scores) + "  within")
    missed = 0
    for rung, (low, high) in facts()["ladder"].items():
        values = [scores[seed][rung] for seed in scores]
        within = all(low <= value <= high for value in values)
        missed += not within
        cells = "".join(f"{value:9.3f}" for value in values)
        print(f"{rung.replace('_', ' '):<28}{low:>6.2f}-{high:.2f} {cells}  {'yes' if within else 'NO'}")
    return 1 if missed else 0


def ladder(customers: int, seed: int) -> dict[str, float]:
    """The rungs of one bank: name -> share of the maximum."""
    words = np.zeros((customers, TARGET), np.uint32)
    active = np.zeros((customers, TARGET), bool)
    seen = np.zeros((customers, TARGET), bool)
    profile: Any = None

    def see(population: Any, state: Any, present: Any) -> None:
        nonlocal profile
        profile = population
        words[present, state.month] = state.words[present]
        active[:, state.month] = state.active & present
        seen[:, state.month] = present

    after = live(customers, seed, TARGET, see)
    rows = rows_of(profile.user_id, after.user_id)
    static = np.stack([profile.age, profile.segment, profile.joined.astype("datetime64[M]").astype(int)], 1)
    return rungs(words, active, seen, static, rows, after)


def rungs(words: Any, active: Any, seen: Any, static: Any, rows: Any, after: Next) -> dict[str, float]:
    """Scores of every model on the target month."""
    draws = np.vstack([after.added[None], after.redraws])
    held = flags(words[:, -1][rows])
    score = {"oracle": mean_over(draws, best_lists(after.p_add, after.held, draws))}
    owned = np.broadcast_to(flags(words[:, -1]).mean(axis=0), held.shape)
    score["owned"] = mean_map(owned, draws)
    score["owned_masked"] = mean_map(np.where(held, -1, owned), draws)
    recent = sum(flags(added_in(words, seen, t)).sum(axis=0) for t in range(TARGET - 3, TARGET))
    popular = np.broadcast_to(recent, held.shape).astype(float)
    score["popularity"] = mean_map(np.where(held, -1, popular), draws)
    for name, full in (("last_month", False), ("full_history", True)):
        x, y, weight = [], [], []
        for t in range(TARGET - LEARNED, TARGET):
            added = flags(added_in(words, seen, t))
            who = np.flatnonzero(added.any(axis=1))
            f = features(words[who, :t], active[who, :t], seen[who, :t], static[who], full)
            customer, product = np.nonzero(added[who])
            x.append(f[customer])
            y.append(product)
            weight.append(1.0 / added[who].sum(axis=1)[customer])
        model = lightgbm.LGBMClassifier(
            n_estimators=150, learning_rate=0.06, num_leaves=24, min_child_samples=30, colsample_bytree=0.5,
            subsample=0.8, subsample_freq=1, n_jobs=1, verbose=-1, random_state=0, reg_lambda=5,
        )  # fmt: skip
        model.fit(np.concatenate(x), np.concatenate(y), sample_weight=np.concatenate(weight) ** 0.5)
        who = np.flatnonzero(np.bitwise_or.reduce(draws))
        chance = np.zeros((len(who), N_PRODUCTS))
        mine = rows[who]
        f = features(words[mine], active[mine], seen[mine], static[mine], full)
        chance[:, model.classes_.astype(int)] = model.predict_proba(f)
        score[name] = mean_map(np.where(held[who], -1, chance), draws[:, who])
    return score


def features(words: Any, active: Any, seen: Any, static: Any, full: bool) -> Any:
    """The last month's flags and profile; with `full` also features of the whole history of each product."""
    held = flags(words)  # [n, t, 24]
    columns = [held[:, -1], active[:, -1:], static, held[:, -1].sum(axis=1, keepdims=True)]
    if full:
        t = held.shape[1]
        both = (seen[:, 1:] & seen[:, :-1])[:, :, None]
        up, down = held[:, 1:] & ~held[:, :-1] & both, ~held[:, 1:] & held[:, :-1] & both
        since = np.where(held.any(axis=1), np.argmax(held[:, ::-1], axis=1), 99)
        since_off = np.where((~held).any(axis=1), np.argmax(~held[:, ::-1], axis=1), t)
        lags = [held[:, -k] for k in range(2, 6)]
        columns += [up.sum(axis=1), down.sum(axis=1), held.sum(axis=1), since, since_off, *lags]
        columns += [active.sum(axis=1, keepdims=True), seen.sum(axis=1, keepdims=True)]
    return np.concatenate([np.asarray(c, np.float32) for c in columns], axis=1)


def added_in(words: Any, seen: Any, t: int) -> Any:
    """Words of the acquisitions in month t, of customers present in it and before."""
    return np.where(seen[:, t] & seen[:, t - 1], words[:, t] & ~words[:, t - 1], 0).astype(np.uint32)


def flags(words: Any) -> Any:
    """Flags of the 24 products, bool [..., 24]."""
    return (words[..., None] >> np.arange(N_PRODUCTS, dtype=np.uint32)) & np.uint32(1) != 0


def mean_map(score: Any, draws: Any) -> float:
    """Share of the maximum of lists ordered by `score` [n, 24]: the mean over `draws` [r, n] of the month."""
    items = np.argsort(-score, axis=1, kind="stable")[:, :7].astype(np.int8)
    return mean_over(draws, items)


if __name__ == "__main__":
    raise SystemExit(main())
