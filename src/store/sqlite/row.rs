//! The values of parameters and columns.

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

use super::error::error;
use crate::error::{Error, ErrorKind, Result};
use crate::store::sql::{Param, Row};

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Param::Null(_) => ValueRef::Null,
            Param::Int(value) => ValueRef::Integer(value),
            Param::Float(value) => ValueRef::Real(value),
            Param::Text(text) => ValueRef::Text(text.as_bytes()),
            Param::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// A row of an answer.
pub struct SqliteRow<'r, 's>(pub &'r rusqlite::Row<'s>);

impl SqliteRow<'_, '_> {
    fn value(&self, column: usize) -> Result<ValueRef<'_>> {
        self.0.get_ref(column).map_err(error)
    }
}

fn unexpected(column: usize, found: ValueRef<'_>) -> Error {
    Error::new(
        ErrorKind::Database,
        format!("column {column} holds {:?}", found.data_type()),
    )
}

impl Row for SqliteRow<'_, '_> {
    fn int(&self, column: usize) -> Result<Option<i64>> {
        match self.value(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(value) => Ok(Some(value)),
            other => Err(unexpected(column, other)),
        }
    }

    fn text(&self, column: usize) -> Result<Option<&str>> {
        match self.value(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Text(bytes) => std::str::from_utf8(bytes)
                .map(Some)
                .map_err(|e| Error::new(ErrorKind::Database, format!("column {column}")).with_source(e)),
            other => Err(unexpected(column, other)),
        }
    }

    fn blob(&self, column: usize) -> Result<Option<&[u8]>> {
        match self.value(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Blob(bytes) | ValueRef::Text(bytes) => Ok(Some(bytes)),
            other => Err(unexpected(column, other)),
        }
    }

    fn float(&self, column: usize) -> Result<Option<f64>> {
        match self.value(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Real(value) => Ok(Some(value)),
            ValueRef::Integer(value) => Ok(Some(value as f64)),
            other => Err(unexpected(column, other)),
        }
    }
}
