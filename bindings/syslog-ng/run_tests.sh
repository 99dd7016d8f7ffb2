#!/bin/sh
# Builds the destination seerflow() and tests it in the unmodified syslog-ng of Debian. SEERFLOW_TORTURE=long sends 100,000 records in every
# scenario.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root" || exit 1
suite=syslog-ng
. tests/report.sh

tests=$root/bindings/syslog-ng/tests
work=$root/target/test-syslog-ng
have cmake && have cc && have pkg-config && have bison && have python3 || { report; exit 1; }
mkdir -p "$work"
rm -rf "$work/scenarios"
mkdir -p "$work/scenarios"

if ! said=$("$tests/unpack.sh" 2>&1); then
    printf '%s\n' "$said" | tail -n 5
    skip network "the packages of syslog-ng cannot be fetched"
    report
    exit
fi

# --- the library with the module, installed ---
SYSLOG_NG_PREFIX=$root/target/syslog-ng/usr
PKG_CONFIG_PATH=$(dirname "$(find "$SYSLOG_NG_PREFIX" -name syslog-ng.pc)")
SEERFLOW_MODULE_DIR=$work/modules
SEERFLOW_TEST_DIR=$work/scenarios
SEERFLOW_PROGRAM=$work/prefix/bin/seerflow
PYTHONPATH=$root/tests/services PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE SYSLOG_NG_PREFIX PKG_CONFIG_PATH SEERFLOW_MODULE_DIR SEERFLOW_TEST_DIR SEERFLOW_PROGRAM
# Uses the same cargo target directory as the other suites, so that nothing is compiled twice.
library() {
    cmake -S "$root" -B "$work/library" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$work/prefix" \
        -DSEERFLOW_BUILD_SYSLOG_NG=ON -DSEERFLOW_SYSLOG_NG_MODULE_DIR="$SEERFLOW_MODULE_DIR" \
        -DCMAKE_C_FLAGS="-Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -Wno-cast-function-type" &&
        cmake --build "$work/library" -j 2 && cmake --install "$work/library"
}
check "the library and the module build and install" library || { report; exit 1; }
unpacked=$(find "$root/target/syslog-ng" -type d -name '*-linux-gnu*' | tr '\n' ':')
LD_LIBRARY_PATH=$(dirname "$(find "$work/prefix" -name libseerflow.so)"):$SYSLOG_NG_PREFIX/lib/syslog-ng:$unpacked
export LD_LIBRARY_PATH
exports() { [ "$(nm -D --defined-only "$SEERFLOW_MODULE_DIR/libseerflow.so" | awk '{ print $3 }' | sort | tr '\n' ' ')" = "module_info seerflow_module_init " ]; }
check "the module exports only what syslog-ng looks for" exports

# --- the scenarios ---
for file in records guarantees cost; do
    "$tests/$file.py" --list >"$work/list" || fail "$file.py"
    while read -r name title; do
        if [ "$name" = full_disk ] && [ "$(id -u)" != 0 ]; then skip "$title: only root can mount a file system"; continue; fi
        if [ "$name" = postgresql_restarted ] && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then skip "$title: PostgreSQL is not installed"; continue; fi
        check "$title" "$tests/$file.py" "$name" </dev/null
    done <"$work/list"
done

# The table in docs/shippers.md is made of these lines.
echo "  scenario | sent | stored | duplicates | read twice by syslog-ng | dead letters | lost before the destination | lost"
sed 's/^/  /; s/|/ | /g' "$SEERFLOW_TEST_DIR/table"
report
