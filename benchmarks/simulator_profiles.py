"""How similar the simulated bank's profile is to the real one: categories, missing values, dirt, changes, numbers.

Read by `benchmarks.simulator_fidelity`; real figures come from `bankrec/simulator/bank_facts.json`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from bankrec.simulator.figures import facts
from benchmarks.simulator_tolerance import Rows, count

_MOSTLY_MISSING = ("ult_fec_cli_1t", "conyuemp")  # their known values are counted, not the missing ones
_INCOME_SPREAD = 0.61  # standard deviation of the logarithm
_AGE = "try_cast(trim(age) as int)"


def profile(bank: Path, customers: int) -> Rows:
    """All rows on the profile of the raw `bank` (parquet, all text)."""
    rows = duckdb.read_parquet(str(bank))
    scale = customers / facts()["customers"]
    return (
        _categories(rows, scale)
        + _dirt(rows, scale)
        + _changes(bank, scale)
        + _numbers(rows, customers)
        + _provinces(rows, customers)
    )


def _categories(bank: Any, scale: float) -> Rows:
    """Rows of every value of every category."""
    known = facts()
    rows: Rows = []
    for name, values in (known["category_rows"] | {"pais_residencia": known["countries"]}).items():
        value = f"coalesce(trim({name}), '')"
        counts = dict(bank.aggregate(f"{value} AS value, count(*)").fetchall())
        for text, real in values.items():
            rows.append(count(f"rows {name} {text}", real, counts.get(text, 0), scale, 0.15, static=True))
    return rows


def _dirt(bank: Any, scale: float) -> Rows:
    """Missing values by column, nearly empty rows, seniority that is not one."""
    known = facts()
    rows: Rows = []
    for name, real in known["missing_rows"].items():
        missing = f"({name} is null or trim({name}) in ('', 'NA'))"
        what, wanted = f"missing {name}", real
        if name in _MOSTLY_MISSING:
            what, wanted, missing = f"known {name}", sum(known["rows_by_month"]) - real, f"not {missing}"
        simulated = bank.aggregate(f"count(*) filter ({missing})").fetchall()[0][0]
        rows.append(count(what, wanted, simulated, scale, 0.25, static=True))
    for what, real, test in (
        ("nearly empty rows", known["nearly_empty_rows"], "trim(age) = 'NA' and trim(indrel) = 'NA'"),
        ("seniority of -999999", known["unknown_seniority_rows"], "trim(antiguedad) = '-999999'"),
    ):
        simulated = bank.aggregate(f"count(*) filter ({test})").fetchall()[0][0]
        rows.append(count(what, real, simulated, scale, 0.25, static=True))
    return rows


def _changes(bank: Path, scale: float) -> Rows:
    """Customers with several values of a column; missing is a value for those of `changed_with_missing`."""
    known, rows = facts(), []
    for name, real in (known["changed_customers"] | {"renta": 0}).items():
        value = f"nullif(nullif(replace(trim({name}), '.0', ''), 'NA'), '')"
        if name in known["changed_with_missing"]:
            value = f"coalesce({value}, '')"
        changed = f"SELECT ncodpers FROM '{bank}' WHERE trim(age) <> 'NA' GROUP BY 1 HAVING count(DISTINCT {value}) > 1"
        simulated = duckdb.sql(f"SELECT count(*) FROM ({changed})").fetchall()[0][0]
        rows.append(count(f"customers whose {name} changes", real, simulated, scale, 0.3))
    for when, test, real in (("until", "<=", 0.0), ("after", ">", 0.99)):
        moved = duckdb.sql(
            f"""SELECT avg((tenure <> before)::int) FROM (SELECT fecha_dato AS month, trim(antiguedad) AS tenure,
            lag(trim(antiguedad)) OVER (PARTITION BY ncodpers ORDER BY fecha_dato) AS before FROM '{bank}'
            WHERE trim(antiguedad) NOT IN ('NA', '-999999')) WHERE before IS NOT NULL AND month {test} '2015-07-28'"""
        ).fetchall()[0][0]
        rows.append((f"seniority moves {when} July 2015", real, float(moved), 0.015))
    return rows


def _numbers(bank: Any, customers: int) -> Rows:
    """Age in bands; quartiles of age, seniority and income."""
    known = facts()
    rows: Rows = []
    for band, real in known["age_bands"].items():
        low, high = band.split("-")
        simulated = bank.filter(f"{_AGE} is not null").aggregate(f"avg(({_AGE} between {low} and {high})::int)")
        noise = 4 * float(np.sqrt(real / customers))
        rows.append((f"share of age {band}", real, simulated.fetchall()[0][0], 0.2 * real + noise))
    numbers = bank.aggregate(
        f"avg({_AGE}), quantile_cont({_AGE}, [0.25, 0.5, 0.75]),"
        "quantile_cont(try_cast(trim(antiguedad) as int), [0.25, 0.5, 0.75]),"
        "quantile_cont(try_cast(renta as double), [0.25, 0.5, 0.75])"
    ).fetchall()[0]
    rows.append(("age, mean", known["ages"]["mean"], numbers[0], 2.0))
    ages, tenures = ([known[name][q] for q in ("q25", "q50", "q75")] for name in ("ages", "antiguedad"))
    for title, values, reals, share in (
        ("age", numbers[1], ages, 0.1),
        ("antiguedad", numbers[2], tenures, 0.25),
        ("renta", numbers[3], (68_711, 101_850, 155_956), 0.08),
    ):
        for quarter, value, real in zip((25, 50, 75), values, reals, strict=True):
            rows.append((f"{title}, {quarter}% quantile", real, value, share * real + 1))
    return rows


def _provinces(bank: Any, customers: int) -> Rows:
    """Share and income of every province."""
    by_name = {
        name: (n, income)
        for name, n, income in bank.filter("nomprov is not null and trim(nomprov) <> ''")
        .aggregate("nomprov, count(*), exp(avg(ln(try_cast(renta as double))))")
        .fetchall()
    }
    total = bank.count("*").fetchall()[0][0]
    rows: Rows = []
    for _, name, percent, log_income in sorted(facts()["provinces"], key=lambda row: -row[2]):
        share, real = percent / 100, float(np.exp(log_income))
        n, income = by_name.get(name, (0, np.nan))
        noise = 4 / float(np.sqrt(share * customers))  # relative
        rows.append((f"share of {name}", share, n / total, (0.05 + noise) * share))
        rows.append(
            (f"income of {name}, geometric mean", real, income or np.nan, (0.05 + _INCOME_SPREAD * noise) * real)
        )
    return rows
