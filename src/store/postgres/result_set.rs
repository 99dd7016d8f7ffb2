//! The result of a query whose rows are being read.

use std::collections::VecDeque;
use std::pin::Pin;

use tokio_postgres::RowStream;
use tokio_postgres::types::{FromSql, Type};

use crate::error::{Error, ErrorKind, Result};
use crate::store::sql;

/// A result: its next rows in memory, and the rest of it on the way from the server.
pub struct ResultSet {
    /// The rows that are still to be fetched; `None` after the last one.
    pub stream: Option<Pin<Box<RowStream>>>,
    /// The rows that were fetched.
    pub rows: VecDeque<tokio_postgres::Row>,
}

/// A row.
pub struct PgRow<'r>(pub &'r tokio_postgres::Row);

impl PgRow<'_> {
    fn get<'a, T: FromSql<'a>>(&'a self, column: usize) -> Result<Option<T>> {
        self.0
            .try_get(column)
            .map_err(|e| Error::new(ErrorKind::Database, format!("column {column}: {e}")))
    }
}

impl sql::Row for PgRow<'_> {
    fn int(&self, column: usize) -> Result<Option<i64>> {
        match self.0.columns().get(column).map(|column| column.type_()) {
            Some(&Type::INT2) => Ok(self.get::<i16>(column)?.map(i64::from)),
            Some(&Type::INT4) => Ok(self.get::<i32>(column)?.map(i64::from)),
            _ => self.get(column),
        }
    }

    fn text(&self, column: usize) -> Result<Option<&str>> {
        self.get(column)
    }

    fn blob(&self, column: usize) -> Result<Option<&[u8]>> {
        self.get(column)
    }

    fn float(&self, column: usize) -> Result<Option<f64>> {
        self.get(column)
    }
}
