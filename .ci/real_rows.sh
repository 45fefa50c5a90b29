#!/usr/bin/env bash
# The main job on real rows: raw file to a published set, evaluated against what was added in the next month.
set -euo pipefail
cd "$(dirname "$0")/.."
real=$BANKREC_REAL_DATA/june_2015
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export MLFLOW_TRACKING_URI=sqlite:///$work/mlflow.db
.venv/bin/python -m bankrec run --input "$real/train_ver2.csv.gz" --workdir "$work/w"
.venv/bin/python -m bankrec verify --recs "$work/w/recs"
.venv/bin/python -m bankrec evaluate --recs "$work/w/recs" --truth "$real/acquisitions_2015-06.csv" | tee "$work/report.txt"
.venv/bin/python - "$work/w/recs/realised.json" <<'PYTHON'
import json, sys
found = json.load(open(sys.argv[1]))["map_at_7"]
assert found >= 0.68, f"MAP@7 on real rows is {found:.4f}, below 0.68"
print(f"MAP@7 on real rows: {found:.4f}")
PYTHON
