#!/usr/bin/env python3
"""Measures the CPU time of syslog-ng per record, with seerflow() and with its own file(), in one run."""

import os

from databases import await_that
from host import Daemon, Sqlite, add_row, file_source, folder, line, main, scenario

COUNT = 100_000


def cpu_per_record(name, destination, is_done):
    """Returns the microseconds of CPU time that syslog-ng uses for a record."""
    home = f"{folder()}/{name}"
    daemon = Daemon(home, f'source s {{ {file_source(f"{folder()}/in.log")} }};\n'
                          f"destination d {{ {destination} }};\n"
                          "log { source(s); destination(d); flags(flow-control); };\n")
    daemon.start()
    await_that(lambda: is_done(daemon), f"{name} has all records")
    seconds = daemon.cpu_seconds()
    daemon.stop()
    return seconds * 1e6 / COUNT


def last_bytes(path):
    if not os.path.exists(path):
        return b""
    with open(path, "rb") as file:
        file.seek(max(0, os.path.getsize(path) - 100))
        return file.read()


@scenario("CPU time per record, in microseconds")
def cpu():
    with open(f"{folder()}/in.log", "w") as file:
        file.writelines(map(line, range(COUNT)))
    store = Sqlite(f"{folder()}/events.db")
    lines = f"{folder()}/out.log"
    own = cpu_per_record("file", f'file("{lines}");', lambda _: last_bytes(lines).endswith(f"n={COUNT - 1};\n".encode()))
    ours = cpu_per_record("seerflow", f"seerflow({store.option});", lambda daemon: daemon.stat("stored") == COUNT)
    add_row(f"file() {own:.0f}", f"seerflow() {ours:.0f}", f"factor {ours / own:.1f}")


if __name__ == "__main__":
    main()
