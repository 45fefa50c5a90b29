"""The OpenAPI document and its page, with no request to the outside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fastapi_offline
from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, JSONResponse
from starlette.staticfiles import StaticFiles

from problems import MEDIA_TYPE

_ASSETS = Path(fastapi_offline.__file__).parent / "static"


def add_documentation(app: FastAPI) -> None:
    """Serve /openapi.json and /docs; call it after the routes, so that those are matched first."""

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi() -> JSONResponse:
        return JSONResponse(document(app))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="openapi.json",
            title=app.title,
            swagger_js_url="docs/assets/swagger-ui-bundle.js",
            swagger_css_url="docs/assets/swagger-ui.css",
            swagger_favicon_url="docs/assets/favicon.png",
        )

    app.mount("/docs/assets", StaticFiles(directory=_ASSETS))


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document. FastAPI says that errors come as JSON too: they come as problems alone."""
    described = app.openapi()
    for methods in described["paths"].values():
        for operation in methods.values():
            for response in operation["responses"].values():
                if MEDIA_TYPE in response.get("content", {}):
                    response["content"].pop("application/json", None)
    return described
