"""The commands of ``peer.py`` for everything but events.

``peer.py`` documents them.  Observed on Seerflow 0.7.0:

- It stores an alert that its own types do not allow, because nothing checks
  it; ``alerts-write`` here checks first, so such a line is an error.
- ``alert-get`` shows the dedup_count of the stored alert, ``alerts-read``
  that of the column: they differ for an alert that absorbed others.
- The order of alerts with equal timestamps is not specified, nor is the
  verdict that counts when two have the same time.
"""

import base64

import msgspec

from seerflow.graph.edges import infer_edges
from seerflow.models.alert import Alert
from seerflow.models.query import AlertQuery
from seerflow.storage.sqlite import TemplateInfo

from peer_common import (
    ALL_TIME,
    from_json,
    read_ndjson,
    storage,
    time_range,
    to_json,
)

ALERT_PAGE = 10_000
FEEDBACK_PAGE = 200
SECOND_NS = 1_000_000_000


# --- alerts -----------------------------------------------------------------

def alert_to_json(alert):
    """All 17 fields of one alert, which are the keys of its blob."""
    fields = {
        name: getattr(alert, name) for name in alert.__struct_fields__
    }
    fields["severity_id"] = int(alert.severity_id)
    return to_json(fields)


def alert_from_json(fields):
    """One Seerflow alert from its JSON; the last seven keys may be absent."""
    fields = {key: from_json(value) for key, value in fields.items()}
    return msgspec.convert(fields, type=Alert)


async def alerts_write(args):
    alerts = [alert_from_json(fields) for fields in read_ndjson(args.file)]
    window = {}
    if args.dedup_window_s is not None:
        window["dedup_window_ns"] = args.dedup_window_s * SECOND_NS
    results = []
    async with storage(args.db) as store:
        for alert in alerts:
            new = await store.write_alert(alert, **window)
            results.append({"alert_id": alert.alert_id, "new": new})
    return {"written": len(results), "results": results}


async def alerts_read(args):
    alerts, total, page = [], 0, 0
    async with storage(args.db) as store:
        while page == 0 or len(alerts) < total:
            page += 1
            answer = await store.query_alerts(AlertQuery(
                time_range=time_range(args.start, args.end),
                alert_type=args.type,
                severity_min=args.severity_min,
                entity_uuid=args.entity,
                tactic=args.tactic,
                technique=args.technique,
                page=page,
                limit=args.page_size,
            ))
            total = answer.total
            alerts.extend(alert_to_json(alert) for alert in answer.items)
            if not answer.items:
                break
    return {"total": total, "pages": page, "alerts": alerts}


async def alert_get(args):
    async with storage(args.db) as store:
        alert = await store.get_alert_by_id(args.alert_id)
    return {"alert": None if alert is None else alert_to_json(alert)}


async def alert_counts(args):
    async with storage(args.db) as store:
        if args.per_severity:
            return {"counts": await store.count_by_severity()}
        if args.type is None:
            raise ValueError("this count needs --type")
        when = time_range(args.start, args.end) or ALL_TIME
        if args.per_rule:
            return {"counts": await store.count_alerts_grouped(
                alert_type=args.type, time_range=when, group_by="rule_name")}
        if args.rule is None:
            raise ValueError("--bucket-ns needs --rule")
        return {"buckets": await store.count_alerts_bucketed(
            alert_type=args.type, rule_name=args.rule, time_range=when,
            bucket_ns=args.bucket_ns)}


# --- feedback ---------------------------------------------------------------

async def feedback(args):
    async with storage(args.db) as store:
        await store.update_feedback(
            args.alert_id, args.verdict, args.note, args.origin)
    return {"alert_id": args.alert_id}


async def feedback_append(args):
    async with storage(args.db) as store:
        for row in read_ndjson(args.file):
            await store.append_feedback_event(
                row["alert_id"], row["feedback"], row.get("note", ""),
                row.get("origin", "api"), row["submitted_at_ns"])
    return {}


async def feedback_events(args):
    events, total, page = [], 0, 0
    async with storage(args.db) as store:
        while page == 0 or len(events) < total:
            page += 1
            answer = await store.list_feedback_events(
                args.alert_id, page, args.page_size)
            total = answer.total
            events.extend(msgspec.structs.asdict(one) for one in answer.items)
            if not answer.items:
                break
    return {"total": total, "pages": page, "events": events}


