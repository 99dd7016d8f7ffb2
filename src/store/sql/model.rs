//! The store of models: named blobs, replaced by compare-and-swap if the caller wants it.

use super::database::Database;
use super::{Conn, Param, query_one};
use crate::error::{Error, ErrorKind, Result};
use crate::memory::Room;
use crate::record::{Control, ExpectedModel, MAX_MODEL, Model, ModelEntry, now_ns};
use crate::store::ModelStore;

impl<D: Database> ModelStore for D {
    fn save_model(&self, key: &str, data: &[u8], expected: ExpectedModel, control: &Control) -> Result<i64> {
        self.write(control, |conn| save(conn, key, data, expected, now_ns()))
    }

    fn load_model(&self, key: &str, control: &Control) -> Result<Option<Model>> {
        self.read(control, |conn| load(conn, key))
    }

    fn delete_model(&self, key: &str, control: &Control) -> Result<bool> {
        check_key(key)?;
        self.write(control, |conn| {
            let deleted = conn.execute(&conn.statements().delete_model, &[key.into()])?;
            Ok(deleted > 0)
        })
    }

    fn models(&self, prefix: &str, control: &Control) -> Result<Vec<ModelEntry>> {
        self.read(control, |conn| list(conn, prefix, self.room()))
    }
}

fn check_key(key: &str) -> Result<()> {
    if key.is_empty() || key.len() > 256 || !key.is_ascii() {
        return Err(Error::invalid(format!(
            "key {key:?} is not 1 to 256 ASCII characters"
        )));
    }
    Ok(())
}

fn save(conn: &dyn Conn, key: &str, data: &[u8], expected: ExpectedModel, now_ns: i64) -> Result<i64> {
    check_key(key)?;
    if data.len() > MAX_MODEL {
        return Err(Error::new(
            ErrorKind::Limit,
            format!("model {key}: {} bytes, the bound is {MAX_MODEL}", data.len()),
        ));
    }
    let updated_at = &conn.statements().model_updated_at;
    let found = query_one(conn, updated_at, &[key.into()], |row| row.int(0))?.flatten();
    let as_expected = match expected {
        ExpectedModel::Any => true,
        ExpectedModel::Absent => found.is_none(),
        ExpectedModel::SavedAt(time) => found == Some(time),
    };
    if !as_expected {
        let there = found.map_or("nothing is there".to_owned(), |time| {
            format!("it was saved at {time}")
        });
        return Err(Error::new(ErrorKind::Conflict, format!("model {key}: {there}")));
    }
    let time = found.map_or(now_ns, |before| now_ns.max(before.saturating_add(1)));
    let params: [Param<'_>; 3] = [key.into(), data.into(), time.into()];
    conn.execute(&conn.statements().save_model, &params)?;
    Ok(time)
}

fn load(conn: &dyn Conn, key: &str) -> Result<Option<Model>> {
    check_key(key)?;
    query_one(conn, &conn.statements().load_model, &[key.into()], |row| {
        Ok(Model {
            data: row.bytes(0)?,
            updated_at_ns: row.int(1)?.unwrap_or_default(),
        })
    })
}

fn list(conn: &dyn Conn, prefix: &str, mut room: Room) -> Result<Vec<ModelEntry>> {
    if !prefix.is_ascii() {
        return Err(Error::invalid(format!("prefix {prefix:?} is not ASCII")));
    }
    // No ASCII key sorts between the prefix followed by this character and the next prefix.
    let end = format!("{prefix}\u{80}");
    let mut entries = Vec::new();
    conn.query(
        &conn.statements().list_models,
        &[prefix.into(), end.as_str().into()],
        &mut |row| {
            let key = row.string(0)?;
            room.require(key.len() + size_of::<ModelEntry>(), "ask for a longer prefix")?;
            entries.push(ModelEntry {
                key,
                bytes: row.int(1)?.unwrap_or_default().max(0) as u64,
                updated_at_ns: row.int(2)?.unwrap_or_default(),
            });
            Ok(true)
        },
    )?;
    Ok(entries)
}
