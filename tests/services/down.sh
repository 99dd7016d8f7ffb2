#!/bin/sh
# Stops the servers that tests/services/up.sh started for this checkout, and removes their data.
set -u
# shellcheck source=tests/services/common.sh
. "$(dirname "$0")/common.sh"

for mode in transaction session; do
    pid=$(cat "$run/pgbouncer-$mode/pid" 2>/dev/null) && kill "$pid"
done
data=$run/postgres
if [ -d "$data" ]; then as_postgres "$(postgres_bin)/pg_ctl" -D "$data" -m immediate stop >/dev/null 2>&1; fi
if [ -d "$trixie$inside" ]; then
    if [ -d "$trixie$inside/age" ]; then in_trixie /usr/lib/postgresql/17/bin/pg_ctl -D "$inside/age" -m immediate stop >/dev/null 2>&1; fi
    port=$(cat "$trixie$inside/falkordb.port" 2>/dev/null) && in_trixie redis-cli -p "$port" shutdown nosave >/dev/null 2>&1
    rm -rf "$trixie$inside"
fi
rm -rf "$run" "$state"
say "stopped"
