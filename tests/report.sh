# Sourced by the test scripts. Each check prints a line; `report` prints the counts and is the script's exit status.
#
#   suite=install; . tests/report.sh
#   check "the archive has only seerflow_*" command arguments...
#   report

passed=0 failed=0 skipped=0

ok() {
    passed=$((passed + 1))
    echo "  ok: $*"
}

fail() {
    failed=$((failed + 1))
    echo "  FAILED: $*"
}

# Skips a check that cannot run here. In CI only checks that need the network may be skipped: `skip network reason`; the last lines of the run list these.
# With SEERFLOW_NETWORK=required, as before a release, these fail too.
skip() {
    report_excused=no
    if [ "$1" = network ]; then
        shift
        if [ "${SEERFLOW_NETWORK:-}" = required ]; then fail "$*" && return; fi
        report_excused=yes
    fi
    if [ "${CI:-}" = true ] && [ $report_excused = no ]; then
        fail "$* (CI must not skip what can be installed)"
    else
        skipped=$((skipped + 1))
        echo "  skipped: $*"
        if [ $report_excused = yes ] && [ -n "${UNCHECKED:-}" ]; then echo "$suite: $*" >>"$UNCHECKED"; fi
    fi
}

# Runs a command; prints its output only if it fails.
check() {
    report_what=$1
    shift
    if report_said=$("$@" 2>&1); then
        ok "$report_what"
    else
        fail "$report_what: $*"
        printf '%s\n' "$report_said" | tail -n 60 | sed 's/^/    | /'
        return 1
    fi
}

# Succeeds if a tool is installed; otherwise skips.
have() {
    command -v "$1" >/dev/null 2>&1 && return 0
    skip "$1 is not installed (run tests/setup.sh)"
    return 1
}

report() {
    echo "$suite: $passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}
