//! Templates: written, listed, pruned, reset.

use super::{Conn, Param};
use crate::error::{Error, Result};
use crate::memory::{FEWER, Room, copy_text};
use crate::record::{MAX_TEMPLATES, Template};

/// Adds templates, or adds to their statistics; to be called in a write transaction.
pub fn write(conn: &dyn Conn, templates: &[Template]) -> Result<()> {
    for template in templates {
        if template.event_count < 0 {
            return Err(Error::invalid(format!(
                "template {}: event_count is negative",
                template.template_id
            )));
        }
        let params: [Param<'_>; 6] = [
            template.template_id.into(),
            template.template_str.as_str().into(),
            template.first_seen_ns.into(),
            template.last_seen_ns.into(),
            template.event_count.into(),
            template.example_message.as_deref().into(),
        ];
        conn.execute(&conn.statements().upsert_template, &params)?;
    }
    Ok(())
}

/// Lists templates by their number of events, largest first.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) unless `limit` is 1 to [`MAX_TEMPLATES`]; [`Limit`](crate::ErrorKind::Limit) if they take
/// more than `room`.
pub fn list(conn: &dyn Conn, limit: u32, mut room: Room) -> Result<Vec<Template>> {
    if limit == 0 || limit > MAX_TEMPLATES {
        return Err(Error::invalid(format!(
            "limit {limit} is outside 1..{MAX_TEMPLATES}"
        )));
    }
    let mut templates = Vec::new();
    conn.query(
        &conn.statements().templates,
        &[i64::from(limit).into()],
        &mut |row| {
            let int = |column| row.int(column).map(Option::unwrap_or_default);
            let template = Template {
                template_id: int(0)?,
                template_str: row.string(1)?,
                first_seen_ns: int(2)?,
                last_seen_ns: int(3)?,
                event_count: int(4)?,
                example_message: row.text(5)?.map(copy_text).transpose()?,
            };
            let example = template.example_message.as_ref().map_or(0, String::len);
            room.require(
                template.template_str.len() + example + size_of::<Template>(),
                FEWER,
            )?;
            templates.push(template);
            Ok(true)
        },
    )?;
    Ok(templates)
}

/// Removes the templates with fewer than `min_count` events and returns how many; 0 removes none.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) for a negative count.
pub fn prune(conn: &dyn Conn, min_count: i64) -> Result<u64> {
    match min_count {
        ..0 => Err(Error::invalid(format!("min_count {min_count} is negative"))),
        0 => Ok(0),
        _ => conn.execute(&conn.statements().prune_templates, &[min_count.into()]),
    }
}

/// Removes every template and returns how many there were.
pub fn reset(conn: &dyn Conn) -> Result<u64> {
    conn.execute(&conn.statements().reset_templates, &[])
}
