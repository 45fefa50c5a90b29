"""The service that a request belongs to, and the set that it is answered from."""

from __future__ import annotations

from itertools import islice

from fastapi import Request

from recommendations import RecommendationSet
from serving.api.problems import ProblemError
from serving.service import Service


def service_of(request: Request) -> Service:
    """The service of the request's application."""
    service: Service = request.scope["app"].state.service  # a call less than by `request.app`
    return service


def set_in_use(service: Service) -> RecommendationSet:
    """The set in use; without one, raise a problem of status 503 with the reason."""
    watcher = service.watcher
    if watcher.current is None:
        raise ProblemError(503, watcher.why_no_set, {"Retry-After": "5"})
    return watcher.current


def first_with_offers(used: RecommendationSet, most: int) -> list[int]:
    """The numbers of the first customers of the set who may be offered something, `most` at most."""
    rows = (row for row, status in enumerate(used.status.data) if status == 0)
    return [int(used.user_id[row]) for row in islice(rows, most)]
