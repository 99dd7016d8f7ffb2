//! Events written as structs, and each of their fields read back.

use seerflow::ffi::event_input::*;
use seerflow::ffi::value::*;
use seerflow::record::FieldKind;

use super::*;

/// Makes an event in which every field is set, to a value that identifies the field.
struct Full {
    input: seerflow_event_input,
    _texts: Vec<seerflow_str>,
    _pairs: Vec<seerflow_pair>,
    _attributes: Vec<seerflow_attribute>,
}

const ID: &str = "0195f000-0000-7000-8000-000000000001";
const ENTITY: &str = "a1b2c3d4-0001-0000-0000-000000000001";
/// The msgpack list [1, "x"].
const LIST: &[u8] = b"\x92\x01\xa1x";

fn full() -> Full {
    let texts = vec![str_of("one"), str_of("two")];
    let list = seerflow_strs {
        items: texts.as_ptr(),
        count: 2,
    };
    let pairs = vec![seerflow_pair {
        key: str_of("k"),
        value: str_of("v"),
    }];
    let attribute = |key, kind: seerflow_value| seerflow_attribute {
        key: str_of(key),
        r#type: kind as u32,
        i: 7,
        d: 1.5,
        s: str_of("text"),
    };
    let attributes = vec![
        attribute("text", seerflow_value::Text),
        attribute("int", seerflow_value::Int),
        attribute("float", seerflow_value::Float),
        attribute("bool", seerflow_value::Bool),
        attribute("null", seerflow_value::Null),
        seerflow_attribute {
            s: seerflow_str {
                data: b"\xc4\x01\xff".as_ptr().cast(),
                len: 3,
            },
            ..attribute("bin", seerflow_value::Msgpack)
        },
    ];
    let input = seerflow_event_input {
        event_id: str_of(ID),
        timestamp_ns: 1_700_000_000_000_000_002,
        observed_ns: 1_700_000_000_000_000_003,
        trace_id: str_of("0af7651916cd43dd8448eb211c80319c"),
        span_id: str_of("b7ad6b7169203331"),
        severity_id: 6,
        otel_severity: 7,
        event_kind: str_of("event_kind"),
        event_category: str_of("event_category"),
        event_type: str_of("event_type"),
        event_outcome: str_of("event_outcome"),
        event_action: str_of("event_action"),
        category_uid: 13,
        class_uid: 14,
        type_uid: 15,
        activity_id: 16,
        message: str_of("message"),
        body: seerflow_str {
            data: LIST.as_ptr().cast(),
            len: LIST.len(),
        },
        source_type: str_of("source_type"),
        source_id: str_of("source_id"),
        log_source_category: str_of("log_source_category"),
        log_source_product: str_of("log_source_product"),
        log_source_service: str_of("log_source_service"),
        template_id: 24,
        template_str: str_of("template_str"),
        template_params: list,
        entity_refs: seerflow_strs::default(),
        related_ips: list,
        related_users: list,
        related_hosts: list,
        related_files: list,
        related_domains: list,
        related_processes: list,
        related_hashes: list,
        mitre_tactics: list,
        mitre_techniques: list,
        risk_score: 37.0,
        anomaly_score: 38.0,
        confidence: 39.0,
        attributes: seerflow_attributes {
            items: attributes.as_ptr(),
            count: attributes.len(),
        },
        tags: list,
        raw_event: str_of("raw_event"),
        resource_attrs: seerflow_pairs {
            items: pairs.as_ptr(),
            count: 1,
        },
        ..Default::default()
    };
    Full {
        input,
        _texts: texts,
        _pairs: pairs,
        _attributes: attributes,
    }
}

/// Writes events durably, and returns the numbers of the result and the rejected records.
#[track_caller]
fn write(host: &Host, events: &[seerflow_event_input]) -> (seerflow_outcome, Vec<(u64, String)>) {
    let (mut consumed, mut result) = (0, null_mut());
    ok(|error| unsafe {
        seerflow_store_write_events(
            host.store,
            events.as_ptr(),
            events.len(),
            &durable(),
            &mut consumed,
            &mut result,
            error,
        )
    });
    assert_eq!(consumed, events.len());
    unsafe {
        let list = seerflow_result_rejections(result);
        assert_eq!(seerflow_list_kind(list), seerflow_kind::Rejection);
        let mut rejection = init!(seerflow_rejection);
        let rejected = (0..seerflow_list_count(list)).map(|index| {
            ok(|error| seerflow_list_rejection_at(list, index, &mut rejection, error));
            (rejection.index, string(rejection.reason))
        });
        let rejected: Vec<_> = rejected.collect();
        fails(seerflow_status::NotFound, |error| {
            seerflow_list_rejection_at(list, rejected.len(), &mut rejection, error)
        });
        (outcome(result), rejected)
    }
}

