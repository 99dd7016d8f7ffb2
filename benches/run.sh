#!/bin/sh
# Runs every bench (or the named ones) and ends with a list of what was measured and what was not:
#
#     benches/run.sh [compare ingest growth query query-postgresql postgres graph graph_servers go node]
#
# The Go and the Node package are compared with the C API and with a writer that uses a SQLite library of the language.
set -u
cd "$(dirname "$0")/.." || exit 1
root=$PWD
CARGO=${CARGO:-cargo}
work=$root/target/bench
mkdir -p "$work"
measured='' broken=''
: >"$work/missing"

# Runs a bench and copies its output. A line of it that starts with "skipped: " names a part that was not measured.
bench() {
    name=$1
    shift
    echo
    echo "==== $name"
    { "$@" 2>&1; echo $? >"$work/$name.status"; } | tee "$work/$name.log"
    sed -n "s/^skipped: /$name: /p" "$work/$name.log" >>"$work/missing"
    if [ "$(cat "$work/$name.status")" != 0 ]; then
        broken="$broken $name"
    elif ! [ "$(grep -cv '^skipped: ' "$work/$name.log")" = 0 ]; then
        measured="$measured $name"
    fi
}

rust() { "$CARGO" bench --locked --bench "$1"; }
query_postgresql() { SEERFLOW_BENCH_BACKEND=postgresql rust query; }

# Installs the library for the packages of other languages.
installed() {
    [ -z "${lib:-}" ] || return 0
    tests/library.sh "$work/prefix" >"$work/library.log" 2>&1 || return 1
    lib=$(dirname "$(find "$work/prefix" -name libseerflow.a)")
    PKG_CONFIG_PATH="$lib/pkgconfig" LD_LIBRARY_PATH="$lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    export PKG_CONFIG_PATH LD_LIBRARY_PATH
}
go_package() { (cd bindings/go/bench && go run -tags sqlite_fts5,modernc . "$work/prefix"); }
node_package() (
    cd bindings/node &&
        npm ci --silent &&
        cmake -S . -B "$work/addon" -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null &&
        cmake --build "$work/addon" -j 2 >/dev/null && cmake --install "$work/addon" >/dev/null &&
        npm install --silent --no-save --prefix bench &&
        node bench/compare.mjs "$work/prefix"
)
# package TOOL NAME FUNCTION
package() {
    if ! command -v "$1" >/dev/null || ! command -v cmake >/dev/null; then
        echo "$2: $1 or cmake is not installed" >>"$work/missing"
    elif installed; then
        bench "$2" "$3"
    else
        tail -n 20 "$work/library.log"
        broken="$broken $2"
    fi
}

[ $# -gt 0 ] || set -- compare ingest growth query query-postgresql postgres graph graph_servers go node
for one in "$@"; do
    case $one in
    go) package go go go_package ;;
    node) package node node node_package ;;
    query-postgresql) bench "$one" query_postgresql ;;
    *) bench "$one" rust "$one" ;;
    esac
done

echo
echo "measured:${measured:- nothing}"
sed 's/^/not measured: /' "$work/missing"
[ -z "$broken" ] || echo "failed:$broken (target/bench)"
[ -z "$broken" ]
