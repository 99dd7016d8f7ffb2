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
    case $archive in *x86_64*) arch=amd64 ;; *aarch64*) arch=arm64 ;; *) echo "$archive: unknown processor" >&2; exit 1 ;; esac
    tree=$(basename "$archive" .tar.zst)
    zstd -q -d -c "$archive" | tar -xf - -C "bindings/go/lib/linux_$arch" --strip-components=2 "$tree/lib/libseerflow.a" "$tree/include/seerflow.h"
done
git switch --quiet --detach
git add --force bindings/go/lib
git commit --quiet -m "Libraries of the Go module $version"
for module in bindings/go bindings/go/seerflowzap bindings/go/otelexporter; do git tag "$module/$version"; done
