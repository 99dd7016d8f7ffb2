#!/usr/bin/env python3
"""Trials of the plugin in a real Fluent Bit: trials.py FLUENT_BIT PLUGIN FOLDER [TRIAL...].

Each trial sends numbered records, does harm, and counts what the database has afterwards. It prints a row of the table in
docs/shippers.md, and fails if a record is lost. The native plugin must store no record twice.
"""

import atexit
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

from cluster import Cluster, free_port
from databases import Postgres, Sqlite, await_that, connect
from documents import block

PROGRAM, PLUGIN, FOLDER = sys.argv[1], Path(sys.argv[2]).absolute(), Path(sys.argv[3])
IS_NATIVE = PLUGIN.name.startswith("flb-")
VERSION = tuple(map(int, re.search(r"v(\d+)\.(\d+)", subprocess.run([PROGRAM, "--version"], capture_output=True, text=True).stdout).groups()))
MANY, SOME = 100_000, 20_000
LOCATIONS = {Sqlite: "storage.sqlite_path", Postgres: "storage.backend postgresql\n    storage.postgresql_url"}

SERVICE = """[SERVICE]
    Flush 0.2
    Grace 5
    Log_Level warn
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
FORWARD = """[INPUT]
    Name forward
    Listen 127.0.0.1
    Port {port}
    storage.type filesystem
"""
OPENTELEMETRY = """[INPUT]
    Name opentelemetry
    Listen 127.0.0.1
    Port {port}
    storage.type filesystem
"""
OUTPUT = """[OUTPUT]
    Name seerflow
    Match {match}
    Retry_Limit False
    Workers 1
{options}
"""
FILE_OUTPUT = """[OUTPUT]
    Name file
    Match *
    File {folder}/out
"""
FORWARD_OUTPUT = """[OUTPUT]
    Name forward
    Match *
    Host 127.0.0.1
    Port {port}
    Require_ack_response On
    Retry_Limit False
