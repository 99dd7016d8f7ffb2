//! Fluent Forward as its senders write it.

use seerflow::record::Value;
use seerflow::{Input, WriteOptions};

use super::door::pack;
use super::{attribute, case, ns, store, write};

#[test]
fn every_mode() {
    let (events, written) = write(Input::Fluent(&case("modes.fluent")), WriteOptions::default());
    // A record that is a string is invalid.
    assert_eq!(written.rejected.len(), 1, "{:?}", written.rejected);
    let messages: Vec<_> = events.iter().map(|event| event.message.as_ref()).collect();
    for message in [
        "message mode",
        "message mode nil option",
        "forward no options",
        "forward nil options",
        "packed bin",
        "packed bin 2",
        "packed str",
        "compressed text",
        "ext8 time",
        "nanos too big",
        "float time",
        "text time",
        "msgpack timestamp",
        "no time",
        "time 0",
        "time ms",
        "pid text",
        "last",
    ] {
        assert!(messages.contains(&message), "{message}: {messages:?}");
    }
    let time = |message: &str| {
        events
            .iter()
            .find(|event| event.message == message)
            .unwrap()
            .timestamp_ns
    };
    assert_eq!(time("message mode"), ns("2024-01-15T12:00:00Z"));
    assert_eq!(time("time ms"), ns("2024-01-15T12:00:00.123Z"));
    assert_eq!(time("text time"), ns("2024-01-15T12:00:00Z"));
    assert_eq!(time("nanos too big"), ns("2024-01-15T12:00:00.999999999Z"));
    assert_eq!(time("msgpack timestamp"), ns("2024-01-15T12:00:00.000000005Z"));
    assert!(
        events
            .iter()
            .all(|event| attribute(event, "fluent.tag") == Some(&"t".into()))
    );
}

#[test]
fn zstd_is_unpacked() {
    let events = store(Input::Fluent(&case("zstd.fluent")));
    let messages: Vec<_> = events.iter().map(|event| event.message.as_ref()).collect();
    assert_eq!(messages, ["zstd one", "zstd two", "neighbour"]);
    assert_eq!(events[0].severity_id, 4);
    let damaged = b"\x93\xa1t\xc4\x04nope\x81\xaacompressed\xa4zstd";
    let (_, written) = write(Input::Fluent(damaged), WriteOptions::default());
    assert!(
        written.rejected[0].reason.starts_with("not zstd"),
        "{:?}",
        written.rejected
    );
}

