#!/usr/bin/env bash
# Known vulnerabilities of the pinned versions, as the package registry tells them; exit 1 where it tells of one.
set -euo pipefail
cd "$(dirname "$0")/.."
told=$(mktemp)
trap 'rm -f "$told"' EXIT
if .venv/bin/uv tool run --quiet pip-audit==2.10.1 --disable-pip --no-deps --progress-spinner off \
  -r services/requirements.txt -r requirements.txt >"$told" 2>&1; then
  unknown=$(grep -c "could not be audited" "$told" || true)
  if [ "$unknown" -gt 0 ]; then echo "SKIPPED: the registry tells nothing of $unknown pinned packages"; else cat "$told"; fi
elif grep -q "known vulnerabilit" "$told"; then
  cat "$told"
  exit 1
else
  echo "SKIPPED: no answer from the registry: $(tail -n 1 "$told")"
fi
