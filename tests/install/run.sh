#!/bin/sh
# Installs the library as a packager would and uses it from other programs: with pkg-config and CMake, shared and static, together with the program's
# own SQLite and Rust, from a prefix with a space in its name, and after moving that prefix.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root" || exit 1
suite=install
. tests/report.sh

work="$root/target/test-install"
build="$root/target/cmake-install"
prefix="$work/an odd prefix+1"
sources="$root/tests/install"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
numbers=${version%%-*}
rm -rf "$work"
mkdir -p "$work"

have cmake && have cc && have c++ || { report; exit 1; }

configure_and_install() {
    cmake -S . -B "$build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix" -DSEERFLOW_CLI=seerflow-store &&
        cmake --build "$build" -j 2 && cmake --install "$build"
}
check "builds and installs into '$prefix'" configure_and_install || { report; exit 1; }
lib=$(dirname "$(find "$prefix" -name libseerflow.a)")

# --- installed files ---
has_all() {
    for file in "$lib/libseerflow.so" "$lib/libseerflow.so.1" "$lib/libseerflow.so.$numbers" "$lib/libseerflow.a" \
        "$lib/pkgconfig/seerflow.pc" "$lib/cmake/seerflow/seerflowConfig.cmake" "$lib/cmake/seerflow/seerflowConfigVersion.cmake" \
        "$prefix/include/seerflow.h" "$prefix/include/seerflow.hpp" "$prefix/include/seerflow/alerts.hpp" "$prefix/bin/seerflow-store" \
        "$prefix/share/doc/seerflow/LICENSE-MIT" "$prefix/share/doc/seerflow/LICENSE-APACHE" "$prefix/share/doc/seerflow/third-party-licences.txt" \
        "$prefix/share/seerflow/seerflow.tsan" \
        "$prefix/share/man/man1/seerflow-store.1" "$prefix/share/man/man1/seerflow-store-ingest.1" \
        "$prefix/share/bash-completion/completions/seerflow-store" "$prefix/share/zsh/site-functions/_seerflow-store" \
        "$prefix/share/fish/vendor_completions.d/seerflow-store.fish"; do
        [ -s "$file" ] || { echo "missing or empty: $file"; return 1; }
    done
}
check "libraries, headers, pkg-config, CMake package, program, manual, completions and licences are installed" has_all
chain() { [ "$(readlink "$lib/libseerflow.so")" = libseerflow.so.1 ] && [ "$(readlink "$lib/libseerflow.so.1")" = "libseerflow.so.$numbers" ]; }
check "libseerflow.so -> .so.1 -> .so.$numbers" chain
soname() { readelf -d "$lib/libseerflow.so" | grep 'SONAME.*\[libseerflow\.so\.1\]'; }
check "the SONAME is libseerflow.so.1" soname
# Checks that a command lists only our symbols, and all functions of the header.
only_ours() {
    names=$("$@" | awk 'NF >= 3 && $2 != "A" { print $NF }' | sed 's/@@SEERFLOW_1$//' | sort -u)
    foreign=$(printf '%s\n' "$names" | grep -v '^seerflow_')
    [ -z "$foreign" ] || { echo "foreign: $foreign"; return 1; }
    grep -E '^SEERFLOW_API .*seerflow_[a-z0-9_]+\(' include/seerflow.h | grep -oE 'seerflow_[a-z0-9_]+\(' | tr -d '(' | sort -u >"$work/declared"
    printf '%s\n' "$names" >"$work/defined"
    diff "$work/declared" "$work/defined"
}
check "the shared library exports exactly the functions of the header" only_ours nm -D --defined-only "$lib/libseerflow.so"
check "the archive defines no other global names" only_ours nm -g --defined-only "$lib/libseerflow.a"
says_version() { "$prefix/bin/seerflow-store" --version | grep -x "seerflow-store $version"; }
check "the program knows its name and version" says_version
completes() {
    script="$prefix/share/bash-completion/completions/seerflow-store"
    grep -q 'complete .* seerflow-store$' "$script" && ! grep 'complete .* seerflow$' "$script"
}
check "the completions are for that name" completes

