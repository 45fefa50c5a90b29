"""Answers that stay the same until another set is in use: compressed once, and not sent again to who has them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response


@dataclass(frozen=True)
class Compressed:
    """Content with its gzip form; `tag` is another one for any other content."""

    plain: bytes
    gzip: bytes
    media_type: str
    tag: str

    def answer(self, request: Request) -> Response:
        """The content as the client accepts it; 304 without content if the client states that it has it."""
        tag = f'"{quote(self.tag)}"'
        headers = {"ETag": tag, "Vary": "Accept-Encoding"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self.gzip, headers=headers | {"Content-Encoding": "gzip"}, media_type=self.media_type)
        return Response(self.plain, headers=headers, media_type=self.media_type)
