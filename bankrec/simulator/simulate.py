"""A simulated bank in the raw format, with the true chances of its next month kept beside it.

See `docs/decisions` for how it is built and what its truth means.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from bankrec.errors import InputError
from bankrec.santander.size import MONTHS, SIMULATED_CUSTOMERS, SIMULATED_MONTHS
from bankrec.simulator.chances import State, chances
from bankrec.simulator.dynamics import draw, start, step
from bankrec.simulator.population import Profile, draw_profile
from bankrec.simulator.truth import Next, write_truth
from bankrec.simulator.writer import RawWriter

SPREAD = 1.3  # of the log of a customer's intensity: a fifth of the customers make all acquisitions
SHARPNESS = 3.0  # of tastes, which are known only to a model of the truth, beyond the history
REDRAWS = 8


def simulate(
    customers: int, seed: int, output: Path, truth: Path | None = None, *, months: int = MONTHS
) -> tuple[int, int]:
    """Write a bank of `customers` over `months` months from January 2015 on to `output`; limits: `santander.size`.

    `.csv`, `.csv.gz` or `.parquet` (all text) by the name of `output`. `truth` is a parquet of
    `ncodpers, product, held, p_add, added, redraws` for the month after the last. Same seed, same bytes; with fewer
    months, the file holds the first months of the same bank, without the customers who join later. Returns
    the numbers of rows and of customers who have one. Raises `InputError` for a size or name it does not know.
    """
    for given, (fewest, most), name in (
        (customers, SIMULATED_CUSTOMERS, "customers"),
        (months, SIMULATED_MONTHS, "months"),
    ):
        if not fewest <= given <= most:
            raise InputError(f"a bank of {given:,} {name}: choose from {fewest:,} to {most:,}")
    if seed < 0:
        raise InputError(f"seed {seed}: a seed is 0 or above")
    rows, there = 0, np.zeros(customers, np.bool_)
    with (
        RawWriter(output, seed) as writer,
        tqdm(total=months, unit="month") as bar,
    ):

        def write(profile: Profile, state: State, present: npt.NDArray[np.bool_]) -> None:
            nonlocal rows
            rows += writer.write(profile, state, present)
            there[present] = True
            bar.update()

        after = live(customers, seed, months, write)
    if truth is not None:
        write_truth(after, truth)
    return rows, int(there.sum())


def live(
    customers: int,
    seed: int,
    months: int = MONTHS,
    see: Callable[[Profile, State, npt.NDArray[np.bool_]], None] | None = None,
) -> Next:
    """Simulate `months` months (2 to 17), calling `see` after each; returns the month after.

    The state passed to `see` must not be changed. Target customers are those present in both months.
    """
    profile = draw_profile(customers, np.random.default_rng([seed, 0]))
    state = start(profile, np.random.default_rng([seed, 1]), SPREAD)
    for month in range(months):
        present = profile.present(month)
        if see is not None:
            see(profile, state, present)
        both = present & profile.present(month + 1)
        events = chances(state, profile, both, SHARPNESS)
        rng = np.random.default_rng([seed, 2, month])
        added, dropped = draw(events, state, rng)
        if month < months - 1:
            step(state, added, dropped, both, np.random.default_rng([seed, 3, month]))
    redrawn = np.stack([draw(events, state, np.random.default_rng([seed, 4, r]))[0][both] for r in range(REDRAWS)])
    return Next(profile.user_id[both], state.words[both], events.probabilities()[both], added[both], redrawn)
