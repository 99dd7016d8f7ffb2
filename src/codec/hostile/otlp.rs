//! OpenTelemetry requests, as protobuf and as JSON, that are as expensive as possible.

use super::{Format, fill, measure};

/// Encodes a length-delimited protobuf field.
fn part(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![tag << 3 | 2];
    prost::encoding::encode_varint(bytes.len() as u64, &mut out);
    out.extend(bytes);
    out
}

fn attribute(key: &str, text: &str) -> Vec<u8> {
    part(
        1,
        &[part(1, key.as_bytes()), part(2, &part(1, text.as_bytes()))].concat(),
    )
}

fn otlp_request(resource: &[u8], scope: &[u8], records: &[u8]) -> Vec<u8> {
    let scope = [part(1, scope), records.to_vec()].concat();
    part(1, &[part(1, resource), part(2, &scope)].concat())
}

#[test]
fn otlp_takes_linear_time() {
    measure(Format::Otlp, |size| {
        let large = attribute("k", &"x".repeat(size / 2));
        let records = part(2, &[]).repeat(size / 4);
        let entities: Vec<u8> = (0..256)
            .flat_map(|n| attribute("host.ip", &format!("10.0.0.{n}")))
            .collect();
        let as_attribute = |bytes: &[u8]| [&[6 << 3 | 2], &part(1, bytes)[1..]].concat();
        let record = |attributes: &[u8]| otlp_request(&[], &[], &part(2, attributes));
        let inner = |count: usize, value: &str| {
            let list = part(1, &part(1, value.as_bytes())).repeat(count);
            let value = part(2, &part(5, &list));
            record(&as_attribute(&[part(1, b"user.target.name"), value].concat()))
        };
        let scopes = part(2, &[]).repeat(size / 4);
        vec![
            (
                "empty records",
                otlp_request(&[], &[], &part(2, &[]).repeat(size / 2)),
            ),
            ("a large resource", otlp_request(&large, &[], &records)),
            (
                "a large name",
                otlp_request(&attribute("service.name", &"x".repeat(size / 2)), &[], &records),
            ),
            (
                "many attributes",
                otlp_request(&part(1, &[]).repeat(size / 4), &[], &records),
            ),
            (
                "a large scope",
                otlp_request(&[], &part(1, &vec![b's'; size / 2]), &records),
            ),
            (
                "a scope's lists",
                otlp_request(
                    &[],
                    &part(
                        3,
                        &[
                            part(1, b"k"),
                            part(2, &part(5, &part(1, &part(1, &vec![1; size / 2])))),
                        ]
                        .concat(),
                    ),
                    &records,
                ),
            ),
            (
                "entities of a resource",
                otlp_request(&entities, &[], &part(2, &[]).repeat(size / 2)),
            ),
            (
                "scopes of a large resource",
                part(1, &[part(1, &large), scopes].concat()),
            ),
            ("resources", part(1, &[]).repeat(size / 2)),
            ("bad resource", otlp_request(&[0xff; 64], &[], &records)),
            ("groups", vec![0x0b; size]),
            ("garbage", vec![0xff; size]),
            ("attributes", record(&as_attribute(&[]).repeat(size / 2 - 64))),
            ("a list of empty names", inner(size / 5, "")),
            ("a list of names", inner(size / 7, "ab")),
        ]
    });
}

#[test]
fn otlp_json_takes_linear_time() {
    measure(Format::OtlpJson, |size| {
        let log = |inner: &str| format!(r#"{{"resourceLogs":[{inner}]}}"#);
        let large = format!(
            r#"{{"resource":{{"attributes":[{{"key":"k","value":{{"stringValue":"{}"}}}}]}},"scopeLogs":[{{"logRecords":[{{}}"#,
            "x".repeat(size / 2)
        );
        let open = log(&large);
        let open = &open.as_bytes()[..open.len() - 2];
        let body = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":"#;
        vec![
            ("requests on lines", fill(size, b"", b"{}\n", b"")),
            ("requests without lines", fill(size, b"", b"{}", b"")),
            ("no requests", fill(size, b"", b"a\n", b"")),
            ("open objects", fill(size, b"", b"{", b"")),
            ("open texts", fill(size, b"", b"{\"", b"")),
            ("a large resource", fill(size, open, b",{}", b"]}]}]}")),
            (
                "deep values",
                fill(size, body, b"{\"arrayValue\":{\"values\":[", b""),
            ),
            (
                "empty lists",
                fill(size, br#"{"resourceLogs":[{}"#, b",{}", b"]}"),
            ),
            (
                "equal members",
                fill(size, br#"{"resourceLogs":[]"#, br#","resourceLogs":[]"#, b"}"),
            ),
            (
                "underscores",
                fill(size, body, br#"{"_":1,"__________":{}},"#, b""),
            ),
            (
                "repeated values",
                fill(
                    size,
                    &[body, &br#"{"a":1"#[..]].concat(),
                    br#","stringValue":"a""#,
                    b"}}]}]}]}",
                ),
            ),
        ]
    });
}
