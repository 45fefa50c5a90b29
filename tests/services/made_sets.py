"""Sets written by hand, in the format of a published set: a small bank to check by eye, a big one to load."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

COLUMNS = [
    "ind_ahor_fin_ult1",
    "ind_aval_fin_ult1",
    "ind_cco_fin_ult1",
    "ind_cder_fin_ult1",
    "ind_cno_fin_ult1",
    "ind_ctju_fin_ult1",
    "ind_ctma_fin_ult1",
    "ind_ctop_fin_ult1",
    "ind_ctpp_fin_ult1",
    "ind_deco_fin_ult1",
    "ind_deme_fin_ult1",
    "ind_dela_fin_ult1",
    "ind_ecue_fin_ult1",
    "ind_fond_fin_ult1",
    "ind_hip_fin_ult1",
    "ind_plan_fin_ult1",
    "ind_pres_fin_ult1",
    "ind_reca_fin_ult1",
    "ind_tjcr_fin_ult1",
    "ind_valo_fin_ult1",
    "ind_viv_fin_ult1",
    "ind_nomina_ult1",
    "ind_nom_pens_ult1",
    "ind_recibo_ult1",
]
MONTHS = {
    "en": ["January", "February", "March", "April", "May", "June",
           "July", "August", "September", "October", "November", "December"],
    "es": ["enero", "febrero", "marzo", "abril", "mayo", "junio",
           "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"],
    "pt-BR": ["janeiro", "fevereiro", "março", "abril", "maio", "junho",
              "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"],
}  # fmt: skip
YEARS = {"en": "{month} {year}", "es": "{month} de {year}", "pt-BR": "{month} de {year}"}
WORDS = {"en": "Product", "es": "Producto", "pt-BR": "Produto"}
REASONS = {
    "held_until": {"en": "had it until {month}", "es": "lo tuvo hasta {month}", "pt-BR": "teve até {month}"},
    "goes_with": {
        "en": "often taken with {product}",
        "es": "se contrata con {product}",
        "pt-BR": "vem com {product}",
    },
}


@dataclass(frozen=True)
class Description:
    """The description of a bank in a set."""

    name: str
    items: list[str]
    languages: tuple[str, ...]
    segments: tuple[str, ...] = ()
    format_version: int = 2

    @property
    def block(self) -> dict[str, Any]:
        """The block `bank` of a manifest of format 2."""
        languages = {code: {"months": MONTHS[code], "month_and_year": YEARS[code]} for code in self.languages}
        return {"name": self.name, "currency": "EUR", "languages": languages, "segments": list(self.segments)}

    @property
    def products(self) -> list[dict[str, Any]]:
        """The content of products.json."""
        made = []
        for bit, item in enumerate(self.items):
            names = {code: f"{WORDS[code]} {bit}" for code in self.languages}
            identity = {"id": item, "names": names}
            if self.format_version == 1:
                identity = {"column": item, "english": names["en"], "spanish": names["es"]}
            made.append({"bit": bit, **identity, "group": "accounts"})
        return made

    @property
    def reasons(self) -> dict[str, dict[str, str]]:
        """The content of reasons.json."""
        return {name: {code: texts[code] for code in self.languages} for name, texts in REASONS.items()}


SANTANDER = Description("santander", COLUMNS, ("en", "es"), ("TOP", "PARTICULARES", "UNIVERSITARIO"))
FORMAT_1 = replace(SANTANDER, format_version=1)
LISTS = pa.schema(
    [
        ("user_id", pa.int64()),
        ("item_id", pa.dictionary(pa.int8(), pa.string())),
        ("rank", pa.uint8()),
        ("score", pa.float32()),
    ]
)
HELD = {1: pa.uint32(), 2: pa.uint64()}  # by format


@dataclass
class Customer:
    """One customer of a hand-made bank: product bits held, product bits ranked best first."""

    user_id: int
    held: Sequence[int] = ()
    ranked: Sequence[int] = ()
    scores: Sequence[float] | None = None
    reasons: Sequence[Sequence[str]] | None = None
    segment: str | None = "PARTICULARES"
    status: str = "ok"

    def all_scores(self) -> list[float]:
        return list(self.scores) if self.scores is not None else [0.5 / (i + 1) for i in range(len(self.ranked))]


@dataclass
class Bank:
    """The content of a set."""

    customers: list[Customer]
    popular: dict[str | None, list[int]] = field(
        default_factory=lambda: {None: [23, 2, 22], "TOP": [13, 19, 23], "UNIVERSITARIO": [12, 2]}
    )
    set_id: str = "2016-05-28_20160601T120000000000Z"
    as_of: str = "2016-05-28"
    description: Description = SANTANDER


def small_bank(**changes: Any) -> Bank:
    """Twelve customers, who together have every case of a set."""
    everything = tuple(range(24))
    customers = [
        Customer(10, held=(2,), ranked=(23, 22, 21, 18, 12, 4, 8)),
        Customer(11, held=(2, 23), ranked=(22, 21, 18), segment="TOP"),
        Customer(12, held=(), ranked=everything[::-1], segment="UNIVERSITARIO"),
        Customer(13, held=(2,), ranked=(23,)),
        Customer(14, held=everything, status="nothing_left"),
        Customer(15, held=(2,), status="deceased"),
        Customer(16, held=(4,), status="suppressed"),
        Customer(17, held=(0, 1), ranked=(5, 6, 7, 8), scores=(0.1, 0.4, 0.2, 0.0)),
        Customer(18, held=(), ranked=(2, 23), reasons=(("held_until:2016-02", f"goes_with:{COLUMNS[4]}"), ())),
        Customer(19, held=(12,), ranked=(2, 4, 23, 22, 21)),
        Customer(15889, held=(2, 8), ranked=(23, 22, 21, 18, 12, 4, 0)),
        Customer(2**40, held=(2,), ranked=(3, 4, 5)),
    ]
    return Bank(customers, **changes)


def write_bank(recs: Path, bank: Bank, *, current: bool = True) -> Path:
    """Write `bank` as a set into `recs`; returns its folder."""
    rows = [(p.user_id, bit, rank, score) for p in bank.customers
            for rank, (bit, score) in enumerate(zip(p.ranked, p.all_scores(), strict=True), 1)]  # fmt: skip
    items, version = bank.description.items, bank.description.format_version
    lists = _lists(*(np.array(column) for column in zip(*rows, strict=True)), items) if rows else LISTS.empty_table()
    if any(p.reasons is not None for p in bank.customers):
        reasons = [list(codes) for p in bank.customers for codes in (p.reasons or [()] * len(p.ranked))]
        lists = lists.append_column("reasons", pa.array(reasons, pa.list_(pa.string())))
    customers = pa.table(
        {
            "user_id": pa.array([p.user_id for p in bank.customers], pa.int64()),
            "held": pa.array([sum(1 << bit for bit in p.held) for p in bank.customers], HELD[version]),
            "segment": pa.array([p.segment for p in bank.customers], pa.string()),
            "status": pa.array([p.status for p in bank.customers], pa.string()),
        }
    )
    return write_set(
        recs, lists, customers, bank.popular, bank.set_id, bank.as_of, current=current, description=bank.description
    )


def write_set(
    recs: Path,
    lists: pa.Table,
    customers: pa.Table,
    popular: dict[str | None, list[int]],
    set_id: str,
    as_of: str,
    *,
    current: bool = True,
    description: Description = SANTANDER,
) -> Path:
    """Write the five files and the manifest of a set; point `current` at it."""
    folder = recs / set_id
    folder.mkdir(parents=True)
    pq.write_table(lists, folder / "recommendations.parquet", compression="zstd", row_group_size=1 << 20)
    pq.write_table(customers, folder / "customers.parquet", compression="zstd")
    places = [(segment, bit, rank) for segment, bits in popular.items() for rank, bit in enumerate(bits, 1)]
    pq.write_table(
        pa.table(
            {
                "segment": pa.array([segment for segment, _, _ in places], pa.string()),
                "item_id": _items([bit for _, bit, _ in places], description.items),
                "rank": pa.array([rank for _, _, rank in places], pa.uint8()),
                "score": pa.array([0.1 / rank for _, _, rank in places], pa.float32()),
            }
        ),
        folder / "top_popular.parquet",
    )
    (folder / "products.json").write_text(json.dumps(description.products))
    (folder / "reasons.json").write_text(json.dumps(description.reasons))
    fields: dict[str, Any] = {"format_version": description.format_version, "bank": description.block}
    if description.format_version == 1:
        fields.pop("bank")
    fields["distributions"] = distributions_of(lists, description.items)
    counts = {
        "customers": customers.num_rows, "recommendations": lists.num_rows, "products": len(description.items)
    }  # fmt: skip
    write_manifest(folder, set_id, as_of, counts, **fields)
    if current:
        switch(recs, set_id)
    return folder


def write_manifest(folder: Path, set_id: str, as_of: str, counts: dict[str, int], **changes: Any) -> None:
    """Describe the files that lie in `folder`; `changes` have the format, and the bank in format 2."""
    manifest = {
        "set_id": set_id,
        "as_of": as_of,
        "created_at": "2016-06-01T12:00:00Z",
        "run_id": None,
        "counts": counts,
        "files": {
            path.name: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size,
                        "rows": None}
            for path in sorted(folder.iterdir()) if path.name != "manifest.json"
        },
        "metrics": {"map_at_7": 0.5, "map_at_7_maximum": 0.9, "map_at_7_popularity": 0.3, "coverage_at_5": 0.8,
                    "novelty_at_5": 4.2, "data": "made by hand", "target_month": "2016-05-28"},
        "expected_acquisitions": {"a": 4.5, "b": 1.0},
        "expected_interval": {"share": 0.8, "by_product": {"a": [2, 7], "b": [0, 2]}, "together": [3, 8]},
        "drift": {"reference_months": ["2016-04"], "features": {"age": 0.12, "sex": 0.0}, "scores": 0.03},
    } | changes  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))


def distributions_of(lists: pa.Table, items: list[str]) -> dict[str, Any]:
    """What the manifest states of the lists: shares of the products at each rank."""
    n = len(items)
    place = lists["rank"].to_numpy().astype(np.int64) - 1
    bit = lists["item_id"].combine_chunks().indices.to_numpy().astype(np.int64)
    counts = np.bincount(place * n + bit, minlength=n * n).reshape(n, n)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return {"product_by_rank": {name: shares[:, bit].tolist() for bit, name in enumerate(items)}}


def sign_again(folder: Path, **changes: Any) -> None:
    """Make the manifest agree with changed files, so that only the change itself is wrong."""
    manifest = json.loads((folder / "manifest.json").read_text())
    kept = {name: manifest[name] for name in ("format_version", "bank", "distributions") if name in manifest}
    counts = manifest["counts"] | changes.pop("counts", {})
    write_manifest(folder, manifest["set_id"], manifest["as_of"], counts, **(kept | changes))


def switch(recs: Path, set_id: str) -> None:
    """Point `current` at a set, by a rename."""
    beside = recs / ".current-beside"
    beside.unlink(missing_ok=True)
    beside.symlink_to(set_id, target_is_directory=True)
    beside.replace(recs / "current")


def write_big(
    recs: Path,
    customers: int,
    set_id: str = "2016-05-28_big",
    seed: int = 0,
    *,
    far_apart: bool = False,
    description: Description = SANTANDER,
) -> Path:
    """A set of any size: a customer holds one to three products, all others are ranked, seven explained.

    Numbers of customers lie close together, or are any of 18 digits. The bank has the products of `COLUMNS`.
    """
    rng = np.random.default_rng(seed)
    user_id = np.sort(rng.choice(np.int64(customers) * 3, customers, replace=False)) + 15_889
    if far_apart:
        user_id = np.sort(rng.integers(10**17, 10**18, customers))  # of a million, two alike once in two million sets
    held = np.bitwise_or.reduce(np.uint32(1) << rng.integers(0, 24, (customers, 2), dtype=np.uint32), axis=1)
    order = np.argsort(rng.random((customers, 24), dtype=np.float32), axis=1).astype(np.int8)
    free = (held[:, None] >> order.astype(np.uint32) & 1) == 0
    scores = np.sort(rng.random((customers, 24), dtype=np.float32) ** 6, axis=1)[:, ::-1]
    ranks = np.cumsum(free, axis=1, dtype=np.uint8)
    lists = _lists(np.repeat(user_id, free.sum(axis=1)), order[free], ranks[free], scores[free], COLUMNS)
    codes = pa.array([f"goes_with:{item}" for item in COLUMNS])
    many = np.where(ranks[free] <= 7, rng.integers(1, 3, len(lists)), 0)
    offsets = np.concatenate([[0], np.cumsum(many)]).astype(np.int32)
    reasons = pa.ListArray.from_arrays(offsets, codes.take(pa.array(rng.integers(0, 24, offsets[-1]))))
    lists = lists.append_column("reasons", reasons)
    customers_table = pa.table(
        {
            "user_id": user_id,
            "held": pa.array(held, HELD[description.format_version]),
            "segment": pa.array(["PARTICULARES"] * customers, pa.string()),
            "status": pa.array(["ok"] * customers, pa.string()),
        }
    )
    return write_set(recs, lists, customers_table, {None: [23, 2, 22]}, set_id, "2016-05-28", description=description)


def _items(bits: Any, items: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(bits, pa.int8()), pa.array(items, pa.string()))


def _lists(user_id: Any, bits: Any, ranks: Any, scores: Any, items: list[str]) -> pa.Table:
    return pa.Table.from_arrays(
        [
            pa.array(user_id, pa.int64()),
            _items(bits, items),
            pa.array(ranks, pa.uint8()),
            pa.array(scores, pa.float32()),
        ],
        schema=LISTS,
    )
