"""How similar the simulated bank is to the real one: one table, real | simulated | within tolerance.

    python -m benchmarks.simulator_fidelity [--customers 100000] [--seed 1]

Real figures come from `bankrec/simulator/bank_facts.json`; counts are scaled to the whole bank of 956,645.
Sampling noise of a small bank is allowed for: four standard deviations on top of the tolerance. Where
`BANKREC_REAL_DATA` names a folder with real rows, joint distributions are compared with them as well
(`benchmarks.simulator_joint`).
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from bankrec.simulator.simulate import simulate
from benchmarks.simulator_holdings import holdings
from benchmarks.simulator_joint import joint
from benchmarks.simulator_profiles import profile
from benchmarks.simulator_tolerance import Rows


def main() -> int:
    """Print the table; exit 1 if anything is out of tolerance."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rows = holdings(arguments.customers, arguments.seed)
    folder = os.environ.get("BANKREC_REAL_DATA")
    with tempfile.TemporaryDirectory() as place:
        bank = Path(place) / "bank.parquet"
        simulate(arguments.customers, arguments.seed, bank)
        rows += profile(bank, arguments.customers)
        if folder:
            rows += joint(bank, Path(folder))
    missed = print_table(rows)
    if not folder:
        print("joint distributions skipped: set BANKREC_REAL_DATA to a folder with real rows")
    return 1 if missed else 0


def print_table(rows: Rows) -> int:
    """Print the table, and again the figures out of tolerance; returns their number."""
    lines = [f"{'figure':<48}{'real':>12}{'simulated':>12}  within"]
    missed = []
    for what, real, simulated, tolerance in rows:
        within = abs(real - simulated) <= tolerance
        lines.append(f"{what:<48}{_text(real):>12}{_text(simulated):>12}  {'yes' if within else 'NO'}")
        if not within:
            missed.append(lines[-1])
    print("\n".join(lines))
    print(
        f"\n{len(rows) - len(missed)} of {len(rows)} figures within tolerance" + "".join(f"\n{one}" for one in missed)
    )
    return len(missed)


def _text(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4f}"


if __name__ == "__main__":
    raise SystemExit(main())
