#!/bin/sh
# Unpacks syslog-ng and its headers from Debian's packages into target/syslog-ng, because the package cannot be installed beside rsyslog's.
# Does nothing if it is unpacked.
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd)
folder=$root/target/syslog-ng
[ ! -f "$folder/complete" ] || exit 0
command -v apt-get >/dev/null || { echo "unpack.sh: syslog-ng can only be unpacked with apt-get" >&2; exit 1; }
rm -rf "$folder"
mkdir -p "$folder/packages/partial"
# The package with everything it depends on that this machine lacks.
download() {
    apt-get install --download-only --assume-yes --quiet --no-install-recommends -o Dir::Cache::archives="$folder/packages" syslog-ng-dev
}
download || { apt-get update --quiet && download; }
for package in "$folder"/packages/*.deb; do
    dpkg -x "$package" "$folder"
done
# The paths in the description of the package are those of the unpacked files.
sed -i "s|=/usr|=$folder/usr|" "$(find "$folder" -name syslog-ng.pc)"
touch "$folder/complete"
