"""The page to try the service with, and the customers it shows; only where DEMO=1."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Annotated

from fastapi import FastAPI, Query
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles

import problems
from problems import ProblemError
from recommendations import RecommendationSet
from schemas import DemoCustomer, Language
from settings import HERE

PAGE = HERE / "page"


def add_demo(app: FastAPI, in_use: Callable[[], RecommendationSet]) -> None:
    """Serve the page at / and GET /demo/customer."""

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(PAGE / "index.html")

    @app.get(
        "/demo/customer",
        responses=problems.responses(401, 404, 422, 503),
        summary="A random customer, or the one asked for, and what is held",
    )
    async def demo_customer(
        user_id: Annotated[int | None, Query(ge=0, le=10**18)] = None, lang: Language = "en"
    ) -> DemoCustomer:
        used = in_use()
        row = used.row(user_id) if user_id is not None else random.randrange(len(used)) if len(used) else -1
        if row < 0:
            raise ProblemError(404, "the set in use does not know this customer")
        names = [used.names[lang][used.bit_of[item]] for item in used.held_products(row)]
        return DemoCustomer(user_id=int(used.user_id[row]), held=names, as_of=used.as_of)

    app.mount("/page", StaticFiles(directory=PAGE))
