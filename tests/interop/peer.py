#!/usr/bin/env python3
"""Runs a real Seerflow 0.7.0 on a database, for comparison in tests.

libseerflow and Seerflow can share one database, in either order.  This script
is the other program: it calls Seerflow's storage API and command line, and
does not access tables itself (except for ``schema``, which reads them).  It
needs a virtual environment with ``pip install -r requirements.txt``.

Each sub-command prints one JSON object on stdout.  Success is exit code 0 and
``"ok": true``; failure is exit code 1 and ``"ok": false`` with ``error`` (the
exception's class) and ``message``.

Values that JSON cannot represent, in ``body`` and ``attributes``:
    bytes           {"$bin": "<base64>"}
    msgpack ext     {"$ext": [code, "<base64>"]}
    msgpack time    {"$time": "<ISO 8601>"}
    nan, +-inf      {"$float": "nan" | "inf" | "-inf"}
    map with keys that are not strings   {"$map": [[key, value], ...]}

Commands and their results
--------------------------
Every command takes DB first: a path, or a ``postgresql://`` address (not for
``schema``).  FILE is NDJSON: one JSON object per line.

Events (this file)
    init                      db, bytes
    write EVENTS              written
    read [--start --end --source-type --severity-min --template-id --entity
        --text --page-size]   total, pages, events (all fields)
    search TEXT [--limit]     event_ids
    timeline ENTITY [--start --end --source-type --severity-min --limit]
                              event_ids
    export OUT                out, rows, keys (Seerflow's own command)
    schema                    sqlite_master, pragmas, schema_versions,
                              integrity_check
    bench N                   events_per_second and other figures

Alerts (``peer_stores.py``, as all that follows)
    alerts-write FILE [--dedup-window-s N]
                              written, results [{alert_id, new}]; a line has
                              the 17 keys of the alert blob, the last seven
                              (from mitre_tactics on) may be absent.  Alerts
                              before a failing one stay written.
    alerts-read [--start --end --type --severity-min --entity --tactic
        --technique --page-size]   total, pages, alerts (all 17 fields)
    alert-get ID              alert (null when unknown)
    alert-counts --bucket-ns N --type T --rule R [--start --end]
                              buckets [[start, count]]; END is exclusive
    alert-counts --per-rule --type T [--start --end]   counts {rule: n}
    alert-counts --per-severity                        counts {name: n}
    alert-patterns [--min-tp 1 --window-ns --now-ns --limit]
                              patterns [{pattern_key, tp_count,
                              most_recent_tp_ns, contributing_alert_ids}]

Feedback
    feedback ID tp|fp [--note --origin api]   alert_id; an unknown ID is ok
    feedback-append FILE      audit rows only: alert_id, feedback, note "",
                              origin "api", submitted_at_ns
    feedback-events ID [--page-size]   total, pages, events [{alert_id,
                              feedback, note, origin, submitted_at_ns, id}]
    feedback-stats            stats {tp, fp, total}

Templates
    templates [--limit], templates-write FILE, templates-prune MIN_COUNT,
    templates-reset           templates [{...}], written, deleted

Model state, Sigma rule state, edges
    model-put KEY BASE64, model-get KEY, model-rm KEY
                              data_base64 (null when missing); Seerflow has
                              no list of keys
    sigma-list                rules [{rule_id, enabled, match_count_lifetime,
                              last_fired_ns, updated_at_ns}] by rule_id
    sigma-enable RULE on|off  rule_id
    sigma-matches FILE        rule_id, count, last_fired_ns a line
    edges-write FILE          source_id, target_id, rel_type, timestamp_ns
    edges-load                edges [{source_id, target_id, rel_type,
                              first_seen, last_seen, event_count}], sorted
    infer-edges FILE          edges [[[source, target, rel_type]]], a list for
                              each line [[type, uuid]]; opens no database

The events of ``bench``
-----------------------
They come from one 64-bit linear congruential generator, which lets another
language generate the same events (arithmetic modulo 2**64)::

    seed         s = 20240229
    next()       s = s * 6364136223846793005 + 1442695040888963407; return s
    draw(n)      (next() >> 33) % n

and for i = 0, 1, 2, ... the draws in this order::

    user         "user%03d" % draw(200)
    address      k = draw(5000); "10.77.%d.%d" % (k // 250, k % 250 + 1)
    port         1024 + draw(64000)
    host         "host-%02d" % draw(20)
    event_id     the 16 big-endian bytes of next(), next(), then made an RFC
                 9562 version 4: byte 6 = 0x40 | low 4 bits of it,
                 byte 8 = 0x80 | low 6 bits of it

    timestamp_ns = 1700000000000000000 + i * 1000000
    observed_ns  = timestamp_ns + 500000
    message      "Failed password for USER from ADDRESS port PORT ssh2"
    severity_id 3, otel_severity 13, source_type "sshd", source_id HOST
    template_id 1, template_params [USER, ADDRESS, PORT]
    template_str "Failed password for <*> from <*> port <*> ssh2"
    related_ips [ADDRESS], related_users [USER]
    entity_refs  [entity id of the ip, entity id of the user]

Every other field has its default.  The first event has event_id
031d13d0-9bc7-43c4-a04d-542434ebe6c3, source_id "host-14" and message
"Failed password for user158 from 10.77.1.19 port 22801 ssh2".

Beware: Seerflow writes an event whose ``body`` is not null (or whose
``attributes`` or ``severity_id`` its types do not allow) and then cannot read
it, nor any page or search result that contains it.
"""

