//! Each record in every format, compared field by field.

use seerflow::Input;
use seerflow::record::Event;

use super::door::Door;
use super::{case, ns, store};

/// The fields that every format must set to the same values.
#[derive(Debug, PartialEq)]
struct Seen {
    message: String,
    time: Option<i64>,
    severity: (i64, i64),
    host: String,
    trace: (Option<String>, Option<String>),
    /// The ids of all entities.
    entities: Vec<String>,
    related: [Vec<String>; 4],
}

fn seen(event: &Event<'_>) -> Seen {
    let texts = |list: &[std::borrow::Cow<'_, str>]| -> Vec<String> {
        list.iter().map(|text| text.to_string()).collect()
    };
    let mut entities = texts(&event.entity_refs);
    entities.sort_unstable();
    Seen {
        message: event.message.to_string(),
        time: event.timestamp_ns,
        severity: (event.severity_id, event.otel_severity),
        host: event.source_id.to_string(),
        trace: (
            event.trace_id.as_ref().map(ToString::to_string),
            event.span_id.as_ref().map(ToString::to_string),
        ),
        entities,
        related: [
            texts(&event.related_hosts),
            texts(&event.related_ips),
            texts(&event.related_users),
            texts(&event.related_processes),
        ],
    }
}

/// Records of real programs with their expected values.
///
/// These are the message, time, severity and host, and the related hosts, addresses, users and processes.
#[allow(clippy::type_complexity)]
const RECORDS: &[(&str, &str, &str, i64, &str, [&[&str]; 4])] = &[
    // pino
    (
        r#"{"level":50,"time":1705320000123,"pid":7,"hostname":"web1","name":"shop","msg":"login failed for user alice from 203.0.113.9"}"#,
        "login failed for user alice from 203.0.113.9",
        "2024-01-15T12:00:00.123Z",
        4,
        "web1",
        [&["web1"], &["203.0.113.9"], &["alice"], &["shop:7"]],
    ),
    // ECS, with dots and as objects
    (
        r#"{"@timestamp":"2024-05-01T10:00:00Z","log.level":"error","message":"ecs dotted","host.name":"web1","source.ip":"203.0.113.9","user.name":"alice","process.name":"sshd","process.pid":12,"trace.id":"67acfc2ea56f108fa4535fc28ba99705","span.id":"80c1200c94be1178"}"#,
        "ecs dotted",
        "2024-05-01T10:00:00Z",
        4,
        "web1",
        [&["web1"], &["203.0.113.9"], &["alice"], &["sshd:12"]],
    ),
    (
        r#"{"@timestamp":"2024-05-01T10:00:00Z","log":{"level":"error"},"message":"ecs dotted","host":{"name":"web1"},"source":{"ip":"203.0.113.9"},"user":{"name":"alice"},"process":{"name":"sshd","pid":12},"trace":{"id":"67acfc2ea56f108fa4535fc28ba99705"},"span":{"id":"80c1200c94be1178"}}"#,
        "ecs dotted",
        "2024-05-01T10:00:00Z",
        4,
        "web1",
        [&["web1"], &["203.0.113.9"], &["alice"], &["sshd:12"]],
    ),
    // journald
    (
        r#"{"__REALTIME_TIMESTAMP":"1423944916375353","PRIORITY":"3","_HOSTNAME":"web2","SYSLOG_IDENTIFIER":"sshd","_PID":"1108","MESSAGE":"error: maximum authentication attempts exceeded for root from 203.0.113.66 port 4242 ssh2 [preauth]"}"#,
        "error: maximum authentication attempts exceeded for root from 203.0.113.66 port 4242 ssh2 [preauth]",
        "2015-02-14T20:15:16.375353Z",
        4,
        "web2",
        [&["web2"], &["203.0.113.66"], &["root"], &["sshd:1108"]],
    ),
    // An escape sequence in the message
    (
        r#"{"ts":1705320000.5,"level":"warn","msg":"quota \"disk\" for user bob from 192.0.2.7","host":"db1"}"#,
        "quota \"disk\" for user bob from 192.0.2.7",
        "2024-01-15T12:00:00.5Z",
        3,
        "db1",
        [&["db1"], &["192.0.2.7"], &["bob"], &[]],
    ),
    // The host is an address, and the message starts with the level.
    (
        r#"{"time":"2024-01-15T12:00:00Z","host":"192.0.2.44","msg":"fatal: no matching key exchange"}"#,
        "fatal: no matching key exchange",
        "2024-01-15T12:00:00Z",
        6,
        "192.0.2.44",
        [&[], &["192.0.2.44"], &[], &[]],
    ),
];

