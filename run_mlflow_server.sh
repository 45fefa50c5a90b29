#!/bin/sh
# MLflow's interface over the runs that training logged: http://127.0.0.1:5000 (MLFLOW_PORT overrides).
# Database and artifacts are those of bankrec/tracking.py: mlflow.db and mlartifacts/ beside this file.
set -eu
cd "$(dirname "$0")"
if [ -x .venv/bin/mlflow ]; then PATH="$PWD/.venv/bin:$PATH"; fi
command -v mlflow >/dev/null || { echo "mlflow is not installed: run 'make setup' or 'pip install -r requirements.txt'" >&2; exit 2; }
export MLFLOW_DISABLE_TELEMETRY=true
exec mlflow server --host 127.0.0.1 --port "${MLFLOW_PORT:-5000}" --workers 1 \
  --backend-store-uri "${MLFLOW_TRACKING_URI:-sqlite:///$PWD/mlflow.db}" \
  --default-artifact-root "file://$PWD/mlartifacts"
