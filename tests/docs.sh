#!/bin/sh
# Compares the documents with the tree: README shows the example that the tests run, and linked or named files and make targets exist.
set -u
cd "$(dirname "$0")/.." || exit 1
suite=docs
. tests/report.sh

# quotes PAGE LANGUAGE FILE: the first block of a language on a page is a program that other tests run.
quotes() { awk -v begin="\`\`\`$2" '$0 == begin { inside = 1; next } /^```$/ && inside { exit } inside' "$1" | diff - "$3"; }
for quoted in "README.md c bindings/c/examples/minimal.c" "bindings/go/README.md go tests/install/program.go"; do
    # shellcheck disable=SC2086
    check "${quoted%% *} quotes ${quoted##* } word for word" quotes $quoted
done

# Doxygen fails at an item without a description and at a broken reference.
reference() { mkdir -p target/reference && doxygen docs/reference/Doxyfile; }
if have doxygen; then
    check "every item of the header has a page in the reference" reference
    pages() {
        for object in config store error query list event interrupt completions result; do
            [ -s "target/reference/man/man3/seerflow_$object.3" ] || { echo "no manual page for seerflow_$object"; return 1; }
        done
    }
    check "every object has a manual page" pages
fi

links() {
    failed_links=0
    for page in *.md docs/*.md docs/*/*.md bindings/*/*.md; do
        [ -f "$page" ] || continue
        for target in $(grep -oE '\]\([^)]+\)' "$page" | sed 's/^](//; s/)$//; s/#.*//' | grep -v '^[a-z]*:'); do
            [ -e "$(dirname "$page")/$target" ] || { echo "$page: no $target"; failed_links=1; }
        done
    done
    return $failed_links
}
check "links between documents and files are valid" links

# Prints the texts in backticks that look like a path: with a folder, or with the extension of a source file or document. For ARCHITECTURE.md also the
# entries of the folder listing.
named_paths() {
    {
        grep -oE '`[^`]+`' "$1" | tr -d '`' | grep -E '^[A-Za-z0-9_.][A-Za-z0-9_./-]*$' |
            grep -E '/|\.(rs|sql|sh|h|hpp|c|cpp|cc|go|mjs|cjs|js|ts|py|md|toml|txt)$'
        [ "$1" != ARCHITECTURE.md ] || awk '/^```/ { inside = !inside; next } inside' "$1" | grep -oE '(^|  )[a-z_/]+(/|\.rs)' | tr -d ' '
    } | sort -u
}

# Succeeds if a path exists relative to the root, to src/ or to the document's folder. A bare file name is searched for below that folder and among the headers.
exists() {
    folder=$(dirname "$2")
    [ -e "$1" ] || [ -e "src/$1" ] || [ -e "$folder/$1" ] && return
    case $1 in
    */*) return 1 ;;
    *) find "$folder" include \( -name target -o -name node_modules \) -prune -o -name "$1" -print | grep -q . ;;
    esac
}

# Succeeds for paths created by a build or at run time, for tags of Go modules, and for keys of records that look like paths.
is_generated() {
    case $1 in
    logging.googleapis.com/* | target/* | node_modules/* | prebuilds/* | */v[0-9]*) true ;;
    *) false ;;
    esac
}

paths() {
    failed_paths=0
    for page in *.md docs/*.md docs/*/*.md bindings/*/*.md bindings/*/*/*.md tests/*/*.md; do
        case $page in */node_modules/*) continue ;; esac
        [ -f "$page" ] || continue
        for path in $(named_paths "$page"); do
            is_generated "$path" || exists "$path" "$page" || { echo "$page: no $path"; failed_paths=1; }
        done
    done
    return $failed_paths
}
check "files and folders named in documents exist" paths

targets() {
    failed_targets=0
    for target in $(cat ./*.md docs/*.md docs/*/*.md | grep -oE '(`|^|# or: )make [a-z]+' | sed 's/.*make //' | sort -u); do
        grep -qE "^$target:" Makefile || { echo "no such target: make $target"; failed_targets=1; }
    done
    return $failed_targets
}
check "make targets named in documents exist" targets

# The program of the C suite.
if [ -x target/cmake/cli/seerflow ]; then
    check "the program accepts every command and configuration in the documents" tests/blocks.py target/cmake/cli/seerflow
else
    skip "the program is not built (tests/run.sh c)"
fi

site() { docs/site/build.py "$(docs/site/mdbook.sh)"; }
if have python3; then check "the site of the documents builds, and its links are valid" site; fi

# Files for other programs, with the programs' own schemas and rules.
. tests/linters.sh
if linters >/dev/null 2>&1; then
    check "the Dockerfile" $lint/bin/hadolint packaging/Dockerfile
    check "the compose file" $lint/bin/check-jsonschema --builtin-schema vendor.compose-spec tests/services/compose.yaml
    bill() { mkdir -p target && packaging/sbom.py >target/sbom.cdx.json && valid_bill target/sbom.cdx.json; }
    check "the bill of materials" bill
    check "the workflows" $lint/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
else
    skip network "the linters cannot be fetched"
fi
check "every file has the version of Cargo.toml" packaging/version.py

helps() { make --no-print-directory help | grep -q 'make demo'; }
check "make help lists targets" helps

report
