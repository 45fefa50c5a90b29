"""Groupings: which customer belongs to which group, by what is known before the month that is evaluated."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec.bank.bands import GROUP_AGES, GROUP_TENURES, Bands
from bankrec.history import History
from bankrec.holdings import ACTIVE, SEGMENTS, segment_codes
from bankrec.persons import age, residence
from bankrec.tenure import tenure_in_years

Names = npt.NDArray[np.str_]
SEXES = {"H": "women", "V": "men"}
# A history has the day of joining: there a band begins on the day, not in the month.
TENURES_IN_YEARS = Bands(tuple(months / 12 for months in GROUP_TENURES.edges), GROUP_TENURES.names)
RESIDENCES = {"N": "abroad", "S": "in the country"}
NATIONALITIES = {"N": "national", "S": "foreign"}
UNKNOWN = "unknown"


def groupings(history: History, t: int) -> dict[str, Names]:
    """The group of each customer in each grouping, as known before target month `t`: str [n]."""
    past = history.until(t)
    last, stated, profile = past.words[:, -1], past.stated(), past.profile
    return {
        "segment": np.array([name or UNKNOWN for name in SEGMENTS])[segment_codes(last)],
        "age": GROUP_AGES.named(age(stated)),
        "sex": _named(profile["sexo"].to_pylist(), SEXES),
        "tenure": TENURES_IN_YEARS.named(tenure_in_years(past)),
        "activity": np.where((last & ACTIVE) != 0, "active", "inactive"),
        "residence": _named(residence(stated).tolist(), RESIDENCES),
        "nationality": _named(profile["indext"].to_pylist(), NATIONALITIES),
    }


def snapshot_groupings(frame: pd.DataFrame) -> dict[str, Names]:
    """The same for the rows of a snapshot, raw or clean; a grouping whose column is missing is left out."""
    found: dict[str, Names] = {}
    for grouping, column, bands in (("age", "age", GROUP_AGES), ("tenure", "antiguedad", GROUP_TENURES)):
        if column in frame.columns:
            values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64)
            found[grouping] = np.where(np.isnan(values), UNKNOWN, bands.named(values))
    for grouping, column, groups in (
        ("sex", "sexo", SEXES),
        ("activity", "ind_actividad_cliente", {"1": "active", "0": "inactive"}),
        ("residence", "indresi", RESIDENCES),
        ("nationality", "indext", NATIONALITIES),
    ):
        if column in frame.columns:
            texts = frame[column].astype(str).str.strip().str.removesuffix(".0")
            found[grouping] = texts.map(groups).fillna(UNKNOWN).to_numpy(dtype=np.str_)
    return found


def _named(values: list[str | None], names: dict[str, str]) -> Names:
    return np.array([names.get(str(value), UNKNOWN) for value in values], dtype=np.str_)
