//! Options that several commands share, and how the values of options are read.

use clap::ValueEnum;
use indicatif::HumanCount;
use seerflow::record::{
    Cursor, EntityType, EventQuery, MAX_PAGE, Order, SEVERITY_NAMES, Total, Window, entity_id,
    format_rfc3339, now_ns, parse_duration, parse_time,
};

use crate::failure::Failure;

/// Up to how many events `--total capped` counts.
pub const TOTAL_CAP: u64 = 10_000;

/// Which events.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Filters")]
pub struct Filters {
    /// Events of the last 24h, 7d, 90m; or since a time, today, yesterday
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "from")]
    pub since: Option<i64>,
    /// Events at this time or later: 2026-03-14, 2026-03-14T01:00:00Z, today, yesterday, 24h (before now), @1773460800
    /// (seconds since 1970), or nanoseconds since 1970
    #[arg(long, value_name = "TIME", value_parser = time, allow_negative_numbers = true)]
    pub from: Option<i64>,
    /// Events at this time or earlier; a date is its midnight (UTC)
    #[arg(long, value_name = "TIME", value_parser = time, allow_negative_numbers = true)]
    pub to: Option<i64>,
    /// Events of this source_type, such as sshd
    #[arg(long, value_name = "TYPE")]
    pub source: Option<String>,
    /// Events of this source_id, usually a host
    #[arg(long, value_name = "ID")]
    pub source_id: Option<String>,
    /// Events of this severity or a higher one: 0 to 6, or trace, informational, notice, warning, error, critical, fatal
    #[arg(long, value_name = "LEVEL", value_parser = severity)]
    pub severity: Option<i64>,
    /// Events of this template
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub template: Option<i64>,
    /// Events about this entity: its UUID, or type:value such as ip:192.0.2.1, user:root, host:web-1
    #[arg(long, value_name = "ENTITY", value_parser = entity)]
    pub entity: Option<String>,
    /// Events whose message has all these words; "quoted words" stand side by side
    #[arg(long, value_name = "WORDS", value_parser = words)]
    pub text: Option<String>,
}

impl Filters {
    /// Makes the query that asks for these events.
    ///
    /// # Errors
    /// Those of [`window`].
    pub fn query(&self) -> Result<EventQuery, Failure> {
        Ok(EventQuery {
            window: window(self.since.or(self.from), self.to)?,
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

/// A stretch of time.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Filters")]
pub struct Span {
    /// The last 24h, 7d, 90m; or since a time, today, yesterday
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "from")]
    since: Option<i64>,
    /// This time or later: 2026-03-14, 2026-03-14T01:00:00Z, today, yesterday, 24h (before now), @1773460800 (seconds since
    /// 1970), or nanoseconds since 1970
    #[arg(long, value_name = "TIME", value_parser = time, allow_negative_numbers = true)]
    from: Option<i64>,
    /// Before this time, which is excluded; a date is its midnight (UTC)
    #[arg(long, value_name = "TIME", value_parser = time, allow_negative_numbers = true)]
    to: Option<i64>,
}

impl Span {
    /// Returns the window; all of time if no bound was given.
    ///
    /// # Errors
    /// Those of [`window`].
    pub fn window(self) -> Result<Window, Failure> {
        window(self.since.or(self.from), self.to)
    }
}

/// Makes a window of its bounds.
///
/// # Errors
/// A mistake of the command line if no time is in the window.
fn window(from: Option<i64>, to: Option<i64>) -> Result<Window, Failure> {
    let all = Window::default();
    let window = Window {
        from_ns: from.unwrap_or(all.from_ns),
        to_ns: to.unwrap_or(all.to_ns),
    };
    if window.is_empty() {
        return Err(Failure::Usage(format!(
            "no time is at {} or later and before {}: --to must be later than --from or --since",
            format_rfc3339(window.from_ns),
            format_rfc3339(window.to_ns)
        )));
    }
    Ok(window)
}

/// How many events, in which order, from where on.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Paging")]
pub struct Paging {
    /// Events at the most
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100, value_parser = number::<1, MAX_PAGE>)]
    pub limit: u32,
    /// Go on behind this place, where another page ended; a place is one in any order
    #[arg(long, value_name = "CURSOR", value_parser = cursor, conflicts_with = "page")]
    pub cursor: Option<Cursor>,
    /// Skip to this page, from 1; a cursor costs less
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = number::<1, { u32::MAX }>)]
    pub page: u32,
    /// The order of events
    #[arg(long, value_enum, default_value_t = OrderArg::Newest)]
    pub order: OrderArg,
    /// Count all events that match: not, up to 10,000, or exactly
    #[arg(long, value_enum, default_value_t = TotalArg::None)]
    pub total: TotalArg,
}

