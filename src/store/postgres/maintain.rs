//! Pruning, checks and the summary of a database.

use std::collections::HashMap;

use bytes::BytesMut;

use super::conn::PgConn;
use super::database::PgDatabase;
use super::dialect;
use super::locks;
use super::transactions::READ;
use crate::codec::msgpack;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Field};
use crate::store::migrate::State;
use crate::store::sql::{maintain, summary as sql_summary};
use crate::store::table::TRIGGER_BYTES;
use crate::store::{PruneOptions, PruneReport, StoreSummary};

/// Events removed in one transaction.
const PRUNE_STEP: u32 = 5_000;

/// Dead letters removed in one transaction.
const DEAD_LETTER_STEP: u32 = 1_000;

/// Messages that one query compares.
const CHECK_STEP: i64 = 2_000;

/// The tables that count for the size of the database.
const SIZED: &str = "('events'), ('entity_events'), ('alerts'), ('alert_tactics'), ('alert_techniques'), ('alert_feedback_events'), ('model_state'), ('templates'), ('graph_edges'), ('sigma_rule_state'), ('dead_letters'), ('event_ranges'), ('event_counts'), ('event_tallies')";

/// Removes old events and dead letters.
pub fn prune(database: &PgDatabase, options: &PruneOptions, control: &Control) -> Result<PruneReport> {
    let mut report = PruneReport {
        bytes_before: bytes(database, control)?,
        ..PruneReport::default()
    };
    if let Some(before_ns) = options.before_ns {
        report.events += prune_before(database, before_ns, u64::MAX, control)?;
        report.dead_letters += maintain::in_steps(DEAD_LETTER_STEP, || {
            database.write(control, |conn| {
                maintain::prune_dead_letters(conn, before_ns, DEAD_LETTER_STEP)
            })
        })?;
    }
    if let Some(max_bytes) = options.max_bytes {
        // The freed space is reused, but a table rarely shrinks. So the number of events to remove follows from the average size of an
        // event.
        let used = bytes(database, control)?;
        let events = database.read(control, sql_summary::event_total)?;
        if used > max_bytes && events > 0 {
            let each = (used / events).max(1);
            let too_many = (used - max_bytes).div_ceil(each).min(events);
            report.events += prune_before(database, i64::MAX, too_many, control)?;
        }
    }
    if report.events > 0 {
        give_back(database, control)?;
    }
    report.bytes_after = bytes(database, control)?;
    Ok(report)
}

fn prune_before(database: &PgDatabase, before_ns: i64, at_most: u64, control: &Control) -> Result<u64> {
    let mut dropped = 0;
    if let Some(partitions) = &database.writer.partitions
        && at_most == u64::MAX
    {
        dropped = partitions.drop_before(database, before_ns, control)?;
    }
    let mut left = at_most;
    let removed = maintain::in_steps(PRUNE_STEP, || {
        let step = u64::from(PRUNE_STEP).min(left);
        if step == 0 {
            return Ok(0);
        }
        let removed = prune_step(database, before_ns, step as u32, control)?;
        left -= removed;
        Ok(removed)
    })?;
    Ok(dropped + removed)
}

/// Removes some events, their entity rows and their part of the sums in one transaction.
fn prune_step(database: &PgDatabase, before_ns: i64, at_most: u32, control: &Control) -> Result<u64> {
    // The summarizer must not run meanwhile. Without the settings, the server reads all of `entity_events` to find the rows of one step.
    let begin = format!(
        "BEGIN; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; {}",
        locks::acquire(locks::SUMMARIZE)
    );
    database.write_in(control, &begin, |conn| {
        let victims = maintain::victims(conn, before_ns, at_most)?;
        let Some(newest) = victims.last().map(|victim| victim.timestamp_ns) else {
            return Ok(0);
        };
        let (mut entities, mut times, mut entity_ids) = (vec![], vec![], vec![]);
        let mut counted: HashMap<&(i64, String, i64), i64> = HashMap::new();
        for victim in &victims {
            for entity in &victim.gone.entities {
                entities.push(entity.as_str());
                times.push(victim.timestamp_ns);
                entity_ids.push(victim.event_id.as_str());
            }
            if let Some(key) = &victim.counted {
                *counted.entry(key).or_default() += 1;
            }
        }
        let ids: Vec<&str> = victims.iter().map(|victim| victim.event_id.as_str()).collect();
        conn.change(
            "DELETE FROM entity_events AS x USING unnest($1::text[], $2::bigint[], $3::text[]) AS old (entity, time, event) \
             WHERE x.entity_uuid = old.entity AND x.timestamp_ns = old.time AND x.event_id = old.event",
            &[&entities, &times, &entity_ids],
        )?;
        conn.change("DELETE FROM events WHERE event_id = ANY($1) AND timestamp_ns < $2", &[&ids, &newest.saturating_add(1)])?;
        let (mut minutes, mut sources, mut severities, mut numbers) = (vec![], vec![], vec![], vec![]);
        for ((minute, source, severity), number) in counted {
            minutes.push(*minute);
            sources.push(source.as_str());
            severities.push(*severity);
            numbers.push(number);
        }
        conn.change(
            "UPDATE event_counts AS c SET events = c.events - old.events \
             FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[]) AS old (minute, source, severity, events) \
             WHERE c.minute = old.minute AND c.source_type = old.source AND c.severity_id = old.severity",
            &[&minutes, &sources, &severities, &numbers],
        )?;
        maintain::forget(conn, victims)
    })
}

