#!/usr/bin/env bash
# The whole stack on a Docker engine: brought up, published to, watched, an alert fired and resolved, taken down.
set -euo pipefail
cd "$(dirname "$0")/.."
exec .venv/bin/python -m pytest -m docker -rs -s "$@" tests/ops