import argparse
import asyncio
import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid

import msgspec

from seerflow.models import EventQuery, SeerflowEvent, resolve_entities

sys.dont_write_bytecode = True  # the sources are next to this file

import peer_stores  # noqa: E402
from peer_common import (  # noqa: E402
    ALL_TIME,
    configuration,
    from_json,
    read_ndjson,
    size,
    storage,
    time_range,
    to_json,
)

PAGE_LIMIT = 1000
TIMELINE_LIMIT = 10_000
SEARCH_LIMIT = 10_000
BATCH = 1000


# --- events <-> JSON ---------------------------------------------------------

def event_to_json(event):
    """All 43 fields of one event (the blob's 44th key is ``type``)."""
    fields = {
        name: getattr(event, name) for name in event.__struct_fields__
    }
    if event.body is not None:
        fields["body"] = msgspec.msgpack.decode(event.body)
    fields["severity_id"] = int(event.severity_id)
    return to_json(fields)


def event_from_json(fields):
    """One Seerflow event from its JSON; absent keys take their defaults."""
    fields = {key: from_json(value) for key, value in fields.items()}
    body = fields.pop("body", None)
    event = msgspec.convert(fields, type=SeerflowEvent)
    if body is None:
        return event
    raw = msgspec.Raw(msgspec.msgpack.encode(body))
    return msgspec.structs.replace(event, body=raw)


# --- Seerflow's storage -----------------------------------------------------

async def init(args):
    async with storage(args.db):
        pass
    return {"db": args.db, "bytes": size(args.db)}


async def write(args):
    events = [event_from_json(fields) for fields in read_ndjson(args.events)]
    async with storage(args.db) as store:
        for start in range(0, len(events), BATCH):
            await store.write_events(events[start:start + BATCH])
        await store.flush()
    return {"written": len(events)}


async def read(args):
    events, total, page = [], 0, 0
    async with storage(args.db) as store:
        while page == 0 or len(events) < total:
            page += 1
            answer = await store.query_events(EventQuery(
                time_range=time_range(args.start, args.end),
                source_type=args.source_type,
                severity_min=args.severity_min,
                template_id=args.template_id,
                entity_uuid=args.entity,
                text_query=args.text,
                page=page,
                limit=args.page_size,
            ))
            total = answer.total
            events.extend(event_to_json(event) for event in answer.items)
            if not answer.items:
                break
    return {"total": total, "pages": page, "events": events}


