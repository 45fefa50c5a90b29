"""What stands behind a request: the running service, and the set that it answers from."""

from __future__ import annotations

from fastapi import Request

from recommendations import RecommendationSet
from serving.api.problems import ProblemError
from serving.service import Service


def service_of(request: Request) -> Service:
    """The service that the application of a request was made with."""
    service: Service = request.app.state.service
    return service


def set_in_use(service: Service) -> RecommendationSet:
    """The set to answer from; without one the answer is a problem of status 503 that says why."""
    watcher = service.watcher
    if watcher.current is None:
        raise ProblemError(503, watcher.why_no_set, {"Retry-After": "5"})
    return watcher.current
