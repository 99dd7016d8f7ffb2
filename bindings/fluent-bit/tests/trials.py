#!/usr/bin/env python3
"""Trials of the plugin in a real Fluent Bit: trials.py FLUENT_BIT PLUGIN FOLDER [TRIAL...].

Each trial sends numbered records, does harm, and counts what the database has afterwards. It prints a row of the table in
docs/shippers.md, and fails if a record is lost. The native plugin must store no record twice.
"""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

PROGRAM, PLUGIN, FOLDER = sys.argv[1], Path(sys.argv[2]).absolute(), Path(sys.argv[3])
IS_NATIVE = PLUGIN.name.startswith("flb-")
VERSION = tuple(map(int, re.search(r"v(\d+)\.(\d+)", subprocess.run([PROGRAM, "--version"], capture_output=True, text=True).stdout).groups()))
MANY, SOME = 100_000, 20_000

SERVICE = """[SERVICE]
    Flush 0.2
    Grace 5
    Log_Level error
    storage.path {folder}/buffer
    storage.sync normal
    storage.backlog.mem_limit 64M
    scheduler.base 1
    scheduler.cap 2
{more}
"""
TAIL = """[INPUT]
    Name tail
    Tag {tag}
    Path {folder}/{tag}.log
    DB {folder}/{tag}.tail
    Read_from_Head On
    Refresh_Interval 1
    storage.type filesystem
"""
OUTPUT = """[OUTPUT]
    Name seerflow
    Match {match}
    Retry_Limit False
    Workers 1
{options}
"""


def await_that(condition, what, seconds=120):
    until = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < until, f"after {seconds} s still not: {what}"
        time.sleep(0.05)
    return value


def number_of(message):
    found = re.match(r"record (\d+) ", message)
    return int(found.group(1)) if found else None


class Sqlite:
    def __init__(self, path):
        self.path, self.options = path, {"storage.sqlite_path": path}

    def rows(self, query):
        try:
            connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)
        except sqlite3.Error:
            return []
        try:
            return connection.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []  # the first write creates the tables
        finally:
            connection.close()

    def lock(self):
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=30)
        connection.execute("BEGIN IMMEDIATE")
        return connection


