//! Log templates: patterns that events match.

/// The most templates one listing may have.
pub const MAX_TEMPLATES: u32 = 10_000;

/// One template and its statistics.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Template {
    /// Its id, assigned by the template miner.
    pub template_id: i64,
    /// Its text, with `<*>` for each variable.
    pub template_str: String,
    /// Time of the first match, in nanoseconds. Later writes do not change it.
    pub first_seen_ns: i64,
    /// Time of the last match, in nanoseconds. Later writes keep the larger value.
    pub last_seen_ns: i64,
    /// Number of matching events. Later writes add to it.
    pub event_count: i64,
    /// A matching message. Later writes do not change it.
    pub example_message: Option<String>,
}
