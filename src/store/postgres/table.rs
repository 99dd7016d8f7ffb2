//! Whole tables of a PostgreSQL database, for moves and dumps.

use tokio_postgres::types::ToSql;

use super::conn::{NO_TIMEOUT, PgConn};
use super::event_rows::{self, EVENT_COLUMNS, EventId, EventRow, STAGE};
use super::layout::Layout;
use super::locks;
use super::store::PostgresStore;
use super::summarizer;
use super::transactions::READ;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, now_ns};
use crate::store::migrate::State;
use crate::store::opener::Access;
use crate::store::sql::table::{self as rows, SqlSnapshot};
use crate::store::sql::{Conn, query_int, summary};
use crate::store::table::{
    Cell, LARGEST_KEPT, Put, RawRow, SEQ, Table, TableSnapshot, TableStore, Type, WIDEST_GAP, cut,
};

/// The staged rows that the table does not contain, in their order: only these get numbers.
const NEW_ROWS: &str = "(
    SELECT * FROM seerflow_events AS moved
    WHERE NOT EXISTS (
        SELECT 1 FROM events WHERE events.event_id = moved.event_id AND events.timestamp_ns = moved.timestamp_ns
    )
    ORDER BY moved.ingest_seq)";

impl TableStore for PostgresStore {
    fn snapshot(
        &self,
        control: &Control,
        work: &mut dyn FnMut(&dyn TableSnapshot) -> Result<()>,
    ) -> Result<()> {
        let within = |e: Error| e.within(&self.options.primary.shown);
        self.reading(control, |database| {
            // A connection outside of the pool, because the transaction has no time limit.
            let conn = database.primary.connect(control).map_err(within)?;
            conn.begin(&format!(
                "{READ}; {NO_TIMEOUT}; SET LOCAL idle_in_transaction_session_timeout = 0"
            ))?;
            database.check_tables(&conn)?;
            if State::of(&conn)?.seerflow == 0 {
                return Err(within(Error::new(
                    ErrorKind::Schema,
                    "no Seerflow database is there",
                )));
            }
            let done = conn.without_timeout(|conn| conn.controlled(control, |conn| work(&SqlSnapshot(conn))));
            // Rows may still be on their way that the caller does not want: the connection is closed.
            conn.give_up();
            done
        })
    }

    fn put_rows(&self, put: &Put<'_>, control: &Control) -> Result<u64> {
        let database = self.database(Access::Write, control)?;
        if let (Table::Events, Some(partitions)) = (put.table, &database.writer.partitions) {
            let times = put.rows.iter().filter_map(|row| row[2].int());
            partitions.prepare_times(&database.primary, times, now_ns())?;
        }
        let write = || {
            database.write(control, |conn| {
                let stored = match put.table {
                    _ if put.rows.is_empty() => 0,
                    Table::Events => put_events(conn, &database.layout, put)?,
                    _ => put_plain(conn, put)?,
                };
                rows::put_note(conn, put, stored)?;
                Ok(stored)
            })
        };
        let stored = rows::told(&self.edge_commits, put, control, write)?;
        if put.table == Table::Events {
            database.summarizer.add(&database.transactions, stored);
        }
        Ok(stored)
    }

    fn finish_rows(&self, control: &Control) -> Result<()> {
        let database = self.database(Access::Write, control)?;
        while summarizer::sum_up(&database, control)? {
            control.check()?;
        }
        // A connection outside of the pool and without timeouts: the time depends on the size of the tables.
        let conn = database.primary.connect(control)?;
        conn.without_timeout(|conn| {
            conn.controlled(control, |conn| {
                conn.batch(&format!("{NO_TIMEOUT}; ANALYZE events; ANALYZE entity_events"))
            })
        })
    }

    fn notes(&self, control: &Control) -> Result<Vec<(String, String)>> {
        self.reading(control, |database| {
            database.on_primary(control, READ, |conn| {
                if has_table(conn, "libseerflow_transfer")? {
                    rows::notes(conn)
                } else {
                    Ok(Vec::new())
                }
            })
        })
    }

    fn forget_notes(&self, control: &Control) -> Result<()> {
        self.database(Access::Write, control)?.write(control, |conn| {
            conn.batch("SET LOCAL client_min_messages = warning")?;
            conn.execute(&conn.statements().tables.drop_notes, &[])
                .map(|_| ())
        })
    }

    fn holds_nul(&self) -> bool {
        false
    }
}

fn has_table(conn: &PgConn, name: &str) -> Result<bool> {
    Ok(conn.int(&format!("SELECT (to_regclass('{name}') IS NOT NULL)::int"))? > 0)
}