class Postgres:
    """A server of its own, which a trial may stop."""

    def __init__(self, folder):
        self.bin = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        self.folder = folder / "postgres"
        self.folder.mkdir()
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(self.folder, self.user)
        self.port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self.options = {"storage.backend": "postgresql", "storage.postgresql_url": self.url}
        self.run("initdb", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync")
        self.start()

    def run(self, name, *arguments):
        subprocess.run([self.bin / name, "-D", self.folder / "data", *arguments], user=self.user, cwd="/", check=True, stdout=subprocess.DEVNULL)

    def start(self):
        self.run("pg_ctl", "-l", self.folder / "log", "-w", "start", "-o",
                 f"-c listen_addresses=127.0.0.1 -p {self.port} -c unix_socket_directories={self.folder} -c fsync=off")

    def stop(self):
        self.run("pg_ctl", "-m", "immediate", "-w", "stop")

    def rows(self, query):
        done = subprocess.run([self.bin / "psql", "-XAtq", "-F", "\t", "-c", query, self.url], capture_output=True, text=True)
        return [line.split("\t") for line in done.stdout.splitlines()]


class Daemon:
    """A Fluent Bit with a folder of its own."""

    def __init__(self, name, store=None, config="", match="*", more="", **options):
        self.folder = FOLDER / name
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "buffer").mkdir(parents=True)
        self.store = store(self.folder) if store else Sqlite(self.folder / "events.db")
        self.numbers = Counter()
        self.sent = 0
        options = {**self.store.options, **{key.replace("__", "."): value for key, value in options.items()}}
        lines = "\n".join(f"    {key} {value}" for key, value in options.items())
        text = SERVICE.format(folder=self.folder, more=more) + (config or TAIL.format(folder=self.folder, tag="app"))
        for one in match.split():
            text += OUTPUT.format(match=one, options=lines)
        self.config = self.folder / "fluent-bit.conf"
        self.config.write_text(text)

    def start(self):
        with open(self.folder / "log", "a") as log:
            command = [PROGRAM, "-e", PLUGIN, "-c", self.config]
            if VERSION >= (2, 1):
                command.append("-Y")
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        return self

    def append(self, count, tag="app", text="record %d of a file: connection accepted from 192.0.2.7 port 4711\n"):
        with open(self.folder / f"{tag}.log", "a") as file:
            file.writelines(text % number for number in range(self.sent, self.sent + count))
        self.sent += count

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        _, status, self.usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return self.process.returncode

    def count(self):
        return int((self.store.rows("SELECT count(*) FROM events") or [[0]])[0][0])

    def dead_letters(self):
        return int((self.store.rows("SELECT count(*) FROM dead_letters") or [[0]])[0][0])

    def found(self):
        return Counter(number_of(message) for (message,) in self.store.rows("SELECT message FROM events"))

    def is_complete(self):
        return self.count() + self.dead_letters() >= self.sent and len(self.found()) + self.dead_letters() >= self.sent

    def finish(self, title, seconds=240):
        """Waits until all records are stored, ends the daemon, and prints the row of the trial."""
        try:
            await_that(self.is_complete, f"{self.sent} records", seconds)
        finally:
            self.stop()
            found = self.found()
            dead = self.dead_letters()
            lost = self.sent - len(found) - dead
            twice = sum(found.values()) - len(found)
            print(f"| {title} | {self.sent:,} | {len(found):,} | {twice:,} | {dead:,} | {lost:,} |", flush=True)
        assert lost == 0 and None not in found
        return twice


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def exactly(twice):
    assert not IS_NATIVE or twice == 0, f"{twice} records were stored twice"


def trial_file():
    daemon = Daemon("file").start()
    daemon.append(MANY)
    assert daemon.finish("from a file") == 0


def trial_network():
    port = free_port()
    tcp = f"[INPUT]\n    Name tcp\n    Tag net\n    Listen 127.0.0.1\n    Port {port}\n    Format json\n    storage.type filesystem\n"
    daemon = Daemon("network", config=tcp).start()
    await_that(lambda: not socket.socket().connect_ex(("127.0.0.1", port)), "Fluent Bit listens")
    with socket.create_connection(("127.0.0.1", port)) as to:
        for first in range(0, MANY, 1000):
            to.sendall("".join(f'{{"log":"record {n} of the network"}}\n' for n in range(first, first + 1000)).encode())
    daemon.sent = MANY
    assert daemon.finish("from the network") == 0


def trial_kill():
    daemon = Daemon("kill")
    for _ in range(5):
        daemon.start()
        before = daemon.count()
        daemon.append(MANY // 5)
        await_that(lambda: daemon.count() > before, "progress")
        daemon.stop(signal.SIGKILL)
    daemon.start()
    daemon.finish("killed five times (kill -9)")


def locked(name):
    """Returns a daemon that has records to store, and the lock that keeps it from storing them."""
    daemon = Daemon(name).start()
    daemon.append(1000)
    await_that(daemon.is_complete, "the first records")
    lock = daemon.store.lock()
    daemon.append(SOME)
    return daemon, lock


def trial_stop_while_locked():
    daemon, lock = locked("stop")
    time.sleep(2)
    daemon.stop()
    lock.close()
    daemon.start()
    daemon.finish("SIGTERM while the database is locked")


def trial_lock():
    daemon, lock = locked("lock")
    time.sleep(8)
    lock.close()
    exactly(daemon.finish("locked for 8 s"))


def trial_full_disk():
    disk = FOLDER / "disk"
    disk.mkdir(parents=True, exist_ok=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk], capture_output=True).returncode:
        print("skipped: full disk: this user cannot mount a tmpfs", flush=True)
        return
    try:
        daemon = Daemon("full", store=lambda _: Sqlite(disk / "events.db")).start()
        daemon.append(1000)
        await_that(daemon.is_complete, "the first records")
        filler = disk / "filler"
        subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=64k"], capture_output=True)
        daemon.append(SOME)
        await_that(lambda: "full" in (daemon.folder / "log").read_text(), "the disk is full")
        filler.unlink()
        exactly(daemon.finish("full disk"))
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def trial_postgres_restart():
    daemon = Daemon("postgres", store=Postgres)
    server = daemon.store
    try:
        daemon.start()
        for _ in range(3):
            before = daemon.count()
            daemon.append(SOME)
            await_that(lambda: daemon.count() > before, "progress")
            server.stop()
            time.sleep(1)
            server.start()
        daemon.finish("PostgreSQL restarted three times")
    finally:
        server.stop()


