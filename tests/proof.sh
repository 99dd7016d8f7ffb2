#!/bin/sh
# Runs the long forms of all tests that have one (hours), and makes the table of docs/reliability.md from their results.
set -u
cd "$(dirname "$0")/.." || exit 1
CARGO=${CARGO:-cargo}
log=target/proof.log
mkdir -p target
: >"$log"
export SEERFLOW_TORTURE=long

run() { { "$@" || echo "FAILED: $*"; } 2>&1 | tee -a "$log"; }

tests/services/up.sh || echo "without these servers: SQLite and the graph in memory only"
tests/interop/setup.sh || echo "Seerflow could not be installed: it does not take part"
for suite in disk torture faults exhaustion; do
    run "$CARGO" test --release --locked --test $suite -- --nocapture --test-threads=1
done
run "$CARGO" test --release --locked --test graph -- any_fault every_pair --nocapture --test-threads=1
run "$CARGO" test --release --locked --test conformance -- load:: --nocapture
run "$CARGO" test --release --locked --lib -- mutated codec::hostile --nocapture
run env SEERFLOW_SCHEDULES=1000000 tests/schedules/run.sh
for suite in c go node syslog-ng; do run tests/run.sh $suite; done
# ctest prints the output of failed tests only.
cat target/cmake/Testing/Temporary/LastTest.log >>"$log"
if rustc +nightly --version >/dev/null 2>&1; then
    run tests/races.sh
    run tests/fuzz.sh 600
else
    echo "no nightly Rust toolchain: nothing is fuzzed, and data races are not looked for"
fi

tests/proof.py "$log"
! grep "^FAILED: " "$log"