async def search(args):
    async with storage(args.db) as store:
        found = await store.search_text(args.text, args.limit)
    return {"event_ids": [str(event.event_id) for event in found]}


async def timeline(args):
    async with storage(args.db) as store:
        found = await store.get_timeline(
            args.entity,
            time_range(args.start, args.end) or ALL_TIME,
            source_type=args.source_type,
            severity_min=args.severity_min,
            limit=args.limit,
        )
    return {"event_ids": [str(event.event_id) for event in found]}


# --- Seerflow's command line ------------------------------------------------

def export(args):
    """Runs ``seerflow export events`` with a configuration for this file."""
    with tempfile.TemporaryDirectory() as scratch:
        config = os.path.join(scratch, "seerflow.yaml")
        with open(config, "w", encoding="utf-8") as file:
            # JSON is YAML, and quotes any path.
            json.dump({"storage": configuration(args.db)}, file)
        done = subprocess.run(
            [sys.executable, "-m", "seerflow", "--config", config,
             "export", "events", "--since", args.since,
             "--limit", str(args.limit),
             "--output", os.path.abspath(args.out)],
            capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"seerflow export ended with {done.returncode}:"
                           f" {done.stderr.strip()[-500:]}")
    with open(args.out, encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    return {"out": args.out, "rows": len(rows),
            "keys": sorted({key for row in rows for key in row})}


# --- schema of the file -----------------------------------------------------

def schema(args):
    """sqlite_master and the pragmas that are stored in the file."""
    if not os.path.exists(args.db):
        raise FileNotFoundError(args.db)
    with contextlib.closing(sqlite3.connect(args.db)) as connection:
        connection.execute("PRAGMA query_only = ON")
        master = connection.execute(
            "SELECT type, name, tbl_name, sql FROM sqlite_master"
            " ORDER BY type, name"
        ).fetchall()
        pragmas = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("schema_version", "user_version", "application_id",
                         "page_size", "auto_vacuum", "encoding",
                         "journal_mode")
        }
        versions = []
        if any(name == "schema_version" for _, name, _, _ in master):
            versions = [row[0] for row in connection.execute(
                "SELECT version FROM schema_version ORDER BY version")]
        check = connection.execute("PRAGMA integrity_check").fetchone()[0]
    keys = ("type", "name", "tbl_name", "sql")
    return {"sqlite_master": [dict(zip(keys, row)) for row in master],
            "pragmas": pragmas, "schema_versions": versions,
            "integrity_check": check}


# --- bench ------------------------------------------------------------------

class Lcg:
    """The generator described at the top of this file."""

    def __init__(self, seed=20240229):
        self.state = seed

    def next(self):
        self.state = (
            self.state * 6364136223846793005 + 1442695040888963407
        ) % 2**64
        return self.state

    def draw(self, bound):
        return (self.next() >> 33) % bound


