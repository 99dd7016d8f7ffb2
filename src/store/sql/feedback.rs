//! Verdicts on alerts: stored on the alert and in the audit trail, and counted.

use std::collections::BTreeMap;

use super::alert_counts::{counted, filters, technique, text_key};
use super::{Conn, Param, query_one};
use crate::codec::alert;
use crate::error::{Error, Result};
use crate::memory::{FEWER, Room};
use crate::record::{
    Alert, AlertPattern, FeedbackCursor, FeedbackEvent, FeedbackStats, MAX_PAGE, PatternQuery, check_limit,
    check_page,
};

/// Stores a verdict on an alert, in column and blob, and in the audit trail; requires a write transaction. Returns false if there is no
/// such alert.
pub fn update(conn: &dyn Conn, event: &FeedbackEvent) -> Result<bool> {
    check(event)?;
    let Some(mut alert) = get_raw(conn, &event.alert_id)? else {
        return Ok(false);
    };
    alert.feedback.clone_from(&event.feedback);
    alert.feedback_note.clone_from(&event.note);
    let mut blob = Vec::new();
    alert::encode(&alert, &mut blob);
    let params: [Param<'_>; 3] = [
        event.alert_id.as_str().into(),
        event.feedback.as_str().into(),
        blob.as_slice().into(),
    ];
    conn.execute(&conn.statements().alert_feedback, &params)?;
    append(conn, event)?;
    Ok(true)
}

/// Returns an alert as its blob stores it.
fn get_raw(conn: &dyn Conn, alert_id: &str) -> Result<Option<Alert>> {
    query_one(conn, &conn.statements().alert_by_id, &[alert_id.into()], |row| {
        alert::decode(row.blob(4)?.unwrap_or_default())
    })
}

/// Adds a verdict to the audit trail only.
pub fn append(conn: &dyn Conn, event: &FeedbackEvent) -> Result<()> {
    check(event)?;
    let params: [Param<'_>; 5] = [
        event.alert_id.as_str().into(),
        event.feedback.as_str().into(),
        event.note.as_str().into(),
        event.origin.as_str().into(),
        event.submitted_at_ns.into(),
    ];
    conn.execute(&conn.statements().insert_feedback_event, &params)
        .map(|_| ())
}

fn check(event: &FeedbackEvent) -> Result<()> {
    if !["tp", "fp"].contains(&event.feedback.as_str()) {
        return Err(Error::invalid(format!(
            "feedback {:?} is neither tp nor fp",
            event.feedback
        )));
    }
    if !["dashboard", "cli", "api"].contains(&event.origin.as_str()) {
        return Err(Error::invalid(format!(
            "origin {:?} is none of dashboard, cli, api",
            event.origin
        )));
    }
    Ok(())
}

/// Lists the audit trail of one alert, or of all, newest first. Pages count from 1.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) for a page or limit out of bounds, and for a cursor with a page above 1;
/// [`Limit`](crate::ErrorKind::Limit) if the page takes more than `room`.
pub fn events(
    conn: &dyn Conn,
    alert_id: Option<&str>,
    after: Option<FeedbackCursor>,
    (page, limit): (u32, u32),
    mut room: Room,
) -> Result<Vec<FeedbackEvent>> {
    check_page(limit, page, after.is_some())?;
    let after = after.unwrap_or(FeedbackCursor {
        submitted_at_ns: i64::MAX,
        id: i64::MAX,
    });
    let skip = i64::from(page - 1) * i64::from(limit);
    let statements = conn.statements();
    let mut params: Vec<Param<'_>> = Vec::with_capacity(5);
    params.extend(alert_id.map(Param::Text));
    params.extend([limit.into(), skip, after.submitted_at_ns, after.id].map(Param::Int));
    let statement = match alert_id {
        Some(_) => &statements.feedback_of_alert,
        None => &statements.feedback_events,
    };
    let mut events = Vec::new();
    conn.query(statement, &params, &mut |row| {
        let event = FeedbackEvent {
            id: row.int(0)?.unwrap_or_default(),
            alert_id: row.string(1)?,
            feedback: row.string(2)?,
            note: row.string(3)?,
            origin: row.string(4)?,
            submitted_at_ns: row.int(5)?.unwrap_or_default(),
        };
        let texts = event.alert_id.len() + event.feedback.len() + event.note.len() + event.origin.len();
        room.require(texts + size_of::<FeedbackEvent>(), FEWER)?;
        events.push(event);
        Ok(true)
    })?;
    Ok(events)
}

/// Counts the alerts that have a verdict.
pub fn stats(conn: &dyn Conn, room: Room) -> Result<FeedbackStats> {
    let mut stats = FeedbackStats::default();
    let sql = &conn.statements().feedback_stats;
    for (verdict, count) in counted(conn, sql, &[], room, text_key)? {
        match verdict.as_str() {
            "tp" => stats.tp = count,
            _ => stats.fp = count,
        }
    }
    stats.total = stats.tp + stats.fp;
    Ok(stats)
}

/// Groups the true positives by type, rule and kind of entity, by the latest verdict of each alert; largest groups first.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) unless `limit` is 1 to [`MAX_PAGE`]; [`Limit`](crate::ErrorKind::Limit) if the patterns of the
/// window take more than `room`.
pub fn patterns(conn: &dyn Conn, query: &PatternQuery, mut room: Room) -> Result<Vec<AlertPattern>> {
    check_limit(query.limit, MAX_PAGE)?;
    let mut patterns: BTreeMap<[String; 3], AlertPattern> = BTreeMap::new();
    query.alerts.validate_filters()?;
    let technique = technique(&query.alerts);
    let (first_ns, last_ns) = query.verdicts.bounds();
    let verdicts = [first_ns.into(), last_ns.into()];
    let params = [filters(&query.alerts, technique.as_deref()).as_slice(), &verdicts].concat();
    // Verdicts come newest first.
    conn.query(&conn.statements().alert_patterns, &params, &mut |row| {
        let last_verdict_ns = row.int(4)?.unwrap_or_default();
        let key = [row.string(0)?, row.string(1)?, row.string(2)?];
        if !patterns.contains_key(&key) {
            // The key is stored twice.
            let texts: usize = key.iter().map(String::len).sum();
            room.require(2 * texts + size_of::<AlertPattern>(), "ask for less time")?;
        }
        let pattern = patterns
            .entry(key)
            .or_insert_with_key(|[alert_type, rule_name, entity_type]| AlertPattern {
                alert_type: alert_type.clone(),
                rule_name: rule_name.clone(),
                entity_type: entity_type.clone(),
                last_verdict_ns,
                ..AlertPattern::default()
            });
        pattern.count += 1;
        if pattern.alert_ids.len() < query.max_alerts as usize {
            let id = row.string(3)?;
            room.require(id.len() + size_of::<String>(), "ask for fewer alerts a pattern")?;
            pattern.alert_ids.push(id);
        }
        Ok(true)
    })?;
    let mut patterns: Vec<AlertPattern> = patterns
        .into_values()
        .filter(|pattern| pattern.count >= query.min_count)
        .collect();
    // Stable: equal numbers stay in the order of their names.
    patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.count));
    patterns.truncate(query.limit as usize);
    Ok(patterns)
}
