# Starts the daemon, stops it a moment later, and prints its report. Argument: PROGRAM
set -e
"$1" daemon.db report 10000
until grep -q '^[0-9]' report; do sleep 0.1; done
sleep 0.3
kill "$(head -n 1 report)"
until grep -q closed report; do sleep 0.1; done
cat report
