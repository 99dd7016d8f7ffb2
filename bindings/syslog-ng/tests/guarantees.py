#!/usr/bin/env python3
"""Counts the records that are stored if syslog-ng or the database fails."""

import os
import shutil
import subprocess
import time

from cluster import Cluster, free_port
from databases import await_that
from host import (IS_LONG, Daemon, Postgres, Sender, Sqlite, add_row, configuration, file_source, folder, line, main,
                  number_of, rcptid_of, scenario, tcp)

MANY = 100_000
FEW = MANY if IS_LONG else 20_000
NO_KEYS = "use-uniqid(no);"


def write_file(path, count):
    with open(path, "w") as file:
        file.writelines(map(line, range(count)))


def count_all(store, sent, dead_letters=0, duplicates=0, read_twice=0, received=None, keys=True):
    """Adds the line of the scenario to the table. Fails if a record is lost, or if another count exceeds the given one.

    `received` is the number of messages that reached the destination, if others were lost before. A record that syslog-ng read
    twice from its source is two messages with two RCPTIDs, which the destination cannot recognise."""
    events = [(rcptid_of(event_id), number_of(message)) for event_id, message in store.events()]
    numbered = [event for event in events if event[1] is not None]
    stored = len({number for _, number in numbered})
    messages = len({rcptid for rcptid, _ in numbered}) if keys else stored
    dead = store.dead_letters()
    missing = sent - stored - dead
    lost = missing if received is None else max(0, received - messages - dead)
    counts = {"duplicates": len(numbered) - messages, "read twice": messages - stored, "dead letters": dead,
              "lost before": missing - lost, "lost": lost}
    add_row(sent, len(numbered), *counts.values())
    allowed = {"duplicates": duplicates, "read twice": read_twice, "dead letters": dead_letters, "lost before": sent, "lost": 0}
    for name, count in counts.items():
        assert 0 <= count <= allowed[name], f"{name}: {count}, at most {allowed[name]} expected"
    assert dead == dead_letters, f"{dead} dead letters"


def await_count(store, count, seconds=120):
    await_that(lambda: store.count() >= count, f"{count} events are stored", seconds)


@scenario("from a file")
def from_a_file():
    write_file(f"{folder()}/in.log", MANY)
    store = Sqlite(f"{folder()}/events.db")
    daemon = Daemon(folder(), configuration(file_source(f"{folder()}/in.log"), store))
    daemon.start()
    await_count(store, MANY)
    assert daemon.stat("stored") == MANY, daemon.control("stats")
    daemon.stop()
    count_all(store, MANY)


@scenario("from the network")
def from_the_network():
    port = free_port()
    store = Sqlite(f"{folder()}/events.db")
    daemon = Daemon(folder(), configuration(tcp(port), store))
    daemon.start()
    sender = Sender(port)
    for start in range(0, MANY, 1000):
        sender.send(range(start, start + 1000))
    await_count(store, MANY)
    daemon.stop()
    count_all(store, MANY)


def fill_disk_buffer(count, options):
    """Returns a database and a daemon that was killed when all records were in its disk buffer."""
    port = free_port()
    store = Sqlite(f"{folder()}/events.db")
    daemon = Daemon(folder(), configuration(tcp(port), store, disk_buffer=True), options)
    daemon.start()
    await_that(lambda: os.path.exists(store.path) and store.count() == 0, "the database is open")
    lock = store.lock()
    sender = Sender(port)
    for start in range(0, count, 1000):
        sender.send(range(start, start + 1000))
    await_that(lambda: daemon.stat("processed") == count, "all records are in the disk buffer")
    daemon.kill()
    lock.close()
    return store, daemon


