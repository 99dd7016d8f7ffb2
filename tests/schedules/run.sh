#!/bin/sh
# Runs the write buffer, the pool and the feed of edges under random schedules of their threads: SEERFLOW_SCHEDULES of each (2,000). A
# failure prints the seed that repeats it. The build is one of its own, because src/sync.rs replaces locks and time in it.
set -eu
cd "$(dirname "$0")/../.."
RUSTFLAGS="--cfg seerflow_schedules" "${CARGO:-cargo}" test --locked --no-default-features --features graph-servers --lib \
    --target-dir target/schedules schedules -- --nocapture
