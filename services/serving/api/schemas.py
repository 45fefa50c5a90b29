"""Requests and answers of the API, with units and examples: the source of the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from serving.sets.files import MOST_PRODUCTS

UserId = Annotated[int, Field(ge=0, le=10**18, description="number of the customer", examples=[15889])]
K = Annotated[int, Field(ge=1, le=MOST_PRODUCTS, description="most products to return", examples=[5])]
ItemId = Annotated[str, Field(min_length=1, max_length=64, examples=["ind_recibo_ult1"])]
Segment = Annotated[str, Field(min_length=1, max_length=64, examples=["TOP"])]
Language = Annotated[str, Field(min_length=2, max_length=16, examples=["en"])]
Source = Literal["personal", "popular", "none"]
Channel = Annotated[str, Field(min_length=1, max_length=64, examples=["email"])]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Choice(_Strict):
    k: K = 5
    exclude: list[ItemId] = Field(
        [],
        max_length=MOST_PRODUCTS,
        description="products to leave out; ids that the catalogue does not have are ignored",
    )
    only: list[ItemId] | None = Field(
        None,
        max_length=MOST_PRODUCTS,
        description="return only these products, none if the list is empty;"
        " an id that the catalogue (GET /products) does not have: 422",
    )
    segment: Segment | None = Field(
        None,
        description="for customers who are not in the set: return what is popular in this segment, or in the bank if"
        " the set has no list of the segment;"
        " a segment that the bank (`bank.segments` of GET /set) does not have: 422",
    )
    lang: Language | None = Field(
        None,
        description="language of names and reasons, the bank's first if left out;"
        " a language that the bank (`bank.languages` of GET /set) does not have: 422",
    )
    age: int | None = Field(
        None,
        ge=0,
        le=120,
        description="years, for customers who are not in the set: the rules on age are then applied to what is popular",
    )
    channel: Channel | None = Field(
        None,
        description="channel of the offer, one of the consent file; null: the customer must have allowed every channel."
        " Has no effect if the service runs with CONSENT=off",
    )


class RecommendationRequest(_Choice):
    """Which products is this customer most likely to acquire next?"""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"user_id": 15889, "k": 5}]})
    user_id: UserId


class BatchRequest(_Choice):
    """The same question for many customers in one request."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"user_ids": [15889, 15890], "k": 5}]})
    user_ids: list[UserId] = Field(min_length=1, max_length=1_000, description="numbers of the customers")


class Reason(BaseModel):
    """A reason for the rank of a product: a fact from the customer's history or the bank's counts."""

    code: str = Field(description="code of the reason, the same in every language", examples=["held_until:2016-02"])
    text: str = Field(
        description="the reason in words, in the language asked for", examples=["had it until February 2016"]
    )


class Recommendation(BaseModel):
    """One product at its rank."""

    item_id: str = Field(description="id of the product", examples=["ind_recibo_ult1"])
    name: str = Field(description="its name in the language asked for", examples=["Direct debit"])
    rank: int = Field(ge=1, le=MOST_PRODUCTS, description="place in the customer's list, 1 is best", examples=[1])
    score: float = Field(
        ge=0,
        le=1,
        description="probability (0 to 1) that the customer acquires the product in the month after `as_of`;"
        " it never increases from one rank to the next. With `source` `popular` it is a past rate instead: of the"
        " customers without the product (in the segment, if one is stated), the share who acquired it in a month",
        examples=[0.0312],
    )
    reasons: list[Reason] | None = Field(
        None,
        description="one or two reasons; absent after rank 7, where none applies, and with `source` `popular`",
    )


_RESULT: JsonDict = {
    "user_id": 15889,
    "k": 2,
    "returned": 2,
    "source": "personal",
    "recommendations": [
        {
            "item_id": "ind_recibo_ult1",
            "name": "Direct debit",
            "rank": 1,
            "score": 0.0312,
            "reasons": [{"code": "held_until:2016-02", "text": "had it until February 2016"}],
        },
        {"item_id": "ind_cco_fin_ult1", "name": "Current account", "rank": 2, "score": 0.0045},
    ],
}
_SET: JsonDict = {"as_of": "2016-05-28", "set_id": "2016-05-28_20160601T120000000000Z"}


class BatchResult(BaseModel):
    """The answer for one customer of a batch."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RESULT]})
    user_id: int = Field(description="number of the customer", examples=[15889])
    k: int = Field(description="`k` of the request", examples=[5])
    returned: int = Field(
        description="number of products returned: fewer than `k` if fewer are left to offer", examples=[5]
    )
    source: Source = Field(
        description="`personal`: ranked for this customer; `popular`: popular products, as the customer is not in"
        " the set; `none`: nothing may be offered or nothing is left to offer, the list is empty"
    )
    reason: Literal["no_consent", "consent_unavailable"] | None = Field(
        None,
        description="why nothing is offered. `no_consent`: the customer has not allowed it; `consent_unavailable`: no"
        " valid consent file is in force, so it is not known who has allowed it",
    )
    recommendations: list[Recommendation]


class RecommendationResponse(BatchResult):
    """Ranked products for one customer."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_RESULT, **_SET, "request_id": "03d5ceabfc15eabb00000000"}]}
    )
    as_of: str = Field(description="last month of the data behind the ranking", examples=["2016-05-28"])
    set_id: str = Field(description="id of the published set", examples=["2016-05-28_20160601T120000000000Z"])
    request_id: str = Field(description="id of the request, also in the header X-Request-ID")


class BatchResponse(BaseModel):
    """Ranked products for many customers, all from the same set."""

    as_of: str = Field(description="last month of the data behind the ranking", examples=["2016-05-28"])
    set_id: str = Field(description="id of the published set")
    results: list[BatchResult] = Field(description="in the order of `user_ids`")


class Product(BaseModel):
    """A product of the catalogue."""

    item_id: str = Field(examples=["ind_recibo_ult1"])
    names: dict[str, str] = Field(
        description="its name in each language of the bank",
        examples=[{"en": "Direct debit", "es": "Recibos domiciliados"}],
    )
    group: str = Field(examples=["payments"])


class Health(BaseModel):
    """State of the process."""

    status: Literal["ok"] = "ok"


class FieldError(BaseModel):
    """What is wrong with one field."""

    field: str = Field(examples=["body.k"])
    reason: str = Field(examples=["Input should be less than or equal to 48"])


class Problem(BaseModel):
    """An error, in the form of RFC 9457."""

    type: str = Field("about:blank", description="kind of problem")
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str = Field(description="what was wrong and what to do")
    request_id: str = Field(description="id of the request, also in the header X-Request-ID")
    errors: list[FieldError] | None = None
