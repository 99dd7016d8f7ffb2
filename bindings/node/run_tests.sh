#!/bin/sh
# Builds the library, installs it into a temporary prefix, builds the addon against it, and tests the package: its types, its tests with
# Node's test runner, and the packed package in an empty project. SEERFLOW_TORTURE=long runs the long forms of the tests.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root" || exit 1
suite=node
. tests/report.sh

package="$root/bindings/node"
work="$root/target/test-node"
# npm sometimes waits for ever.
npm() { timeout 600 npm "$@"; }
have node && have npm && have cmake && have c++ || { report; exit 1; }
major=$(node -p 'process.versions.node.split(".")[0]')
if [ "$major" -lt 18 ]; then
    skip "node $major is too old: 18 or newer is required"
    report
    exit
fi
mkdir -p "$work"

check "the library builds and installs" tests/library.sh "$work/prefix" || { report; exit 1; }

cd "$package" || exit 1
modules() { [ -d node_modules/typescript ] && [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci; }
if ! check_said=$(modules 2>&1); then
    printf '%s\n' "$check_said" | tail -n 5
    skip network "the packages that the tests need cannot be fetched"
    report
    exit
fi

addon() {
    rm -rf prebuilds &&
        cmake -S . -B "$work/addon" -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$work/prefix" &&
        cmake --build "$work/addon" -j 2 && cmake --install "$work/addon"
}
check "the addon builds" addon || { report; exit 1; }
no_addresses() { ! grep -n '"resolved"' package-lock.json; }
check "package-lock.json names no registry" no_addresses
check "types and examples, tsc --strict" node_modules/.bin/tsc -p .
check "every export is documented, typedoc" node_modules/.bin/typedoc --tsconfig tsconfig.json --emit none

# Compiled for this Node, if there is no prebuilt binary.
SEERFLOW_BETTER_SQLITE3="$work/better-sqlite3"
export SEERFLOW_BETTER_SQLITE3
has_sqlite() { node -e "new (require('$SEERFLOW_BETTER_SQLITE3/node_modules/better-sqlite3'))(':memory:')" 2>/dev/null; }
has_sqlite || npm install --silent --no-audit --no-fund --prefix "$SEERFLOW_BETTER_SQLITE3" better-sqlite3@12 >/dev/null 2>&1
has_sqlite || skip network "better-sqlite3 can neither be fetched nor compiled"
bench() { NODE_PATH="$SEERFLOW_BETTER_SQLITE3/node_modules" node bench/compare.mjs "$work/prefix" 2000; }
if has_sqlite; then check "the bench runs" bench; fi

# Node's test runner. The files run one after the other, because some of them measure times.
log="$work/tests.tap"
node --test --test-concurrency=1 --test-reporter=tap test/*.test.mjs >"$log" 2>&1
awk '/^ *not ok / { shown = 1 } /^(# Subtest|ok )/ { shown = 0 } shown { print "    | " $0 }' "$log" | head -n 120
grep -E '^# .*(percentile|workers,|lines/s)|^ok .*# SKIP' "$log" | sed 's/^# /  /'
of() { awk -v what="$1" '$1 == "#" && $2 == what { n = $3 } END { print n + 0 }' "$log"; }
passed=$((passed + $(of pass))) failed=$((failed + $(of fail) + $(of cancelled)))
skipped=$((skipped + $(of skipped)))
[ "$(of pass)" -gt 0 ] || fail "the tests did not run: $log"

# --- other versions of Node, with the same addon ---
node_of() { echo "$work/node-$1/node_modules/.bin/node"; }
fetch() { [ -x "$(node_of "$1")" ] || npm install --silent --no-audit --no-fund --prefix "$work/node-$1" "node@$1"; }
other() { "$(node_of "$1")" --test test/store.test.mjs test/values.test.mjs test/formats.test.mjs test/misuse.test.mjs test/scenarios.test.mjs test/winston.test.mjs test/sqlite.test.mjs test/copies.test.mjs test/binary.test.mjs; }
for version in 18 22; do
    if [ "$version" = "$major" ]; then
        continue
    elif fetch $version >/dev/null 2>&1; then
        check "Node $version, without building again" other $version
    else
        skip network "Node $version cannot be fetched"
    fi
done

# --- the packed package in an empty project ---
project="$work/project"
rm -rf "$project"
mkdir -p "$project"
pack() { npm pack --silent --pack-destination "$project"; }
check "npm pack" pack
install_it() { cd "$project" && npm init -y >/dev/null && npm install --offline --no-save ./seerflow-*.tgz; }
if check "it installs into an empty project, with nothing else" install_it; then
    cp "$package"/test/package/use.* "$project"
    # Runs with the permissions and the directory of an installed package, not of this repository.
    cd "$project" || exit 1
    # Runs the build of the README, without compiling the same sources again. CMake fails if a source is missing.
    builds() { cmake -S node_modules/seerflow -B "$work/from-package" -DNODE_MODULES="$package/node_modules" -DCMAKE_PREFIX_PATH="$work/prefix"; }
    check "the installed package configures a build" builds
    alone() { [ "$(ls node_modules)" = seerflow ] && [ -s node_modules/seerflow/LICENSE-MIT ] && [ -s node_modules/seerflow/third-party-licences.txt ]; }
    check "it installs nothing else, and has its licences" alone
    check "from ESM" node use.mjs
    check "from CommonJS" node use.cjs
    typescript() {
        "$package/node_modules/.bin/tsc" --strict --module nodenext --target es2022 --lib es2022,esnext.disposable \
            --typeRoots "$package/node_modules/@types" --types node --outDir built use.mts && node built/use.mjs
    }
    mv use.ts use.mts
    check "from TypeScript, compiled and run" typescript
    # The resolution of TypeScript without "exports".
    node10() {
        for name in @types winston-transport triple-beam logform pino; do ln -sf "$package/node_modules/$name" node_modules; done
        cp "$package/test/types/required.cts" required.ts
        "$package/node_modules/.bin/tsc" --strict --noEmit --module commonjs --moduleResolution node10 --target es2022 \
            --lib es2022,esnext.disposable --types node required.ts
    }
    check "its types with the module resolution node10" node10
fi

# --- the packed package with test runners, loaders and bundlers ---
loaders="$work/loaders"
tools() {
    mkdir -p "$loaders" && cmp -s "$package/test/loaders/package.json" "$loaders/package.json" && [ -d "$loaders/node_modules/tsx" ] ||
        { cp "$package/test/loaders/package.json" "$loaders" && npm install --silent --no-audit --no-fund --prefix "$loaders"; }
}
if tools >/dev/null 2>&1; then
    cd "$loaders" || exit 1
    # npm would remove it again, because package.json does not name it.
    rm -rf node_modules/seerflow ./*.db* jest-* vitest-*
    mkdir node_modules/seerflow
    tar -xzf "$project"/seerflow-*.tgz -C node_modules/seerflow --strip-components=1
    cp "$package"/test/loaders/* "$project"/use.* .
    bundled() { node_modules/.bin/esbuild use.mjs --bundle --platform=node --format=esm --external:seerflow --outfile=out/use.mjs --log-level=warning && node out/use.mjs; }
    check "Jest in one process, with jest.resetModules()" node_modules/.bin/jest -i --silent
    check "Vitest" node_modules/.bin/vitest run --pool threads
    check "tsx, a loader of ES modules" node_modules/.bin/tsx use.mts
    check "a bundle of esbuild" bundled
else
    skip network "Jest, Vitest, tsx and esbuild cannot be fetched"
fi

cd "$package" || exit 1
without_binaries() {
    mv prebuilds "$work/prebuilds" && ! npm pack --dry-run >"$work/pack.log" 2>&1
    status=$?
    mv "$work/prebuilds" prebuilds
    [ $status -eq 0 ] && grep -q 'prebuilds/ has no binaries' "$work/pack.log"
}
check "npm pack refuses a package without binaries" without_binaries

report
