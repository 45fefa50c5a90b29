"""The web page, and the line that prints its address; only with DEMO=1 or CONSOLE=1."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from serving.api import console
from serving.api.compressed import Compressed
from serving.api.in_use import first_with_offers
from serving.service import Service
from serving.settings import FOLDER

PAGE = FOLDER / "page"
_MEDIA_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
router = APIRouter()


def add_page(app: FastAPI) -> None:
    """Serve the page at /, its files, and its data at /console."""
    _files()
    app.include_router(router)
    app.include_router(console.router)


@router.get("/", include_in_schema=False)
async def page(request: Request) -> Response:
    return _files()["index.html"].answer(request)


@router.get("/page/{name}", include_in_schema=False)
async def page_file(request: Request, name: str) -> Response:
    if name not in _files():
        raise HTTPException(404)
    return _files()[name].answer(request)


@cache
def _files() -> dict[str, Compressed]:
    """All files by name, read once: the first view needs a dozen, and to open and compress each for every request
    would delay it (`python -m benchmarks.first_view` measures the first view).
    """
    return {path.name: _compressed(path) for path in sorted(PAGE.iterdir()) if path.suffix in _MEDIA_TYPES}


def _compressed(path: Path) -> Compressed:
    content = path.read_bytes()
    tag = hashlib.sha256(content).hexdigest()
    return Compressed(content, gzip.compress(content, mtime=0), _MEDIA_TYPES[path.suffix], tag)


def print_how_to_try(service: Service) -> None:
    """If the page is served and a set is in use, print its address and a curl command for a customer of the set."""
    used, port = service.watcher.current, service.settings.port
    if not service.settings.demo or used is None:
        return
    for user_id in first_with_offers(used, 1):
        url = f"http://localhost:{port}/recommendations"
        body = f'{{"user_id": {user_id}, "k": 5}}'
        print(f"The page to try it: http://localhost:{port}/", flush=True)
        print(f"Try it: curl -s -X POST {url} -H 'Content-Type: application/json' -d '{body}'", flush=True)
