#!/bin/sh
# Builds the plugin, and tests it in a host of the proxy interface and in the real Fluent Bit 1.8.15, whose source is in an npm package.
# FLUENT_BIT, FLUENT_BIT_PLUGIN and SEERFLOW_CLI name a Fluent Bit 2.1 or later, a plugin for it, and the program seerflow: then only the
# trials run, also those that version 1.8 lacks plugins for.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root" || exit 1
suite=fluent-bit
. tests/report.sh
work="$root/target/test-fluent-bit"
tests=bindings/fluent-bit/tests
mkdir -p "$work"
export PYTHONPATH="$root/tests/services" PYTHONDONTWRITEBYTECODE=1

# trials FLUENT_BIT PLUGIN NAMES: each trial is a check.
names="file network forward kill stop_while_locked lock full_disk postgres_restart two_outputs dead_letters options documented cpu"
trials() {
    for trial in $3; do
        check "Fluent Bit: $trial" python3 $tests/trials.py "$1" "$2" "$work/trials" $trial && printf '%s\n' "$report_said" | sed 's/^/    /'
    done
}
if [ -n "${FLUENT_BIT:-}" ]; then
    have python3 && trials "$FLUENT_BIT" "${FLUENT_BIT_PLUGIN:?}" "$names opentelemetry metrics hot_reload"
    report
    exit
fi

have cmake && have cc && have python3 || { report; exit 1; }
library() {
    cmake -S "$root" -B "$work/library" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$work/prefix" -DSEERFLOW_BUILD_FLUENT_BIT=ON &&
        cmake --build "$work/library" -j 2 && cmake --install "$work/library"
}
check "the plugin builds and installs" library || { report; exit 1; }
plugin=$(find "$work/prefix" -name out_seerflow.so)
exports() { [ "$(nm -D --defined-only "$plugin" | awk '{ print $3 }' | sort | tr '\n' ' ')" = "FLBPluginExitCtx FLBPluginFlushCtx FLBPluginInit FLBPluginRegister " ]; }
check "the plugin exports the functions of the proxy interface only" exports

# --- the proxy interface ---
host="$work/proxy_host"
check "the host of the proxy interface builds" cc -std=gnu99 -Wall -Wextra -Werror -O1 -o "$host" $tests/proxy_host.c -ldl
# hosted COMMANDS EXPECTED: runs the commands in a new folder, which is $folder in both.
hosted() {
    folder="$work/host" && rm -rf "$folder" && mkdir -p "$folder"
    printf "$1" | (cd "$folder" && timeout 120 "$host" "$plugin") >"$folder/out" 2>"$folder/log" || { cat "$folder/out" "$folder/log"; return 1; }
    printf "$2" | diff - "$folder/out" || { cat "$folder/log"; return 1; }
}
stored() { [ "$(python3 -c "import sqlite3; print(sqlite3.connect('$work/host/$1').execute('SELECT count(*) FROM $2').fetchone()[0])")" = "$3" ]; }
flushes='flush: ok\n'
check "a chunk is flushed on a stack of 24 KiB" hosted 'output storage.sqlite_path=a.db Deadline=60000\nflush 0 5000 app\nflush 0 20000 app\n' "output: 0\n${flushes}${flushes}end\n"
check "all of its records are stored" stored a.db events 25000
check "two outputs share a store, and each is closed once" hosted \
    'output storage.sqlite_path=a.db\noutput storage.sqlite_path=a.db\nflush 0 1000 one\nflush 1 1000 two\nclose\n' \
    "output: 0\noutput: 1\n${flushes}${flushes}end\n"
check "their records are stored" stored a.db events 2000
check "Fluent Bit 1.8 closes all outputs with the context of the last one" hosted \
    'output storage.sqlite_path=a.db\noutput storage.sqlite_path=b.db\nflush 0 10 one\nflush 1 20 two\nclose-as-1.8\n' \
    "output: 0\noutput: 1\n${flushes}${flushes}end\n"
check "both databases are complete" stored a.db events 10
check "a hot reload closes the store and opens it again" hosted \
    'output storage.sqlite_path=a.db\nflush 0 10 app\nreload storage.sqlite_path=a.db storage.flush_events=50\nflush 0 10 app\n' \
    "output: 0\n${flushes}output: 0\n${flushes}end\n"
check "the records from before and after it are stored" stored a.db events 20
check "options that differ between outputs of one database are refused" hosted \
    'output storage.sqlite_path=a.db\noutput storage.sqlite_path=a.db storage.flush_events=5\noutput storage.sqlite_path=a.db Durable=perhaps\n' \
    'output: 0\noutput: refused\noutput: refused\nend\n'
check "bytes that are not records become dead letters" hosted 'output storage.sqlite_path=a.db\nbad 0\n' "output: 0\n${flushes}end\n"
check "the records before them are stored" stored a.db dead_letters 1

# --- Fluent Bit 1.8.15 ---
folder="$root/target/fluent-bit-1.8.15"
if have npm && have flex && have bison && check "Fluent Bit 1.8.15 builds" $tests/fluent_bit.sh "$folder"; then
    trials "$folder/build/bin/fluent-bit" "$plugin" "$names"
fi
report
