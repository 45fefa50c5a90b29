"""The bank of a set, as described in the set: languages, segments, products."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictInt, TypeAdapter, ValidationError

from serving.sets.files import MOST_PRODUCTS, SetError, read_json
from serving.sets.formats import with_names

Text = Annotated[str, Field(min_length=1)]
SegmentName = Annotated[str, Field(min_length=1, max_length=64)]
LanguageCode = Annotated[str, Field(min_length=2, max_length=16)]


class _Stated(BaseModel):
    """A part of a set; entries that are not declared here are ignored."""

    model_config = ConfigDict(frozen=True)


class Language(_Stated):
    """How a language writes a month: twelve names, and the pattern of one of them with its year."""

    months: list[Text] = Field(min_length=12, max_length=12)
    month_and_year: Text  # with `{month}` and `{year}`


class Bank(_Stated):
    """The block `bank` of a manifest. The first language is used for requests that name none."""

    name: Text
    languages: dict[LanguageCode, Language] = Field(min_length=1)
    segments: list[SegmentName]  # empty: the bank has no segments


class Product(_Stated):
    """A product of products.json: its bit in the integers of holdings, its id, its name in each language."""

    bit: StrictInt
    id: Text
    names: dict[str, Text]
    group: str


_PRODUCTS = TypeAdapter(Annotated[list[Product], Field(min_length=2, max_length=MOST_PRODUCTS)])


def read_bank(manifest: dict[str, Any]) -> Bank:
    """The bank of a set; raises `SetError` with the wrong place in the manifest."""
    try:
        return Bank.model_validate(manifest.get("bank"))
    except ValidationError as error:
        raise SetError("manifest", f"manifest.json: {_first(error, 'bank')}") from error


def read_catalogue(folder: Path, manifest: dict[str, Any], bank: Bank) -> list[Product]:
    """The products of a set in the order of their bits, each with a name in every language of the bank."""
    stated = read_json(folder / "products.json")
    try:
        products = _PRODUCTS.validate_python([with_names(one, manifest["format_version"]) for one in stated])
    except ValidationError as error:
        raise SetError("type", f"products.json: {_first(error, 'product')}") from error
    except (KeyError, TypeError) as error:
        raise SetError("type", f"products.json is not a list of products: {error}") from error
    products.sort(key=lambda product: product.bit)
    if [product.bit for product in products] != list(range(len(products))):
        raise SetError("type", "products.json: the bits are not 0, 1, 2 ... without gaps")
    if len({product.id for product in products}) < len(products):
        raise SetError("type", "products.json has two products with the same id")
    for product in products:
        for language in bank.languages:
            if language not in product.names:
                raise SetError("type", f"products.json: {product.id} has no name in the language {language}")
    return products


def _first(error: ValidationError, of: str) -> str:
    """Place and reason of the first error."""
    wrong = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, (of, *wrong['loc'])))}: {wrong['msg']}"
