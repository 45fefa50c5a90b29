#!/bin/sh
# MLflow's interface over the runs that training logged: http://127.0.0.1:5000 (MLFLOW_PORT overrides). Ctrl-C ends it.
# Port, database and artifact folder stand in bankrec/storage/tracking.py, as the pipeline has them. Needs no internet.
set -eu
cd "$(dirname "$0")"
python=python3
if [ -x .venv/bin/python ]; then python=.venv/bin/python; fi
settings=$("$python" -c 'from bankrec.storage import tracking as t; print(t.PORT, t.ROOT / t.DATABASE, t.ROOT / t.ARTIFACTS, sep="\n")') || {
  echo "run_mlflow_server.sh: packages are missing: run 'make setup' or 'pip install -r requirements.txt'" >&2
  exit 2
}
port=${MLFLOW_PORT:-$(printf '%s\n' "$settings" | sed -n 1p)}
database=$(printf '%s\n' "$settings" | sed -n 2p)
artifacts=$(printf '%s\n' "$settings" | sed -n 3p)
# Without job execution: its helpers are of no use here and outlive the server.
export MLFLOW_DISABLE_TELEMETRY=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false
# MLflow opens on its side for language models, which has no registered models: this address opens the other one.
echo "MLflow over $database: http://127.0.0.1:$port/#/experiments?workflowType=machine_learning"
# exec: signals reach the server itself.
exec "$python" -m mlflow server --host 127.0.0.1 --port "$port" --workers 1 \
  --backend-store-uri "sqlite:///$database" --default-artifact-root "file://$artifacts"
