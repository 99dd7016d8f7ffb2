//! How a connection speaks [`Conn`]: typed parameters, rows, and answers inside of answers.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;

use bytes::{BufMut, BytesMut};
use futures_util::TryStreamExt;
use futures_util::future::try_join_all;
use once_cell::sync::Lazy;
use parking_lot::Mutex;
use tokio_postgres::types::{BorrowToSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{RowStream, Statement};

use super::conn::PgConn;
use super::copy;
use crate::error::{Error, ErrorKind, Result};
use crate::store::sql::{self, Conn, EachEvent, Key, MessageTest, Param, Sql, Statements};
use crate::store::table::{Type as ColumnType, clean};

/// What is spoken until the layout of the tables is known.
static STATEMENTS: Lazy<Statements> = Lazy::new(|| Statements::postgres(&super::layout::OURS));

/// Rows of an answer that are taken in at once, unless they have more bytes: the server goes on while they are read.
const ROWS_AT_ONCE: usize = 1_000;
const ROW_BYTES_AT_ONCE: usize = 256 << 10;

/// Statements sent at once.
const EXECUTED_AT_ONCE: usize = 500;

/// Places asked for at once: few at first, since a page of large events ends soon.
const FIRST_AT_ONCE: usize = 200;
const AT_ONCE: usize = 2_000;

/// An answer that is being handed out.
pub(super) struct Answer {
    /// What is still to come.
    stream: Option<Pin<Box<RowStream>>>,
    rows: VecDeque<tokio_postgres::Row>,
}

impl PgConn {
    /// Takes in what is still to come of answers that are being handed out: the server answers one question after the other.
    pub(super) fn make_room(&self) -> Result<()> {
        let answers: Vec<_> = self.answers.borrow().iter().map(Arc::clone).collect();
        for answer in answers {
            let mut answer = answer.lock();
            while answer.stream.is_some() {
                self.take_rows(&mut answer)?;
            }
        }
        Ok(())
    }

    /// Takes some rows of an answer in.
    fn take_rows(&self, answer: &mut Answer) -> Result<()> {
        let Some(stream) = &mut answer.stream else {
            return Ok(());
        };
        let rows = &mut answer.rows;
        let is_over = self.run(async {
            let mut bytes = 0;
            let enough = rows.len() + ROWS_AT_ONCE;
            while rows.len() < enough && bytes < ROW_BYTES_AT_ONCE {
                let Some(row) = stream.as_mut().try_next().await? else {
                    return Ok(true);
                };
                bytes += row.raw_size_bytes();
                rows.push_back(row);
            }
            Ok(false)
        })?;
        if is_over {
            answer.stream = None;
        }
        Ok(())
    }

    /// Hands the rows of an answer to `each` until it answers false.
    fn answer<P, I>(
        &self,
        statement: &Statement,
        params: I,
        each: &mut dyn FnMut(&dyn sql::Row) -> Result<bool>,
    ) -> Result<()>
    where
        P: BorrowToSql,
        I: IntoIterator<Item = P>,
        I::IntoIter: ExactSizeIterator,
    {
        self.make_room()?;
        let stream = self.run(self.client.query_raw(statement, params))?;
        let answer = Arc::new(Mutex::new(Answer {
            stream: Some(Box::pin(stream)),
            rows: VecDeque::new(),
        }));
        self.answers.borrow_mut().push(Arc::clone(&answer));
        let done = self.hand_out(&answer, each);
        self.answers.borrow_mut().pop();
        done
    }

    fn hand_out(
        &self,
        answer: &Mutex<Answer>,
        each: &mut dyn FnMut(&dyn sql::Row) -> Result<bool>,
    ) -> Result<()> {
        loop {
            // Not held while `each` runs: it may ask this connection something itself.
            let row = {
                let mut answer = answer.lock();
                if answer.rows.is_empty() && answer.stream.is_some() {
                    self.take_rows(&mut answer)?;
                }
                answer.rows.pop_front()
            };
            match row {
                Some(row) if each(&PgRow(&row))? => {}
                _ => return Ok(()),
            }
        }
    }

    fn typed(&self, sql: &Sql, params: &[Param<'_>]) -> Result<Statement> {
        if let Some(known) = self.prepared.borrow().get(sql.text()) {
            return Ok(known.clone());
        }
        let types: Vec<Type> = params.iter().map(|param| type_of(param.kind())).collect();
        self.prepare(sql.text(), &types)
    }
}

fn type_of(kind: ColumnType) -> Type {
    match kind {
        ColumnType::Int => Type::INT8,
        ColumnType::Float => Type::FLOAT8,
        ColumnType::Text => Type::TEXT,
        ColumnType::Blob => Type::BYTEA,
    }
}

#[derive(Debug)]
struct Bound<'a>(Param<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self.0 {
            Param::Null(_) => return Ok(IsNull::Yes),
            Param::Int(value) => out.put_i64(value),
            Param::Float(value) => out.put_f64(value),
            Param::Text(text) => out.put_slice(clean(text).as_bytes()),
            Param::Blob(bytes) => out.put_slice(bytes),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

struct PgRow<'r>(&'r tokio_postgres::Row);

impl PgRow<'_> {
    fn get<'a, T: tokio_postgres::types::FromSql<'a>>(&'a self, column: usize) -> Result<Option<T>> {
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

impl Conn for PgConn {
    fn query(
        &self,
        sql: &Sql,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&dyn sql::Row) -> Result<bool>,
    ) -> Result<()> {
        let statement = self.typed(sql, params)?;
        let bound: Vec<Bound<'_>> = params.iter().map(|param| Bound(*param)).collect();
        self.answer(&statement, &bound, each)
    }

    fn execute(&self, sql: &Sql, params: &[Param<'_>]) -> Result<u64> {
        let statement = self.typed(sql, params)?;
        self.make_room()?;
        let bound: Vec<Bound<'_>> = params.iter().map(|param| Bound(*param)).collect();
        let bound: Vec<&(dyn ToSql + Sync)> =
            bound.iter().map(|param| param as &(dyn ToSql + Sync)).collect();
        self.run(self.client.execute(&statement, &bound))
    }

    fn execute_all(&self, sql: &Sql, rows: &[Vec<Param<'_>>]) -> Result<u64> {
        let Some(first) = rows.first() else { return Ok(0) };
        let statement = self.typed(sql, first)?;
        self.make_room()?;
        let mut changed = 0;
        // They go out one after the other without waiting for an answer: many for one trip to the server.
        for some in rows.chunks(EXECUTED_AT_ONCE) {
            let executions = some.iter().map(|params| {
                let bound: Vec<Bound<'_>> = params.iter().map(|param| Bound(*param)).collect();
                self.client.execute_raw(&statement, bound)
            });
            changed += self.run(try_join_all(executions))?.into_iter().sum::<u64>();
        }
        Ok(changed)
    }

    fn events_at(&self, keys: &[Key], each: &mut EachEvent<'_>) -> Result<()> {
        let statement = self.prepare(self.statements().events_by_seqs.text(), &[])?;
        let (mut keys, mut at_once, mut goes_on) = (keys, FIRST_AT_ONCE, true);
        while !keys.is_empty() && goes_on {
            let (some, rest) = keys.split_at(at_once.min(keys.len()));
            let places: Vec<i64> = some.iter().map(|key| key.1).collect();
            self.answer(&statement, [&places], &mut |row| {
                let key = (row.int(0)?.unwrap_or_default(), row.int(1)?.unwrap_or_default());
                goes_on = each(key, row.blob(2)?)?;
                Ok(goes_on)
            })?;
            (keys, at_once) = (rest, AT_ONCE);
        }
        Ok(())
    }

    fn statements(&self) -> &Statements {
        self.statements
            .get()
            .map_or(&STATEMENTS, |statements| &**statements)
    }

    fn source_column<'s>(&self, source: &'s str) -> &'s str {
        copy::source_column(source)
    }

    fn message_test<'c>(&'c self, search: &str) -> Result<Option<MessageTest<'c>>> {
        if self.statements().matches {
            return Ok(None);
        }
        let phrases = self.terms()?.phrases(search)?;
        Ok(Some(Box::new(move |message| {
            self.terms()?.match_message(&phrases, message)
        })))
    }

    fn match_expression(&self, text: &str) -> Result<Option<String>> {
        self.terms()?.query(text)
    }
}
