//! The values that events are counted by, and the counts.

use crate::error::{Error, Result};

/// The most values that one call lists.
pub const MAX_COUNTED: u32 = 10_000;

/// What events can be counted by. The numbers are part of the C API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum CountBy {
    /// `source_type`.
    Source = 1,
    /// `source_id`.
    Host = 2,
    /// `template_id`; events without a template do not count.
    Template = 3,
    /// `severity_id`.
    Severity = 4,
    /// Each id in `entity_refs`, once an event.
    Entity = 5,
}

impl CountBy {
    /// Every kind, in the order of their numbers.
    pub const ALL: [CountBy; 5] = [
        Self::Source,
        Self::Host,
        Self::Template,
        Self::Severity,
        Self::Entity,
    ];

    /// Returns the word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Host => "host",
            Self::Template => "template",
            Self::Severity => "severity",
            Self::Entity => "entity",
        }
    }

    /// Finds a kind by its word.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) for any other word, naming those that there are.
    pub fn from_name(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|by| by.name() == name).ok_or_else(|| {
            let words = Self::ALL.map(Self::name).join(", ");
            Error::invalid(format!("{name:?} is none of {words}"))
        })
    }
}

/// A value and how many events have it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counted {
    /// The value: a source, a host, a template's number, a severity's number, an entity's id.
    pub value: String,
    /// Number of events; `count` in JSON, where it may also be one of alerts.
    #[serde(rename = "count")]
    pub events: u64,
}

/// Events of one bucket of a histogram that is split by a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Bucket {
    /// Where the bucket starts, in nanoseconds.
    pub start_ns: i64,
    /// The value: a source, or a severity's number; empty when the histogram is not split.
    pub value: String,
    /// Number of events; `count` in JSON, where it may also be one of alerts.
    #[serde(rename = "count")]
    pub events: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_back() {
        for by in CountBy::ALL {
            assert_eq!(CountBy::from_name(by.name()).unwrap(), by);
        }
        assert!(CountBy::from_name("colour").is_err());
    }
}
