#!/usr/bin/env python3
"""Checks the events that become of messages, and the options of the destination."""

import json
import os
import re
import shutil
import subprocess

from cluster import free_port
from databases import await_that
from documents import block
from host import Daemon, Sender, Sqlite, configuration, folder, main, rcptid_of, scenario, tcp

PROGRAM = os.environ["SEERFLOW_PROGRAM"]
# Fields that differ between two deliveries of one record.
OWN = ("event_id", "observed_ns")


def events_of(path):
    exported = subprocess.run([PROGRAM, "--quiet", "--set", f"storage.sqlite_path={path}", "export", "events"],
                              capture_output=True, text=True, check=True)
    return [json.loads(line) for line in exported.stdout.splitlines()]


def store_line(line, source_flags="flags(syslog-protocol)", parser="", options="", global_options="use-uniqid(yes);"):
    """Returns the event that syslog-ng makes of one line."""
    port = free_port()
    store = Sqlite(f"{folder()}/events.db")
    body = configuration(f"network(ip(127.0.0.1) port({port}) transport(tcp) {source_flags});", store, options)
    if parser:
        body = body.replace("source(s);", f"source(s); {parser}")
    daemon = Daemon(folder(), body, global_options)
    daemon.start()
    sender = Sender(port)
    sender.connect()
    sender.connection.sendall(line.encode() + b"\n")
    await_that(lambda: store.count() == 1, "the event is stored")
    daemon.stop()
    return events_of(store.path)[0]


@scenario("a message becomes the same event as its line")
def same_as_line():
    line = "<34>1 2026-03-14T01:02:03.5Z web-1 su 812 ID47 [a@1 b=\"c\"] 'su root' failed for alice from 203.0.113.9"
    event = store_line(line)
    path = f"{folder()}/line.db"
    subprocess.run([PROGRAM, "--quiet", "--set", f"storage.sqlite_path={path}", "ingest", "--format", "lines", "-"],
                   input=line + "\n", text=True, check=True, capture_output=True)
    expected = events_of(path)[0]
    for field in OWN:
        event.pop(field), expected.pop(field)
    for name in ("TRANSPORT", "MSGFORMAT"):  # syslog-ng 4 adds these
        event["attributes"].pop(name, None)
    assert event == expected, f"{event}\n{expected}"


@scenario("name-value pairs keep their types")
def types():
    pairs = {"user": "alice", "count": 3, "ratio": 1.5, "ok": True, "none": None, "list": ["a", "b"], "nested": {"k": "v"}, "event_id": 4625}
    event = store_line("<34>1 2026-03-14T01:02:03Z web-1 app 7 - - " + json.dumps(pairs), parser="parser { json-parser(); };")
    attributes = event["attributes"]
    assert attributes["count"] == 3 and attributes["ratio"] == 1.5 and attributes["ok"] is True, event
    assert json.loads(attributes["list"]) == ["a", "b"] and attributes["none"] is None and attributes["nested.k"] == "v", event
    assert event["related_users"] == ["alice"], event
    # A value that is not an id of the store remains an attribute.
    assert attributes["event_id"] == 4625 and len(event["event_id"]) == 36, event


@scenario("fields of the program's own record precede those of the syslog header")
def own_record_first():
    event = store_line('<34>1 2026-03-14T01:02:03Z relay-1 app 7 - - {"host": "pc-7", "message": "inner", "level": "debug"}',
                       parser="parser { json-parser(); };")
    assert (event["source_id"], event["message"], event["severity_id"]) == ("pc-7", "inner", 0), event
    assert event["attributes"]["syslog_hostname"] == "relay-1", event
    assert '"inner"' in event["attributes"]["log_message"], event


@scenario("tags become tags, except those of syslog-ng")
def tags():
    event = store_line("<34>1 2026-03-14T01:02:03Z web-1 app 7 - - text", parser='rewrite { set-tag("audit"); };')
    assert event["tags"] == ["audit"], event


@scenario("template(), value-pairs(), source-type()")
def shaped():
    event = store_line('<34>1 2026-03-14T01:02:03Z web-1 app 7 - - text', options=(
        'template("<$MSG>") source-type("firewall") '
        'value-pairs(pair("relay" "$HOST_FROM") pair("number" int("12")) key("MSGID") scope("sdata"))'))
    assert (event["message"], event["source_type"]) == ("<text>", "firewall"), event
    assert event["attributes"]["number"] == 12 and "relay" in event["attributes"], event


@scenario("parse(yes) reads a message that is itself a record")
def parse():
    event = store_line('<34>1 2026-03-14T01:02:03Z web-1 app 7 - - {"msg": "inner", "level": "error", "port": 22}',
                       options="parse(yes)")
    assert (event["message"], event["attributes"]["port"]) == ("inner", 22), event


@scenario("the key of a record is its RCPTID, or record-key()")
def keys():
    line = "<34>1 2026-03-14T01:02:03Z web-1 app 7 - [k@1 id=\"00000000-0000-4000-8000-00000000002a\"] text"
    event = store_line(line, options='record-key("${.SDATA.k@1.id}")')
    assert event["event_id"] == "00000000-0000-4000-8000-00000000002a", event
    os.remove(f"{folder()}/events.db")
    event = store_line(line)
    assert event["event_id"][14] == "7" and event["event_id"] != "00000000-0000-4000-8000-00000000002a", event


