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

# What cannot be done here is skipped. In CI only what needs the outside world may be: `skip network why`. The run's last lines tell that.
skip() {
    report_excused=no
    if [ "$1" = network ]; then report_excused=yes && shift; fi
    if [ "${CI:-}" = true ] && [ $report_excused = no ]; then
        fail "$* (nothing that can be installed is skipped in CI)"
    else
        skipped=$((skipped + 1))
        echo "  skipped: $*"
        if [ $report_excused = yes ] && [ -n "${UNCHECKED:-}" ]; then echo "$suite: $*" >>"$UNCHECKED"; fi
    fi
}

# Runs a command; shows what it said only if it fails.
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

# Tells whether a tool is there, and skips if not.
have() {
    command -v "$1" >/dev/null 2>&1 && return 0
    skip "$1 is not installed (tests/setup.sh does)"
    return 1
}

report() {
    echo "$suite: $passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}
