"""The layer before every route: request id, key, limits of body, time and queue, headers, log, latency.

It is a single plain ASGI layer, since each layer slows down every request.
"""

from __future__ import annotations

import asyncio
import hmac
import itertools
import re
import secrets
import time
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api import problems
from serving.api.body import Body, BodyTooLargeError
from serving.observability.logs import LOGGER
from serving.observability.monitoring import Monitoring
from serving.observability.request_log import RequestLog
from serving.settings import Settings

OPEN_PATHS = frozenset({"/health/live", "/health/ready", "/metrics", "/", "/docs", "/openapi.json"})
_OPEN_FOLDERS = ("/page/", "/docs/")
_UNCOUNTED = frozenset({"/health/live", "/health/ready", "/metrics"})
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_ASKED_AGAIN = ("/page/", "/console/summary")  # cached by browsers, which ask each time whether it has changed
_POLICY = b"default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_DOCS_POLICY = _POLICY + b"; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'"


def _headers(policy: bytes = _POLICY, cache: bytes = b"no-store") -> list[tuple[bytes, bytes]]:
    return [
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", cache),
        (b"content-security-policy", policy),
    ]


_HEADERS, _DOCS_HEADERS, _PAGE_HEADERS = _headers(), _headers(_DOCS_POLICY), _headers(cache=b"private, no-cache")


class Guard:
    """The ASGI layer around the application."""

    def __init__(
        self, app: ASGIApp, settings: Settings, monitoring: Monitoring, request_log: RequestLog | None
    ) -> None:
        self._app, self._monitoring, self._log = app, monitoring, request_log
        self._body_limit, self._timeout = settings.body_limit, settings.request_timeout
        self._most = settings.concurrency_limit
        self._key = settings.api_key.get_secret_value().encode() if settings.api_key else None
        self._waiting_for_body = set[Body]()
        self._in_progress = 0
        monitoring.in_progress.set_function(lambda: self._in_progress)
        self._prefix, self._numbers = secrets.token_hex(8), itertools.count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request, pass it on, count it, log it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, path, request_id, refusal = time.perf_counter(), scope["path"], "", None
        for name, value in scope["headers"]:
            if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
                request_id = value.decode()
            elif name == b"content-length" and value.isdigit() and int(value) > self._body_limit:
                refusal = (413, "body_limit", f"the request body has more than the {self._body_limit:,} bytes allowed")
        if self._key is not None and not is_open(path) and not self._knows_the_key(scope):
            refusal = (401, "unauthorised", "the header X-API-Key is missing or wrong")
        request_id = request_id or f"{self._prefix}{next(self._numbers):08x}"
        scope["request_id"] = request_id
        body, status = Body(receive, self._body_limit, self._waiting_for_body), 0
        own_headers = [(b"x-request-id", request_id.encode()), *_headers_of(path)]

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *own_headers]
            await send(message)

        counted = path not in _UNCOUNTED
        tasks = scope.get("extensions", {}).get("tasks", ())
        if counted and refusal is None and len(tasks) - len(self._waiting_for_body) > self._most:
            refusal = (503, "overload", "too many requests at once; try again in a second")
        if refusal is None:
            self._in_progress += 1
            try:
                refusal = await self._pass_on(scope, body, sending)
            finally:
                self._in_progress -= 1
        if refusal is not None:
            self._monitoring.rejected.labels(refusal[1]).inc()
            if not status:
                await _answer(sending, request_id, *refusal)
        if tasks and (task := asyncio.current_task()) is not None:
            tasks.discard(task)  # answered, so no longer in the queue
        if counted:
            seconds = time.perf_counter() - started - body.seconds
            route = scope.get("route")
            handler = route.path if route is not None else "none"
            self._monitoring.latency.observe(scope["method"], handler, status, seconds)
            if self._log is not None:
                self._log.write(request_id, scope["method"], handler, status, seconds)

    def _knows_the_key(self, scope: Scope) -> bool:
        given = dict(scope["headers"]).get(b"x-api-key", b"")
        return self._key is not None and hmac.compare_digest(given, self._key)

    async def _pass_on(self, scope: Scope, body: Body, send: Send) -> tuple[int, str, str] | None:
        try:
            async with asyncio.timeout(self._timeout):
                await self._app(scope, body.receive, send)
        except ClientDisconnect:
            return 499, "disconnect", "the client closed the connection before its request had arrived"
        except TimeoutError:
            if body.cut_off:
                return 408, "slow_body", f"the request body did not arrive within {self._timeout:g} s; send it again"
            return 504, "timeout", f"the request took longer than {self._timeout:g} s"
        except BodyTooLargeError:
            return 413, "body_limit", f"the request body has more than the {self._body_limit:,} bytes allowed"
        except Exception:
            LOGGER.exception("a request failed", extra={"fields": {"request_id": scope["request_id"]}})
            return 500, "error", "an error in the service; its log has the details under this request id"
        return None


def _headers_of(path: str) -> list[tuple[bytes, bytes]]:
    """The headers of every answer from a path."""
    if path.startswith("/docs"):
        return _DOCS_HEADERS
    return _PAGE_HEADERS if path.startswith(_ASKED_AGAIN) else _HEADERS


def is_open(path: str) -> bool:
    """Whether a path answers without the key: health, metrics, documentation, the page (not its data)."""
    return path in OPEN_PATHS or path.startswith(_OPEN_FOLDERS)


async def _answer(send: Send, request_id: str, status: int, reason: str, detail: str) -> None:
    content = problems.body(status, detail, request_id)
    headers: list[Any] = [
        (b"content-type", problems.MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(content)),
    ]
    if status == 503:
        headers.append((b"retry-after", b"1"))
    if status == 413:
        headers.append((b"connection", b"close"))  # the rest of the body is not read
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
