"""Why a customer is not offered a product: the state of each product of the set in use for one customer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field

from recommendations import RecommendationSet
from serving.api.consent import allowed_over
from serving.api.in_use import service_of, set_in_use
from serving.api.problems import ProblemError, responses
from serving.api.schemas import Channel
from serving.service import Service

NOT_EXPLAINED = "a rule removed it; which one is not known: the set was published without --explain-removals"
_STATUS_OF = ("", "deceased", "", "suppressed")  # by status code: the rule that bars all products
router = APIRouter()


class Standing(BaseModel):
    """The state of one product for one customer."""

    item_id: str = Field(description="id of the product", examples=["ind_recibo_ult1"])
    state: Literal["held", "barred", "no_consent", "not_present", "listed"] = Field(
        description="`held`: the customer has it; `barred`: a rule removed it; `listed`: it is in the customer's list;"
        " `no_consent`: it would be listed, but offers are not allowed; `not_present`: the customer is not in the set"
    )
    rule: str | None = Field(None, description="the rule that removed it, if the set states it", examples=["minors"])
    version: str | None = Field(None, description="version of the rule", examples=["1"])
    reason: str | None = Field(None, description="reason of the rule, in words")
    rank: int | None = Field(None, description="place in the customer's list, 1 is best", examples=[1])
    score: float | None = Field(
        None, description="probability that the customer acquires it in the month after `as_of`"
    )


class WhyNot(BaseModel):
    """Each product of the catalogue, for one customer."""

    user_id: int = Field(description="number of the customer")
    as_of: str = Field(description="last month of the data behind the set")
    set_id: str = Field(description="id of the published set")
    consent: bool | None = Field(None, description="whether offers are allowed; absent with CONSENT=off")
    products: list[Standing] = Field(description="in the order of the catalogue")


@router.get(
    "/customers/{user_id}/why-not",
    response_model_exclude_none=True,
    responses=responses(401, 403, 422, 503),
    summary="The state of each product for a customer: held, barred by which rule, or its rank",
)
async def why_not(
    request: Request,
    user_id: Annotated[int, Path(ge=0, le=10**18, description="number of the customer")],
    channel: Annotated[
        Channel | None, Query(description="channel whose consent is checked; left out: every channel")
    ] = None,
) -> WhyNot:
    service = service_of(request)
    if service.settings.api_key is None and not service.settings.demo:
        raise ProblemError(
            403,
            "this answer shows what a customer holds, so the service must have a key: set API_KEY, or DEMO=1 to try it",
        )
    used = set_in_use(service)
    allowed = _consent(service, user_id, channel)
    products = standings(used, user_id, consent=allowed is not False)
    return WhyNot(user_id=user_id, as_of=used.as_of, set_id=used.set_id, consent=allowed, products=products)


def _consent(service: Service, user_id: int, channel: str | None) -> bool | None:
    allowed, _ = allowed_over(channel, service.consent, "query")
    return None if service.consent is None else allowed(user_id)


def standings(used: RecommendationSet, user_id: int, *, consent: bool) -> list[Standing]:
    """The state of each product of `used` for a customer; `consent`: whether offers may be made."""
    row = used.row(user_id)
    if row < 0:
        return [Standing(item_id=item, state="not_present") for item in used.ids]
    held, ranked = int(used.held[row]), used.find(user_id)
    place = {bit: number for number, bit in enumerate(ranked.bits)}
    by_rule = used.removed.rules(row) if used.removed is not None else {}
    standing = []
    for bit, item in enumerate(used.ids):
        more: dict[str, Any] = {}
        if held >> bit & 1:
            state = "held"
        elif bit in place:
            state = "listed" if consent else "no_consent"
            more = {"rank": place[bit] + 1, "score": float(ranked.scores[place[bit]])}
        else:
            state, more = "barred", _rule(used, by_rule.get(bit) or _STATUS_OF[used.status[row]])
        standing.append(Standing(item_id=item, state=state, **more))
    return standing


def _rule(used: RecommendationSet, name: str) -> dict[str, str]:
    return {"rule": name, **used.rules.get(name, {})} if name else {"reason": NOT_EXPLAINED}
