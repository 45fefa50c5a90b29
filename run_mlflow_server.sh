#!/bin/sh
# MLflow's interface over all runs so far, at http://127.0.0.1:5000. Ctrl-C ends it. Needs no internet.
# Port, database and artifact folder stand in bankrec/tracking.py, where the pipeline has them from.
set -eu
cd "$(dirname "$0")"
python=python3
if [ -x .venv/bin/python ]; then python=.venv/bin/python; fi
settings=$("$python" -c 'from bankrec import tracking as t; print(t.PORT, t.ROOT / t.DATABASE, t.ROOT / t.ARTIFACTS, sep="\n")') || {
  echo "run_mlflow_server.sh: the packages are missing: pip install -r requirements.txt, or make setup" >&2
  exit 1
}
port=$(printf '%s\n' "$settings" | sed -n 1p)
database=$(printf '%s\n' "$settings" | sed -n 2p)
artifacts=$(printf '%s\n' "$settings" | sed -n 3p)
MLFLOW_DISABLE_TELEMETRY=true
export MLFLOW_DISABLE_TELEMETRY
echo "MLflow over $database: http://127.0.0.1:${MLFLOW_PORT:-$port}"
# exec: signals reach the server itself.
exec "$python" -m mlflow server --host 127.0.0.1 --port "${MLFLOW_PORT:-$port}" --workers 1 \
  --backend-store-uri "sqlite:///$database" --default-artifact-root "file://$artifacts"
