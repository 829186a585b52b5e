#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")"
mapfile -t packages < <(grep -v '^#' packages)
../install.sh "${packages[@]}"
