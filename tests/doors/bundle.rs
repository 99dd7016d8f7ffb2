//! Documents that deliver many records, as clouds and shippers send them.

use std::io::Write;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::write::GzEncoder;
use seerflow::Input;

use super::door::{pack, value};
use super::{attribute, ns, store};

/// A document, and the message, time, severity and host of each of its records.
#[allow(clippy::type_complexity)]
const DOCUMENTS: &[(&str, &[(&str, &str, i64, &str)])] = &[
    // CloudWatch's subscriptions
    (
        r#"{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/aws/lambda/shop","logStream":"2024/01/15/[$LATEST]a1","subscriptionFilters":["all"],"logEvents":[{"id":"37","timestamp":1705320000123,"message":"error: first"},{"id":"38","timestamp":1705320000456,"message":"{\"level\":\"warn\"}"}]}"#,
        &[
            ("error: first", "2024-01-15T12:00:00.123Z", 4, ""),
            (r#"{"level":"warn"}"#, "2024-01-15T12:00:00.456Z", 1, ""),
        ],
    ),
    // aws logs filter-log-events
    (
        r#"{"events":[{"logStreamName":"i-1","timestamp":1705320000123,"message":"one","eventId":"1"}],"searchedLogStreams":[]}"#,
        &[("one", "2024-01-15T12:00:00.123Z", 1, "")],
    ),
    // Google Cloud's entries
    (
        r#"{"entries":[{"severity":"ERROR","timestamp":"2024-01-15T12:00:00Z","jsonPayload":{"message":"one","host":"web1"}},{"severity":"NOTICE","timestamp":"2024-01-15T12:00:01Z","textPayload":"two"}]}"#,
        &[
            ("one", "2024-01-15T12:00:00Z", 4, ""),
            ("two", "2024-01-15T12:00:01Z", 2, ""),
        ],
    ),
    (
        r#"{"logName":"projects/p/logs/app","resource":{"type":"gce_instance"},"entries":[{"severity":"ERROR","timestamp":"2024-01-15T12:00:00Z","textPayload":"one"}]}"#,
        &[("one", "2024-01-15T12:00:00Z", 4, "")],
    ),
    // Firehose's requests to HTTP endpoints: the data is base64
    (
        r#"{"requestId":"r-1","timestamp":1705320000000,"records":[{"data":"eyJsZXZlbCI6ImVycm9yIiwibXNnIjoib25lIiwiaG9zdCI6IndlYjEifQ=="},{"data":"cGxhaW4gdGV4dA=="}]}"#,
        &[
            ("one", "2024-01-15T12:00:00Z", 4, "web1"),
            ("plain text", "2024-01-15T12:00:00Z", 1, ""),
        ],
    ),
    // Kubernetes' audit webhook
    (
        r#"{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[{"level":"Metadata","verb":"get","log":"one","user":{"username":"admin"},"requestReceivedTimestamp":"2024-01-15T12:00:00Z"}]}"#,
        &[("one", "2024-01-15T12:00:00Z", 1, "")],
    ),
    // Loki
    (
        r#"{"streams":[{"stream":{"host":"web1","level":"error"},"values":[["1705320000123456789","one"],["1705320001000000000","two",{"user":"bob"}]]},{"stream":{"host":"web2"},"values":[["1705320002000000000","three"]]}]}"#,
        &[
            ("one", "2024-01-15T12:00:00.123456789Z", 4, "web1"),
            ("two", "2024-01-15T12:00:01Z", 4, "web1"),
            ("three", "2024-01-15T12:00:02Z", 1, "web2"),
        ],
    ),
    // Microsoft Graph
    (
        r#"{"@odata.context":"https://graph.example.com","value":[{"createdDateTime":"2024-01-15T12:00:00Z","text":"one","userPrincipalName":"bob@example.com"}]}"#,
        &[("one", "2024-01-15T12:00:00Z", 1, "")],
    ),
    // One list and nothing else
    (
        r#"{ "logs" : [{"time":"2024-01-15T12:00:00Z","msg":"one"}, {"time":"2024-01-15T12:00:01Z","msg":"two"}] }"#,
        &[
            ("one", "2024-01-15T12:00:00Z", 1, ""),
            ("two", "2024-01-15T12:00:01Z", 1, ""),
        ],
    ),
];

#[test]
fn each_record_of_a_document_is_an_event() {
    for (document, records) in DOCUMENTS {
        let json = store(Input::Ndjson(document.as_bytes()));
        let map = value(&serde_json::from_str(document).unwrap());
        let msgpack = store(Input::Msgpack(&pack(&map)));
        for events in [json, msgpack] {
            let seen: Vec<_> = events
                .iter()
                .map(|event| {
                    (
                        event.message.as_ref(),
                        event.timestamp_ns,
                        event.severity_id,
                        event.source_id.as_ref(),
                    )
                })
                .collect();
            let wanted: Vec<_> = records
                .iter()
                .map(|(message, time, severity, host)| (*message, ns(time), *severity, *host))
                .collect();
            assert_eq!(seen, wanted, "{document}");
        }
    }
}

#[test]
fn records_have_the_attributes_of_their_document() {
    let events = store(Input::Ndjson(DOCUMENTS[0].0.as_bytes()));
    for (event, id) in events.iter().zip(["37", "38"]) {
        assert_eq!(event.source_type, "/aws/lambda/shop");
        assert_eq!(
            attribute(event, "logStream"),
            Some(&"2024/01/15/[$LATEST]a1".into())
        );
        assert_eq!(attribute(event, "owner"), Some(&"123456789012".into()));
        assert_eq!(attribute(event, "id"), Some(&id.into()));
        assert_eq!(attribute(event, "logEvents"), None);
    }
    let events = store(Input::Ndjson(DOCUMENTS[6].0.as_bytes()));
    assert_eq!(events[1].related_users, ["bob"]);
    assert_eq!(events[1].related_hosts, ["web1"]);
    let events = store(Input::Ndjson(DOCUMENTS[5].0.as_bytes()));
    assert_eq!(events[0].related_users, ["admin"]);
}

/// CloudWatch's subscriptions compress their documents, and Firehose wraps those. Firehose's and CloudWatch's keys become attributes.
#[test]
fn compressed_documents_in_records_of_firehose() {
    let inner = DOCUMENTS[0].0;
    let compressed = |text: &str| {
        let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        STANDARD.encode(gzip.finish().unwrap())
    };
    let plain = STANDARD.encode(r#"{"level":"warn","msg":"plain"}"#);
    let document = format!(
        r#"{{"requestId":"r-1","timestamp":1705320000000,"records":[{{"data":"{}"}},{{"data":"{plain}"}},{{"data":"{}"}},{{"data":"H4sIAAAA"}}]}}"#,
        compressed(inner),
        compressed("a line"),
    );
    let events = store(Input::Ndjson(document.as_bytes()));
    let messages: Vec<_> = events.iter().map(|event| event.message.as_ref()).collect();
    assert_eq!(
        messages,
        [
            "error: first",
            r#"{"level":"warn"}"#,
            "plain",
            "a line",
            r#"{"data":"H4sIAAAA"}"#
        ]
    );
    assert_eq!(events[0].timestamp_ns, ns("2024-01-15T12:00:00.123Z"));
    assert_eq!(events[0].source_type, "/aws/lambda/shop");
    assert_eq!((events[0].severity_id, events[2].severity_id), (4, 3));
    for event in &events {
        assert_eq!(attribute(event, "requestId"), Some(&"r-1".into()));
    }
    assert_eq!(attribute(&events[1], "owner"), Some(&"123456789012".into()));
    assert_eq!(attribute(&events[2], "owner"), None);
    // A record that unpacks to far more than the document stays as it is.
    let bomb = compressed(&"x".repeat(8 << 20));
    let document = format!(r#"{{"requestId":"r-1","records":[{{"data":"{bomb}"}}]}}"#);
    let events = store(Input::Ndjson(document.as_bytes()));
    assert_eq!(attribute(&events[0], "data"), Some(&bomb.into()));
}

/// An event with a list of objects is one event.
#[test]
fn a_list_of_objects_is_no_document() {
    for json in [
        r#"{"msg":"order","time":"2024-01-15T12:00:00Z","items":[{"id":1},{"id":2}]}"#,
        r#"{"level":"error","errors":[{"message":"a"},{"message":"b"}]}"#,
        r#"{"errors":[{"message":"a"}],"level":"error"}"#,
        r#"{"events":[{"message":"a"}],"count":1}"#,
        r#"{"data":[1,2]}"#,
        r#"{"data":[]}"#,
    ] {
        assert_eq!(store(Input::Ndjson(json.as_bytes())).len(), 1, "{json}");
    }
}

/// Documents whose other keys are large are not copied to each of very many records.
#[test]
fn shared_attributes_are_bounded() {
    let records = vec![r#"{"id":1}"#; 10_000].join(",");
    let document = format!(
        r#"{{"logStream":"{}","logEvents":[{records}]}}"#,
        "s".repeat(20_000)
    );
    let events = store(Input::Ndjson(document.as_bytes()));
    assert_eq!(events.len(), 10_000);
    let with = |name: &str| {
        events
            .iter()
            .filter(|event| attribute(event, name).is_some())
            .count()
    };
    assert_eq!(with("logStream") + with(seerflow::codec::OMITTED), 10_000);
    assert!(with("logStream") < 500);
}

/// Vector, Filebeat and Fluent Bit send Elasticsearch's bulk format.
#[test]
fn actions_of_the_bulk_interface_are_not_records() {
    let input = "{\"index\":{}}\n{\"msg\":\"one\"}\n{\"create\":{\"_index\":\"logs\"}}\n{\"msg\":\"two\"}\n{\"create\":{\"id\":7}}\n";
    let events = store(Input::Ndjson(input.as_bytes()));
    let messages: Vec<_> = events.iter().map(|event| event.message.as_ref()).collect();
    assert_eq!(messages, ["one", "two", "{\"create\":{\"id\":7}}"]);
}
