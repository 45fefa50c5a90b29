from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from bankrec.config import Config
from bankrec.evaluation import groups
from bankrec.evaluation.groupings import in_order_of_bands
from bankrec.history import History
from bankrec.holdings import PRESENT, all_held
from bankrec.ranked import Ranked, lists_by
from tests.santander import ACTIVE, BANK, person, segment

N = 400


def bank() -> History:
    """Even rows: active men of 30 in TOP; odd rows: inactive women of 70 in PARTICULARES. All hold product 2."""
    even = np.arange(N) % 2 == 0
    last = np.where(even, ACTIVE | segment(1), segment(2)) | PRESENT
    words = np.repeat((last | np.uint64(4))[:, None], 3, axis=1)
    values = {
        "sexo": np.where(even, "V", "H"),
        "pais_residencia": ["ES"] * N,
        "canal_entrada": ["KHE"] * N,
        "ind_empleado": ["N"] * N,
        "indresi": ["S"] * N,
        "indext": ["N"] * N,
        "cod_prov": np.full(N, 28, np.int8),
        "age": np.where(even, 30, 70).astype(np.int16),
        "fecha_alta": [date(2010, 1, 1)] * N,
        "renta": np.full(N, 1e5),
    }
    profile = pa.table({column.column: values[column.column] for column in BANK.kept})
    months = (date(2016, 3, 28), date(2016, 4, 28), date(2016, 5, 28))
    persons = np.repeat(person(np.where(even, 30, 70), 28)[:, None], 3, axis=1)
    return History(BANK, np.arange(N, dtype=np.int64), months, words, persons, profile)


def ranked(history: History, first: np.ndarray) -> Ranked:
    """Lists that put product `first` [n] at the top."""
    held = history.words[:, 1] & all_held(24)
    rates = np.linspace(0.5, 0.1, 24) * np.ones((N, 1))
    rates[np.arange(N), first] = 1.0
    items = lists_by(rates, held)
    scores = np.where(items >= 0, 1 / 23, 0).astype(np.float32)
    text = np.full(N, "ok"), np.full(N, "TOP")
    return Ranked(history.user_id, items, scores, held, *text, np.zeros(N, np.uint64))


def table(first: np.ndarray, added: np.ndarray):  # type: ignore[no-untyped-def]
    history = bank()
    return groups.quality(history, ranked(history, first), added.astype(np.uint64), 2, Config())


def test_the_table_for_a_terminal_is_narrow_and_says_who_is_too_few() -> None:
    by_group = table(np.full(N, 10), np.where(np.arange(N) % 2 == 0, 1 << 10, 0))
    by_group.loc[by_group["group"] == "men", "group"] = "m" * len("in the country")
    text = groups.as_text(by_group)
    assert max(map(len, text.splitlines())) <= 120
    assert text.count("whole bank all") == 2 and text.count("residence in the country") == 2
    for word in (*groups.FIGURES, "customers", "acquirers", "expected", "acquisitions"):
        assert word in text, word
    assert "too few acquisitions to evaluate: segment PARTICULARES, age over 65" in text
    value = by_group.iloc[0]
    assert f"{value['of max']:.3f} [{value['of max low']:.3f}, {value['of max high']:.3f}]" in text


def test_a_group_served_worse_is_named() -> None:
    even = np.arange(N) % 2 == 0
    added = np.full(N, 1 << 10)  # all add product 10: at the top for even rows, far down for odd ones
    by_group = table(np.where(even, 10, 0), added)
    top = by_group[(by_group["grouping"] == "segment") & (by_group["group"] == "TOP")].iloc[0]
    assert (top["customers"], top["acquirers"], top["of max"]) == (200, 200, 1.0)
    assert top["expected / observed"] == pytest.approx(1.0)
    worse = groups.gaps(by_group)
    between = top[["expected / observed low", "expected / observed high"]].tolist()
    assert between == pytest.approx([1.0, 1.0]), "each adds one: nothing is left to chance"
    assert any("segment PARTICULARES" in line for line in worse), worse
    assert any("sex women" in line for line in worse), worse
    assert not any("TOP" in line or "sex men" in line for line in worse), worse


def test_equal_service_has_no_gap() -> None:
    assert groups.gaps(table(np.full(N, 10), np.full(N, 1 << 10))) == []


def lists_of_all():  # type: ignore[no-untyped-def]
    made = ranked(bank(), np.full(N, 10))
    return made.items, made.scores, np.full(N, 1 << 10, np.uint64), made.items[:, ::-1]


def test_every_figure_has_an_interval_around_it() -> None:
    items, scores, added, popular = lists_of_all()
    items[: N // 4, 3:], scores[: N // 4, 3:] = -1, 0.0  # a quarter has three products
    added[::3] = 0
    table = groups.by_group(
        {"half": np.where(np.arange(N) < N // 2, "first", "second")}, BANK.catalogue, items, scores, added, popular
    )
    for figure in groups.FIGURES:
        value, low, high = (table[f"{figure}{end}"] for end in ("", " low", " high"))
        assert ((low <= value) & (value <= high)).all(), figure
    first = table.set_index("group").loc["first"]
    assert (first["full list"], first["shown in first 7"]) == (0.5, 5.0)
    assert (first["full list low"], first["full list high"]) == pytest.approx((0.4314, 0.5686), abs=1e-4)
    sentences = groups.gaps(table)
    assert len(sentences) == 1 and "half first: 0.500 [0.431, 0.569] of 200 customers to whom" in sentences[0], (
        sentences
    )
    assert "fewer have a full list" in first["note"]


def test_small_groups_say_so() -> None:
    added = np.zeros(N)
    added[[0, 2, 4]] = 1 << 10
    by_group = table(np.full(N, 10), added)
    assert set(by_group["note"]) == {"too few acquisitions to evaluate"}
    assert by_group["of max"].isna().all()
    few = groups.by_group({"rows": np.where(np.arange(N) < 29, "few", "many")}, BANK.catalogue, *lists_of_all())
    assert few.set_index("group")["note"].to_dict() == {
        "all": "", "few": "too few customers to say anything", "many": "",
    }  # fmt: skip
    figures = few[few["group"] == "few"][list(groups.FIGURES)]
    assert figures.isna().all(axis=None), "what is too small to say anything has no figures"
    assert groups.in_cells(few)[few["group"] == "few"].iloc[0]["full list"] == ""


def test_bands_are_in_the_order_of_the_bank_and_other_groups_by_name() -> None:
    shown = [("whole bank", "all"), ("tenure", "1-3 years"), ("tenure", "over 10 years"), ("tenure", "under 1 year"),
             ("age", "over 65"), ("age", "under 18"), ("sex", "men"), ("sex", "unknown"), ("sex", "women")]  # fmt: skip
    rows = in_order_of_bands(pd.DataFrame(shown, columns=["grouping", "group"]), BANK)
    assert rows["group"].tolist() == [
        "all", "under 1 year", "1-3 years", "over 10 years", "under 18", "over 65", "men", "unknown", "women",
    ]  # fmt: skip


def test_every_customer_is_in_one_group_of_each_grouping() -> None:
    by_group = table(np.full(N, 10), np.full(N, 1 << 10))
    assert set(by_group.groupby("grouping")["customers"].sum()) == {N}
    kinds = ["segment", "age", "tenure", "sex", "foreigner", "residence", "active"]
    assert list(by_group["grouping"].unique()) == ["whole bank", *kinds]
    assert by_group["full list"].tolist() == pytest.approx([1.0] * len(by_group))
