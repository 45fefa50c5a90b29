"""Bodies and answers of the page's routes."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from serving.api.schemas import Channel, UserId
from serving.api.why_not import Standing


class CustomerQuestion(BaseModel):
    """Which customer to show."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"user_id": None}]})
    user_id: UserId | None = Field(
        None, description="number of the customer; null: a random one who has a list and, if any does, allows offers"
    )
    other_than: UserId | None = Field(
        None, description="with user_id null: not this customer, unless no other one has a list"
    )
    channel: Channel | None = Field(None, description="channel whose consent is checked; null: every channel")

    @field_validator("user_id", "other_than", mode="before")
    @classmethod
    def whole(cls, number: object) -> object:
        """`5.0` is the number 5 in JSON."""
        return int(number) if isinstance(number, float) and number.is_integer() else number


class CustomerView(BaseModel):
    """A customer, and the state of each product."""

    user_id: str = Field(description="number of the customer as text: JavaScript's numbers are exact up to 2^53 only")
    as_of: str = Field(description="last month of the data behind the set")
    set_id: str = Field(description="the published set")
    status: Literal["ok", "deceased", "suppressed", "unknown", "nothing_left"]
    segment: str | None = Field(description="null if it is not known")
    age_band: str | None = Field(description="null if the set does not state it")
    consent: bool | None = Field(description="whether offers are allowed over the channel; null with CONSENT=off")
    channels: dict[str, bool] | None = Field(
        description="each channel of the consent file, and whether this customer allows it; null with CONSENT=off,"
        " empty while no file is in force"
    )
    products: list[Standing] = Field(description="in the order of the catalogue")


class KeptSet(BaseModel):
    """A set in the folder of sets."""

    set_id: str
    as_of: str
    created_at: str
    in_use: bool


class Realised(BaseModel):
    """Acquisitions of a month: expected, with the interval, and observed."""

    month: str
    expected: float
    interval: list[float] = Field(min_length=2, max_length=2)
    observed: float


class Sets(BaseModel):
    """The sets kept, newest first, and earlier forecasts with the acquisitions observed."""

    in_use: str
    kept: list[KeptSet]
    realised: list[Realised]
