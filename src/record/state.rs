//! State of detection: models, Sigma rules, edges between entities.

use super::EdgeCursor;
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
    /// Its key: 1 to 256 ASCII characters.
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
    /// When it was saved, in nanoseconds; the value that compare-and-swap compares.
    pub updated_at_ns: i64,
}

/// The state of a Sigma rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SigmaRuleState {
    /// The rule's id.
    pub rule_id: String,
    /// Whether the rule is enabled.
    pub enabled: bool,
    /// Number of matches.
    pub match_count_lifetime: i64,
    /// Time of the last match, in nanoseconds.
    pub last_fired_ns: Option<i64>,
    /// When this state last changed, in nanoseconds.
    pub updated_at_ns: i64,
}

/// New matches of a Sigma rule, to be added to its state.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SigmaMatches {
    /// The rule's id.
    pub rule_id: String,
    /// Number of matches.
    pub count: i64,
    /// Time of the last match, in nanoseconds.
    pub last_fired_ns: i64,
}

/// An edge between two entities.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Edge {
    /// Id of the source entity.
    pub source_id: String,
    /// Id of the target entity.
    pub target_id: String,
    /// The relation, `[A-Za-z_][A-Za-z0-9_]*`.
    pub rel_type: String,
    /// First time seen, in nanoseconds.
    #[serde(rename = "first_seen_ns")]
    pub first_seen: i64,
    /// Last time seen, in nanoseconds.
    #[serde(rename = "last_seen_ns")]
    pub last_seen: i64,
    /// Number of observations.
    pub event_count: i64,
}

impl Edge {
    /// Returns source, target and relation, which identify the edge.
    pub fn key(&self) -> (&str, &str, &str) {
        (&self.source_id, &self.target_id, &self.rel_type)
    }

    /// Widens the time and adds to the count, which stops at [`i64::MAX`].
    pub fn add(&mut self, other: &Edge) {
        self.first_seen = self.first_seen.min(other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
        self.event_count = self.event_count.saturating_add(other.event_count);
    }
}

impl From<&Edge> for EdgeCursor {
    fn from(edge: &Edge) -> Self {
        Self {
            source_id: edge.source_id.clone(),
            target_id: edge.target_id.clone(),
            rel_type: edge.rel_type.clone(),
        }
    }
}

/// The longest name of a relation, in bytes. With two ids it fits into an index entry of PostgreSQL.
pub const MAX_REL_TYPE_BYTES: usize = 512;

/// Checks the name of a relation: `[A-Za-z_][A-Za-z0-9_]*`, at most 512 bytes, which every graph accepts.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) for any other name.
pub fn check_rel_type(rel_type: &str) -> Result<()> {
    let mut bytes = rel_type.bytes();
    let first = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    if !first || !bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_') || rel_type.len() > MAX_REL_TYPE_BYTES
    {
        let shown: String = rel_type.chars().take(100).collect();
        return Err(Error::invalid(format!(
            "rel_type {shown:?} is not of the form [A-Za-z_][A-Za-z0-9_]*, at most {MAX_REL_TYPE_BYTES} bytes"
        )));
    }
    Ok(())
}

/// A neighbour of an entity.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct RelatedEntity {
    /// Id of the neighbour.
    pub entity: String,
    /// The relation.
    pub rel_type: String,
    /// Number of observations.
    pub event_count: i64,
}
