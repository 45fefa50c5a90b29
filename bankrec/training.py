"""Training: from histories to a recommender, and the backtest of the same steps on earlier months.

The triple: models are fitted on target months up to as-of - 1, calibrated on the additions of the as-of
month, and used for the month after; nothing is refitted in between. With a single transition both
happen on it, on different customers.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from catboost import CatBoostClassifier
from tqdm import tqdm

from bankrec import evidence as evidence_of
from bankrec import popularity, ranker
from bankrec.atomic import replacing
from bankrec.calibration import Calibration, calibrate
from bankrec.config import ActivityConfig, ALSConfig, Config, RankerConfig
from bankrec.errors import InputError
from bankrec.evidence import Evidence
from bankrec.features import features
from bankrec.histories import History
from bankrec.products import PRODUCT_COLUMNS
from bankrec.ranker import Examples
from bankrec.recommend import Ranked, recommend
from bankrec.words import PRESENT, SEGMENTS, acquired, unpack

Floats = npt.NDArray[np.float64]
CALIBRATION_CUSTOMERS = 150_000
BATCH = 50_000


@dataclass(frozen=True)
class Recommender:
    """All that `recommend` needs: models, tables learned until as-of, calibration, configuration."""

    config: Config
    as_of: date
    evidence: Evidence
    ranker: CatBoostClassifier
    activity: CatBoostClassifier
    calibration: Calibration
    popular: pa.Table

    def save(self, folder: Path) -> None:
        """Write to `folder` (replaced as a whole): models as `.cbm`, tables as `.npz`, the rest as JSON."""
        with replacing(folder) as beside:
            beside.mkdir()
            self.ranker.save_model(str(beside / "ranker.cbm"))
            self.activity.save_model(str(beside / "activity.cbm"))
            np.savez(beside / "evidence.npz", **vars(self.evidence))
            np.savez(beside / "calibration.npz", **vars(self.calibration))
            pq.write_table(self.popular, beside / "top_popular.parquet")
            about = {"as_of": self.as_of.isoformat(), "config": asdict(self.config)}
            (beside / "recommender.json").write_text(json.dumps(about, indent=2) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Recommender:
        """Read what `save` wrote; an `InputError` names the folder when it is not a recommender."""
        try:
            about = json.loads((folder / "recommender.json").read_text())
            models = []
            for name in ("ranker", "activity"):
                model = CatBoostClassifier()
                model.load_model(str(folder / f"{name}.cbm"))
                models.append(model)
            with np.load(folder / "evidence.npz") as stored:
                tables = Evidence(**stored)
            with np.load(folder / "calibration.npz") as stored:
                calibration = Calibration(**stored)
            popular = pq.read_table(folder / "top_popular.parquet")
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise InputError(f"{folder} holds no whole recommender ({error}): train again") from error
        return cls(
            config_from(about["config"]),
            date.fromisoformat(about["as_of"]),
            tables,
            models[0],
            models[1],
            calibration,
            popular,
        )


def config_from(stored: dict[str, Any]) -> Config:
    """The configuration that `dataclasses.asdict` took apart."""
    parts = {"als": ALSConfig, "ranker": RankerConfig, "activity": ActivityConfig}
    return Config(**{key: parts[key](**value) if key in parts else value for key, value in stored.items()})


def fit(history: History, config: Config, *, progress: bool = True) -> Recommender:
    """Learn from all transitions in `history`; the as-of month is its last.

    A single month is an `InputError`: there is nothing to learn from.
    """
    months = len(history.months)
    if months < 2:
        raise InputError(
            f"only the month {history.months[0]} is there: nothing to learn from, add a later one"
        )
    last = months - 1
    part = _hash(history.user_id)
    fitted = list(range(max(1, last - config.transitions), last)) or [last]
    # With one transition the same month serves both ends, on different customers.
    fit_rows = part < 0.7 if fitted == [last] else np.ones(len(history), dtype=np.bool_)
    judge_rows = part >= 0.7 if fitted == [last] else part < CALIBRATION_CUSTOMERS / max(len(history), 1)
    pairs, customers = [], []
    names: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    with tqdm(total=len(fitted) + 4, desc="train", disable=not progress, file=sys.stderr) as bar:
        for t in fitted:
            tables = evidence_of.learn(history.until(t), config)
            one, two, names = _examples(history, t, tables, config, fit_rows)
            pairs.append(one)
            customers.append(two)
            bar.update()
        if not sum(part.y.sum() for part in pairs):
            span = f"{history.months[0]} to {history.months[last]}"
            raise InputError(f"nobody adds a product from {span}: nothing to learn from")
        model = ranker.train_ranker(pairs, names[0], config)
        bar.update()
        activity = ranker.train_activity(customers, names[1], config)
        bar.update()
        if fitted != [last]:
            tables = evidence_of.learn(history.until(last), config)
        calibration = _calibrate(history, last, tables, model, activity, config, judge_rows)
        bar.update()
        past = history.until(months)
        tables = evidence_of.learn(past, config)
        bar.update()
    return Recommender(config, history.months[-1], tables, model, activity, calibration, top_popular(past))


def backtest(
    history: History, config: Config, targets: Sequence[int], *, progress: bool = True
) -> Iterator[tuple[int, Recommender, Ranked]]:
    """The triple moved back: for each target month number, what would have been published for it.

    Yields the target, the recommender fitted on the months before it, and its lists for all customers.
    """
    for target in targets:
        past = history.until(target)
        recommender = fit(past, config, progress=progress)
        yield target, recommender, recommend_all(past, recommender)


def recommend_all(history: History, recommender: Recommender, batch: int = BATCH) -> Ranked:
    """`recommend` in batches that fit in memory, put together again."""
    parts = [
        recommend(history.take(np.arange(start, min(start + batch, len(history)))), recommender)
        for start in range(0, len(history), batch)
    ]
    removed = {name: sum(part.removed.get(name, 0) for part in parts) for name in parts[0].removed}
    fields = ("user_id", "items", "scores", "held", "status", "segment")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in fields}
    return Ranked(**columns, removed=removed)


def top_popular(past: History) -> pa.Table:
    """Products by additions per customer not holding, for everybody (segment null) and by segment.

    Columns `segment` string, `item_id` string, `rank` uint8, `score` float32.
    """
    added, free, _ = popularity.additions(past)
    bands = len(added) // len(SEGMENTS)
    overall = added.sum(axis=0) / np.maximum(free.sum(axis=0), 1.0)
    rates: dict[str | None, Floats] = {None: overall}
    for code, segment in enumerate(SEGMENTS):
        rows = slice(code * bands, (code + 1) * bands)
        if segment and free[rows].sum() > 0:
            rates[segment] = (added[rows].sum(0) + 200 * overall) / (free[rows].sum(0) + 200)
    columns: dict[str, list[Any]] = {"segment": [], "item_id": [], "rank": [], "score": []}
    for name, rate in rates.items():
        for rank, bit in enumerate(np.argsort(-rate, kind="stable"), start=1):
            values = (name, PRODUCT_COLUMNS[bit], rank, float(rate[bit]))
            for column, value in zip(columns.values(), values, strict=True):
                column.append(value)
    types = (pa.string(), pa.string(), pa.uint8(), pa.float32())
    return pa.table(
        {key: pa.array(value, kind) for (key, value), kind in zip(columns.items(), types, strict=True)}
    )


def _examples(
    history: History, t: int, tables: Evidence, config: Config, allowed: npt.NDArray[np.bool_]
) -> tuple[Examples, Examples, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Examples of target month `t` for the ranker (adders) and the activity model (a sample of all)."""
    before, after = history.words[:, t - 1], history.words[:, t]
    added = acquired(before, after)
    there = allowed & ((before & after & PRESENT) != 0)
    adders = np.flatnonzero(there & (added != 0))
    past = history.until(t)
    known = features(past.take(adders), tables, config)
    pairs = ranker.pair_examples(known, added[adders], np.ones(len(adders)))
    rate = min(1.0, config.activity.rows / max(1, there.sum() * min(config.transitions, t)))
    sampled = np.flatnonzero(there & (_hash(history.user_id + t) < rate))
    everyone = features(past.take(sampled), tables, config)
    customers = ranker.Examples(
        everyone.customer.T, added[sampled] != 0, np.ones(len(sampled), dtype=np.float32)
    )
    return pairs, customers, (known.names, known.customer_names)


def _calibrate(
    history: History,
    t: int,
    tables: Evidence,
    model: CatBoostClassifier,
    activity: CatBoostClassifier,
    config: Config,
    allowed: npt.NDArray[np.bool_],
) -> Calibration:
    before, after = history.words[:, t - 1], history.words[:, t]
    rows = np.flatnonzero(allowed & ((before & after & PRESENT) != 0))
    logits = []
    for start in range(0, len(rows), BATCH):
        known = features(history.until(t).take(rows[start : start + BATCH]), tables, config)
        pair, any_ = ranker.pair_logits(model, known), ranker.activity_logits(activity, known)
        logits.append(ranker.joint_logits(pair, any_))
    added, free = unpack(acquired(before[rows], after[rows])), ~unpack(before[rows])
    joint = np.concatenate(logits) if logits else np.zeros((0, added.shape[1]))
    return calibrate(joint, added, free, np.full(len(rows), 1.0))


def _hash(user_id: npt.NDArray[np.int64]) -> Floats:
    """A fixed number in [0, 1) for each customer (splitmix64), to sample by."""
    with np.errstate(over="ignore"):
        z = user_id.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    fraction: Floats = (z >> np.uint64(11)).astype(np.float64) / float(1 << 53)
    return fraction
