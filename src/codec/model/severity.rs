//! Maps the numbers and words of log levels to Seerflow's and OpenTelemetry's scales.

use std::borrow::Cow;

/// A severity on both scales that an event has.
///
/// The OpenTelemetry numbers are those of its logs data model, appendix B, "SeverityNumber example mappings"
/// (Syslog: Emergency 21, Alert 19, Critical 18, Error 17, Warning 13, Notice 10, Informational 9, Debug 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Severity {
    /// `severity_id`, 0 to 6.
    pub(crate) id: i64,
    /// `otel_severity`, 1 to 24.
    pub(crate) otel: i64,
}

/// The scale of a level's number. The key of the level determines it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// A key of many loggers: pino, bunyan (10 to 60), Monolog (100 to 600), Logback (5000 to 40000).
    ///
    /// A number below 10 is interpreted only if other keys identify the sender: see [`Scale::Syslog`] and
    /// [`Scale::Windows`].
    Level,
    /// Google Cloud's `severity`, 100 to 800; other numbers as in [`Scale::Level`].
    Google,
    /// Syslog, journald, GELF: 0 (emergency) to 7 (debug).
    Syslog,
    /// A syslog priority: eight times the facility plus the severity.
    Priority,
    /// OpenTelemetry: 1 to 24.
    Otel,
    /// Python's `levelno`: 10 to 50.
    Python,
    /// Windows: 1 (critical) to 5 (verbose); 0 means "log always".
    Windows,
    /// NXLog: 1 (debug) to 5 (critical).
    Nxlog,
    /// Azure's Application Insights: 0 (verbose) to 4 (critical).
    Insights,
    /// Suricata: 1 (high) to 4 (low).
    Suricata,
}

impl Severity {
    pub(crate) const TRACE: Self = Self { id: 0, otel: 1 };
    pub(crate) const DEBUG: Self = Self { id: 0, otel: 5 };
    pub(crate) const INFO: Self = Self { id: 1, otel: 9 };
    pub(crate) const NOTICE: Self = Self { id: 2, otel: 10 };
    pub(crate) const WARNING: Self = Self { id: 3, otel: 13 };
    pub(crate) const ERROR: Self = Self { id: 4, otel: 17 };
    pub(crate) const CRITICAL: Self = Self { id: 5, otel: 18 };
    pub(crate) const ALERT: Self = Self { id: 6, otel: 19 };
    pub(crate) const FATAL: Self = Self { id: 6, otel: 21 };

    /// Syslog's severities 0 to 7.
    const SYSLOG: [Self; 8] = [
        Self::FATAL,
        Self::ALERT,
        Self::CRITICAL,
        Self::ERROR,
        Self::WARNING,
        Self::NOTICE,
        Self::INFO,
        Self::DEBUG,
    ];

    /// Returns the severity in a syslog priority.
    pub(crate) fn of_priority(priority: u32) -> Self {
        Self::SYSLOG[priority as usize % 8]
    }

    /// Returns the severity of an OpenTelemetry number; numbers outside 1 to 24 are clamped.
    ///
    /// If a collector converted a syslog priority to a number, the `severity_id` is the same as for the
    /// syslog line.
    pub(crate) fn of_otel(number: i64) -> Self {
        let id = match number {
            ..=8 => 0,
            9 => 1,
            10..=12 => 2,
            13..=16 => 3,
            17 => 4,
            18 => 5,
            _ => 6,
        };
        Self {
            id,
            otel: number.clamp(1, 24),
        }
    }

    /// Returns the severity of a `severity_id`.
    pub(crate) fn of_id(id: i64) -> Self {
        match id {
            ..=0 => Self::DEBUG,
            1 => Self::INFO,
            2 => Self::NOTICE,
            3 => Self::WARNING,
            4 => Self::ERROR,
            5 => Self::CRITICAL,
            _ => Self::FATAL,
        }
    }

