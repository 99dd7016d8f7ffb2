#!/bin/sh
# Tests `seerflow serve` over HTTP and in a real Chromium, against the program itself.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root" || exit 1
suite=serve
. tests/report.sh

have node && have npm && have openssl || { report; exit 1; }
# The features and the profile of the Rust tests: nothing is compiled twice.
check "the program builds" "${CARGO:-cargo}" build --locked --all-features --bin seerflow || { report; exit 1; }
SEERFLOW=${CARGO_TARGET_DIR:-$root/target}/debug/seerflow
export SEERFLOW

cd tests/serve || exit 1
modules() { [ node_modules/.package-lock.json -nt package-lock.json ] || timeout 600 npm ci; }
if ! check_said=$(modules 2>&1); then
    printf '%s\n' "$check_said" | tail -n 5
    skip network "the packages that the tests need cannot be fetched"
    report
    exit
fi
no_addresses() { ! grep -n '"resolved"' package-lock.json; }
check "package-lock.json names no registry" no_addresses

mkdir -p "$root/target/test-serve"
# tested NAME arguments...: runs tests, and counts them.
tested() {
    log="$root/target/test-serve/$1.tap"
    shift
    node --test --test-concurrency=1 --test-reporter=tap "$@" >"$log" 2>&1
    awk '/^ *not ok / { shown = 1 } /^(# Subtest|ok )/ { shown = 0 } shown { print "    | " $0 }' "$log" | head -n 120
    of() { awk -v what="$1" '$1 == "#" && $2 == what { n = $3 } END { print n + 0 }' "$log"; }
    passed=$((passed + $(of pass))) failed=$((failed + $(of fail) + $(of cancelled)))
    skipped=$((skipped + $(grep '# SKIP' "$log" | grep -vc 'does not match pattern')))
    [ "$(of pass)" -gt 0 ] || fail "the tests did not run: $log"
}
tested sqlite ./*.test.mjs

# --- the views of the page once more, with a store in PostgreSQL ---
if [ -f "$root/target/services/env" ]; then . "$root/target/services/env"; fi
if [ -n "${SEERFLOW_TEST_POSTGRES_URL:-}" ] && have psql; then
    export SEERFLOW_TEST_POSTGRES_URL SEERFLOW_SERVE_SCHEMA="serve_$$"
    tested postgresql --test-name-pattern='^(words|the histogram counts|facets|a row|the live tail|an entity has|alerts have|health shows|no page)' page.test.mjs
else
    skip "PostgreSQL is not running (tests/services/up.sh postgres)"
fi
report
