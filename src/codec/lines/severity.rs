//! Severities: syslog's numbers and the words of log levels, on Seerflow's scale and OpenTelemetry's.

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

    /// Reads the severity out of a syslog priority.
    pub(super) fn of_priority(priority: u32) -> Self {
        match priority % 8 {
            0 => Self::FATAL,
            1 => Self::ALERT,
            2 => Self::CRITICAL,
            3 => Self::ERROR,
            4 => Self::WARNING,
            5 => Self::NOTICE,
            6 => Self::INFO,
            _ => Self::DEBUG,
        }
    }

    /// Reads a log level's name, in any case.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
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
        let same = |(name, _): &&(&str, Severity)| name.eq_ignore_ascii_case(word);
        WORDS.iter().find(same).map(|(_, severity)| *severity)
    }

    /// Reads a message that begins with its level and a colon, as sshd's `error: ...` and `fatal: ...` do.
    pub(super) fn of_prefix(message: &str) -> Option<Self> {
        let head = message.as_bytes().get(..message.len().min(16))?;
        let colon = memchr::memchr(b':', head)?;
        Self::from_word(message.get(..colon)?)
    }
}
