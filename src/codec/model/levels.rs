//! The levels on both scales of an event, and the tables of their names and numbers; the names of facilities.

/// The names of syslog facilities 0 to 23, as in syslog.conf.
#[rustfmt::skip]
pub(crate) const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "ntp", "security", "console", "solaris-cron", "local0", "local1", "local2", "local3", "local4",
    "local5", "local6", "local7",
];

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
    pub(super) const SYSLOG: [Self; 8] = [
        Self::FATAL,
        Self::ALERT,
        Self::CRITICAL,
        Self::ERROR,
        Self::WARNING,
        Self::NOTICE,
        Self::INFO,
        Self::DEBUG,
    ];
}

/// Level names that are recognized anywhere in a line.
pub(super) const WORDS: [(&str, Severity); 30] = [
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
    // The console of .NET.
    ("fail", Severity::ERROR),
    ("dbug", Severity::DEBUG),
    ("trce", Severity::TRACE),
    // German and French.
    ("fehler", Severity::ERROR),
    ("warnung", Severity::WARNING),
    ("hinweis", Severity::NOTICE),
    ("schwerwiegend", Severity::ERROR),
    ("erreur", Severity::ERROR),
    ("avertissement", Severity::WARNING),
    ("grave", Severity::ERROR),
];

/// Level names that are recognized only in a level field.
#[rustfmt::skip]
pub(super) const FIELD_WORDS: [(Severity, &[&str]); 9] = [
    (Severity::TRACE, &["t", "trc", "v", "vrb", "silly", "finest", "finer"]),
    // PostgreSQL's DEBUG5 is the most detailed of its levels.
    (Severity::DEBUG, &["d", "dbg", "fine", "http", "debug1", "debug2", "debug3", "debug4", "debug5"]),
    (Severity::INFO, &["i", "inf", "config", "log", "statement", "normal", "audit success"]),
    (Severity::NOTICE, &["n", "success", "low"]),
    (Severity::WARNING, &["w", "wrn", "medium", "audit failure", "deprecation"]),
    (Severity::ERROR, &["e", "eror", "high", "failure", "fault"]),
    (Severity::CRITICAL, &["c", "crt"]),
    (Severity::ALERT, &["a"]),
    (Severity::FATAL, &["f", "ftl", "fata", "wtf", "off", "p", "assert"]),
];

/// Prefixes of level names in constants.
pub(super) const PREFIXES: [&str; 4] = ["severity_number_", "loglevel.", "level.", "log_"];

/// The levels that may have steps, with their OpenTelemetry numbers.
pub(super) const STEPPED: [(&str, i64); 7] = [
    ("trace", 1),
    ("debug", 5),
    ("info", 9),
    ("warn", 13),
    ("warning", 13),
    ("error", 17),
    ("fatal", 21),
];

pub(super) const LEVELS: [(i64, Severity); 19] = [
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

pub(super) const GOOGLE: [(i64, Severity); 8] = [
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
pub(super) const PYTHON: [(i64, Severity); 7] = [
    (5, Severity::TRACE),
    (10, Severity::DEBUG),
    (20, Severity::INFO),
    (25, Severity::NOTICE),
    (30, Severity::WARNING),
    (40, Severity::ERROR),
    (50, Severity::CRITICAL),
];

pub(super) const WINDOWS: [Severity; 6] = [
    Severity::INFO,
    Severity::CRITICAL,
    Severity::ERROR,
    Severity::WARNING,
    Severity::INFO,
    Severity::TRACE,
];

pub(super) const NXLOG: [Severity; 6] = [
    Severity::TRACE,
    Severity::DEBUG,
    Severity::INFO,
    Severity::WARNING,
    Severity::ERROR,
    Severity::CRITICAL,
];

pub(super) const INSIGHTS: [Severity; 5] = [
    Severity::TRACE,
    Severity::INFO,
    Severity::WARNING,
    Severity::ERROR,
    Severity::CRITICAL,
];

pub(super) const SURICATA: [Severity; 5] = [
    Severity::INFO,
    Severity::ERROR,
    Severity::WARNING,
    Severity::NOTICE,
    Severity::INFO,
];