check "no file names a directory of this machine" packaging/binaries.py paths "$root" "$lib/libseerflow.so" "$lib/libseerflow.a" "$prefix/bin/seerflow-store"
table() { packaging/binaries.py table "$lib/libseerflow.so" "$prefix/bin/seerflow-store" >"$work/table" && awk '/^\| property/ { inside = 1 } /^$/ { inside = 0 } inside' docs/install.md | diff - "$work/table"; }
check "docs/install.md has the table of protections" table
bill() { python3 -c 'import json, sys; bill = json.load(open(sys.argv[1])); assert bill["bomFormat"] == "CycloneDX" and len(bill["components"]) > 100' "$prefix/share/doc/seerflow/sbom.cdx.json"; }
check "the bill of materials lists the crates" bill

# --- pkg-config ---
# compile NAME source 'flags' 'pkg-config options' [sed for the flags]: compiles a program that uses the installed library.
compile() {
    name=$1 source=$2 flags=$3 wanted=$4 edit=${5:-}
    compiler="cc -std=c99 -Wall -Wextra -Wpedantic -Werror"
    case $source in *.cpp) compiler="c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror" ;; esac
    # The flags quote the space in the prefix; eval splits them as make and a shell do.
    given=$(pkg-config --cflags --libs $wanted seerflow | sed "$edit") || return 1
    eval "$compiler $flags \"$sources/$source\" $given ${6:-} -Wl,-rpath,\"\$lib\" -o \"$work/$name\""
}
try() {
    what=$1
    shift
    check "$what: compiles" compile "$@" && check "$what: runs" "$work/$1" "$work/$1.db"
}
static_edit='s/-lseerflow/-Wl,-Bstatic -lseerflow -Wl,-Bdynamic/'
if have pkg-config; then
    PKG_CONFIG_PATH="$lib/pkgconfig"
    export PKG_CONFIG_PATH
    is_version() { [ "$(pkg-config --modversion seerflow)" = "$numbers" ]; }
    check "pkg-config knows version $numbers" is_version
    try "C, shared" c_shared outside.c "" ""
    try "C, static" c_static outside.c "" --static "$static_edit"
    try "C++, shared" cpp_shared outside.cpp "" ""
    try "C++, static" cpp_static outside.cpp "" --static "$static_edit"
    try "C, completely static" c_all_static outside.c -static --static "" 2>/dev/null
    not_needed() { ! readelf -d "$work/c_static" | grep libseerflow; }
    check "the static program does not need the shared library" not_needed

    # --- with other libraries in the program ---
    if echo '#include <sqlite3.h>' | cc -E - >/dev/null 2>&1; then
        for own in so:-lsqlite3 a:-l:libsqlite3.a; do
            libs="${own#*:} -lm -ldl -lpthread"
            try "own libsqlite3.${own%%:*}, ours shared" "sqlite_${own%%:*}_shared" outside.c -DOWN_SQLITE "" "" "$libs"
            try "own libsqlite3.${own%%:*}, ours static" "sqlite_${own%%:*}_static" outside.c -DOWN_SQLITE --static "$static_edit" "$libs"
            try "own libsqlite3.${own%%:*} first, ours static" "sqlite_${own%%:*}_first" outside.c "-DOWN_SQLITE" --static \
                "$static_edit; s/\$/ /; s/^/${own#*:} /" "$libs"
        done
    else
        skip "libsqlite3-dev is not installed (run tests/setup.sh)"
    fi
    if command -v rustc >/dev/null; then
        other() { rustc --edition 2024 -O --crate-type staticlib "$sources/other.rs" -o "$work/libother.a"; }
        check "another library in Rust compiles" other
        try "beside it, ours static" rust_static outside.c -DOTHER_RUST --static "$static_edit" "\"$work/libother.a\" -lm -ldl -lpthread"
        try "before it, ours static" rust_first outside.c -DOTHER_RUST --static "$static_edit; s|^|\"$work/libother.a\" |" "-lm -ldl -lpthread"
        try "beside it, ours shared" rust_shared outside.c -DOTHER_RUST "" "" "\"$work/libother.a\" -lm -ldl -lpthread"
    else
        skip "rustc is not installed"
    fi
