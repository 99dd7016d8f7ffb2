//! The events that match all filters of a query, for counting: in any order, with only the column that is counted.

use super::access::{self, Access};
use super::database::IndexLayout;
use super::walk::{self, Walk};
use super::{Conn, Matching, MessageTest, Param, Row, query_int, search};
use crate::error::Result;
use crate::record::{Control, CountBy, EventQuery, Order};
use crate::store::table::Type;

/// The place of the most events that a statement finds among its parameters; those after it are a span of arrival numbers.
const MOST: usize = 10;

/// Passes the rows of the matching events to `each`: the time, and the value that `by` selects, in the column of its type: text, integer,
/// blob. Reads the index that has the fewest entries in the window.
pub fn each(
    conn: &dyn Conn,
    layout: IndexLayout,
    query: &EventQuery,
    by: Option<CountBy>,
    control: &Control,
    each: &mut dyn FnMut(&dyn Row) -> Result<()>,
) -> Result<()> {
    find(
        conn,
        layout,
        query,
        by,
        i64::MAX,
        control,
        &mut |sql, test, params| {
            each_match(conn, sql, test, params, &mut |row| each(row).map(|()| true)).map(|()| true)
        },
    )
}

/// Counts the matching events up to a bound. The database counts them, unless it cannot test their messages.
pub fn count(
    conn: &dyn Conn,
    layout: IndexLayout,
    query: &EventQuery,
    bound: u64,
    control: &Control,
) -> Result<u64> {
    let bound = i64::try_from(bound).unwrap_or(i64::MAX);
    let mut count = 0;
    find(
        conn,
        layout,
        query,
        None,
        bound,
        control,
        &mut |sql, test, params| {
            if test.is_some() {
                each_match(conn, sql, test, params, &mut |_| {
                    count += 1;
                    Ok(count < bound)
                })?;
            } else {
                params[MOST] = (bound - count).into();
                count += query_int(conn, sql.number(), params)?;
            }
            Ok(count < bound)
        },
    )?;
    Ok(count.max(0) as u64)
}

/// Gets a statement with its parameters, and the test of its rows' messages if the statement does not test them; returns whether more
/// statements are wanted.
type Each<'e> = dyn FnMut(&Matching, Option<MessageTest<'_>>, &mut [Param<'_>]) -> Result<bool> + 'e;

/// Passes statements to `each` that together find the matching events, of which at most `bound` are wanted.
fn find(
    conn: &dyn Conn,
    layout: IndexLayout,
    query: &EventQuery,
    by: Option<CountBy>,
    bound: i64,
    control: &Control,
    each: &mut Each<'_>,
) -> Result<()> {
    query.validate_filters()?;
    let query = &EventQuery {
        page: 1,
        cursor: None,
        order: Order::Newest,
        ..walk::canonical(conn, query)
    };
    let Some(matcher) = walk::matcher(conn, query)? else {
        return Ok(());
    };
    let walk = Walk::new(conn, query, control, matcher.as_deref());
    let spans = match &matcher {
        Some(_) => search::spans_within(conn, query.window)?,
        None => Vec::new(),
    };
    let within = spans
        .iter()
        .map(|(first, last)| last.saturating_sub(*first).saturating_add(1))
        .fold(0, i64::saturating_add);
    let statements = conn.statements();
    let accesses = Access::all(conn, layout, query)?;
    for stretch in walk.stretches() {
        let mut params = [Param::Int(i64::MAX); MOST + 3];
        params[..MOST].copy_from_slice(&walk.params(stretch, i64::MAX));
        params[2] = by.map_or(Param::Null(Type::Int), |by| Param::Int(by as i64));
        let params = &mut params[..];
        let sql = match access::fewest(&walk, &accesses, stretch, within, bound)? {
            None => {
                for (first, last) in &spans {
                    control.check()?;
                    (params[MOST + 1], params[MOST + 2]) = ((*first).into(), (*last).into());
                    let text = query.text.as_deref().unwrap_or_default();
                    if !each(&statements.matching_by_text, conn.message_test(text)?, params)? {
                        break;
                    }
                }
                continue;
            }
            Some(Access::Streams(streams)) => {
                for (source, severity) in streams {
                    control.check()?;
                    (params[3], params[5]) = (source.as_str().into(), (*severity).into());
                    let sql = &statements.matching_by_source;
                    if !each(sql, walk.row_test()?, &mut params[..=MOST])? {
                        break;
                    }
                }
                continue;
            }
            Some(Access::Time) => &statements.matching_by_time,
            Some(Access::Entity) => &statements.matching_by_entity,
            Some(Access::Template) => &statements.matching_by_template,
            Some(Access::Host) => &statements.matching_by_host,
        };
        control.check()?;
        each(sql, walk.row_test()?, &mut params[..=MOST])?;
    }
    Ok(())
}

/// Passes the rows of a statement that pass its test to `each`, until it returns false.
fn each_match(
    conn: &dyn Conn,
    sql: &Matching,
    mut test: Option<MessageTest<'_>>,
    params: &[Param<'_>],
    each: &mut dyn FnMut(&dyn Row) -> Result<bool>,
) -> Result<()> {
    conn.query(sql.rows(), params, &mut |row| {
        Ok(!walk::matches(&mut test, row, 4)? || each(row)?)
    })
}