@scenario("a message whose RCPTID was used before is stored")
def rcptid_used_before():
    """A loss of power can set back the counter of RCPTIDs, which syslog-ng keeps in its persistent state."""
    port = free_port()
    store = Sqlite(f"{folder()}/events.db")
    daemon = Daemon(folder(), configuration(tcp(port), store))
    state = f"{folder()}/syslog-ng.persist"
    for start in (0, 1000):
        daemon.start()
        if start == 0:
            shutil.copy(state, f"{state}.copy")
        sender = Sender(port)
        sender.send(range(start, start + 1000))
        await_that(lambda: store.count() == start + 1000, "all records are stored")
        daemon.stop()
        shutil.copy(f"{state}.copy", state)
    assert len({rcptid_of(event_id) for event_id, _ in store.events()}) == 1000


@scenario("syslog-ng warns at the start if messages have no key")
def warns_without_keys():
    port = free_port()
    store = Sqlite(f"{folder()}/events.db")
    for options, record_key, warns in (("use-uniqid(no);", "", True), ("use-uniqid(yes);", "", False),
                                       ("use-uniqid(no);", 'record-key("$HOST")', False)):
        daemon = Daemon(folder(), configuration(tcp(port), store, record_key), options)
        daemon.start()
        daemon.stop()
        assert ("use-uniqid(yes)" in daemon.log()) == warns, (options, daemon.log())
        os.remove(f"{folder()}/log")


@scenario("options that are not valid are refused with their line")
def refused_options():
    store = Sqlite(f"{folder()}/events.db")
    for options, reason in (('option("storage.unknown" "1")', "storage.unknown"), ('option("storage.queue_events" "many")', "queue_events"),
                            ('config-file("/nonexistent.yaml")', "/nonexistent.yaml"), ("timeout(0)", "positive")):
        accepted, said = Daemon(folder(), configuration(tcp(1), store, options)).check_syntax()
        assert not accepted and reason in said and "syslog-ng.conf:4" in said, said
    assert not os.path.exists(store.path), "checking the syntax created the database"


@scenario("the example in docs/shippers.md is accepted")
def documented_example():
    documented = block("docs/shippers.md", "destination d_seerflow").replace("/var/lib/seerflow", folder())
    body = re.sub(r"^(@version|options).*\n", "", documented, flags=re.MULTILINE)
    accepted, said = Daemon(folder(), body).check_syntax()
    assert accepted, said


@scenario("config-file() and option()")
def config_file():
    path = f"{folder()}/events.db"
    with open(f"{folder()}/seerflow.yaml", "w") as file:
        file.write(f"storage:\n  sqlite_path: {path}\n")
    store = Sqlite(path)
    store.option = f'config-file("{folder()}/seerflow.yaml") option("storage.queue_events" 5000)'
    daemon = Daemon(folder(), configuration(tcp(free_port()), store))
    daemon.start()
    await_that(lambda: os.path.exists(path), "the database is open")
    daemon.stop()


@scenario("a reload may change the options of the store")
def reload_with_other_options():
    store = Sqlite(f"{folder()}/events.db")
    daemon = Daemon(folder(), configuration(tcp(free_port()), store))
    daemon.start()
    daemon.configure(configuration(tcp(free_port()), store, 'option("storage.durability" "power")'))
    daemon.reload()
    await_that(lambda: "Configuration reload finished" in daemon.log(), "the configuration is reloaded")
    daemon.stop()
    assert "New configuration initialized" in daemon.log(), daemon.log()


@scenario("destinations with one database and different options are refused")
def different_options():
    store = Sqlite(f"{folder()}/events.db")
    daemon = Daemon(folder(), configuration(tcp(free_port()), store)
                    + f'destination d2 {{ seerflow({store.option} option("storage.durability" "power") persist-name("d2")); }};\n'
                      "log { source(s); destination(d2); };\n")
    ended, said = daemon.run_to_end()
    assert ended != 0 and "storage.durability" in said, said


@scenario("a daemon that forks after it read its configuration")
def daemonizes():
    port = free_port()
    store = Sqlite(f"{folder()}/events.db")
    daemon = Daemon(folder(), configuration(tcp(port), store))
    daemon.start_in_background()
    sender = Sender(port)
    sender.send(range(1000))
    await_that(lambda: store.count() == 1000, "all records are stored")
    daemon.stop_in_background()


@scenario("messages of the library are internal messages of syslog-ng")
def internal_messages():
    store = Sqlite(f"{folder()}/missing/events.db")
    log = f"{folder()}/internal.log"
    os.makedirs(f"{folder()}/missing/events.db")
    daemon = Daemon(folder(), configuration(tcp(free_port()), store)
                    + f'log {{ source {{ internal(); }}; destination {{ file("{log}"); }}; }};\n')
    daemon.start_in_background()
    await_that(lambda: os.path.exists(log) and "cannot be opened yet" in open(log).read(), "the failure is logged")
    os.rmdir(f"{folder()}/missing/events.db")
    await_that(lambda: "message='opened" in open(log).read(), "the library's message is logged")
    daemon.stop_in_background()


if __name__ == "__main__":
    main()
