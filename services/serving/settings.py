"""Settings of the service, read from the environment; a wrong value stops the start with a line that names it."""

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
    """What a bank may set. Each field is an environment variable of the same name in capitals; empty means unset."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    recs_dir: Path = Field(FOLDER / "recs", description="folder of sets; `current` in it is the set in use")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(4601, ge=1, le=65535, description="port to listen on")
    api_key: SecretStr | None = Field(
        None, description="key that requests must send in the header X-API-Key; unset: none needed"
    )
    demo: bool = Field(False, description="serve the web page at /, also without API_KEY; for trying it out")
    console: bool = Field(False, description="serve the web page at /; its data need API_KEY, which must be set")
    body_limit: int = Field(64 * 1024, ge=1_024, description="largest request body, in bytes")
    batch_limit: int = Field(1_000, ge=1, le=1_000, description="most customers in one batch request")
    concurrency_limit: int = Field(512, ge=1, description="most requests in progress; others are answered 503")
    request_timeout: float = Field(10.0, gt=0, description="seconds a request may take, its body included")
    watch_seconds: float = Field(2.0, gt=0, le=5, description="seconds between checks for a new set")
    shutdown_seconds: int = Field(10, ge=1, description="seconds to finish requests after SIGTERM")
    consent: Literal["off", "required"] = Field(
        "off", description="required: only customers in consent.parquet get offers"
    )
    consent_grace: float = Field(
        900, ge=0, le=86_400, description="seconds that the last valid consent file stays in force after it breaks"
    )
    audit_log: Path | None = Field(None, description="file with a line for each answer; unset: no audit log")
    audit_days: int | None = Field(None, ge=1, description="days that the audit log is kept; unset: for ever")
    audit_key: SecretStr | None = Field(None, description="key of the hash that replaces customer numbers there")

    @model_validator(mode="after")
    def _console_is_behind_a_key(self) -> Settings:
        if self.console and self.api_key is None:
            raise ValueError(
                "CONSOLE=1 needs API_KEY, because the page shows data of customers; to try it without a key, set DEMO=1"
            )
        return self

    @model_validator(mode="after")
    def _audit_log_can_be_written(self) -> Settings:
        if self.audit_log is None:
            return self
        if self.audit_key is None:
            raise ValueError("AUDIT_LOG needs AUDIT_KEY, the key of the hash that replaces customer numbers")
        if self.audit_log.is_dir() or not self.audit_log.parent.is_dir():
            raise ValueError(f"AUDIT_LOG must be a file in an existing folder, not {self.audit_log}")
        place = self.audit_log if self.audit_log.exists() else self.audit_log.parent
        if not os.access(place, os.W_OK):
            raise ValueError(
                f"AUDIT_LOG={self.audit_log} can't be written: this process has no permission to write to {place}"
            )
        return self


def from_environment() -> Settings:
    """Settings from the environment; wrong values end the process, with a line for each."""
    try:
        return Settings()
    except ValidationError as error:
        for wrong in error.errors(include_url=False, include_input=False):
            name = "".join(f"{part}: ".upper() for part in wrong["loc"])
            print(f"{name}{wrong['msg'].removeprefix('Value error, ')}", file=sys.stderr, flush=True)
        raise SystemExit(EXIT_CODE) from None
