//! The store of alerts: the deduplicating write, queries and counts. Verdicts are in [`feedback`](super::feedback).

use super::alert_counts::{self, filters, technique};
use super::database::Database;
use super::{Conn, Param, Row, feedback, query_int, query_one};
use crate::codec::alert;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::{self, Room};
use crate::record::{
    Alert, AlertCursor, AlertOutcome, AlertPage, AlertPattern, AlertQuery, Control, FeedbackCursor,
    FeedbackEvent, FeedbackStats, PatternQuery,
};
use crate::store::AlertStore;

/// A technique with fewer alerts than this is read through its junction and sorted; a more common one by a walk through time.
const SORTABLE: i64 = 2_000;

impl<D: Database> AlertStore for D {
    fn write_alerts(&self, alerts: &[Alert], window_ns: i64, control: &Control) -> Result<Vec<AlertOutcome>> {
        self.write(control, |conn| {
            alerts.iter().map(|one| write(conn, one, window_ns)).collect()
        })
    }

    fn query_alerts(&self, query: &AlertQuery, control: &Control) -> Result<AlertPage> {
        self.read(control, |conn| page(conn, query, self.room()))
    }

    fn alert(&self, alert_id: &str, control: &Control) -> Result<Option<Alert>> {
        self.read(control, |conn| get(conn, alert_id))
    }

    fn update_feedback(&self, event: &FeedbackEvent, control: &Control) -> Result<bool> {
        self.write(control, |conn| feedback::update(conn, event))
    }

    fn append_feedback(&self, event: &FeedbackEvent, control: &Control) -> Result<()> {
        self.write(control, |conn| feedback::append(conn, event))
    }

    fn feedback_events(
        &self,
        alert_id: Option<&str>,
        after: Option<FeedbackCursor>,
        page: u32,
        limit: u32,
        control: &Control,
    ) -> Result<Vec<FeedbackEvent>> {
        self.read(control, |conn| {
            feedback::events(conn, alert_id, after, (page, limit), self.room())
        })
    }

    fn feedback_stats(&self, control: &Control) -> Result<FeedbackStats> {
        self.read(control, |conn| feedback::stats(conn, self.room()))
    }

    fn alert_patterns(&self, query: &PatternQuery, control: &Control) -> Result<Vec<AlertPattern>> {
        self.read(control, |conn| feedback::patterns(conn, query, self.room()))
    }

    fn alerts_by_time(
        &self,
        query: &AlertQuery,
        bucket_ns: i64,
        control: &Control,
    ) -> Result<Vec<(i64, u64)>> {
        self.read(control, |conn| {
            alert_counts::counts_by_time(conn, query, bucket_ns, self.room())
        })
    }

    fn alerts_by_rule(
        &self,
        query: &AlertQuery,
        limit: u32,
        control: &Control,
    ) -> Result<Vec<(String, u64)>> {
        self.read(control, |conn| {
            alert_counts::counts_by_rule(conn, query, limit, self.room())
        })
    }

    fn alerts_by_severity(&self, query: &AlertQuery, control: &Control) -> Result<Vec<(String, u64)>> {
        self.read(control, |conn| {
            alert_counts::counts_by_severity(conn, query, self.room())
        })
    }
}

/// Writes one alert; requires a write transaction.
fn write(conn: &dyn Conn, alert: &Alert, window_ns: i64) -> Result<AlertOutcome> {
    alert.validate()?;
    refuse_other_key(conn, alert)?;
    let key = [alert.dedup_key.as_str().into()];
    let Some(stored) = query_one(conn, &conn.statements().alert_by_dedup_key, &key, read)? else {
        insert(conn, alert)?;
        return Ok(AlertOutcome {
            is_new: alert.dedup_count == 1,
            dedup_count: alert.dedup_count,
        });
    };
    let distance = stored.timestamp_ns.abs_diff(alert.timestamp_ns);
    let within = u64::try_from(window_ns).is_ok_and(|window| distance <= window);
    let (timestamp_ns, dedup_count) = if within {
        (stored.timestamp_ns, stored.dedup_count.saturating_add(1))
    } else {
        (alert.timestamp_ns, 1)
    };
    // The blob is written with the values of the columns.
    let merged = Alert {
        timestamp_ns,
        dedup_count,
        feedback: stored.feedback,
        feedback_note: stored.feedback_note,
        ..alert.clone()
    };
    let blob = encoded(&merged);
    let params: [Param<'_>; 5] = [
        merged.dedup_key.as_str().into(),
        merged.alert_id.as_str().into(),
        timestamp_ns.into(),
        dedup_count.into(),
        blob.as_slice().into(),
    ];
    conn.execute(&conn.statements().update_alert, &params)?;
    if dedup_count == 1 {
        write_mitre(conn, alert)?;
    }
    Ok(AlertOutcome {
        is_new: dedup_count == 1,
        dedup_count,
    })
}

fn encoded(alert: &Alert) -> Vec<u8> {
    let mut blob = Vec::with_capacity(512);
    alert::encode(alert, &mut blob);
    blob
}

fn insert(conn: &dyn Conn, alert: &Alert) -> Result<()> {
    let blob = encoded(alert);
    let params: [Param<'_>; 13] = [
        alert.alert_id.as_str().into(),
        alert.alert_type.as_str().into(),
        alert.timestamp_ns.into(),
        alert.severity_id.into(),
        alert.rule_name.as_str().into(),
        alert.entity_uuid.as_str().into(),
        alert.entity_type.as_str().into(),
        alert.entity_value.as_str().into(),
        alert.dedup_key.as_str().into(),
        alert.dedup_count.into(),
        Param::Float(alert.risk_score),
        alert.feedback.as_str().into(),
        blob.as_slice().into(),
    ];
    conn.execute(&conn.statements().insert_alert, &params)?;
    write_mitre(conn, alert)
}

