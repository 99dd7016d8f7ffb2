//! What a move keeps in its destination, so that it can go on after a kill.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::storage::{MoveOptions, conflict};
use crate::error::Result;
use crate::record::Control;
use crate::store::Store;
use crate::store::table::Cell;

/// The version of the notes.
pub(super) const VERSION: u32 = 1;

/// What a move keeps in the destination, under the empty name.
#[derive(Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) version: u32,
    pub(super) source: String,
    pub(super) merge: bool,
}

/// What a move keeps of each table, under its name.
#[derive(Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// The key of the last row that is over.
    pub(super) key: Vec<KeyCell>,
    /// Rows of the table that were stored so far.
    pub(super) stored: u64,
}

/// A cell of a key.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum KeyCell {
    Int(i64),
    Text(String),
}

impl From<&Cell> for KeyCell {
    fn from(cell: &Cell) -> Self {
        match cell {
            Cell::Int(number) => KeyCell::Int(*number),
            // A key is made of numbers and texts.
            other => KeyCell::Text(other.text().unwrap_or_default().to_owned()),
        }
    }
}

impl From<KeyCell> for Cell {
    fn from(cell: KeyCell) -> Self {
        match cell {
            KeyCell::Int(number) => Cell::Int(number),
            KeyCell::Text(text) => Cell::Text(text),
        }
    }
}

/// Spells a note.
pub(super) fn json(value: &impl Serialize) -> String {
    // Strings and integers only: it cannot fail.
    serde_json::to_string(value).unwrap_or_default()
}

/// What an unfinished move left in the destination.
pub(super) fn read(
    from: &dyn Store,
    to: &dyn Store,
    options: &MoveOptions,
    control: &Control,
) -> Result<(Option<Header>, BTreeMap<String, Mark>)> {
    let mut notes: BTreeMap<String, String> = to.notes(control)?.into_iter().collect();
    let Some(header) = notes.remove("") else {
        return Ok((None, BTreeMap::new()));
    };
    let bad = |e: serde_json::Error| {
        conflict("the notes of an unfinished move cannot be read".into()).with_source(e)
    };
    let header: Header = serde_json::from_str(&header).map_err(bad)?;
    if !options.resume {
        return Err(conflict(format!(
            "{} holds an unfinished move from {}: resume it, or begin with an empty destination",
            to.location(),
            header.source
        )));
    }
    if header.version != VERSION || header.source != from.location() {
        return Err(conflict(format!(
            "{} holds an unfinished move from {}, not from {}",
            to.location(),
            header.source,
            from.location()
        )));
    }
    let marks = notes
        .into_iter()
        .map(|(table, mark)| Ok((table, serde_json::from_str(&mark).map_err(bad)?)))
        .collect::<Result<_>>()?;
    Ok((Some(header), marks))
}
