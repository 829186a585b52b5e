#!/usr/bin/env bash
# install.sh PACKAGE...: Debian packages that are not there yet, in one call, since starting apt is what takes long.
set -euo pipefail

missing=()
for p in "$@"; do
	[[ $(dpkg-query --show --showformat='${db:Status-Status}' "$p" 2>/dev/null) == installed ]] || missing+=("$p")
done
((${#missing[@]} > 0)) || exit 0
if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
	echo "these Debian packages are missing, install them as root: ${missing[*]}" >&2
	exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Nothing is started by the packages: the tests start what they need. Another apt that is under way is waited for.
export RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive
apt=(apt-get -o DPkg::Lock::Timeout=900 -o Acquire::Retries=3)
install() { "${apt[@]}" install --yes --no-install-recommends "${missing[@]}" >>"$log" 2>&1; }
if ! install; then # the lists may be old or not there at all
	"${apt[@]}" update >>"$log" 2>&1 || true
	if ! install; then
		tail -n 5 "$log" >&2
		echo "these Debian packages could not be installed: ${missing[*]}" >&2
		exit 1
	fi
fi
echo "installed: ${missing[*]}"
