"""The service's own server, `python recommendation_service.py`, used in the container and by `make run`.

Unlike uvicorn alone, it closes connections without a request, makes the queue visible (`connections.py`),
finishes requests within SHUTDOWN_SECONDS, and logs in JSON.
"""

from __future__ import annotations

import errno
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import uvicorn
from fastapi import FastAPI

from serving.observability import logs
from serving.observability.logs import LOGGER
from serving.server.connections import Connection
from serving.settings import Settings


def serve(app: FastAPI, settings: Settings, when_listening: Callable[[], None]) -> None:
    """Serve `app` in this process until SIGTERM or Ctrl-C; `when_listening` is called once it accepts connections."""
    sys.meta_path.insert(0, _NoPandas())
    logs.set_up()
    listener = _bind(settings.host, settings.port)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        http=Connection,
        ws="none",
        workers=1,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn raises the signal again after the shutdown
    with suppress(KeyboardInterrupt):  # Ctrl-C, raised again in the same way
        _Server(config, when_listening).run([listener])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, when_listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_listening = when_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for one in sockets or ():
            host, port = one.getsockname()[:2]
            LOGGER.info("listening", extra={"fields": {"host": host, "port": port}})
        self._when_listening()


def _bind(host: str, port: int) -> socket.socket:
    """A bound socket, made before all other work, so that a port in use is reported at once."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            sys.exit(f"PORT {port} is in use on {host}: stop the process that listens there, or set PORT to a free one")
        sys.exit(f"the service can't listen on HOST {host}, PORT {port}: {error.strerror}")
    return bound


class _NoPandas:
    """Prevents the import of pandas by pyarrow, which takes a second and 70 MB and is not used here."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("the service does not use pandas")
