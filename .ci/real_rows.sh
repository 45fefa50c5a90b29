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
realised = json.load(open(sys.argv[1]))
share = realised["map_at_7"] / realised["map_at_7_maximum"]
assert share >= 0.745, f"MAP@7 on real rows is {share:.4f} of its maximum, below 0.745"
print(f"MAP@7 on real rows: {share:.4f} of its maximum")
PYTHON
