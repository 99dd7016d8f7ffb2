//! Export and import of alerts, as one JSON object per line.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};

use super::outcome::{BadRecord, FeedCounts};
use crate::codec::records;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Alert, AlertQuery, Control, DEDUP_WINDOW_NS, SEVERITY_NAMES, now_ns};

/// The first bytes of a file of alerts.
pub const ALERTS_START: &[u8] = b"{\"alert_id\":";

/// Alerts read or written per transaction.
const CHUNK: usize = 1_000;

/// Bad lines whose reasons are reported.
const REPORTED_BAD: usize = 10;

/// The longest line accepted, in bytes.
const LONGEST: u64 = 16 << 20;

/// Writes all matching alerts, newest first, and returns their number. `progress` is called with the number so far.
///
/// # Errors
/// Those of the query. A write error has the [`std::io::Error`] as its source.
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

/// Imports alerts with their counts and verdicts; missing fields are filled in ([`Alert::fill_in`]).
///
/// - An alert whose id is stored is skipped.
/// - An alert whose dedup_key is stored under another id counts as another occurrence of that alert.
/// - A bad line is counted and skipped.
/// - Lines of Seerflow's own export are accepted. They have no dedup_key, hence each becomes a separate alert.
///
/// # Errors
/// Those of the store and of reading; `counts` has the counts up to the error.
pub fn import_alerts(
    engine: &Engine,
    input: &mut dyn Read,
    control: &Control,
    counts: &mut FeedCounts,
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
            return chunk.write(engine, control, counts);
        }
        place += 1;
        counts.bytes += length as u64;
        let is_too_long = length as u64 == LONGEST && !line.ends_with(b"\n");
        if is_too_long {
            counts.bytes += input.skip_until(b'\n').map_err(failed)? as u64;
        }
        let text = line.trim_ascii();
        let read = || match is_too_long {
            true => Err(Error::invalid(format!("the line is longer than {LONGEST} bytes"))),
            false => read(text),
        };
        if !text.is_empty()
            && let Err(error) = read().and_then(|line| chunk.add(engine, control, line, counts))
        {
            if error.kind() != ErrorKind::Invalid && error.kind() != ErrorKind::Conflict {
                return Err(error);
            }
            counts.rejected += 1;
            if counts.first_bad.len() < REPORTED_BAD {
                counts.first_bad.push(BadRecord {
                    place,
                    reason: error.to_string(),
                });
            }
        }
        if chunk.alerts.len() == CHUNK {
            chunk.write(engine, control, counts)?;
            progress(counts.accepted);
        }
    }
}

/// One line of the file.
struct Line {
    alert: Alert,
    /// True if the alert may be another occurrence of a stored alert.
    has_key: bool,
}

/// The fields that Seerflow's export names differently.
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
        .ok_or_else(|| Error::invalid(format!("unknown severity {:?}", exported.severity)))?;
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

/// Alerts waiting for the next transaction.
#[derive(Default)]
struct Chunk {
    alerts: Vec<Alert>,
    ids: HashSet<String>,
}

impl Chunk {
    fn add(&mut self, engine: &Engine, control: &Control, line: Line, counts: &mut FeedCounts) -> Result<()> {
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
            counts.accepted += 1;
            counts.duplicates += 1;
            return Ok(());
        }
        self.alerts.push(alert);
        Ok(())
    }

    fn write(&mut self, engine: &Engine, control: &Control, counts: &mut FeedCounts) -> Result<()> {
        if self.alerts.is_empty() {
            return Ok(());
        }
        engine
            .alerts()?
            .write_alerts(&self.alerts, DEDUP_WINDOW_NS, control)?;
        counts.accepted += self.alerts.len() as u64;
        self.alerts.clear();
        self.ids.clear();
        Ok(())
    }
}

fn failed(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, error.to_string()).with_source(error)
}
