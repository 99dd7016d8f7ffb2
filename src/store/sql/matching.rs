//! The events that match all filters of a query, for counting: in any order, with only the column that is counted.

use super::database::IndexLayout;
use super::streams::streams;
use super::{Conn, Param, Row, Sql, log, search, walk};
use crate::error::Result;
use crate::record::{Control, CountBy, EventQuery};
use crate::store::table::Type;

/// Passes the rows of the matching events to `each`: the time, and the value that `by` selects, in the column of its type: text, integer,
/// blob. Uses the same index as a page with the same filters.
pub fn each(
    conn: &dyn Conn,
    layout: IndexLayout,
    query: &EventQuery,
    by: Option<CountBy>,
    control: &Control,
    each: &mut dyn FnMut(&dyn Row) -> Result<()>,
) -> Result<()> {
    query.validate_filters()?;
    let query = &log::canonical(conn, query);
    let Some(matcher) = log::matcher(conn, query)? else {
        return Ok(());
    };
    let (first_ns, last_ns) = query.window.bounds();
    let by = by.map_or(Param::Null(Type::Int), |by| Param::Int(by as i64));
    let filters: [Param<'_>; 8] = [
        first_ns.into(),
        last_ns.into(),
        by,
        query.source_type.as_deref().into(),
        query.source_id.as_deref().into(),
        query.min_severity.into(),
        query.template_id.into(),
        query.entity.as_deref().into(),
    ];
    let mut test = match &query.text {
        Some(text) => conn.message_test(text)?,
        None => None,
    };
    let mut run = |sql: &Sql, params: &[Param<'_>]| {
        control.check()?;
        conn.query(sql, params, &mut |row| {
            if walk::matches(&mut test, row, 4)? {
                each(row)?;
            }
            Ok(true)
        })
    };
    let statements = conn.statements();
    if let Some(matcher) = &matcher {
        for (first, last) in search::spans_within(conn, query.window)? {
            let span = [matcher.as_str().into(), first.into(), last.into()];
            run(
                &statements.matching_by_text,
                &[filters.as_slice(), &span].concat(),
            )?;
        }
    } else if query.entity.is_some() {
        run(&statements.matching_by_entity, &filters)?;
    } else if query.template_id.is_some() {
        run(&statements.matching_by_template, &filters[..7])?;
    } else if let Some(streams) = streams(conn, layout, query)? {
        for (source, severity) in &streams {
            let mut params = filters;
            params[3] = source.as_str().into();
            params[5] = (*severity).into();
            run(&statements.matching_by_source, &params[..6])?;
        }
    } else {
        run(&statements.matching_by_time, &filters[..6])?;
    }
    Ok(())
}