async def feedback_stats(args):
    async with storage(args.db) as store:
        return {"stats": await store.get_feedback_stats()}


async def alert_patterns(args):
    limit = {} if args.limit is None else {"limit": args.limit}
    async with storage(args.db) as store:
        rows = await store.aggregate_tp_feedback(
            min_tp=args.min_tp, window_ns=args.window_ns,
            now_ns=args.now_ns, **limit)
    return {"patterns": [{
        "pattern_key": row.pattern_key,
        "tp_count": row.tp_count,
        "most_recent_tp_ns": row.most_recent_tp_ns,
        "contributing_alert_ids": list(row.contributing_alert_ids),
    } for row in rows]}


# --- templates --------------------------------------------------------------

async def templates(args):
    async with storage(args.db) as store:
        found = await store.get_templates(limit=args.limit)
    return {"templates": [msgspec.structs.asdict(one) for one in found]}


async def templates_write(args):
    rows = [
        msgspec.convert(row, type=TemplateInfo)
        for row in read_ndjson(args.file)
    ]
    async with storage(args.db) as store:
        await store.write_templates(rows)
    return {"written": len(rows)}


async def templates_prune(args):
    async with storage(args.db) as store:
        return {"deleted": await store.prune_templates(args.min_count)}


async def templates_reset(args):
    async with storage(args.db) as store:
        return {"deleted": await store.reset_templates()}


# --- model state, Sigma rule state, edges -----------------------------------

async def model_put(args):
    data = base64.b64decode(args.data, validate=True)
    async with storage(args.db) as store:
        await store.save_state(args.key, data)
    return {"key": args.key, "bytes": len(data)}


async def model_get(args):
    async with storage(args.db) as store:
        data = await store.load_state(args.key)
    if data is not None:
        data = base64.b64encode(data).decode()
    return {"key": args.key, "data_base64": data}


async def model_rm(args):
    async with storage(args.db) as store:
        await store.delete_state(args.key)
    return {"key": args.key}


async def sigma_list(args):
    names = ("rule_id", "enabled", "match_count_lifetime", "last_fired_ns",
             "updated_at_ns")
    async with storage(args.db) as store:
        states = await store.get_all()
    return {"rules": [
        {name: getattr(state, name) for name in names}
        for _, state in sorted(states.items())
    ]}


async def sigma_enable(args):
    async with storage(args.db) as store:
        await store.set_enabled(args.rule, args.state == "on")
    return {"rule_id": args.rule}


async def sigma_matches(args):
    rows = read_ndjson(args.file)
    async with storage(args.db) as store:
        for row in rows:
            if hasattr(store, "increment_counts"):
                await store.increment_counts(
                    {row["rule_id"]: (row["count"], row["last_fired_ns"])})
            else:  # its name on PostgreSQL
                await store.record_match(row["rule_id"], row["count"],
                                         row["last_fired_ns"])
    return {"written": len(rows)}


async def edges_write(args):
    rows = read_ndjson(args.file)
    async with storage(args.db) as store:
        for row in rows:
            await store.write_edge(row["source_id"], row["target_id"],
                                   row["rel_type"], row["timestamp_ns"])
    return {"written": len(rows)}


async def edges_load(args):
    names = ("source_id", "target_id", "rel_type", "first_seen", "last_seen",
             "event_count")
    async with storage(args.db) as store:
        rows = await store.load_edges()
    return {"edges": [dict(zip(names, row)) for row in sorted(rows)]}


async def infer(args):
    return {"edges": [
        [[edge.source_id, edge.target_id, edge.rel_type]
         for edge in infer_edges([tuple(pair) for pair in line])]
        for line in read_ndjson(args.file)
    ]}


# --- command line -----------------------------------------------------------

