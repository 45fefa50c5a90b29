"""Groupings: which customer belongs to which group, by what is known before the month that is evaluated."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec.history import History
from bankrec.holdings import ACTIVE, SEGMENTS, segment_codes
from bankrec.persons import age, residence

Names = npt.NDArray[np.str_]
SEXES = {"H": "women", "V": "men"}
AGES, AGE_NAMES = (18, 26, 36, 51, 66), ("under 18", "18-25", "26-35", "36-50", "51-65", "over 65")
TENURES, TENURE_NAMES = (1, 3, 10), ("under 1 year", "1-3 years", "3-10 years", "over 10 years")
RESIDENCES = {"N": "abroad", "S": "in the country"}
NATIONALITIES = {"N": "national", "S": "foreign"}
UNKNOWN = "unknown"


def groupings(history: History, t: int) -> dict[str, Names]:
    """The group of each customer in each grouping, as known before target month `t`: str [n]."""
    past = history.until(t)
    last, stated, profile, before = past.words[:, -1], past.stated(), past.profile, past.months[-1]
    return {
        "segment": np.array([name or UNKNOWN for name in SEGMENTS])[segment_codes(last)],
        "age": _banded(age(stated), AGES, AGE_NAMES),
        "sex": _named(profile["sexo"].to_pylist(), SEXES),
        "tenure": _banded(_years(profile["fecha_alta"].to_numpy(zero_copy_only=False), before), TENURES, TENURE_NAMES),
        "activity": np.where((last & ACTIVE) != 0, "active", "inactive"),
        "residence": _named(residence(stated).tolist(), RESIDENCES),
        "nationality": _named(profile["indext"].to_pylist(), NATIONALITIES),
    }


def snapshot_groupings(frame: pd.DataFrame) -> dict[str, Names]:
    """The same for the rows of a snapshot, raw or clean; a grouping whose column is missing is left out."""
    found: dict[str, Names] = {}
    for grouping, column, edges, names in (
        ("age", "age", AGES, AGE_NAMES),
        ("tenure", "antiguedad", tuple(12 * years for years in TENURES), TENURE_NAMES),
    ):
        if column in frame.columns:
            values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64)
            found[grouping] = np.where(np.isnan(values), UNKNOWN, _banded(values, edges, names))
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


def _banded(values: npt.NDArray[np.generic], edges: tuple[int, ...], names: tuple[str, ...]) -> Names:
    return np.array(names)[np.searchsorted(edges, values, side="right")]


def _years(joined: npt.NDArray[np.generic], now: date) -> npt.NDArray[np.float64]:
    days = (np.datetime64(now) - joined.astype("datetime64[D]")).astype("timedelta64[D]").astype(np.float64)
    return days / 365.25