"""
# Two records of OpenTelemetry with every kind of metadata: of the resource, the scope and the record.
REQUEST = {"resourceLogs": [{
    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}, {"key": "host.name", "value": {"stringValue": "web-1"}}]},
    "scopeLogs": [{"scope": {"name": "library", "version": "2", "attributes": [{"key": "scoped", "value": {"intValue": "5"}}]}, "logRecords": [{
        "timeUnixNano": f"177346080{number}123456789", "observedTimeUnixNano": f"177346080{number}999999999", "severityNumber": 17, "severityText": "ERROR",
        "body": {"stringValue": f"record {number} : failed password for root from 192.0.2.7"}, "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174", "attributes": [{"key": "user.name", "value": {"stringValue": "root"}}, {"key": "port", "value": {"intValue": "22"}}],
    } for number in range(2)]}],
}]}


def number_of(message):
    found = re.match(r"record (\d+) ", message)
    return int(found.group(1)) if found else None


class Daemon:
    """A Fluent Bit with a folder of its own."""

    def __init__(self, name, store=None, config="", match="*", more="", output=OUTPUT, **options):
        self.folder = FOLDER / name
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "buffer").mkdir(parents=True)
        self.store = store or Sqlite(self.folder / "events.db")
        self.sent = self.starts = 0
        options = {LOCATIONS[type(self.store)]: self.store.location, **{key.replace("__", "."): value for key, value in options.items()}}
        lines = "\n".join(f"    {key} {value}" for key, value in options.items())
        text = SERVICE.format(folder=self.folder, more=more) + (config or TAIL.format(folder=self.folder, tag="app"))
        for one in match.split():
            text += output.format(match=one, options=lines)
        self.config = self.folder / "fluent-bit.conf"
        self.config.write_text(text)

    def start(self):
        self.starts += 1
        with open(self.folder / "log", "a") as log:
            command = [PROGRAM, "-e", PLUGIN, "-c", self.config]
            if VERSION >= (2, 1):
                command.append("-Y")
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        atexit.register(self.end)
        return self

    def end(self):
        """Ends a daemon that a failed trial left."""
        if self.process.returncode is None:
            self.process.kill()

    def append(self, count, tag="app", text="record %d of a file: connection accepted from 192.0.2.7 port 4711\n"):
        with open(self.folder / f"{tag}.log", "a") as file:
            file.writelines(text % number for number in range(self.sent, self.sent + count))
        self.sent += count

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        _, status, self.usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return self.process.returncode

    def attempts(self):
        """Returns how often Fluent Bit may have passed one chunk to the plugin: once for each start, and once more for each retry."""
        retries = Counter(re.findall(r"failed to flush chunk '(\S+?)'", (self.folder / "log").read_text(errors="replace")))
        return self.starts + max(retries.values(), default=0)

    def found(self):
        return Counter(number_of(message) for (message,) in self.store.rows("SELECT message FROM events"))

    def is_complete(self):
        return self.store.count() + self.store.dead_letters() >= self.sent and len(self.found()) + self.store.dead_letters() >= self.sent

    def finish(self, title, seconds=240):
        """Waits until all records are stored, ends the daemon, and prints the row of the trial."""
        try:
            await_that(self.is_complete, f"{self.sent} records", seconds)
        finally:
            self.stop()
            found = self.found()
            dead = self.store.dead_letters()
            lost = self.sent - len(found) - dead
            twice = sum(found.values()) - len(found)
            print(f"| {title} | {self.sent:,} | {len(found):,} | {twice:,} | {dead:,} | {lost:,} |", flush=True)
        assert lost == 0 and None not in found
        copies, attempts = max(found.values()), 1 if IS_NATIVE else self.attempts()
        assert copies <= attempts, f"a record was stored {copies} times in {attempts} attempts"
        return twice


def trial_file():
    daemon = Daemon("file").start()
    daemon.append(MANY)
    daemon.finish("from a file")


def trial_network():
    port = free_port()
    tcp = f"[INPUT]\n    Name tcp\n    Tag net\n    Listen 127.0.0.1\n    Port {port}\n    Format json\n    storage.type filesystem\n"
    daemon = Daemon("network", config=tcp).start()
    with connect(port) as to:
        for first in range(0, MANY, 1000):
            to.sendall("".join(f'{{"log":"record {n} of the network"}}\n' for n in range(first, first + 1000)).encode())
    daemon.sent = MANY
    daemon.finish("from the network")


def trial_forward():
    """Another Fluent Bit reads the file, and forwards its records with their tag."""
    port = free_port()
    receiver = Daemon("forward", config=FORWARD.format(port=port)).start()
    sender = Daemon("forwarder", output=FORWARD_OUTPUT.format(port=port)).start()
    sender.append(MANY)
    receiver.sent = MANY
    try:
        receiver.finish("forwarded by another Fluent Bit")
    finally:
        sender.stop()
    assert receiver.store.rows("SELECT DISTINCT source_type FROM events") == [("app",)]


def post(port, request):
    body = json.dumps(request).encode()
    url = f"http://127.0.0.1:{port}/v1/logs"
    connect(port).close()
    urllib.request.urlopen(urllib.request.Request(url, body, {"Content-Type": "application/json"})).close()


def events_of(database):
    """Returns the events of a database without their ids, and the tags that they had."""
    command = [os.environ["SEERFLOW_CLI"], "-q", "--set", f"storage.sqlite_path={database}", "query", "events", "--format", "ndjson"]
    events = [json.loads(line) for line in subprocess.run(command, capture_output=True, check=True).stdout.splitlines()]
    tags = {event["attributes"].pop("tag", None) for event in events}
    return [{key: value for key, value in event.items() if key != "event_id"} for event in events], tags


def trial_opentelemetry():
    """Requires Fluent Bit 2.1. Records of OpenTelemetry, also forwarded ones, become the events that the library makes of the same request."""
    ports = [free_port() for _ in range(3)]
    forwards = FORWARD_OUTPUT + "    Retain_Metadata_In_Forward_Mode On\n"
    sender = Daemon("otel-sender", config=OPENTELEMETRY.format(port=ports[0]), output=forwards.format(port=ports[1])).start()
    receivers = [Daemon("otel-forwarded", config=FORWARD.format(port=ports[1])).start(), Daemon("otel", config=OPENTELEMETRY.format(port=ports[2])).start()]
    (sender.folder / "request").write_text(json.dumps(REQUEST))
    direct = sender.folder / "direct.db"
    ingest = [os.environ["SEERFLOW_CLI"], "-q", "--set", f"storage.sqlite_path={direct}", "ingest", "--format", "otlp-json", sender.folder / "request"]
    subprocess.run(ingest, check=True)
    try:
        for port in (ports[0], ports[2]):
            post(port, REQUEST)
        for receiver, title in zip(receivers, ("OpenTelemetry, forwarded by another Fluent Bit", "OpenTelemetry")):
            receiver.sent = 2
            receiver.finish(title)
            assert events_of(receiver.store.path) == (events_of(direct)[0], {"v1_logs"}), events_of(receiver.store.path)
    finally:
        sender.stop()


def trial_metrics():
    """Requires Fluent Bit 2.1 and the native plugin, which counts records in Fluent Bit's own metrics."""
    if not IS_NATIVE:
        print("the proxy interface has no metrics", flush=True)
        return
    port = free_port()
    daemon = Daemon("metrics", more=f"    HTTP_Server On\n    HTTP_Listen 127.0.0.1\n    HTTP_Port {port}", storage__max_event_bytes=1024).start()
    daemon.append(SOME)
    daemon.append(100, text="record %d is too long: " + "x" * 4000 + "\n")
    expected = {"stored": SOME, "dead_letter": 100}

    def read():
        connect(port).close()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/metrics/prometheus") as response:
                text = response.read().decode()
        except urllib.error.HTTPError:
            return {}  # Fluent Bit has not collected its metrics yet
        found = re.findall(r'^fluentbit_output_seerflow_(\w+)_records_total\{name="seerflow\.0"\} (\d+)', text, re.M)
        return {name: int(value) for name, value in found}

    await_that(lambda: read() == expected, "the metrics count every record")
    daemon.finish("metrics of Fluent Bit")


