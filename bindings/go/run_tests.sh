#!/bin/sh
# Builds the library, installs it into a temporary prefix, and tests the Go modules against it, linked dynamically and statically. Uses the
# race detector, go vet, staticcheck and gofmt. SEERFLOW_TORTURE=long runs the long forms of the tests.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root" || exit 1
suite=go
. tests/report.sh

work="$root/target/test-go"
have go && have cmake && have cc && have pkg-config || { report; exit 1; }
mkdir -p "$work"

check "the library builds and installs" tests/library.sh "$work/prefix" || { report; exit 1; }
lib=$(dirname "$(find "$work/prefix" -name libseerflow.a)")
PKG_CONFIG_PATH="$lib/pkgconfig"
LD_LIBRARY_PATH="$lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
# A checkout has no bundled libraries; `make dist-check` tests these.
GOFLAGS=-tags=seerflow_shared
export PKG_CONFIG_PATH LD_LIBRARY_PATH GOFLAGS

cd "$root/bindings/go" || exit 1
formatted() { unformatted=$(gofmt -l .) && [ -z "$unformatted" ] || { echo "$unformatted"; return 1; }; }
check "gofmt" formatted
no_addresses() { ! grep -rnE 'GOPROXY|GONOSUM|https?://[^ ]*(artifactory|proxy)' --include='*.go' --include='go.*' --include='*.sh' --exclude=run_tests.sh .; }
check "no registry is named" no_addresses
# The go command copies only the files in the directory of a module.
licensed() {
    for module in . seerflowzap otelexporter otelexporter/collector bench; do
        tail -n +3 "$module/LICENSE" | cmp - "$root/LICENSE-MIT" && cmp "$module/LICENSE-APACHE" "$root/LICENSE-APACHE" || return 1
    done
}
check "each module has its licences" licensed

# tested MODULE arguments... counts the module's tests, and prints those that failed.
tested() {
    module=$1
    shift
    log="$work/$(echo "$module" | tr / _)$(echo "$*" | tr -cd a-z_).json"
    (cd "$module" && go test -json "$@" ./...) >"$log" 2>&1
    status=$?
    of() { grep -c "\"Action\":\"$1\".*\"Test\":" "$log"; }
    ran=$(of pass) broke=$(of fail)
    passed=$((passed + ran)) failed=$((failed + broke)) skipped=$((skipped + $(of skip)))
    echo "  $module $*: $ran passed, $broke failed"
    if [ "$status" != 0 ] || [ "$ran" = 0 ]; then
        [ "$broke" != 0 ] || fail "go test $* in $module"
        sed -n 's/.*"Output":"\(.*\)"}$/\1/p; /^[^{]/p' "$log" | grep -vE '^(=== |--- PASS|PASS|ok )' | sed 's/\\n$//; s/\\t/  /g; s/\\"/"/g' | tail -n 80 | sed 's/^/    | /'
    fi
}

GOBIN="$work/bin" go install honnef.co/go/tools/cmd/staticcheck@v0.8.2 >/dev/null 2>&1 || skip network "staticcheck cannot be fetched"

# Only the dependencies of this module's packages and tests, not those of the tests of other modules.
fetched() { (cd "$1" && go list -deps -test ./... >/dev/null); }
for module in . seerflowzap otelexporter otelexporter/collector bench; do
    [ -f "$module/go.mod" ] || continue
    if ! said=$(fetched "$module" 2>&1); then
        printf '%s\n' "$said" | tail -n 3
        skip network "the modules that $module needs cannot be fetched"
        continue
    fi
    vet() { (cd "$module" && go vet ./...); }
    check "go vet in $module" vet
    lint() { (cd "$module" && "$work/bin/staticcheck" -tags sqlite_fts5,seerflow_shared ./...); }
    # The collector has hardly any code of its own, and the most dependencies.
    case $module in *collector) ;; *) [ ! -x "$work/bin/staticcheck" ] || check "staticcheck in $module" lint ;; esac
    # The tests of the collector start it as a separate process, so the race detector would only see the client.
    case $module in
    bench) tested "$module" -tags sqlite_fts5,seerflow_shared -timeout 60m ;;
    *collector) tested "$module" -timeout 20m ;;
    *) tested "$module" -race -timeout 60m ;;
    esac
done

sums() { cksum README.md documentation.md config.schema.json generated_*.go internal/metadata*/*; }
generated() {
    cd otelexporter && before=$(sums) && go generate . && [ "$before" = "$(sums)" ] || { echo "commit the files that go generate wrote"; return 1; }
}
if (cd otelexporter && go tool -modfile=tools.mod mdatagen --help) >/dev/null 2>&1; then
    check "the generated files of the exporter are those of its metadata.yaml" generated
else
    skip network "mdatagen cannot be fetched"
fi

bench() { cd bench && go run -tags sqlite_fts5,seerflow_shared . "$work/prefix" 2000; }
check "the bench runs" bench

readme() {
    go build -o "$work/readme" "$root/tests/install/program.go" && cd "$work" && rm -f events.db && ./readme | grep -qx 'Accepted password for deploy from 203.0.113.66'
}
check "the program in README.md runs" readme

# --- one binary, without the shared library ---
static() {
    cd seerflow && go test -c -tags seerflow_static -o "$work/static.test" . && ! readelf -d "$work/static.test" | grep 'NEEDED.*seerflow' &&
        env -u LD_LIBRARY_PATH "$work/static.test" -test.run 'TestIterators|TestStatus'
}
check "a static binary needs no libseerflow.so, and runs" static

report
