#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")"
mapfile -t packages < <(grep -v '^#' packages)
../install.sh "${packages[@]}"
# npm writes this file last: newer than the lock, it says that everything in the lock is installed.
if [[ ! node_modules/.package-lock.json -nt package-lock.json ]]; then
	npm ci --loglevel=error
	touch node_modules/.package-lock.json
fi
