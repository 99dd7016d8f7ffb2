#!/usr/bin/env python3
"""Trials of omseerflow with the unmodified rsyslogd: trials.py FOLDER NAME.

Each trial sends numbered records, does harm, and counts what the database has afterwards. It prints a row of the table in
docs/shippers.md, and fails if a record is lost, or stored twice although it has a key.
"""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from cluster import Cluster, free_port
from databases import Postgres, Sqlite, await_that, connect
from documents import block
from rsyslogd import Daemon, fresh, syslog_lines, write_lines
from scene import ASSISTED, DISK, MESSAGE_ID, POSITION, RETRY, Counts, action, create, finish, from_file, from_network, relay, settle, stored

MANY = 100_000
# Trials of restarts and failures are shorter by default.
SOME = MANY if os.environ.get("SEERFLOW_TORTURE") == "long" else 20_000


def file(folder):
    database = Sqlite(folder / "store.db")
    write_lines(folder / "input", MANY)
    daemon = Daemon(folder, from_file(folder, action(database)))
    daemon.start()
    counts = settle(daemon, database, MANY)
    await_that(lambda: daemon.counter("stored") == MANY, "impstats counts every record", 10)
    assert daemon.counter("transactions") <= MANY // 100, "records are stored in batches"
    return finish(daemon, database, counts.sent)


def network(folder):
    database, port = Sqlite(folder / "store.db"), free_port()
    daemon = Daemon(folder, from_network(port, action(database)))
    daemon.start()
    with connect(port) as sender:
        sender.sendall(syslog_lines(0, MANY))
    return finish(daemon, database, MANY)