    /// Returns the severity of a level's name among the words of a line, ignoring case.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        find(&WORDS, word)
    }

    /// Returns the level before a colon at a message's start, as in sshd's `error: ...` and `fatal: ...`.
    pub(crate) fn of_prefix(message: &str) -> Option<Self> {
        let head = message.as_bytes().get(..message.len().min(16))?;
        let colon = memchr::memchr(b':', head)?;
        Self::from_word(message.get(..colon)?)
    }

    /// Parses the text of a level field.
    ///
    /// It may be a word, a letter, a number on the scale, or a level with steps (`ERROR2` in OpenTelemetry,
    /// `ERROR+4` in Go's slog). Colour codes and brackets around it are ignored.
    pub(crate) fn of_text(text: &str, scale: Scale) -> Option<Self> {
        if text.len() > 64 {
            return None;
        }
        let plain = without_colours(text);
        let word = plain.trim_matches(|c: char| c.is_ascii_whitespace() || "[]()<>|:\"'".contains(c));
        let word = PREFIXES
            .iter()
            .find_map(|prefix| strip_prefix(word, prefix))
            .unwrap_or(word);
        if let Ok(number) = word.parse() {
            return Self::of_number(number, scale);
        }
        find(&WORDS, word)
            .or_else(|| find(&FIELD_WORDS, word))
            .or_else(|| with_steps(word))
    }

    /// Returns the severity of a level's number.
    pub(crate) fn of_number(number: i64, scale: Scale) -> Option<Self> {
        let listed = |list: &[Self]| list.get(usize::try_from(number).ok()?).copied();
        match scale {
            Scale::Level => of_table(&LEVELS, number),
            Scale::Google => of_table(&GOOGLE, number).or_else(|| of_table(&LEVELS, number)),
            Scale::Syslog => listed(&Self::SYSLOG),
            Scale::Priority => (0..192)
                .contains(&number)
                .then(|| Self::of_priority(number as u32)),
            Scale::Otel => (1..=24).contains(&number).then(|| Self::of_otel(number)),
            Scale::Python => of_table(&PYTHON, number),
            Scale::Windows => listed(&WINDOWS),
            Scale::Nxlog => listed(&NXLOG),
            Scale::Insights => listed(&INSIGHTS),
            Scale::Suricata => listed(&SURICATA),
        }
    }
}

/// Level names that are recognized anywhere in a line.
const WORDS: [(&str, Severity); 20] = [
    ("info", Severity::INFO),
    ("error", Severity::ERROR),
    ("warn", Severity::WARNING),
    ("warning", Severity::WARNING),
    ("debug", Severity::DEBUG),
    ("notice", Severity::NOTICE),
    ("trace", Severity::TRACE),
    ("err", Severity::ERROR),
    ("crit", Severity::CRITICAL),
    ("critical", Severity::CRITICAL),
    ("fatal", Severity::FATAL),
    ("alert", Severity::ALERT),
    ("emerg", Severity::FATAL),
    ("emergency", Severity::FATAL),
    ("panic", Severity::FATAL),
    ("dpanic", Severity::FATAL),
    ("severe", Severity::ERROR),
    ("verbose", Severity::TRACE),
    ("informational", Severity::INFO),
    ("information", Severity::INFO),
];

