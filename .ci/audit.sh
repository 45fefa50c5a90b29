#!/usr/bin/env bash
# Known vulnerabilities of the pinned versions, as the package registry lists them; exit 1 where it lists one.
set -euo pipefail
cd "$(dirname "$0")/.."
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
if .venv/bin/uv tool run --quiet pip-audit==2.10.1 --disable-pip --no-deps --progress-spinner off \
  -r services/requirements.txt -r requirements.txt >"$answer" 2>&1; then
  unknown=$(grep -c "could not be audited" "$answer" || true)
  if [ "$unknown" -gt 0 ]; then echo "SKIPPED: the registry has no record of $unknown pinned packages"; else cat "$answer"; fi
elif grep -q "known vulnerabilit" "$answer"; then
  cat "$answer"
  exit 1
else
  echo "SKIPPED: no answer from the registry: $(tail -n 1 "$answer")"
fi
