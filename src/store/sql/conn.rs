//! A connection to a database as the stores use it: bound values, rows, statements.

use super::{Sql, Statements};
use crate::error::{Error, ErrorKind, Result};
use crate::memory;
use crate::store::table::Type;

/// Time and arrival number of an event: its place in every order.
pub type Key = (i64, i64);

/// A value bound to a statement.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // the variants are SQL's own types
pub enum Param<'a> {
    Null(Type),
    Int(i64),
    Float(f64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl Param<'_> {
    /// Returns the type.
    pub fn kind(&self) -> Type {
        match self {
            Param::Null(kind) => *kind,
            Param::Int(_) => Type::Int,
            Param::Float(_) => Type::Float,
            Param::Text(_) => Type::Text,
            Param::Blob(_) => Type::Blob,
        }
    }
}

/// A Rust type that has an SQL type.
pub trait Typed {
    /// The SQL type.
    const TYPE: Type;
}

impl Typed for i64 {
    const TYPE: Type = Type::Int;
}

impl Typed for &str {
    const TYPE: Type = Type::Text;
}

impl Typed for &[u8] {
    const TYPE: Type = Type::Blob;
}

impl From<i64> for Param<'_> {
    fn from(value: i64) -> Self {
        Param::Int(value)
    }
}

impl<'a> From<&'a str> for Param<'a> {
    fn from(value: &'a str) -> Self {
        Param::Text(value)
    }
}

impl<'a> From<&'a [u8]> for Param<'a> {
    fn from(value: &'a [u8]) -> Self {
        Param::Blob(value)
    }
}

impl<'a, T: Into<Param<'a>> + Typed> From<Option<T>> for Param<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Param::Null(T::TYPE), Into::into)
    }
}

/// One row of an answer; columns count from 0. A column of another type is an error of kind `Database`.
pub trait Row {
    /// Reads an integer, `None` for NULL.
    fn int(&self, column: usize) -> Result<Option<i64>>;
    /// Reads a text, `None` for NULL.
    fn text(&self, column: usize) -> Result<Option<&str>>;
    /// Reads bytes, `None` for NULL.
    fn blob(&self, column: usize) -> Result<Option<&[u8]>>;
    /// Reads a number, `None` for NULL.
    fn float(&self, column: usize) -> Result<Option<f64>>;

    /// Reads the key of an event from the first two columns.
    fn key(&self) -> Result<Key> {
        Ok((self.int(0)?.unwrap_or_default(), self.int(1)?.unwrap_or_default()))
    }

    /// Copies a text, an empty one for NULL.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) if there is not enough memory.
    fn string(&self, column: usize) -> Result<String> {
        memory::copy_text(self.text(column)?.unwrap_or_default())
    }

    /// Copies bytes, none for NULL.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) if there is not enough memory.
    fn bytes(&self, column: usize) -> Result<Vec<u8>> {
        memory::copy(self.blob(column)?.unwrap_or_default())
    }
}

/// Gets an event's key and blob; returns whether more are wanted.
pub type EachEvent<'e> = dyn FnMut(Key, Option<&[u8]>) -> Result<bool> + 'e;

/// Returns whether a message matches a text search.
pub type MessageTest<'c> = Box<dyn FnMut(&str) -> Result<bool> + 'c>;

/// A database connection.
pub trait Conn {
    /// Runs a statement and passes its rows to `each` until it returns false. Rows are fetched as they are read: few are in memory,
    /// unless `each` uses this connection itself.
    fn query(
        &self,
        sql: &Sql,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Result<bool>,
    ) -> Result<()>;

    /// Runs a statement without rows; returns the number of changed rows.
    fn execute(&self, sql: &Sql, params: &[Param<'_>]) -> Result<u64>;

    /// Runs a statement for each of `rows`; returns the number of changed rows.
    fn execute_all(&self, sql: &Sql, rows: &[Vec<Param<'_>>]) -> Result<u64> {
        rows.iter()
            .try_fold(0, |changed, params| Ok(changed + self.execute(sql, params)?))
    }

    /// Passes key and blob of the events with these keys to `each`, in the order of `keys`, until it returns false. Events that no longer
    /// exist are left out. A connection to a server asks for many at once.
    fn events_at(&self, keys: &[Key], each: &mut EachEvent<'_>) -> Result<()> {
        let mut goes_on = true;
        for &key in keys {
            self.query(&self.statements().event_by_seq, &[key.1.into()], &mut |row| {
                goes_on = each(key, row.blob(2)?)?;
                Ok(false)
            })?;
            if !goes_on {
                break;
            }
        }
        Ok(())
    }

    /// Returns the statement texts of this connection's dialect.
    fn statements(&self) -> &Statements;

    /// Returns a `source_type` as its column stores it.
    fn source_column<'s>(&self, source: &'s str) -> &'s str {
        source
    }

    /// Returns the test of messages for a text search; `None` if the database matches messages itself.
    fn message_test<'c>(&'c self, _search: &str) -> Result<Option<MessageTest<'c>>> {
        Ok(None)
    }

    /// Returns the test of messages that another index than that of the texts led to; `None` if the statements match them.
    fn row_test<'c>(&'c self, search: &str) -> Result<Option<MessageTest<'c>>> {
        self.message_test(search)
    }

    /// Returns the number of messages that match a text search, or an estimate; at most `bound`.
    fn count_matches(&self, matcher: &str, bound: i64) -> Result<i64>;

    /// Returns a text search in the syntax of the index; see [`search::match_expression`](super::search::match_expression).
    fn match_expression(&self, text: &str) -> Result<Option<String>>;
}

/// Runs a statement and returns what `read` makes of its first row; `None` without a row.
pub fn query_one<T>(
    conn: &dyn Conn,
    sql: &Sql,
    params: &[Param<'_>],
    mut read: impl FnMut(&dyn Row) -> Result<T>,
) -> Result<Option<T>> {
    let mut found = None;
    conn.query(sql, params, &mut |row| {
        found = Some(read(row)?);
        Ok(false)
    })?;
    Ok(found)
}

/// Runs a statement that returns one integer; NULL and no row count as 0.
pub fn query_int(conn: &dyn Conn, sql: &Sql, params: &[Param<'_>]) -> Result<i64> {
    let number = query_one(conn, sql, params, |row| row.int(0))?;
    Ok(number.flatten().unwrap_or_default())
}

/// The largest arrival number that is read. The blocks and ranges after it have numbers too.
const LARGEST: i64 = i64::MAX - (1 << 32);

/// Returns an arrival number that a statement finds.
///
/// # Errors
/// [`Corrupt`](ErrorKind::Corrupt) if there may be no numbers after it.
pub fn arrival_number(conn: &dyn Conn, sql: &Sql) -> Result<i64> {
    let number = query_int(conn, sql, &[])?;
    if number > LARGEST {
        let text = format!("the database has the arrival number {number}, and none are left after it");
        return Err(Error::new(ErrorKind::Corrupt, text));
    }
    Ok(number)
}
