"""One table: how well each way of ranking finds the additions of the month after, over several banks.

`python -m benchmarks.quality --customers 100000 --seeds 1 2 3 --real FOLDER --output docs/quality.md`
prints markdown: MAP@7 over all customers and as a share of its maximum (the share of customers who add),
each with a 95% bootstrap interval over customers; then ours against the reference, customer by customer.
`--earlier` evaluates on the last month that the banks know, and leaves the month after unseen.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bankrec.evaluation.intervals import ratio_interval
from bankrec.evaluation.metrics import average_precision
from benchmarks import banks, kept
from benchmarks.baselines import METHODS

Floats = npt.NDArray[np.float64]
ORACLE = "oracle (true chances)"


def evaluate(bank: banks.Bank, skip: set[str], folder: Path) -> dict[str, Floats]:
    """AP@7 of every customer evaluated for each method: name -> float64 [m].

    What is computed is kept in `folder` for as long as the code and the bank are the same: a run that was stopped
    goes on where it was.
    """
    found = {}
    for name, method in METHODS.items():
        if name in skip:
            continue
        stored = folder / f"quality_{kept.fingerprint(bank.history, bank.name, name)}.npy"
        if stored.exists():
            found[name] = np.load(stored)
            continue
        began = time.perf_counter()
        found[name] = average_precision(method(bank.history)[bank.rows], bank.added)
        adds = max(int((bank.added != 0).sum()), 1)
        took = time.perf_counter() - began
        print(f"{bank.name}: {name} {found[name].sum() / adds:.4f}, {took:.0f} s", file=sys.stderr, flush=True)
        np.save(stored, found[name])
    if bank.oracle is not None:
        found[ORACLE] = average_precision(bank.oracle, bank.added)
    return found


def table(results: list[tuple[banks.Bank, dict[str, Floats]]]) -> str:
    """The markdown table: a row per method, two columns per bank."""
    head = ["method"] + [f"{bank.name}: {what}" for bank, _ in results for what in ("MAP@7, all", "share of maximum")]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for name in (*METHODS, ORACLE):
        if not any(name in found for _, found in results):
            continue
        row = [name]
        for bank, found in results:
            if name in found:
                adds = (bank.added != 0).astype(np.float64)
                row += [_cell(found[name], np.ones(len(adds)), 5), _cell(found[name], adds, 4)]
            else:
                row += ["", ""]
        lines.append("| " + " | ".join(row) + " |")
    maxima = [["", f"at most {(bank.added != 0).mean():.5f}", "1"] for bank, _ in results]
    lines.append("| maximum | " + " | ".join(cell for row in maxima for cell in row[1:]) + " |")
    return "\n".join(lines)


def differences(results: list[tuple[banks.Bank, dict[str, Floats]]]) -> str:
    """Ours less the reference, paired by customer: per bank, and pooled over the simulated banks."""
    lines, pooled = [], []
    for bank, found in results:
        if not {"ours", "reference"} <= set(found):
            continue
        adds = (bank.added != 0).astype(np.float64)
        gain = found["ours"] - found["reference"]
        text = f"- {bank.name}: {_cell(gain, adds, 4, sign=True)} of the maximum"
        if ORACLE in found:
            way = found[ORACLE].sum() - found["reference"].sum()
            text += f", {gain.sum() / way:.0%} of the way from the reference to the oracle"
            pooled.append((gain, adds))
        lines.append(text)
    if pooled:
        gain, adds = (np.concatenate(columns) for columns in zip(*pooled, strict=True))
        lines.append(f"- simulated banks pooled: {_cell(gain, adds, 4, sign=True)} of the maximum")
    return "\n".join(lines)


def _cell(top: Floats, bottom: Floats, digits: int, *, sign: bool = False) -> str:
    found, form = ratio_interval(top, bottom), f"{'+' if sign else ''}.{digits}f"
    return f"{found.value:{form}} [{found.low:{form}}, {found.high:{form}}]"


def main() -> None:
    """Read the options, evaluate bank by bank, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=100_000, help="of each simulated bank")
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2, 3], help="one simulated bank each")
    parser.add_argument("--real", type=Path, help="folder of real rows with acquisitions_*.csv")
    parser.add_argument("--skip", nargs="*", default=[], choices=list(METHODS), help="methods to leave out")
    parser.add_argument("--earlier", type=int, default=0, metavar="MONTHS", help="evaluate on an earlier month")
    parser.add_argument("--folder", type=Path, default=Path("data/quality"), help="where banks are kept")
    parser.add_argument("--output", type=Path, help="also write the markdown here")
    options = parser.parse_args()
    makers = [lambda: banks.real(options.real, options.folder)] if options.real else []
    makers += [lambda seed=seed: banks.simulated(options.customers, seed, options.folder) for seed in options.seeds]
    results = []
    for make in makers:
        bank = make()
        if options.earlier:
            bank = banks.earlier(bank, options.earlier)
        results.append((bank, evaluate(bank, set(options.skip), options.folder)))
    text = f"{table(results)}\n\nOurs less the reference, by customer:\n\n{differences(results)}\n"
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
