#!/bin/sh
# Holds the documents to what is there: README's program is the example that the tests run, links lead to files, and the make
# targets, suites and files that the text names exist.
set -u
cd "$(dirname "$0")/.." || exit 1
suite=docs
. tests/report.sh

readme_program() {
    awk '/^```c$/ { inside = 1; next } /^```$/ && inside { exit } inside' README.md | diff - bindings/c/examples/minimal.c
}
check "README.md quotes bindings/c/examples/minimal.c word for word" readme_program

links() {
    failed_links=0
    for page in *.md docs/*.md bindings/*/*.md; do
        [ -f "$page" ] || continue
        for target in $(grep -oE '\]\([^)]+\)' "$page" | sed 's/^](//; s/)$//; s/#.*//' | grep -v '^[a-z]*:'); do
            [ -e "$(dirname "$page")/$target" ] || { echo "$page: no $target"; failed_links=1; }
        done
    done
    return $failed_links
}
check "links between documents and files lead somewhere" links

targets() {
    failed_targets=0
    for target in $(cat ./*.md docs/*.md | grep -oE '(`|^|# or: )make [a-z]+' | sed 's/.*make //' | sort -u); do
        grep -qE "^$target:" Makefile || { echo "no such target: make $target"; failed_targets=1; }
    done
    return $failed_targets
}
check "the make targets that documents name are there" targets

helps() { make --no-print-directory help | grep -q 'make demo'; }
check "make help lists targets" helps

report
