"""How like the real bank the simulated one is: one table, real | simulated | within tolerance.

    python -m benchmarks.simulator_fidelity [--customers 100000] [--seed 1]

Real figures come from `bankrec/bank_facts.json`; counts are scaled to the whole bank of 956,645.
Sampling noise of a small bank is allowed for: four standard deviations on top of the tolerance. Where
`BANKREC_REAL_DATA` names a folder with real rows, joint distributions are compared with them as well
(`benchmarks.simulator_joint`).
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from bankrec.products import N_PRODUCTS
from bankrec.simulator import live, simulate
from bankrec.simulator_facts import LAST_MONTHS, facts, monthly
from benchmarks.simulator_joint import joint

Rows = list[tuple[str, float, float, float]]  # what, real, simulated, absolute tolerance


def main() -> int:
    """Print the table; exit 1 if anything is out of tolerance."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rows = behaviour(arguments.customers, arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        bank = Path(folder) / "bank.parquet"
        simulate(arguments.customers, arguments.seed, bank)
        rows += profile(bank, arguments.customers)
        if real := os.environ.get("BANKREC_REAL_DATA"):
            rows += joint(bank, Path(real))
    missed = 0
    print(f"{'figure':<44}{'real':>12}{'simulated':>12}  within")
    for what, real, simulated, tolerance in rows:
        within = abs(real - simulated) <= tolerance
        missed += not within
        print(f"{what:<44}{_text(real):>12}{_text(simulated):>12}  {'yes' if within else 'NO'}")
    print(f"\n{len(rows) - missed} of {len(rows)} figures within tolerance")
    if not real:
        print("joint distributions skipped: BANKREC_REAL_DATA names no folder with real rows")
    return 1 if missed else 0


def behaviour(customers: int, seed: int) -> Rows:
    """Rows, additions, losses, who adds and how often, coming back, co-additions."""
    words = np.zeros((customers, LAST_MONTHS), np.uint32)
    seen, active = np.zeros(words.shape, bool), np.zeros(words.shape, bool)

    def see(_: Any, state: Any, present: Any) -> None:
        words[present, state.month] = state.words[present]
        seen[:, state.month], active[:, state.month] = present, state.active & present

    live(customers, seed, LAST_MONTHS, see)
    known, scale = facts(), customers / facts()["customers"]
    both = seen[:, 1:] & seen[:, :-1]
    up = np.where(both, words[:, 1:] & ~words[:, :-1], 0).astype(np.uint32)
    down = np.where(both, words[:, :-1] & ~words[:, 1:], 0).astype(np.uint32)
    rows: Rows = []
    for month, real in enumerate(known["rows_by_month"]):
        rows.append((f"rows {_month(month)}", real, seen[:, month].sum() / scale, 0.02 * real))
    names = [name[4:].replace("_ult1", "") for name in known["products"]]
    added = np.stack([_bits(up[:, m]).sum(axis=0) for m in range(16)], axis=1)
    lost = np.stack([_bits(down[:, m]).sum(axis=0) for m in range(16)], axis=1)
    for title, ours, table, share in (("added", added, "additions", 0.12), ("lost", lost, "drops", 0.20)):
        for j, name in enumerate(names):
            real = monthly(table)[j, :16]
            rows.append(_count(f"{title} {name}, 16 months", real.sum(), ours[j].sum(), scale, share))
            if title == "added" and real.sum() > 2_000:
                for m in range(16):
                    label = f"added {name} {_month(m + 1)}"
                    rows.append(_count(label, real[m], ours[j, m], scale, 0.2))
    adders = (up != 0).sum(axis=0) / both.sum(axis=0)
    for m, real in enumerate(known["adders"]["shares"][:16]):
        rows.append((f"share of adders {_month(m + 1)}", real, float(adders[m]), 0.004))
    rows.append(("additions per adder", 1.258, np.bitwise_count(up).sum() / (up != 0).sum(), 0.06))
    rows.append(("customers who ever add", 0.211, float((up != 0).any(axis=1).mean()), 0.03))
    may = up[:, 15] != 0
    rows.append(("May adders active in May", known["adders_active"], float(active[may, 16].mean()), 0.03))
    rows.append(("active, all rows", known["active_share"], active.sum() / seen.sum(), 0.03))
    rows.append(("May adders without products", known["adders_empty"], float((words[may, 15] == 0).mean()), 0.03))
    rows.append(("bank without products, May", known["bank_empty"], float((words[seen[:, 16], 16] == 0).mean()), 0.03))
    for name, real in known["readd_share"].items():
        j = names.index(name)
        adds = (up[:, 15] >> np.uint32(j)) & 1 != 0
        had = _bits(np.bitwise_or.reduce(words[adds, 11:15], axis=1))[:, j].mean()
        rows.append((f"had {name} within five months, May", real, float(had), 0.08))
    flags = _bits(up.ravel()[up.ravel() != 0]).astype(float)
    together = flags.T @ flags
    short = [name.replace("_fin", "") for name in names]
    for pair, real in known["coadditions"].items():
        a, b = (short.index(name) for name in pair.split(">"))
        rows.append((f"also added: {pair}", real, together[a, b] / max(together[a, a], 1), max(0.03, 0.25 * real)))
    return rows