/// Stores rows with one statement; each column is an array.
fn put_plain(conn: &PgConn, put: &Put<'_>) -> Result<u64> {
    let columns = put.table.columns();
    let cells = |position: usize| put.rows.iter().map(move |row| &row[position]);
    let mut arrays: Vec<Box<dyn ToSql + Sync + '_>> = Vec::with_capacity(columns.len());
    for (position, column) in columns.iter().enumerate() {
        arrays.push(match column.kind {
            Type::Int => Box::new(cells(position).map(Cell::int).collect::<Vec<_>>()),
            Type::Float => Box::new(cells(position).map(float).collect::<Vec<_>>()),
            Type::Text => Box::new(cells(position).map(Cell::text).collect::<Vec<_>>()),
            Type::Blob => Box::new(cells(position).map(Cell::blob).collect::<Vec<_>>()),
        });
    }
    let params: Vec<&(dyn ToSql + Sync)> = arrays.iter().map(|array| array.as_ref() as _).collect();
    let stored = conn
        .change(conn.statements().tables.put(put).text(), &params)
        .map_err(|error| match error.kind() {
            ErrorKind::Limit => error.within(longest(put)),
            _ => error,
        })?;
    if !put.merge && matches!(put.table, Table::Feedback | Table::DeadLetters) {
        let name = put.table.name();
        conn.ask(&format!(
            "SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"
        ))?;
    }
    Ok(stored)
}

/// Names the longest text of the indexed columns: the one that does not fit the index.
fn longest(put: &Put<'_>) -> String {
    let is_indexed = |position: usize, name: &str| {
        position < put.table.key_length()
            || put.table == Table::Alerts && ["alert_id", "rule_name", "entity_uuid"].contains(&name)
    };
    let texts = put.rows.iter().flat_map(|row| {
        let cells = put.table.columns().iter().zip(row).enumerate();
        cells
            .filter(|(position, (column, _))| is_indexed(*position, column.name))
            .filter_map(move |(_, (column, cell))| Some((cell.text()?.len(), column.name, row)))
    });
    let Some((bytes, column, row)) = texts.max_by_key(|(bytes, ..)| *bytes) else {
        return "an index".to_owned();
    };
    let named = if put.table == Table::Alerts { 1 } else { 0 };
    let id = row[named].text().map(|text| cut(text, 100)).unwrap_or_default();
    format!("the {column} of {id}, {bytes} bytes, is too long for an index of PostgreSQL")
}

fn float(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Float(number) => Some(*number),
        _ => None,
    }
}

/// Stores events with their words through a temporary table, because some may exist.
fn put_events(conn: &PgConn, layout: &Layout, put: &Put<'_>) -> Result<u64> {
    event_rows::create_stage(conn)?;
    let numbers = if put.merge {
        (1..=put.rows.len() as i64).collect()
    } else {
        kept_numbers(conn, put.rows)?
    };
    let rows = numbers.iter().zip(put.rows).map(|(number, row)| {
        let text = |position: usize| row[position].text().unwrap_or_default();
        let int = |position: usize| row[position].int().unwrap_or_default();
        Ok(EventRow {
            ingest_seq: *number,
            event_id: EventId::Text(text(1)),
            timestamp_ns: int(2),
            observed_ns: int(3),
            severity_id: int(4),
            source_type: text(5),
            source_id: text(6),
            template_id: row[7].int(),
            message: text(8),
            entity_refs: row[9].text(),
            data: row[10].blob(),
        })
    });
    event_rows::copy_events(conn, layout, STAGE, rows)?;
    let (source, number) = if put.merge {
        (NEW_ROWS, format!("nextval('{}')", layout.sequence))
    } else {
        (STAGE, SEQ.to_owned())
    };
    // The key of a partitioned table includes the time.
    let stored = conn.change(
        &format!(
            "INSERT INTO events ({SEQ}, {EVENT_COLUMNS}) SELECT {number}, {EVENT_COLUMNS} FROM {source} AS moved ON CONFLICT DO NOTHING"
        ),
        &[],
    )?;
    if let (false, Some(last)) = (put.merge, numbers.last()) {
        // Done last, because setval is not rolled back.
        conn.ask(&format!(
            "SELECT setval('{sequence}', greatest({last}, (SELECT last_value FROM {sequence})))",
            sequence = layout.sequence
        ))?;
    }
    conn.batch(&format!("TRUNCATE {STAGE}"))?;
    Ok(stored)
}

/// Keeps the events' numbers if they are larger than all existing ones. No other session writes events meanwhile.
fn kept_numbers(conn: &PgConn, rows: &[RawRow]) -> Result<Vec<i64>> {
    conn.batch("LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE")?;
    let last = query_int(conn, &conn.statements().last_seq, &[])?;
    let watermark = summary::watermark(conn)?;
    let mut next = last.max(watermark).max(0) + 1;
    let first = rows.first().and_then(|row| row[0].int()).unwrap_or_default();
    if last <= watermark && first >= next + summary::RANGE && first <= LARGEST_KEPT {
        conn.ask(&locks::acquire(locks::SUMMARIZE))?;
        summary::skip(conn, first - 1)?;
        next = first;
    }
    let mut numbers = Vec::with_capacity(rows.len());
    for row in rows {
        let kept = row[0]
            .int()
            .filter(|seq| *seq >= next && *seq <= LARGEST_KEPT && *seq - next <= WIDEST_GAP);
        let number = kept.unwrap_or(next);
        numbers.push(number);
        next = number + 1;
    }
    Ok(numbers)
}