def bench_events(count):
    """The first ``count`` synthetic events, in order."""
    lcg = Lcg()
    refs = {}
    for index in range(count):
        user = "user%03d" % lcg.draw(200)
        number = lcg.draw(5000)
        address = "10.77.%d.%d" % (number // 250, number % 250 + 1)
        port = str(1024 + lcg.draw(64000))
        host = "host-%02d" % lcg.draw(20)
        octets = bytearray(
            lcg.next().to_bytes(8, "big") + lcg.next().to_bytes(8, "big")
        )
        octets[6] = 0x40 | octets[6] & 0x0F
        octets[8] = 0x80 | octets[8] & 0x3F
        pair = (address, user)
        if pair not in refs:
            refs[pair] = resolve_entities((address,), (user,), ())
        timestamp_ns = 1_700_000_000_000_000_000 + index * 1_000_000
        yield SeerflowEvent(
            event_id=uuid.UUID(bytes=bytes(octets)),
            timestamp_ns=timestamp_ns,
            observed_ns=timestamp_ns + 500_000,
            severity_id=3,
            otel_severity=13,
            message=f"Failed password for {user} from {address}"
                    f" port {port} ssh2",
            source_type="sshd",
            source_id=host,
            template_id=1,
            template_str="Failed password for <*> from <*> port <*> ssh2",
            template_params=(user, address, port),
            entity_refs=refs[pair],
            related_ips=(address,),
            related_users=(user,),
        )


async def bench(args):
    if os.path.exists(args.db):
        raise FileExistsError(f"{args.db}: bench wants a new file")
    events = list(bench_events(args.count))
    async with storage(args.db) as store:
        empty = size(args.db)
        started = time.perf_counter()
        for start in range(0, len(events), BATCH):
            await store.write_events(events[start:start + BATCH])
        await store.flush()
        written = time.perf_counter() - started
    closed = time.perf_counter() - started
    full = size(args.db)
    return {"events": len(events), "seconds": round(written, 3),
            "seconds_with_close": round(closed, 3),
            "events_per_second": round(len(events) / written, 1),
            "file_bytes": full, "file_bytes_empty": empty,
            "bytes_per_event": round(full / max(1, len(events)), 1)}


# --- command line -----------------------------------------------------------

def parser():
    top = argparse.ArgumentParser(
        description="Drives a real Seerflow 0.7.0 on a SQLite file or a"
                    " PostgreSQL database.")
    commands = top.add_subparsers(dest="command", required=True)

    def add(name, run, help_text):
        command = commands.add_parser(name, help=help_text)
        command.add_argument("db", metavar="DB")
        command.set_defaults(run=run)
        return command

    add("init", init, "open or create the database, and close it")
    command = add("write", write,
                  "write events from NDJSON (a line: one event)")
    command.add_argument("events", metavar="EVENTS.ndjson")
    command = add("read", read, "all matching events, newest first")
    command.add_argument("--start", type=int, help="nanoseconds, inclusive")
    command.add_argument("--end", type=int, help="nanoseconds, inclusive")
    command.add_argument("--source-type")
    command.add_argument("--severity-min", type=int)
    command.add_argument("--template-id", type=int)
    command.add_argument("--entity", metavar="UUID")
    command.add_argument("--text")
    command.add_argument("--page-size", type=int, default=PAGE_LIMIT)
    command = add("search", search,
                  "ids of the events that text search finds")
    command.add_argument("text", metavar="TEXT")
    command.add_argument("--limit", type=int, default=SEARCH_LIMIT)
    command = add("timeline", timeline,
                  "ids of an entity's events, oldest first")
    command.add_argument("entity", metavar="ENTITY_UUID")
    command.add_argument("--start", type=int, help="nanoseconds, inclusive")
    command.add_argument("--end", type=int, help="nanoseconds, inclusive")
    command.add_argument("--source-type")
    command.add_argument("--severity-min", type=int)
    command.add_argument("--limit", type=int, default=TIMELINE_LIMIT)
    command = add("export", export, "run `seerflow export events`")
    command.add_argument("out", metavar="OUT")
    command.add_argument("--since", default="36500d")
    command.add_argument("--limit", type=int, default=100_000)
    add("schema", schema, "sqlite_master and pragmas; changes nothing")
    command = add("bench", bench,
                  "write synthetic events to a new file, timed")
    command.add_argument("count", metavar="N", type=int)
    peer_stores.add_commands(add)
    return top


def main():
    args = parser().parse_args()
    try:
        answer = args.run(args)
        if asyncio.iscoroutine(answer):
            answer = asyncio.run(answer)
    except Exception as error:  # the caller wants every failure as JSON
        print(json.dumps({"ok": False, "error": type(error).__name__,
                          "message": str(error)}))
        return 1
    print(json.dumps({"ok": True, **answer}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