#[test]
fn every_field_is_read_back() {
    let host = Host::new();
    let entity = [str_of(ENTITY)];
    let full = full();
    let input = seerflow_event_input {
        entity_refs: seerflow_strs {
            items: entity.as_ptr(),
            count: 1,
        },
        ..full.input
    };
    let (outcome, rejected) = write(&host, &[input]);
    assert_eq!((outcome.accepted, rejected), (1, Vec::new()));
    assert_eq!(outcome.durability, seerflow_durability::Process as u32);
    let found = host.search("message");
    let event = found.event(0);
    unsafe {
        for &field in Field::ALL {
            check(event, field);
        }
        let (mut data, mut length, mut ends) = (null(), 0, null());
        ok(|error| seerflow_list_msgpack(found.0, &mut data, &mut length, &mut ends, error));
        let (mut blob, mut blob_length) = (null(), 0);
        ok(|error| seerflow_event_msgpack(event, &mut blob, &mut blob_length, error));
        assert_eq!(
            (blob, blob_length, found.count(), *ends),
            (data, length, 1, length)
        );
    }
}

unsafe fn check(event: *const seerflow_event, field: Field) {
    let number = field as u32;
    let (mut int, mut float, mut value) = (0, 0.0, seerflow_str::default());
    unsafe {
        assert_eq!(text(seerflow_field_name(number)), field.name());
        match field.kind() {
            FieldKind::Id => {
                let mut id = [0 as c_char; SEERFLOW_ID_SIZE];
                ok(|error| seerflow_event_get_id(event, id.as_mut_ptr(), error));
                assert_eq!(text(id.as_ptr()), ID);
            }
            FieldKind::Time | FieldKind::Int => {
                ok(|error| seerflow_event_get_int(event, number, &mut int, error));
                let base = if field.kind() == FieldKind::Time {
                    1_700_000_000_000_000_000
                } else {
                    0
                };
                assert_eq!(int, base + i64::from(number), "{}", field.name());
            }
            FieldKind::Float => {
                ok(|error| seerflow_event_get_float(event, number, &mut float, error));
                assert_eq!(float, f64::from(number), "{}", field.name());
            }
            FieldKind::Str | FieldKind::OptStr => {
                ok(|error| seerflow_event_get_text(event, number, &mut value, error));
                let wanted = match field {
                    Field::TraceId => "0af7651916cd43dd8448eb211c80319c",
                    Field::SpanId => "b7ad6b7169203331",
                    other => other.name(),
                };
                assert_eq!(string(value), wanted);
            }
            FieldKind::List => check_list(event, field),
            FieldKind::StrMap => assert_eq!(map(event, number), ["k=text v"]),
            FieldKind::Attributes => assert_eq!(
                map(event, number),
                [
                    "text=text text",
                    "int=int 7",
                    "float=float 1.5",
                    "bool=bool 1",
                    "null=null",
                    "bin=text {\"$bin\":\"/w==\"}"
                ]
            ),
            FieldKind::Body => {
                let (mut data, mut length) = (null(), 0);
                ok(|error| seerflow_event_get_msgpack(event, number, &mut data, &mut length, error));
                assert_eq!(std::slice::from_raw_parts(data, length), LIST);
            }
        }
        // Each getter refuses fields of another type.
        if field.kind() != FieldKind::List {
            fails(seerflow_status::Invalid, |error| {
                seerflow_event_get_list_count(event, number, &mut 0, error)
            });
        }
        if !matches!(field.kind(), FieldKind::Int | FieldKind::Time) {
            fails(seerflow_status::Invalid, |error| {
                seerflow_event_get_int(event, number, &mut int, error)
            });
        }
        if !matches!(field.kind(), FieldKind::Str | FieldKind::OptStr) {
            fails(seerflow_status::Invalid, |error| {
                seerflow_event_get_text(event, number, &mut value, error)
            });
        }
    }
}

unsafe fn check_list(event: *const seerflow_event, field: Field) {
    let (mut count, mut value) = (0, seerflow_str::default());
    let wanted: &[&str] = if field == Field::EntityRefs {
        &[ENTITY]
    } else {
        &["one", "two"]
    };
    unsafe {
        ok(|error| seerflow_event_get_list_count(event, field as u32, &mut count, error));
        assert_eq!(count, wanted.len());
        for (index, wanted) in wanted.iter().enumerate() {
            ok(|error| seerflow_event_get_list_at(event, field as u32, index, &mut value, error));
            assert_eq!(string(value), *wanted);
        }
        fails(seerflow_status::NotFound, |error| {
            seerflow_event_get_list_at(event, field as u32, count, &mut value, error)
        });
    }
}

/// Reads a map field; each pair becomes `key=type value`.
unsafe fn map(event: *const seerflow_event, field: u32) -> Vec<String> {
    let mut count = 0;
    let mut pair = seerflow_attribute::default();
    unsafe {
        ok(|error| seerflow_event_get_map_count(event, field, &mut count, error));
        fails(seerflow_status::NotFound, |error| {
            seerflow_event_get_map_at(event, field, count, &mut pair, error)
        });
        (0..count)
            .map(|index| {
                ok(|error| seerflow_event_get_map_at(event, field, index, &mut pair, error));
                let key = string(pair.key);
                match pair.r#type {
                    0 => format!("{key}=text {}", string(pair.s)),
                    1 => format!("{key}=int {}", pair.i),
                    2 => format!("{key}=float {}", pair.d),
                    3 => format!("{key}=bool {}", pair.i),
                    4 => format!("{key}=null"),
                    _ => format!("{key}=msgpack of {}", pair.s.len),
                }
            })
            .collect()
    }
}

