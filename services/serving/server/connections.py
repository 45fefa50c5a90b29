"""Connections with a timeout for the first request, and with a visible length of the queue.

uvicorn closes a connection that is idle after an answer, but not one without a request: a client that opens
many and sends nothing, or half a header, could keep them open for ever.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_SECONDS = 10.0


class Connection(HttpToolsProtocol):
    """An HTTP connection that is closed if the headers of a request do not arrive in time."""

    _deadline: asyncio.TimerHandle | None = None
    _in_headers = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEADER_SECONDS, self._close)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """The first byte of a request has arrived; the application can see the tasks not yet answered."""
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["extensions"] = {"tasks": self.tasks}
        self._in_headers = True

    def data_received(self, data: bytes) -> None:
        """Bytes have arrived; usually they complete the request, and no timer is needed."""
        super().data_received(data)
        if self._in_headers and self._deadline is None:
            self._deadline = self.loop.call_later(HEADER_SECONDS, self._close)

    def on_headers_complete(self) -> None:
        """The headers are complete, and the request can be answered."""
        self._in_headers = False
        self._stop_waiting()
        super().on_headers_complete()

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _close(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()
