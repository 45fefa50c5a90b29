#!/usr/bin/env bash
# On a clean clone in a new folder: `make run` twice and for both example banks, the line that it prints, then every
# command of README and documents against what it made.
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'kill -INT -- "-${job:-0}" 2>/dev/null || true; rm -rf "$work"' EXIT
git clone -q "$source" "$work/bank"
cd "$work/bank"
port=4611

run() {  # run SECONDS [VARIABLE=VALUE ...]: starts `make run`, waits until it serves, pastes what it printed, ends it with Ctrl-C
  local limit=$1 started=$SECONDS; shift
  set -m; env -u KAGGLE_USERNAME -u KAGGLE_KEY -u KAGGLE_API_TOKEN PORT=$port make run "$@" >"$work/run.log" 2>&1 & job=$!; set +m
  until curl -sf "http://127.0.0.1:$port/health/ready" >/dev/null; do
    kill -0 "$job" 2>/dev/null || { cat "$work/run.log"; echo "make run ended early"; exit 1; }
    [ $((SECONDS - started)) -lt "$limit" ] || { tail -n 50 "$work/run.log"; echo "make run took over $limit s"; exit 1; }
    sleep 0.5
  done
  echo "make run $*: serving after $((SECONDS - started)) s"
  until grep -q '^Try it: ' "$work/run.log"; do sleep 0.2; done
  bash -c "$(sed -n 's/^Try it: //p' "$work/run.log" | tail -n 1)" | tee "$work/answer.json"
  grep -q '"source": *"personal"' "$work/answer.json"
  kill -INT -- "-$job"; wait "$job" || true
  ! curl -sf "http://127.0.0.1:$port/health/live" >/dev/null || { echo "still serving after Ctrl-C"; exit 1; }
  grep -q Traceback "$work/run.log" && { cat "$work/run.log"; echo "a traceback in the output"; exit 1; } || true
}
run 360
run 30
run 300 BANK=examples/credit_union CUSTOMERS=3000
grep -qE 'current_account|credit_card|car_loan|saver' "$work/answer.json" || { echo "no product of the credit union"; exit 1; }
run 600 BANK=examples/universal_bank CUSTOMERS=2000

set -m; PORT=$port make serve >"$work/serve.log" 2>&1 & job=$!; set +m
until curl -sf "http://127.0.0.1:$port/health/ready" >/dev/null; do
  kill -0 "$job" 2>/dev/null || { cat "$work/serve.log"; echo "make serve ended early"; exit 1; }
  sleep 0.5
done
.venv/bin/python .ci/document_commands.py "$port"
