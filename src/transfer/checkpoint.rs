//! Checkpoints of a move, stored in its destination, from which a killed move is resumed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::progress::MoveOptions;
use super::rows::conflict;
use crate::error::Result;
use crate::record::Control;
use crate::store::Store;
use crate::store::table::Cell;

/// The version of the checkpoints' format.
pub(super) const VERSION: u32 = 1;

/// The checkpoint of the whole move, stored under the empty name.
#[derive(Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) version: u32,
    pub(super) source: String,
    pub(super) merge: bool,
}

/// The checkpoint of a table, stored under its name.
#[derive(Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    /// The key of the last row that was copied.
    pub(super) key: Vec<KeyCell>,
    /// Rows of the table stored so far.
    pub(super) stored: u64,
}

/// A cell of a key: a number or text.
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
            // Keys consist of numbers and texts.
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

/// Encodes a checkpoint.
pub(super) fn json(value: &impl Serialize) -> String {
    // Serializing strings and integers cannot fail.
    serde_json::to_string(value).unwrap_or_default()
}

/// Loads the checkpoints of an unfinished move from the destination.
pub(super) fn load(
    from: &dyn Store,
    to: &dyn Store,
    options: &MoveOptions,
    control: &Control,
) -> Result<(Option<Header>, BTreeMap<String, Checkpoint>)> {
    let mut notes: BTreeMap<String, String> = to.notes(control)?.into_iter().collect();
    let Some(header) = notes.remove("") else {
        return Ok((None, BTreeMap::new()));
    };
    let bad = |e: serde_json::Error| {
        conflict("cannot read the checkpoints of an unfinished move".into()).with_source(e)
    };
    let header: Header = serde_json::from_str(&header).map_err(bad)?;
    if !options.resume {
        return Err(conflict(format!(
            "{} holds an unfinished move from {}: resume it, or start with an empty destination",
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
    let checkpoints = notes
        .into_iter()
        .map(|(table, checkpoint)| Ok((table, serde_json::from_str(&checkpoint).map_err(bad)?)))
        .collect::<Result<_>>()?;
    Ok((Some(header), checkpoints))
}
