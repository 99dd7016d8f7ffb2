//! Counts of alerts by time, rule and severity, and the filters of alert queries.

use super::aggregate::check_bucket;
use super::{Conn, Filtered, Param, Row, Sql};
use crate::error::Result;
use crate::memory::Room;
use crate::record::{AlertQuery, MAX_COUNTED, SEVERITY_NAMES, check_limit};

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

pub fn counts_by_rule(
    conn: &dyn Conn,
    query: &AlertQuery,
    limit: u32,
    room: Room,
) -> Result<Vec<(String, u64)>> {
    check_limit(limit, MAX_COUNTED)?;
    let statement = &conn.statements().alert_counts_by_rule;
    counted_by(conn, statement, query, &[i64::from(limit).into()], room, text_key)
}

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

/// Reads a text key; see [`counted`].
pub fn text_key(row: &dyn Row) -> Result<(String, usize)> {
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

/// Returns the technique of a query as the table stores it.
pub fn technique(query: &AlertQuery) -> Option<String> {
    query.technique.as_deref().map(str::to_uppercase)
}

/// Returns the parameters of the filters of a query.
pub fn filters<'q>(query: &'q AlertQuery, technique: Option<&'q str>) -> [Param<'q>; 7] {
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

/// Reads rows of a key and a number. `key` returns the key and its size outside of the struct.
pub fn counted<K>(
    conn: &dyn Conn,
    sql: &Sql,
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
