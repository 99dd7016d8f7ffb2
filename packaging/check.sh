#!/bin/sh
# Installs what packaging/dist.sh made into empty Debian systems without Rust, and uses it there. `make dist-check` calls it.
set -u
cd "$(dirname "$0")/.." || exit 1
root=$(pwd)
suite=dist
. tests/report.sh
. packaging/roots.sh
. tests/linters.sh
out="$root/target/dist/out"
[ -f "$out/SHA256SUMS" ] || { echo "run make dist first"; exit 1; }
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
processor=$(uname -m)
work="$root/target/dist/check"
rm -rf "$work"
mkdir -p "$work"

# timed NAME command...: a check, with the time that it took.
timed() {
    timed_since=$(date +%s%N)
    check "$@" && echo "    $((($(date +%s%N) - timed_since) / 1000000)) ms"
}

# --- the files ---
sums() { cd "$out" && sha256sum --quiet -c SHA256SUMS; }
check "the sums are right" sums
tree="seerflow-$version-$processor-linux-gnu"
unpack() { zstd -q -d -c "$out/$1.tar.zst" | tar -xf - -C "$work"; }
timed "the archive unpacks" unpack "$tree" || { report; exit 1; }
library="$work/$tree/lib/libseerflow.so.1" program="$work/$tree/bin/seerflow"
plugin="$work/$tree/lib/fluent-bit/out_seerflow.so"
check "no symbol is newer than glibc 2.28" packaging/binaries.py glibc 2.28 "$library" "$program" "$plugin"
check "no file names a directory of this machine" packaging/binaries.py paths "$root" "$library" "$program" "$plugin" "$work/$tree/lib/libseerflow.a"
table() { packaging/binaries.py table "$library" "$program" >"$work/table" && awk '/^\| property/ { inside = 1 } /^$/ { inside = 0 } inside' docs/install.md | diff - "$work/table"; }
check "docs/install.md has the table of protections" table
deep_stack() { LD_LIBRARY_PATH="$work/$tree/lib" target/cmake/tests/c/test_stack; }
if [ -x target/cmake/tests/c/test_stack ]; then check "a call needs at most 16 KiB of stack" deep_stack; else skip "test_stack is not built (tests/run.sh c)"; fi
if linters >/dev/null 2>&1; then
    check "the archive has a valid bill of materials" valid_bill "$work/$tree/share/doc/seerflow/sbom.cdx.json"
else
    skip network "the linters cannot be fetched"
fi
log_line='Mar 15 01:47:13 web2 sshd[21346]: Accepted password for deploy from 203.0.113.66 port 51514 ssh2'

# --- the archive of another processor, in an emulator ---
other=seerflow-$version-aarch64-linux-gnu
if [ "$processor" != aarch64 ] && [ -f "$out/$other.tar.zst" ] && have aarch64-linux-gnu-gcc && have qemu-aarch64-static; then
    unpack "$other"
    there="$work/$other"
    emulated() { LD_LIBRARY_PATH=$there/lib qemu-aarch64-static -L /usr/aarch64-linux-gnu "$@"; }
    check "aarch64: no symbol is newer than glibc 2.28" packaging/binaries.py glibc 2.28 "$there/lib/libseerflow.so.1" "$there/bin/seerflow" "$there/lib/fluent-bit/out_seerflow.so"
    check "aarch64: no file names a directory of this machine" packaging/binaries.py paths "$root" "$there/lib/libseerflow.so.1" "$there/bin/seerflow" "$there/lib/libseerflow.a"
    emulated_finds() { echo "$log_line" | emulated "$there/bin/seerflow" -q --set storage.sqlite_path="$work/arm.db" ingest - && emulated "$there/bin/seerflow" --set storage.sqlite_path="$work/arm.db" search 'accepted password' | grep -q deploy; }
    check "aarch64: a log line is stored and found" emulated_finds
    # emulated_program LIBRARY: a C program that links the library.
    emulated_program() { aarch64-linux-gnu-gcc -std=c99 -Wall -Wextra -Werror -I"$there/include" tests/install/outside.c "$1" -lpthread -ldl -lm -o "$work/outside-arm" && emulated "$work/outside-arm" "$work/outside-arm.db"; }
    check "aarch64: C with the shared library" emulated_program "$there/lib/libseerflow.so"
    check "aarch64: C with the static library" emulated_program "$there/lib/libseerflow.a"
    manual_pages() { [ -s "$there/share/man/man1/seerflow-ingest.1" ] && [ -s "$there/share/bash-completion/completions/seerflow" ]; }
    check "aarch64: has manual pages and completions" manual_pages