/// Makes the freed space available for new rows.
fn give_back(database: &PgDatabase, control: &Control) -> Result<()> {
    let (conn, _) = database.own_connections().ask(control, "SELECT 1")?;
    let schema = &database.layout.schema;
    conn.controlled(control, |conn| {
        let tables = ["events", "entity_events"];
        tables
            .into_iter()
            .try_for_each(|table| conn.outside_transaction(&format!("VACUUM {schema}.{table}")))
    })
}

fn bytes(database: &PgDatabase, control: &Control) -> Result<u64> {
    database.on_primary(control, READ, size)
}

fn size(conn: &PgConn) -> Result<u64> {
    if conn.int("SELECT (to_regproc('citus_total_relation_size') IS NOT NULL)::int")? > 0 {
        // On the coordinator, distributed tables are empty.
        let sql = format!(
            "SELECT sum(CASE WHEN EXISTS (SELECT FROM pg_dist_partition AS d WHERE d.logicalrelid = to_regclass(t.name)) \
                THEN citus_total_relation_size(to_regclass(t.name)) ELSE pg_total_relation_size(to_regclass(t.name)) END)::bigint \
             FROM (VALUES {SIZED}) AS t (name)"
        );
        return Ok(conn.int(&sql)?.max(0) as u64);
    }
    // A partitioned table has no size of its own; its partitions have.
    let sql = format!(
        "SELECT sum(pg_total_relation_size(relid))::bigint FROM (VALUES {SIZED}) AS t (name), pg_partition_tree(to_regclass(t.name))
        UNION ALL SELECT sum(pg_total_relation_size(to_regclass(t.name)))::bigint FROM (VALUES {SIZED}) AS t (name)
        ORDER BY 1 DESC NULLS LAST LIMIT 1"
    );
    Ok(conn.int(&sql)?.max(0) as u64)
}

/// Compares sums with rows, and checks that the indexes are valid.
pub fn check(database: &PgDatabase, control: &Control) -> Result<Vec<String>> {
    database.on_primary(control, READ, |conn| {
        let mut findings = maintain::check_sums(conn)?;
        // One that is being built is not valid yet.
        let invalid = "SELECT x.indexrelid::regclass FROM pg_index AS x JOIN pg_class AS c ON c.oid = x.indrelid \
            WHERE NOT x.indisvalid AND c.relname IN ('events', 'entity_events') \
            AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS p WHERE p.index_relid = x.indexrelid)";
        findings.extend(conn.list(invalid)?.into_iter().map(|index| format!("{index}: the index is not valid")));
        Ok(findings)
    })
}

/// Compares the stored words of every message with the message.
pub fn check_text(database: &PgDatabase, control: &Control) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    if !database.layout.is_numbered() {
        // The words are computed by Seerflow's trigger.
        return Ok(findings);
    }
    let seq = if database.layout.is_adopted {
        dialect::ADOPTED_SEQ
    } else {
        "ingest_seq"
    };
    // If the column does not hold the whole message, the words are those of the message in the blob.
    let sql = format!(
        "SELECT {seq}, message, tsvectorsend(message_terms), CASE WHEN octet_length(message) > {TRIGGER_BYTES} - 4 THEN data END \
         FROM events WHERE {seq} > $1 ORDER BY {seq} LIMIT {CHECK_STEP}"
    );
    let mut after = i64::MIN;
    loop {
        control.check()?;
        let (last, count) = database.on_primary(control, READ, |conn| {
            let rows = conn.rows(&sql, &[&after])?;
            let mut terms = conn.terms()?;
            let mut last = after;
            for row in &rows {
                last = row.get(0);
                let Some(stored) = row.get::<_, Option<&[u8]>>(2) else {
                    continue;
                };
                let mut are_of = |message: &str| {
                    let mut expected = BytesMut::new();
                    terms.put_vector(message, &mut expected)?;
                    Ok::<_, Error>(expected == stored)
                };
                let whole = row.get::<_, Option<&[u8]>>(3).and_then(message_of_blob);
                if !are_of(row.get(1))? && !whole.map_or(Ok(false), are_of)? {
                    findings.push(format!(
                        "events: the words of the event with ingest_seq {last} are not those of its message"
                    ));
                }
            }
            Ok((last, rows.len() as i64))
        })?;
        after = last;
        if count < CHECK_STEP || findings.len() > 100 {
            return Ok(findings);
        }
    }
}

fn message_of_blob(blob: &[u8]) -> Option<&str> {
    let mut reader = msgpack::find(blob, Field::Message)?;
    std::str::from_utf8(reader.bytes_of_text().ok()?).ok()
}

/// Returns the contents of the store, in numbers.
pub fn summary(database: &PgDatabase, control: &Control) -> Result<StoreSummary> {
    database.on_primary(control, READ, |conn| {
        let state = State::of(conn)?;
        Ok(StoreSummary {
            location: database.primary.location().to_owned(),
            schema_version: state.seerflow,
            migration: state.applied.last().map_or(0, |(number, _)| *number),
            made_by_seerflow: database.layout.is_adopted,
            bytes: size(conn)?,
            ..maintain::contents(conn)?
        })
    })
}

/// Refuses: a server has tools of its own for backups.
pub fn backup() -> Result<()> {
    Err(Error::new(
        ErrorKind::Unsupported,
        "a PostgreSQL database is backed up with pg_dump or pg_basebackup; `export` writes events to a file",
    ))
}