def killed_while_reading(folder, key='recordkey="position"', keyed=True):
    """imfile reads lines again that it had not confirmed; their positions in the file recognise them."""
    database = Sqlite(folder / "store.db")
    write_lines(folder / "input", SOME)
    daemon = Daemon(folder, from_file(folder, f"{action(database)} {key}", DISK, templates=POSITION))
    daemon.start()
    for kill in range(1, 6):
        stored(database, kill * SOME // 8)
        daemon.kill()
        daemon.start()
    return finish(daemon, database, SOME, keyed)


def killed_while_reading_without_keys(folder):
    return killed_while_reading(folder, key="", keyed=False)


def killed_while_draining(folder):
    """Every record is in the disk queue with its $uuid. The batch that was in flight is sent again after each kill."""
    database = Sqlite(folder / "store.db")
    write_lines(folder / "input", SOME)
    config = from_file(folder, f'{action(database)} recordkey="$uuid"', DISK, before="set $.uuid = $uuid;")
    create(database)
    lock = database.lock()
    daemon = Daemon(folder, config)
    daemon.start()
    size = (folder / "input").stat().st_size
    states = folder / "work"
    await_that(lambda: any(str(size) in state.read_text() for state in states.glob("imfile-state*")), "every record is queued")
    lock.close()
    for kill in range(1, 6):
        stored(database, kill * SOME // 8)
        daemon.kill()
        daemon.start()
    return finish(daemon, database, SOME)


def killed_while_queueing(folder):
    """Records wait in the disk queue because the database is locked. No sender repeats them."""
    database, port = Sqlite(folder / "store.db"), free_port()
    create(database)
    lock = database.lock()
    parameters = f'{action(database)} recordkey="$uuid"'
    daemon = Daemon(folder, from_network(port, parameters, DISK, before="set $.uuid = $uuid;"))
    daemon.start()
    part = SOME // 5
    for first in range(0, SOME, part):
        with connect(port) as sender:
            sender.sendall(syslog_lines(first, first + part))
            await_that(lambda: daemon.queued() == first + part, f"{first + part} records are queued")
        daemon.kill()
        daemon.start()
    lock.close()
    return finish(daemon, database, SOME)


def killed_while_receiving(folder):
    """The sender repeats the records of a window until all of them are stored; their own ids recognise them."""
    database, port = Sqlite(folder / "store.db"), free_port()
    daemon = Daemon(folder, from_network(port, f'{action(database)} recordkey="id"', DISK, templates=MESSAGE_ID))
    daemon.start()
    window = SOME // 5
    for first in range(0, SOME, window):
        with connect(port) as sender:
            sender.sendall(syslog_lines(first, first + window))
            stored(database, first + window // 4)
            daemon.kill()
        daemon.start()
        with connect(port) as sender:
            sender.sendall(syslog_lines(first, first + window))
        stored(database, first + window)
    return finish(daemon, database, SOME)


def relayed(folder, kills=0):
    """Another rsyslogd sends the records by RELP, and sends those again that omseerflow's rsyslogd has not acknowledged."""
    database, port = Sqlite(folder / "store.db"), free_port()
    sending = fresh(folder / "sender")
    write_lines(sending / "input", SOME)
    config = from_network(port, f'{action(database)} recordkey="id"', DISK, templates=MESSAGE_ID, source="imrelp")
    daemon, sender = Daemon(folder, config), Daemon(sending, relay(sending, port))
    daemon.start()
    sender.start()
    for kill in range(1, kills + 1):
        stored(database, kill * SOME // 8)
        daemon.kill()
        daemon.start()
    counts = finish(daemon, database, SOME)
    sender.stop()
    return counts


def killed_while_relayed(folder):
    return relayed(folder, kills=5)


def locked(folder, then, queue=ASSISTED, parameters=""):
    """Another program locks the database while records arrive."""
    database = Sqlite(folder / "store.db")
    write_lines(folder / "input", SOME)
    daemon = Daemon(folder, from_file(folder, f"{action(database)} {parameters}", queue))
    daemon.start()
    stored(database, SOME // 10)
    lock = database.lock()
    then(daemon, lock)
    return finish(daemon, database, SOME)


def stopped_while_locked(folder, queue=ASSISTED):
    def stop(daemon, lock):
        await_that(lambda: "cannot store messages" in daemon.log(), "a write fails")
        daemon.signal(signal.SIGTERM)
        time.sleep(3)
        lock.close()
        assert daemon.wait() == 0
        daemon.start()

    return locked(folder, stop, queue)


def stopped_while_locked_disk_queue(folder):
    return stopped_while_locked(folder, DISK)


def suspended_at_once(folder):
    """With a timeout of 20 s, the action is suspended when the library has found that commits fail, and rsyslogd ends without loss."""
    def stop(daemon, lock):
        began = time.monotonic()
        await_that(lambda: "cannot store messages" in daemon.log(), "a write fails", 10)
        took = time.monotonic() - began
        await_that(lambda: (daemon.counter("failed_transactions") or 0) >= 3, "the action is resumed and suspended", 15)
        print(f"suspended {took * 1000:.0f} ms after the lock; ", end="")
        daemon.signal(signal.SIGTERM)
        time.sleep(1)
        lock.close()
        assert daemon.wait() == 0
        daemon.start()

    return locked(folder, stop, parameters='timeout="20000"')


def shutdown_is_bounded(folder):
    """The database stays locked for longer than shutdowntimeout. Then rsyslogd ends, and says how much it did not store."""
    database = Sqlite(folder / "store.db")
    write_lines(folder / "input", SOME)
    create(database)
    lock = database.lock()
    daemon = Daemon(folder, from_file(folder, f'{action(database)} shutdowntimeout="1000" timeout="500"'))
    daemon.start()
    await_that(lambda: "cannot store messages" in daemon.log(), "a write fails")
    began = time.monotonic()
    daemon.stop()
    took = time.monotonic() - began
    lock.close()
    assert took < 30, f"the shutdown took {took:.1f} s"
    return "the shutdown ends after shutdowntimeout"


def locked_for_8_seconds(folder):
    def wait(_, lock):
        time.sleep(8)
        lock.close()

    return locked(folder, wait)


def full_disk(folder):
    """The file system of the database is full until it is enlarged."""
    disk = fresh(folder / "disk")
    mounted = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)]
    subprocess.run(mounted, check=True)
    try:
        database = Sqlite(disk / "store.db")
        write_lines(folder / "input", SOME)
        daemon = Daemon(folder, from_file(folder, action(database)))
        daemon.start()
        await_that(lambda: "full" in daemon.log(), "a write fails because the disk is full")
        subprocess.run(["mount", "-o", "remount,size=1g", str(disk)], check=True)
        return finish(daemon, database, SOME)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def server_restarted(folder):
    """PostgreSQL is shut down, and later crashes, while records arrive. Each time it is away for two seconds."""
    with Cluster() as cluster:
        database = Postgres(cluster)
        write_lines(folder / "input", SOME)
        daemon = Daemon(folder, from_file(folder, action(database)))
        daemon.start()
        for step, mode in enumerate(("fast", "immediate"), 1):
            stored(database, step * SOME // 5)
            cluster.stop(mode)
            time.sleep(2)
            cluster.start()
        return finish(daemon, database, SOME)


def reloaded(folder):
    """SIGHUP arrives ten times, and rsyslogd is restarted twice, while records arrive."""
    database = Sqlite(folder / "store.db")
    write_lines(folder / "input", SOME)
    daemon = Daemon(folder, from_file(folder, action(database)))
    daemon.start()
    for step in range(1, 11):
        stored(database, step * SOME // 12)
        daemon.signal(signal.SIGHUP)
        if step % 4 == 0:
            daemon.stop()
            daemon.start()
    return finish(daemon, database, SOME)


def two_actions(folder):
    """Two actions with queues of their own write to one store; each record goes to both."""
    database = Sqlite(folder / "store.db")
    write_lines(folder / "input", SOME)
    first = 'template(name="first" type="string" string="{\\"message\\":\\"first %msg:::json%\\"}\\n")\n'
    config = from_file(folder, f'{action(database)} template="first"', templates=first)
    second = ASSISTED.replace('"seerflow"', '"second"')
    config = config.replace("\n}\n", f"\n  action(type=\"omseerflow\" {action(database)} {RETRY} {second})\n}}\n")
    daemon = Daemon(folder, config)
    daemon.start()
    return finish(daemon, database, 2 * SOME)


ODD = [
    b"invalid \xff\xfe\xc3 bytes",
    b"a NUL \x00 inside",
    b"control \x01\x1b[31m\x7f characters",
    b'quotes " and \\ slashes',
    b"long " + b"x" * 60_000,
]


def malformed_lines(folder):
    """A file has invalid UTF-8, NUL, control characters, and a line longer than rsyslogd's maxMessageSize, which it shortens."""
    database = Sqlite(folder / "store.db")
    lines = [*ODD, b"longer " + b"y" * 200_000]
    (folder / "input").write_bytes(b"\n".join(lines) + b"\n")
    daemon = Daemon(folder, from_file(folder, f'{action(database)} recordkey="position"', DISK, templates=POSITION))
    daemon.start()
    counts = finish(daemon, database, len(lines))
    lengths = [row[0] for row in database.rows("SELECT length(message) FROM events ORDER BY 1 DESC LIMIT 2")]
    assert lengths == [65_536, 60_005], lengths
    return counts


def malformed_records(folder):
    """A sender's messages are JSON, or not, and become records as they are. Those that are not JSON objects become dead letters."""
    database, port = Sqlite(folder / "store.db"), free_port()
    template = 'template(name="message" type="string" string="%msg%\\n")\n'
    daemon = Daemon(folder, from_network(port, f'{action(database)} template="message"', templates=template))
    daemon.start()
    records = [b'{"message":"good 1"}', b"not JSON", b'{"message":"open', b'{"message":"invalid \xff"}', b"[1,2]", b'{"message":"good 2"}', *ODD]
    with connect(port) as sender:
        sender.sendall(b"".join(b"<134>1 2026-03-14T08:00:00Z host app 1 - - " + record + b"\n" for record in records))
    counts = finish(daemon, database, len(records))
    assert counts.dead_letters == 3 + len(ODD), f"dead letters: {counts}"
    return counts


def configuration(folder):
    """rsyslogd -N1 explains mistakes, accepts the documented example, and does not touch the database."""
    database = Sqlite(folder / "store.db")
    mistakes = {
        'storage.durability="maybe"': "storage.durability: expected one of process, power",
        'storage.nothing="1"': "parameter 'storage.nothing' not known",
        'parse="sometimes"': "parse must be default, never or always",
        'configfile="/nowhere.yaml"': "/nowhere.yaml: No such file",
        'template="nowhere"': "Could not find template 0 'nowhere'",
        'recordkey="nowhere"': "Could not find template 1 'nowhere'",
        'timeout="-1"': "timeout",
    }
    status, said = Daemon(folder, from_file(folder, action(database))).check()
    assert status == 0, said
    for mistake, explanation in mistakes.items():
        status, said = Daemon(folder, from_file(folder, f"{action(database)} {mistake}")).check()
        assert status != 0 and explanation in said, f"{mistake}: {said}"
    differing = from_file(folder, action(database)) + f'action(type="omseerflow" {action(database)} storage.durability="power")\n'
    status, said = Daemon(folder, differing).check()
    assert status != 0 and "storage.durability" in said, said
    (folder / "seerflow.yaml").write_text(f"storage:\n  sqlite_path: {folder}/yaml.db\n")
    status, said = Daemon(folder, from_file(folder, f'configfile="{folder}/seerflow.yaml"')).check()
    assert status == 0, said
    assert not database.path.exists() and not (folder / "yaml.db").exists()
    documented = block("docs/shippers.md", 'module(load="omseerflow")').replace("/var/lib/seerflow", str(folder))
    status, said = Daemon(folder, documented).check()
    assert status == 0, f"the example in docs/shippers.md: {said}"
    return f"{len(mistakes) + 1} mistakes are explained"


def in_the_background(folder):
    """rsyslogd forks after it has read its configuration."""
    database = Sqlite(folder / "store.db")
    write_lines(folder / "input", SOME)
    daemon = Daemon(folder, from_file(folder, action(database)))
    subprocess.run(daemon.command(), env=daemon.environment(), check=True)
    pid = int(await_that(lambda: (folder / "pid").exists() and (folder / "pid").read_text(), "the daemon has started"))
    counts = settle(daemon, database, SOME)
    os.kill(pid, signal.SIGTERM)
    await_that(lambda: not (folder / "pid").exists(), "the daemon ends")
    assert counts.lost == 0 and counts.duplicates == 0, counts
    return counts


def memory(folder):
    """valgrind finds no invalid access, and no memory that the module leaks, in stores, failures and a shutdown."""
    database, records = Sqlite(folder / "store.db"), 1_000
    write_lines(folder / "input", records)
    create(database)
    lock = database.lock()
    daemon = Daemon(folder, from_file(folder, f'{action(database)} recordkey="position"', templates=POSITION))
    checker = ["valgrind", "--quiet", "--leak-check=full", "--errors-for-leak-kinds=none", "--show-leak-kinds=definite"]
    daemon.start(*checker, "--keep-debuginfo=yes", f"--log-file={folder}/valgrind")
    await_that(lambda: "cannot store messages" in daemon.log(), "a write fails")
    lock.close()
    finish(daemon, database, records)
    found = (folder / "valgrind").read_text()
    # rsyslogd has findings of its own.
    assert not re.search(r"seerflow\.so|seerflow_", found), found
    return "valgrind finds nothing in the module"


def cpu(folder):
    """The CPU time of a record in omseerflow and in rsyslog's omfile, without the time of reading it."""
    write_lines(folder / "input", MANY)
    per_record = {}
    for name in ("none", "omfile", "omseerflow"):
        own = fresh(folder / name)
        database = Sqlite(own / "store.db")
        actions = {
            "none": "stop",
            "omfile": f'action(type="omfile" file="{own}/output" {ASSISTED})',
            "omseerflow": f'action(type="omseerflow" {action(database)} {RETRY} {ASSISTED})',
        }
        config = from_file(folder, action(database)).split("ruleset(name")[0]
        daemon = Daemon(own, config + f'ruleset(name="store") {{ {actions[name]} }}\n')
        daemon.start()
        if name == "omseerflow":
            stored(database, MANY)
        elif name == "omfile":
            await_that(lambda: (own / "output").exists() and (own / "output").read_bytes().count(b"\n") >= MANY, "every record is in the file")
        else:
            size = (folder / "input").stat().st_size
            await_that(lambda: any(str(size) in state.read_text() for state in (own / "work").glob("imfile-state*")), "the file is read")
        daemon.stop()
        per_record[name] = daemon.cpu_seconds / MANY * 1e6
    base = per_record["none"]
    return f"reading {base:.1f} µs, omfile {per_record['omfile'] - base:.1f} µs, omseerflow {per_record['omseerflow'] - base:.1f} µs a record"


TRIALS = {
    trial.__name__: trial
    for trial in (
        configuration,
        in_the_background,
        file,
        network,
        killed_while_reading,
        killed_while_reading_without_keys,
        killed_while_queueing,
        killed_while_draining,
        killed_while_receiving,
        relayed,
        killed_while_relayed,
        stopped_while_locked,
        stopped_while_locked_disk_queue,
        suspended_at_once,
        shutdown_is_bounded,
        locked_for_8_seconds,
        full_disk,
        server_restarted,
        reloaded,
        two_actions,
        malformed_lines,
        malformed_records,
        memory,
        cpu,
    )
}

if __name__ == "__main__":
    if len(sys.argv) == 1:
        print("\n".join(TRIALS))
    else:
        folder = fresh(Path(sys.argv[1]) / sys.argv[2])
        began = time.monotonic()
        print(f"| {sys.argv[2].replace('_', ' ')} | {TRIALS[sys.argv[2]](folder)} | {time.monotonic() - began:.1f} s")
