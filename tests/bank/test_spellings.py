"""Spellings of missing values, yes and no: each text means one thing."""

from bankrec.bank.spellings import LARGEST_CUSTOMER, MISSING_SPELLINGS, NO_SPELLINGS, YES_SPELLINGS


def test_no_text_means_two_things() -> None:
    texts = [*MISSING_SPELLINGS, *YES_SPELLINGS, *NO_SPELLINGS]
    assert len(texts) == len(set(texts))


def test_the_largest_customer_number_is_exact_as_a_float() -> None:
    assert int(float(LARGEST_CUSTOMER)) == LARGEST_CUSTOMER
    assert int(float(LARGEST_CUSTOMER + 1)) != LARGEST_CUSTOMER + 1
