//! Counts of events by the value of one property.

/// The most values that one call returns.
pub const MAX_COUNTED: u32 = 10_000;

/// A property of events to count by. The numbers are part of the C API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum CountBy {
    /// The `source_type`.
    Source = 1,
    /// The `source_id`.
    Host = 2,
    /// The `template_id`; events without a template are not counted.
    Template = 3,
    /// The `severity_id`.
    Severity = 4,
    /// Each id in `entity_refs`; an event counts once per entity.
    Entity = 5,
}

impl CountBy {
    /// Every variant, in the order of the numbers.
    pub const ALL: [CountBy; 5] = [
        Self::Source,
        Self::Host,
        Self::Template,
        Self::Severity,
        Self::Entity,
    ];

    /// Returns the variant's name in options and URLs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Host => "host",
            Self::Template => "template",
            Self::Severity => "severity",
            Self::Entity => "entity",
        }
    }
}

/// A value and the number of events that have it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counted {
    /// The value: a source, a host, a template id, a severity or an entity id.
    pub value: String,
    /// Number of events. The JSON key is `count`, which other lists use for numbers of alerts.
    #[serde(rename = "count")]
    pub events: u64,
}

/// One bucket of a histogram, for one value if the histogram is split.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Bucket {
    /// Start of the bucket, in nanoseconds.
    pub start_ns: i64,
    /// The value, a source or a severity; empty if the histogram is not split.
    pub value: String,
    /// Number of events. The JSON key is `count`, which other lists use for numbers of alerts.
    #[serde(rename = "count")]
    pub events: u64,
}
