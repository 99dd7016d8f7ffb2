#!/bin/sh
# Makes the npm packages: packaging/node.sh PREFIX WORK OUT PLATFORM
#
# The package of the platform contains the addon and the library of PREFIX. The main package contains the JavaScript and the sources, and names
# the packages of all platforms as optional dependencies: npm installs the one whose os, cpu and libc are the machine's.
# packaging/dist.sh calls it and sets the environment of the compiler.
set -eu
prefix=$1 work=$2 out=$3
# The names of process.arch, and of lib/binary.js for a system with musl.
target=$(echo "$4" | sed 's/^x86_64-linux/linux-x64/; s/^aarch64-linux/linux-arm64/; s/-gnu$//')
package=$(cd "$(dirname "$0")/../bindings/node" && pwd)
root=$(cd "$package/../.." && pwd)
rm -rf "$work"
mkdir -p "$work/main" "$work/platform"
log="$work/log"

{
    [ -f "$package/node_modules/node-addon-api/napi.h" ] || npm ci --prefix "$package"
    # The build installs into the package; it is copied, because the checkout may have an addon of its own.
    (cd "$root" && git ls-files -z bindings/node | tar --null -cf - -T -) | tar -xf - -C "$work/main" --strip-components=2
    cmake -S "$work/main" -B "$work/build" --toolchain "$root/packaging/zig/toolchain.cmake" -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$prefix" \
        -DCMAKE_BUILD_WITH_INSTALL_RPATH=ON \
        -DCMAKE_FIND_ROOT_PATH="$prefix" -DNODE_MODULES="$package/node_modules" -DSEERFLOW_PREBUILD="$target"
    cmake --build "$work/build" -j 2
    cmake --install "$work/build" --strip
} >"$log" 2>&1 || { tail -n 30 "$log" >&2; exit 1; }
mv "$work/main/prebuilds/$target"/* "$work/platform"
rm -rf "$work/main/prebuilds"

for folder in main platform; do
    cp "$root/LICENSE-MIT" "$root/LICENSE-APACHE" "$root/docs/third-party-licences.txt" "$work/$folder"
done
cp "$prefix/share/doc/seerflow/sbom.cdx.json" "$work/platform"
cp "$root/CHANGELOG.md" "$work/main"
node - "$work" "$target" <<'END'
const { readFileSync, writeFileSync } = require('node:fs')
const [work, target] = process.argv.slice(2)
const [, arch, musl] = target.split('-')
const main = JSON.parse(readFileSync(`${work}/main/package.json`, 'utf8'))
const { version, license, engines } = main
const name = (target) => `@seerflow/${target}`
delete main.scripts
delete main.devDependencies
main.files = main.files.filter((name) => name !== 'prebuilds')
main.optionalDependencies = Object.fromEntries(['linux-x64', 'linux-arm64', 'linux-x64-musl', 'linux-arm64-musl'].map((each) => [name(each), version]))
writeFileSync(`${work}/main/package.json`, JSON.stringify(main, null, 2) + '\n')
writeFileSync(`${work}/platform/package.json`, JSON.stringify({
  name: name(target),
  version,
  description: `The binaries of the package seerflow for Linux with ${musl ?? 'glibc 2.28 or later'} on ${arch}`,
  license,
  engines,
  os: ['linux'],
  cpu: [arch],
  libc: [musl ?? 'glibc']
}, null, 2) + '\n')
writeFileSync(`${work}/platform/README.md`, `# ${name(target)}\n\nThe binaries of the package [seerflow](https://www.npmjs.com/package/seerflow) for this platform. Install that package.\n`)
END
for folder in main platform; do (cd "$work/$folder" && npm pack --silent --ignore-scripts --pack-destination "$out" >/dev/null); done
