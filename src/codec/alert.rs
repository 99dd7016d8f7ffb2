//! The alert blob: a msgpack map of an alert, as Seerflow 0.7.0 stores it in `alerts.data`.

use rmp::encode::{write_array_len, write_f64, write_map_len, write_sint, write_str};
use uuid::Uuid;

use super::msgpack::Reader;
use crate::error::{Error, Result};
use crate::record::{Alert, Value};

/// The number of keys in an alert blob.
const KEYS: u32 = 17;

/// Appends an alert to `out` as a blob with all 17 keys.
pub fn encode(alert: &Alert, out: &mut Vec<u8>) {
    // Writing to a `Vec` cannot fail.
    let text = |out: &mut Vec<u8>, key: &str, value: &str| drop((write_str(out, key), write_str(out, value)));
    let int = |out: &mut Vec<u8>, key: &str, value: i64| drop((write_str(out, key), write_sint(out, value)));
    let list = |out: &mut Vec<u8>, key: &str, values: &[String]| {
        drop((write_str(out, key), write_array_len(out, values.len() as u32)));
        values.iter().for_each(|value| drop(write_str(out, value)));
    };
    drop(write_map_len(out, KEYS));
    text(out, "alert_id", &alert.alert_id);
    text(out, "alert_type", &alert.alert_type);
    int(out, "timestamp_ns", alert.timestamp_ns);
    int(out, "severity_id", alert.severity_id);
    text(out, "rule_name", &alert.rule_name);
    text(out, "description", &alert.description);
    text(out, "entity_uuid", &alert.entity_uuid);
    text(out, "entity_value", &alert.entity_value);
    text(out, "entity_type", &alert.entity_type);
    let events: Vec<String> = alert.contributing_events.iter().map(Uuid::to_string).collect();
    list(out, "contributing_events", &events);
    list(out, "mitre_tactics", &alert.mitre_tactics);
    list(out, "mitre_techniques", &alert.mitre_techniques);
    drop((write_str(out, "risk_score"), write_f64(out, alert.risk_score)));
    text(out, "dedup_key", &alert.dedup_key);
    int(out, "dedup_count", alert.dedup_count);
    text(out, "feedback", &alert.feedback);
    text(out, "feedback_note", &alert.feedback_note);
}

/// Decodes an alert from a blob. Missing keys get their defaults; unknown keys are ignored.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) if a value has the wrong type (the message names the key), or if
/// the blob is not a map.
pub fn decode(blob: &[u8]) -> Result<Alert> {
    let mut reader = Reader::new(blob);
    let mut alert = Alert::default();
    let count = reader
        .map_len()?
        .ok_or_else(|| Error::invalid("an alert is a msgpack map"))?;
    for _ in 0..count {
        let key = reader.value()?;
        let Value::Str(key) = key else {
            return Err(Error::invalid("an alert's keys are text"));
        };
        read(&mut reader, &key, &mut alert).map_err(|e| e.within(&key))?;
    }
    Ok(alert)
}

fn read(reader: &mut Reader<'_>, key: &str, alert: &mut Alert) -> Result<()> {
    let text = |reader: &mut Reader<'_>| {
        reader
            .bytes_of_text()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    let list = |reader: &mut Reader<'_>| -> Result<Vec<String>> {
        let count = reader
            .array_len()?
            .ok_or_else(|| Error::invalid("a list is wanted"))?;
        (0..count).map(|_| text(reader)).collect()
    };
    match key {
        "alert_id" => alert.alert_id = text(reader)?,
        "alert_type" => alert.alert_type = text(reader)?,
        "timestamp_ns" => alert.timestamp_ns = reader.int()?,
        "severity_id" => alert.severity_id = reader.int()?,
        "rule_name" => alert.rule_name = text(reader)?,
        "description" => alert.description = text(reader)?,
        "entity_uuid" => alert.entity_uuid = text(reader)?,
        "entity_value" => alert.entity_value = text(reader)?,
        "entity_type" => alert.entity_type = text(reader)?,
        "contributing_events" => {
            let count = reader
                .array_len()?
                .ok_or_else(|| Error::invalid("a list is wanted"))?;
            alert.contributing_events = (0..count).map(|_| reader.uuid()).collect::<Result<_>>()?;
        }
        "mitre_tactics" => alert.mitre_tactics = list(reader)?,
        "mitre_techniques" => alert.mitre_techniques = list(reader)?,
        "risk_score" => alert.risk_score = reader.float()?,
        "dedup_key" => alert.dedup_key = text(reader)?,
        "dedup_count" => alert.dedup_count = reader.int()?,
        "feedback" => alert.feedback = text(reader)?,
        "feedback_note" => alert.feedback_note = text(reader)?,
        _ => drop(reader.value()?),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_leads_back() {
        let alert = Alert {
            alert_id: "a-1".into(),
            alert_type: "sigma".into(),
            timestamp_ns: i64::MIN,
            contributing_events: vec![Uuid::from_u128(7)],
            mitre_techniques: vec!["T1053.005".into()],
            risk_score: 99.5,
            feedback_note: "é".into(),
            ..Alert::default()
        };
        let mut blob = Vec::new();
        encode(&alert, &mut blob);
        assert_eq!(decode(&blob).unwrap(), alert);
        assert!(decode(&blob[..blob.len() - 1]).is_err());
        assert_eq!(decode(&[0x80]).unwrap(), Alert::default());
    }
}