#[test]
fn a_record_is_the_same_event_through_each_door() {
    for (record, message, time, severity, host, related) in RECORDS {
        let wanted = related.map(|list| list.iter().map(ToString::to_string).collect::<Vec<_>>());
        let first = seen(&Door::Ndjson.store(record));
        assert_eq!(first.message, *message, "{record}");
        assert_eq!(first.time, ns(time), "{record}");
        assert_eq!(
            (first.severity.0, first.host.as_str()),
            (*severity, *host),
            "{record}"
        );
        assert_eq!(first.related, wanted, "{record}");
        for door in Door::ALL {
            assert_eq!(seen(&door.store(record)), first, "{door:?} {record}");
        }
    }
}

#[test]
fn attributes_are_the_same_through_json_msgpack_and_fluent() {
    let record = r#"{"time":"2024-01-15T12:00:00Z","level":"info","msg":"m","shard":7,"ratio":0.5,"ok":true,"peer":{"ip":"x"},"user.name":"bob"}"#;
    let json = Door::Ndjson.store(record).attributes;
    let keys: Vec<_> = json.iter().map(|(key, _)| key.as_ref()).collect();
    assert_eq!(keys, ["shard", "ratio", "ok", "peer", "user.name"]);
    for door in [Door::Msgpack, Door::Fluent] {
        assert_eq!(Door::store(door, record).attributes, json, "{door:?}");
    }
}

/// The same message as a log line, in Docker's log, in Fluent records, and as an OpenTelemetry body.
#[test]
fn a_message_names_the_same_entities_through_each_door() {
    let line = store(Input::Lines(&case("doors.log"))).remove(0);
    let json = store(Input::Ndjson(&case("doors.ndjson")));
    let fluent = store(Input::Fluent(&case("doors.fluent")));
    let otlp = store(Input::OtlpJson(&case("doors.otlp.json"))).remove(0);
    for event in [&line, &json[0], &fluent[0], &otlp] {
        assert_eq!(
            event.message,
            "Failed password for root from 203.0.113.66 port 4242 ssh2"
        );
        assert_eq!(event.related_ips, ["203.0.113.66"]);
        assert_eq!(event.related_users, ["root"]);
    }
    assert_eq!(
        (line.related_hosts, otlp.related_hosts),
        (vec!["web1".into()], vec!["web1".into()])
    );
    for (json, fluent) in json.iter().zip(&fluent) {
        assert_eq!(seen(json), seen(fluent));
    }
    assert_eq!(json[0].timestamp_ns, ns("2024-01-15T12:00:00Z"));
    assert_eq!(json[1].timestamp_ns, ns("2024-05-01T10:00:00Z"));
    assert_eq!((json[1].severity_id, json[1].source_id.as_ref()), (4, "web1"));
    assert_eq!(json[2].related_processes, ["shop:7"]);
}

