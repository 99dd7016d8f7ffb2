#!/bin/sh
# Builds the release library in target/cmake, which all suites share, and installs it: tests/library.sh PREFIX
set -eu
cd "$(dirname "$0")/.."
cmake -S . -B target/cmake -DCMAKE_BUILD_TYPE=Release
cmake --build target/cmake -j 2
cmake --install target/cmake --prefix "$1"
