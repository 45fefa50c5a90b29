"""What stands before every route: request id, key, limits of body, time and concurrency, headers, log.

One plain ASGI layer, since each layer costs every request.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import time
import uuid
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

import problems
from logs import LOGGER
from monitoring import Monitoring
from settings import Settings

_OPEN_PATHS = frozenset({"/health/live", "/health/ready", "/metrics"})
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_PAGE_POLICY = (
    b"default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", _PAGE_POLICY),
]


class BodyTooLargeError(Exception):
    """More bytes came than the limit allows."""


class Guard:
    """Wraps the application."""

    def __init__(self, app: ASGIApp, settings: Settings, monitoring: Monitoring) -> None:
        self._app, self._monitoring = app, monitoring
        self._body_limit, self._timeout = settings.body_limit, settings.request_timeout
        self._most = settings.concurrency_limit
        self._key = settings.api_key.get_secret_value().encode() if settings.api_key else None
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, pass on, log."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, headers = time.perf_counter(), dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex.encode()
        scope["request_id"] = request_id.decode()
        answer: dict[str, Any] = {"status": 500, "started": False}

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer["status"], answer["started"] = message["status"], True
                message["headers"] = [*message.get("headers", []), (b"x-request-id", request_id), *_HEADERS]
            await send(message)

        open_path = scope["path"] in _OPEN_PATHS
        refusal = None if open_path else self._refusal(headers)
        if refusal is not None:
            self._monitoring.rejected.labels(refusal[1]).inc()
            await _answer(sending, request_id.decode(), *refusal)
        else:
            await self._pass_on(scope, self._limited(receive), sending, answer, counted=not open_path)
        if not open_path:
            fields = {
                "request_id": scope["request_id"],
                "method": scope["method"],
                "route": getattr(scope.get("route"), "path", "unknown"),
                "status": answer["status"],
                "ms": round((time.perf_counter() - started) * 1000, 3),
            }
            LOGGER.info("request", extra={"fields": fields})

    def _refusal(self, headers: dict[bytes, bytes]) -> tuple[int, str, str] | None:
        if self._key is not None and not hmac.compare_digest(headers.get(b"x-api-key", b""), self._key):
            return 401, "unauthorised", "the header X-API-Key is missing or wrong"
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._body_limit:
            return 413, "body_limit", f"the body may have {self._body_limit:,} bytes, it has {int(length):,}"
        if self._in_flight >= self._most:
            return 503, "overload", "too many requests at once; try again in a second"
        return None

    async def _pass_on(
        self, scope: Scope, receive: Receive, send: Send, answer: dict[str, Any], *, counted: bool
    ) -> None:
        self._in_flight += counted
        request_id, refusal = scope["request_id"], None
        try:
            async with asyncio.timeout(self._timeout):
                await self._app(scope, receive, send)
        except TimeoutError:
            refusal = (504, "timeout", f"the request took longer than {self._timeout:g} s")
        except BodyTooLargeError:
            refusal = (413, "body_limit", f"the body may have {self._body_limit:,} bytes")
        except Exception:
            LOGGER.exception("a request failed", extra={"fields": {"request_id": request_id}})
            refusal = (500, "", "an error in the service; it is in its log under this request id")
        finally:
            self._in_flight -= counted
        if refusal is not None and not answer["started"]:
            await _answer(send, request_id, *refusal)
        if refusal is not None and refusal[1]:
            self._monitoring.rejected.labels(refusal[1]).inc()

    def _limited(self, receive: Receive) -> Receive:
        """Count the bytes that come, for bodies that do not say their length."""
        left = self._body_limit

        async def receiving() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise BodyTooLargeError
            return message

        return receiving


async def _answer(send: Send, request_id: str, status: int, reason: str, detail: str) -> None:
    headers = [(b"content-type", problems.MEDIA_TYPE.encode())]
    if status == 503:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": problems.body(status, detail, request_id)})
