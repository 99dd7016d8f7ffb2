# Tails a file, then once more after the note of the position was lost: PROGRAM FILE
set -e
"$1" "$2" tail.db
rm tail.db.position
"$1" "$2" tail.db
