"""How similar simulated rows are to real ones in joint distributions; read by `benchmarks.simulator_fidelity`.

`BANKREC_REAL_DATA` names a folder with `snapshot_2016-03.parquet` (a random tenth of the bank: profile and
holdings), `holdings_random_50k.parquet` (random customer-months) and `june_2015/train_ver2.csv.gz` (January to
May 2015 of those who added something in June 2015). Nothing of them is kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from bankrec.santander.columns import PRODUCT_COLUMNS

Figure = tuple[str, float, float, float]  # what, real, simulated, absolute tolerance
Rows = list[Figure]
_HELD = ", ".join(f"coalesce(try_cast(trim({name}::varchar) as double), 0) = 1 AS {name}" for name in PRODUCT_COLUMNS)
_COUNT = " + ".join(f"{name}::int" for name in PRODUCT_COLUMNS)
_USUAL = tuple(name for name in PRODUCT_COLUMNS if name[4:8] in ("cco_", "cno_", "ctma", "ctop", "ctpp", "dela",
               "ecue", "fond", "reca", "tjcr", "valo", "nomi", "nom_", "reci"))  # fmt: skip
_RETURNING = ("recibo", "nom_pens", "tjcr_fin")
_BANDS = "case when age < 20 then '-19' when age < 26 then '20-25' when age < 40 then '26-39'" \
         " when age < 60 then '40-59' else '60+' end"  # fmt: skip
_PROFILE = """nullif(trim(segmento), '') AS segment, try_cast(trim(age::varchar) as int) AS age,
    try_cast(trim(ind_actividad_cliente::varchar) as double) AS active, canal_entrada AS channel,
    ln(try_cast(trim(renta::varchar) as double)) AS income"""


def joint(bank: Path, real: Path) -> Rows:
    """Shares in the simulated raw `bank` (parquet) beside those in the real rows in the folder `real`."""
    connection = duckdb.connect()
    for name, source in (("ours", bank), ("theirs", real / "snapshot_2016-03.parquet")):
        connection.execute(
            f"CREATE TABLE {name} AS SELECT *, {_COUNT} AS products FROM (SELECT {_PROFILE}, {_HELD} FROM '{source}'"
            " WHERE fecha_dato = '2016-03-28') WHERE segment IS NOT NULL AND age IS NOT NULL"
        )
    rows = []
    for what, where, value, share in _questions():
        answers = [_mean(connection, name, value, where) for name in ("theirs", "ours")]
        rows.append(_row(f"March 2016: {what}", answers[0], answers[1], share))
    return rows + _by_month(connection, bank, real) + _coming_back(connection, bank, real)


def _questions() -> list[tuple[str, str, str, float]]:
    """What, among whom, the mean of what, and the relative tolerance."""
    asked = []
    for segment in ("01", "02", "03"):
        among = f"segment LIKE '{segment}%'"
        asked.append((f"active in segment {segment}", among, "active", 0.15))
        asked.append((f"without products in segment {segment}", among, "(products = 0)::int", 0.35))
        asked.append((f"products in segment {segment}", among, "products", 0.15))
        asked.append((f"log income in segment {segment}", among, "income", 0.01))
    for channel in ("KHE", "KAT", "KFC", "KFA"):
        for segment in ("02", "03"):
            among = f"segment LIKE '{segment}%'"
            asked.append((f"channel {channel} in segment {segment}", among, f"(channel = '{channel}')::int", 0.25))
    for band in ("20-25", "26-39", "40-59", "60+"):
        among = f"{_BANDS} = '{band}'"
        asked += [(f"{name[4:-5]} held at {band}", among, f"{name}::int", 0.3) for name in _USUAL]
    for held in range(7):
        asked.append((f"customers with {held} products", "true", f"(products = {held})::int", 0.25))
    for active in (0, 1):
        asked.append((f"products where active is {active}", f"active = {active}", "products", 0.15))
    for place, first in enumerate(_USUAL):
        for second in _USUAL[place + 1 :]:
            asked.append((f"{first[4:-5]} and {second[4:-5]}", "true", f"({first} AND {second})::int", 0.4))
    return asked


def _by_month(connection: Any, bank: Path, real: Path) -> Rows:
    """Ownership by month in random customer-months."""
    means = ", ".join(f"avg({name}::int)" for name in _USUAL)
    by_source = []
    for source in (real / "holdings_random_50k.parquet", bank):
        query = f"SELECT fecha_dato, count(*), {means} FROM (SELECT fecha_dato, {_HELD} FROM '{source}') GROUP BY 1"
        by_source.append({month: (n, shares) for month, n, *shares in connection.execute(query).fetchall()})
    rows = []
    for month, (n, shares) in sorted(by_source[0].items()):
        for name, theirs, ours in zip(_USUAL, shares, by_source[1][month][1], strict=True):
            rows.append(_row(f"{name[4:-5]} held {month[:7]}", (theirs, n), (ours, by_source[1][month][0]), 0.2))
    return rows


def _coming_back(connection: Any, bank: Path, real: Path) -> Rows:
    """Hazard of coming back by months since the loss, February to May 2015, of those who add in June 2015."""
    query = """SELECT ncodpers::bigint AS ncodpers, fecha_dato, {held} FROM {source} WHERE fecha_dato < '2015-07-01'"""
    answers = []
    for source, all_add in (
        (f"read_csv('{real / 'june_2015' / 'train_ver2.csv.gz'}', all_varchar=true, header=true)", True),
        (f"'{bank}'", False),
    ):
        ours = connection.execute(query.format(held=_HELD, source=source)).fetchnumpy()
        months = np.unique(ours["fecha_dato"].astype(str))
        customers, row = np.unique(ours["ncodpers"], return_inverse=True)
        column = np.searchsorted(months, ours["fecha_dato"].astype(str))
        seen = np.zeros((len(customers), len(months)), bool)
        seen[row, column] = True
        held = np.zeros((len(PRODUCT_COLUMNS), *seen.shape), bool)
        for place, name in enumerate(PRODUCT_COLUMNS):
            held[place, row, column] = ours[name]
        chosen = seen[:, :5].all(axis=1)
        if not all_add:
            chosen &= seen[:, 5] & (held[:, :, 5] & ~held[:, :, 4]).any(axis=0)
        answers.append(_hazards(held[:, chosen, :5]))
    return [_row(what, theirs, answers[1][what], 0.3) for what, theirs in answers[0].items()]


def _hazards(held: Any) -> dict[str, tuple[float, int]]:
    """Share that comes back in the k-th month after the loss, of those still without: `held` bool [24, n, 5]."""
    hazards = {}
    for name in _RETURNING:
        flags = held[PRODUCT_COLUMNS.index(f"ind_{name}_ult1")]
        for since in (1, 2, 3):
            back = still = 0
            for lost in range(1, 5 - since):  # had it the month before `lost`, and not in any month up to the k-th
                out = flags[:, lost - 1] & ~flags[:, lost : lost + since].any(axis=1)
                still += int(out.sum())
                back += int((out & flags[:, lost + since]).sum())
            hazards[f"June acquirers: {name} back after {since} months"] = (back / max(still, 1), still)
    return hazards


def _mean(connection: Any, table: str, value: str, where: str) -> tuple[float, int]:
    mean, n = connection.execute(f"SELECT avg({value}), count({value}) FROM {table} WHERE {where}").fetchall()[0]
    return float(mean or 0), int(n)


def _row(
    what: str, theirs: tuple[float, int], ours: tuple[float, int], share: float
) -> tuple[str, float, float, float]:
    """A share of n real rows beside one of ours: the tolerance, and four standard deviations of both samples."""
    spread = theirs[0] * abs(1 - theirs[0]) if theirs[0] <= 1 else theirs[0]
    noise = 4 * np.sqrt(spread / max(theirs[1], 1) + spread / max(ours[1], 1))
    return what, theirs[0], ours[0], share * theirs[0] + float(noise) + 0.002
