"""Published figures of a bank's real data, to compare with those observed: `published.toml`, of Santander alone."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd

from bankrec.bank.description import Bank
from bankrec.explore.waves import usual

_OF = "santander"


@cache
def figures() -> dict[str, Any]:
    """The published figures of the real file, as the TOML file has them."""
    text = resources.files("bankrec.explore").joinpath("published.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def has_figures(bank: Bank) -> bool:
    """Whether anything is published of this bank."""
    return bank.name == _OF


def prevalence(bank: Bank) -> pd.Series | None:
    """Share of the rows that hold each product, by name; None where nothing is published."""
    if not has_figures(bank):
        return None
    rows, called = sum(figures()["customers_by_month"]), dict(zip(bank.ids, bank.catalogue.names, strict=True))
    shares = {called[item]: held / rows for item, held in figures()["held"].items() if item in called}
    return pd.Series(shares, name=figures()["name"]).sort_values(ascending=False, kind="stable")


def acquisitions(bank: Bank) -> pd.DataFrame | None:
    """Customers who acquire each product, by month (rows) and product name; None where nothing is published."""
    if not has_figures(bank):
        return None
    by_product = figures()["acquired"]
    first, n = pd.Period(figures()["months_from"], "M"), len(figures()["customers_by_month"])
    months = [str(first + step) for step in range(1, n)]
    called = dict(zip(bank.ids, bank.catalogue.names, strict=True))
    table = pd.DataFrame({called[item]: counts for item, counts in by_product.items() if item in called}, index=months)
    return table[table.sum().sort_values(ascending=False, kind="stable").index].rename_axis("month")


def acquirers(bank: Bank) -> pd.Series | None:
    """Share who acquire something by month, estimated: acquisitions over customers and over products each."""
    table = acquisitions(bank)
    if table is None:
        return None
    customers = np.array(figures()["customers_by_month"], dtype=float)
    share = table.sum(axis=1).to_numpy() / figures()["each"] / np.minimum(customers[:-1], customers[1:])
    return pd.Series(share, index=table.index, name=f"{figures()['name']} (estimated)")


def missing(bank: Bank) -> pd.Series | None:
    """Share of the rows without a value by raw column; None where nothing is published."""
    if not has_figures(bank):
        return None
    rows = sum(figures()["customers_by_month"])
    return pd.Series({name: count / rows for name, count in figures()["missing"].items()}, name=figures()["name"])


def groups(bank: Bank, made: pd.DataFrame) -> pd.DataFrame | None:
    """Shares of the rows by column and group, published and here (`groups.made_of`); None without published ones."""
    if not has_figures(bank):
        return None
    rows = sum(figures()["customers_by_month"])
    shares = {(column, group): n / rows for column, of in figures()["groups"].items() for group, n in of.items()}
    shares[("active", "active")] = figures()["active"]
    table = pd.Series(shares, name="published").rename_axis(["column", "group"]).to_frame()
    return table.assign(here=made["share"].reindex(table.index))


def waves(bank: Bank) -> pd.DataFrame | None:
    """Waves by product and month: likely reason, customers, times a usual month; None where nothing is published."""
    table = acquisitions(bank)
    if table is None:
        return None
    expected, called = usual(table), dict(zip(bank.ids, bank.catalogue.names, strict=True))
    rows = []
    for wave in figures()["waves"]:
        product, month = called[wave["product"]], wave["month"]
        count = int(table.loc[month, product])
        times = count / float(expected.loc[month, product])
        rows.append((product, month, wave["reason"], count, times))
    return pd.DataFrame(rows, columns=["product", "month", "likely reason", "customers published", "times published"])
