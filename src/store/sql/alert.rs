//! Alerts: the deduplicating write, queries, verdicts and counts.

use std::collections::BTreeMap;

use super::{Conn, Param, Row, query_int};
use crate::codec::alert;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{
    Alert, AlertCursor, AlertPage, AlertPattern, AlertQuery, FeedbackEvent, FeedbackStats, MAX_PAGE,
    PatternQuery, SEVERITY_NAMES,
};

/// A technique with fewer alerts than this is read through its junction and sorted; a commoner one by walking through time.
const SORTABLE: i64 = 2_000;

/// What became of an alert that was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Nobody was told of it yet: it is the first of its key, or the first in a new window.
    pub is_new: bool,
    /// Occurrences that the stored alert now stands for.
    pub dedup_count: i64,
}

/// Writes an alert; to be called in a write transaction.
///
/// An alert with the key of a stored one, and within `window_ns` of its time in either direction, is another occurrence of it:
/// the count goes up and the stored time stays. Outside the window it starts over. In both cases id and data are the new
/// ones, while a verdict and the columns that queries filter by stay. A negative window makes every occurrence new.
///
/// # Errors
/// [`Invalid`](ErrorKind::Invalid) for what [`Alert::validate`] refuses; [`Conflict`](ErrorKind::Conflict) when the alert_id is
/// stored under another dedup_key: nothing is changed.
pub fn write(conn: &dyn Conn, alert: &Alert, window_ns: i64) -> Result<Written> {
    alert.validate()?;
    refuse_other_key(conn, alert)?;
    let mut stored: Option<Alert> = None;
    conn.query(
        &conn.statements().alert_by_dedup_key,
        &[alert.dedup_key.as_str().into()],
        &mut |row| {
            stored = Some(read(row)?);
            Ok(false)
        },
    )?;
    let Some(stored) = stored else {
        insert(conn, alert)?;
        return Ok(Written {
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
    // The blob says what the columns say, whoever reads it.
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
    Ok(Written {
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

/// Answers a query with one page.
pub fn query(conn: &dyn Conn, query: &AlertQuery) -> Result<AlertPage> {
    query.validate()?;
    let statements = conn.statements();
    let technique = query.technique.as_deref().map(str::to_uppercase);
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
        let params: [Param<'_>; 9] = [
            from_ns.into(),
            to_ns.into(),
            before_id.into(),
            query.alert_type.as_deref().into(),
            query.min_severity.into(),
            query.entity.as_deref().into(),
            query.tactic.as_deref().into(),
            technique.as_deref().into(),
            (wanted as i64).into(),
        ];
        conn.query(sql, &params, &mut |row| {
            if skip > 0 {
                skip -= 1;
                return Ok(true);
            }
            if page.alerts.len() == query.limit as usize {
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
        let params: [Param<'_>; 7] = [
            query.from_ns.into(),
            query.to_ns.into(),
            query.alert_type.as_deref().into(),
            query.min_severity.into(),
            query.entity.as_deref().into(),
            query.tactic.as_deref().into(),
            technique.as_deref().into(),
        ];
        page.total = Some(query_int(conn, &statements.count_alerts, &params)?.max(0) as u64);
    }
    Ok(page)
}

/// The stretches of time to walk through, newest first: with a cursor, the rest of its own nanosecond and all before it.
fn stretches(query: &AlertQuery) -> Vec<(i64, i64, Option<&str>)> {
    let AlertQuery { from_ns, to_ns, .. } = *query;
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

/// Reads a row of `timestamp_ns, alert_id, dedup_count, feedback, data`. Time, count and verdict are the columns': the blob
/// is that of the last occurrence.
fn read(row: &dyn Row) -> Result<Alert> {
    let mut alert = alert::decode(row.blob(4)?.unwrap_or_default())?;
    alert.timestamp_ns = row.int(0)?.unwrap_or_default();
    alert.dedup_count = row.int(2)?.unwrap_or(1);
    alert.feedback = row.text(3)?.unwrap_or_default().to_owned();
    Ok(alert)
}

/// Returns one alert; `None` when there is none.
pub fn get(conn: &dyn Conn, alert_id: &str) -> Result<Option<Alert>> {
    let mut found = None;
    conn.query(&conn.statements().alert_by_id, &[alert_id.into()], &mut |row| {
        found = Some(read(row)?);
        Ok(false)
    })?;
    Ok(found)
}

/// Puts a verdict on an alert, in column and blob, and adds it to the audit trail; to be called in a write transaction.
/// Answers whether the alert is there: an unknown one is a no-op.
pub fn update_feedback(conn: &dyn Conn, event: &FeedbackEvent) -> Result<bool> {
    check_feedback(event)?;
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
    append_feedback(conn, event)?;
    Ok(true)
}

/// Returns an alert as its blob has it.
fn get_raw(conn: &dyn Conn, alert_id: &str) -> Result<Option<Alert>> {
    let mut found = None;
    conn.query(&conn.statements().alert_by_id, &[alert_id.into()], &mut |row| {
        found = Some(alert::decode(row.blob(4)?.unwrap_or_default())?);
        Ok(false)
    })?;
    Ok(found)
}

/// Adds a verdict to the audit trail only.
pub fn append_feedback(conn: &dyn Conn, event: &FeedbackEvent) -> Result<()> {
    check_feedback(event)?;
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

fn check_feedback(event: &FeedbackEvent) -> Result<()> {
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

/// Lists the audit trail of one alert, or of all, newest first; pages count from 1.
pub fn feedback_events(
    conn: &dyn Conn,
    alert_id: Option<&str>,
    page: u32,
    limit: u32,
) -> Result<Vec<FeedbackEvent>> {
    if page == 0 || limit == 0 || limit > MAX_PAGE {
        return Err(Error::invalid(format!(
            "page {page} or limit {limit} is out of bounds"
        )));
    }
    let skip = i64::from(page - 1) * i64::from(limit);
    let statements = conn.statements();
    let mut params: Vec<Param<'_>> = Vec::with_capacity(3);
    params.extend(alert_id.map(Param::Text));
    params.extend([limit.into(), skip].map(Param::Int));
    let statement = match alert_id {
        Some(_) => &statements.feedback_of_alert,
        None => &statements.feedback_events,
    };
    let mut events = Vec::new();
    conn.query(statement, &params, &mut |row| {
        let text = |column| row.text(column).map(|text| text.unwrap_or_default().to_owned());
        events.push(FeedbackEvent {
            id: row.int(0)?.unwrap_or_default(),
            alert_id: text(1)?,
            feedback: text(2)?,
            note: text(3)?,
            origin: text(4)?,
            submitted_at_ns: row.int(5)?.unwrap_or_default(),
        });
        Ok(true)
    })?;
    Ok(events)
}

/// Counts the alerts that were judged.
pub fn feedback_stats(conn: &dyn Conn) -> Result<FeedbackStats> {
    let mut stats = FeedbackStats::default();
    for (verdict, count) in counted(conn, &conn.statements().feedback_stats, &[], |row| {
        Ok(row.text(0)?.unwrap_or_default().to_owned())
    })? {
        match verdict.as_str() {
            "tp" => stats.tp = count,
            _ => stats.fp = count,
        }
    }
    stats.total = stats.tp + stats.fp;
    Ok(stats)
}

/// Groups the true positives by type, rule and kind of entity, by the latest verdict of each alert: those with most first.
///
/// # Errors
/// [`Invalid`](ErrorKind::Invalid) unless `limit` is 1 to [`MAX_PAGE`].
pub fn patterns(conn: &dyn Conn, query: &PatternQuery) -> Result<Vec<AlertPattern>> {
    if query.limit == 0 || query.limit > MAX_PAGE {
        return Err(Error::invalid(format!(
            "limit {} is outside 1..{MAX_PAGE}",
            query.limit
        )));
    }
    let mut patterns: BTreeMap<[String; 3], AlertPattern> = BTreeMap::new();
    let params = [query.from_ns.into(), query.to_ns.into()];
    // Verdicts come newest first.
    conn.query(&conn.statements().alert_patterns, &params, &mut |row| {
        let text = |column| row.text(column).map(|text| text.unwrap_or_default().to_owned());
        let last_verdict_ns = row.int(4)?.unwrap_or_default();
        let pattern = patterns.entry([text(0)?, text(1)?, text(2)?]).or_insert_with_key(
            |[alert_type, rule_name, entity_type]| AlertPattern {
                alert_type: alert_type.clone(),
                rule_name: rule_name.clone(),
                entity_type: entity_type.clone(),
                last_verdict_ns,
                ..AlertPattern::default()
            },
        );
        pattern.count += 1;
        if pattern.alert_ids.len() < query.max_alerts as usize {
            pattern.alert_ids.push(text(3)?);
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

/// Counts alerts per bucket of time in a window whose end is excluded: the bucket's start and the number, in order, empty
/// buckets left out.
pub fn counts_by_time(conn: &dyn Conn, from_ns: i64, to_ns: i64, bucket_ns: i64) -> Result<Vec<(i64, u64)>> {
    if bucket_ns <= 0 {
        return Err(Error::invalid(format!("bucket {bucket_ns} ns is not positive")));
    }
    let params = [from_ns.into(), to_ns.into(), bucket_ns.into()];
    counted(conn, &conn.statements().alert_counts_by_time, &params, |row| {
        Ok(row.int(0)?.unwrap_or_default().saturating_mul(bucket_ns))
    })
}

/// Counts alerts per rule in a window whose end is excluded, most first.
pub fn counts_by_rule(conn: &dyn Conn, from_ns: i64, to_ns: i64) -> Result<Vec<(String, u64)>> {
    counted(
        conn,
        &conn.statements().alert_counts_by_rule,
        &[from_ns.into(), to_ns.into()],
        |row| Ok(row.text(0)?.unwrap_or_default().to_owned()),
    )
}

/// Counts alerts per severity name in a window whose end is excluded; values outside 0 to 6 count as `unknown`.
pub fn counts_by_severity(conn: &dyn Conn, from_ns: i64, to_ns: i64) -> Result<Vec<(String, u64)>> {
    let by_number = counted(
        conn,
        &conn.statements().alert_counts_by_severity,
        &[from_ns.into(), to_ns.into()],
        |row| Ok(row.int(0)?.unwrap_or(-1)),
    )?;
    let mut by_name: Vec<(String, u64)> = Vec::new();
    for (number, count) in by_number {
        let name = usize::try_from(number)
            .ok()
            .and_then(|n| SEVERITY_NAMES.get(n))
            .unwrap_or(&"unknown");
        match by_name.iter_mut().find(|(known, _)| known == name) {
            Some((_, sum)) => *sum += count,
            None => by_name.push(((*name).to_owned(), count)),
        }
    }
    Ok(by_name)
}

fn counted<K>(
    conn: &dyn Conn,
    sql: &super::Sql,
    params: &[Param<'_>],
    key: impl Fn(&dyn Row) -> Result<K>,
) -> Result<Vec<(K, u64)>> {
    let mut counts = Vec::new();
    conn.query(sql, params, &mut |row| {
        counts.push((key(row)?, row.int(1)?.unwrap_or_default().max(0) as u64));
        Ok(true)
    })?;
    Ok(counts)
}
