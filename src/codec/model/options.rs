//! Options that supply information missing from the records themselves.

use jiff::tz::TimeZone;

use crate::codec::time::Clock;
use crate::record::now_ns;

/// Options that supply information missing from the lines themselves.
#[derive(Clone, Debug)]
pub struct LineOptions {
    /// The `source_type` of every line, which takes precedence over the program's name.
    pub source_type: Option<String>,
    /// The `source_id` of every line, which takes precedence over the host's name.
    pub source_id: Option<String>,
    /// The time zone of times without an offset. UTC by default.
    pub timezone: TimeZone,
    /// The current time: the time of observation, and the time of lines that have no time.
    pub now_ns: i64,
    /// The reference time for times without a year (RFC 3164).
    ///
    /// Such a time gets the latest year that puts it before this time plus a day. Use the current time for
    /// lines that are written now. For older lines, use any time within a year after they were written.
    pub reference_ns: i64,
    /// Whether the whole line is also stored in `raw_event`.
    pub keep_raw: bool,
    /// Whether to interpret a message that is itself a JSON object or a line with a header.
    pub parse: bool,
    /// Whether the records are an export, whose fields are complete.
    pub verbatim: bool,
    /// The names of the columns of a W3C extended log, which its `#Fields:` line states; empty for other lines.
    pub columns: Vec<String>,
}

/// Options that set nothing and do not interpret messages, with 1970 as the current time.
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
        verbatim: true,
        columns: Vec::new(),
    };

    /// Creates options with this current time and with `parse`; the other options are not set.
    pub fn new(now_ns: i64) -> Self {
        Self {
            now_ns,
            reference_ns: now_ns,
            parse: true,
            verbatim: false,
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
    /// Uses the system clock's current time.
    fn default() -> Self {
        Self::new(now_ns())
    }
}
