"""Runs the unmodified rsyslogd with omseerflow, and counts what its database contains."""

import atexit
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from pathlib import Path

ROOT = Path(os.environ["RSYSLOG_ROOT"])
MODULE = Path(os.environ["OMSEERFLOW"])
LIBRARIES = next((ROOT / "usr/lib").glob("*/rsyslog")).parent


def await_that(condition, seconds=120, what=""):
    """Waits until a condition holds, and returns its value."""
    until = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > until:
            raise AssertionError(f"after {seconds} s still not: {what or condition}")
        time.sleep(0.01)
    return value


class Sqlite:
    """A SQLite database of the daemon."""

    def __init__(self, path):
        self.path = path

    def action(self):
        return f'path="{self.path}"'

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
        """Begins a transaction that keeps others from writing."""
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=30, check_same_thread=False)
        connection.execute("BEGIN IMMEDIATE")
        return connection


class Postgres:
    """A PostgreSQL database of the daemon."""

    def __init__(self, url, psql):
        self.url, self.psql = url, psql

    def action(self):
        return f'dsn="{self.url}"'

    def rows(self, query):
        command = [self.psql, "-XAtq", "-F", "\t", "-c", query, self.url]
        done = subprocess.run(command, capture_output=True, text=True)
        return [line.split("\t") for line in done.stdout.splitlines()]


class Daemon:
    """An rsyslogd with a folder of its own."""

    def __init__(self, folder, config):
        self.folder = Path(folder)
        self.process = None
        self.cpu_seconds = 0.0
        (self.folder / "work").mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "rsyslog.conf"
        preamble = f'global(workDirectory="{self.folder}/work" maxMessageSize="64k")\n'
        statistics = f'module(load="impstats" interval="1" log.syslog="off" log.file="{self.folder}/stats")\n'
        own = f'action(type="omfile" file="{self.folder}/messages")\n'
        self.config.write_text(preamble + statistics + config + own)

    def command(self, *arguments):
        modules = f"{LIBRARIES}/rsyslog:{MODULE.parent}"
        return [str(ROOT / "usr/sbin/rsyslogd"), "-f", str(self.config), "-M", modules, "-i", str(self.folder / "pid"), *arguments]

    def environment(self):
        return dict(os.environ, LD_LIBRARY_PATH=str(LIBRARIES))

    def start(self, *checker):
        """Starts the daemon in the foreground, if given under a program that checks it."""
        with open(self.folder / "stderr", "a") as log:
            atexit.register(self.end)
            self.process = subprocess.Popen([*checker, *self.command("-n")], env=self.environment(), stdout=log, stderr=log)

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        """Waits for the end of the daemon, and adds the CPU time that it used."""
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu_seconds += usage.ru_utime + usage.ru_stime
        return self.process.returncode

    def end(self):
        """Ends a daemon that a failed trial left."""
        if self.process.returncode is None:
            self.process.kill()

    def kill(self):
        self.signal(signal.SIGKILL)
        self.wait()

    def stop(self):
        self.signal(signal.SIGTERM)
        code = self.wait()
        assert code == 0, f"rsyslogd ended with {code}:\n{self.log()[-2000:]}"

    def check(self):
        """Checks the configuration, as `rsyslogd -N1`. Returns the exit status and the messages."""
        done = subprocess.run(self.command("-N1"), env=self.environment(), capture_output=True, text=True)
        return done.returncode, done.stderr

    def log(self):
        return (self.folder / "stderr").read_text(errors="replace")

    def statistic(self, origin, name):
        """Returns the last value of a counter that impstats wrote, or None."""
        statistics = self.folder / "stats"
        lines = statistics.read_text(errors="replace").splitlines() if statistics.exists() else []
        ours = [line for line in lines if f"origin={origin} " in line]
        found = re.search(rf" {name}=(\d+)", ours[-1]) if ours else None
        return int(found.group(1)) if found else None

    def counter(self, name):
        """Returns a counter of omseerflow."""
        return self.statistic("omseerflow", name)

    def queued(self):
        """Returns the number of messages in the queue of the action, the only queue of rsyslogd."""
        return self.statistic("core.queue", "size")


def write_lines(path, count, text="record %d: the quick brown fox jumps over the lazy dog and goes home"):
    with open(path, "w") as file:
        file.writelines(text % index + "\n" for index in range(count))


def connect(port):
    def attempt():
        try:
            return socket.create_connection(("127.0.0.1", port))
        except OSError:
            return None

    return await_that(attempt, what="rsyslogd listens")


def syslog_lines(first, end):
    """RFC 5424 messages whose MSGID identifies them."""
    line = "<134>1 2026-03-14T08:00:00Z host app 1 ID%d - record %d: connection accepted from 192.0.2.7 port 4711\n"
    return "".join(line % (index, index) for index in range(first, end)).encode()


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    Path(folder).mkdir(parents=True)
    return Path(folder)
