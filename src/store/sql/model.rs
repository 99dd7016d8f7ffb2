//! Model state: named blobs, optionally swapped only when nobody else has.

use super::{Conn, Param};
use crate::error::{Error, ErrorKind, Result};
use crate::memory::Room;
use crate::record::{ExpectedModel, MAX_MODEL, Model, ModelEntry};

/// Checks a key: 1 to 256 ASCII characters.
pub fn check_key(key: &str) -> Result<()> {
    if key.is_empty() || key.len() > 256 || !key.is_ascii() {
        return Err(Error::invalid(format!(
            "key {key:?} is not 1 to 256 ASCII characters"
        )));
    }
    Ok(())
}

/// Saves a model and returns the time under which it is saved, always later than before; to be called in a write
/// transaction.
///
/// # Errors
/// [`Conflict`](ErrorKind::Conflict) when something else than `expected` is there; [`Limit`](ErrorKind::Limit) above 64 MiB.
pub fn save(conn: &dyn Conn, key: &str, data: &[u8], expected: ExpectedModel, now_ns: i64) -> Result<i64> {
    check_key(key)?;
    if data.len() > MAX_MODEL {
        return Err(Error::new(
            ErrorKind::Limit,
            format!("model {key}: {} bytes, the bound is {MAX_MODEL}", data.len()),
        ));
    }
    let mut found = None;
    conn.query(&conn.statements().model_updated_at, &[key.into()], &mut |row| {
        found = row.int(0)?;
        Ok(false)
    })?;
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

/// Loads a model; `None` when there is none.
///
/// # Errors
/// [`Limit`](ErrorKind::Limit) if there is not enough memory.
pub fn load(conn: &dyn Conn, key: &str) -> Result<Option<Model>> {
    check_key(key)?;
    let mut model = None;
    conn.query(&conn.statements().load_model, &[key.into()], &mut |row| {
        model = Some(Model {
            data: row.bytes(0)?,
            updated_at_ns: row.int(1)?.unwrap_or_default(),
        });
        Ok(false)
    })?;
    Ok(model)
}

/// Removes a model; answers whether there was one.
pub fn delete(conn: &dyn Conn, key: &str) -> Result<bool> {
    check_key(key)?;
    Ok(conn.execute(&conn.statements().delete_model, &[key.into()])? > 0)
}

/// Lists the models whose keys begin with `prefix`, in the order of their keys.
///
/// # Errors
/// [`Limit`](ErrorKind::Limit) if they take more than `room`.
pub fn list(conn: &dyn Conn, prefix: &str, mut room: Room) -> Result<Vec<ModelEntry>> {
    if !prefix.is_ascii() {
        return Err(Error::invalid(format!("prefix {prefix:?} is not ASCII")));
    }
    // No ASCII key lies between the prefix with this character behind it and the next prefix.
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
