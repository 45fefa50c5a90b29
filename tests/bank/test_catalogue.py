"""The catalogue: products in the order of their bits."""

from bankrec.bank.catalogue import Catalogue


def test_a_product_is_at_the_bit_of_its_place() -> None:
    catalogue = Catalogue(("loan", "card"), ("Loan", "Card"), ("credit", "credit"))
    assert len(catalogue) == 2
    assert catalogue.bit == {"loan": 0, "card": 1}
