"""Popular products by age: bands, segments, and answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from recommendations import RecommendationSet
from serving.sets.files import SetError
from tests.services.made_sets import COLUMNS, sign_again, small_bank, write_bank

Row = tuple[str | None, int, int, int, int]  # segment, age from, age to, rank, product bit
ROWS: list[Row] = [
    (None, 0, 17, 1, 5),
    (None, 18, 120, 1, 23),
    (None, 18, 120, 2, 2),
    ("TOP", 18, 64, 1, 13),
    ("TOP", 80, 120, 1, 19),
]


def write(folder: Path, rows: list[Row]) -> None:
    segment, low, high, rank, bit = zip(*rows, strict=True)
    made = pa.table(
        {
            "segment": pa.array(segment, pa.string()),
            "age_from": pa.array(low, pa.uint8()),
            "age_to": pa.array(high, pa.uint8()),
            "item_id": pa.DictionaryArray.from_arrays(pa.array(bit, pa.int8()), pa.array(COLUMNS)),
            "rank": pa.array(rank, pa.uint8()),
            "score": pa.array([0.5 / one for one in rank], pa.float32()),
        }
    )
    pq.write_table(made, folder / "popular_by_age.parquet")
    sign_again(folder)


def test_unknown_customers_get_what_the_rules_allow_at_the_age_that_is_stated(
    make_client: Callable[..., TestClient], recs: Path
) -> None:
    write((recs / "current").resolve(), ROWS)
    client = make_client(recs)

    def asked(user_id: int = 999, **more: object) -> tuple[str, list[str]]:
        answer = client.post("/recommendations", json={"user_id": user_id, **more}).json()
        return answer["source"], [one["item_id"] for one in answer["recommendations"]]

    def of(*bits: int) -> list[str]:
        return [COLUMNS[bit] for bit in bits]

    assert asked() == ("popular", of(23, 2, 22)), "no age is stated: as before"
    assert asked(age=17) == ("popular", of(5)) and asked(age=18) == ("popular", of(23, 2))
    assert asked(age=40, segment="TOP") == ("popular", of(13)) and asked(age=80, segment="TOP") == ("popular", of(19))
    assert asked(age=70, segment="TOP") == ("none", []), "the rules leave nothing at this age"
    assert asked(age=30, segment="UNIVERSITARIO") == ("popular", of(23, 2)), "a segment without lists of its own"
    assert asked(user_id=10, age=17)[0] == "personal", "who is known is known"
    assert client.post("/recommendations", json={"user_id": 1, "age": 121}).status_code == 422
    batch = client.post("/recommendations/batch", json={"user_ids": [999], "age": 17}).json()["results"][0]
    assert [one["item_id"] for one in batch["recommendations"]] == of(5)


def test_a_set_without_such_lists_answers_as_before(make_client: Callable[..., TestClient], recs: Path) -> None:
    answer = make_client(recs).post("/recommendations", json={"user_id": 999, "age": 5}).json()
    assert [one["item_id"] for one in answer["recommendations"]] == [COLUMNS[bit] for bit in (23, 2, 22)]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(None, 0, 17, 2, 5)], "ranks with gaps"),
        ([(None, 0, 17, 1, 5), (None, 0, 17, 2, 5)], "a product twice"),
        ([(None, 0, 18, 1, 5), (None, 18, 20, 1, 5)], "ages that overlap"),
        ([(None, 9, 8, 1, 5)], "ages that overlap"),
    ],
)
def test_a_broken_file_refuses_the_set(rows: list[Row], message: str, tmp_path: Path) -> None:
    folder = write_bank(tmp_path / "recs", small_bank())
    write(folder, rows)
    with pytest.raises(SetError, match=message):
        RecommendationSet(folder)
