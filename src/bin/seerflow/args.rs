//! Options shared by several commands, and parsers of option values.

use clap::ValueEnum;
use indicatif::HumanCount;
use seerflow::record::{
    Cursor, EntityType, EventQuery, MAX_PAGE, Order, SEVERITY_NAMES, Total, Window, entity_id,
    format_rfc3339, now_ns, parse_duration, parse_time,
};

use crate::failure::Failure;
use crate::values::{completer, entities, hosts, sources};

/// The limit of counting with `--total capped`.
pub const TOTAL_CAP: u64 = 10_000;

/// Options that select events.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Filters")]
pub struct Filters {
    #[command(flatten)]
    pub span: Span,
    /// Events of this source_type, such as sshd
    #[arg(long, value_name = "TYPE", add = completer(sources))]
    pub source: Option<String>,
    /// Events of this source_id, usually a host
    #[arg(long, value_name = "ID", add = completer(hosts))]
    pub source_id: Option<String>,
    /// Events of this severity or higher: 0 to 6, or trace, informational, notice, warning, error, critical, fatal
    #[arg(long, value_name = "LEVEL", value_parser = severity)]
    pub severity: Option<i64>,
    /// Events with this template id
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub template: Option<i64>,
    /// Events about this entity: its UUID, or type:value such as ip:192.0.2.1, user:root, host:web-1
    #[arg(long, value_name = "ENTITY", value_parser = entity, add = completer(entities))]
    pub entity: Option<String>,
    /// Events whose message contains all these words; words in "double quotes" must be adjacent
    #[arg(long, value_name = "WORDS", value_parser = words)]
    pub text: Option<String>,
}

impl Filters {
    /// Returns the query for these events.
    ///
    /// # Errors
    /// Those of [`Span::window`].
    pub fn query(&self) -> Result<EventQuery, Failure> {
        Ok(EventQuery {
            window: self.span.window()?,
            source_type: self.source.clone(),
            source_id: self.source_id.clone(),
            min_severity: self.severity,
            template_id: self.template,
            entity: self.entity.clone(),
            text: self.text.clone(),
            ..EventQuery::default()
        })
    }
}

/// Options that select a time window.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Filters")]
pub struct Span {
    /// Since this long ago (24h, 7d, 90m), or since a time, today, yesterday
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "from")]
    since: Option<i64>,
    /// At or after this time: 2026-03-14, 2026-03-14T01:00:00Z, today, yesterday, 24h (before now), @1773460800 (seconds since
    /// 1970), or nanoseconds since 1970
    #[arg(long, value_name = "TIME", value_parser = time, allow_negative_numbers = true)]
    from: Option<i64>,
    /// Before this time; a date means its midnight (UTC)
    #[arg(long, value_name = "TIME", value_parser = time, allow_negative_numbers = true)]
    to: Option<i64>,
}

impl Span {
    /// Returns the window; unbounded if no option was given.
    ///
    /// # Errors
    /// A usage error if the window is empty.
    pub fn window(self) -> Result<Window, Failure> {
        let window = Window {
            from_ns: self.since.or(self.from).unwrap_or(Window::ALL.from_ns),
            to_ns: self.to.unwrap_or(Window::ALL.to_ns),
        };
        if window.is_empty() {
            return Err(Failure::Usage(format!(
                "no time is at or after {} and before {}: --to must be later than --from or --since",
                format_rfc3339(window.from_ns),
                format_rfc3339(window.to_ns)
            )));
        }
        Ok(window)
    }
}

/// Options that select the size, position and order of a page.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Paging")]
pub struct Paging {
    /// Maximum number of events
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100, value_parser = number::<1, MAX_PAGE>)]
    pub limit: u32,
    /// Continue after a page: the cursor that it printed. A cursor is valid with any order
    #[arg(long, value_name = "CURSOR", value_parser = cursor, conflicts_with = "page")]
    pub cursor: Option<Cursor>,
    /// Page number, from 1; a cursor is cheaper
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = number::<1, { u32::MAX }>)]
    pub page: u32,
    /// Sort order
    #[arg(long, value_enum, default_value_t = OrderArg::Newest)]
    pub order: OrderArg,
    /// Count all matching events: no, up to 10,000, or exactly
    #[arg(long, value_enum, default_value_t = TotalArg::None)]
    pub total: TotalArg,
}