def profile(bank: Path, customers: int) -> Rows:
    """Shares of categories, missing values and changes of the raw text."""
    known = facts()
    scale = customers / known["customers"]
    bank_rows = duckdb.read_parquet(str(bank))
    total = bank_rows.count("*").fetchall()[0][0]
    shares = {
        "sexo_V": "sexo = 'V'", "ind_nuevo_1": "ind_nuevo = ' 1'", "indext_S": "indext = 'S'",
        "indfall_S": "indfall = 'S'", "indresi_N": "indresi = 'N'", "indrel_99": "indrel = '99'",
        "tiprel_I": "tiprel_1mes = 'I'", "segmento_01": "segmento like '01%'",
        "segmento_02": "segmento like '02%'", "segmento_03": "segmento like '03%'",
        "indrel_1mes_float": "indrel_1mes like '%.0'",
    }  # fmt: skip
    rows: Rows = []
    for name, test in shares.items():
        found = bank_rows.aggregate(f"avg(coalesce(({test})::int, 0))").fetchall()[0][0]
        real = known["shares"][name]
        noise = 4 * np.sqrt(real * (1 - real) / customers)  # of customers: their rows say the same
        rows.append((f"share {name}", real, found, max(0.15 * real, 0.001) + float(noise)))
    for name, real in known["missing_rows"].items():
        found = bank_rows.aggregate(f"count(*) filter ({name} is null or trim({name}) = 'NA')").fetchall()[0][0]
        rows.append(_count(f"missing {name}", real, found, scale, 0.25))
    rows += _changes(bank, scale)
    numbers = bank_rows.aggregate(
        "avg(try_cast(trim(age) as int)), quantile_cont(try_cast(trim(age) as int), [0.25, 0.5, 0.75]),"
        "quantile_cont(try_cast(trim(antiguedad) as int), [0.25, 0.5, 0.75]),"
        "quantile_cont(try_cast(renta as double), [0.25, 0.5, 0.75])"
    ).fetchall()[0]
    rows.append(("age, mean", known["ages"]["mean"], numbers[0], 2.0))
    for title, values, reals, share in (
        ("age", numbers[1], (24, 39, 50), 0.1), ("antiguedad", numbers[2], (23, 50, 135), 0.25),
        ("renta", numbers[3], (68_711, 101_850, 155_956), 0.08),
    ):  # fmt: skip
        for quarter, value, real in zip((25, 50, 75), values, reals, strict=True):
            rows.append((f"{title}, {quarter}% quantile", real, value, share * real + 1))
    known_rows = "nomprov is not null and trim(nomprov) <> ''"
    found = dict(bank_rows.filter(known_rows).aggregate("nomprov, count(*)").fetchall())
    income = dict(bank_rows.aggregate("nomprov, exp(avg(ln(try_cast(renta as double))))").fetchall())
    for _, name, percent, log_income in sorted(known["provinces"], key=lambda row: -row[2])[:12]:
        rows.append((f"share of {name}", percent / 100, found.get(name, 0) / total, 0.12 * percent / 100))
        real = float(np.exp(log_income))
        rows.append((f"income of {name}, geometric mean", real, income.get(name, 0), 0.08 * real))
    return rows


def _changes(bank: Path, scale: float) -> Rows:
    """Customers with several values of a column; missing is a value for those of `changed_with_missing`."""
    known, rows = facts(), []
    for name, real in known["changed_customers"].items():
        value = f"nullif(nullif(replace(trim({name}), '.0', ''), 'NA'), '')"
        if name in known["changed_with_missing"]:
            value = f"coalesce({value}, '')"
        changed = f"SELECT ncodpers FROM '{bank}' WHERE trim(age) <> 'NA' GROUP BY 1 HAVING count(DISTINCT {value}) > 1"
        found = duckdb.sql(f"SELECT count(*) FROM ({changed})").fetchall()[0][0]
        rows.append(_count(f"customers whose {name} changes", real, found, scale, 0.3))
    return rows


def _count(what: str, real: float, found: float, scale: float, share: float) -> tuple[str, float, float, float]:
    """A count of the whole bank beside one of ours, scaled up; tolerance in share plus sampling noise."""
    return what, float(real), float(found) / scale, share * real + 4 * np.sqrt(max(real * scale, 1)) / scale


def _bits(words: Any) -> Any:
    return (words[..., None] >> np.arange(N_PRODUCTS, dtype=np.uint32)) & np.uint32(1) != 0


def _month(month: int) -> str:
    return str(np.datetime64("2015-01") + month)


def _text(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4f}"


if __name__ == "__main__":
    raise SystemExit(main())
