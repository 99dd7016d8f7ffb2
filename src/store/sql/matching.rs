//! The events that match all filters of a query, for counting: in any order, with only the column that is counted.

use super::access::{self, Access};
use super::database::IndexLayout;
use super::walk::Walk;
use super::{Conn, MessageTest, Param, Row, Sql, log, search, walk};
use crate::error::Result;
use crate::record::{Control, CountBy, EventQuery, Order};
use crate::store::table::Type;

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
    query.validate_filters()?;
    let query = &EventQuery {
        page: 1,
        cursor: None,
        order: Order::Newest,
        ..log::canonical(conn, query)
    };
    let Some(matcher) = log::matcher(conn, query)? else {
        return Ok(());
    };
    let (first_ns, last_ns) = query.window.bounds();
    let by = by.map_or(Param::Null(Type::Int), |by| Param::Int(by as i64));
    let mut params: [Param<'_>; 12] = [
        first_ns.into(),
        last_ns.into(),
        by,
        query.source_type.as_deref().into(),
        query.source_id.as_deref().into(),
        query.min_severity.into(),
        Param::Null(Type::Int),
        query.entity.as_deref().into(),
        query.template_id.into(),
        matcher.as_deref().into(),
        i64::MIN.into(),
        i64::MAX.into(),
    ];
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
    let mut run = |sql: &Sql, test: Option<MessageTest<'_>>, params: &[Param<'_>]| {
        control.check()?;
        let mut test = test;
        conn.query(sql, params, &mut |row| {
            if walk::matches(&mut test, row, 4)? {
                each(row)?;
            }
            Ok(true)
        })
    };
    for stretch in walk.stretches() {
        let Some(access) = access::fewest(&walk, &accesses, stretch, within)? else {
            for (first, last) in &spans {
                (params[10], params[11]) = ((*first).into(), (*last).into());
                run(&statements.matching_by_text, None, &params)?;
            }
            continue;
        };
        let sql = match access {
            Access::Time => &statements.matching_by_time,
            Access::Entity => &statements.matching_by_entity,
            Access::Template => &statements.matching_by_template,
            Access::Host => &statements.matching_by_host,
            Access::Streams(streams) => {
                for (source, severity) in streams {
                    (params[3], params[5]) = (source.as_str().into(), (*severity).into());
                    run(&statements.matching_by_source, walk.row_test()?, &params[..10])?;
                }
                continue;
            }
        };
        run(sql, walk.row_test()?, &params[..10])?;
    }
    Ok(())
}
