//! Alerts as a file: one JSON object a line, out of a store and into one.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};

use super::feed::{BadRecord, Fed};
use crate::codec::records;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Alert, AlertQuery, Control, DEDUP_WINDOW_NS, SEVERITY_NAMES, now_ns};

/// What a file of alerts begins with.
pub const ALERTS_START: &[u8] = b"{\"alert_id\":";

/// Alerts that are read or written at once.
const CHUNK: usize = 1_000;

/// Bad lines that are kept with their reasons.
const KEPT_BAD: usize = 10;

/// The longest line, in bytes.
const LONGEST: u64 = 16 << 20;

/// Writes all alerts that match, newest first, and answers how many. `progress` is told the number so far.
///
/// # Errors
/// Those of the query, and of the output with its cause as the source.
pub fn export_alerts(
    engine: &Engine,
    query: &AlertQuery,
    out: &mut dyn Write,
    control: &Control,
    progress: &mut dyn FnMut(u64),
) -> Result<u64> {
    let mut query = AlertQuery {
        limit: CHUNK as u32,
        ..query.clone()
    };
    let mut buffer = Vec::new();
    let mut alerts = 0;
    loop {
        let page = engine.alerts()?.query_alerts(&query, control)?;
        buffer.clear();
        records::encode(&page.alerts, &mut buffer)?;
        out.write_all(&buffer).map_err(failed)?;
        alerts += page.alerts.len() as u64;
        progress(alerts);
        if page.next.is_none() {
            out.flush().map_err(failed)?;
            return Ok(alerts);
        }
        query.cursor = page.next;
    }
}

/// Stores alerts as they are in the file, counts and verdicts included; what is missing is filled in ([`Alert::fill_in`]). One that
/// is there already, by its id, stays as it is; one whose dedup_key is there under another id is another occurrence of that alert.
/// A bad line does not keep the others from it.
///
/// Lines of Seerflow's own export are read too. They have no dedup_key: each is an alert by itself.
///
/// # Errors
/// Those of the store and of the input; `fed` says what was stored until then.
pub fn import_alerts(
    engine: &Engine,
    input: &mut dyn Read,
    control: &Control,
    fed: &mut Fed,
    progress: &mut dyn FnMut(u64),
) -> Result<()> {
    let mut input = BufReader::new(input);
    let (mut line, mut place) = (Vec::new(), 0);
    let mut chunk = Chunk::default();
    loop {
        line.clear();
        let length = (&mut input)
            .take(LONGEST)
            .read_until(b'\n', &mut line)
            .map_err(failed)?;
        if length == 0 {
            return chunk.write(engine, control, fed);
        }
        place += 1;
        fed.bytes += length as u64;
        let is_too_long = length as u64 == LONGEST && !line.ends_with(b"\n");
        if is_too_long {
            fed.bytes += input.skip_until(b'\n').map_err(failed)? as u64;
        }
        let text = line.trim_ascii();
        let read = || match is_too_long {
            true => Err(Error::invalid(format!("the line is longer than {LONGEST} bytes"))),
            false => read(text),
        };
        if !text.is_empty()
            && let Err(error) = read().and_then(|line| chunk.add(engine, control, line, fed))
        {
            if error.kind() != ErrorKind::Invalid && error.kind() != ErrorKind::Conflict {
                return Err(error);
            }
            fed.rejected += 1;
            if fed.first_bad.len() < KEPT_BAD {
                fed.first_bad.push(BadRecord {
                    place,
                    reason: error.to_string(),
                });
            }
        }
        if chunk.alerts.len() == CHUNK {
            chunk.write(engine, control, fed)?;
            progress(fed.accepted);
        }
    }
}

/// One line of a file.
struct Line {
    alert: Alert,
    /// It may be another occurrence of an alert that is stored.
    has_key: bool,
}

/// What Seerflow's export names in its own way.
#[derive(serde::Deserialize)]
struct Exported {
    #[serde(rename = "type")]
    alert_type: String,
    rule: String,
    severity: String,
    score: f64,
    tactics: Vec<String>,
    techniques: Vec<String>,
}

fn read(text: &[u8]) -> Result<Line> {
    let alert: Alert = records::decode_one(text)?;
    let has_key = !alert.dedup_key.is_empty();
    let exported = match alert.alert_type.as_str() {
        "" => records::decode_one::<Exported>(text).ok(),
        _ => None,
    };
    let Some(exported) = exported else {
        return Ok(Line { alert, has_key });
    };
    let severity = SEVERITY_NAMES
        .iter()
        .position(|name| name.eq_ignore_ascii_case(&exported.severity))
        .ok_or_else(|| Error::invalid(format!("severity {:?} is not known", exported.severity)))?;
    let alert = Alert {
        alert_type: exported.alert_type,
        rule_name: exported.rule,
        severity_id: severity as i64,
        risk_score: exported.score,
        mitre_tactics: exported.tactics,
        mitre_techniques: exported.techniques,
        dedup_key: alert.alert_id.clone(),
        ..alert
    };
    Ok(Line {
        alert,
        has_key: false,
    })
}

/// Alerts that wait for their transaction.
#[derive(Default)]
struct Chunk {
    alerts: Vec<Alert>,
    ids: HashSet<String>,
}

impl Chunk {
    fn add(&mut self, engine: &Engine, control: &Control, line: Line, fed: &mut Fed) -> Result<()> {
        let Line { mut alert, has_key } = line;
        alert.fill_in(now_ns());
        alert.validate()?;
        let stored = engine.alerts()?.alert(&alert.alert_id, control)?;
        if stored
            .as_ref()
            .is_some_and(|stored| has_key && stored.dedup_key != alert.dedup_key)
        {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!("alert_id {} is stored with another dedup_key", alert.alert_id),
            ));
        }
        if stored.is_some() || !self.ids.insert(alert.alert_id.clone()) {
            fed.accepted += 1;
            fed.duplicates += 1;
            return Ok(());
        }
        self.alerts.push(alert);
        Ok(())
    }

    fn write(&mut self, engine: &Engine, control: &Control, fed: &mut Fed) -> Result<()> {
        if self.alerts.is_empty() {
            return Ok(());
        }
        engine
            .alerts()?
            .write_alerts(&self.alerts, DEDUP_WINDOW_NS, control)?;
        fed.accepted += self.alerts.len() as u64;
        self.alerts.clear();
        self.ids.clear();
        Ok(())
    }
}

fn failed(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, error.to_string()).with_source(error)
}
