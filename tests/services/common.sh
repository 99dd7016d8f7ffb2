# Sourced by up.sh and down.sh: where the servers of this checkout keep what they need.
#
# Servers refuse to run as root, and other users may not look into a home directory: so their data is in a directory of its
# own under /tmp, named after the checkout. Packages that Debian 12 lacks are in a Debian 13 root in the cache directory.

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
# Runs a command of PostgreSQL as somebody who is not root.
as_postgres() {
    if is_root; then (cd / && exec runuser -u postgres -- "$@"); else "$@"; fi
}
# Debian keeps the server's programs out of PATH.
postgres_bin() {
    # shellcheck disable=SC2012
    found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    if [ -x "$found/initdb" ]; then echo "$found"; else dirname "$(command -v initdb)"; fi
}
in_trixie() { (cd / && exec chroot --userspec=postgres:postgres "$trixie" "$@"); }