def trial_kill():
    daemon = Daemon("kill")
    for _ in range(5):
        daemon.start()
        before = daemon.store.count()
        daemon.append(MANY // 5)
        await_that(lambda: daemon.store.count() > before, "progress")
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
    daemon.finish("locked for 8 s")


def trial_full_disk():
    disk = FOLDER / "disk"
    disk.mkdir(parents=True, exist_ok=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk], capture_output=True).returncode:
        print("skipped: full disk: this user cannot mount a tmpfs", flush=True)
        return
    try:
        daemon = Daemon("full", store=Sqlite(disk / "events.db")).start()
        daemon.append(1000)
        await_that(daemon.is_complete, "the first records")
        filler = disk / "filler"
        subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=64k"], capture_output=True)
        daemon.append(SOME)
        await_that(lambda: "full" in (daemon.folder / "log").read_text(), "the disk is full")
        filler.unlink()
        daemon.finish("full disk")
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def trial_postgres_restart():
    with Cluster() as server:
        daemon = Daemon("postgres", store=Postgres(server)).start()
        for _ in range(3):
            before = daemon.store.count()
            daemon.append(SOME)
            await_that(lambda: daemon.store.count() > before, "progress")
            server.stop("immediate")
            time.sleep(1)
            server.start()
        daemon.finish("PostgreSQL restarted three times")


def trial_two_outputs():
    folder = FOLDER / "two"
    inputs = "".join(TAIL.format(folder=folder, tag=tag) for tag in ("one", "two"))
    daemon = Daemon("two", config=inputs, match="one two").start()
    daemon.append(MANY // 2, "one")
    daemon.append(MANY // 2, "two")
    daemon.finish("two outputs, one store")


def trial_dead_letters():
    daemon = Daemon("dead", storage__max_event_bytes=1024).start()
    daemon.append(SOME)
    daemon.append(100, text="record %d is too long: " + "x" * 4000 + "\n")
    daemon.finish("100 records are too long")
    assert daemon.store.dead_letters() == 100


def trial_hot_reload():
    """Requires Fluent Bit 2.1."""
    daemon = Daemon("reload", more="    Hot_Reload On").start()
    for _ in range(3):
        before = daemon.store.count()
        daemon.append(SOME)
        await_that(lambda: daemon.store.count() > before, "progress")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.starts += 1
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


def trial_documented():
    """Fluent Bit accepts the example in docs/shippers.md, and the plugin its options."""
    folder = FOLDER / "documented"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "plugins.conf").write_text(f"[PLUGINS]\n    Path {PLUGIN}\n")
    config = folder / "fluent-bit.conf"
    text = block("docs/shippers.md", "    Name                 seerflow").replace("/etc/fluent-bit/", f"{folder}/")
    config.write_text(re.sub(r"/var/(lib/fluent-bit|lib/seerflow|log)", str(folder), text))
    subprocess.run([PROGRAM, "--dry-run", "-c", config], check=True)
    log = folder / "app.log"
    log.touch()
    process = subprocess.Popen([PROGRAM, "-c", config], stderr=subprocess.DEVNULL)
    atexit.register(process.kill)

    def is_stored():
        with open(log, "a") as file:
            file.write("a line\n")
        return (folder / "seerflow.db").exists()

    await_that(is_stored, "the store is open")
    process.terminate()
    process.wait(20)
    print("the example in docs/shippers.md runs", flush=True)


def cpu(daemon, is_done):
    """Returns the CPU time that Fluent Bit uses for each of 100,000 lines that it reads and gives to its output."""
    daemon.append(MANY)
    daemon.start()
    await_that(is_done, f"{MANY} records")
    daemon.stop()
    return (daemon.usage.ru_utime + daemon.usage.ru_stime) / MANY * 1e6


def trial_cpu():
    ours, file = Daemon("cpu"), Daemon("cpu-file", output=FILE_OUTPUT.format(folder=FOLDER / "cpu-file"))
    out = file.folder / "out"
    took = cpu(ours, ours.is_complete), cpu(file, lambda: out.exists() and out.read_bytes().count(b"\n") >= MANY)
    print(f"CPU per record: {took[0]:.1f} us; Fluent Bit's own file output: {took[1]:.1f} us", flush=True)


def main():
    trials = {name.removeprefix("trial_"): trial for name, trial in globals().items() if name.startswith("trial_")}
    for name in sys.argv[4:] or trials:
        trials[name]()


if __name__ == "__main__":
    main()
