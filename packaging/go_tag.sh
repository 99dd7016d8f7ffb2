#!/bin/sh
# Tags the Go modules of a release: packaging/go_tag.sh v1.2.3 ARCHIVE...
#
# The module with the libraries is a commit beside the branch, made of this checkout and the libraries in the archives of `make dist`. Pushing
# the tags is left to the caller.
set -eu
cd "$(dirname "$0")/.."
version=$1
shift
for archive; do
    tree=$(basename "$archive" .tar.zst)
    lib=$(echo "$tree" | sed 's/.*-x86_64-linux/linux_amd64/; s/.*-aarch64-linux/linux_arm64/; s/-gnu$//; s/-musl$/_musl/')
    zstd -q -d -c "$archive" | tar -xf - -C "bindings/go/lib/$lib" --strip-components=2 "$tree/lib/libseerflow.a" "$tree/include/seerflow.h"
done
git switch --quiet --detach
git add --force bindings/go/lib
git commit --quiet -m "Libraries of the Go module $version"
for module in bindings/go bindings/go/seerflowzap bindings/go/otelexporter; do git tag "$module/$version"; done
