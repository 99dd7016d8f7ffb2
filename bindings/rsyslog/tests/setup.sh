#!/bin/sh
# Unpacks rsyslogd, and the headers that a module needs, below the folder given as argument. Nothing is installed, and no service is
# started. The packages come from the system's own sources through private lists, which also have the source packages.
set -eu
folder=$1
packages="rsyslog rsyslog-relp librelp0 libestr0 libfastjson4 libestr-dev libfastjson-dev"
[ "$(cat "$folder/done" 2>/dev/null)" != "$packages" ] || exit 0
command -v apt-get >/dev/null || { echo "rsyslog's packages and its source are needed: this script works on Debian and Ubuntu" >&2; exit 1; }
rm -rf "$folder"
mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$folder/apt/sources" "$folder/packages" "$folder/root" "$folder/source"
folder=$(cd "$folder" && pwd)

# The system's own sources, each with its source packages.
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -e "$list" ] || continue
    sed -n 's/^deb /&/p; s/^deb /deb-src /p' "$list" >"$folder/apt/sources/$(basename "$list" .list).list"
done
for list in /etc/apt/sources.list.d/*.sources; do
    [ -e "$list" ] || continue
    sed 's/^Types:.*/Types: deb deb-src/' "$list" >"$folder/apt/sources/$(basename "$list")"
done

apt() {
    tool=$1
    shift
    "$tool" -qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$folder/apt/sources" -o Dir::State::lists="$folder/apt/lists" \
        -o Dir::Cache="$folder/apt/cache" -o APT::Sandbox::User=root "$@"
}

apt apt-get update
cd "$folder/packages"
# shellcheck disable=SC2086
apt apt-get download $packages
for package in *.deb; do dpkg -x "$package" "$folder/root"; done
# Every revision has the same headers. A mirror may lack the newest one.
for version in $(apt apt-cache showsrc rsyslog | sed -n 's/^Version: //p' | sort -rV | uniq); do
    if apt apt-get source --download-only "rsyslog=$version"; then break; fi
done
tar -xzf rsyslog_*.orig.tar.gz -C "$folder/source" --strip-components=1
echo "$packages" >"$folder/done"
