"""A bank of the examples: clean monthly snapshots, the truth of the month after, and own features.

    python examples/generate.py credit_union --customers 20000 --months 12 --seed 1 --output DIR

Products and columns are those of the example's `bank.toml`; what makes customers take them is in its `effects.toml`,
as README.md here says. Arrays are [customers] or [customers, products]; the same seed gives the same files.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
EXAMPLES = tuple(sorted(path.parent.name for path in HERE.glob("*/bank.toml")))
FIRST = pd.Period("2024-01", "M")
BURN = 24  # months simulated before the first snapshot, so that holdings have settled
JOINERS = 0.2  # share of the customers who join after the first month
LEAVERS = 0.006  # chance to leave, a month
RETURN = 1.0  # log-odds that are added for a product that was held before

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]


class Plan:
    """The example as its two files say: columns, and what is planted as arrays of log-odds."""

    def __init__(self, example: str) -> None:
        folder = HERE / example
        self.bank, self.effects = (
            tomllib.loads((folder / name).read_text(encoding="utf-8")) for name in ("bank.toml", "effects.toml")
        )
        self.ids = [product["id"] for product in self.bank["products"]]
        self.intents = list(self.effects.get("intents", {}))
        of = [self.effects["products"][item] for item in self.ids]
        rates = np.array([one["rate"] for one in of], np.float32)
        self.base = np.log(rates / (1 - rates))
        self.loss = np.array([one["loss"] for one in of], np.float32)
        self.ages = np.array([one.get("ages", [0] * 5) for one in of], np.float32)
        self.has, self.took = (self._pairs(of, kind, self.ids) for kind in ("has", "took"))
        self.intent = self._pairs(of, "intent", self.intents)
        self.season = self._pairs(of, "season", [str(month) for month in range(1, 13)])
        all_take = self.effects.get("everything", {})
        self.where = {
            key: np.array([one.get("where", {}).get(key, 0) + all_take.get(key, 0) for one in of], np.float32)
            for key in sorted({*all_take, *(key for one in of for key in one.get("where", {}))})
        }
        products = self.bank["products"]
        self.until_age = np.array([product.get("until_age", 999) for product in products])
        self.from_age = np.array([product.get("from_age", 0) for product in products])
        self.comes_with = [
            (at, self.ids.index(product["comes_with"]))
            for at, product in enumerate(products)
            if "comes_with" in product
        ]

    @staticmethod
    def _pairs(of: Sequence[dict[str, Any]], kind: str, causes: list[str]) -> Floats:
        """[causes, products]: what each cause adds to each product."""
        found = np.zeros((len(causes), len(of)), np.float32)
        for at, one in enumerate(of):
            for cause, added in one.get(kind, {}).items():
                found[causes.index(cause), at] = added
        return found


@dataclass(frozen=True)
class Month:
    """A month of the bank: who is `there`, what they hold, and what was observed since the month before, with its
    chances.
    """

    step: int
    there: Flags
    held: Flags
    added: Flags
    chances: Floats
    number: npt.NDArray[np.int64]
    columns: dict[str, npt.NDArray[Any]]
    intent: npt.NDArray[np.int64]


class Customers:
    """Who there is: their numbers, when they join and leave, and the columns that say something of them."""

    def __init__(self, plan: Plan, n: int, months: int, rng: np.random.Generator) -> None:
        self.plan, self.rng, self.n = plan, rng, n
        self.number = 1_000 + np.cumsum(rng.integers(1, 9, n))
        early = rng.random(n) >= JOINERS
        self.joined = np.where(early, -rng.geometric(1 / 40, n), rng.integers(1, max(months, 2), n))
        self.left = np.maximum(self.joined, 0) + rng.geometric(LEAVERS, n)
        spec = plan.effects["columns"]
        bands = rng.choice(5, n, p=spec["age"]["shares"])
        edges = np.array(spec["age"]["edges"])
        self.born = edges[bands] + rng.random(n) * np.diff(edges)[bands]  # age in the first month
        self.drawn = {name: self._draw(one, n) for name, one in spec.items() if "shares" in one and name != "age"}
        if "income" in spec:
            self.income = np.round(rng.lognormal(np.log(spec["income"]["median"]), spec["income"]["spread"], n), -2)
        self.missing = {name: rng.random(n) < one.get("missing", 0) for name, one in spec.items()}

    def _draw(self, one: dict[str, Any], n: int) -> npt.NDArray[Any]:
        values = np.array([int(value) if value.isdigit() else value for value in one["shares"]], dtype=object)
        return values[self.rng.choice(len(values), n, p=list(one["shares"].values()))]

    def step(self) -> None:
        """A month goes by: some of what may change does."""
        for name, one in self.plan.effects["columns"].items():
            if "changes" in one:
                changes = self.rng.random(self.n) < one["changes"]
                self.drawn[name] = np.where(changes, self._draw(one, self.n), self.drawn[name])

    def age(self, step: int) -> npt.NDArray[np.int64]:
        """Age in years in a month."""
        return np.maximum(self.born + step / 12, 0).astype(np.int64)

    def columns(self, step: int) -> dict[str, npt.NDArray[Any]]:
        """The columns of a month beside products, by their names."""
        found: dict[str, npt.NDArray[Any]] = {}
        for name in self.plan.effects["columns"]:
            if name == "age":
                values: npt.NDArray[Any] = self.age(step).astype(np.int16)
            elif name == "income":
                values = self.income
            else:
                values = self.drawn[name] if name in self.drawn else _first_days(self.joined)
            found[name] = np.where(self.missing[name], None, values) if self.missing[name].any() else values
        return found


def _first_days(steps: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    return (np.datetime64(str(FIRST), "M") + steps).astype("datetime64[D]")


def simulate(plan: Plan, customers: int, months: int, seed: int) -> Iterator[Month]:
    """The months of a bank, and the one after them."""
    rng = np.random.default_rng(seed)
    who = Customers(plan, customers, months, rng)
    start, shape = plan.ids.index(plan.effects["start"]), (customers, len(plan.ids))
    held, took, ever = np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(shape, bool)
    intent = np.full(customers, -1)
    for step in range(-BURN, months + 1):
        who.step()
        there = (who.joined <= step) & (step < who.left)
        chances = _chances(plan, who, step, held, took, ever, intent)
        added = there[:, None] & ~held & (rng.random(shape, np.float32) < chances)
        new = (who.joined == step) | ((who.joined < step) & (step == -BURN))
        added[new, start] = True
        lost = held & ((rng.random(shape, np.float32) < plan.loss) | (who.age(step)[:, None] >= plan.until_age))
        held = (held | added) & ~lost & there[:, None]
        for item, need in plan.comes_with:
            held[:, item] &= held[:, need]
        added &= held
        ever |= held
        took = added
        intent = _intents(plan, customers, rng)
        if step >= 0:
            yield Month(step, there, held, added, chances, who.number, who.columns(step), intent)


def _intents(plan: Plan, n: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """The intent of each customer this month, -1 for none: it shows in own features and counts the month after."""
    if not plan.intents:
        return np.full(n, -1)
    shares = list(plan.effects["intents"].values())
    return rng.choice([*range(len(shares)), -1], n, p=[*shares, 1 - sum(shares)])


def _chances(
    plan: Plan,
    who: Customers,
    step: int,
    held: Flags,
    took: Flags,
    ever: Flags,
    intent: npt.NDArray[np.int64],
) -> Floats:
    """The chance that each customer takes each product in a month, given the months before: [n, products]."""
    age = who.age(step)
    bands = np.searchsorted(plan.effects["columns"]["age"]["edges"][1:-1], age, side="right")
    odds = plan.base + plan.ages.T[bands]
    odds += held.astype(np.float32) @ plan.has + took.astype(np.float32) @ plan.took
    odds += plan.season[(FIRST + step).month - 1] + RETURN * (ever & ~held)
    for key, added in plan.where.items():
        column, _, value = key.partition("=")
        odds += np.outer(who.drawn[column].astype(str) == value, added).astype(np.float32)
    if plan.intents:
        odds += np.vstack([plan.intent, np.zeros(len(plan.ids), np.float32)])[intent]
    chances = 1 / (1 + np.exp(-odds))
    chances[(age[:, None] < plan.from_age) | (age[:, None] >= plan.until_age)] = 0
    for item, need in plan.comes_with:
        chances[~held[:, need], item] = 0
    return np.where(held, 0, chances).astype(np.float32)


def snapshot(plan: Plan, month: Month) -> pa.Table:
    """The rows of a month, in no particular order: the columns that `bank.toml` names."""
    columns = {plan.bank["month"]: _last_day(month), plan.bank["customer"]: month.number, **month.columns}
    boolean = plan.effects.get("flags") == "boolean"
    columns |= {
        item: month.held[:, at] if boolean else month.held[:, at].astype(np.int8) for at, item in enumerate(plan.ids)
    }
    rows = np.flatnonzero(month.there)[::-1]
    return _table({name: values[rows] for name, values in columns.items()})


def truth(plan: Plan, last: Month, after: Month) -> pa.Table:
    """A row for every product and every customer present in both months: whether it was added, and its true chance."""
    rows = np.flatnonzero(last.there & after.there)
    items = np.tile(np.array(plan.ids, dtype=object), len(rows))
    return _table(
        {
            plan.bank["customer"]: np.repeat(last.number[rows], len(plan.ids)),
            "product": items,
            "added": (after.added & ~last.held)[rows].ravel(),
            "probability": after.chances[rows].ravel(),
        }
    )


def own_features(plan: Plan, month: Month, seed: int) -> pa.Table:
    """What is known at the end of a month beside the snapshot: the first two tell intents, the last two nothing."""
    rng = np.random.default_rng([seed, month.step])
    n, wants = len(month.there), month.intent >= 0
    pages = np.array([*plan.intents, "home"], dtype=object)
    last_page = pages[np.where(wants & (rng.random(n) < 0.85), month.intent, rng.integers(0, len(pages), n))]
    columns = {
        plan.bank["customer"]: month.number,
        plan.bank["month"]: _last_day(month),
        "page_views": rng.poisson(np.where(wants, 5.0, 0.7)).astype(np.float64),
        "last_page": np.where(rng.random(n) < 0.1, None, last_page),
        "letters_sent": rng.poisson(2.0, n).astype(np.float64),
        "lottery_number": rng.integers(1, 8, n).astype(np.int8),
    }
    return _table({name: values[month.there] for name, values in columns.items()})


def _last_day(month: Month) -> npt.NDArray[Any]:
    day = np.datetime64(str((FIRST + month.step).end_time.date()))
    return np.full(len(month.there), day)


def _table(columns: dict[str, npt.NDArray[Any]]) -> pa.Table:
    return pa.Table.from_pandas(pd.DataFrame(columns), preserve_index=False)


def write(example: str, customers: int, months: int, seed: int, output: Path) -> None:
    """Write `snapshots/YYYY-MM.parquet`, `truth.parquet` and, of a bank with own features, `features.parquet`.

    `source.json` says that the bank is simulated, as reports and charts repeat.
    """
    plan = Plan(example)
    beside = output / ".writing"
    shutil.rmtree(beside, ignore_errors=True)
    (beside / "snapshots").mkdir(parents=True)
    features = []
    last: Month | None = None
    for month in simulate(plan, customers, months, seed):
        if month.step == months and last is not None:
            pq.write_table(truth(plan, last, month), beside / "truth.parquet")
            break
        pq.write_table(snapshot(plan, month), beside / "snapshots" / f"{FIRST + month.step}.parquet")
        features += [own_features(plan, month, seed)] * bool(plan.intents)
        last = month
    if features:
        pq.write_table(pa.concat_tables(features), beside / "features.parquet")
    name = f"simulated {example.replace('_', ' ')}, {customers:,} customers, seed {seed}"
    (beside / "source.json").write_text(json.dumps({"name": name}, indent=1) + "\n", encoding="utf-8")
    for path in beside.iterdir():  # nothing of an older bank stays
        target = output / path.name
        shutil.rmtree(target, ignore_errors=True)
        path.replace(target)
    beside.rmdir()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("example", choices=EXAMPLES)
    parser.add_argument("--customers", type=int, default=20_000, metavar="N", help="at least 100 (20000)")
    parser.add_argument("--months", type=int, default=12, metavar="N", help=f"2 to 60, from {FIRST} on (12)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="same seed, same bank (1)")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR")
    given = parser.parse_args()
    if given.customers < 100 or not 2 <= given.months <= 60 or given.seed < 0:
        parser.error("a bank has at least 100 customers, 2 to 60 months, and a seed of 0 or more")
    write(given.example, given.customers, given.months, given.seed, given.output)
    print(f"{given.output}: {given.customers:,} customers, {given.months} months in snapshots/, truth.parquet")


if __name__ == "__main__":
    main()
