#!/bin/sh
# Starts real servers for tests, without a container engine: tests/services/up.sh [postgres] [pgbouncer] [age] [falkordb], all
# by default.
#
# Running servers are reused. Addresses are written to target/services/env, as lines of `export NAME=value`:
#   SEERFLOW_TEST_POSTGRES_URL   PostgreSQL of the distribution; a superuser
#   SEERFLOW_TEST_PGBOUNCER_TRANSACTION_URL, SEERFLOW_TEST_PGBOUNCER_SESSION_URL   pgbouncer in front of it, in these modes
#   SEERFLOW_TEST_AGE_URL        PostgreSQL 17 with Apache AGE; a superuser
#   SEERFLOW_TEST_FALKORDB_URL   FalkorDB in Redis 8
# The last two run in a Debian 13 root, created once as root (700 MB, a minute). tests/services/down.sh stops all servers.
set -eu
# shellcheck source=tests/services/common.sh
. "$(dirname "$0")/common.sh"
mkdir -p "$state"

# Waits until a command succeeds; prints the server's log if it does not.
await() {
    what=$1 log=$2
    shift 2
    tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        if [ "$tries" -gt 150 ]; then
            tail -n 20 "$log" >&2
            fail "$what does not answer"
        fi
        sleep 0.2
    done
}

# Test data is temporary: commits do not wait for the disk. Many connections, because many tests with pools run at once.
settings() {
    cat <<EOF
listen_addresses = '127.0.0.1'
port = $1
fsync = off
max_connections = 300
max_prepared_transactions = 10
shared_buffers = 256MB
max_wal_size = 2GB
EOF
}

up_postgres() {
    bin=$(postgres_bin)
    [ -x "$bin/initdb" ] || fail "PostgreSQL is not installed (apt install postgresql)"
    data=$run/postgres
    if ! as_postgres "$bin/pg_ctl" -D "$data" status >/dev/null 2>&1; then
        rm -rf "$data"
        mkdir -p "$run"
        if is_root; then chown postgres "$run"; fi
        as_postgres "$bin/initdb" -D "$data" -U postgres -E UTF8 --locale=C.UTF-8 --auth=trust --no-sync >/dev/null
        { settings "$(free_port)" && echo "unix_socket_directories = '$run'"; } | as_postgres tee -a "$data/postgresql.conf" >/dev/null
        as_postgres "$bin/pg_ctl" -D "$data" -l "$data/log" -w start >/dev/null 2>&1 </dev/null || { tail -n 20 "$data/log" >&2; fail "PostgreSQL does not start"; }
    fi
    port=$(sed -n 4p "$data/postmaster.pid")
    echo "export SEERFLOW_TEST_POSTGRES_URL=postgresql://postgres@127.0.0.1:$port/postgres" >"$state/env.postgres"
    say "PostgreSQL $("$bin/postgres" -V | awk '{ print $3 }') on port $port"
}

# Only four sessions serve all transactions, which forces sharing. Unknown startup parameters are refused, not ignored.
up_pgbouncer() {
    command -v pgbouncer >/dev/null || fail "pgbouncer is not installed (apt install pgbouncer)"
    [ -f "$state/env.postgres" ] || up_postgres
    server=$(sed -n 4p "$run/postgres/postmaster.pid")
    : >"$state/env.pgbouncer"
    for mode in transaction session; do
        folder=$run/pgbouncer-$mode
        pid=$(cat "$folder/pid" 2>/dev/null || true)
        if ! kill -0 "$pid" 2>/dev/null || ! grep -q "port=$server\$" "$folder/ini"; then
            kill "$pid" 2>/dev/null || true
            mkdir -p "$folder"
            echo '"postgres" ""' >"$folder/users"
            cat >"$folder/ini" <<EOF
[databases]
* = host=127.0.0.1 port=$server
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $(free_port)
auth_type = trust
auth_file = $folder/users
pool_mode = $mode
default_pool_size = $([ $mode = transaction ] && echo 4 || echo 100)
max_client_conn = 1000
logfile = $folder/log
pidfile = $folder/pid
unix_socket_dir =
EOF
            if is_root; then chown -R postgres "$folder"; fi
            as_postgres pgbouncer -q -d "$folder/ini" || { tail -n 20 "$folder/log" >&2; fail "pgbouncer does not start"; }
        fi
        port=$(sed -n 's/^listen_port = //p' "$folder/ini")
        echo "export SEERFLOW_TEST_PGBOUNCER_$(echo $mode | tr a-z A-Z)_URL=postgresql://postgres@127.0.0.1:$port/postgres" >>"$state/env.pgbouncer"
        say "pgbouncer $(pgbouncer --version | sed -n 's/^PgBouncer //p') in $mode mode on port $port"
    done
}

