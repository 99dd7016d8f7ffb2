#!/bin/sh
# Builds omseerflow, and tests it with the unmodified rsyslogd of the distribution. By default the trials of kills and failures have
# 20,000 records; SEERFLOW_TORTURE=long gives all of them 100,000. `run_tests.sh NAME...` runs single trials of tests/trials.py.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root" || exit 1
suite=rsyslog without=none
. tests/report.sh

here=bindings/rsyslog
work=$root/target/test-rsyslog
packages=$work/packages
have cmake && have cc && have python3 || { report; exit 1; }
if ! said=$($here/tests/setup.sh "$packages" 2>&1); then
    printf '%s\n' "$said" | tail -n 5
    skip "the packages and the source of rsyslog cannot be fetched"
    report
    exit
fi

# Uses the same cargo target directory as the other suites, so that nothing is compiled twice.
built() {
    cmake -S . -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$work/prefix" -DCMAKE_PREFIX_PATH="$packages/root/usr" \
        -DSEERFLOW_BUILD_RSYSLOG=ON -DSEERFLOW_RSYSLOG_SOURCE="$packages/source" -DSEERFLOW_RSYSLOG_MODULE_DIR="$work/modules" &&
        cmake --build "$work/build" -j 2 && cmake --install "$work/build"
}
check "the module builds and installs" built || { report; exit 1; }

batches() {
    cc -std=c99 -Wall -Wextra -Wpedantic -Werror -g -fsanitize=address,undefined $here/batch.c $here/tests/batch_test.c -o "$work/batch_test" &&
        "$work/batch_test"
}
check "batches of records" batches
exports() { [ "$(nm -D --defined-only "$work/modules/omseerflow.so" | awk '{ print $3 }')" = modInit ]; }
check "the module exports modInit only" exports

# The files of the trials are in memory where that is possible: many of them wait for the disk otherwise.
folder=$work/trials
if [ -w /dev/shm ]; then folder=$(mktemp -d /dev/shm/omseerflow.XXXXXX) && trap 'rm -rf "$folder"' EXIT; fi
export RSYSLOG_ROOT="$packages/root" OMSEERFLOW="$work/modules/omseerflow.so" SEERFLOW_CLI="$work/prefix/bin/seerflow" PYTHONPATH="$root/tests/services" PYTHONDONTWRITEBYTECODE=1
trials=$here/tests/trials.py
if [ $# -eq 0 ]; then
    set -- $($trials)
    [ "$(id -u)" = 0 ] || { skip "full_disk: only root can mount a file system"; without="$without full_disk"; }
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || have initdb || without="$without server_restarted"
    have valgrind || without="$without memory"
fi
# Most trials wait most of the time, so several run at once.
mkdir -p "$folder"
printf '%s\n' "$@" | grep -vxF "$(printf '%s\n' $without)" |
    xargs -P 3 -I NAME sh -c '"$1" "$2" NAME >"$2/NAME.log" 2>&1; echo $? >"$2/NAME.status"' - "$trials" "$folder"
echo "  | trial | sent | stored | duplicates | dead letters | lost |"
for trial in "$@"; do
    [ -e "$folder/$trial.status" ] || continue
    if [ "$(cat "$folder/$trial.status")" = 0 ]; then
        ok "$(cat "$folder/$trial.log")"
    else
        fail "$trial"
        tail -n 40 "$folder/$trial.log" | sed 's/^/    | /'
    fi
done
report
