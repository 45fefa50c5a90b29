"""The other sides of `benchmarks/serving.py`: each answers POST /recommendations in its own way."""

from __future__ import annotations

import atexit
import cProfile
import os
import signal
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from fastapi import FastAPI, Response

from benchmarks.service_profile import PROFILE
from serving.api.schemas import RecommendationRequest

ANSWER = {
    "user_id": 15889,
    "k": 5,
    "returned": 5,
    "source": "personal",
    "recommendations": [
        {
            "item_id": f"ind_prod{i}_fin_ult1",
            "name": f"Product {i}",
            "rank": i + 1,
            "score": 0.123456 / (i + 1),
        }
        for i in range(5)
    ],
    "as_of": "2016-05-28",
    "set_id": "2016-05-28_big",
    "request_id": "0123456789abcdef0123456789abcdef",
}


def serve(side: str, port: int) -> None:
    """Serve one side with uvicorn, its own log off."""
    if own := {"profiled": profiled, "switched": switched}.get(side):
        own()
        return
    app = {"dict": constant_dict, "ready": ready_bytes, "asgi": lambda: asgi, "pandas": pandas_filter}[side]()
    uvicorn.run(app, host="127.0.0.1", port=port, access_log=False, log_level="warning")


def constant_dict() -> Any:
    """A pydantic model in, a constant dict out."""
    app = FastAPI()

    @app.post("/recommendations")
    async def recommendations(body: RecommendationRequest):  # type: ignore[no-untyped-def]  # no response model
        return ANSWER

    return app


def ready_bytes() -> Any:
    """The same model in, ready bytes out."""
    app, content = FastAPI(), orjson.dumps(ANSWER)

    @app.post("/recommendations")
    async def recommendations(body: RecommendationRequest) -> Response:
        return Response(content, media_type="application/json")

    return app


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    """A constant answer; the body is read and not parsed."""
    if scope["type"] != "http":
        return
    while scope["method"] == "POST" and (await receive()).get("more_body"):
        pass
    content = orjson.dumps(ANSWER)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def pandas_filter() -> Any:
    """The look-up by a boolean filter of a frame, for each request."""
    import pandas as pd

    recs = Path(os.environ["BENCHMARK_RECS"])
    frame = pd.read_parquet(recs / "current/recommendations.parquet")
    app = FastAPI()

    @app.post("/recommendations")
    async def recommendations(body: RecommendationRequest) -> Response:
        rows = frame[frame["user_id"] == body.user_id].head(body.k)
        return Response(rows.to_json(orient="records"), media_type="application/json")

    return app


def switched() -> None:
    """Our service; SIGUSR1 turns counting and logging off, and on again."""
    import recommendation_service
    from serving.observability.latency import Latency
    from serving.observability.request_log import RequestLog
    from serving.observability.served import Served

    watching = [(RequestLog, "write"), (Latency, "observe"), (Served, "count")]
    other = [lambda *_: None] * len(watching)

    def switch(*_: object) -> None:
        for number, (owner, name) in enumerate(watching):
            now, new = getattr(owner, name), other[number]
            other[number] = now
            setattr(owner, name, new)

    signal.signal(signal.SIGUSR1, switch)
    recommendation_service.main()


def profiled() -> None:
    """Our service; SIGUSR1 starts a profiler, which is written out at the end."""
    import recommendation_service

    profile = cProfile.Profile()
    signal.signal(signal.SIGUSR1, lambda *_: profile.enable())
    atexit.register(profile.dump_stats, Path(os.environ["BENCHMARK_RECS"]) / PROFILE)
    recommendation_service.main()
