"""Settings of the service, read from the environment; a wrong value stops the start with its name."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

FOLDER = Path(__file__).resolve().parents[1]  # of the service, with `recs` and `page` in it
EXIT_CODE = 3  # uvicorn and gunicorn do not restart a worker that ends with it


class Settings(BaseSettings):
    """What a bank may set. Every field is an environment variable of the same name in capitals; empty is not set."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    recs_dir: Path = Field(FOLDER / "recs", description="folder of sets; `current` in it is the set in use")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(4601, ge=1, le=65535, description="port to listen on")
    api_key: SecretStr | None = Field(None, description="key asked for in the header X-API-Key; none: open")
    demo: bool = Field(False, description="serve the page at /, with a key or without: to try it")
    console: bool = Field(False, description="serve the page at / behind API_KEY, which it needs")
    body_limit: int = Field(64 * 1024, ge=1_024, description="largest request body, in bytes")
    batch_limit: int = Field(1_000, ge=1, le=1_000, description="most customers in one batch request")
    concurrency_limit: int = Field(512, ge=1, description="requests waiting before 503 is answered")
    request_timeout: float = Field(10.0, gt=0, description="seconds a request may take, its body included")
    watch_seconds: float = Field(2.0, gt=0, le=5, description="seconds between looks for a new set")
    shutdown_seconds: int = Field(10, ge=1, description="seconds to finish requests after SIGTERM")
    consent: Literal["off", "required"] = Field("off", description="required: offers need a row in consent.parquet")
    consent_grace: float = Field(
        900, ge=0, le=86_400, description="seconds that the last good consent file counts when it breaks"
    )
    audit_log: Path | None = Field(None, description="file for a line per answer; none: no audit log")
    audit_days: int | None = Field(None, ge=1, description="days that the audit log is kept; none: for ever")
    audit_key: SecretStr | None = Field(None, description="key of the hash that stands for a customer there")

    @model_validator(mode="after")
    def _console_is_behind_a_key(self) -> Settings:
        if self.console and self.api_key is None:
            raise ValueError("CONSOLE=1 needs API_KEY, as the page shows customers; to try it without one: DEMO=1")
        return self

    @model_validator(mode="after")
    def _audit_log_can_be_written(self) -> Settings:
        if self.audit_log is None:
            return self
        if self.audit_key is None:
            raise ValueError("AUDIT_LOG needs AUDIT_KEY, the key of the hash that stands for a customer")
        if self.audit_log.is_dir() or not self.audit_log.parent.is_dir():
            raise ValueError(f"AUDIT_LOG is to be a file in a folder that exists, not {self.audit_log}")
        place = self.audit_log if self.audit_log.exists() else self.audit_log.parent
        if not os.access(place, os.W_OK):
            raise ValueError(f"AUDIT_LOG={self.audit_log} can't be written: this user may not write to {place}")
        return self


def from_environment() -> Settings:
    """Settings from the environment; wrong ones end the process with a line each."""
    try:
        return Settings()
    except ValidationError as error:
        for wrong in error.errors(include_url=False, include_input=False):
            name = "".join(f"{part}: ".upper() for part in wrong["loc"])
            print(f"{name}{wrong['msg'].removeprefix('Value error, ')}", file=sys.stderr, flush=True)
        raise SystemExit(EXIT_CODE) from None