/// A line gives the same event directly and through collectors.
///
/// These are Fluent's `log` key, and the filelog and syslog receivers of the OpenTelemetry Collector.
#[test]
fn a_line_through_a_collector_is_the_event_of_the_line() {
    const LINE: &str =
        "<86>Jan 15 12:00:00 web1 sshd[7]: Failed password for root from 203.0.113.66 port 4242 ssh2";
    let year = seerflow::WriteOptions {
        reference_ns: ns("2024-06-01"),
        ..Default::default()
    };
    let line = super::write(Input::Lines(LINE.as_bytes()), year).0.remove(0);
    let filelog = super::door::otlp(&format!(
        r#"{{"observedTimeUnixNano":"1717200000000000000","body":{{"stringValue":"{LINE}"}},"attributes":[{{"key":"log.file.name","value":{{"stringValue":"auth.log"}}}}]}}"#
    ));
    let year = seerflow::WriteOptions {
        reference_ns: ns("2024-06-01"),
        ..Default::default()
    };
    let filelog = super::write(Input::OtlpJson(&filelog), year).0.remove(0);
    assert_eq!(seen(&filelog), seen(&line));
    assert_eq!(filelog.source_type, "sshd");
    let syslog = super::door::otlp(&format!(
        r#"{{"timeUnixNano":"1705320000000000000","severityNumber":9,"severityText":"info","body":{{"stringValue":"{LINE}"}},"attributes":[
            {{"key":"appname","value":{{"stringValue":"sshd"}}}},{{"key":"proc_id","value":{{"stringValue":"7"}}}},
            {{"key":"hostname","value":{{"stringValue":"web1"}}}},{{"key":"facility","value":{{"intValue":"10"}}}},
            {{"key":"priority","value":{{"intValue":"86"}}}},
            {{"key":"message","value":{{"stringValue":"Failed password for root from 203.0.113.66 port 4242 ssh2"}}}}]}}"#
    ));
    let syslog = store(Input::OtlpJson(&syslog)).remove(0);
    assert_eq!(seen(&syslog), seen(&line));
    assert_eq!(syslog.source_type, "sshd");
    assert_eq!(
        super::attribute(&syslog, "syslog.facility"),
        super::attribute(&line, "syslog.facility")
    );
    // With structured data and a message id, as RFC 5424 has them. The parameters name a user and an address.
    const RFC5424: &str = r#"<165>1 2024-01-15T12:00:00Z web1 app 7 ID47 [a@1 b="c" src="192.0.2.9" user="bob"] user alice from 203.0.113.9"#;
    let line = store(Input::Lines(RFC5424.as_bytes())).remove(0);
    let text = RFC5424.replace('"', "\\\"");
    let syslog = super::door::otlp(&format!(
        r#"{{"timeUnixNano":"1705320000000000000","severityNumber":10,"severityText":"notice","body":{{"stringValue":"{text}"}},"attributes":[
            {{"key":"appname","value":{{"stringValue":"app"}}}},{{"key":"proc_id","value":{{"stringValue":"7"}}}},
            {{"key":"hostname","value":{{"stringValue":"web1"}}}},{{"key":"facility","value":{{"intValue":"20"}}}},
            {{"key":"priority","value":{{"intValue":"165"}}}},{{"key":"version","value":{{"intValue":"1"}}}},
            {{"key":"msg_id","value":{{"stringValue":"ID47"}}}},
            {{"key":"structured_data","value":{{"kvlistValue":{{"values":[{{"key":"a@1","value":{{"kvlistValue":{{"values":[
                {{"key":"b","value":{{"stringValue":"c"}}}},{{"key":"src","value":{{"stringValue":"192.0.2.9"}}}},
                {{"key":"user","value":{{"stringValue":"bob"}}}}]}}}}}}]}}}}}},
            {{"key":"message","value":{{"stringValue":"user alice from 203.0.113.9"}}}}]}}"#
    ));
    let syslog = store(Input::OtlpJson(&syslog)).remove(0);
    assert_eq!(seen(&syslog), seen(&line));
    assert_eq!(
        (&line.related_users[..], &line.related_ips[..]),
        (&["bob".into()][..], &["192.0.2.9".into()][..])
    );
    for name in ["msgid", "a@1.b", "a@1.src", "a@1.user", "syslog.facility"] {
        let value = super::attribute(&line, name);
        assert!(
            value.is_some() && super::attribute(&syslog, name) == value,
            "{name}"
        );
    }
    let other = syslog.attributes.iter().filter(|(key, _)| key != "severity_text");
    assert_eq!(other.count(), line.attributes.len(), "{:?}", syslog.attributes);
    let fluent = super::door::Door::Fluent.store(&format!(r#"{{"log":"{LINE}\n"}}"#));
    assert_eq!(fluent.related_processes, ["sshd:7"]);
    assert_eq!(
        (fluent.source_id.as_ref(), fluent.source_type.as_ref()),
        ("web1", "sshd")
    );
}

/// The host that a line names takes precedence over that of the resource. A line of a container has the time of the runtime, and may be
/// a record in itself.
#[test]
fn a_line_of_a_file_keeps_its_host_and_its_severity() {
    let of = |time: &str, body: &str| {
        let text = serde_json::to_string(body).unwrap();
        let record = format!(
            r#"{{"resourceLogs":[{{"resource":{{"attributes":[{{"key":"host.name","value":{{"stringValue":"relay"}}}}]}},"scopeLogs":[{{"logRecords":[
                {{"timeUnixNano":"{time}","body":{{"stringValue":{text}}},"attributes":[{{"key":"log.file.path","value":{{"stringValue":"/a.log"}}}}]}}]}}]}}]}}"#
        );
        store(Input::OtlpJson(record.as_bytes())).remove(0)
    };
    let named = of("0", "<86>1 2024-01-15T12:00:00Z web1 sshd 7 - - hello");
    assert_eq!(
        (named.source_id.as_ref(), &named.related_hosts[..]),
        ("web1", &["web1".into()][..])
    );
    let unnamed = of("0", "2024-01-15T12:00:00Z ERROR hello");
    assert_eq!(
        (unnamed.source_id.as_ref(), &unnamed.related_hosts[..]),
        ("relay", &["relay".into()][..])
    );
    let container = of("1705320000000000000", r#"{"level":"error","msg":"cannot pay"}"#);
    assert_eq!(
        (container.message.as_ref(), container.severity_id),
        ("cannot pay", 4)
    );
    assert_eq!(container.timestamp_ns, ns("2024-01-15T12:00:00Z"));
}
