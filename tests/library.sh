#!/bin/sh
# Builds the release library in target/cmake, which all suites share, and installs it: tests/library.sh PREFIX
set -eu
cd "$(dirname "$0")/.."
mkdir -p target
exec 9>target/library.lock
flock 9 2>/dev/null || true # suites that run at the same time build one after the other
cmake -S . -B target/cmake -DCMAKE_BUILD_TYPE=Release
cmake --build target/cmake -j 2
cmake --install target/cmake --prefix "$1"
