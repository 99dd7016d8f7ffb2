"""Runs the unmodified syslog-ng with the destination seerflow(), and reads the events that it stored.

Each test file is a program: --list prints its scenarios, and a name runs one of them in a folder of its own."""

import glob
import os
import re
import shutil
import signal
import subprocess
import sys

import databases
from databases import await_that

PREFIX = os.environ["SYSLOG_NG_PREFIX"]  # where Debian's package is unpacked
MODULE_DIR = os.environ["SEERFLOW_MODULE_DIR"]  # where the module of this build is
WORK = os.environ["SEERFLOW_TEST_DIR"]
IS_LONG = os.environ.get("SEERFLOW_TORTURE") == "long"
VERSION = os.path.basename(glob.glob(f"{PREFIX}/lib/syslog-ng/[0-9]*")[0])


def line(number, text="Failed password for root from 203.0.113.66 port 51514"):
    return f"<34>Mar 14 01:47:13 web-2 sshd[812]: {text} n={number};\n"


def number_of(message):
    found = re.search(r"n=(\d+);", message)
    return int(found.group(1)) if found else None


def rcptid_of(event_id):
    """Returns the RCPTID in an event id that the destination made."""
    bits = int(event_id.replace("-", ""), 16)
    return (bits >> 64 & 0xFFF) << 30 | bits >> 32 & 0x3FFFFFFF


class Sqlite(databases.Sqlite):
    def __init__(self, path):
        super().__init__(path)
        self.option = f'path("{path}")'

    def last(self):
        """Returns the message of the event that arrived last."""
        rows = self.rows("SELECT message FROM events ORDER BY ingest_seq DESC LIMIT 1")
        return rows[0][0] if rows else ""


class Postgres(databases.Postgres):
    def __init__(self, cluster):
        super().__init__(cluster)
        self.option = f'dsn("{cluster.url}")'


class Daemon:
    """One configuration of syslog-ng, in a folder of its own."""

    all = []

    def __init__(self, folder, body, options="use-uniqid(yes);"):
        Daemon.all.append(self)
        self.folder = folder
        self.process = None
        os.makedirs(folder, exist_ok=True)
        self.configure(body, options)

    def configure(self, body, options="use-uniqid(yes);"):
        with open(f"{self.folder}/syslog-ng.conf", "w") as file:
            file.write(f"@version: {VERSION}\n"
                       f"options {{ {options} time-reopen(1); keep-hostname(yes); stats-freq(0); }};\n{body}")

    def _command(self, *arguments):
        name = f"{self.folder}/syslog-ng"
        return [f"{PREFIX}/sbin/syslog-ng", "--no-caps", "-f", f"{name}.conf", "-R", f"{name}.persist", "-c", f"{name}.ctl",
                "-p", f"{name}.pid", "--module-path", f"{PREFIX}/lib/syslog-ng/{VERSION}:{MODULE_DIR}", *arguments]

    def check_syntax(self):
        """Returns whether syslog-ng accepts the configuration, and its messages."""
        checked = subprocess.run(self._command("-s"), capture_output=True, text=True)
        return checked.returncode == 0, checked.stdout + checked.stderr

    def run_to_end(self):
        """Runs syslog-ng with a configuration that it refuses. Returns its exit status and its messages."""
        ended = subprocess.run(self._command("-F", "-e"), capture_output=True, text=True, timeout=60)
        return ended.returncode, ended.stdout + ended.stderr

    def start(self):
        log = open(f"{self.folder}/log", "a")
        self.process = subprocess.Popen(self._command("-F", "-e", "-v"), stdout=log, stderr=log)
        await_that(lambda: self.control("stats") is not None, "syslog-ng runs")

    def start_in_background(self):
        subprocess.run(self._command("-v"), check=True)

    def stop_in_background(self):
        self.control("stop")
        await_that(lambda: self.control("stats") is None, "the daemon has ended")

    def log(self):
        with open(f"{self.folder}/log", errors="replace") as file:
            return file.read()

    def control(self, command):
        asked = subprocess.run([f"{PREFIX}/sbin/syslog-ng-ctl", command, "-c", f"{self.folder}/syslog-ng.ctl"],
                               capture_output=True, text=True)
        return asked.stdout if asked.returncode == 0 else None

    def stat(self, name, prefix="dst.seerflow"):
        """Returns the sum of a counter over all destinations."""
        lines = (self.control("stats") or "").splitlines()
        return sum(int(one.split(";")[-1]) for one in lines if one.startswith(prefix) and one.split(";")[-2] == name)

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self, path):
        folder = f"/proc/{self.process.pid}/fd"
        return sum(os.readlink(f"{folder}/{one}") == path for one in os.listdir(folder))

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=60):
        """Asks the daemon to end, and waits for it."""
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(seconds) != 0:
            raise AssertionError(f"syslog-ng ended with {self.process.returncode}")


class Sender:
    """A client of a TCP source. Waits for the source when it connects."""

    def __init__(self, port):
        self.port = port
        self.connection = None

    def connect(self):
        self.connection = databases.connect(self.port)

    def send(self, numbers):
        if self.connection is None:
            self.connect()
        self.connection.sendall("".join(map(line, numbers)).encode())

    def close(self):
        self.connection.close()
        self.connection = None


def folder():
    """Returns the folder of the scenario that runs."""
    return f"{WORK}/{_current}"


def tcp(port):
    return f"network(ip(127.0.0.1) port({port}) transport(tcp) log-iw-size(10000));"


def file_source(path):
    return f'file("{path}" log-iw-size(10000));'


def configuration(source, store, options="", disk_buffer=False):
    """Returns a configuration with one source and one destination."""
    buffer = f'disk-buffer(reliable(yes) disk-buf-size(200M) mem-buf-size(10M) dir("{folder()}"))' if disk_buffer else ""
    return (f"source s {{ {source} }};\n"
            f"destination d {{ seerflow({store.option} {options} {buffer}); }};\n"
            "log { source(s); destination(d); flags(flow-control); };\n")


_scenarios = {}
_current = ""


def scenario(title):
    """Registers a function as a scenario."""
    def register(function):
        _scenarios[function.__name__] = (title, function)
        return function
    return register


def add_row(*values):
    """Adds a line to the table of the test run: the title of the scenario, and values."""
    with open(f"{WORK}/table", "a") as table:
        table.write("|".join(map(str, (_scenarios[_current][0], *values))) + "\n")


def main():
    global _current
    if sys.argv[1:] == ["--list"]:
        for name, (title, _) in _scenarios.items():
            print(name, title)
        return
    _current = sys.argv[1]
    shutil.rmtree(folder(), ignore_errors=True)
    os.makedirs(folder())
    try:
        _scenarios[_current][1]()
    finally:
        for daemon in Daemon.all:
            daemon.control("stop")
            if daemon.process and daemon.process.poll() is None:
                daemon.kill()
