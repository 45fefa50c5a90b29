#!/usr/bin/env bash
# The monthly job, by the commands of docs/operations.md themselves: a first load of 13 months of a simulated bank,
# then three months, one after the other. Each must be evaluated, and each must publish a set of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PATH="$PWD/.venv/bin:$PATH" MLFLOW_TRACKING_URI="sqlite:///$work/mlflow.db" BANK="$work/bank" RECS="$work/recs"

commands() {  # commands HEADING: the first block of shell under that heading of the document
  awk -v heading="### $1" '$0 == heading {found = 1} code && /^```/ {exit} code; found && /^```sh/ {code = 1}' docs/operations.md
}
for heading in "The first time" "Every month"; do
  commands "$heading" >"$work/$heading.sh"
  [ -s "$work/$heading.sh" ] || { echo "docs/operations.md has no commands under \"$heading\""; exit 1; }
done

python -m bankrec simulate --customers 3000 --months 16 --output "$work/bank.csv"
months() { awk -F, -v from="$1" -v to="$2" 'NR == 1 || ($1 >= from && $1 <= to)' "$work/bank.csv"; }

months 2015-01-28 2016-01-28 >"$work/history.csv"
SOURCE="$work/history.csv" sh -eu "$work/The first time.sh"
for MONTH in 2016-02-28 2016-03-28 2016-04-28; do
  echo "--- $MONTH (${SECONDS}s)"
  months "$MONTH" "$MONTH" >"$work/$MONTH.csv"
  export MONTH SOURCE="$work/$MONTH.csv"
  sh -eu "$work/Every month.sh"
  grep -q "\"as_of\": \"$MONTH\"" "$RECS/current/manifest.json" || { echo "no set as of $MONTH was published"; exit 1; }
  grep -q "\"month\": \"${MONTH%-*}\"" "$RECS/realised.json" || { echo "$MONTH was not evaluated"; exit 1; }
done
python -m bankrec verify --recs "$RECS"

code=0
sh -eu "$work/Every month.sh" || code=$?
[ "$code" = 2 ] || { echo "the job of a month that is published already ended with $code, not with 2"; exit 1; }
echo "the monthly job: a first load and three months in $SECONDS s"