/// Level names that are recognized only in a level field.
const FIELD_WORDS: [(&str, Severity); 46] = [
    ("t", Severity::TRACE),
    ("trc", Severity::TRACE),
    ("v", Severity::TRACE),
    ("vrb", Severity::TRACE),
    ("silly", Severity::TRACE),
    ("finest", Severity::TRACE),
    ("finer", Severity::TRACE),
    ("d", Severity::DEBUG),
    ("dbg", Severity::DEBUG),
    ("fine", Severity::DEBUG),
    ("http", Severity::DEBUG),
    // PostgreSQL's levels; DEBUG5 is the most detailed.
    ("debug1", Severity::DEBUG),
    ("debug2", Severity::DEBUG),
    ("debug3", Severity::DEBUG),
    ("debug4", Severity::DEBUG),
    ("debug5", Severity::DEBUG),
    ("i", Severity::INFO),
    ("inf", Severity::INFO),
    ("config", Severity::INFO),
    ("log", Severity::INFO),
    ("statement", Severity::INFO),
    ("normal", Severity::INFO),
    ("audit success", Severity::INFO),
    ("n", Severity::NOTICE),
    ("success", Severity::NOTICE),
    ("low", Severity::NOTICE),
    ("w", Severity::WARNING),
    ("wrn", Severity::WARNING),
    ("medium", Severity::WARNING),
    ("audit failure", Severity::WARNING),
    ("deprecation", Severity::WARNING),
    ("e", Severity::ERROR),
    ("eror", Severity::ERROR),
    ("high", Severity::ERROR),
    ("failure", Severity::ERROR),
    ("fault", Severity::ERROR),
    ("c", Severity::CRITICAL),
    ("crt", Severity::CRITICAL),
    ("a", Severity::ALERT),
    ("f", Severity::FATAL),
    ("ftl", Severity::FATAL),
    ("fata", Severity::FATAL),
    ("wtf", Severity::FATAL),
    ("off", Severity::FATAL),
    ("p", Severity::FATAL),
    ("assert", Severity::FATAL),
];

/// Prefixes of level names in constants.
const PREFIXES: [&str; 4] = ["severity_number_", "loglevel.", "level.", "log_"];

/// The levels that may have steps, with their OpenTelemetry numbers.
const STEPPED: [(&str, i64); 7] = [
    ("trace", 1),
    ("debug", 5),
    ("info", 9),
    ("warn", 13),
    ("warning", 13),
    ("error", 17),
    ("fatal", 21),
];

const LEVELS: [(i64, Severity); 19] = [
    (10, Severity::TRACE),
    (20, Severity::DEBUG),
    (30, Severity::INFO),
    (40, Severity::WARNING),
    (50, Severity::ERROR),
    (60, Severity::FATAL),
    (100, Severity::DEBUG),
    (200, Severity::INFO),
    (250, Severity::NOTICE),
    (300, Severity::WARNING),
    (400, Severity::ERROR),
    (500, Severity::CRITICAL),
    (550, Severity::ALERT),
    (600, Severity::FATAL),
    (5_000, Severity::TRACE),
    (10_000, Severity::DEBUG),
    (20_000, Severity::INFO),
    (30_000, Severity::WARNING),
    (40_000, Severity::ERROR),
];

const GOOGLE: [(i64, Severity); 8] = [
    (100, Severity::DEBUG),
    (200, Severity::INFO),
    (300, Severity::NOTICE),
    (400, Severity::WARNING),
    (500, Severity::ERROR),
    (600, Severity::CRITICAL),
    (700, Severity::ALERT),
    (800, Severity::FATAL),
];

/// Python's levels, and loguru's 5 (trace) and 25 (success).
const PYTHON: [(i64, Severity); 7] = [
    (5, Severity::TRACE),
    (10, Severity::DEBUG),
    (20, Severity::INFO),
    (25, Severity::NOTICE),
    (30, Severity::WARNING),
    (40, Severity::ERROR),
    (50, Severity::CRITICAL),
];

const WINDOWS: [Severity; 6] = [
    Severity::INFO,
    Severity::CRITICAL,
    Severity::ERROR,
    Severity::WARNING,
    Severity::INFO,
    Severity::TRACE,
];

const NXLOG: [Severity; 6] = [
    Severity::TRACE,
    Severity::DEBUG,
    Severity::INFO,
    Severity::WARNING,
    Severity::ERROR,
    Severity::CRITICAL,
];

const INSIGHTS: [Severity; 5] = [
    Severity::TRACE,
    Severity::INFO,
    Severity::WARNING,
    Severity::ERROR,
    Severity::CRITICAL,
];

const SURICATA: [Severity; 5] = [
    Severity::INFO,
    Severity::ERROR,
    Severity::WARNING,
    Severity::NOTICE,
    Severity::INFO,
];

