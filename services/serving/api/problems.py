"""Errors as RFC 9457 problem details: never a stack trace."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from serving.api.schemas import Problem

MEDIA_TYPE = "application/problem+json"
# 413 and 422 from RFC 9110, as Python's names of these two depend on its version; 499 is the number of nginx's logs.
_PHRASES = {413: "Content Too Large", 422: "Unprocessable Content", 499: "Client Closed Request"}
# For the documentation: an example of the detail of a problem, by status.
_DETAILS = {
    401: "the header X-API-Key is missing or wrong",
    404: "the set in use has no summary.json: publish it again",
    408: "the request body did not arrive within 10 s; send it again",
    413: "the request body has more than the 65,536 bytes allowed",
    422: "body.k: Input should be less than or equal to 48",
    500: "an error in the service; its log has the details under this request id",
    503: "no set is published in /recs yet: publish one with `python -m bankrec recommend` (for a demonstration:"
    " `make publish`)",
    504: "the request took longer than 10 s",
}


class ProblemError(Exception):
    """Raise it in a route to answer with a problem."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers


def phrase(status: int) -> str:
    """Name of a status."""
    return _PHRASES.get(status) or HTTPStatus(status).phrase


def body(status: int, detail: str, request_id: str, errors: list[dict[str, str]] | None = None) -> bytes:
    """The JSON of a problem."""
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": phrase(status),
        "status": status,
        "detail": detail,
        "request_id": request_id,
    }
    if errors:
        problem["errors"] = errors
    return orjson.dumps(problem)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of a route for OpenAPI."""
    return {
        status: {
            "model": Problem,
            "description": phrase(status),
            "content": {
                MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _example(status)},
            },
        }
        for status in statuses
    }


def _example(status: int) -> dict[str, Any]:
    """An example of a problem of this status."""
    detail = _DETAILS.get(status, phrase(status))
    field, _, reason = detail.partition(": ")
    errors = [{"field": field, "reason": reason}] if status == 422 else None
    example: dict[str, Any] = orjson.loads(body(status, detail, "5f0c2a9d1e7b4c6800000001", errors))
    return example


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem."""

    def answer(
        request: Request,
        status: int,
        detail: str,
        errors: list[dict[str, str]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        content = body(status, detail, request.scope.get("request_id", ""), errors)
        return Response(content, status, headers, MEDIA_TYPE)

    @app.exception_handler(ProblemError)
    async def on_problem(request: Request, error: ProblemError) -> Response:
        return answer(request, error.status, error.detail, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def on_validation(request: Request, error: RequestValidationError) -> Response:
        errors = [
            {"field": ".".join(str(part) for part in one["loc"])[:100], "reason": str(one["msg"])[:1_000]}
            for one in list(error.errors())[:20]
        ]
        detail = "; ".join(f"{one['field']}: {one['reason']}" for one in errors[:3])
        return answer(request, 422, detail, errors)

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers) if error.headers else None
        detail = str(error.detail)
        if error.status_code == 404:
            detail = "there is nothing at this address; /openapi.json lists the addresses of the API"
        if error.status_code == 405 and "route" in request.scope:
            detail = _what_to_send(request, (headers or {}).get("Allow", ""))
        return answer(request, error.status_code, detail, headers=headers)


def _what_to_send(request: Request, allowed: str) -> str:
    """The method of a route, with an example of the body if it has one."""
    route = request.scope["route"]
    detail = f"{request.method} is not answered at {route.path}: use {allowed}"
    if getattr(route, "body_field", None) is None:
        return detail
    example = route.body_field.field_info.annotation.model_config["json_schema_extra"]["examples"][0]
    return f"{detail} with a JSON body, for example {orjson.dumps(example).decode()}"
