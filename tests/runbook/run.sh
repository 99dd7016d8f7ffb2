#!/bin/sh
# Runs every command of STORAGE_MIGRATION.md, block by block, with the real program, sample logs and a real server.
set -u
cd "$(dirname "$0")/../.." || exit 1
suite=runbook
. tests/report.sh
CARGO=${CARGO:-cargo}

if ! tests/services/up.sh postgres >/dev/null 2>&1; then
    skip "PostgreSQL is not installed (run tests/setup.sh)"
    report
    exit
fi
. target/services/env
"$CARGO" build --quiet --locked --all-features || exit 1
folder=$(mktemp -d)
database=runbook_$$
admin=$SEERFLOW_TEST_POSTGRES_URL
psql=$(command -v psql)
trap 'cleanup' EXIT
cleanup() {
    "$psql" -q "$admin" -c "DROP DATABASE IF EXISTS $database" -c "DROP ROLE IF EXISTS $database" >/dev/null 2>&1
    rm -rf "$folder"
}

# An interactive shell's environment: the program in PATH, a home, and settings of this test instead of those of the page.
server=${admin%/*}
server=${server#*@}
cat >"$folder/settings" <<SETTINGS
export HOME='$folder/home'
export PATH='$PWD/target/debug':"\$PATH"
export SQLITE_FILE="\$HOME/.local/share/seerflow/seerflow.db"
export SEERFLOW_PG_URL='postgresql://$database@$server/$database'
export BACKUP_FILE="\$HOME/seerflow-before-the-move.db"
export ADMIN_URL='$admin'
SETTINGS
mkdir "$folder/home"
in_shell() { env -i PATH="$PATH" sh -euc '. "$1"; . "$2"' sh "$folder/settings" "$1"; }

# One of the samples has an incomplete line, hence exit code 1.
echo "mkdir -p \"\${SQLITE_FILE%/*}\"
seerflow ingest -q bindings/c/examples/logs/* --set storage.sqlite_path=\"\$SQLITE_FILE\" || [ \$? = 1 ]" >"$folder/fill"
check "a store to move" in_shell "$folder/fill"

# Writes each block to a file named after its number and kind.
awk -v folder="$folder" '
    /^```sh/ { inside = 1; n++; kind = $2 == "" ? "commands" : $2; file = sprintf("%s/block-%02d-%s", folder, n, kind); next }
    /^```$/ { inside = 0; next }
    inside { print > file }' STORAGE_MIGRATION.md
blocks=0
for block in "$folder"/block-*; do
    case $block in *-settings) continue ;; esac
    blocks=$((blocks + 1))
    # The page uses `seerflow` for role and database; the test uses unique names.
    case $block in *-admin) sed -i "s/seerflow/$database/g" "$block" ;; esac
    check "$(grep -v '^export' "$block" | head -n 1)" in_shell "$block"
    # Writes a line between the move and the merge.
    case $(cat "$block") in *"--resume"*"--merge"* | *"--merge --resume"*) merged=yes ;; esac
    if [ "$blocks" = 4 ]; then
        echo "echo 'a line written meanwhile' | seerflow ingest -q - --set storage.sqlite_path=\"\$SQLITE_FILE\"" >"$folder/late"
        check "a line is written meanwhile" in_shell "$folder/late"
    fi
done
at_least() { [ "$blocks" -ge 8 ] && [ "${merged:-}" = yes ]; }
check "the page has its blocks" at_least

# The events are unchanged after the moves there and back.
cat >"$folder/compare" <<'COMPARE'
seerflow -q export events --set storage.sqlite_path="$SQLITE_FILE" >"$HOME/there"
seerflow -q export events --set storage.sqlite_path="$SQLITE_FILE.back" >"$HOME/back"
seerflow -q export events --config "$HOME/seerflow.yaml" >"$HOME/server"
cmp "$HOME/there" "$HOME/back"
cmp "$HOME/there" "$HOME/server"
grep -q 'a line written meanwhile' "$HOME/back"
COMPARE
check "the file, the server and the file moved back have the same events" in_shell "$folder/compare"
report
