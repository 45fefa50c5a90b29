import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bankrec import sets
from bankrec.errors import InputError
from bankrec.judge_set import judge_set
from bankrec.products import PRODUCT_COLUMNS

CCO, RECIBO, CARD = "ind_cco_fin_ult1", "ind_recibo_ult1", "ind_tjcr_fin_ult1"
HOLDS_CCO = 1 << PRODUCT_COLUMNS.index(CCO)
REMOVED = {"not_held": 3, "deceased": 0, "stopped": 60, "suppressed": 2}


@pytest.fixture
def recs(tmp_path: Path) -> Path:
    """Three customers who hold the current account: 10 is offered card, debit; 20 debit, card; 30 nothing."""
    folder = tmp_path / "recs" / "set"
    folder.mkdir(parents=True)
    coded = pa.dictionary(pa.int8(), pa.string())
    lists = pa.table(
        {
            "user_id": pa.array([10, 10, 20, 20], pa.int64()),
            "item_id": pa.array([CARD, RECIBO, RECIBO, CARD]).cast(coded),
            "rank": pa.array([1, 2, 1, 2], pa.uint8()),
            "score": pa.array([0.5, 0.25, 0.5, 0.25], pa.float32()),
        }
    )
    people = pa.table(
        {
            "user_id": pa.array([10, 20, 30], pa.int64()),
            "held": pa.array([HOLDS_CCO] * 3, pa.uint32()),
            "segment": ["TOP", "PARTICULARES", "TOP"],
            "status": ["ok", "ok", "suppressed"],
        }
    )
    popular = pa.table(
        {
            "segment": pa.array([None, None], pa.string()),
            "item_id": pa.array([RECIBO, CARD]).cast(coded),
            "rank": pa.array([1, 2], pa.uint8()),
            "score": pa.array([0.2, 0.1], pa.float32()),
        }
    )
    pq.write_table(lists, folder / "recommendations.parquet")
    pq.write_table(people, folder / "customers.parquet")
    pq.write_table(popular, folder / "top_popular.parquet")
    for name in ("products.json", "reasons.json"):
        (folder / name).write_text("{}")
    files = {
        path.name: {
            "sha256": sets.sha256(path),
            "rows": pq.read_metadata(path).num_rows if path.suffix == ".parquet" else None,
        }
        for path in folder.iterdir()
    }
    manifest = {"set_id": "set", "as_of": "2016-05-28", "created_at": "2016-06-01T12:00:00Z", "format_version": 1}
    manifest |= {"counts": {"customers": 3, "recommendations": 4}, "files": files, "metrics": {}}
    (folder / "manifest.json").write_text(json.dumps(manifest | {"removed_by_rule": REMOVED}))
    (tmp_path / "recs" / "current").symlink_to("set")
    return tmp_path / "recs"


def snapshot(holds: dict[int, list[str]], month: str = "2016-06-28") -> pd.DataFrame:
    rows = [
        {"fecha_dato": month, "ncodpers": user, **{name: int(name in names) for name in PRODUCT_COLUMNS}}
        for user, names in holds.items()
    ]
    return pd.DataFrame(rows)


def test_pairs_of_what_was_added(recs: Path, tmp_path: Path) -> None:
    truth = tmp_path / "truth.csv"
    truth.write_text(f"ncodpers,product\n10,{RECIBO}\n20,{RECIBO}\n99,{CARD}\n")
    report = judge_set(recs, truth)
    assert report.unknown_customers == 1
    assert report.metrics["customers"] == 3 and report.metrics["adders"] == 2
    assert report.metrics["map_at_7"] == pytest.approx((0.5 + 1.0) / 3)
    assert report.metrics["map_at_7_of_maximum"] == pytest.approx(0.75)
    assert report.metrics["map_at_7_popularity_of_maximum"] == pytest.approx(1.0)
    assert report.metrics["expected_additions"] == pytest.approx(1.5)
    groups = report.groups.set_index(["grouping", "group"])
    assert groups.loc[("segment", "TOP"), ["customers", "adders", "additions"]].tolist() == [2, 1, 1]
    assert groups.loc[("status", "suppressed"), ["customers", "adders"]].tolist() == [1, 0]
    assert set(groups["note"]) == {"too few customers to say anything"}
    assert "1 customers of the truth are not in the set" in report.text()
    assert report.realised()["month"] == "2016-06"


