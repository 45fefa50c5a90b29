"""The catalogue: as many products as ids."""

from bankrec.bank.catalogue import Catalogue


def test_its_length_is_the_number_of_products() -> None:
    catalogue = Catalogue(("loan", "card"), ("Loan", "Card"), ("credit", "credit"))
    assert len(catalogue) == 2
