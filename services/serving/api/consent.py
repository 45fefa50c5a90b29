"""Consent in a request: which customers may be offered products over its channel, and the answer for others."""

from __future__ import annotations

import numpy as np
from fastapi.exceptions import RequestValidationError

from recommendations import RecommendationSet
from serving.api.answers import Answer
from serving.api.schemas import BatchRequest, RecommendationRequest
from serving.consent import ConsentWatch
from serving.sets.consent import Allows

_NO_SCORES = np.zeros(0, np.float32)


Allowed = tuple[Allows, str | None]  # test of whether a customer may be offered products; the channel of the request


def _anybody(_: int, __: int = -1) -> bool:
    return True


def _nobody(_: int, __: int = -1) -> bool:
    return False


_NOT_ASKED: Allowed = (_anybody, None)
_NOBODY: Allowed = (_nobody, None)


def allowed_over(
    channel: str | None, watch: ConsentWatch | None, place: str = "body", used: RecommendationSet | None = None
) -> Allowed:
    """The test of consent for `channel`; without a channel, a customer must allow every channel of the consent file.

    With `used`, the test may be given the customer's row in that set too, which is faster.
    A channel that is not in the file is an error 422 that names those that are. If no file is in force, nobody has
    consent for any channel. With CONSENT=off (`watch` None) the channel has no effect.
    """
    if watch is None:
        return _NOT_ASKED
    consent = watch.in_force()
    if consent is None:
        return _NOBODY
    allowed = (consent.over if used is None else consent.over_in(used.user_id)).get(channel)
    if allowed is None:
        text = f"the consent file has no channel {channel!r}; it has {', '.join(consent.channels)}"
        raise RequestValidationError([{"type": "unknown_channel", "loc": (place, "channel"), "msg": text}])
    return allowed, channel


def without_consent(user_id: int, asked: RecommendationRequest | BatchRequest, allowed: Allows) -> Answer:
    """The answer for a customer whom `allowed` refuses: an empty list, and the reason."""
    reason = "consent_unavailable" if allowed is _nobody else "no_consent"
    start = b'{"user_id":%d,"k":%d,"returned":0,"source":"none",' % (user_id, asked.k)
    return Answer(
        start + b'"reason":"%b","recommendations":[]' % reason.encode(), "none", b"", b"", _NO_SCORES, b"", reason
    )
