"""The description of a bank: what `bank.toml` may say, read once into a frozen `Bank`.

Every module that needs a product, a column or a state takes it from the `Bank`; no module names one itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from bankrec.bank import part_checks
from bankrec.bank.bands import Bands
from bankrec.bank.bits import BitField, placed
from bankrec.bank.catalogue import Catalogue
from bankrec.bank.checks import problems
from bankrec.bank.languages import Language, built_in_languages, built_in_texts, merged

Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Name = Annotated[str, Field(max_length=64, pattern=r"^[a-z][a-z0-9_]*$")]
Column = Annotated[str, Field(min_length=1)]
Years = Annotated[int, Field(ge=1, le=120, strict=True)]
Code = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[a-z0-9]{2,8})?$")]
ByLanguage = dict[str, Annotated[str, Field(min_length=1)]]
Texts = dict[str, ByLanguage]
Value = int | str
UNKNOWN = "UNKNOWN"  # the value of a category where it is not known


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if wrong := list(self._problems()):
            raise ValueError("\n".join(wrong))  # a line each
        return self

    def _problems(self) -> Iterable[str]:
        """Entries that contradict each other, a line each."""
        return ()


class Product(_Part):
    """A product: its column of 0 and 1 in the snapshots, which is its public `item_id`, and who may be offered it."""

    id: Id = Field(description="column of the snapshots, and item_id of the API")
    names: ByLanguage = Field(description="name in each language of the bank")
    group: Name = Field(description="kind of product; `credit` is reported by groups of customers")
    until_age: Years | None = Field(None, description="not offered from this age on, in years")
    from_age: Years | None = Field(None, description="not offered below this age, in years")
    comes_with: str | None = Field(
        None, description="id of the product that this one requires; the required one ranks before it"
    )
    not_for_minors_unless_seen: bool = Field(False, description="offered to minors only where minors acquire it")
    never_offer: bool = Field(False, description="held and counted, never offered")
    reason: Name = Field("holds", description="code of the reason that it is held; own ones need a text in `texts`")

    def _problems(self) -> Iterable[str]:
        return part_checks.product_problems(self)


class Described(_Part):
    """A column that the description names, and the reasons that it may be."""

    name: Name = Field(description="name of the feature, and of the group in reports")
    column: Column = Field(description="column of the snapshots")
    texts: Texts = Field({}, description="reasons, by code and language; none: never shown")


class State(Described):
    """A monthly property of a customer's relation to the bank: models use it, the word of each month stores it."""

    kind: Literal["category", "flag"] = Field(description="`category` (one of some values) or `flag` (yes or no)")
    values: tuple[Value, ...] = Field((), description="of a category: those distinguished; any other is `other`")
    other: str = Field(UNKNOWN, description="of a category: what any other value is called")
    same_as: dict[str, str] = Field({}, description="of a category: values that count as another one")
    yes: Value = Field(1, description="of a flag: the value that means yes")
    names: tuple[str, str] = Field(("no", "yes"), description="of a flag: what no and yes are called")
    segment: bool = Field(False, description="the segment that callers of the service may send")
    activity: bool = Field(False, description="the flag of active customers, who acquire at other rates")

    @property
    def size(self) -> int:
        """Number of codes: 0 for no or for any other value, then 1 for yes or a code for each value."""
        return 2 if self.kind == "flag" else len(self.values) + 1

    @property
    def called(self) -> tuple[str, ...]:
        """The name of each code."""
        return self.names if self.kind == "flag" else (self.other, *map(str, self.values))

    def _problems(self) -> Iterable[str]:
        return part_checks.state_problems(self)


class BandEdges(_Part):
    """The bands of a number: `edges`, the lowest value of each band but the first; `names`, one more."""

    edges: tuple[FiniteFloat, ...] = Field(
        min_length=1, description="numbers in ascending order; months for the date of joining"
    )
    names: tuple[str, ...] = Field((), description="one more than edges; by default as `18-25`")

    def _problems(self) -> Iterable[str]:
        return part_checks.edge_problems(self)

    @cached_property
    def bands(self) -> Bands:
        """The bands, with a name for each."""
        return Bands(self.edges, self.names or Bands.names_of(self.edges))


