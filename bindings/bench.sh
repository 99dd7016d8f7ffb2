#!/bin/sh
# Measures the Go and the Node package. Each is compared with the C API and with a writer that uses a SQLite library
# of the language.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
work=$root/target/bench-bindings
cmake -S . -B "$work/library" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$work/prefix" >/dev/null
cmake --build "$work/library" -j 2 >/dev/null
cmake --install "$work/library" >/dev/null
lib=$(dirname "$(find "$work/prefix" -name libseerflow.a)")
PKG_CONFIG_PATH="$lib/pkgconfig"
LD_LIBRARY_PATH="$lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export PKG_CONFIG_PATH LD_LIBRARY_PATH

if command -v go >/dev/null; then
    (cd bindings/go/bench && go run -tags sqlite_fts5,modernc . "$work/prefix")
else
    echo "Go is not installed: the Go package is not measured"
fi
if command -v node >/dev/null; then
    cd bindings/node
    npm ci --silent
    cmake -S . -B "$work/addon" -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null
    cmake --build "$work/addon" -j 2 >/dev/null
    cmake --install "$work/addon" >/dev/null
    npm install --silent --no-save --prefix bench
    node bench/compare.mjs "$work/prefix"
else
    echo "Node is not installed: the Node package is not measured"
fi
