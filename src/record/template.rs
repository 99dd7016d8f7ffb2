//! Log templates: the patterns that events were matched to.

/// The most templates one listing may have.
pub const MAX_TEMPLATES: u32 = 10_000;

/// One template and its statistics.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Template {
    /// Its number, chosen by the miner that found it.
    pub template_id: i64,
    /// Its text, with `<*>` for the variables.
    pub template_str: String,
    /// When the first event matched, in nanoseconds. Kept by later writes.
    pub first_seen_ns: i64,
    /// When the last event matched, in nanoseconds. Later writes keep the larger one.
    pub last_seen_ns: i64,
    /// Number of events. Later writes add to it.
    pub event_count: i64,
    /// A message that matched. Kept by later writes.
    pub example_message: Option<String>,
}
