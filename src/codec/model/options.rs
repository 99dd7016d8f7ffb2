//! What records do not say about themselves.

use jiff::tz::TimeZone;

use crate::codec::time::Clock;
use crate::record::now_ns;

/// What lines do not say about themselves.
#[derive(Clone, Debug)]
pub struct LineOptions {
    /// The `source_type` of every line, instead of the program's name.
    pub source_type: Option<String>,
    /// The `source_id` of every line, instead of the host's name.
    pub source_id: Option<String>,
    /// The time zone of times that have no offset. UTC unless set.
    pub timezone: TimeZone,
    /// The present: when lines were observed, and when they happened if they do not say.
    pub now_ns: i64,
    /// From what the year of an RFC 3164 time is told: its latest that leaves the time before this plus a day. The present
    /// for lines that are written now; for older ones any moment of the year after they were written.
    pub reference_ns: i64,
    /// Whether the whole line is kept in `raw_event`.
    pub keep_raw: bool,
    /// Whether a message that is itself a JSON object or a line with a header is read.
    pub parse: bool,
}

/// The options of a call that gives none, with 1970 as the present.
pub(crate) static PLAIN: LineOptions = LineOptions::PLAIN;

impl LineOptions {
    const PLAIN: Self = Self {
        source_type: None,
        source_id: None,
        timezone: TimeZone::UTC,
        now_ns: 0,
        reference_ns: 0,
        keep_raw: false,
        parse: false,
    };

    /// Sets the present and leaves the rest to the lines.
    pub fn new(now_ns: i64) -> Self {
        Self {
            now_ns,
            reference_ns: now_ns,
            parse: true,
            ..Self::PLAIN
        }
    }

    pub(crate) fn clock(&self) -> Clock<'_> {
        Clock {
            zone: &self.timezone,
            reference_ns: self.reference_ns,
        }
    }
}

impl Default for LineOptions {
    /// Takes the present from the clock.
    fn default() -> Self {
        Self::new(now_ns())
    }
}