#[test]
fn an_empty_event_has_the_defaults() {
    let host = Host::new();
    write(&host, &[seerflow_event_input::default()]);
    let found = host.ask(seerflow_store_query_events, &Query::new());
    let (mut int, mut value) = (0, seerflow_str::default());
    let event = found.event(0);
    unsafe {
        for (field, wanted) in [
            (Field::SeverityId, 1),
            (Field::OtelSeverity, 9),
            (Field::TemplateId, -1),
            (Field::ClassUid, 0),
        ] {
            ok(|error| seerflow_event_get_int(event, field as u32, &mut int, error));
            assert_eq!(int, wanted);
        }
        ok(|error| seerflow_event_get_text(event, Field::EventKind as u32, &mut value, error));
        assert_eq!(string(value), "event");
        ok(|error| seerflow_event_get_text(event, Field::TraceId as u32, &mut value, error));
        assert!(value.data.is_null());
        ok(|error| seerflow_event_get_text(event, Field::Message as u32, &mut value, error));
        assert_eq!(value.len, 0);
    }
}

#[test]
fn bad_records_are_rejected_and_the_others_are_stored() {
    let host = Host::new();
    let good = seerflow_event_input {
        message: str_of("good"),
        ..Default::default()
    };
    // An id that is not a UUID becomes an attribute, as in other formats.
    let id = seerflow_event_input {
        event_id: str_of("no uuid"),
        ..Default::default()
    };
    let body = seerflow_event_input {
        body: str_of("\u{1}\u{1}"),
        ..Default::default()
    };
    let (outcome, rejected) = write(&host, &[good, id, good, body]);
    assert_eq!((outcome.accepted, outcome.rejected), (3, 1));
    assert_eq!(rejected.len(), 1);
    let wanted = [(3, "body: there are bytes after")];
    for ((index, reason), wanted) in rejected.iter().zip(wanted) {
        assert_eq!(*index, wanted.0);
        assert!(reason.starts_with(wanted.1), "{reason}");
    }
}

#[test]
fn text_that_is_not_utf8_is_accepted_and_kept() {
    let host = Host::new();
    let bytes = b"caf\xe9 latin";
    let message = seerflow_str {
        data: bytes.as_ptr().cast(),
        len: bytes.len(),
    };
    let event = seerflow_event_input {
        message,
        ..Default::default()
    };
    assert_eq!(write(&host, &[event]).0.accepted, 1);
    let found = host.search("latin");
    let event = found.event(0);
    let mut value = seerflow_str::default();
    unsafe {
        ok(|error| seerflow_event_get_text(event, Field::Message as u32, &mut value, error));
        assert_eq!(string(value), "caf\u{fffd} latin");
        assert_eq!(
            map(event, Field::Attributes as u32),
            ["seerflow.raw.message=text Y2Fm6SBsYXRpbg=="]
        );
    }
}

#[test]
fn an_invalid_pointer_or_type_number_fails_the_whole_call() {
    let host = Host::new();
    let good = seerflow_event_input {
        message: str_of("good"),
        ..Default::default()
    };
    let size = size_of::<seerflow_event_input>();
    let nowhere = seerflow_str { data: null(), len: 5 };
    let endless = seerflow_strs {
        items: [str_of("x")].as_ptr(),
        count: usize::MAX,
    };
    let strange = [seerflow_attribute {
        r#type: 99,
        ..Default::default()
    }];
    let bad = [
        seerflow_event_input {
            struct_size: 0,
            ..good
        },
        seerflow_event_input {
            struct_size: size as u32 - 8,
            ..good
        },
        seerflow_event_input { reserved: 1, ..good },
        seerflow_event_input {
            message: nowhere,
            ..good
        },
        seerflow_event_input {
            tags: seerflow_strs {
                items: null(),
                count: 1,
            },
            ..good
        },
        seerflow_event_input {
            tags: endless,
            ..good
        },
        seerflow_event_input {
            tags: seerflow_strs {
                items: &nowhere,
                count: 1,
            },
            ..good
        },
        seerflow_event_input {
            attributes: seerflow_attributes {
                items: strange.as_ptr(),
                count: 1,
            },
            ..good
        },
    ];
    for (number, bad) in bad.into_iter().enumerate() {
        let message = fails(seerflow_status::Invalid, |error| unsafe {
            let events = [good, bad].as_ptr();
            seerflow_store_write_events(host.store, events, 2, null(), null_mut(), null_mut(), error)
        });
        assert!(message.starts_with("events[1]"), "{number}: {message}");
    }
    let huge = usize::MAX;
    fails(seerflow_status::Invalid, |error| unsafe {
        seerflow_store_write_events(host.store, &good, huge, null(), null_mut(), null_mut(), error)
    });
    assert_eq!(host.search("good").count(), 0);
}
