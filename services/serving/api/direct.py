"""Routes whose body pydantic validates directly, which is faster.

FastAPI parses JSON into Python objects, validates those, then solves dependencies. A route whose only
input is one body model needs no such steps: pydantic validates the bytes of the request. The
route is declared like any other, and OpenAPI describes it from this declaration.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Collection, Coroutine
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class DirectRoute(APIRoute):
    """A route `async def f(request: Request, asked: Model) -> Response`; others are served as usual.

    Without a body the query parameters are the model's fields, as in the first version of the service.
    Types are strict in JSON (`"5"` is no number), but not in a query, where all values are text.
    """

    def get_route_handler(self) -> Handler:
        """The function that answers a request."""
        if self.body_field is None or list(inspect.signature(self.endpoint).parameters)[:1] != ["request"]:
            return super().get_route_handler()
        declared: Any = self.body_field.field_info.annotation
        model: TypeAdapter[Any] = TypeAdapter(declared)
        from_json, from_values = model.validator.validate_json, model.validator.validate_python
        fields = declared.model_fields
        texts = {
            "extra_forbidden": f"there is no such field; the fields are {', '.join(fields)}",
            "int_type": "must be a whole number, without quotes",
        }
        endpoint: Callable[[Request, Any], Awaitable[Response]] = self.endpoint

        async def handle(request: Request) -> Response:
            body = await request.body()
            try:
                if body:
                    _check_content_type(request)
                    if request.scope["query_string"]:
                        _check_query(request, fields)
                    asked = _from_json(from_json, body)
                elif request.scope["query_string"]:
                    asked = from_values(dict(request.query_params))
                else:
                    raise _wrong("missing", ("body",), "a JSON body is required")
            except ValidationError as error:
                place = "body" if body else "query"
                raise RequestValidationError(
                    [
                        {"type": one["type"], "loc": (place, *one["loc"]), "msg": texts.get(one["type"], one["msg"])}
                        for one in error.errors(include_url=False, include_context=False, include_input=False)
                    ]
                ) from error
            return await endpoint(request, asked)

        return handle


def _from_json(validate: Callable[..., Any], body: bytes) -> Any:
    """Validate strictly; a body that fails is tried again with whole numbers such as `5.0` read as integers."""
    try:
        return validate(body, strict=True)
    except ValidationError as error:
        if not any(one["type"] == "int_type" for one in error.errors(include_input=False)):
            raise
        return validate(json.dumps(json.loads(body, parse_float=_whole)), strict=True)


def _whole(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() else number


def _check_query(request: Request, fields: Collection[str]) -> None:
    """Refuse fields of the model in the query of a request with a body: they would have no effect."""
    twice = [name for name in request.query_params if name in fields]
    if twice:
        raise _wrong("place", ("query", twice[0]), "a request with a body has all its fields in the body")


def _check_content_type(request: Request) -> None:
    """Require a JSON content type, with which a browser asks before it sends a request to another origin."""
    for name, value in request.scope["headers"]:
        if name == b"content-type":
            kind = value.partition(b";")[0].strip().lower()
            if kind == b"application/json" or (kind.startswith(b"application/") and kind.endswith(b"+json")):
                return
    raise _wrong("content_type", ("header", "content-type"), "must be application/json")


def _wrong(kind: str, place: tuple[str, ...], reason: str) -> RequestValidationError:
    return RequestValidationError([{"type": kind, "loc": place, "msg": reason}])
