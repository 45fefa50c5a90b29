"""Tables of a month: by product, by rank, by band of score."""

import pytest

from bankrec.evaluation.tables import by_product, by_rank, expected_matrix
from tests.evaluation.three_customers import ADDED, ITEMS, SCORES
from tests.santander import BANK


def test_scores_go_to_their_products() -> None:
    table = expected_matrix(ITEMS, SCORES)
    assert table[0, 2] == 0.5 and table[0, 3] == 0.25 and table[1, 3] == 0.75
    assert table.sum() == pytest.approx(2.0)
    assert not table[2].any()


def test_tables_by_product_and_rank() -> None:
    products = by_product(BANK.catalogue, ITEMS, SCORES, ADDED)
    assert products["acquisitions"].tolist() == [1 if bit == 3 else 0 for bit in range(24)]
    assert products["expected acquisitions"].iloc[3] == pytest.approx(1.0)
    assert products["hits in first 7"].iloc[3] == 1 and products["recall@7"].iloc[3] == 1.0
    assert (products["recall@1"].iloc[3], products["recall@3"].iloc[3]) == (0.0, 1.0), "it has rank 2"
    ranks = by_rank(ITEMS, SCORES, ADDED)
    assert ranks["recommendations"].tolist() == [2, 2, 0, 0, 0, 0, 0]
    assert ranks["share acquired"].tolist()[:2] == [0.0, 0.5]
    assert ranks["mean score"].tolist()[:2] == pytest.approx([0.625, 0.375])
