//! Maps the numbers and words of log levels to Seerflow's and OpenTelemetry's scales.

use std::borrow::Cow;

use super::levels::{
    FIELD_WORDS, GOOGLE, INSIGHTS, LEVELS, NXLOG, PREFIXES, PYTHON, STEPPED, SURICATA, Severity, WINDOWS,
    WORDS,
};

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
        let same = |(name, _): &&(&str, Self)| name.eq_ignore_ascii_case(word);
        WORDS.iter().find(same).map(|(_, severity)| *severity)
    }

    /// Returns the severity of the capital letter that Android, klog and others write for a level.
    pub(crate) fn of_letter(letter: u8) -> Option<Self> {
        Some(match letter {
            b'V' | b'T' => Self::TRACE,
            b'D' => Self::DEBUG,
            b'I' => Self::INFO,
            b'N' => Self::NOTICE,
            b'W' => Self::WARNING,
            b'E' => Self::ERROR,
            b'C' => Self::CRITICAL,
            b'F' | b'X' => Self::FATAL,
            _ => return None,
        })
    }

    /// Returns the level before a colon at a message's start: sshd's `error: ...`, PHP's `PHP Fatal error:  ...`.
    pub(crate) fn of_prefix(message: &str) -> Option<Self> {
        let colon = message.bytes().take(32).position(|byte| byte == b':')?;
        let is_before_level = |word: &&str| BEFORE_LEVEL.iter().any(|known| known.eq_ignore_ascii_case(word));
        let mut levels = message
            .get(..colon)?
            .split(' ')
            .skip_while(is_before_level)
            .map(Self::from_word);
        let first = levels.next()??;
        levels.all(|level| level.is_some()).then_some(first)
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
        let has_word =
            |(_, names): &&(Self, &[&str])| names.iter().any(|name| name.eq_ignore_ascii_case(word));
        Self::from_word(word)
            .or_else(|| FIELD_WORDS.iter().find(has_word).map(|(severity, _)| *severity))
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

/// Words that may precede the level at a message's start.
const BEFORE_LEVEL: [&str; 6] = ["PHP", "parse", "core", "compile", "recoverable", "catchable"];

fn of_table(table: &[(i64, Severity)], number: i64) -> Option<Severity> {
    let same = |(known, _): &&(i64, Severity)| *known == number;
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
    fn levels_at_the_start_of_messages() {
        let cases = [
            ("error: no key", Some(17)),
            ("PHP Fatal error:  Uncaught Exception in /srv/a.php:3", Some(21)),
            ("PHP Parse error:  syntax error, unexpected end of file", Some(17)),
            ("PHP Recoverable fatal error:  x", Some(21)),
            ("PHP Warning:  Undefined variable $a", Some(13)),
            ("PHP Notice:  x", Some(10)),
            ("PHP message: x", None),
            ("error handler: ready", None),
            ("no error: ready", None),
            ("PHP: x", None),
            (": x", None),
        ];
        for (message, otel) in cases {
            assert_eq!(Severity::of_prefix(message).map(|s| s.otel), otel, "{message:?}");
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