fi

# --- CMake ---
cmake_project() { cmake -S "$sources" -B "$work/$1" "$2" && cmake --build "$work/$1" -j 2; }
run_four() {
    for program in outside_seerflow outside_static outside_cpp_seerflow outside_cpp_static; do
        "$work/$1/$program" "$work/$1-$program.db" || return 1
    done
}
check "find_package(seerflow) builds" cmake_project found "-DCMAKE_PREFIX_PATH=$prefix" && check "the programs run" run_four found
too_new() { ! cmake -S "$sources" -B "$work/too_new" "-DCMAKE_PREFIX_PATH=$prefix" -DWANTED=99.0; }
check "find_package(seerflow 99.0) finds none" too_new
subproject() { cmake -S "$sources" -B "$work/sub" "-DSUBPROJECT=$root" -DSEERFLOW_BUILD_CLI=ON && cmake --build "$work/sub" -j 2; }
check "add_subdirectory(libseerflow) builds" subproject && check "the programs run" run_four sub

# --- after moving the prefix ---
mv "$prefix" "$work/moved"
lib="$work/moved${lib#"$prefix"}"
PKG_CONFIG_PATH="$lib/pkgconfig"
if command -v pkg-config >/dev/null; then try "after a move, pkg-config" moved_c outside.c "" ""; fi
check "after a move, find_package" cmake_project moved_cmake "-DCMAKE_PREFIX_PATH=$work/moved" && check "the programs run" run_four moved_cmake

# --- Debian packages, in a Debian 13 without Rust. `make dist-check` tests the released ones in more systems. ---
debian_packages() {
    cmake -S . -B target/cmake-deb -DCMAKE_BUILD_TYPE=Release -DSEERFLOW_PACKAGES=DEB -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_INSTALL_LIBDIR="lib/$(cc -dumpmachine)" &&
        cmake --build target/cmake-deb -j 2 && rm -f target/cmake-deb/*.deb && (cd target/cmake-deb && cpack -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip)
}
debian13=${XDG_CACHE_HOME:-$HOME/.cache}/libseerflow/trixie
if [ "$(id -u)" = 0 ] && [ -f "$debian13/opt/complete" ] && command -v dpkg-shlibdeps >/dev/null; then
    . packaging/roots.sh
    check "cpack makes Debian packages" debian_packages
    enter install "$debian13"
    cp target/cmake-deb/*.deb "$trial/root"
    check "they install without Rust" inside sh -c '! command -v cargo && dpkg -i /root/*.deb'
    finds() {
        echo 'Mar 15 01:47:13 web2 sshd[21346]: Accepted password for deploy' | inside seerflow -q --set storage.sqlite_path=/tmp/a.db ingest - &&
            inside seerflow --set storage.sqlite_path=/tmp/a.db search 'accepted password' | grep deploy && inside test -s /usr/share/man/man1/seerflow-ingest.1
    }
    check "the program stores and finds a log line" finds
    foreign() {
        export PKG_CONFIG_SYSROOT_DIR="$trial" PKG_CONFIG_PATH="$trial/usr/lib/$(cc -dumpmachine)/pkgconfig"
        # shellcheck disable=SC2046
        cc "$sources/outside.c" $(pkg-config --cflags --libs seerflow) -o "$trial/tmp/outside" && inside /tmp/outside /tmp/outside.db
    }
    check "a C program compiled with them runs" foreign
    leave
else
    skip "Debian packages need root, dpkg-dev and the Debian 13 of tests/services/up.sh"
fi

report
