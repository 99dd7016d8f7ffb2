# Tails a file, then again after the saved position was deleted. Arguments: PROGRAM FILE
set -e
"$1" "$2" tail.db
rm tail.db.position
"$1" "$2" tail.db
