//! Tests of the builder.

use super::*;
use crate::record::Value;

fn builder(key: Option<&[u8]>) -> BatchBuilder {
    BatchBuilder::new("struct", Limits::default(), key, 1_700_000_000_000_000_000)
}

fn event(message: &str) -> Event<'_> {
    Event {
        message: message.into(),
        timestamp_ns: Some(1_600_000_000_000_000_000),
        source_type: "sshd".into(),
        related_ips: vec!["192.0.2.1".into()],
        related_users: vec!["root".into()],
        ..Event::default()
    }
}

#[test]
fn columns_point_into_the_blob() {
    let mut builder = builder(None);
    builder.push(0, &mut Ok(event("hello")), b"");
    let batch = builder.take();
    let row = batch.rows[0];
    assert_eq!(batch.text(row.message), "hello");
    assert_eq!(batch.text(row.source_type), "sshd");
    assert_eq!(batch.text(row.source_id), "");
    let stored = msgpack::decode_event(batch.bytes(row.data)).unwrap();
    assert_eq!(stored.event_id, Some(row.event_id));
    assert_eq!(stored.entity_refs.len(), 2);
    let mut refs: Vec<&str> = stored.entity_refs.iter().map(|id| id.as_ref()).collect();
    refs.sort_unstable();
    let entities: Vec<&str> = batch
        .entities
        .iter()
        .map(|entity| batch.text(entity.entity))
        .collect();
    assert_eq!(entities, refs);
}

#[test]
fn a_batch_key_gives_the_same_ids_again() {
    let ids = |key: &[u8]| {
        let mut builder = builder(Some(key));
        for index in 0..3 {
            builder.push(index, &mut Ok(event("same")), b"");
        }
        builder.push(3, &mut Ok(Event::default()), b"");
        builder
            .take()
            .rows
            .iter()
            .map(|row| row.event_id)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(b"a"), ids(b"a"));
    assert_ne!(ids(b"a"), ids(b"b"));
    let distinct: std::collections::HashSet<_> = ids(b"a").into_iter().collect();
    assert_eq!(distinct.len(), 4);
    assert_eq!(ids(b"a")[0].get_version_num(), 7);
}

#[test]
fn metadata_and_a_repeated_body_do_not_count() {
    let limits = Limits { event_bytes: 4096 };
    let mut builder = BatchBuilder::new("struct", limits, None, 1);
    let text = "x".repeat(4096);
    builder.push(0, &mut Ok(event(&text)), b"");
    let body = Some(Value::Map(vec![("a".into(), text.as_str().into())]));
    builder.push(1, &mut Ok(Event { body, ..event(&text) }), b"");
    assert_eq!(builder.rejections(), []);
}

#[test]
fn an_event_too_large_is_rejected_with_its_index() {
    let limits = Limits { event_bytes: 100 };
    let mut builder = BatchBuilder::new("struct", limits, None, 1);
    builder.push(0, &mut Ok(Event::default()), b"");
    builder.push(1, &mut Ok(event(&"x".repeat(100))), b"the record");
    let rejections = builder.rejections();
    assert_eq!((rejections.len(), rejections[0].index), (1, 1));
    assert!(
        rejections[0].reason.ends_with("the bound is 106"),
        "{rejections:?}"
    );
    let batch = builder.take();
    assert_eq!(batch.rows.len(), 1);
    assert_eq!(batch.bytes(batch.rejected[0].payload), b"the record");
}

#[test]
fn values_that_seerflow_could_not_read_are_kept_as_attributes() {
    let mut builder = builder(None);
    let odd = Event {
        severity_id: 99,
        otel_severity: -1,
        trace_id: Some("abcd".into()),
        span_id: Some("0000000000000000".into()),
        entity_refs: vec!["not an id".into()],
        ..event("odd")
    };
    let good = Event {
        trace_id: Some("67ACFC2EA56F108FA4535FC28BA99705".into()),
        span_id: Some("80c1200c94be1178".into()),
        ..event("good")
    };
    builder.push(0, &mut Ok(odd), b"");
    builder.push(1, &mut Ok(good), b"");
    let batch = builder.take();
    let stored = |row: usize| msgpack::decode_event(batch.bytes(batch.rows[row].data)).unwrap();
    let odd = stored(0);
    assert_eq!((odd.severity_id, odd.otel_severity), (6, 1));
    assert_eq!((odd.trace_id, odd.span_id), (None, None));
    assert_eq!(odd.entity_refs.len(), 2);
    let attributes = [
        ("severity_id", Value::Int(99)),
        ("otel_severity", Value::Int(-1)),
        ("trace_id", "abcd".into()),
        ("entity_refs", r#"["not an id"]"#.into()),
    ];
    assert_eq!(odd.attributes, attributes.map(|(key, value)| (key.into(), value)));
    let good = stored(1);
    assert_eq!(good.trace_id.as_deref(), Some("67acfc2ea56f108fa4535fc28ba99705"));
    assert_eq!(
        (good.span_id.as_deref(), good.attributes.len()),
        (Some("80c1200c94be1178"), 0)
    );
}

#[test]
fn entities_are_spelled_in_one_way() {
    let mut builder = builder(None);
    let id = "a1b2c3d4-0001-5000-8000-00000000000f";
    for (index, spelling) in [
        id.to_uppercase(),
        id.replace('-', ""),
        format!("{{{id}}}"),
        format!("urn:uuid:{id}"),
        id.to_owned(),
    ]
    .into_iter()
    .enumerate()
    {
        let entity_refs = vec![spelling.into()];
        let event = Event {
            entity_refs,
            ..event("m")
        };
        builder.push(index as u64, &mut Ok(event), b"");
    }
    let batch = builder.take();
    assert_eq!((batch.rows.len(), batch.rejected.len()), (5, 0));
    assert!(batch.entities.iter().all(|row| batch.text(row.entity) == id));
}

#[test]
fn an_attribute_is_kept_once() {
    let text = r#"{"user_agent":"outer","attributes":{"user_agent":"inner","other":1}}"#;
    let mut blob = vec![0x82];
    blob.extend_from_slice(b"\xaauser_agent\xa5outer\xaaattributes\x82\xaauser_agent\xa5inner\xa5other\x01");
    for event in [
        crate::codec::json::decode_event(text.as_bytes()).unwrap(),
        msgpack::decode_event(&blob).unwrap(),
    ] {
        let mut builder = builder(None);
        builder.push(0, &mut Ok(event), b"");
        let batch = builder.take();
        let stored = msgpack::decode_event(batch.bytes(batch.rows[0].data)).unwrap();
        let attributes = [("user_agent", Value::from("outer")), ("other", Value::Int(1))];
        assert_eq!(
            stored.attributes,
            attributes.map(|(key, value)| (key.into(), value))
        );
    }
}

#[test]
fn small_batches_join() {
    let mut builder = builder(None);
    builder.push(0, &mut Ok(event("one")), b"");
    let mut all = builder.take();
    builder.push(1, &mut Ok(event("two")), b"");
    all.append(&builder.take());
    assert_eq!(all.rows.len(), 2);
    assert_eq!(all.text(all.rows[1].message), "two");
    assert_eq!(all.entities[2].row, 1);
    assert_eq!(all.text(all.entities[0].entity), all.text(all.entities[2].entity));
}
