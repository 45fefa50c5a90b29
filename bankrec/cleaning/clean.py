"""Cleaning: raw months of text to clean snapshots.

Ibis expressions that run on DuckDB and on Spark. `typed` uses one row alone and takes notes
(`bankrec.cleaning.typed_rows`). `completed` fills missing values from rows of the same month only, so that the
result for a month is the same whether it is cleaned alone or with others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import reduce
from operator import add, or_
from typing import Any

import ibis

from bankrec.bank.description import UNKNOWN
from bankrec.cleaning.category_codes import decoded, is_missing
from bankrec.cleaning.rules import DESCRIBED, FLAG_UPPER_BITS, ROW_DROPPED
from bankrec.cleaning.typed_rows import ibis_type
from bankrec.santander.categories import CATEGORIES, CODES, OTHER, UNKNOWN_CODE
from bankrec.santander.columns import CLEAN, CUSTOMER, MONTH, PRODUCT_COLUMNS

_BITS = 60  # months whose bits fit an int64, with room for a few that come twice


@ibis.udf.agg.builtin(name="bit_or")  # type: ignore[untyped-decorator]
def _all_bits(bits: int) -> int:
    """Bitwise `or` of all values: both engines have this function, but Ibis offers it for DuckDB alone."""
    raise NotImplementedError("computed by the engine")


def kept(rows: Any) -> Any:
    """The typed rows that are not dropped: those with a customer, a month, and at least one value."""
    return rows.filter((rows.marks & ROW_DROPPED) == 0)


def doubled(rows: Any, months: Iterable[date]) -> Any:
    """How many customers have several of `rows` in a month, where their snapshot dates are `months`: a number.

    Each row is represented by the bit of its month. The sum of a customer's bits equals their `or` exactly when no
    month comes twice, so no list of all customers and months is needed.
    """
    number = _months(rows[MONTH])
    sums: dict[str, Any] = {}
    lows = sorted({_months(month) // _BITS * _BITS for month in months})
    for low in lows:
        here = number.between(low, low + _BITS - 1)
        bit = here.ifelse(ibis.literal(1, "int64") << (number - low).cast("int64"), 0)
        sums |= {f"sum_{low}": bit.sum(), f"or_{low}": _all_bits(bit)}
    by_customer = rows.group_by(CUSTOMER).agg(**sums)
    twice = (by_customer[f"sum_{low}"] != by_customer[f"or_{low}"] for low in lows)
    return by_customer.filter(reduce(or_, twice)).count()


def one_per_month(rows: Any) -> Any:
    """One row per customer and month: of several the one with the fewest nulls, and of these the largest.

    A relational engine does not know the order of a file, so the choice depends on the contents of the rows alone
    and is the same on every engine.
    """
    given = {name: rows[name].notnull() for name in rows.columns}
    given |= {name: ~is_missing(rows.categories, name) for name in CATEGORIES}
    nulls = reduce(add, ((~there).cast("int32") for there in given.values()))
    unknown = rows.flags & FLAG_UPPER_BITS
    rest = (rows[name].desc() for name in rows.columns if name not in (MONTH, CUSTOMER))
    place = ibis.row_number().over(group_by=[MONTH, CUSTOMER], order_by=[nulls.asc(), unknown.asc(), *rest])
    return rows.mutate(place=place).filter(lambda table: table.place == 0).drop("place")


def fills(rows: Any) -> Any:
    """The values that fill missing ones: a row per month, from that month's rows alone.

    Columns: month, `fill_age` (median, rounded down), `fill_renta` (median, EUR), `fill_cod_prov`,
    `fill_nomprov` and `fill_segmento` (most frequent; of equally frequent ones the first in order).
    """
    medians = rows.group_by(MONTH).agg(
        fill_age=rows.age.median().floor().cast("int16"), fill_renta=_median_income(rows.renta)
    )
    places = rows.group_by([MONTH, "cod_prov", "nomprov"]).agg(n=rows.count())
    codes = places.filter(places.cod_prov.notnull()).group_by([MONTH, "cod_prov"])
    code = _first(codes.agg(n=lambda table: table.n.sum()), "cod_prov", ["n"])
    # The name that goes with the code: most of the rows with that code have it.
    named = places.filter(places.nomprov.notnull()).left_join(code, MONTH).drop(f"{MONTH}_right")
    named = named.mutate(same=(named.cod_prov == named.fill_cod_prov).ifelse(named.n, 0))
    named = named.group_by([MONTH, "nomprov"]).agg(same=named.same.sum(), n=named.n.sum())
    name = _first(named, "nomprov", ["same", "n"])
    segments = rows.select(MONTH, segmento=decoded(rows.categories, "segmento"))
    segments = segments.filter(segments.segmento.notnull() & (segments.segmento != OTHER))
    segment = _first(segments.group_by([MONTH, "segmento"]).agg(n=segments.count()), "segmento", ["n"])
    for part in (code, name, segment):
        medians = medians.left_join(part, MONTH).drop(f"{MONTH}_right")
    return medians


def province_incomes(rows: Any) -> Any:
    """Median known income, `province_renta` in EUR a year, by month and province."""
    known = rows.filter(rows.renta.notnull() & rows.cod_prov.notnull())
    return known.group_by([MONTH, "cod_prov"]).agg(province_renta=_median_income(known.renta))


def completed(rows: Any, fill: Any, incomes: Any) -> Any:
    """Typed rows to clean rows: exactly the columns of `columns.CLEAN`, without nulls.

    `fill` and `incomes` are the results of `fills` and `province_incomes` on the same rows. A zero is
    filled in only where a column has no value in the whole month.
    """
    rows = rows.left_join(fill, MONTH).drop(f"{MONTH}_right")
    rows = rows.mutate(
        **{name: decoded(rows.categories, name) for name in CATEGORIES},
        cod_prov=_exactly(ibis.coalesce(rows.cod_prov, rows.fill_cod_prov, 0), "int8"),
        fecha_alta=ibis.coalesce(rows.fecha_alta, rows[MONTH]),
    )
    rows = rows.left_join(incomes, [MONTH, "cod_prov"]).drop(f"{MONTH}_right", "cod_prov_right")
    month, joined = rows[MONTH], rows.fecha_alta
    tenure = _months(month) - _months(joined)
    filled: Mapping[str, tuple[Any, ...]] = {
        "age": (rows.fill_age, 0),
        "antiguedad": (ibis.greatest(tenure, 0),),
        "indrel_1mes": ("N",),
        "tiprel_1mes": ("N",),
        "nomprov": (rows.fill_nomprov, UNKNOWN),
        "renta": (rows.province_renta, rows.fill_renta, 0.0),
        "segmento": (rows.fill_segmento, UNKNOWN),
        **dict.fromkeys(CODES, (UNKNOWN_CODE,)),
    }
    flag = {name: (rows.flags & (3 << 2 * bit)) == (1 << 2 * bit) for bit, name in enumerate(PRODUCT_COLUMNS)}
    columns = {
        **{name: rows[name] for name in (MONTH, CUSTOMER, "cod_prov", "fecha_alta")},
        **{
            name: ibis.coalesce(rows[name], *filled.get(name, (UNKNOWN,)))
            for name in DESCRIBED
            if name not in ("cod_prov", "fecha_alta")
        },
        **flag,
        "renta_imputed": rows.renta.isnull(),
        "flags_imputed": (rows.flags & FLAG_UPPER_BITS) != 0,
    }
    return rows.select(**{name: _exactly(columns[name], ibis_type(kind)) for name, kind in CLEAN.items()})


def _months(day: Any) -> Any:
    """Months since the year 0 of a date, or of a column of dates."""
    year, month = (day.year, day.month) if isinstance(day, date) else (day.year(), day.month())
    return year * 12 + month


def _exactly(column: Any, kind: str) -> Any:
    # Ibis gives a literal the smallest type and leaves out the cast; Spark reads the literal as an int.
    return (column.cast("int64") if kind.startswith("int") else column).cast(kind)


def _median_income(income: Any) -> Any:
    # In whole cents, so that both engines give the same number where it lies between two values.
    return (income * 100).round().cast("int64").median().floor() / 100


def _first(counted: Any, name: str, by: Iterable[str]) -> Any:
    """By month the value of `name` with the largest `by`, as `fill_<name>`."""
    order = [*(counted[key].desc() for key in by), counted[name].asc()]
    ranked = counted.mutate(place=ibis.row_number().over(group_by=MONTH, order_by=order))
    return ranked.filter(ranked.place == 0).select(MONTH, ranked[name].name(f"fill_{name}"))
