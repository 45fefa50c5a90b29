"""A bank with other columns and few products: its outcomes and groups are those of its own description."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from bankrec.bank.files import bank_from
from bankrec.errors import InputError
from bankrec.evaluation.groupings import groupings, snapshot_groupings
from bankrec.evaluation.outcomes import read_outcomes
from bankrec.evaluation.set_report import evaluate_set
from bankrec.history import History
from bankrec.holdings import PRESENT
from bankrec.publishing.manifest import About
from bankrec.publishing.reader import read_lists
from bankrec.publishing.writer import publish
from bankrec.ranked import Ranked
from tests.small_sets import NOW, POPULAR

MONTH = date(2024, 3, 31)
FLAG = {"kind": "flag", "yes": "Y"}
UNION = bank_from(
    {
        "name": "union",
        "currency": "GBP",
        "languages": ["en"],
        "customer": "member",
        "month": "as_of",
        "products": [
            {"id": name, "names": {"en": name.title()}, "group": group}
            for name, group in (("savings", "savings"), ("loan", "credit"), ("card", "credit"))
        ],
        "states": [
            {"name": "tier", "column": "tier", "kind": "category", "values": ["gold", "blue"], "segment": True},
            {"name": "online", "column": "uses_app", "names": ["branch", "app"], **FLAG},
        ],
        "profile": [
            {
                "name": "balance",
                "column": "balance",
                "kind": "number",
                "bands": {"edges": [100], "names": ["low", "high"]},
            },
        ],
    },
    "union",
)


def test_groups_of_a_history() -> None:
    """Of the first month: the second is the target."""
    tier, online = UNION.state_fields["tier"], UNION.state_fields["online"]
    first = np.array([PRESENT | tier.put(1) | online.put(1), PRESENT], np.uint64)
    words = np.stack([first, np.full(2, PRESENT)], axis=1)
    balance = pa.table({"balance": pa.array([50.0, np.nan])})
    months = date(2024, 2, 29), MONTH
    past = History(UNION, np.array([1, 2]), months, words, np.zeros((2, 2), UNION.stated_type), balance)
    by_grouping = groupings(past, 1)
    assert {name: groups.tolist() for name, groups in by_grouping.items()} == {
        "tier": ["gold", "unknown"],
        "balance": ["low", "unknown"],
        "online": ["app", "branch"],
    }


def test_groups_of_a_snapshot_are_the_same_whatever_says_no() -> None:
    frame = pd.DataFrame({"uses_app": ["Y", "N", " no ", None, "NA"], "balance": ["50", "100", "", None, "1e3"]})
    assert {name: groups.tolist() for name, groups in snapshot_groupings(frame, UNION, MONTH).items()} == {
        "balance": ["low", "high", "unknown", "unknown", "high"],
        "online": ["app", "branch", "branch", "unknown", "unknown"],
    }


@pytest.fixture
def recs(tmp_path: Path) -> Path:
    """7 holds savings and is offered loan, card; 8 holds nothing and is offered card, savings, loan."""
    items = np.array([[1, 2, -1], [2, 0, 1]], np.int8)
    scores = np.where(items >= 0, 0.25, 0).astype(np.float32)
    held, nothing = np.array([0b001, 0], np.uint64), np.zeros(2, np.uint64)
    text = np.array(["ok", "ok"]), np.array(["gold", "blue"])
    batch = Ranked(np.array([7, 8]), items, scores, held, *text, nothing)
    about = About("2024-02-29", popularity={"loan": 0.2, "card": 0.1, "savings": 0.05})
    publish(tmp_path, UNION, [batch], POPULAR.slice(0, 0), about, now=NOW)
    return tmp_path


def test_a_set_against_the_next_months_snapshot(recs: Path, tmp_path: Path) -> None:
    """7 adds the loan, offered first; 8 adds savings, second of its list and last of the popular ones."""
    content = "member,as_of,savings,loan,card,uses_app,balance\n7,2024-03-31,1,1,0,Y,50\n8,2024-03-31,1,0,0,N,\n"
    (tmp_path / "march.csv").write_text(content)
    report = evaluate_set(recs, tmp_path / "march.csv")
    assert report.quality.map_at_7.value == pytest.approx((1 + 1 / 2) / 2)
    assert report.quality.map_at_7_popularity == pytest.approx((1 + 1 / 3) / 2)
    assert report.quality.at[5].coverage == 1.0 and report.products["acquisitions"].to_dict() == {
        "savings": 1, "loan": 1, "card": 0,
    }  # fmt: skip
    groups = report.groups.set_index(["grouping", "group"])["customers"]
    assert groups["tier"].to_dict() == {"gold": 1, "blue": 1} and "segment" not in groups.index.get_level_values(0)
    assert groups["online"].to_dict() == {"app": 1, "branch": 1}
    assert groups["balance"].to_dict() == {"low": 1, "unknown": 1}


def test_errors_name_the_columns_of_the_bank(recs: Path, tmp_path: Path) -> None:
    lists = read_lists(next(path for path in recs.iterdir() if path.is_dir() and not path.is_symlink()))
    for content, message in (
        ("ncodpers,product\n7,loan\n", "no column member in its first line"),
        ("member,other\n7,loan\n", "neither the columns member and product nor a column for each product"),
        ("member,product\n7,ind_cco_fin_ult1\n", "line 2: product is 'ind_cco_fin_ult1', not a product, as savings"),
        ("member,savings\n7,1\n", "the product columns loan, card are missing"),
        ("member,as_of,savings,loan,card\n7,2024-04-30,1,1,1\n", "no rows of the month after .* 2024-02-29"),
    ):
        (tmp_path / "truth.csv").write_text(content)
        with pytest.raises(InputError, match=message):
            read_outcomes(tmp_path / "truth.csv", lists, "2024-02-29")
