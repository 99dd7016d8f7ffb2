//! What events can be counted by, over which time, and the answers.

use crate::error::{Error, Result};

const MINUTE_NS: i64 = 60_000_000_000;

/// A stretch of time, inclusive at both ends. The default is all of it.
///
/// What is counted over events is counted over whole minutes: see [`Window::whole_minutes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Earliest `timestamp_ns`.
    pub from_ns: i64,
    /// Latest `timestamp_ns`.
    pub to_ns: i64,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            from_ns: i64::MIN,
            to_ns: i64::MAX,
        }
    }
}

impl Window {
    /// Returns the minutes that the window touches, both ends included, counted from the epoch.
    pub fn minutes(self) -> (i64, i64) {
        (
            self.from_ns.div_euclid(MINUTE_NS),
            self.to_ns.div_euclid(MINUTE_NS),
        )
    }

    /// Widens the window to the minutes that it touches. An empty window stays empty.
    pub fn whole_minutes(self) -> Self {
        if self.from_ns > self.to_ns {
            return self;
        }
        let (first, last) = self.minutes();
        Self {
            from_ns: first.saturating_mul(MINUTE_NS),
            to_ns: last.saturating_mul(MINUTE_NS).saturating_add(MINUTE_NS - 1),
        }
    }
}

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
    fn windows_widen_to_minutes_at_the_extremes() {
        let wide = |from_ns, to_ns| {
            let window = Window { from_ns, to_ns }.whole_minutes();
            (window.from_ns, window.to_ns)
        };
        assert_eq!(wide(1, 2), (0, MINUTE_NS - 1));
        assert_eq!(wide(-1, MINUTE_NS), (-MINUTE_NS, 2 * MINUTE_NS - 1));
        assert_eq!(wide(i64::MIN, i64::MAX), (i64::MIN, i64::MAX));
        assert_eq!(wide(2, 1), (2, 1));
    }

    #[test]
    fn words_lead_back() {
        for by in CountBy::ALL {
            assert_eq!(CountBy::from_name(by.name()).unwrap(), by);
        }
        assert!(CountBy::from_name("colour").is_err());
    }
}