else
    skip "make dist TARGETS='x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu' makes an archive for an emulator"
fi

[ "$(id -u)" = 0 ] && have debootstrap || { skip "only root can make empty systems"; report; exit; }
trap 'leave 2>/dev/null' EXIT
no_rust() { ! inside sh -c 'command -v cargo || command -v rustc'; }
finds() { echo "$log_line" | inside "$1" -q --set storage.sqlite_path=/tmp/a.db ingest - && inside "$1" --set storage.sqlite_path=/tmp/a.db search 'accepted password' | grep -q deploy; }
# compiled FLAGS...: a C program against the installed library.
compiled() { inside sh -c 'cc -std=c99 -Wall -Wextra -Werror /src/outside.c $(pkg-config --cflags '"$1"' --libs seerflow) -o /tmp/outside && /tmp/outside /tmp/outside.db'; }
by_cmake() { inside sh -c 'cmake -S /src -B /tmp/build && cmake --build /tmp/build && for each in outside_seerflow outside_static outside_cpp_seerflow outside_cpp_static; do /tmp/build/$each /tmp/$each.db || exit 1; done'; }

# --- Debian packages ---
arch=$(dpkg --print-architecture)
tools=gcc,g++,libc6-dev,make,cmake,pkg-config,man-db
for release in bookworm trixie; do
    base=$(debian $release $tools) || { fail "debootstrap $release"; continue; }
    enter $release "$base"
    mkdir -p "$trial/src" "$trial/packages"
    cp tests/install/CMakeLists.txt tests/install/outside.* "$trial/src"
    cp "$out"/*_"$arch".deb "$trial/packages"
    check "$release: has no Rust" no_rust
    timed "$release: the packages install" inside sh -c 'dpkg -i /packages/*.deb'
    timed "$release: a log line is stored and found" finds seerflow
    check "$release: C with pkg-config" compiled ""
    check "$release: C with pkg-config --static" compiled --static
    check "$release: C and C++ with CMake" by_cmake
    manual() { inside man -P cat seerflow-ingest | grep -q 'SYNOPSIS'; }
    check "$release: man seerflow-ingest" manual
    completion() { inside test -s /usr/share/bash-completion/completions/seerflow; }
    check "$release: has completions" completion
    licences() { for package in libseerflow1 libseerflow-dev libseerflow1-dbgsym seerflow-cli fluent-bit-seerflow; do inside test -s /usr/share/doc/$package/copyright -a -s /usr/share/doc/$package/third-party-licences.txt || return 1; done; }
    check "$release: each package has its licences" licences
    debug() { inside sh -c 'id=$(readelf -n /usr/lib/*/libseerflow.so.1 | sed -n "s/.*Build ID: //p"); test -s /usr/lib/debug/.build-id/$(echo $id | cut -c 1-2)/$(echo $id | cut -c 3-).debug'; }
    check "$release: the debug information belongs to the library" debug
    removed() { inside dpkg -P fluent-bit-seerflow seerflow-cli libseerflow1-dbgsym libseerflow-dev libseerflow1 && ! inside sh -c 'find /usr /etc -name "*seerflow*" | grep .'; }
    check "$release: removing the packages leaves nothing" removed
    leave
done

# --- the archive, on the oldest Debian that its mirrors still have ---
base=$(debian bullseye $tools) || base=
if [ -n "$base" ]; then
    enter bullseye "$base"
    mkdir -p "$trial/src" "$trial/opt"
    cp tests/install/CMakeLists.txt tests/install/outside.* "$trial/src"
    cp -a "$work/$tree" "$trial/opt/seerflow"
    timed "bullseye: the archive's program stores and finds a log line" finds /opt/seerflow/bin/seerflow
    from_archive() { inside env PKG_CONFIG_PATH=/opt/seerflow/lib/pkgconfig LD_LIBRARY_PATH=/opt/seerflow/lib sh -c 'cc -std=c99 -Wall -Wextra -Werror /src/outside.c $(pkg-config --cflags --libs seerflow) -o /tmp/outside && /tmp/outside /tmp/outside.db'; }
    check "bullseye: C with the archive's pkg-config file" from_archive
    cmake_from_archive() { inside sh -c 'cmake -S /src -B /tmp/build -DCMAKE_PREFIX_PATH=/opt/seerflow && cmake --build /tmp/build && /tmp/build/outside_static /tmp/b.db && /tmp/build/outside_cpp_seerflow /tmp/c.db'; }
    # Debian 11 has CMake 3.18, the test project asks for 3.20.
    sed -i 's/VERSION 3.20/VERSION 3.18/' "$trial/src/CMakeLists.txt"
    check "bullseye: C and C++ with the archive's CMake package" cmake_from_archive
    leave