fn refuse_other_key(conn: &dyn Conn, alert: &Alert) -> Result<()> {
    conn.query(
        &conn.statements().alert_key_by_id,
        &[alert.alert_id.as_str().into()],
        &mut |row| {
            let key = row.text(0)?.unwrap_or_default();
            if key == alert.dedup_key {
                return Ok(false);
            }
            Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "alert_id {} is stored with dedup_key {key:?}, not {:?}",
                    alert.alert_id, alert.dedup_key
                ),
            ))
        },
    )
}

fn write_mitre(conn: &dyn Conn, alert: &Alert) -> Result<()> {
    let statements = conn.statements();
    let key = alert.dedup_key.as_str();
    conn.execute(&statements.delete_tactics, &[key.into()])?;
    conn.execute(&statements.delete_techniques, &[key.into()])?;
    for tactic in &alert.mitre_tactics {
        conn.execute(
            &statements.insert_tactic,
            &[key.into(), tactic.as_str().into(), alert.timestamp_ns.into()],
        )?;
    }
    for technique in &alert.mitre_techniques {
        let technique = technique.to_uppercase();
        conn.execute(
            &statements.insert_technique,
            &[key.into(), technique.as_str().into(), alert.timestamp_ns.into()],
        )?;
    }
    Ok(())
}

/// Returns one page of up to `room`.
pub fn page(conn: &dyn Conn, query: &AlertQuery, mut room: Room) -> Result<AlertPage> {
    query.validate()?;
    let statements = conn.statements();
    let technique = technique(query);
    let filters = filters(query, technique.as_deref());
    let is_rare = match &technique {
        Some(technique) => {
            let params = [technique.as_str().into(), SORTABLE.into()];
            query_int(conn, &statements.count_alerts_by_technique_capped, &params)? < SORTABLE
        }
        None => false,
    };
    let sql = match query {
        _ if is_rare => &statements.alerts_by_technique,
        AlertQuery { entity: Some(_), .. } => &statements.alerts_by_entity,
        AlertQuery { tactic: Some(_), .. } => &statements.alerts_by_tactic,
        AlertQuery {
            alert_type: Some(_), ..
        } => &statements.alerts_by_type,
        _ => &statements.alerts_by_time,
    };
    let mut page = AlertPage::default();
    let mut skip = u64::from(query.page - 1) * u64::from(query.limit);
    let mut last: Option<AlertCursor> = None;
    for (from_ns, to_ns, before_id) in stretches(query) {
        let wanted = skip + u64::from(query.limit) + 1 - page.alerts.len() as u64;
        let stretch = [from_ns.into(), to_ns.into()];
        let place = [before_id.into(), (wanted as i64).into()];
        let params = [&stretch, &filters[2..], &place].concat();
        conn.query(sql, &params, &mut |row| {
            if skip > 0 {
                skip -= 1;
                return Ok(true);
            }
            let bytes = row.blob(4)?.map_or(0, <[u8]>::len);
            if page.alerts.len() == query.limit as usize || !room.take(bytes) {
                page.next = last.take();
                return Ok(false);
            }
            let alert = read(row)?;
            last = Some(AlertCursor {
                timestamp_ns: row.int(0)?.unwrap_or_default(),
                alert_id: alert.alert_id.clone(),
            });
            page.alerts.push(alert);
            Ok(true)
        })?;
        if page.next.is_some() {
            break;
        }
    }
    if query.total {
        page.total = Some(query_int(conn, &statements.count_alerts, &filters)?.max(0) as u64);
    }
    Ok(page)
}

/// Returns the ranges of time to walk through, newest first: after a cursor, the rest of its nanosecond, then everything before it.
fn stretches(query: &AlertQuery) -> Vec<(i64, i64, Option<&str>)> {
    let (from_ns, to_ns) = query.window.bounds();
    let Some(AlertCursor {
        timestamp_ns: at,
        alert_id,
    }) = &query.cursor
    else {
        return vec![(from_ns, to_ns, None)];
    };
    let own = (from_ns..=to_ns)
        .contains(at)
        .then_some((*at, *at, Some(alert_id.as_str())));
    let rest = at
        .checked_sub(1)
        .map(|before| to_ns.min(before))
        .filter(|to| from_ns <= *to);
    own.into_iter()
        .chain(rest.map(|to| (from_ns, to, None)))
        .collect()
}

/// Reads a row of `timestamp_ns, alert_id, dedup_count, feedback, data`. Time, count and verdict come from the columns, because the blob
/// is that of the last occurrence.
fn read(row: &dyn Row) -> Result<Alert> {
    let blob = row.blob(4)?.unwrap_or_default();
    // Decoding copies the texts of the blob.
    memory::probe(blob.len())?;
    let mut alert = alert::decode(blob)?;
    alert.timestamp_ns = row.int(0)?.unwrap_or_default();
    alert.dedup_count = row.int(2)?.unwrap_or(1);
    alert.feedback = row.string(3)?;
    Ok(alert)
}

fn get(conn: &dyn Conn, alert_id: &str) -> Result<Option<Alert>> {
    query_one(conn, &conn.statements().alert_by_id, &[alert_id.into()], read)
}