impl Paging {
    /// Applies the options to a query.
    pub fn apply(&self, query: EventQuery) -> EventQuery {
        EventQuery {
            limit: self.limit,
            cursor: self.cursor,
            page: self.page,
            order: match self.order {
                OrderArg::Newest => Order::Newest,
                OrderArg::Oldest => Order::Oldest,
                OrderArg::Arrival => Order::Arrival,
            },
            total: match self.total {
                TotalArg::None => Total::None,
                TotalArg::Capped => Total::Capped(TOTAL_CAP),
                TotalArg::Exact => Total::Exact,
            },
            ..query
        }
    }
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderArg {
    /// By time, newest first
    Newest,
    /// By time, oldest first
    Oldest,
    /// By arrival in the store, oldest first
    Arrival,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum TotalArg {
    /// Do not count
    None,
    /// Count up to 10,000
    Capped,
    /// Count all
    Exact,
}

/// Parses a number between two bounds; the error names them.
pub fn number<const LEAST: u32, const MOST: u32>(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(number) if (LEAST..=MOST).contains(&number) => Ok(number),
        _ if MOST == u32::MAX => Err(format!("expected a number, {LEAST} or more")),
        // No thousands separators in small numbers, which may be years.
        _ if MOST < 10_000 => Err(format!("expected a number from {LEAST} to {MOST}")),
        _ => Err(format!(
            "expected a number from {LEAST} to {}",
            HumanCount(MOST.into())
        )),
    }
}

/// Parses a text search, which needs at least one letter or digit.
pub fn words(text: &str) -> Result<String, String> {
    if text.chars().any(char::is_alphanumeric) {
        Ok(text.to_owned())
    } else {
        Err("no word to search for: a word has letters or digits".to_owned())
    }
}

/// Parses a UUID.
pub fn uuid(text: &str) -> Result<uuid::Uuid, String> {
    uuid::Uuid::try_parse(text)
        .map_err(|_| "expected a UUID such as 019cea80-8468-7d95-85e6-9c1966f2d9af".to_owned())
}

/// Parses a time, or a duration before now.
pub fn time(text: &str) -> Result<i64, String> {
    parse_time(text, now_ns()).map_err(|e| e.to_string())
}

/// Parses a duration and returns the time that long before now.
pub fn ago(text: &str) -> Result<i64, String> {
    parse_duration(text)
        .map(|ago| now_ns().saturating_sub(ago))
        .map_err(|e| e.to_string())
}

/// Parses a page's cursor.
pub fn cursor(text: &str) -> Result<Cursor, String> {
    Cursor::parse(text).map_err(|e| e.to_string())
}

/// Parses a severity: a number, a name, or a common abbreviation.
pub fn severity(text: &str) -> Result<i64, String> {
    let name = text.to_ascii_lowercase();
    let name = match name.as_str() {
        "debug" => "trace",
        "info" => "informational",
        "warn" => "warning",
        "err" => "error",
        "crit" => "critical",
        other => other,
    };
    if let Some(number) = SEVERITY_NAMES.iter().position(|known| *known == name) {
        return Ok(number as i64);
    }
    match text.parse() {
        Ok(number @ 0..=6) => Ok(number),
        _ => Err(format!(
            "expected 0 to 6, or one of {}",
            SEVERITY_NAMES.join(", ")
        )),
    }
}

/// Parses an entity id, or computes it from type and value.
pub fn entity(text: &str) -> Result<String, String> {
    let Some((kind, value)) = text.split_once(':') else {
        return match uuid::Uuid::try_parse(text) {
            Ok(id) => Ok(id.to_string()),
            Err(_) => Err("expected a UUID, or type:value such as ip:192.0.2.1".to_owned()),
        };
    };
    let types = EntityType::ALL.map(EntityType::name).join(", ");
    let kind = EntityType::from_name(kind).ok_or_else(|| format!("unknown entity type {kind:?}: {types}"))?;
    let id = entity_id(kind, value).ok_or_else(|| format!("{value:?} is not a valid {}", kind.name()))?;
    Ok(id.to_string())
}

/// Parses a size in bytes, which must not be zero. Units: B; K, M, G, T and KiB, MiB, ... (powers of 1024); kB, MB, ... (powers of
/// 1000). The unit is required, because a bare number is probably not meant as bytes.
pub fn size(text: &str) -> Result<u64, String> {
    let bad =
        || "expected a size with a unit: 500MiB, 2GiB, 1.5TB (B, KiB MiB GiB TiB, kB MB GB TB)".to_owned();
    let text = text.trim();
    let digits = text
        .bytes()
        .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
        .count();
    let unit = text[digits..].trim_start().to_ascii_lowercase();
    let (letter, base) = match unit.as_str() {
        "b" => ("", 1_u64),
        "k" | "m" | "g" | "t" => (unit.as_str(), 1024),
        "kib" | "mib" | "gib" | "tib" => (&unit[..1], 1024),
        "kb" | "mb" | "gb" | "tb" => (&unit[..1], 1000),
        _ => return Err(bad()),
    };
    let power = ["", "k", "m", "g", "t"]
        .iter()
        .position(|known| *known == letter)
        .unwrap_or_default() as u32;
    let number: f64 = text[..digits].parse().map_err(|_| bad())?;
    let bytes = number * base.pow(power) as f64;
    if bytes < 1.0 {
        return Err("the size must be greater than 0".to_owned());
    }
    if bytes < u64::MAX as f64 {
        Ok(bytes as u64)
    } else {
        Err(bad())
    }
}

/// Parses a time zone: a name such as Europe/Berlin, or an offset such as +02:00.
pub fn timezone(text: &str) -> Result<jiff::tz::TimeZone, String> {
    if let Some(zone) = offset(text) {
        return Ok(zone);
    }
    jiff::tz::TimeZone::get(text)
        .map_err(|_| format!("{text:?} is not a time zone such as Europe/Berlin, UTC or +02:00"))
}

fn offset(text: &str) -> Option<jiff::tz::TimeZone> {
    let sign = match text.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = text[1..].split_once(':').unwrap_or((&text[1..], "0"));
    let seconds =
        sign * (hours.parse::<i32>().ok()?.checked_mul(3600)? + minutes.parse::<u8>().ok()? as i32 * 60);
    jiff::tz::Offset::from_seconds(seconds)
        .ok()
        .map(|offset| offset.to_time_zone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_parsed() {
        for (text, bytes) in [
            ("12b", 12),
            ("2GiB", 2 << 30),
            ("1.5M", 3 << 19),
            ("10 kB", 10_000),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for bad in [
            "",
            "x",
            "-1",
            "1XB",
            "1e3",
            "99999999999TiB",
            ".",
            "0",
            "0B",
            "0MiB",
            "10",
            "1500000",
        ] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn severities_entities_and_offsets_are_parsed() {
        assert_eq!(severity("WARN"), Ok(3));
        assert_eq!(severity("6"), Ok(6));
        assert!(severity("7").is_err());
        let id = entity("ip:2001:db8::1").unwrap();
        assert_eq!(entity("ip:2001:DB8:0::1").unwrap(), id);
        assert_eq!(entity(&id.to_uppercase()).unwrap(), id);
        for bad in ["ip:web", "planet:mars", "root", "user:"] {
            assert!(entity(bad).is_err(), "{bad}");
        }
        for good in ["+02:00", "-5", "UTC", "Europe/Berlin"] {
            assert!(timezone(good).is_ok(), "{good}");
        }
        for bad in ["+99:00", "+", "Mars/Base"] {
            assert!(timezone(bad).is_err(), "{bad}");
        }
    }
}
