"""The parts of a running service that its requests share, started and stopped together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import numpy.typing as npt
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

from serving.consent import ConsentWatch
from serving.observability import logs
from serving.observability.audit_log import AuditLog
from serving.observability.logs import LOGGER
from serving.observability.monitoring import Monitoring
from serving.observability.request_log import RequestLog
from serving.server.siblings import warn_of_siblings
from serving.settings import Settings
from serving.watcher import Watcher


class Service:
    """Settings, the set in use (`watcher.current`), metrics and logs. Creating it reads and writes no file."""

    def __init__(self, settings: Settings, version: str) -> None:
        self.settings = settings
        self.registry = CollectorRegistry()
        self.monitoring = Monitoring(self.registry, version)
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self.watcher = Watcher(settings.recs_dir, self.monitoring, settings.watch_seconds)
        self.consent = (
            ConsentWatch(settings.recs_dir, settings.consent_grace, self.monitoring, in_set=self._customers)
            if settings.consent == "required"
            else None
        )
        self.request_log = RequestLog()
        self.audit_log: AuditLog | None = None

    def _customers(self) -> npt.NDArray[np.int64] | None:
        return self.watcher.current.user_id if self.watcher.current is not None else None

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        """Context of serving: opens the logs, loads and watches the set, and stops all at the end."""
        logs.set_up_under_a_server()
        self.audit_log = _audit_log(self.settings)
        if self.settings.api_key is None:
            LOGGER.warning("API_KEY is not set: everyone who can reach the service can use it")
        await self.watcher.start()
        if self.consent is not None:
            await self.consent.start()
        sibling_check = asyncio.create_task(warn_of_siblings(self.settings.watch_seconds))
        yield
        sibling_check.cancel()
        await self.watcher.loop.stop()
        if self.consent is not None:
            await self.consent.loop.stop()
        self.request_log.flush()
        if self.audit_log is not None:
            self.audit_log.close()


def _audit_log(settings: Settings) -> AuditLog | None:
    if settings.audit_log is None or settings.audit_key is None:
        return None
    return AuditLog(settings.audit_log, settings.audit_key.get_secret_value().encode(), settings.audit_days)
