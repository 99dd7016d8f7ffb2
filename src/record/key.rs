//! Record keys: names that hosts give to records, by which a record that is sent again is stored once.

use std::borrow::Cow;

use uuid::Uuid;

use super::Value;

/// The OpenTelemetry attribute that holds a record's key.
pub const OTEL_KEY_FIELD: &str = "log.record.uid";

/// The UUID namespace of ids derived from record keys.
const KEYS: Uuid = Uuid::from_u128(0x6c0b_5ee1_0f1e_4d0c_9a44_2f7d_8f6e_1b35);

/// Returns the event id for a record key: the key itself if it is a UUID, otherwise its UUID version 5 in our namespace. Returns
/// `None` for an empty key and for the nil UUID, which identify nothing.
pub fn id_of_key(key: &[u8]) -> Option<Uuid> {
    match Uuid::try_parse_ascii(key) {
        _ if key.is_empty() => None,
        Ok(id) => Some(id).filter(|id| !id.is_nil()),
        Err(_) => Some(Uuid::new_v5(&KEYS, key)),
    }
}

/// Returns the event id for a record key held in an attribute: text, bytes, or an integer as decimal digits. Text with U+FFFD is
/// not accepted as a key because different bytes decode to it.
pub fn id_of_attribute(attributes: &[(Cow<'_, str>, Value<'_>)], name: &str) -> Option<Uuid> {
    // If a key is repeated, the last value is the one that is stored.
    let (_, value) = attributes.iter().rev().find(|(key, _)| key == name)?;
    match value {
        Value::Str(text) if !text.contains(char::REPLACEMENT_CHARACTER) => id_of_key(text.as_bytes()),
        Value::Bin(bytes) => id_of_key(bytes),
        Value::Int(number) => id_of_key(number.to_string().as_bytes()),
        Value::UInt(number) => id_of_key(number.to_string().as_bytes()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuid_key_is_the_id_and_other_keys_are_hashed() {
        let uuid = "0190b2f4-7d3c-7a11-8b1e-3f0c4d5e6f70";
        assert_eq!(id_of_key(uuid.as_bytes()), Uuid::try_parse(uuid).ok());
        assert_eq!(
            id_of_key(uuid.to_uppercase().as_bytes()),
            Uuid::try_parse(uuid).ok()
        );
        // Ids in existing databases depend on this value.
        assert_eq!(
            id_of_key(b"/var/log/a.log:120").unwrap().to_string(),
            "7fe443c7-9973-5b0e-a6d2-9f362f2fdccf"
        );
        assert_eq!(
            (id_of_key(b""), id_of_key(Uuid::nil().to_string().as_bytes())),
            (None, None)
        );
    }

    #[test]
    fn attribute_that_cannot_identify_a_record_is_not_a_key() {
        let id = |value: Value<'static>| id_of_attribute(&[("k".into(), value)], "k");
        assert_eq!(id(Value::Int(42)), id("42".into()));
        assert_eq!(id(Value::UInt(42)), id(Value::Bin((&b"42"[..]).into())));
        for value in [
            "".into(),
            "a\u{fffd}".into(),
            Value::Nil,
            Value::Float(1.5),
            Value::Array(vec![]),
        ] {
            assert_eq!(id(value), None);
        }
        let twice = [
            ("k".into(), "a".into()),
            ("k".into(), "b".into()),
            ("other".into(), "c".into()),
        ];
        assert_eq!(id_of_attribute(&twice, "k"), id_of_key(b"b"));
        assert_eq!(id_of_attribute(&twice, "absent"), None);
    }
}
