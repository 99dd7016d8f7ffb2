#!/bin/sh
# Starts servers for trying out libseerflow and prints their addresses: tests/services/people.sh [up|down].
#
# In containers if an engine is running (docker or podman, with compose), otherwise natively.
set -eu
here=$(dirname "$0")
compose=$here/compose.yaml

# Prints the command that runs compose files, if an engine is running.
engine() {
    for command in docker podman; do
        if "$command" info >/dev/null 2>&1 && "$command" compose version >/dev/null 2>&1; then
            echo "$command compose"
            return
        fi
    done
}

with=$(engine)
case ${1:-up} in
up)
    if [ -n "$with" ]; then
        $with -f "$compose" up --detach --wait
        postgres=postgresql://postgres@127.0.0.1:${SEERFLOW_POSTGRES_PORT:-15432}/postgres
        age=postgresql://postgres@127.0.0.1:${SEERFLOW_AGE_PORT:-15433}/postgres
        falkordb=falkor://127.0.0.1:${SEERFLOW_FALKORDB_PORT:-16379}
    else
        "$here/up.sh"
        # shellcheck source=/dev/null
        . "$here/../../target/services/env"
        postgres=$SEERFLOW_TEST_POSTGRES_URL age=$SEERFLOW_TEST_AGE_URL falkordb=$SEERFLOW_TEST_FALKORDB_URL
    fi
    cat <<ADDRESSES

PostgreSQL  $postgres
Apache AGE  $age
FalkorDB    $falkordb

  seerflow migrate storage --from sqlite --to $postgres
  SEERFLOW_STORAGE_BACKEND=postgresql SEERFLOW_STORAGE_POSTGRESQL_URL=$postgres seerflow status

\`make services-down\` stops them; nothing is kept.
ADDRESSES
    ;;
down)
    if [ -n "$with" ]; then $with -f "$compose" down --volumes; fi
    "$here/down.sh"
    ;;
*)
    echo "usage: $0 [up|down]" >&2
    exit 1
    ;;
esac