impl Paging {
    /// Asks a query for this page.
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
    /// As they arrived in the store
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

/// Reads a number between two bounds, and names them where it is none.
pub fn number<const LEAST: u32, const MOST: u32>(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(number) if (LEAST..=MOST).contains(&number) => Ok(number),
        _ if MOST == u32::MAX => Err(format!("a number is wanted, {LEAST} or more")),
        // Years have no commas.
        _ if MOST < 10_000 => Err(format!("a number from {LEAST} to {MOST} is wanted")),
        _ => Err(format!(
            "a number from {LEAST} to {} is wanted",
            HumanCount(MOST.into())
        )),
    }
}

/// Reads what to search for: without a letter or a digit there is no word that could be found.
pub fn words(text: &str) -> Result<String, String> {
    if text.chars().any(char::is_alphanumeric) {
        Ok(text.to_owned())
    } else {
        Err("there is no word in it: words have letters or digits".to_owned())
    }
}

/// Reads a UUID.
pub fn uuid(text: &str) -> Result<uuid::Uuid, String> {
    uuid::Uuid::try_parse(text)
        .map_err(|_| "a UUID is wanted, such as 019cea80-8468-7d95-85e6-9c1966f2d9af".to_owned())
}

/// Reads a time, or a duration before now.
pub fn time(text: &str) -> Result<i64, String> {
    parse_time(text, now_ns()).map_err(|e| e.to_string())
}

/// Reads a duration, and answers the time that long ago.
pub fn ago(text: &str) -> Result<i64, String> {
    parse_duration(text)
        .map(|ago| now_ns().saturating_sub(ago))
        .map_err(|e| e.to_string())
}

/// Reads a page's cursor.
pub fn cursor(text: &str) -> Result<Cursor, String> {
    Cursor::parse(text).map_err(|e| e.to_string())
}

/// Reads a severity by number or by name, the usual short names included.
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
            "0 to 6 is wanted, or one of {}",
            SEVERITY_NAMES.join(", ")
        )),
    }
}

/// Reads an entity's id, or computes it from its type and value.
pub fn entity(text: &str) -> Result<String, String> {
    let Some((kind, value)) = text.split_once(':') else {
        return match uuid::Uuid::try_parse(text) {
            Ok(id) => Ok(id.to_string()),
            Err(_) => Err("a UUID is wanted, or type:value such as ip:192.0.2.1".to_owned()),
        };
    };
    let types = EntityType::ALL.map(EntityType::name).join(", ");
    let kind =
        EntityType::from_name(kind).ok_or_else(|| format!("{kind:?} is no type of entity: {types}"))?;
    let id = entity_id(kind, value).ok_or_else(|| format!("{value:?} is no {}", kind.name()))?;
    Ok(id.to_string())
}

/// Reads a size in bytes, not zero: a number with B, with K, M, G or T, KiB and so on (of 1024), or with kB, MB and so on (of
/// 1000). A number without a unit is none: 10 is hardly meant as ten bytes.
pub fn size(text: &str) -> Result<u64, String> {
    let bad = || {
        "a size is wanted, a number with a unit: 500MiB, 2GiB, 1.5TB (B, KiB MiB GiB TiB, kB MB GB TB)"
            .to_owned()
    };
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
        return Err("nothing fits into no space".to_owned());
    }
    if bytes < u64::MAX as f64 {
        Ok(bytes as u64)
    } else {
        Err(bad())
    }
}

/// Reads a time zone: a name such as Europe/Berlin, or an offset such as +02:00.
pub fn timezone(text: &str) -> Result<jiff::tz::TimeZone, String> {
    if let Some(zone) = offset(text) {
        return Ok(zone);
    }
    jiff::tz::TimeZone::get(text)
        .map_err(|_| format!("{text:?} is no time zone such as Europe/Berlin, UTC or +02:00"))
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
    fn sizes() {
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
    fn severities_entities_and_offsets() {
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
