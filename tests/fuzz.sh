#!/bin/sh
# Fuzzes parsers: tests/fuzz.sh [SECONDS [TARGET...]], by default each target. Inputs that are found stay in target/fuzz, those that fail in
# fuzz/artifacts.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -eq 0 ] || shift
# The formats of a write call; other parsers; inputs that reach a store; operations on a store.
[ $# -gt 0 ] || set -- lines ndjson msgpack fluent otlp otlp_json \
    blob connection yaml cursor messages answers counts search load model

if ! rustc +nightly --version >/dev/null 2>&1; then
    echo "tests/fuzz.sh: no nightly Rust toolchain, which cargo-fuzz needs. Install it: rustup toolchain install nightly" >&2
    exit 1
fi
version=0.13.2 folder=target/cargo-fuzz
if ! "$folder/bin/cargo-fuzz" --version 2>/dev/null | grep -qx "cargo-fuzz $version"; then
    echo "tests/fuzz.sh: installing cargo-fuzz $version"
    cargo install --quiet --locked --root "$folder" "cargo-fuzz@$version"
fi
export PATH="$PWD/$folder/bin:$PATH"
# The databases of some targets are in memory.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm

# The seeds are those of fuzz/seeds and the inputs of tests/doors.
cases_of() {
    case $1 in
    lines) ls tests/doors/cases/*.log ;;
    ndjson) ls tests/doors/cases/*.ndjson tests/doors/cases/cloudtrail.json ;;
    fluent) ls tests/doors/cases/*.fluent ;;
    otlp_json) ls tests/doors/cases/*.otlp.json ;;
    esac
}
for target; do
    corpus=target/fuzz/corpus/$target
    mkdir -p "$corpus"
    for seed in $(cases_of "$target"); do cp "$seed" "$corpus"; done
    echo "==== $target"
    cargo +nightly fuzz run --target-dir target/fuzz "$target" "$corpus" "fuzz/seeds/$target" -- \
        -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1
done
