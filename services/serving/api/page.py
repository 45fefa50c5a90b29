"""The web page, and the line that prints its address; only with DEMO=1 or CONSOLE=1."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles

from serving.api import console
from serving.service import Service
from serving.settings import FOLDER

PAGE = FOLDER / "page"
router = APIRouter()


def add_page(app: FastAPI) -> None:
    """Serve the page at /, its files, and its data at /console."""
    app.include_router(router)
    app.include_router(console.router)
    app.mount("/page", GZipMiddleware(StaticFiles(directory=PAGE)))


@router.get("/", include_in_schema=False)
async def page() -> FileResponse:
    return FileResponse(PAGE / "index.html")


def print_how_to_try(service: Service) -> None:
    """If the page is served and a set is in use, print its address and a curl command for a customer of the set."""
    used, port = service.watcher.current, service.settings.port
    if not service.settings.demo or used is None:
        return
    offered = (used.status == 0).nonzero()[0]
    if len(offered):
        url = f"http://localhost:{port}/recommendations"
        body = f'{{"user_id": {int(used.user_id[offered[0]])}, "k": 5}}'
        print(f"The page to try it: http://localhost:{port}/", flush=True)
        print(f"Try it: curl -s -X POST {url} -H 'Content-Type: application/json' -d '{body}'", flush=True)
