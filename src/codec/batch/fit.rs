//! Changes events into the form that Seerflow can decode.

use std::borrow::Cow;

use crate::codec::json;
use crate::codec::model::is_id;
use crate::record::{Event, Field, Value, canonical_id};

/// Forces fields into the ranges that Seerflow accepts.
///
/// If Seerflow cannot decode one blob, it fails to load the whole page that contains it. An attribute with the
/// field's name keeps the original value.
///
/// Severities are clamped. A trace or span id is removed if it is not hex of the right length or is all zero,
/// unless `keeps_ids` is set. An all-zero id does not become an attribute. If one reference to an entity is
/// not a UUID, all of the event's references are removed.
pub(super) fn fit_fields(event: &mut Event<'_>, keeps_ids: bool) {
    let numbers = [
        (Field::SeverityId, 0, 6, &mut event.severity_id),
        (Field::OtelSeverity, 1, 24, &mut event.otel_severity),
    ];
    for (field, least, most, number) in numbers {
        if !(least..=most).contains(number) {
            let attribute = (field.name().into(), Value::Int(*number));
            event.attributes.push(attribute);
            *number = (*number).clamp(least, most);
        }
    }
    let ids = [
        (Field::TraceId, 32, &mut event.trace_id),
        (Field::SpanId, 16, &mut event.span_id),
    ];
    for (field, digits, slot) in ids {
        let Some(id) = slot else { continue };
        if keeps_ids {
            continue;
        }
        if !is_id(id, digits) {
            let is_set = id.bytes().any(|byte| byte != b'0');
            let attribute = (field.name().into(), Value::Str(slot.take().unwrap_or_default()));
            event.attributes.extend(is_set.then_some(attribute));
        } else if id.bytes().any(|byte| byte.is_ascii_uppercase()) {
            *id = Cow::Owned(id.to_ascii_lowercase());
        }
    }
    if !spell_refs(&mut event.entity_refs) {
        let refs = std::mem::take(&mut event.entity_refs).into_iter().map(Value::Str);
        let attribute = (Field::EntityRefs.name().into(), Value::Array(refs.collect()));
        event.attributes.push(attribute);
    }
}

/// Converts entity ids to lower case with hyphens, the form stored. Returns whether all are UUIDs.
fn spell_refs(entity_refs: &mut [Cow<'_, str>]) -> bool {
    for entity in entity_refs {
        match canonical_id(entity) {
            Some(Cow::Borrowed(_)) => {}
            Some(Cow::Owned(spelled)) => *entity = Cow::Owned(spelled),
            None => return false,
        }
    }
    true
}

/// Replaces each attribute that Seerflow cannot decode by its JSON text.
///
/// Seerflow decodes a scalar, or a list of maps whose values are scalars or lists of text.
pub(super) fn fit_attributes(attributes: &mut [(Cow<'_, str>, Value<'_>)]) {
    for (_, value) in attributes {
        if !fits(value) {
            let mut text = Vec::new();
            json::write_value(value, &mut text);
            *value = Value::from(String::from_utf8_lossy(&text).into_owned());
        }
    }
}

fn fits(value: &Value<'_>) -> bool {
    let text = |value: &Value<'_>| matches!(value, Value::Str(_));
    let inner = |value: &Value<'_>| match value {
        Value::Array(items) => items.iter().all(text),
        other => other.is_scalar(),
    };
    match value {
        Value::Array(items) => items.iter().all(|item| match item {
            Value::Map(pairs) => pairs.iter().all(|(key, value)| text(key) && inner(value)),
            _ => false,
        }),
        other => other.is_scalar(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_of_another_shape_become_json_text() {
        let list_of_maps = Value::Array(vec![Value::Map(vec![("k".into(), Value::Int(1))])]);
        let mut attributes = vec![
            ("kept".into(), list_of_maps.clone()),
            ("list".into(), Value::Array(vec!["a".into()])),
            ("map".into(), Value::Map(vec![("k".into(), Value::Nil)])),
        ];
        fit_attributes(&mut attributes);
        assert_eq!(attributes[0].1, list_of_maps);
        assert_eq!(attributes[1].1, Value::from(r#"["a"]"#));
        assert_eq!(attributes[2].1, Value::from(r#"{"k":null}"#));
    }
}
