"""`summary.json` of a set: figures for the web page, divided into the parts that the service answers with."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from serving.sets.files import SetError, read_json

SUMMARY = "summary.json"


@dataclass(frozen=True)
class Summary:
    """Encoded answers, a few hundred kilobytes for any number of customers.

    `overview` is all but the model card and the customers most likely to acquire each product, `packed` the same in
    gzip; `products` has the whole block of each item id; `card` is the model card in HTML, None if the set has none.
    """

    overview: bytes
    packed: bytes
    products: dict[str, bytes]
    card: str | None


def read_summary(folder: Path, manifest: dict[str, Any], ids: list[str]) -> Summary | None:
    """The summary of the set in `folder`, with the products `ids`; None if it has no such file."""
    if SUMMARY not in manifest["files"]:
        return None
    try:
        return _divided(read_json(folder / SUMMARY), ids)
    except (KeyError, TypeError, AttributeError) as error:
        raise SetError("type", f"{SUMMARY} has a missing or wrong entry: {error}") from error


def _divided(content: dict[str, Any], ids: list[str]) -> Summary:
    products = {item: content["products"][item] for item in ids}
    whole = {item: orjson.dumps({"item_id": item, **block}) for item, block in products.items()}
    less = {item: {name: block[name] for name in block if name != "likeliest"} for item, block in products.items()}
    model = dict(content["model"])
    card = model.pop("card_html")
    if card is not None and not isinstance(card, str):
        raise TypeError("card_html is not text")
    overview = orjson.dumps({**content, "products": less, "model": model})
    return Summary(overview, gzip.compress(overview, mtime=0), whole, card)
