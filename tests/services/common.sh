# Sourced by up.sh and down.sh: the folders of this checkout's servers.
#
# Servers refuse to run as root, and other users cannot read a home directory. Their data is therefore in a directory under /tmp, named after the checkout.
# Packages that Debian 12 lacks are in a Debian 13 root in the cache directory.

root=$(cd "$(dirname "$0")/../.." && pwd)
state=$root/target/services
run=/tmp/libseerflow-services-$(printf %s "$root" | cksum | cut -d ' ' -f 1)
trixie=${XDG_CACHE_HOME:-$HOME/.cache}/libseerflow/trixie
inside=/var/lib/libseerflow/$(basename "$run")
falkordb_package=@falkordblite/linux-x64@8.2.3-falkordb.4.16.3

say() { echo "services: $*"; }
fail() {
    say "$*" >&2
    exit 1
}
is_root() { [ "$(id -u)" = 0 ]; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# Runs a command of PostgreSQL as a user other than root.
as_postgres() {
    if is_root; then (cd / && exec runuser -u postgres -- "$@"); else "$@"; fi
}
# Debian does not add the server's programs to PATH.
postgres_bin() {
    # shellcheck disable=SC2012
    found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    if [ -x "$found/initdb" ]; then echo "$found"; else dirname "$(command -v initdb)"; fi
}
in_trixie() { (cd / && exec chroot --userspec=postgres:postgres "$trixie" "$@"); }