def add_alert_commands(add):
    command = add("alerts-write", alerts_write,
                  "write alerts from NDJSON, one by one; which were new")
    command.add_argument("file", metavar="FILE.ndjson")
    command.add_argument("--dedup-window-s", type=int, metavar="N")
    command = add("alerts-read", alerts_read,
                  "all matching alerts, newest first")
    command.add_argument("--start", type=int, help="nanoseconds, inclusive")
    command.add_argument("--end", type=int, help="nanoseconds, inclusive")
    command.add_argument("--type")
    command.add_argument("--severity-min", type=int)
    command.add_argument("--entity", metavar="UUID")
    command.add_argument("--tactic")
    command.add_argument("--technique")
    command.add_argument("--page-size", type=int, default=ALERT_PAGE)
    command = add("alert-get", alert_get, "one alert, or null")
    command.add_argument("alert_id", metavar="ID")
    command = add("alert-counts", alert_counts, "counts of alerts")
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument("--bucket-ns", type=int, metavar="N")
    which.add_argument("--per-rule", action="store_true")
    which.add_argument("--per-severity", action="store_true")
    command.add_argument("--type")
    command.add_argument("--rule")
    command.add_argument("--start", type=int, help="nanoseconds, inclusive")
    command.add_argument("--end", type=int, help="nanoseconds, exclusive")


def add_feedback_commands(add):
    command = add("feedback", feedback, "give the verdict on an alert")
    command.add_argument("alert_id", metavar="ID")
    command.add_argument("verdict", metavar="tp|fp")
    command.add_argument("--note", default="")
    command.add_argument("--origin", default="api")
    command = add("feedback-append", feedback_append,
                  "audit rows from NDJSON (alert_id, feedback, note, origin,"
                  " submitted_at_ns)")
    command.add_argument("file", metavar="FILE")
    command = add("feedback-events", feedback_events,
                  "an alert's audit rows, newest first")
    command.add_argument("alert_id", metavar="ID")
    command.add_argument("--page-size", type=int, default=FEEDBACK_PAGE)
    add("feedback-stats", feedback_stats, "alerts with either verdict")
    command = add("alert-patterns", alert_patterns, "true positives, grouped")
    command.add_argument("--min-tp", type=int, default=1)
    command.add_argument("--window-ns", type=int)
    command.add_argument("--now-ns", type=int)
    command.add_argument("--limit", type=int)


def add_template_commands(add):
    command = add("templates", templates,
                  "the templates, most frequent first")
    command.add_argument("--limit", type=int, default=10_000)
    command = add("templates-write", templates_write,
                  "upsert templates from NDJSON (template_id, template_str,"
                  " first_seen_ns, last_seen_ns, event_count,"
                  " example_message)")
    command.add_argument("file", metavar="FILE")
    command = add("templates-prune", templates_prune,
                  "delete the templates with fewer events")
    command.add_argument("min_count", metavar="MIN_COUNT", type=int)
    add("templates-reset", templates_reset, "delete all templates")


def add_state_commands(add):
    command = add("model-put", model_put, "save a model's state")
    command.add_argument("key", metavar="KEY")
    command.add_argument("data", metavar="BASE64")
    command = add("model-get", model_get, "load a model's state, or null")
    command.add_argument("key", metavar="KEY")
    command = add("model-rm", model_rm, "delete a model's state")
    command.add_argument("key", metavar="KEY")
    add("sigma-list", sigma_list, "the Sigma rules' state, by rule_id")
    command = add("sigma-enable", sigma_enable, "switch a Sigma rule")
    command.add_argument("rule", metavar="RULE")
    command.add_argument("state", choices=("on", "off"))
    command = add("sigma-matches", sigma_matches,
                  "add match counts from NDJSON (rule_id, count,"
                  " last_fired_ns)")
    command.add_argument("file", metavar="FILE")
    command = add("edges-write", edges_write,
                  "upsert edges from NDJSON (source_id, target_id, rel_type,"
                  " timestamp_ns)")
    command.add_argument("file", metavar="FILE")
    add("edges-load", edges_load, "all edges, sorted")
    command = add("infer-edges", infer,
                  "the edges that follow from lists of entities; the"
                  " database is not looked at")
    command.add_argument("file", metavar="FILE")


def add_commands(add):
    """Adds every command here; ``add`` makes one that takes a DB."""
    add_alert_commands(add)
    add_feedback_commands(add)
    add_template_commands(add)
    add_state_commands(add)
