"""The recommendation service: `POST /recommendations` from a published set.

`python recommendation_service.py` starts it on PORT (4601); `recommendation_service:app` is the ASGI app.
One process, one worker: scale by containers. Settings come from the environment, see `settings.py`.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import orjson
import uvicorn
from fastapi import Body, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, Response
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_fastapi_instrumentator import Instrumentator
from prometheus_fastapi_instrumentator import metrics as http_metrics
from pydantic import ValidationError

import logs
import problems
from answers import result
from guard import Guard
from logs import LOGGER, AuditLog
from monitoring import LATENCY_BUCKETS, Monitoring
from problems import ProblemError
from recommendations import RecommendationSet
from schemas import (
    BatchRequest,
    BatchResponse,
    DemoCustomer,
    Health,
    Product,
    RecommendationRequest,
    RecommendationResponse,
)
from settings import HERE, Settings
from watcher import Watcher

VERSION = "0.1.0"
QUIET = ["/metrics", "/health/.*"]
DESCRIPTION = """Which product will this customer take next, how likely, and why.

Lists come from a published set: everything not held and allowed, best first. `score` is the probability
that the customer adds the product in the month after `as_of`.

The first version of this service took `user_id` and `k` as query parameters of `POST /recommendations`:
that form still works.
"""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; reads the environment when no settings are given."""
    settings = settings or Settings()
    registry = CollectorRegistry()
    monitoring = Monitoring(registry, VERSION)
    watcher = Watcher(settings.recs_dir, monitoring, settings.watch_seconds)
    audit = _audit_log(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if settings.api_key is None:
            LOGGER.warning("no API_KEY is set: the service is open to whoever reaches it")
        await watcher.start()
        if settings.demo and watcher.current is not None:
            _say_how_to_try(settings, watcher.current)
        yield
        await watcher.stop()
        if audit is not None:
            audit.close()

    app = FastAPI(title="Bank recommendations", version=VERSION, description=DESCRIPTION, lifespan=lifespan)
    problems.install(app)
    app.add_middleware(Guard, settings=settings, monitoring=monitoring)
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    instrumentator = Instrumentator(
        excluded_handlers=QUIET,
        should_instrument_requests_inprogress=True,
        inprogress_name="http_requests_inprogress",
        registry=registry,
    )
    instrumentator.add(http_metrics.latency(buckets=LATENCY_BUCKETS, registry=registry))
    instrumentator.instrument(app).expose(app, include_in_schema=False)

    def in_use() -> RecommendationSet:
        if watcher.current is None:
            detail = watcher.refused or "no set is published yet: run `make publish`"
            raise ProblemError(503, detail, {"Retry-After": "5"})
        return watcher.current

    @app.post(
        "/recommendations",
        response_model=RecommendationResponse,
        response_model_exclude_none=True,
        responses=problems.responses(401, 413, 422, 503),
        summary="The products a customer is most likely to take next",
    )
    async def recommendations(
        request: Request, body: Annotated[RecommendationRequest | None, Body()] = None
    ) -> Response:
        asked = body or _from_query(request)
        used = in_use()
        answer, bits, scores = result(asked.user_id, used, asked)
        request_id = request.scope["request_id"]
        answer.update(as_of=used.as_of, set_id=used.set_id, request_id=request_id)
        monitoring.k.observe(asked.k)
        monitoring.served.count(answer["source"], bits, scores)
        if audit is not None:
            items = [used.ids[bit] for bit in bits]
            audit.write(request_id, asked.user_id, used.set_id, answer["source"], items)
        return Response(orjson.dumps(answer), media_type="application/json")

    @app.post(
        "/recommendations/batch",
        response_model=BatchResponse,
        response_model_exclude_none=True,
        responses=problems.responses(401, 413, 422, 503),
        summary="The same for up to 1000 customers, from one set",
    )
    async def batch(request: Request, body: BatchRequest) -> Response:
        if len(body.user_ids) > settings.batch_limit:
            raise ProblemError(
                422, f"user_ids: at most {settings.batch_limit} customers, {len(body.user_ids)} given"
            )
        used, results = in_use(), []
        for user_id in body.user_ids:
            answer, bits, scores = result(user_id, used, body)
            results.append(answer)
            monitoring.served.count(answer["source"], bits, scores)
            if audit is not None:
                items = [used.ids[bit] for bit in bits]
                audit.write(request.scope["request_id"], user_id, used.set_id, answer["source"], items)
        monitoring.k.observe(body.k)
        content = {"as_of": used.as_of, "set_id": used.set_id, "results": results}
        return Response(orjson.dumps(content), media_type="application/json")

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

        @app.get("/", include_in_schema=False)
        async def page() -> FileResponse:
            return FileResponse(HERE / "page.html")

        @app.get("/demo/customer", summary="A random customer, and what is held")
        async def demo_customer(user_id: int | None = None) -> DemoCustomer:
            used = in_use()
            row = used.row(user_id) if user_id is not None else random.randrange(len(used))
            held = (
                [used.names["en"][used.bit_of[item]] for item in used.held_products(row)] if row >= 0 else []
            )
            known = int(used.user_id[row]) if row >= 0 else int(user_id or 0)
            return DemoCustomer(user_id=known, held=held, as_of=used.as_of)

    app.state.watcher, app.state.registry = watcher, registry
    return app


def _from_query(request: Request) -> RecommendationRequest:
    """The first version's form: `user_id` and `k` as query parameters."""
    given = {name: request.query_params[name] for name in ("user_id", "k") if name in request.query_params}
    if not given:
        raise RequestValidationError(
            [{"loc": ("body",), "msg": "a JSON body is required", "type": "missing"}]
        )
    try:
        return RecommendationRequest.model_validate(given)
    except ValidationError as error:
        found = [{**one, "loc": ("query", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(found) from error


def _audit_log(settings: Settings) -> AuditLog | None:
    if settings.audit_log is None:
        return None
    if settings.audit_key is None:
        raise SystemExit("AUDIT_LOG needs AUDIT_KEY, the key of the hash that stands for a customer")
    return AuditLog(settings.audit_log, settings.audit_key.get_secret_value().encode())


def _say_how_to_try(settings: Settings, used: RecommendationSet) -> None:
    offered = (used.status == 0).nonzero()[0]
    if len(offered):
        url = f"http://localhost:{settings.port}/recommendations"
        body = f'{{"user_id": {int(used.user_id[offered[0]])}, "k": 5}}'
        print(f"The page to try it: http://localhost:{settings.port}/", flush=True)
        print(f"Try it: curl -s -X POST {url} -H 'Content-Type: application/json' -d '{body}'", flush=True)


def __getattr__(name: str) -> FastAPI:
    """`recommendation_service:app`, made when a server asks for it and not on import."""
    if name != "app":
        raise AttributeError(name)
    if int(os.environ.get("WEB_CONCURRENCY", "1")) > 1:
        raise SystemExit("one worker a process: counters would jump between workers; scale by containers")
    logs.set_up()
    return create_app()


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    logs.set_up()
    if int(os.environ.get("WEB_CONCURRENCY", "1")) > 1:
        sys.exit("WEB_CONCURRENCY is above 1: one worker a process, scale by containers")
    settings = Settings()
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        workers=1,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )


if __name__ == "__main__":
    main()