def trial_two_outputs():
    folder = FOLDER / "two"
    inputs = "".join(TAIL.format(folder=folder, tag=tag) for tag in ("one", "two"))
    daemon = Daemon("two", config=inputs, match="one two").start()
    daemon.append(MANY // 2, "one")
    daemon.append(MANY // 2, "two")
    assert daemon.finish("two outputs, one store") == 0


def trial_dead_letters():
    daemon = Daemon("dead", storage__max_event_bytes=1024).start()
    daemon.append(SOME)
    daemon.append(100, text="record %d is too long: " + "x" * 4000 + "\n")
    daemon.finish("100 records are too long")
    assert daemon.dead_letters() == 100


def trial_hot_reload():
    """Requires Fluent Bit 2.1."""
    daemon = Daemon("reload", more="    Hot_Reload On").start()
    for _ in range(3):
        before = daemon.count()
        daemon.append(SOME)
        await_that(lambda: daemon.count() > before, "progress")
        daemon.process.send_signal(signal.SIGHUP)
        time.sleep(3)
    daemon.finish("three hot reloads")


def trial_options():
    """An unknown value of an option is refused when Fluent Bit starts."""
    for options in ({"Deadline": "soon"}, {"Durable": "perhaps"}, {"storage.flush_events": "many"}):
        daemon = Daemon("options", **{key.replace(".", "__"): value for key, value in options.items()}).start()
        try:
            daemon.process.wait(20)
        except subprocess.TimeoutExpired:
            daemon.stop(signal.SIGKILL)
        log = (daemon.folder / "log").read_text()
        assert next(iter(options)).lower() in log, log
    print("options that are wrong are refused", flush=True)


def cpu(name, output):
    """Returns the CPU time that Fluent Bit uses to read 100,000 lines and to give them to an output."""
    daemon = Daemon(name)
    if output != "seerflow":
        daemon.config.write_text(daemon.config.read_text().replace("Name seerflow", f"Name file\n    File {daemon.folder}/out").replace("    storage.sqlite", "    #"))
    daemon.append(MANY)
    daemon.start()
    done = daemon.is_complete if output == "seerflow" else lambda: Path(f"{daemon.folder}/out").exists() and open(f"{daemon.folder}/out", "rb").read().count(b"\n") >= MANY
    await_that(done, f"{MANY} records")
    daemon.stop()
    return (daemon.usage.ru_utime + daemon.usage.ru_stime) / MANY * 1e6


def trial_cpu():
    ours, file = cpu("cpu", "seerflow"), cpu("cpu-file", "file")
    print(f"CPU per record: {ours:.1f} us; Fluent Bit's own file output: {file:.1f} us", flush=True)


def main():
    trials = {name.removeprefix("trial_"): trial for name, trial in globals().items() if name.startswith("trial_")}
    for name in sys.argv[4:] or trials:
        trials[name]()


if __name__ == "__main__":
    main()
