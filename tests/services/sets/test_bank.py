"""The bank of a set: both formats are read into one form, and what a bank may not be is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from recommendations import RecommendationSet
from serving.sets.files import SetError
from tests.services.broken_sets import rewrite, table_of, with_column
from tests.services.made_banks import credit_union, universal_bank
from tests.services.made_sets import FORMAT_1, sign_again, small_bank, write_bank

FORM = ("bank", "products", "ids", "bit_of", "names", "language", "popular", "entry_starts", "answer_end")
ARRAYS = ("user_id", "held", "status", "offsets", "items", "scores")


def test_both_formats_are_one_form_in_memory(tmp_path: Path) -> None:
    old, new = (
        RecommendationSet(write_bank(tmp_path / name, small_bank(**more)))
        for name, more in (("old", {"description": FORMAT_1}), ("new", {}))
    )
    for name in ARRAYS:
        assert getattr(old, name).dtype == getattr(new, name).dtype
        assert np.array_equal(getattr(old, name), getattr(new, name)), name
    for name in FORM:
        assert repr(getattr(old, name)) == repr(getattr(new, name)), name
    assert (old.manifest["format_version"], new.manifest["format_version"]) == (1, 2)


def test_a_customer_is_seventeen_bytes(tmp_path: Path) -> None:
    loaded = RecommendationSet(write_bank(tmp_path, universal_bank()))
    assert sum(array.itemsize for array in (loaded.user_id, loaded.held, loaded.status)) == 17


def test_the_last_of_48_products_is_held_and_not_recommended(tmp_path: Path) -> None:
    folder = write_bank(tmp_path, universal_bank())
    loaded = RecommendationSet(folder)
    assert loaded.held_products(loaded.row(10)) == ["u47"]
    customers = table_of(folder, "customers.parquet")
    held = customers["held"].to_numpy().copy()
    held[0] |= np.uint64(1 << 46)
    rewrite(folder, "customers.parquet", with_column(customers, "held", pa.array(held)))
    with pytest.raises(SetError, match="recommends a product that the customer holds"):
        RecommendationSet(folder)


def says(**changes: Any) -> Callable[[Path], None]:
    """Change the block `bank` of a manifest; None takes a key out of it."""

    def change(folder: Path) -> None:
        bank = json.loads((folder / "manifest.json").read_text())["bank"] | changes
        sign_again(folder, bank={key: value for key, value in bank.items() if value is not None})

    return change


def product(**changes: Any) -> Callable[[Path], None]:
    """Change the second product of a catalogue."""

    def change(folder: Path) -> None:
        products = json.loads((folder / "products.json").read_text())
        products[1] |= changes
        (folder / "products.json").write_text(json.dumps(products))
        sign_again(folder)

    return change


def catalogue(content: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / "products.json").write_text(json.dumps(content))
        sign_again(folder)

    return change


def narrow_held(folder: Path) -> None:
    customers = table_of(folder, "customers.parquet")
    rewrite(folder, "customers.parquet", with_column(customers, "held", customers["held"].cast(pa.uint32())))


ENGLISH = {"months": [str(number) for number in range(12)], "month_and_year": "{month} {year}"}
MANY = [{"bit": bit, "id": f"p{bit}", "names": {"en": "x"}, "group": "g"} for bit in range(49)]
BROKEN: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "no bank": (lambda folder: sign_again(folder, bank=None), "manifest", "manifest.json: bank: "),
    "no name": (says(name=None), "manifest", "bank.name: Field required"),
    "empty name": (says(name=""), "manifest", "bank.name: "),
    "no language": (says(languages={}), "manifest", "bank.languages: "),
    "a language as a list": (says(languages=["en"]), "manifest", "bank.languages: "),
    "eleven months": (
        says(languages={"en": ENGLISH | {"months": ENGLISH["months"][1:]}}), "manifest", "bank.languages.en.months: "
    ),
    "no pattern of a month": (
        says(languages={"en": {"months": ENGLISH["months"]}}), "manifest", "bank.languages.en.month_and_year: "
    ),
    "no segments": (says(segments=None), "manifest", "bank.segments: Field required"),
    "a segment that no request can name": (says(segments=["x" * 65]), "manifest", "bank.segments.0: "),
    "no name in a language": (
        says(languages={"en": ENGLISH, "fr": ENGLISH}), "type", "cu_0 has no name in the language fr"
    ),
    "a gap in the bits": (product(bit=9), "type", "the bits are not 0, 1, 2"),
    "a bit twice": (product(bit=0), "type", "the bits are not 0, 1, 2"),
    "an id twice": (product(id="cu_0"), "type", "two products with the same id"),
    "an id that is a number": (product(id=7), "type", "product.1.id: "),
    "a name that is a number": (product(names={"en": 7}), "type", "product.1.names.en: "),
    "one product": (catalogue(MANY[:1]), "type", "products.json: product: "),
    "49 products": (catalogue(MANY), "type", "products.json: product: "),
    "a catalogue that is none": (catalogue(7), "type", "products.json is not a list of products"),
    "products that are none": (catalogue(["x", "y"]), "type", "products.json: product.0: "),
    "holdings of format 1": (narrow_held, "type", "held is uint32, not uint64"),
    "a manifest of format 1": (lambda folder: sign_again(folder, format_version=1), "type", "products.json"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_what_a_bank_may_not_be_is_refused_with_its_place(tmp_path: Path, what: str) -> None:
    change, reason, message = BROKEN[what]
    folder = write_bank(tmp_path, credit_union())
    change(folder)
    with pytest.raises(SetError) as error:
        RecommendationSet(folder)
    assert error.value.reason == reason, error.value
    assert message in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("missing", ["column", "english", "group", "bit"])
def test_a_damaged_catalogue_of_format_1_is_refused(tmp_path: Path, missing: str) -> None:
    folder = write_bank(tmp_path, small_bank(description=FORMAT_1))
    products = json.loads((folder / "products.json").read_text())
    del products[3][missing]
    catalogue(products)(folder)
    with pytest.raises(SetError, match=missing) as error:
        RecommendationSet(folder)
    assert error.value.reason == "type"
