#!/usr/bin/env bash
# Brings everything that the tests against real servers need; again it does nothing. README.md says how they are made.
set -euo pipefail
cd "$(dirname "$0")"

mapfile -t packages < <(cat -- */packages | grep -v '^#')
./install.sh "${packages[@]}"
for s in */setup.sh; do
	"$s"
done