fn of_table(table: &[(i64, Severity)], number: i64) -> Option<Severity> {
    let same = |(known, _): &&(i64, Severity)| *known == number;
    table.iter().find(same).map(|(_, severity)| *severity)
}

fn find(table: &[(&str, Severity)], word: &str) -> Option<Severity> {
    let same = |(name, _): &&(&str, Severity)| name.eq_ignore_ascii_case(word);
    table.iter().find(same).map(|(_, severity)| *severity)
}

/// Parses a level with steps: `ERROR2`, `ERROR+4`, `DEBUG-2`.
fn with_steps(word: &str) -> Option<Severity> {
    let end = word.find(|c: char| !c.is_ascii_alphabetic())?;
    let (name, steps) = word.split_at(end);
    let (_, base) = STEPPED
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    let number = match steps.as_bytes() {
        [step @ b'1'..=b'4'] => base + i64::from(step - b'1'),
        [b'+' | b'-', digits @ ..] if (1..=3).contains(&digits.len()) => base + steps.parse::<i64>().ok()?,
        _ => return None,
    };
    Some(Severity::of_otel(number))
}

fn strip_prefix<'t>(word: &'t str, prefix: &str) -> Option<&'t str> {
    let head = word.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &word[prefix.len()..])
}

/// Removes terminal escape sequences.
fn without_colours(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::new();
    let mut parts = text.split('\u{1b}');
    plain.extend(parts.next());
    for part in parts {
        let end = part.find(|c: char| c.is_ascii_alphabetic());
        plain.push_str(end.map_or("", |end| &part[end + 1..]));
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_levels() {
        let cases = [
            ("ERROR", Some(17)),
            ("Warning ", Some(13)),
            ("[info]", Some(9)),
            ("\u{1b}[31merror\u{1b}[39m", Some(17)),
            ("\u{1b}[1;33mWARN\u{1b}[0m", Some(13)),
            ("ERROR2", Some(18)),
            ("FATAL4", Some(24)),
            ("info1", Some(9)),
            ("ERROR+4", Some(21)),
            ("INFO+2", Some(11)),
            ("DEBUG-2", Some(3)),
            ("DEBUG-99", Some(1)),
            ("SEVERITY_NUMBER_WARN3", Some(15)),
            ("LOG_ERR", Some(17)),
            ("E", Some(17)),
            ("wrn", Some(13)),
            ("FINEST", Some(1)),
            ("DEBUG5", Some(5)),
            ("50", Some(17)),
            ("Metadata", None),
            ("error5", None),
            ("error+", None),
            ("\u{1b}", None),
            ("", None),
            ("3", None),
        ];
        for (text, otel) in cases {
            let severity = Severity::of_text(text, Scale::Level);
            assert_eq!(severity.map(|s| s.otel), otel, "{text:?}");
        }
    }

    #[test]
    fn numbers_of_levels() {
        let cases = [
            (Scale::Level, 30, Some(9)),
            (Scale::Level, 400, Some(17)),
            (Scale::Level, 40_000, Some(17)),
            (Scale::Level, 3, None),
            (Scale::Google, 400, Some(13)),
            (Scale::Google, 30, Some(9)),
            (Scale::Syslog, 3, Some(17)),
            (Scale::Syslog, 8, None),
            (Scale::Priority, 34, Some(18)),
            (Scale::Priority, 192, None),
            (Scale::Otel, 14, Some(14)),
            (Scale::Otel, 0, None),
            (Scale::Python, 30, Some(13)),
            (Scale::Windows, 2, Some(17)),
            (Scale::Nxlog, 4, Some(17)),
            (Scale::Insights, 3, Some(17)),
            (Scale::Suricata, 1, Some(17)),
            (Scale::Windows, -1, None),
        ];
        for (scale, number, otel) in cases {
            let severity = Severity::of_number(number, scale);
            assert_eq!(severity.map(|s| s.otel), otel, "{scale:?} {number}");
        }
    }
}
