#!/bin/sh
# Installs the real Seerflow into target/seerflow-venv, for tests/interop.rs and the benches. Does nothing if it is installed.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
venv=$root/target/seerflow-venv
if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import seerflow.storage.factory, asyncpg' 2>/dev/null; then
    exit 0
fi
command -v python3 >/dev/null || { echo "tests/interop/setup.sh: python3 is missing" >&2; exit 1; }
rm -rf "$venv"
mkdir -p "$root/target"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$root/tests/interop/requirements.txt"