else
    skip network "debootstrap bullseye"
fi

# --- RPM packages: rpm unpacks them in a Debian, because no Fedora can be had here ---
if command -v rpm >/dev/null && ls "$out"/*.rpm >/dev/null 2>&1; then
    rpms() { rpm -qp --requires "$out"/libseerflow1-*."$processor".rpm | grep -x 'libc.so.6(GLIBC_2.28)(64bit)' && ! rpm -qp --requires "$out"/*.rpm | grep -E 'GLIBC_2\.(29|[3-9][0-9])'; }
    check "the RPM packages need glibc 2.28 and no later one" rpms
    unpacked() { mkdir -p "$work/rpm" && for package in "$out"/*.rpm; do (cd "$work/rpm" && cmake -E tar xf "$package") || return 1; done && "$work/rpm/usr/bin/seerflow" --version && [ -s "$work/rpm/usr/lib64/libseerflow.so.1" ]; }
    check "the RPM packages unpack, and their program runs" unpacked
fi

# --- Go: an empty module, a system with nothing but Go and a C compiler ---
base=$(debian trixie $tools) || base=
if [ -n "$base" ] && command -v go >/dev/null; then
    enter go "$base"
    mkdir -p "$trial/usr/local/go" "$trial/proxy" "$trial/root/program"
    mount --bind "$(go env GOROOT)" "$trial/usr/local/go"
    cp -a "$out/goproxy/." "$trial/proxy"
    cp tests/install/program.go "$trial/root/program/main.go"
    built() {
        inside sh -c 'cd ~/program && export PATH=$PATH:/usr/local/go/bin GOPROXY=file:///proxy GONOSUMDB="*" GOFLAGS=-mod=mod GOTOOLCHAIN=local &&
            go mod init example.org/program && go get github.com/libseerflow/libseerflow/bindings/go/seerflow@v'"$version"' && go build -o program . && go mod vendor && GOFLAGS=-mod=vendor go build -o vendored .'
    }
    timed "Go: go get and go build in an empty module" built
    one_binary() { inside sh -c 'cd ~/program && ./program | grep "Accepted password" && ./vendored && ! ldd program | grep seerflow'; }
    timed "Go: the program is one binary, and runs" one_binary
    umount "$trial/usr/local/go"
    leave
fi

# --- Node: an empty project, a system with nothing but Node and npm ---
base=$(debian trixie base-files) || base=
if [ -n "$base" ] && command -v npm >/dev/null; then
    enter node "$base"
    mkdir -p "$trial/opt/node/bin" "$trial/root/project"
    cp "$(command -v node)" "$trial/opt/node/bin"
    mkdir -p "$trial/opt/node/lib"
    cp -a "$(npm root -g)/npm" "$trial/opt/node/lib"
    cp "$out"/seerflow-*.tgz bindings/node/test/package/use.* "$trial/root/project"
    installed() { inside sh -c 'cd ~/project && PATH=$PATH:/opt/node/bin && ! command -v cc && node /opt/node/lib/npm/bin/npm-cli.js init -y && node /opt/node/lib/npm/bin/npm-cli.js install --offline --no-audit --no-fund ./seerflow-*.tgz'; }
    timed "Node: npm install without a compiler" installed
    used() { inside sh -c 'cd ~/project && PATH=$PATH:/opt/node/bin && node use.cjs && node use.mjs'; }
    timed "Node: from CommonJS and ESM" used
    leave
fi

# --- Rust: the crate builds alone ---
crate() {
    rm -rf "$work/crate" && mkdir -p "$work/crate" && tar -xzf "$out/seerflow-$version.crate" -C "$work/crate" &&
        cd "$work/crate/seerflow-$version" && "${CARGO:-cargo}" check --quiet --locked --target-dir "$root/target/dist/cargo"
}
check "the crate compiles alone" crate
report