class ProfileColumn(Described):
    """A column of the customer: what it means and what it is used for."""

    kind: Literal["category", "number", "date", "flag"] = Field(description="`category`, `number`, `date` or `flag`")
    role: Literal["age", "joined", "deceased"] | None = Field(
        None, description="`age`, `joined` or `deceased`: needed by rules and tenure"
    )
    missing: Literal["never", "unknown"] = Field(
        "unknown", description="a null: an error (`never`), or a class of its own (`unknown`)"
    )
    imputed: str | None = Field(None, description="column of flags: where true the number is a guess, so unknown")
    log: bool = Field(False, description="of a number: tree models use its logarithm")
    yes: Value = Field(1, description="of a flag: the value that means yes")
    values: tuple[Value, ...] = Field((), description="of a category; any other value is unknown")
    commonest: int | None = Field(
        None, ge=1, le=1000, strict=True, description="of an open category: so many values are distinguished"
    )
    by_month: bool = Field(False, description="stored by month, for rules and reports; models use the first month's")
    largest: int | None = Field(
        None, ge=1, strict=True, description="of a number stored by month: larger values count as this one"
    )
    in_models: bool = Field(True, description="whether models use it")
    personal: bool = Field(False, description="sensitive: can be left out of the models, its groups are reported")
    never_tell: bool = Field(False, description="never given as a reason")
    groups: dict[str, str] = Field({}, description="values that are reported, and what they are called")
    bands: BandEdges | None = Field(None, description="of a number or date: groups of reports")
    reason_bands: BandEdges | None = Field(None, description="groups of reasons and of popularity (`bands`)")
    model_bands: BandEdges | None = Field(None, description="bands of the additive model (`bands`)")
    months_column: str | None = Field(None, description="of the date of joining: column of its months, for rules")

    def _problems(self) -> Iterable[str]:
        return part_checks.profile_problems(self)

    def cut(self, purpose: Literal["report", "reason", "model"]) -> Bands | None:
        """Its bands for a purpose; None where it has none."""
        own = {"report": None, "reason": self.reason_bands, "model": self.model_bands}[purpose]
        edges = own or self.bands or (self.reason_bands if purpose == "reason" else None)
        return edges.bands if edges else None


class OwnFeature(_Part):
    """A column of the bank's own features: a number or a category of each customer and month."""

    name: Name = Field(description="column of the file of own features")
    kind: Literal["number", "category"] = Field("number", description="`number` or `category`")
    values: tuple[Value, ...] = Field((), description="of a category; any other value is unknown")
    bands: BandEdges | None = Field(None, description="of a number: bands of the additive model (deciles)")

    def _problems(self) -> Iterable[str]:
        return part_checks.feature_problems(self)


