//! State that detection keeps: models, Sigma rules, edges between entities.

use crate::error::{Error, Result};

/// The largest model, in bytes.
pub const MAX_MODEL: usize = 64 << 20;

/// The stored model that a save replaces: the condition of a compare-and-swap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpectedModel {
    /// Any model, or none: the last save wins.
    #[default]
    Any,
    /// No model has the key.
    Absent,
    /// The model that was saved at this time, in nanoseconds.
    SavedAt(i64),
}

/// One entry of the model store, without its data.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct ModelEntry {
    /// Its key, 1 to 256 ASCII characters.
    pub key: String,
    /// Size of its data, in bytes.
    pub bytes: u64,
    /// When it was saved, in nanoseconds.
    pub updated_at_ns: i64,
}

/// The data of one model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// The data.
    pub data: Vec<u8>,
    /// When it was saved, in nanoseconds; the expectation of a compare-and-swap.
    pub updated_at_ns: i64,
}

/// What a Sigma rule has done.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SigmaRuleState {
    /// The rule.
    pub rule_id: String,
    /// Whether it may fire.
    pub enabled: bool,
    /// How often it fired.
    pub match_count_lifetime: i64,
    /// When it fired last, in nanoseconds.
    pub last_fired_ns: Option<i64>,
    /// When this state changed last, in nanoseconds.
    pub updated_at_ns: i64,
}

/// Matches of a Sigma rule to be added to its state.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SigmaMatches {
    /// The rule.
    pub rule_id: String,
    /// How many.
    pub count: i64,
    /// When the last of them was, in nanoseconds.
    pub last_fired_ns: i64,
}

/// An edge between two entities.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Edge {
    /// From this entity.
    pub source_id: String,
    /// To this entity.
    pub target_id: String,
    /// In what relation, `[A-Za-z_][A-Za-z0-9_]*`.
    pub rel_type: String,
    /// First time seen, in nanoseconds.
    #[serde(rename = "first_seen_ns")]
    pub first_seen: i64,
    /// Last time seen, in nanoseconds.
    #[serde(rename = "last_seen_ns")]
    pub last_seen: i64,
    /// How often.
    pub event_count: i64,
}

/// Checks the name of a relation: `[A-Za-z_][A-Za-z0-9_]*`, which every graph accepts.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) for any other name.
pub fn check_rel_type(rel_type: &str) -> Result<()> {
    let mut bytes = rel_type.bytes();
    let first = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    if !first || !bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err(Error::invalid(format!(
            "rel_type {rel_type:?} is not of the form [A-Za-z_][A-Za-z0-9_]*"
        )));
    }
    Ok(())
}

/// A neighbour of an entity.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct RelatedEntity {
    /// The neighbour.
    pub entity: String,
    /// The relation.
    pub rel_type: String,
    /// How often it was seen.
    pub event_count: i64,
}
