//! Whole tables of a SQLite file, for moves and dumps.

use super::conn::SqliteConn;
use super::error::error;
use super::store::SqliteStore;
use crate::codec::msgpack;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Field};
use crate::store::migrate::State;
use crate::store::opener::Access;
use crate::store::sql::table::{self as rows, SqlSnapshot};
use crate::store::sql::{Conn, Param, query_int, summary};
use crate::store::table::{
    Cell, LARGEST_KEPT, Put, RawRow, SOURCE_BYTES, Table, TableSnapshot, TableStore, WIDEST_GAP, clean,
    portable,
};

impl TableStore for SqliteStore {
    fn snapshot(
        &self,
        control: &Control,
        work: &mut dyn FnMut(&dyn TableSnapshot) -> Result<()>,
    ) -> Result<()> {
        self.reading(control, |database| {
            let path = database.path.display();
            if !database.source.is_there() {
                return Err(Error::new(ErrorKind::NotFound, format!("no database at {path}")));
            }
            database.read(control, |conn| {
                if State::read(conn)?.seerflow == 0 {
                    let text = format!("{path} holds no Seerflow database");
                    return Err(Error::new(ErrorKind::Schema, text));
                }
                work(&SqlSnapshot(conn))
            })
        })
    }

    fn put_rows(&self, put: &Put<'_>, control: &Control) -> Result<u64> {
        let database = self.database(Access::Write, control)?;
        let write = || {
            database.write(control, |conn| {
                let stored = match put.table {
                    Table::Events => put_events(conn, put),
                    _ => put_plain(conn, put),
                }?;
                rows::put_note(conn, put, stored)?;
                Ok(stored)
            })
        };
        rows::told(&self.edge_commits, put, control, write)
    }

    fn finish_rows(&self, control: &Control) -> Result<()> {
        let database = self.database(Access::Write, control)?;
        while database.write(control, |conn| {
            let last = query_int(conn, &conn.statements().last_seq, &[])?;
            summary::close_ranges(conn, last, 0)
        })? {}
        Ok(())
    }

    fn notes(&self, control: &Control) -> Result<Vec<(String, String)>> {
        self.reading(control, |database| {
            database.read(control, |conn| {
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
            conn.execute(&conn.statements().tables.drop_notes, &[])
                .map(|_| ())
        })
    }

    fn holds_nul(&self) -> bool {
        true
    }
}

fn has_table(conn: &SqliteConn, name: &str) -> Result<bool> {
    let sql = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?1";
    let found: i64 = conn.raw.query_row(sql, [name], |row| row.get(0)).map_err(error)?;
    Ok(found > 0)
}

fn put_plain(conn: &SqliteConn, put: &Put<'_>) -> Result<u64> {
    let sql = conn.statements().tables.put(put);
    let mut stored = 0;
    for row in put.rows {
        let params: Vec<Param<'_>> = rows::params(put.table, row);
        stored += conn.execute(sql, &params)?;
    }
    Ok(stored)
}

/// Stores events and their part of the text index, and sums up the ranges that they fill.
fn put_events(conn: &SqliteConn, put: &Put<'_>) -> Result<u64> {
    let statements = conn.statements();
    if put.rows.is_empty() {
        return Ok(0);
    }
    let mut next = next_number(conn, put)?;
    let mut stored = 0;
    for row in put.rows {
        let kept = row[0]
            .int()
            .filter(|seq| !put.merge && *seq >= next && *seq <= LARGEST_KEPT && *seq - next <= WIDEST_GAP);
        let seq = kept.unwrap_or(next);
        let restored = restored(row);
        let mut params: Vec<Param<'_>> = rows::params(put.table, row);
        params[0] = seq.into();
        for (position, text) in &restored {
            params[*position] = text.as_str().into();
        }
        if conn.execute(statements.tables.put(put), &params)? == 0 {
            continue;
        }
        conn.execute(&statements.insert_fts, &[seq.into(), params[MESSAGE]])?;
        stored += 1;
        next = seq + 1;
    }
    summary::close_ranges(conn, next - 1, stored as i64)?;
    Ok(stored)
}

/// Returns the number of the next event. In an empty database it is the first event's own number, and the numbers before it become one
/// range.
fn next_number(conn: &SqliteConn, put: &Put<'_>) -> Result<i64> {
    let last = query_int(conn, &conn.statements().last_seq, &[])?;
    let watermark = summary::watermark(conn)?;
    let next = summary::next_number(conn)?;
    let first = put.rows.first().and_then(|row| row[0].int()).unwrap_or_default();
    if put.merge || last > watermark || first < next + summary::RANGE || first > LARGEST_KEPT {
        return Ok(next);
    }
    summary::skip(conn, first - 1)?;
    Ok(first)
}

const MESSAGE: usize = 8;

/// The columns that the blob contains too, by their position in [`Table::columns`].
const IN_BLOB: [(usize, Field); 3] = [
    (5, Field::SourceType),
    (6, Field::SourceId),
    (MESSAGE, Field::Message),
];

/// Restores columns from the blob that another back end had to truncate or clean.
fn restored(row: &RawRow) -> Vec<(usize, String)> {
    let mut restored = Vec::new();
    for (position, field) in IN_BLOB {
        let Some(text) = row[position].text() else {
            continue;
        };
        let column = &Table::Events.columns()[position];
        let may_be_cut = text.len() + 4 > SOURCE_BYTES;
        if !may_be_cut && !text.contains('\u{fffd}') {
            continue;
        }
        let Cell::Blob(blob) = &row[DATA] else { continue };
        let whole = msgpack::find(blob, field)
            .and_then(|mut reader| reader.bytes_of_text().ok().map(<[u8]>::to_vec))
            .and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some(whole) = whole.filter(|whole| {
            whole != text && (clean(whole) == text || portable(Table::Events, column, whole) == text)
        }) {
            restored.push((position, whole));
        }
    }
    restored
}

const DATA: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::table::SEQ;

    #[test]
    fn places_of_columns() {
        let columns = Table::Events.columns();
        assert_eq!(columns[0].name, SEQ);
        assert_eq!(columns[DATA].name, "data");
        for (position, field) in IN_BLOB {
            assert_eq!(columns[position].name, field.name());
        }
    }
}