def test_what_rules_took_and_cost(recs: Path, tmp_path: Path) -> None:
    """30 is suppressed and adds two; 10 adds a product that is in nobody's list."""
    truth = tmp_path / "truth.csv"
    truth.write_text(f"ncodpers,product\n10,{RECIBO}\n10,ind_hip_fin_ult1\n30,{RECIBO}\n30,{CARD}\n")
    report = judge_set(recs, truth)
    assert report.rules["candidates removed"].to_dict() == {**REMOVED, "other rules": 60}
    lost = report.rules["acquisitions lost"]
    assert lost.dropna().to_dict() == {"not_held": 0, "deceased": 0, "suppressed": 2, "other rules": 1}
    assert lost.index[lost.isna()].tolist() == ["stopped"]
    assert "suppressed" in report.text() and "nan" not in report.text().partition("by rule")[2]


def test_truth_of_a_simulated_bank_lists_all_pairs(recs: Path, tmp_path: Path) -> None:
    truth = tmp_path / "truth.parquet"
    rows = [(user, name, user == 10 and name == RECIBO) for user in (10, 20) for name in PRODUCT_COLUMNS]
    pd.DataFrame(rows, columns=["ncodpers", "product", "added"]).to_parquet(truth)
    found = judge_set(recs, truth).metrics
    assert (found["customers"], found["adders"], found["observed_additions"]) == (2, 1, 1)
    assert found["map_at_7_of_maximum"] == pytest.approx(0.5)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_next_months_snapshot(recs: Path, tmp_path: Path, kind: str) -> None:
    """30 has left, 40 is new: neither counts. An earlier month in the file is passed over."""
    now = snapshot({10: [CCO, RECIBO], 20: [], 40: [CARD]})
    now = now.assign(age=["  25", " NA", "50"], sexo="H", antiguedad="     20", ind_actividad_cliente=[" 1", "0", "1"])
    frame = pd.concat([snapshot({10: [CCO, CARD]}, "2016-05-28"), now])
    truth = tmp_path / f"june.{kind}"
    if kind == "csv":
        frame.to_csv(truth, index=False)
    else:
        frame.to_parquet(truth)
    report = judge_set(recs, truth)
    groups = report.groups.set_index(["grouping", "group"])["customers"]
    assert groups["age"].to_dict() == {"18-25": 1, "unknown": 1}
    assert groups["activity"].to_dict() == {"active": 1, "inactive": 1}
    assert groups["tenure"].to_dict() == {"1-3 years": 2} and groups["sex"].to_dict() == {"women": 2}
    assert report.products.loc[RECIBO, ["additions", "found by popularity"]].tolist() == [1, 1]
    assert report.ranks["share added, popularity"].tolist()[:2] == [0.5, 0.0]
    assert (report.metrics["customers"], report.metrics["adders"]) == (2, 1)
    assert report.metrics["map_at_7_of_maximum"] == pytest.approx(0.5)
    assert report.unknown_customers == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n", "no column ncodpers"),
        ("ncodpers,other\n1,2\n", "neither"),
        ("ncodpers,product\n10,ind_nothing\n", "line 2: product is 'ind_nothing', not a product"),
        ("ncodpers,product\nten,ind_cco_fin_ult1\n", "line 2: ncodpers is 'ten', not a customer id, a whole number"),
    ],
)
def test_bad_truth_is_one_clear_line(recs: Path, tmp_path: Path, content: str, said: str) -> None:
    truth = tmp_path / "truth.csv"
    truth.write_text(content)
    with pytest.raises(InputError, match=said) as caught:
        judge_set(recs, truth)
    assert "\n" not in str(caught.value)