#[test]
fn ruby_sends_bytes_for_text() {
    let bytes = |text: &str| Value::Bin(text.as_bytes().to_vec().into());
    let record = Value::Map(vec![
        (bytes("log"), bytes("db down")),
        (bytes("host"), bytes("web1")),
        (bytes("level"), bytes("error")),
        (bytes("message_key"), bytes("é")),
        (bytes("raw"), Value::Bin(vec![0xff].into())),
        (Value::Int(7), Value::Int(8)),
    ]);
    let events = store(Input::Fluent(&pack(&Value::Array(vec![
        Value::Int(1_705_320_000),
        record,
    ]))));
    let event = &events[0];
    assert_eq!(
        (
            event.message.as_ref(),
            event.source_id.as_ref(),
            event.severity_id
        ),
        ("db down", "web1", 4)
    );
    assert_eq!(attribute(event, "message_key"), Some(&"é".into()));
    assert_eq!(attribute(event, "7"), Some(&Value::Int(8)));
    assert_eq!(attribute(event, "raw"), Some(&r#"{"$bin":"/w=="}"#.into()));
}

/// Fluent Bit sends a file's lines and journald's entries as records.
///
/// Its Kubernetes filter adds the keys of the pod.
#[test]
fn records_of_fluent_bit() {
    let map = |json: &str| super::door::value(&serde_json::from_str(json).unwrap());
    let record = |json: &str| {
        let record = Value::Array(vec![Value::Int(1_800_000_000), map(json)]);
        store(Input::Fluent(&pack(&record))).remove(0)
    };
    let event = record(
        r#"{"stream":"stderr","log":"{\"level\":\"error\",\"msg\":\"db \\\"main\\\" down\",\"time\":\"2024-01-15T12:00:00Z\",\"user\":\"bob\",\"stream\":\"inner\"}\n","kubernetes":{"pod_name":"shop-1","host":"node-7"}}"#,
    );
    assert_eq!(
        (event.message.as_ref(), event.severity_id),
        ("db \"main\" down", 4)
    );
    assert_eq!(event.timestamp_ns, ns("2024-01-15T12:00:00Z"));
    assert_eq!(
        (event.source_id.as_ref(), event.related_users),
        ("node-7", vec!["bob".into()])
    );
    let streams = event.attributes.iter().filter(|(key, _)| key == "stream");
    assert_eq!(
        streams.map(|(_, value)| value).collect::<Vec<_>>(),
        [&Value::from("stderr")]
    );
    let event = record(
        r#"{"_SYSTEMD_UNIT":"ssh.service","PRIORITY":"5","SYSLOG_IDENTIFIER":"sshd","_PID":"7","_HOSTNAME":"web1","MESSAGE":"hello"}"#,
    );
    assert_eq!(
        (
            event.message.as_ref(),
            event.severity_id,
            event.source_type.as_ref()
        ),
        ("hello", 2, "sshd")
    );
    assert_eq!(
        (event.related_hosts, event.related_processes),
        (vec!["web1".into()], vec!["sshd:7".into()])
    );
}

/// A message that is a JSON object is interpreted if the option `parse` is true.
#[test]
fn a_message_is_read_if_the_call_says_so() {
    let json = br#"{"log":"{\"level\":\"error\",\"msg\":\"inner\"}\n","time":"2024-01-15T12:00:00Z"}"#;
    let with = |parse| {
        let options = seerflow::WriteOptions {
            parse,
            ..Default::default()
        };
        super::write(Input::Ndjson(json), options).0.remove(0)
    };
    for parse in [None, Some(false)] {
        let event = with(parse);
        assert_eq!(
            (event.message.as_ref(), event.severity_id),
            (r#"{"level":"error","msg":"inner"}"#, 1)
        );
    }
    let event = with(Some(true));
    assert_eq!((event.message.as_ref(), event.severity_id), ("inner", 4));
    assert_eq!(event.timestamp_ns, ns("2024-01-15T12:00:00Z"));
}

/// The group of Fluent Bit's OpenTelemetry input has the attributes and schema URLs of the request.
#[test]
fn a_group_is_the_event_of_its_request() {
    let map = |json: &str| super::door::value(&serde_json::from_str(json).unwrap());
    let entry = |time: i64, metadata: &str, body: &str| {
        let head = Value::Array(vec![Value::Int(time), map(metadata)]);
        pack(&Value::Array(vec![head, map(body)]))
    };
    let scope = r#""scope":{"name":"lib","version":"2","schema_url":"https://b/2","attributes":{"k":"v"}}"#;
    let request = super::door::otlp("{}");
    let request = String::from_utf8(request).unwrap().replace(
        r#"{"scopeLogs":[{"logRecords":[{}]}]}"#,
        r#"{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"schemaUrl":"https://a/1","scopeLogs":[{
            "scope":{"name":"lib","version":"2","attributes":[{"key":"k","value":{"stringValue":"v"}}]},"schemaUrl":"https://b/2",
            "logRecords":[{"timeUnixNano":"1705320000000000000","body":{"stringValue":"m"}}]}]}"#,
    );
    let otlp = store(Input::OtlpJson(request.as_bytes())).remove(0);
    assert!(
        otlp.resource_attrs
            .contains(&("schema_url".into(), "https://a/1".into()))
    );
    for resource in [
        r#""resource":{"attributes":{"service.name":"shop"}},"schema_url":"https://a/1""#,
        r#""resource":{"attributes":{"service.name":"shop"},"schema_url":"https://a/1"}"#,
    ] {
        let group = [
            entry(-1, "{}", &format!("{{{resource},{scope}}}")),
            entry(1_705_320_000, r#"{"otlp":{}}"#, r#"{"log":"m"}"#),
            entry(-2, "{}", "{}"),
        ]
        .concat();
        let event = store(Input::Fluent(&group)).remove(0);
        assert_eq!(event.resource_attrs, otlp.resource_attrs);
        assert_eq!(event.attributes, otlp.attributes);
        assert_eq!(
            attribute(&event, "otel.scope.schema_url"),
            Some(&"https://b/2".into())
        );
        assert_eq!(
            (event.source_type.as_ref(), event.message.as_ref()),
            ("shop", "m")
        );
    }
}
