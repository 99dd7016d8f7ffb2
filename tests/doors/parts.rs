//! Times, hosts and users whose parts are in several keys, or that are spelled in unusual ways.

use seerflow::record::{Event, EventQuery, Value};
use seerflow::{Input, WriteOptions};

use super::door::{Door, otlp, pack};
use super::{attribute, ns, object, store, write};

#[test]
fn date_and_time_have_keys_of_their_own() {
    let cases = [
        (
            r#"{"date":"2024-01-15","time":"12:00:00","msg":"m"}"#,
            "2024-01-15T12:00:00Z",
        ),
        (
            r#"{"log_date":"2024-01-15","log_time":"12:00:00.5","msg":"m"}"#,
            "2024-01-15T12:00:00.5Z",
        ),
        (
            r#"{"Date":"15/01/2024","Time":"12:00:00","msg":"m"}"#,
            "2024-01-15T12:00:00Z",
        ),
        (
            r#"{"time":"12:00:00+01:00","date":"2024/01/15","msg":"m"}"#,
            "2024-01-15T11:00:00Z",
        ),
        (
            r#"{"date":"2024-01-15","time":"1:00:00 PM","msg":"m"}"#,
            "2024-01-15T13:00:00Z",
        ),
        (
            r#"{"date":"2024-01-15","time":"12:00:00","tz":"-0500","msg":"m"}"#,
            "2024-01-15T17:00:00Z",
        ),
        (
            r#"{"date":"2024-01-15","time":"12:00:00","tz":"Europe/Berlin","msg":"m"}"#,
            "2024-01-15T11:00:00Z",
        ),
        // A key that has both is preferred.
        (
            r#"{"date":"2024-01-15","time":"12:00:00","@timestamp":"2024-01-15T12:00:00.25Z","msg":"m"}"#,
            "2024-01-15T12:00:00.25Z",
        ),
        (r#"{"date":"2024-01-15","msg":"m"}"#, "2024-01-15T00:00:00Z"),
    ];
    for (record, time) in cases {
        for door in Door::ALL {
            let event = door.store(record);
            assert_eq!(event.timestamp_ns, ns(time), "{door:?} {record}");
            let unparsed = attribute(&event, "seerflow.time.unparsed");
            assert_eq!(unparsed, None, "{door:?} {record}");
        }
    }
    let line = store(Input::Lines(
        b"date=2024-01-15 time=12:00:00 tz=\"+0100\" devname=fw1 srcip=192.0.2.7 user=\"CORP\\jdoe\" msg=m",
    ))
    .remove(0);
    assert_eq!(line.timestamp_ns, ns("2024-01-15T11:00:00Z"));
    assert_eq!(
        (line.source_id.as_ref(), line.related_users),
        ("fw1", vec!["CORP\\jdoe".into()])
    );
}

#[test]
fn times_of_more_programs() {
    for (text, time) in [
        (
            r#""timestamp":"Jan 15, 2024 @ 12:00:00.123""#,
            "2024-01-15T12:00:00.123Z",
        ),
        (
            r#""TimeCreated":"/Date(1705320000123)/""#,
            "2024-01-15T12:00:00.123Z",
        ),
        (r#""timestamp":20240115120000"#, "2024-01-15T12:00:00Z"),
        (r#""timestamp":"20240115120000""#, "2024-01-15T12:00:00Z"),
        (r#""timestamp_ms":1705320000123"#, "2024-01-15T12:00:00.123Z"),
        (r#""unix_time":1705320000"#, "2024-01-15T12:00:00Z"),
        (r#""@timestamp":"1705320000""#, "2024-01-15T12:00:00Z"),
    ] {
        let event = object(&format!(r#"{{{text},"msg":"m"}}"#));
        assert_eq!(event.timestamp_ns, ns(time), "{text}");
    }
}

/// Each door counts a time that is not understood once.
#[test]
fn times_that_are_not_understood_are_counted_through_each_door() {
    let record = r#"{"time":"at noon","msg":"m"}"#;
    let map = super::door::value(&serde_json::from_str(record).unwrap());
    let packed = pack(&map);
    let forward = pack(&Value::Array(vec!["at noon".into(), map.clone()]));
    let otlp = otlp(r#"{"timeUnixNano":"at noon","body":{"stringValue":"m"}}"#);
    let inputs = [
        ("ndjson", Input::Ndjson(record.as_bytes())),
        ("msgpack", Input::Msgpack(&packed)),
        ("fluent", Input::Fluent(&forward)),
        ("otlp-json", Input::OtlpJson(&otlp)),
        ("lines", Input::Lines(b"<34>Feb 30 12:00:00 web1 su: m")),
        ("logfmt", Input::Lines(b"time=\"at noon\" level=error msg=m")),
        (
            "bundle",
            Input::Ndjson(br#"{"logStream":"a","logEvents":[{"timestamp":"at noon","message":"m"}]}"#),
        ),
    ];
    for (door, input) in inputs {
        let (events, written) = write(input, WriteOptions::default());
        assert_eq!(written.unparsed_times, 1, "{door}");
        let text = attribute(&events[0], "seerflow.time.unparsed");
        let text = text.unwrap_or_else(|| panic!("{door}: {:?}", events[0].attributes));
        assert!(
            *text == "at noon".into() || *text == "Feb 30 12:00:00".into(),
            "{door}"
        );
    }
    let (_, written) = write(
        Input::Ndjson(b"{\"msg\":\"none\"}\n{\"time\":1705320000,\"msg\":\"good\"}\n"),
        WriteOptions::default(),
    );
    assert_eq!(written.unparsed_times, 0);
}

/// A struct has no keys. Its source and its message name the same entities as those of other records.
#[test]
fn a_struct_is_the_event_of_the_other_doors() {
    let event = || Event {
        message: "Failed password for root from 203.0.113.66 port 4242 ssh2".into(),
        source_id: "web1".into(),
        ..Event::default()
    };
    let given = store(Input::Events(Box::new(std::iter::once(Ok(event()))))).remove(0);
    let json = object(
        r#"{"message":"Failed password for root from 203.0.113.66 port 4242 ssh2","source_id":"web1"}"#,
    );
    let foreign =
        object(r#"{"msg":"Failed password for root from 203.0.113.66 port 4242 ssh2","host":"web1"}"#);
    let map = super::door::value(
        &serde_json::from_str(
            r#"{"message":"Failed password for root from 203.0.113.66 port 4242 ssh2","source_id":"web1"}"#,
        )
        .unwrap(),
    );
    let msgpack = store(Input::Msgpack(&pack(&map))).remove(0);
    for event in [&given, &json, &foreign, &msgpack] {
        assert_eq!(event.related_hosts, ["web1"]);
        assert_eq!(event.related_ips, ["203.0.113.66"]);
        assert_eq!(event.related_users, ["root"]);
        assert_eq!(event.entity_refs.len(), 3);
    }
    // A record that names entities itself names all of them.
    let event = Event {
        related_users: vec!["bob".into()],
        ..event()
    };
    let given = store(Input::Events(Box::new(std::iter::once(Ok(event))))).remove(0);
    assert_eq!((given.related_hosts.len(), given.entity_refs.len()), (0, 1));
    // An address is an address.
    let event = object(r#"{"message":"m","source_id":"192.0.2.7"}"#);
    assert_eq!(
        (event.related_hosts.len(), event.related_ips),
        (0, vec!["192.0.2.7".into()])
    );
    // An export is stored without change.
    let (events, _) = write(
        Input::Ndjson(br#"{"event_id":"019cea80-8468-7d95-85e6-9c1966f2d9af","message":"from 192.0.2.7","source_id":"a.log"}"#),
        WriteOptions {
            verbatim: true,
            ..WriteOptions::default()
        },
    );
    assert_eq!(
        (events[0].related_hosts.len(), events[0].related_ips.len()),
        (0, 0)
    );
}

#[test]
fn users_and_addresses_of_more_programs() {
    let event = object(
        r#"{"time":"2024-01-15T12:00:00Z","caller":"jdoe@corp.example","callerIpAddress":"203.0.113.9","operationName":"write"}"#,
    );
    assert_eq!(event.related_users, ["jdoe@corp.example"]);
    // Loggers write the place in the source under this name.
    for place in ["main.go:12", "github.com/x/y@v1.2.3/z.go:7", "svc@host", "worker"] {
        let event = object(&format!(r#"{{"msg":"m","caller":"{place}"}}"#));
        assert_eq!(event.related_users, [""; 0], "{place}");
    }
    let event = object(
        r#"{"date":"2024-01-15","time":"12:00:00","c-ip":"203.0.113.9","cs-username":"-","s-computername":"WEB01","s-ip":"192.0.2.1"}"#,
    );
    assert_eq!(event.related_ips, ["203.0.113.9", "192.0.2.1"]);
    assert_eq!(
        (event.related_users.len(), event.source_id.as_ref()),
        (0, "WEB01")
    );
    let event = object(
        r#"{"msg":"m","source":{"address":"fe80::1%eth0"},"host":"fe80::2%eth1","remote_addr":"[2001:db8::1]:443"}"#,
    );
    assert_eq!(event.related_ips, ["fe80::2", "fe80::1", "2001:db8::1"]);
    assert_eq!(
        (event.source_id.as_ref(), event.related_hosts.len()),
        ("fe80::2%eth1", 0)
    );
    let line = store(Input::Lines(
        b"fe80::1%eth0 - - [15/Jan/2024:12:00:00 +0000] \"GET / HTTP/1.1\" 200 1",
    ))
    .remove(0);
    assert_eq!(line.related_ips, ["fe80::1"]);
    let line = store(Input::Lines(
        b"LEEF:2.0|V|P|1|41|x7C|src=192.0.2.1|sev=8|usrName=DOM\\nick",
    ))
    .remove(0);
    assert_eq!(line.related_users, ["DOM\\nick"]);
}

/// Falco, Wazuh, Rust's tracing, Datadog, Okta and Office 365.
#[test]
fn nested_messages_and_users() {
    let cases = [
        (
            r#"{"rule":"r","priority":"Notice","time":"2024-01-15T12:00:00Z","output":"a shell","output_fields":{"user.name":"bob"},"hostname":"web1"}"#,
            ("a shell", "bob", "web1", 2),
        ),
        (
            r#"{"timestamp":"2024-01-15T12:00:00.000+0000","agent":{"name":"web1"},"full_log":"brute force","data":{"srcip":"203.0.113.9","srcuser":"bob"}}"#,
            ("brute force", "bob", "web1", 1),
        ),
        (
            r#"{"timestamp":"2024-01-15T12:00:00Z","level":"WARN","fields":{"message":"spans"},"hostname":"web1","user":"bob"}"#,
            ("spans", "bob", "web1", 3),
        ),
        (
            r#"{"date":1705320000000,"message":"m","usr":{"name":"bob"},"hostname":"web1"}"#,
            ("m", "bob", "web1", 1),
        ),
        (
            r#"{"published":"2024-01-15T12:00:00Z","displayMessage":"login","actor":{"alternateId":"bob@example.com"},"severity":"WARN","host":"web1"}"#,
            ("login", "bob@example.com", "web1", 3),
        ),
        (
            r#"{"CreationTime":"2024-01-15T12:00:00","UserId":"bob@example.com","msg":"login","host":"web1"}"#,
            ("login", "bob@example.com", "web1", 1),
        ),
    ];
    for (record, (message, user, host, severity)) in cases {
        let event = object(record);
        assert_eq!(event.timestamp_ns, ns("2024-01-15T12:00:00Z"), "{record}");
        assert_eq!(
            (event.message.as_ref(), event.severity_id),
            (message, severity),
            "{record}"
        );
        assert_eq!(
            (event.source_id.as_ref(), &event.related_users),
            (host, &vec![user.into()]),
            "{record}"
        );
    }
}

#[test]
fn more_records_of_loggers() {
    // The number of OpenTelemetry's scale decides, as in OTLP.
    let event = object(r#"{"severityText":"ERROR","severityNumber":9,"body":"text"}"#);
    assert_eq!((event.message.as_ref(), event.severity_id), ("text", 1));
    let event = object(r#"{"severity":"3","facility":"auth","message":"m"}"#);
    assert_eq!(event.severity_id, 4);
    // Splunk's HTTP event collector
    let event = object(
        r#"{"time":1705320000,"host":"web1","sourcetype":"app","event":{"message":"m","level":"error"}}"#,
    );
    assert_eq!(
        (
            event.message.as_ref(),
            event.severity_id,
            event.source_type.as_ref()
        ),
        ("m", 4, "app")
    );
    // PowerShell
    let event = object(
        r#"{"TimeCreated":"/Date(1705320000123)/","Message":"m","LevelDisplayName":"Error","MachineName":"dc1","ProviderName":"p"}"#,
    );
    assert_eq!((event.severity_id, event.source_type.as_ref()), (4, "p"));
    for line in [
        "*Mar  1 18:46:11.123 UTC: %SYS-3-CONFIG_I: Configured",
        "Mar  1 18:46:11.123 UTC: %SYS-3-CONFIG_I: Configured",
    ] {
        let event = store(Input::Lines(line.as_bytes())).remove(0);
        assert_eq!(
            (
                event.message.as_ref(),
                event.severity_id,
                event.source_type.as_ref()
            ),
            ("Configured", 4, "%sys-3-config_i"),
            "{line}"
        );
    }
}

/// An overlong record that arrives in pieces is one dead letter. The records beside it are stored.
#[test]
fn an_overlong_record_in_pieces_costs_no_other() {
    use seerflow::record::Control;
    use seerflow::{Config, Engine};
    let map = |message: &str| Value::Map(vec![("msg".into(), Value::from(message.to_owned()))]);
    let records = [map("before"), map(&"x".repeat(10_000)), map("after"), map("last")];
    let msgpack: Vec<u8> = records.iter().flat_map(pack).collect();
    let entry = |map: &Value<'static>| pack(&Value::Array(vec![Value::Int(1_705_320_000), map.clone()]));
    let fluent: Vec<u8> = records.iter().flat_map(entry).collect();
    for is_fluent in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new();
        let path = folder.path().join("seerflow.db");
        config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
        config.set("storage.max_event_bytes", "1024").unwrap();
        let engine = Engine::open(&config, Default::default()).unwrap();
        let (mut pending, mut rejected) = (Vec::new(), Vec::new());
        let bytes = if is_fluent { &fluent } else { &msgpack };
        let pieces = bytes.chunks(700).count();
        for (number, piece) in bytes.chunks(700).enumerate() {
            pending.extend_from_slice(piece);
            let input = if is_fluent {
                Input::Fluent(&pending)
            } else {
                Input::Msgpack(&pending)
            };
            let options = WriteOptions {
                complete: number + 1 == pieces,
                durable: true,
                ..WriteOptions::default()
            };
            let written = engine.write(input, options, &Control::unbounded()).unwrap();
            rejected.extend(written.rejected.iter().map(|one| one.reason.clone()));
            pending.drain(..written.consumed);
        }
        assert_eq!(rejected.len(), 1, "{rejected:?}");
        assert!(rejected[0].contains("the bound is 1024"), "{rejected:?}");
        let found = engine
            .query_events(&EventQuery::default(), &Control::unbounded())
            .unwrap();
        assert_eq!((found.len(), pending.len()), (3, 0));
    }
}
