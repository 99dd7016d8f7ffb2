//! [`Conn`] on a PostgreSQL connection: typed parameters, rows, and queries while the rows of another query are read.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::{BufMut, BytesMut};
use futures_util::future::try_join_all;
use once_cell::sync::Lazy;
use parking_lot::Mutex;
use tokio_postgres::Statement;
use tokio_postgres::types::{BorrowToSql, IsNull, ToSql, Type, to_sql_checked};

use super::conn::PgConn;
use super::dialect;
use super::result_set::{PgRow, ResultSet};
use super::terms::LAST_POSITION;
use crate::error::Result;
use crate::store::sql::{self, Conn, EachEvent, Key, MessageTest, Param, Sql, Statements};
use crate::store::table::{Type as ColumnType, clean};

/// The statements until the layout of the tables is known.
static STATEMENTS: Lazy<Statements> = Lazy::new(|| Statements::postgres(&dialect::OURS));

/// Executions of a statement that are sent without waiting for an answer.
const PIPELINED: usize = 500;

/// Events that one query of [`Conn::events_at`] asks for: few at first, because a page of large events ends soon.
const FIRST_EVENTS: usize = 200;
const MORE_EVENTS: usize = 2_000;

impl PgConn {
    /// Runs a statement and passes its rows to `each` until it returns false.
    fn stream<P, I>(
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
        self.buffer_results()?;
        let stream = self.run(self.client.query_raw(statement, params))?;
        let result = Arc::new(Mutex::new(ResultSet {
            stream: Some(Box::pin(stream)),
            rows: VecDeque::new(),
        }));
        self.results.borrow_mut().push(Arc::clone(&result));
        let done = self.pass_rows(&result, each);
        self.results.borrow_mut().pop();
        done
    }

    fn pass_rows(
        &self,
        result: &Mutex<ResultSet>,
        each: &mut dyn FnMut(&dyn sql::Row) -> Result<bool>,
    ) -> Result<()> {
        loop {
            // The lock is not held while `each` runs, because `each` may use this connection itself.
            let row = {
                let mut result = result.lock();
                if result.rows.is_empty() && result.stream.is_some() {
                    self.fetch_rows(&mut result)?;
                }
                result.rows.pop_front()
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

impl Conn for PgConn {
    fn query(
        &self,
        sql: &Sql,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&dyn sql::Row) -> Result<bool>,
    ) -> Result<()> {
        let statement = self.typed(sql, params)?;
        let bound: Vec<Bound<'_>> = params.iter().map(|param| Bound(*param)).collect();
        self.stream(&statement, &bound, each)
    }

    fn execute(&self, sql: &Sql, params: &[Param<'_>]) -> Result<u64> {
        let statement = self.typed(sql, params)?;
        self.buffer_results()?;
        let bound: Vec<Bound<'_>> = params.iter().map(|param| Bound(*param)).collect();
        let bound: Vec<&(dyn ToSql + Sync)> =
            bound.iter().map(|param| param as &(dyn ToSql + Sync)).collect();
        self.run(self.client.execute(&statement, &bound))
    }

    fn execute_all(&self, sql: &Sql, rows: &[Vec<Param<'_>>]) -> Result<u64> {
        let Some(first) = rows.first() else { return Ok(0) };
        let statement = self.typed(sql, first)?;
        self.buffer_results()?;
        let mut changed = 0;
        // Pipelined: many executions for one round trip to the server.
        for some in rows.chunks(PIPELINED) {
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
        let (mut keys, mut at_once, mut goes_on) = (keys, FIRST_EVENTS, true);
        while !keys.is_empty() && goes_on {
            let (some, rest) = keys.split_at(at_once.min(keys.len()));
            let places: Vec<i64> = some.iter().map(|key| key.1).collect();
            self.stream(&statement, [&places], &mut |row| {
                let key = row.key()?;
                goes_on = each(key, row.blob(2)?)?;
                Ok(goes_on)
            })?;
            (keys, at_once) = (rest, MORE_EVENTS);
        }
        Ok(())
    }

    fn statements(&self) -> &Statements {
        self.statements
            .get()
            .map_or(&STATEMENTS, |statements| &**statements)
    }

    fn source_column<'s>(&self, source: &'s str) -> &'s str {
        dialect::source_column(source)
    }

    fn message_test<'c>(&'c self, search: &str) -> Result<Option<MessageTest<'c>>> {
        if self.statements().matches {
            return Ok(None);
        }
        let phrases = self.terms()?.phrases(search)?;
        Ok(Some(Box::new(move |message| {
            self.terms()?.match_message(&phrases, message, LAST_POSITION)
        })))
    }

    fn count_matches(&self, matcher: &str, bound: i64) -> Result<i64> {
        let mut estimate = bound;
        self.query(&self.statements().count_matches, &[matcher.into()], &mut |row| {
            // Bitmap Heap Scan on events e  (cost=12.43..16.44 rows=100 width=0)
            let rows = row
                .text(0)?
                .and_then(|plan| plan.split_once("rows="))
                .map_or("", |(_, rest)| rest);
            let digits = rows.split(' ').next().unwrap_or_default();
            estimate = digits.parse().unwrap_or(bound);
            Ok(false)
        })?;
        Ok(estimate.min(bound))
    }

    fn match_expression(&self, text: &str) -> Result<Option<String>> {
        self.terms()?.query(text)
    }
}