class Bank(_Part):
    """A bank: its products, what it knows of customers, and the texts that it shows to them."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")] = Field(
        description="short name, in sets and files"
    )
    title: str = Field("", description="the bank's full name, for display")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field(description="three letters, as `EUR`")
    month_step: Literal[1] = Field(1, description="months between snapshots; only monthly ones are supported")
    languages: tuple[Code, ...] = Field(min_length=1, description="codes as `en`, the first is the default")
    own_languages: dict[Code, Language] = Field({}, description="months of languages that are not built in")
    customer: Column = Field(description="column of the customer's number")
    month: Column = Field(description="column of the snapshot date")
    adapter: Literal["santander"] | None = Field(None, description="raw format that `preprocess` cleans; none: clean")
    adult_age: int = Field(18, ge=1, le=30, strict=True, description="years from which a customer is no minor")
    holdings_unknown: str | None = Field(None, description="column of flags: where true the holdings are not known")
    products: tuple[Product, ...] = Field(min_length=2, max_length=48, description="2 to 48, an entry each")
    states: tuple[State, ...] = Field((), description="monthly properties of the relation to the bank, an entry each")
    profile: tuple[ProfileColumn, ...] = Field((), description="columns of the customer, an entry each")
    features: tuple[OwnFeature, ...] = Field((), description="columns of the file of own features, an entry each")
    texts: Texts = Field({}, description="texts of reasons, by code and language, beside the built-in ones")

    def _problems(self) -> Iterable[str]:
        return problems(self)

    @property
    def columns(self) -> tuple[State | ProfileColumn, ...]:
        """Columns of the snapshots beside the products: states, then profile columns."""
        return (*self.states, *self.profile)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Item ids, in the order of their bits."""
        return tuple(product.id for product in self.products)

    @cached_property
    def bit(self) -> dict[str, int]:
        """Bit of each item id."""
        return {item: bit for bit, item in enumerate(self.ids)}

    @property
    def n(self) -> int:
        """Number of products."""
        return len(self.products)

    @cached_property
    def state_fields(self) -> dict[str, BitField]:
        """Bit field of each state in the word of a month, above the bits of the products."""
        return placed({state.name: state.size for state in self.states}, self.n)

    @cached_property
    def stated_fields(self) -> dict[str, BitField]:
        """Bit field of each profile column that is kept by month, in the word of such columns."""
        return placed({column.name: _stated_size(column) for column in self.profile if column.by_month}, 0)

    @cached_property
    def kept(self) -> tuple[ProfileColumn, ...]:
        """Profile columns whose first month's value a history keeps: those in models, those not kept by month."""
        return tuple(column for column in self.profile if column.in_models or not column.by_month)

    @cached_property
    def stated_type(self) -> np.dtype[Any]:
        """The smallest unsigned type that holds `stated_fields`."""
        bits = sum(field.bits for field in self.stated_fields.values())
        return np.min_scalar_type((1 << max(bits, 1)) - 1)

    @cached_property
    def segment(self) -> State | None:
        """The state that callers of the service may send."""
        return next((state for state in self.states if state.segment), None)

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The name of each code of the segment, empty for unknown; without segments the unknown one alone."""
        return ("", *map(str, self.segment.values)) if self.segment else ("",)

    @cached_property
    def activity(self) -> State | None:
        """The flag of active customers."""
        return next((state for state in self.states if state.activity), None)

    def with_role(self, role: str) -> ProfileColumn | None:
        """The profile column of a role."""
        return next((column for column in self.profile if column.role == role), None)

    def age_cut(self, purpose: Literal["report", "reason"]) -> Bands | None:
        """The bands of age for a purpose; None where the bank keeps no age, or has no bands for it."""
        column = self.with_role("age")
        return column.cut(purpose) if column else None

    @cached_property
    def age_bands(self) -> tuple[str, ...]:
        """Names of the bands of age in reports; empty where there are none."""
        bands = self.age_cut("report")
        return bands.names if bands else ()

    @cached_property
    def personal(self) -> tuple[str, ...]:
        """Names of the sensitive features that models use."""
        return tuple(column.name for column in self.profile if column.personal and column.in_models)

    @cached_property
    def language_names(self) -> dict[str, Language]:
        """Months of each language, in the bank's order."""
        return {code: self.known_languages[code] for code in self.languages}

    @cached_property
    def known_languages(self) -> dict[str, Language]:
        """Months of the languages built in and of the bank's own."""
        return {**built_in_languages(), **self.own_languages}

    @cached_property
    def shared_texts(self) -> Texts:
        """Texts of the reasons that every bank may give, by code and language."""
        return built_in_texts()

    @cached_property
    def reason_texts(self) -> Texts:
        """Texts of all reasons, by code and language: the built-in ones, the bank's, and those of its columns."""
        return merged(built_in_texts(), self.texts, *(part.texts for part in self.columns))

    @cached_property
    def catalogue(self) -> Catalogue:
        """The products, named in the bank's first language."""
        names = tuple(product.names[self.languages[0]] for product in self.products)
        return Catalogue(self.ids, names, tuple(product.group for product in self.products))

    def as_dict(self) -> dict[str, Any]:
        """What `Bank.model_validate` reads again: JSON holds it."""
        return self.model_dump(mode="json", exclude_defaults=True)


def _stated_size(column: ProfileColumn) -> int:
    """Number of codes. A number is its own code up to `largest`; where it may be missing, one more is for unknown."""
    if column.kind == "flag":
        return 2
    if column.kind == "number":
        return (column.largest or 0) + (1 if column.missing == "never" else 2)
    return len(column.values) + 1
