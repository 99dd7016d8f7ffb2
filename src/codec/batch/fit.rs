//! Events brought into the shape that Seerflow decodes, or refused.

use std::borrow::Cow;

use crate::codec::json;
use crate::codec::text::excerpt;
use crate::error::{Error, Result};
use crate::record::{Event, Value, canonical_id};

/// Refuses what Seerflow's decoder would refuse: one undecodable blob would make its every page that holds it fail.
pub(super) fn check(event: &Event<'_>) -> Result<()> {
    if !(0..=6).contains(&event.severity_id) {
        return Err(Error::invalid(format!(
            "severity_id {} is outside 0..6",
            event.severity_id
        )));
    }
    if !(1..=24).contains(&event.otel_severity) {
        return Err(Error::invalid(format!(
            "otel_severity {} is outside 1..24",
            event.otel_severity
        )));
    }
    Ok(())
}

/// Spells ids of entities as the store looks for them: in lower case, with hyphens.
pub(super) fn spell_refs(entity_refs: &mut [Cow<'_, str>]) -> Result<()> {
    for entity in entity_refs {
        match canonical_id(entity) {
            Some(Cow::Borrowed(_)) => {}
            Some(Cow::Owned(spelled)) => *entity = Cow::Owned(spelled),
            None => {
                let entity = excerpt(entity);
                return Err(Error::invalid(format!("entity_refs: {entity:?} is not a UUID")));
            }
        }
    }
    Ok(())
}

/// Brings attributes into the shape that Seerflow decodes: a scalar, or a list of maps of scalars and lists of text.
/// A value of any other shape becomes its JSON text.
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
