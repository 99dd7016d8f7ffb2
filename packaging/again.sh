#!/bin/sh
# Builds the packages of the last commit again, in a clone in another folder, and compares each file with those in target/dist/out.
# `make dist-again` calls it. Nothing may be uncommitted, and target/dist/out must be of the last commit.
#
#   packaging/again.sh [TARGET]...    as for packaging/dist.sh
set -eu
cd "$(dirname "$0")/.."
[ -z "$(git status --porcelain)" ] || { echo "changes are not committed" >&2; exit 1; }
first=$(pwd)/target/dist/out
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The depth and the length of the path differ too.
clone=$folder/a/deeper/folder
git clone --quiet . "$clone"
make -C "$clone" --no-print-directory dist TARGETS="$*"
if diff "$first/SHA256SUMS" "$clone/target/dist/out/SHA256SUMS"; then
    echo "each of the $(wc -l <"$first/SHA256SUMS") files has the same bytes"
else
    echo "the files above differ" >&2
    exit 1
fi
