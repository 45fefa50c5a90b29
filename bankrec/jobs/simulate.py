"""`simulate`: raw months of a simulated bank, and the true probabilities of the month after its last."""

from __future__ import annotations

from argparse import Namespace

from bankrec.simulator.simulate import simulate


def command(arguments: Namespace) -> int:
    """Write the bank, and with `--truth` its true probabilities."""
    rows, customers = simulate(
        arguments.customers, arguments.seed, arguments.output, arguments.truth, months=arguments.months
    )
    print(f"{arguments.output}: {rows:,} customer-months of {customers:,} customers")
    if arguments.truth:
        print(f"{arguments.truth}: the true probabilities of the month after")
    return 0
