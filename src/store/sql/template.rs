//! The template store.

use super::database::Database;
use super::{Conn, Param};
use crate::error::{Error, Result};
use crate::memory::{FEWER, Room, copy_text};
use crate::record::{Control, MAX_TEMPLATES, Template, check_limit};
use crate::store::TemplateStore;

impl<D: Database> TemplateStore for D {
    fn write_templates(&self, templates: &[Template], control: &Control) -> Result<()> {
        self.write(control, |conn| write(conn, templates))
    }

    fn templates(&self, limit: u32, control: &Control) -> Result<Vec<Template>> {
        self.read(control, |conn| list(conn, limit, self.room()))
    }

    fn prune_templates(&self, min_count: i64, control: &Control) -> Result<u64> {
        self.write(control, |conn| match min_count {
            ..0 => Err(Error::invalid(format!("min_count {min_count} is negative"))),
            0 => Ok(0),
            _ => conn.execute(&conn.statements().prune_templates, &[min_count.into()]),
        })
    }

    fn reset_templates(&self, control: &Control) -> Result<u64> {
        self.write(control, |conn| {
            conn.execute(&conn.statements().reset_templates, &[])
        })
    }
}

fn write(conn: &dyn Conn, templates: &[Template]) -> Result<()> {
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

fn list(conn: &dyn Conn, limit: u32, mut room: Room) -> Result<Vec<Template>> {
    check_limit(limit, MAX_TEMPLATES)?;
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
