//! Alerts: the deduplicating write, queries and counts.

use super::aggregate::{check_bucket, check_limit};
use super::{Conn, Filtered, Param, Row, query_int};
use crate::codec::alert;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::{self, Room};
use crate::record::{Alert, AlertCursor, AlertOutcome, AlertPage, AlertQuery, SEVERITY_NAMES};

/// A technique with fewer alerts than this is read through its junction and sorted; a commoner one by walking through time.
const SORTABLE: i64 = 2_000;

/// Writes an alert; to be called in a write transaction.
///
/// An alert with the key of a stored one, and within `window_ns` of its time in either direction, is another occurrence of it:
/// the count goes up and the stored time stays. Outside the window it starts over. In both cases id and data are the new
/// ones, while a verdict and the columns that queries filter by stay. A negative window makes every occurrence new.
///
/// # Errors
/// [`Invalid`](ErrorKind::Invalid) for what [`Alert::validate`] refuses; [`Conflict`](ErrorKind::Conflict) when the alert_id is
/// stored under another dedup_key: nothing is changed.
pub fn write(conn: &dyn Conn, alert: &Alert, window_ns: i64) -> Result<AlertOutcome> {
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

/// Answers a query with one page of up to `room`.
pub fn query(conn: &dyn Conn, query: &AlertQuery, mut room: Room) -> Result<AlertPage> {
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

/// The stretches of time to walk through, newest first: with a cursor, the rest of its own nanosecond and all before it.
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

/// Reads a row of `timestamp_ns, alert_id, dedup_count, feedback, data`. Time, count and verdict are the columns': the blob
/// is that of the last occurrence.
fn read(row: &dyn Row) -> Result<Alert> {
    let blob = row.blob(4)?.unwrap_or_default();
    // Decoding copies the texts of the blob.
    memory::reserve(&mut Vec::<u8>::new(), blob.len())?;
    let mut alert = alert::decode(blob)?;
    alert.timestamp_ns = row.int(0)?.unwrap_or_default();
    alert.dedup_count = row.int(2)?.unwrap_or(1);
    alert.feedback = row.string(3)?;
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

/// Counts alerts per bucket of time: the bucket's start and the number, in order, empty buckets left out. Buckets begin at
/// multiples of their length.
///
/// # Errors
/// [`Invalid`](ErrorKind::Invalid) unless the bucket is positive; [`Limit`](ErrorKind::Limit) if the buckets take more than `room`.
pub fn counts_by_time(
    conn: &dyn Conn,
    query: &AlertQuery,
    bucket_ns: i64,
    room: Room,
) -> Result<Vec<(i64, u64)>> {
    check_bucket(bucket_ns)?;
    let statement = &conn.statements().alert_counts_by_time;
    counted_by(conn, statement, query, &[bucket_ns.into()], room, |row| {
        Ok((row.int(0)?.unwrap_or_default().saturating_mul(bucket_ns), 0))
    })
}

/// Counts alerts per rule, most first.
///
/// # Errors
/// [`Invalid`](ErrorKind::Invalid) unless `limit` is 1 to [`MAX_COUNTED`](crate::record::MAX_COUNTED);
/// [`Limit`](ErrorKind::Limit) if the list takes more than `room`.
pub fn counts_by_rule(
    conn: &dyn Conn,
    query: &AlertQuery,
    limit: u32,
    room: Room,
) -> Result<Vec<(String, u64)>> {
    check_limit(limit)?;
    let statement = &conn.statements().alert_counts_by_rule;
    counted_by(conn, statement, query, &[i64::from(limit).into()], room, text_key)
}

/// Counts alerts per severity name, lowest first; values outside 0 to 6 count as `unknown`.
pub fn counts_by_severity(conn: &dyn Conn, query: &AlertQuery, room: Room) -> Result<Vec<(String, u64)>> {
    let statement = &conn.statements().alert_counts_by_severity;
    let by_number = counted_by(conn, statement, query, &[], room, |row| {
        Ok((row.int(0)?.unwrap_or(-1), 0))
    })?;
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

/// Reads a key that is a text; see [`counted`].
pub(super) fn text_key(row: &dyn Row) -> Result<(String, usize)> {
    let key = row.string(0)?;
    let bytes = key.len();
    Ok((key, bytes))
}

/// Runs a statement that counts the alerts of a query; see [`counted`]. `more` are the parameters after the filters.
fn counted_by<K>(
    conn: &dyn Conn,
    statement: &Filtered,
    query: &AlertQuery,
    more: &[Param<'_>],
    room: Room,
    key: impl Fn(&dyn Row) -> Result<(K, usize)>,
) -> Result<Vec<(K, u64)>> {
    query.validate_filters()?;
    let technique = technique(query);
    let filters = filters(query, technique.as_deref());
    match (query.has_only_window(), more.is_empty()) {
        (true, true) => counted(conn, statement.by_window(), &filters[..2], room, key),
        (true, false) => counted(conn, statement.by_window(), &[&filters, more].concat(), room, key),
        (false, _) => counted(conn, statement.by_all(), &[&filters, more].concat(), room, key),
    }
}

/// Returns the technique that a query asks for, spelled as the table has it.
pub(super) fn technique(query: &AlertQuery) -> Option<String> {
    query.technique.as_deref().map(str::to_uppercase)
}

/// Returns the parameters of the filters of a query.
pub(super) fn filters<'q>(query: &'q AlertQuery, technique: Option<&'q str>) -> [Param<'q>; 7] {
    let (first_ns, last_ns) = query.window.bounds();
    [
        first_ns.into(),
        last_ns.into(),
        query.alert_type.as_deref().into(),
        query.min_severity.into(),
        query.entity.as_deref().into(),
        query.tactic.as_deref().into(),
        technique.into(),
    ]
}

/// Reads rows of a key and a number; `key` returns the key and the bytes that it takes elsewhere.
pub(super) fn counted<K>(
    conn: &dyn Conn,
    sql: &super::Sql,
    params: &[Param<'_>],
    mut room: Room,
    key: impl Fn(&dyn Row) -> Result<(K, usize)>,
) -> Result<Vec<(K, u64)>> {
    let mut counts = Vec::new();
    conn.query(sql, params, &mut |row| {
        let (key, bytes) = key(row)?;
        room.require(
            bytes + size_of::<(K, u64)>(),
            "ask for less time, or larger buckets",
        )?;
        counts.push((key, row.int(1)?.unwrap_or_default().max(0) as u64));
        Ok(true)
    })?;
    Ok(counts)
}