# A Debian 13 root with PostgreSQL 17, Apache AGE and a Redis that can load FalkorDB's module. Created by one process at a time.
need_trixie() {
    if [ -f "$trixie/opt/complete" ]; then return; fi
    is_root || fail "it needs a Debian 13 root, which only root can create"
    command -v debootstrap >/dev/null || fail "debootstrap is not installed (apt install debootstrap)"
    mkdir -p "$(dirname "$trixie")"
    (
        flock 9
        if [ -f "$trixie/opt/complete" ]; then exit 0; fi
        say "creating a Debian 13 root in $trixie"
        rm -rf "$trixie"
        packages=postgresql-17,postgresql-17-age,redis-server,libgomp1,libssl3t64,libstdc++6
        debootstrap --variant=minbase --include=$packages trixie "$trixie" >"$state/debootstrap.log" 2>&1 || {
            tail -n 20 "$state/debootstrap.log" >&2
            fail "debootstrap failed"
        }
        package=$(mktemp -d)
        (cd "$package" && npm pack --silent $falkordb_package >/dev/null && tar xzf ./*.tgz) || fail "npm cannot fetch $falkordb_package"
        install -m 755 "$package/package/bin/falkordb.so" "$trixie/opt/falkordb.so"
        rm -rf "$package"
        touch "$trixie/opt/complete"
    ) 9>"$trixie.lock"
    mkdir -p "$trixie$inside"
}

make_inside() {
    mkdir -p "$trixie$inside"
    chroot "$trixie" chown -R postgres: "$inside"
}

up_age() {
    need_trixie
    bin=/usr/lib/postgresql/17/bin
    data=$inside/age
    if ! in_trixie $bin/pg_ctl -D "$data" status >/dev/null 2>&1; then
        rm -rf "$trixie$data"
        make_inside
        in_trixie $bin/initdb -D "$data" -U postgres -E UTF8 --locale=C.UTF-8 --auth=trust --no-sync >/dev/null
        # The root has no /dev/shm.
        { settings "$(free_port)" && echo "unix_socket_directories = ''" && echo "dynamic_shared_memory_type = mmap"; } >>"$trixie$data/postgresql.conf"
        in_trixie $bin/pg_ctl -D "$data" -l "$data/log" -w start >/dev/null 2>&1 </dev/null || { tail -n 20 "$trixie$data/log" >&2; fail "PostgreSQL 17 does not start"; }
    fi
    port=$(sed -n 4p "$trixie$data/postmaster.pid")
    echo "export SEERFLOW_TEST_AGE_URL=postgresql://postgres@127.0.0.1:$port/postgres" >"$state/env.age"
    say "PostgreSQL 17 with Apache AGE on port $port"
}

up_falkordb() {
    need_trixie
    port=$(cat "$trixie$inside/falkordb.port" 2>/dev/null || echo 0)
    if ! in_trixie redis-cli -p "$port" ping >/dev/null 2>&1; then
        make_inside
        port=$(free_port)
        in_trixie redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$inside" --daemonize yes \
            --pidfile "$inside/falkordb.pid" --logfile "$inside/falkordb.log" --loadmodule /opt/falkordb.so >/dev/null 2>&1 </dev/null
        await FalkorDB "$trixie$inside/falkordb.log" in_trixie redis-cli -p "$port" GRAPH.LIST
        echo "$port" >"$trixie$inside/falkordb.port"
    fi
    echo "export SEERFLOW_TEST_FALKORDB_URL=falkor://127.0.0.1:$port" >"$state/env.falkordb"
    say "FalkorDB on port $port"
}

[ $# -gt 0 ] || set -- postgres pgbouncer age falkordb
# Only one script at a time may start the servers of a checkout.
exec 8>"$state/lock"
flock 8
for service in "$@"; do
    case $service in
    postgres | pgbouncer | age | falkordb) "up_$service" 8>&- ;;
    *) fail "no such service: $service (postgres, pgbouncer, age, falkordb)" ;;
    esac
done
cat "$state"/env.* >"$state/env"
