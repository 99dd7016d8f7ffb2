//! Lines whose values have no names: a line before them, or the device's manual, names the columns.
//!
//! W3C extended logs (IIS, CloudFront, the Windows firewall) and Zeek name their columns in a `#Fields:` line. The
//! firewalls of Palo Alto send CSV.

use std::borrow::Cow;

use super::keyed::{MAX_KEYS, typed};
use super::structured::take_parameters;
use super::web;
use super::{Line, LineOptions, Severity};
use crate::codec::model::Scale;
use crate::codec::scan::split_at_byte;
use crate::codec::time;
use crate::record::Value;

/// The starts of lines that describe a log: W3C extended logs, then Zeek.
#[rustfmt::skip]
const DIRECTIVES: [&str; 17] = [
    "#Fields:", "#Software:", "#Version:", "#Date:", "#Start-Date:", "#End-Date:", "#Time Format:", "#Remark:",
    "#fields\t", "#separator ", "#set_separator\t", "#empty_field\t", "#unset_field\t", "#path\t", "#open\t",
    "#close\t", "#types\t",
];

/// The longest name of a column. Each line gets a copy of the names.
const LONGEST_NAME: usize = 64;

/// Returns whether a line describes the log and is not a record.
pub(crate) fn is_directive(line: &[u8]) -> bool {
    line.starts_with(b"#") && DIRECTIVES.iter().any(|start| line.starts_with(start.as_bytes()))
}

/// Returns the names of the columns of the lines that follow, if a line states them.
pub(crate) fn column_names(line: &[u8]) -> Option<Vec<String>> {
    let names = line
        .strip_prefix(b"#Fields:")
        .or_else(|| line.strip_prefix(b"#fields\t"))?;
    let names = std::str::from_utf8(names).ok()?.split_ascii_whitespace();
    let is_short = |name: &&str| name.len() <= LONGEST_NAME;
    Some(
        names
            .take(MAX_KEYS)
            .take_while(is_short)
            .map(str::to_owned)
            .collect(),
    )
}

/// Returns the names that the last such line of some lines states.
pub(crate) fn last_column_names(lines: &[u8]) -> Option<Vec<String>> {
    let is_start = |at: &usize| *at == 0 || lines[at - 1] == b'\n';
    let mut starts = memchr::memrchr_iter(b'#', lines).filter(is_start);
    starts.find_map(|at| column_names(lines[at..].split(|byte| *byte == b'\n').next()?))
}

/// Reads a line of values in the columns that `options` names. Tabs separate the values, or spaces.
///
/// A hyphen stands for an absent value.
#[inline(never)]
pub(super) fn named<'a>(line: &mut Line<'a>, text: &'a str, options: &'a LineOptions) -> Option<()> {
    let names = &options.columns;
    if names.len() < 3 {
        return None;
    }
    let separator = if text.contains('\t') { '\t' } else { ' ' };
    if text.split(separator).count() != names.len() {
        return None;
    }
    for (name, value) in names.iter().zip(text.split(separator)) {
        if name == "sc-status" {
            line.facts.severity = value.parse().ok().and_then(web::severity_of_status);
        }
        if !matches!(value, "-" | "" | "(empty)") {
            line.attributes.push((name.as_str().into(), typed(value.into())));
        }
    }
    line.set_message(text);
    line.by_name = true;
    Some(())
}

/// Palo Alto's log types, each with its columns from the fourth up to the last that is read. A hyphen is not used.
const PALO_ALTO: [&str; 6] = [
    "TRAFFIC subtype - time_generated src dst natsrc natdst rule srcuser dstuser app vsys from to inbound_if outbound_if \
     logset - sessionid repeatcnt sport dport natsport natdport flags proto action bytes bytes_sent bytes_received packets \
     start elapsed category",
    "THREAT subtype - time_generated src dst natsrc natdst rule srcuser dstuser app vsys from to inbound_if outbound_if \
     logset - sessionid repeatcnt sport dport natsport natdport flags proto action misc threatid category severity direction",
    "SYSTEM subtype - time_generated vsys eventid object - - module severity opaque",
    "CONFIG subtype - time_generated client_ip vsys cmd username client result path",
    "USERID subtype - time_generated vsys ip user datasourcename eventid repeatcnt timeout beginport endport datasource",
    "GLOBALPROTECT subtype - time_generated vsys eventid stage auth_method tunnel_type srcuser srcregion shost public_ip \
     public_ipv6 private_ip private_ipv6",
];

/// Reads Palo Alto's `1,2026/03/14 01:02:03,0123,TRAFFIC,end,...`.
#[inline(never)]
pub(super) fn palo_alto<'a>(line: &mut Line<'a>, text: &'a str, options: &LineOptions) -> Option<()> {
    let mut cells = Cells(Some(text.strip_prefix("1,")?));
    let (received, _, kind) = (cells.next()?, cells.next()?, cells.next()?);
    let columns = PALO_ALTO
        .iter()
        .find_map(|columns| columns.strip_prefix(kind.as_ref())?.strip_prefix(' '))?;
    line.facts.time = line
        .facts
        .time
        .or_else(|| time::of_text(&received, options.clock()));
    let first = line.attributes.len();
    line.push("panos.type", Value::Str(kind));
    for (name, value) in columns.split(' ').zip(cells) {
        if name == "severity" {
            line.facts.severity = Severity::of_text(&value, Scale::Level);
        }
        if !matches!(value.as_ref(), "" | "0.0.0.0") && name != "-" {
            line.attributes
                .push((format!("panos.{name}").into(), typed(value)));
        }
    }
    take_parameters(&mut line.facts, &line.attributes[first..]);
    Some(())
}

/// The cells of a line of CSV. Quotes around a cell are removed.
struct Cells<'a>(Option<&'a str>);

impl<'a> Iterator for Cells<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Cow<'a, str>> {
        let text = self.0?;
        let (cell, rest) = match text.strip_prefix('"') {
            Some(inner) => {
                let mut quotes = memchr::memchr_iter(b'"', inner.as_bytes());
                let is_escaped = |at: usize| inner[at + 1..].starts_with('"');
                let mut end = quotes.next()?;
                while is_escaped(end) {
                    quotes.next();
                    end = quotes.next()?;
                }
                (unescaped(&inner[..end]), inner[end + 1..].strip_prefix(','))
            }
            None => match split_at_byte(text, b',') {
                Some((cell, rest)) => (cell.into(), Some(rest)),
                None => (text.into(), None),
            },
        };
        self.0 = rest;
        Some(cell)
    }
}

/// Replaces each pair of quotes with one.
fn unescaped(cell: &str) -> Cow<'_, str> {
    if cell.contains('"') {
        cell.replace("\"\"", "\"").into()
    } else {
        cell.into()
    }
}
