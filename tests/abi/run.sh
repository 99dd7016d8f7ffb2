#!/bin/sh
# Compares the published binary interface (the files in tests/abi/) with the present header and library. See
# docs/abi.md.
#
#   tests/abi/run.sh               compare
#   UPDATE_ABI=1 tests/abi/run.sh  update the published interface: review the diff
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root" || exit 1
suite=abi
. tests/report.sh
have cc && have python3 || { report; exit 1; }

abi=tests/abi
work=target/test-abi
rm -rf "$work"
mkdir -p "$work"
interface() { python3 $abi/interface.py "$1"; }

# --- the header ---
interface include/seerflow.h >"$work/interface.txt"
if [ "${UPDATE_ABI:-}" = 1 ]; then
    cp "$work/interface.txt" $abi/baseline.txt
    cp include/seerflow.h $abi/seerflow_1_0.h
fi
same_interface() { diff -u $abi/baseline.txt "${1:-$work/interface.txt}"; }
check "functions, structs, enumerations and constants are those of the baseline" same_interface

# --- the library ---
build() { cmake -S . -B target/cmake -DCMAKE_BUILD_TYPE=Release >/dev/null && cmake --build target/cmake -j 2; }
check "the library builds" build || { report; exit 1; }
library=$(ls target/cmake/libseerflow.so.1)
symbols() { nm -D --defined-only "$1" | awk '$2 != "A" { print $3 }' | sort; }
symbols "$library" >"$work/symbols.txt"
# --- the types of arguments, compared from debug information: an object that refers to every function, compiled with each header ---
same_symbols() { diff -u $abi/symbols.txt "${1:-$work/symbols.txt}"; }
check "the exported symbols and their version are those of the baseline" same_symbols
declared() { sed -n 's/^function .*\(seerflow_[a-z0-9_]*\)(.*/\1@@SEERFLOW_1/p' $abi/baseline.txt | sort | diff - $abi/symbols.txt; }
check "every declared function is exported with the version SEERFLOW_1, and nothing else is" declared
soname() { readelf -d "$library" | grep -q 'SONAME.*\[libseerflow\.so\.1\]' && grep -q 'constant SEERFLOW_ABI_VERSION 1$' $abi/baseline.txt; }
check "the SONAME has the number of SEERFLOW_ABI_VERSION" soname

# --- argument types, as debuggers see them: a C object that refers to every function, made with each header ---
witness() {
    {
        printf '#include "%s"\n' "$1"
        sed -n 's/^function .*\(seerflow_[a-z0-9_]*\)(.*/\1/p' $abi/baseline.txt | sort -u | awk '{ printf "__typeof__(&%s) witness_%s = &%s;\n", $1, $1, $1 }'
        grep -o '^struct seerflow_[a-z_]* size' $abi/baseline.txt | awk '{ printf "%s %s_of;\n", $2, $2 }'
    } >"$work/witness.c"
    cc -std=gnu11 -g -w -shared -fPIC -o "$2" "$work/witness.c"
}
same_types() {
    witness "$root/$abi/seerflow_1_0.h" "$work/published.so" && witness "$root/include/seerflow.h" "$work/present.so" &&
        abidiff --no-show-locs "$work/published.so" "$work/present.so"
}
if have abidiff; then check "abidiff finds no change of a type" same_types; fi

# --- programs ---
program() { cc -std=c99 -Wall -Wextra -Wpedantic -Werror "$@" -Ltarget/cmake -lseerflow -Wl,-rpath,"$root/target/cmake"; }
published() { cp $abi/seerflow_1_0.h "$work/seerflow.h" && program -I"$work" $abi/program_1_0.c -o "$work/published" && "$work/published" "$work/published.db"; }
check "a program made with the header of 1.0 runs with this library" published
# A later header: each struct has one more member at its end.
later_header() {
    mkdir -p "$work/later" &&
        python3 $abi/later.py <include/seerflow.h >"$work/later/seerflow.h" &&
        program -I"$work/later" $abi/program_1_0.c -o "$work/later/program" && "$work/later/program" "$work/later.db"
}
check "a program made with a later header runs with this library" later_header
future() { program -I"$work/later" $abi/program_later.c -o "$work/later/future" && "$work/later/future"; }
check "a member that this library does not know must be 0" future

# --- the checks themselves: each must notice a change ---
refuses() {
    what=$1 edit=$2
    sed "$edit" include/seerflow.h >"$work/changed.h"
    ! cmp -s include/seerflow.h "$work/changed.h" || { echo "the edit changed nothing"; return 1; }
    interface "$work/changed.h" >"$work/changed.txt" && ! same_interface "$work/changed.txt" >/dev/null
}
check "an inserted member is noticed" refuses member 's/^    int64_t timeout_ms;/    int64_t inserted;\n&/'
check "a changed number is noticed" refuses number 's/SEERFLOW_STATUS_BUSY = 14/SEERFLOW_STATUS_BUSY = 44/'
check "a removed function is noticed" refuses function 's/seerflow_store_flush(/seerflow_store_flushed(/'
check "a changed argument is noticed" refuses argument 's/size_t seerflow_list_count(/uint32_t seerflow_list_count(/'
unlisted() { { cat $abi/symbols.txt; echo "sqlite3_open@@SEERFLOW_1"; } | sort >"$work/more.txt" && ! same_symbols "$work/more.txt" >/dev/null; }
check "an unlisted symbol is noticed" unlisted
report
