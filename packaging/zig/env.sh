# Sourced, with $root set. `compile_for x86_64-linux-musl` makes packaging/zig/cc compile for this platform; it installs zig if necessary.
zig_version=0.17.1
glibc=2.28

compile_for() {
    # All checkouts share this folder: its path is in the debug information of zig's unwinder.
    zig_folder=${XDG_CACHE_HOME:-$HOME/.cache}/libseerflow/zig-$zig_version
    if ! "$zig_folder/bin/python" -m ziglang version 2>/dev/null | grep -qx $zig_version; then
        python3 -m venv "$zig_folder"
        "$zig_folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: ziglang==$zig_version
    fi
    SEERFLOW_ZIG=$("$zig_folder/bin/python" -c 'import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), "zig"))')
    SEERFLOW_ZIG_TARGET=$(echo "$1" | sed "s/gnu\$/gnu.$glibc/")
    ZIG_GLOBAL_CACHE_DIR=$zig_folder/cache
    ZIG_LOCAL_CACHE_DIR=$zig_folder/cache
    export SEERFLOW_ZIG SEERFLOW_ZIG_TARGET ZIG_GLOBAL_CACHE_DIR ZIG_LOCAL_CACHE_DIR
}
