#!/bin/sh
# Runs the tests of threads under ThreadSanitizer. Rust's standard library and SQLite are compiled with it too, so that it sees each lock
# and each access. Needs a nightly toolchain with the component rust-src.
set -eu
cd "$(dirname "$0")/.."
if ! [ -d "$(rustc +nightly --print sysroot 2>/dev/null)/lib/rustlib/src" ]; then
    echo "tests/races.sh: no nightly Rust toolchain with the standard library's source. Install it:" \
        "rustup toolchain install nightly --component rust-src" >&2
    exit 1
fi
host=$(rustc +nightly -vV | sed -n 's/^host: //p')
export RUSTFLAGS="-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer" CFLAGS=-fsanitize=thread
export CARGO_PROFILE_DEV_OPT_LEVEL=1
# One test asks for more memory than any machine has.
export TSAN_OPTIONS="allocator_may_return_null=1 suppressions=$PWD/tests/races.supp"
cargo +nightly test --no-fail-fast -Zbuild-std --target "$host" --target-dir target/races --locked --no-default-features \
    --lib --test engine --test withdraw --test ffi --test conformance "$@" -- --skip hostile
