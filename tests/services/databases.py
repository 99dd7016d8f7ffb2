"""The database that a shipper under test writes to, and waits for its state."""

import socket
import sqlite3
import subprocess
import time


def await_that(condition, what, seconds=120):
    """Waits until a condition holds, and returns its value."""
    until = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < until, f"after {seconds} s still not: {what}"
        time.sleep(0.02)
    return value


def connect(port):
    """Connects to a port of this machine when something listens on it."""
    def attempt():
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=30)
        except OSError:
            return None

    return await_that(attempt, f"a daemon listens on port {port}")


class Database:
    """A database in which the daemon creates the tables. Without them it has no records."""

    def number(self, query):
        found = self.rows(query)
        return int(found[0][0]) if found else 0

    def count(self):
        return self.number("SELECT count(*) FROM events")

    def events(self):
        """Returns the id and the message of each event."""
        return self.rows("SELECT event_id, message FROM events")

    def dead_letters(self):
        return self.number("SELECT count(*) FROM dead_letters")


class Sqlite(Database):
    parameter = "path"

    def __init__(self, path):
        self.path = self.location = path

    def rows(self, query):
        try:
            connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)
        except sqlite3.OperationalError:
            return []  # the file does not exist
        try:
            return connection.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []  # the first write creates the tables
        finally:
            connection.close()

    def lock(self):
        """Takes the write lock. Closing the result releases it."""
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=30, check_same_thread=False)
        connection.execute("BEGIN IMMEDIATE")
        return connection


class Postgres(Database):
    parameter = "dsn"

    def __init__(self, cluster):
        self.location = cluster.url
        self.psql = [cluster.program("psql"), "-XAtq", "-F", "\t", cluster.url, "-c"]

    def rows(self, query):
        done = subprocess.run([*self.psql, query], capture_output=True, text=True)
        return [line.split("\t") for line in done.stdout.splitlines()]
