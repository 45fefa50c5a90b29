"""The recommendation service: `POST /recommendations` from a published set.

`python recommendation_service.py` starts it on PORT (4601); `recommendation_service:app` is the ASGI app for
any other server. Settings come from the environment, see `settings.py`. Scale by containers, not by workers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_fastapi_instrumentator import Instrumentator

import logs
import own_server
import problems
from answers import Answer, answer, check_only
from demo import add_demo
from direct import DirectRoute
from docs_page import add_documentation
from guard import Guard
from logs import LOGGER, AuditLog, RequestLog
from monitoring import Monitoring
from problems import ProblemError
from recommendations import RecommendationSet
from schemas import (
    BatchRequest,
    BatchResponse,
    Health,
    Product,
    RecommendationRequest,
    RecommendationResponse,
)
from settings import Settings, from_environment
from siblings import warn_of_siblings
from watcher import Watcher

VERSION = "0.1.0"
DESCRIPTION = """Which product will this customer take next, how likely, and why.

Lists come from a published set: everything not held and allowed, best first. `score` is the probability
that the customer adds the product in the month after `as_of`.

The first version of this service took `user_id` and `k` as query parameters of `POST /recommendations`:
that form still works.
"""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; reads the environment when no settings are given."""
    settings = settings or from_environment()
    registry = CollectorRegistry()
    monitoring = Monitoring(registry, VERSION)
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    watcher = Watcher(settings.recs_dir, monitoring, settings.watch_seconds)
    audit: AuditLog | None = None
    request_log = RequestLog()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        nonlocal audit
        logs.set_up_under_a_server()
        audit = _audit_log(settings)
        if settings.api_key is None:
            LOGGER.warning("no API_KEY is set: the service is open to whoever reaches it")
        await watcher.start()
        looking = asyncio.create_task(warn_of_siblings(settings.watch_seconds))
        yield
        looking.cancel()
        await watcher.stop()
        request_log.flush()
        if audit is not None:
            audit.close()

    # The documentation's routes are added last: routes are matched in order.
    app = FastAPI(
        title="Bank recommendations",
        version=VERSION,
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.router.route_class = DirectRoute
    problems.install(app)
    app.add_middleware(Guard, settings=settings, monitoring=monitoring, request_log=request_log)

    def in_use() -> RecommendationSet:
        if watcher.current is None:
            raise ProblemError(503, watcher.why_no_set, {"Retry-After": "5"})
        return watcher.current

    def record(request_id: str, user_id: int, used: RecommendationSet, given: Answer) -> None:
        monitoring.served.count(given.source, given.places, given.bits, given.scores, given.first)
        if audit is not None:
            items = [used.ids[bit] for bit in given.bits]
            audit.write(request_id, user_id, used.set_id, given.source, items)

    @app.post(
        "/recommendations",
        response_model=RecommendationResponse,
        response_model_exclude_none=True,
        responses=problems.responses(401, 413, 422, 503),
        summary="The products a customer is most likely to take next",
    )
    async def recommendations(request: Request, asked: RecommendationRequest) -> Response:
        used, request_id = in_use(), request.scope["request_id"]
        check_only(asked, used)
        given = answer(asked.user_id, used, asked)
        monitoring.served.k[asked.k] += 1
        record(request_id, asked.user_id, used, given)
        content = b'%b%b,"request_id":"%b"}' % (given.json, used.answer_end, request_id.encode())
        return Response(content, media_type="application/json")

    @app.post(
        "/recommendations/batch",
        response_model=BatchResponse,
        response_model_exclude_none=True,
        responses=problems.responses(401, 413, 422, 503),
        summary="The same for up to 1000 customers, from one set",
    )
    async def batch(request: Request, asked: BatchRequest) -> Response:
        if len(asked.user_ids) > settings.batch_limit:
            detail = f"user_ids: at most {settings.batch_limit} customers, {len(asked.user_ids)} given"
            raise ProblemError(422, detail)
        used, request_id = in_use(), request.scope["request_id"]
        check_only(asked, used)
        monitoring.served.k[asked.k] += 1
        results = []
        for user_id in asked.user_ids:
            given = answer(user_id, used, asked)
            record(request_id, user_id, used, given)
            results.append(given.json + b"}")
        content = b'{"results":[%b]%b}' % (b",".join(results), used.answer_end)
        return Response(content, media_type="application/json")

    @app.get("/products", responses=problems.responses(401, 503), summary="The catalogue")
    async def products() -> list[Product]:
        return [
            Product(item_id=one["column"], english=one["english"], spanish=one["spanish"], group=one["group"])
            for one in in_use().products
        ]

    @app.get("/set", responses=problems.responses(401, 503), summary="The manifest of the set in use")
    async def manifest() -> dict[str, Any]:
        return in_use().manifest

    @app.get("/health/live", summary="Whether the process runs")
    async def live() -> Health:
        return Health()

    @app.get("/health/ready", responses=problems.responses(503), summary="Whether a set is loaded")
    async def ready() -> Health:
        in_use()
        return Health()

    if settings.demo:
        add_demo(app, in_use)
    add_documentation(app)
    Instrumentator(registry=registry).expose(app, include_in_schema=False)
    app.state.watcher, app.state.registry = watcher, registry
    return app


def _audit_log(settings: Settings) -> AuditLog | None:
    if settings.audit_log is None or settings.audit_key is None:
        return None
    return AuditLog(settings.audit_log, settings.audit_key.get_secret_value().encode(), settings.audit_days)


def _say_how_to_try(settings: Settings, used: RecommendationSet) -> None:
    offered = (used.status == 0).nonzero()[0]
    if len(offered):
        url = f"http://localhost:{settings.port}/recommendations"
        body = f'{{"user_id": {int(used.user_id[offered[0]])}, "k": 5}}'
        print(f"The page to try it: http://localhost:{settings.port}/", flush=True)
        print(f"Try it: curl -s -X POST {url} -H 'Content-Type: application/json' -d '{body}'", flush=True)


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""

    def when_listening() -> None:
        used = app.state.watcher.current
        if settings.demo and used is not None:
            _say_how_to_try(settings, used)

    own_server.serve(app, settings, when_listening)


settings = from_environment()
app = create_app(settings)

if __name__ == "__main__":
    main()
