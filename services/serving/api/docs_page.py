"""The OpenAPI document and its page, which requests nothing from other hosts."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import fastapi_offline
from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, JSONResponse
from starlette.staticfiles import StaticFiles

from recommendations import RecommendationSet
from serving.api.in_use import first_with_offers, service_of
from serving.api.problems import MEDIA_TYPE

DESCRIPTION = """Which product will this customer acquire next, with which probability, and why.

Lists come from a published set: all products that the customer does not hold and may be offered, best first.
`score` is the probability that the customer acquires the product in the month after `as_of`.

The query form of the first version still works: `user_id` and `k` as query parameters of `POST /recommendations`.
"""
# Optional in the document: it is the same for every service, and those without API_KEY need none.
_KEY = {
    "type": "apiKey",
    "in": "header",
    "name": "X-API-Key",
    "description": "The service's API_KEY. A service that was started without one needs no key.",
}
_ASSETS = Path(fastapi_offline.__file__).parent / "static"
router = APIRouter()


def add_documentation(app: FastAPI) -> None:
    """Serve /openapi.json and /docs; call it after the routes are added, so that they match first."""
    app.include_router(router)
    app.mount("/docs/assets", StaticFiles(directory=_ASSETS))


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> JSONResponse:
    return JSONResponse(document(request.app))


@router.get("/docs/openapi.json", include_in_schema=False)
async def openapi_of_the_page(request: Request) -> JSONResponse:
    service = service_of(request)
    used = service.watcher.current
    # The page needs no key. If the service has a key, the page must not name customers.
    shown = used if service.settings.api_key is None else None
    return JSONResponse(with_examples_of(document(request.app), shown))


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    return get_swagger_ui_html(
        openapi_url="docs/openapi.json",
        title=request.app.title,
        swagger_js_url="docs/assets/swagger-ui-bundle.js",
        swagger_css_url="docs/assets/swagger-ui.css",
        swagger_favicon_url="docs/assets/favicon.png",
    )


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the key of the routes that need one (they can answer 401).

    FastAPI also lists errors as plain JSON, which is removed here: all errors are problems.
    """
    described = app.openapi()
    described["components"]["securitySchemes"] = {"key": _KEY}
    for methods in described["paths"].values():
        for operation in methods.values():
            if "401" in operation["responses"]:
                operation["security"] = [{"key": []}, {}]
            for response in operation["responses"].values():
                if MEDIA_TYPE in response.get("content", {}):
                    response["content"].pop("application/json", None)
    return described


def with_examples_of(document: dict[str, Any], used: RecommendationSet | None) -> dict[str, Any]:
    """A copy of the document for the page, with customers of the set in use as examples to try.

    /openapi.json itself is the same for every bank and set.
    """
    customers = [] if used is None else first_with_offers(used, 2)
    if not customers:
        return document
    own = deepcopy(document)
    schemas = own["components"]["schemas"]
    examples: dict[str, dict[str, Any]] = {
        "RecommendationRequest": {"user_id": customers[0]},
        "BatchRequest": {"user_ids": customers},
    }
    for name, asked in examples.items():
        schemas[name]["examples"] = [{**asked, "k": 5}]
    for name in ("RecommendationRequest", "BatchResult", "RecommendationResponse"):
        schemas[name]["properties"]["user_id"]["examples"] = customers[:1]
        schemas[name]["examples"][0]["user_id"] = customers[0]
    for methods in own["paths"].values():
        for parameter in (one for operation in methods.values() for one in operation.get("parameters", [])):
            if parameter["name"] == "user_id":
                parameter["schema"]["examples"] = customers[:1]
    return own
