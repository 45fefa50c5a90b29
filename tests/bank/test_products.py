"""The products of the bank: a bit each, in the order of the raw columns."""

from bankrec.santander.products import BIT, PRODUCTS


def test_products_are_in_the_order_of_their_bits() -> None:
    assert [product.bit for product in PRODUCTS] == list(range(24)) == list(BIT.values())
