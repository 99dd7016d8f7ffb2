//! Stores one record of keys and values in each format that can express it.

use seerflow::codec::msgpack::write_value;
use seerflow::record::{Event, Value};
use seerflow::{Input, WriteOptions};

use super::write;

/// A format of a write call, called a door, and the form of the record in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    Ndjson,
    Msgpack,
    Fluent,
    /// Forward mode of Fluent, whose messages have a tag.
    Forward,
    /// OTLP/JSON. The body of the record is a map.
    OtlpBody,
    /// OTLP/JSON. The body is the message, and the other keys are attributes.
    OtlpAttributes,
}

impl Door {
    pub const ALL: [Door; 6] = [
        Door::Ndjson,
        Door::Msgpack,
        Door::Fluent,
        Door::Forward,
        Door::OtlpBody,
        Door::OtlpAttributes,
    ];

    /// Stores a record that is given as a JSON object, and returns its event.
    pub fn store(self, record: &str) -> Event<'static> {
        let json: serde_json::Value = serde_json::from_str(record).unwrap();
        let bytes = match self {
            Door::Ndjson => record.as_bytes().to_vec(),
            Door::Msgpack => pack(&value(&json)),
            Door::Fluent => pack(&Value::Array(vec![event_time(), value(&json)])),
            Door::Forward => {
                let entry = Value::Array(vec![event_time(), value(&json)]);
                pack(&Value::Array(vec!["app.tag".into(), Value::Array(vec![entry])]))
            }
            Door::OtlpBody => otlp(&format!(r#"{{"body":{}}}"#, any(&json))),
            Door::OtlpAttributes => {
                let mut members = json.as_object().unwrap().clone();
                let body = ["message", "msg", "log", "MESSAGE"]
                    .iter()
                    .find_map(|name| members.remove(*name));
                let body = body.map_or(String::new(), |body| format!(r#""body":{},"#, any(&body)));
                otlp(&format!(r#"{{{body}"attributes":{}}}"#, pairs(&members)))
            }
        };
        let input = match self {
            Door::Ndjson => Input::Ndjson(&bytes),
            Door::Msgpack => Input::Msgpack(&bytes),
            Door::Fluent | Door::Forward => Input::Fluent(&bytes),
            Door::OtlpBody | Door::OtlpAttributes => Input::OtlpJson(&bytes),
        };
        let (mut events, written) = write(input, WriteOptions::default());
        assert!(
            written.rejected.is_empty(),
            "{self:?} {record}: {:?}",
            written.rejected
        );
        assert_eq!(events.len(), 1, "{self:?} {record}");
        events.remove(0)
    }
}

/// The time at which Fluent read the records, long after they were logged.
fn event_time() -> Value<'static> {
    Value::Ext(
        0,
        [1_800_000_000_u32.to_be_bytes(), 5_u32.to_be_bytes()]
            .concat()
            .into(),
    )
}

pub fn pack(value: &Value<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    write_value(&mut out, value);
    out
}

pub fn value(json: &serde_json::Value) -> Value<'static> {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => Value::Int(number),
            (None, number) => Value::Float(number.unwrap()),
        },
        serde_json::Value::String(text) => Value::from(text.clone()),
        serde_json::Value::Array(items) => Value::Array(items.iter().map(value).collect()),
        serde_json::Value::Object(members) => Value::Map(
            members
                .iter()
                .map(|(key, member)| (Value::from(key.clone()), value(member)))
                .collect(),
        ),
    }
}

pub fn otlp(record: &str) -> Vec<u8> {
    format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{record}]}}]}}]}}"#).into_bytes()
}

/// Formats a value as an AnyValue of OTLP's JSON.
fn any(json: &serde_json::Value) -> String {
    match json {
        serde_json::Value::Null => "null".to_owned(),
        serde_json::Value::Bool(truth) => format!(r#"{{"boolValue":{truth}}}"#),
        serde_json::Value::Number(number) if number.is_i64() => format!(r#"{{"intValue":"{number}"}}"#),
        serde_json::Value::Number(number) => format!(r#"{{"doubleValue":{number}}}"#),
        text @ serde_json::Value::String(_) => format!(r#"{{"stringValue":{text}}}"#),
        serde_json::Value::Array(items) => {
            let items: Vec<_> = items.iter().map(any).collect();
            format!(r#"{{"arrayValue":{{"values":[{}]}}}}"#, items.join(","))
        }
        serde_json::Value::Object(members) => format!(r#"{{"kvlistValue":{{"values":{}}}}}"#, pairs(members)),
    }
}

fn pairs(members: &serde_json::Map<String, serde_json::Value>) -> String {
    let pair = |(key, value): (&String, &serde_json::Value)| {
        format!(
            r#"{{"key":{},"value":{}}}"#,
            serde_json::Value::from(key.clone()),
            any(value)
        )
    };
    let pairs: Vec<_> = members.iter().map(pair).collect();
    format!("[{}]", pairs.join(","))
}
