"""The body of a request while it arrives."""

from __future__ import annotations

import asyncio
import time

from starlette.types import Message, Receive


class BodyTooLargeError(Exception):
    """The body has more bytes than the limit allows."""


class Body:
    """Receives the body of one request: counts its bytes, which it may not state, and the time spent waiting for it.

    While it waits, it is a member of `waiting`. `cut_off` is True if the request was given up during this time.
    """

    __slots__ = ("_left", "_receive", "_waiting", "_whole", "cut_off", "seconds")  # one for each request

    def __init__(self, receive: Receive, most_bytes: int, waiting: set[Body]) -> None:
        self._receive, self._left, self._waiting = receive, most_bytes, waiting
        self.seconds, self.cut_off, self._whole = 0.0, False, False

    async def receive(self) -> Message:
        """The next message; raises `BodyTooLargeError`. After the whole body, it is that the client has gone."""
        if self._whole:
            return await self._receive()
        started = time.perf_counter()
        self._waiting.add(self)
        try:
            message = await self._receive()
        except asyncio.CancelledError:
            self.cut_off = True
            raise
        finally:
            self._waiting.discard(self)
            self.seconds += time.perf_counter() - started
        self._whole = not message.get("more_body", False)
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise BodyTooLargeError
        return message
