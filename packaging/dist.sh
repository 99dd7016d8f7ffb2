#!/bin/sh
# Builds everything that users install, into target/dist/out: packages for Debian and Fedora, an archive that runs from any folder, Go modules,
# npm packages, the crate, and SHA256SUMS. `make dist` calls it.
#
#   packaging/dist.sh [TARGET]    x86_64-unknown-linux-gnu (default), aarch64-unknown-linux-gnu, x86_64-unknown-linux-musl or
#                                 aarch64-unknown-linux-musl
#
# The binaries for gnu need glibc 2.28 (Debian 10, RHEL 8, Ubuntu 20.04) or later, because zig, a C compiler that PyPI has, links them. For
# musl, which Alpine has, the program is static, and there are no packages for Debian and Fedora. Times in packages are the time of the commit.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
target=${1:-x86_64-unknown-linux-gnu}
SEERFLOW_PROCESSOR=${target%%-*}
platform=$SEERFLOW_PROCESSOR-linux-${target##*-}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
work="$root/target/dist"
build="$work/$target"
out="$work/out"
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
LC_ALL=C TZ=UTC
export SEERFLOW_PROCESSOR SOURCE_DATE_EPOCH LC_ALL TZ
umask 022
say() { echo "dist: $*"; }
fail() { echo "dist: $*" >&2; exit 1; }
for tool in cargo cmake cpack git python3 objcopy zstd; do
    command -v $tool >/dev/null || fail "$tool is not installed (run tests/setup.sh)"
done
rustup target list --installed 2>/dev/null | grep -qx "$target" || rustup target add "$target"

# --- the compiler ---
. packaging/zig/env.sh
compile_for "$platform"
underscored=$(echo "$target" | tr - _)
export "CC_$underscored=$root/packaging/zig/cc" "CARGO_TARGET_$(echo "$underscored" | tr a-z A-Z)_LINKER=$root/packaging/zig/cc"

# Binutils of the target: the same machine's, or a cross toolchain's (Debian: gcc-aarch64-linux-gnu), and an emulator to run the program.
prefix=
emulator=
if [ "$SEERFLOW_PROCESSOR" != "$(uname -m)" ]; then
    prefix=$SEERFLOW_PROCESSOR-linux-gnu-
    # Without it, the packages have no manual pages and no completions. -L names the folder of the target's libc.
    if emulator=$(command -v "qemu-$SEERFLOW_PROCESSOR-static"); then emulator="$emulator;-L;/usr/$SEERFLOW_PROCESSOR-linux-gnu"; fi
    command -v "${prefix}gcc" >/dev/null || fail "${prefix}gcc is not installed"
fi

# configured NAME flags...: configures and builds in $build/NAME. All builds share cargo's files. Modules are linked with the search path of the
# installation: CMake would replace another one in place, and the length of that path would remain in the file.
configured() {
    name=$1
    shift
    say "building $name for $target"
    cmake -S . -B "$build/$name" --toolchain packaging/zig/toolchain.cmake -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSEERFLOW_RUST_TARGET="$target" \
        -DSEERFLOW_CARGO_TARGET_DIR="$work/cargo" -DSEERFLOW_OBJECT_LINKER="$(command -v "${prefix}gcc")" -DCMAKE_OBJCOPY="$(command -v "${prefix}objcopy")" \
        -DCMAKE_CROSSCOMPILING_EMULATOR="$emulator" -DSEERFLOW_SEPARATE_DEBUG=ON -DSEERFLOW_BUILD_FLUENT_BIT=ON -DSEERFLOW_GLIBC=$glibc \
        -DCMAKE_BUILD_WITH_INSTALL_RPATH=ON "$@" >"$build-$name.log" 2>&1 &&
        cmake --build "$build/$name" -j 2 >>"$build-$name.log" 2>&1 || { tail -n 30 "$build-$name.log" >&2; fail "building $name failed"; }
}
mkdir -p "$out" "$build"

# --- the archive: libraries, headers, program and documents, relative to wherever it is unpacked ---
tree="seerflow-$version-$platform"
configured tar -DCMAKE_INSTALL_PREFIX=/usr/local -DCMAKE_INSTALL_LIBDIR=lib
rm -rf "${build:?}/$tree"
cmake --install "$build/tar" --prefix "$build/$tree" >/dev/null
tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -C "$build" -cf - "$tree" | zstd -q -19 -T1 -f -o "$out/$tree.tar.zst"

# --- packages ---
packed() { (cd "$build/$1" && rm -rf _CPack_Packages ./*."$2" && cpack >"$build-$1-cpack.log" 2>&1 || { tail -n 30 "$build-$1-cpack.log" >&2; fail "cpack failed"; }; mv ./*."$2" "$out"); }
if [ "$platform" = "$SEERFLOW_PROCESSOR-linux-gnu" ]; then
    configured deb -DSEERFLOW_PACKAGES=DEB -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_INSTALL_LIBDIR="lib/$platform" \
        -DCPACK_DEBIAN_PACKAGE_ARCHITECTURE="$(echo "$SEERFLOW_PROCESSOR" | sed 's/x86_64/amd64/; s/aarch64/arm64/')"
    packed deb deb
    if command -v rpmbuild >/dev/null; then
        configured rpm -DSEERFLOW_PACKAGES=RPM -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_INSTALL_LIBDIR=lib64 -DCPACK_RPM_PACKAGE_ARCHITECTURE="$SEERFLOW_PROCESSOR"
        packed rpm rpm
    else
        say "no packages for Fedora and RHEL: rpmbuild is not installed"
    fi
fi

# --- languages ---
packaging/go.py "$build/$tree" "$out/goproxy" "$platform"
if command -v npm >/dev/null; then packaging/node.sh "$build/$tree" "$build/node" "$out" "$platform"; else say "no npm packages: npm is not installed"; fi
"${CARGO:-cargo}" package --quiet --locked --no-verify --allow-dirty --target-dir "$work/cargo"
cp "$work/cargo/package/seerflow-$version.crate" "$out"

(cd "$out" && find . -type f ! -name SHA256SUMS -printf '%P\n' | sort | xargs sha256sum >SHA256SUMS)
say "$out:"
(cd "$out" && find . -type f -printf '%9s  %P\n' | sort -k2)