def kill_while_the_disk_buffer_drains(count, options, duplicates):
    store, daemon = fill_disk_buffer(count, options)
    for kill in range(1, 5):
        daemon.start()
        await_count(store, kill * count // 6)
        daemon.kill()
    assert store.count() < count, "the disk buffer was empty before the last kill"
    daemon.start()
    await_count(store, count)
    await_that(lambda: daemon.stat("queued") == 0, "the disk buffer is empty")
    daemon.stop()
    count_all(store, count, duplicates=duplicates, keys=options != NO_KEYS)


@scenario("kill -9 five times, reliable disk buffer")
def kill_with_keys():
    kill_while_the_disk_buffer_drains(MANY, "use-uniqid(yes);", duplicates=0)


@scenario("the same without keys")
def kill_without_keys():
    kill_while_the_disk_buffer_drains(FEW, NO_KEYS, duplicates=5 * 1000)


@scenario("kill -9 five times while syslog-ng reads a file, reliable disk buffer")
def kill_while_a_file_is_read():
    """syslog-ng saves its position in the file after it queued a record. A kill between the two makes it read the record again,
    as a new message with another RCPTID: such a duplicate is made before the destination sees the message."""
    write_file(f"{folder()}/in.log", MANY)
    store = Sqlite(f"{folder()}/events.db")
    daemon = Daemon(folder(), configuration(file_source(f"{folder()}/in.log"), store, disk_buffer=True))
    for kill in range(5):
        daemon.start()
        await_count(store, kill * MANY // 6 + 1)
        daemon.kill()
    daemon.start()
    await_that(lambda: len({number_of(message) for _, message in store.events()}) == MANY, "all records are stored")
    await_that(lambda: daemon.stat("queued") == 0, "the disk buffer is empty")
    daemon.stop()
    count_all(store, MANY, read_twice=5 * 10_000)


@scenario("kill -9 five times while syslog-ng receives from the network, reliable disk buffer")
def kill_while_receiving():
    """The sender takes a record for sent when it is in the buffer of its socket. Records that syslog-ng had not yet put into
    the disk buffer are lost before the destination sees them, as with any destination."""
    port = free_port()
    store = Sqlite(f"{folder()}/events.db")
    daemon = Daemon(folder(), configuration(tcp(port), store, disk_buffer=True))
    daemon.start()
    sender = Sender(port)
    received = 0
    for start in range(0, MANY, 500):
        try:
            sender.send(range(start, start + 500))
        except OSError:
            sender.close()
            sender.send(range(start, start + 500))  # syslog-ng may have received a part of them before
        time.sleep(0.01)
        if start in range(MANY // 10, MANY * 6 // 10, MANY // 10):
            received += daemon.stat("processed")
            daemon.kill()
            daemon.start()
    sender.close()
    await_that(lambda: daemon.stat("queued") == 0 and f"n={MANY - 1};" in store.last(), "the disk buffer is empty")
    received += daemon.stat("processed")
    daemon.stop()
    count_all(store, MANY, received=received, read_twice=5 * 500)


@scenario("the whole disk buffer sent again")
def resend():
    """The disk buffer is put back as it was before its records were sent, as after a loss of power."""
    resend_disk_buffer("use-uniqid(yes);", duplicates=0)


@scenario("the same without keys, where each record is stored twice")
def resend_without_keys():
    resend_disk_buffer(NO_KEYS, duplicates=FEW)


def resend_disk_buffer(options, duplicates):
    store, daemon = fill_disk_buffer(FEW, options)
    names = [name for name in os.listdir(folder()) if name.endswith((".rqf", ".persist"))]
    for name in names:
        shutil.copy(f"{folder()}/{name}", f"{folder()}/{name}.copy")
    for delivery in (1, 2):
        daemon.start()
        await_that(lambda: daemon.stat("stored") + daemon.stat("duplicates") >= FEW, "all records are sent")
        daemon.stop()
        if delivery == 1:
            for name in names:
                os.replace(f"{folder()}/{name}.copy", f"{folder()}/{name}")
    count_all(store, FEW, duplicates=duplicates, keys=options != NO_KEYS)


def stop_while_locked(source, disk_buffer, feed):
    store = Sqlite(f"{folder()}/events.db")
    daemon = Daemon(folder(), configuration(source, store, "timeout(2)", disk_buffer))
    daemon.start()
    feed()
    await_count(store, FEW // 10)
    lock = store.lock()
    time.sleep(1)
    daemon.stop()
    lock.close()
    daemon.start()
    await_count(store, FEW)
    await_that(lambda: daemon.stat("queued") == 0, "the queue is empty")
    daemon.stop()
    count_all(store, FEW)


@scenario("SIGTERM while the database is locked, from a file")
def sigterm_file():
    path = f"{folder()}/in.log"
    stop_while_locked(file_source(path), False, lambda: write_file(path, FEW))


@scenario("SIGTERM while the database is locked, disk buffer")
def sigterm_disk_buffer():
    port = free_port()

    def feed():
        sender = Sender(port)
        sender.send(range(FEW))
        sender.close()
    stop_while_locked(tcp(port), True, feed)


def locked(seconds, options):
    path = f"{folder()}/in.log"
    store = Sqlite(f"{folder()}/events.db")
    # A batch takes several transactions, so the lock may stop a write after a part of it.
    parts = 'option("storage.commit_events" "1000") batch-lines(5000) batch-timeout(500)'
    daemon = Daemon(folder(), configuration(file_source(path), store, f"timeout(1) {parts}"), options)
    daemon.start()
    write_file(path, MANY)
    # Most records are not stored yet.
    await_count(store, 1_000)
    lock = store.lock()
    time.sleep(seconds)
    lock.close()
    await_count(store, MANY)
    await_that(lambda: daemon.stat("queued") == 0, "the queue is empty")
    daemon.stop()
    assert "could not be stored yet" in daemon.log()
    count_all(store, MANY, keys=options != NO_KEYS)


@scenario("locked for 8 s")
def locked_with_keys():
    locked(8, "use-uniqid(yes);")


@scenario(f"locked for {8 if IS_LONG else 3} s, without keys")
def locked_without_keys():
    locked(8 if IS_LONG else 3, NO_KEYS)


@scenario("full disk")
def full_disk():
    mount = f"{folder()}/disk"
    os.makedirs(mount)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", mount], check=True)
    try:
        path = f"{folder()}/in.log"
        write_file(path, FEW)
        store = Sqlite(f"{mount}/events.db")
        daemon = Daemon(folder(), configuration(file_source(path), store))
        daemon.start()
        await_that(lambda: "full" in daemon.log(), "the disk is full")
        time.sleep(2)
        subprocess.run(["mount", "-o", "remount,size=500m", mount], check=True)
        await_count(store, FEW)
        daemon.stop()
        count_all(store, FEW)
    finally:
        subprocess.run(["umount", "-l", mount], check=True)


@scenario("PostgreSQL away at the start, then restarted")
def postgresql_restarted():
    path = f"{folder()}/in.log"
    write_file(path, FEW)
    with Cluster() as cluster:
        store = Postgres(cluster)
        daemon = Daemon(folder(), configuration(file_source(path), store, "timeout(2)"))
        cluster.stop("immediate")
        daemon.start()
        await_that(lambda: "cannot be opened yet" in daemon.log(), "the failure is logged")
        cluster.start()
        await_count(store, FEW // 10)
        cluster.stop("immediate")
        time.sleep(1)
        cluster.start()
        await_count(store, FEW)
        daemon.stop()
        count_all(store, FEW)


def reload(source, feed, disk_buffer=False, read_twice=0):
    store = Sqlite(f"{folder()}/events.db")
    daemon = Daemon(folder(), configuration(source, store, disk_buffer=disk_buffer))
    daemon.start()
    for count in range(1, 4):
        feed(count)
        daemon.reload()
        await_that(lambda: daemon.log().count("New configuration initialized") == count, "the configuration is reloaded")
    feed(4)
    await_count(store, FEW)
    await_that(lambda: daemon.stat("queued") == 0, "the queue is empty")
    daemon.stop()
    count_all(store, FEW, read_twice=read_twice)


def reload_from_file(disk_buffer, read_twice):
    path = f"{folder()}/in.log"

    def feed(part):
        with open(path, "a") as file:
            file.writelines(map(line, range(FEW * (part - 1) // 4, FEW * part // 4)))
    reload(file_source(path), feed, disk_buffer, read_twice)


@scenario("SIGHUP three times, from the network")
def reload_network():
    port = free_port()
    sender = Sender(port)
    reload(tcp(port), lambda part: sender.send(range(FEW * (part - 1) // 4, FEW * part // 4)))


@scenario("SIGHUP three times, from a file, reliable disk buffer")
def reload_disk_buffer():
    reload_from_file(disk_buffer=True, read_twice=0)


@scenario("SIGHUP three times, from a file, queue in memory")
def reload_memory():
    """After a reload, syslog-ng reads a file from the last record that was stored, and also keeps the queue."""
    reload_from_file(disk_buffer=False, read_twice=3 * 10_000)


@scenario("two destinations on one database")
def two_destinations():
    """The second destination gets its own records and those of the first one, which are stored once."""
    store = Sqlite(f"{folder()}/events.db")
    paths = [f"{folder()}/{name}.log" for name in ("a", "b")]
    for path, numbers in zip(paths, (range(0, FEW, 2), range(1, FEW, 2))):
        with open(path, "w") as file:
            file.writelines(map(line, numbers))
    daemon = Daemon(folder(), "".join(
        f'source s{i} {{ {file_source(path)} }};\n'
        f'destination d{i} {{ seerflow({store.option} persist-name("d{i}")); }};\n' for i, path in enumerate(paths))
        + "log { source(s0); destination(d0); destination(d1); flags(flow-control); };\n"
        + "log { source(s1); destination(d1); flags(flow-control); };\n")
    daemon.start()
    await_count(store, FEW)
    await_that(lambda: daemon.stat("written") == FEW * 3 // 2, "all messages are acknowledged")
    assert daemon.stat("duplicates") == FEW // 2, daemon.control("stats")
    daemon.stop()
    opened = daemon.log().count("message='opened")
    assert opened == 1, f"the database was opened {opened} times"
    count_all(store, FEW)


@scenario("malformed records")
def malformed():
    """One of the records is longer than storage.max_event_bytes."""
    path = f"{folder()}/in.log"
    store = Sqlite(f"{folder()}/events.db")
    daemon = Daemon(folder(), configuration(file_source(path), store),
                    "use-uniqid(yes); log-msg-size(4000000);")
    start = b"<34>Mar 14 01:47:13 web-2 sshd[812]: "
    with open(path, "wb") as file:
        file.write(start + b"valid n=0;\n")
        file.write(start + b"\xff\xfe\x80 n=1;\n")
        file.write(start + b"x" * 2_000_000 + b" n=2;\n")
        file.write(b"\xc3\x28 no header n=3;\n")
        file.write(start + b"before\0n=4;\n")
        file.write(start + b"\x01\x02\x1b[31m n=5;\n")
    daemon.start()
    await_that(lambda: store.count() >= 5 and store.dead_letters() == 1, "all records are stored")
    assert daemon.stat("dead_letters") == 1
    daemon.stop()
    assert any("\ufffd" in message and number_of(message) == 1 for _, message in store.events()), store.events()
    # syslog-ng itself ends a line at a NUL, so one record becomes two, and the first of them has no number.
    count_all(store, 6, dead_letters=1)


if __name__ == "__main__":
    main()
