//! The command `seerflow ingest`: stores log files and streams.

use std::cell::Cell;
use std::path::PathBuf;

use clap::ValueEnum;
use jiff::tz::TimeZone;
use seerflow::WriteOptions;
use seerflow::codec::frames::Multiline;
use seerflow::transfer::Format;

use crate::args;
use crate::context::Context;
use crate::dry_run;
use crate::failure::Done;
use crate::input::name_of;
use crate::load::Load;

/// Store log files and streams
#[derive(clap::Args)]
#[command(after_help = "\
Files may be compressed with gzip, Zstandard or xz, and may be UTF-16. Records that cannot be stored become dead letters and are \
reported as FILE:LINE with the reason; the others are stored. If several files are given, lines without a host get the name of their \
file as source_id. Edges of the entity graph and statistics of templates are derived from the events, unless storage.infer_edges and \
storage.track_templates are false. The exit code is 1 if a record was rejected or a file could not be read to its end.

Examples:
  seerflow ingest --dry-run /var/log/app.log
  seerflow ingest --multiline app.log
  seerflow ingest /var/log/auth.log /var/log/nginx/access.log.*.gz
  journalctl -f -o short-iso | seerflow ingest --durable -
  seerflow ingest --format ndjson --source-type zeek conn.log
  seerflow ingest --year 2005 --timezone America/New_York old/messages
  seerflow ingest --batch-key 2026-03-14 app.ndjson")]
pub struct Args {
    /// The format of the input
    #[arg(long, value_enum, default_value_t = FormatArg::Auto)]
    format: FormatArg,
    /// The source_type of events without one; for lines, of every event
    #[arg(long, value_name = "TYPE")]
    source_type: Option<String>,
    /// The source_id of events without one; for lines, of every event
    #[arg(long, value_name = "ID")]
    source_id: Option<String>,
    /// Commit each chunk before the next one is read
    #[arg(long)]
    durable: bool,
    /// Derive the ids of events from this key, the file's name and their position in it: if the same file is ingested again, only
    /// records added at its end are stored
    #[arg(long, value_name = "KEY")]
    batch_key: Option<String>,
    /// Derive the id of each event from its attribute of this name, which must be unique to the record (such as `uuid` or `RCPTID`):
    /// a record that is in several files is stored once
    #[arg(long, value_name = "NAME")]
    record_key: Option<String>,
    /// The time zone of times without an offset: Europe/Berlin, +02:00 [default: UTC]
    #[arg(long, value_name = "TZ", value_parser = args::timezone)]
    timezone: Option<TimeZone>,
    /// The year of times without a year, as in syslog files (Mar 14 01:02:03) [default: the latest year that does not put the
    /// time in the future]
    #[arg(long, value_name = "YEAR", conflicts_with = "reference_time", value_parser = args::number::<1678, 2261>)]
    year: Option<u32>,
    /// Choose the year of times without a year such that they are at most a year before this time [default: now]
    #[arg(long, value_name = "TIME", value_parser = args::time)]
    reference_time: Option<i64>,
    /// Join the lines of stack traces to the line before them. With a pattern, join all lines up to the next one that begins with the
    /// pattern: `#` is a digit, `?` any character, `@` a time
    #[arg(long, value_name = "PATTERN", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    multiline: Option<String>,
    /// Read messages that are records themselves: JSON objects, log lines, key=value pairs
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ParseArg::Auto)]
    parse: ParseArg,
    /// Store nothing; show a table of the events of each file's first megabyte
    #[arg(long)]
    dry_run: bool,
    /// Store each complete log line in raw_event
    #[arg(long)]
    keep_raw: bool,
    /// Print the counts as JSON on standard output
    #[arg(long)]
    json: bool,
    /// Files, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum FormatArg {
    /// By the end of the name (.ndjson, .jsonl, .json, .msgpack, .fluent), else by the first bytes
    Auto,
    /// Log lines: syslog, web servers, applications
    Lines,
    /// One JSON object a line
    Ndjson,
    /// msgpack maps
    Msgpack,
    /// An OpenTelemetry logs request, as protobuf
    Otlp,
    /// OpenTelemetry logs requests in JSON, as the collector's file exporter writes them
    OtlpJson,
    /// Fluent Forward records and messages, as Fluent Bit and Fluentd send them
    Fluent,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum ParseArg {
    /// For log lines and Fluent: the JSON object, log line or pairs in a message become the event's fields
    Auto,
    /// For every format
    Always,
    /// For none
    Never,
}

/// Runs the command.
pub fn run(args: Args, context: &Context) -> Done {
    let chosen = match args.format {
        FormatArg::Auto => None,
        FormatArg::Lines => Some(Format::Lines),
        FormatArg::Ndjson => Some(Format::Ndjson),
        FormatArg::Msgpack => Some(Format::Msgpack),
        FormatArg::Otlp => Some(Format::Otlp),
        FormatArg::OtlpJson => Some(Format::OtlpJson),
        FormatArg::Fluent => Some(Format::Fluent),
    };
    let load = Load {
        files: &args.files,
        opened: Cell::new(None),
        options: WriteOptions {
            durable: args.durable,
            batch_key: args.batch_key.map(String::into_bytes),
            record_key_field: args.record_key,
            source_type: args.source_type,
            source_id: args.source_id,
            reference_ns: args.reference_time.or(args
                .year
                .and_then(|year| end_of_year(year, args.timezone.as_ref()))),
            timezone: args.timezone,
            parse: match args.parse {
                ParseArg::Auto => None,
                ParseArg::Always => Some(true),
                ParseArg::Never => Some(false),
            },
            keep_raw: args.keep_raw,
            multiline: match args.multiline {
                None => Multiline::Off,
                Some(pattern) if pattern.is_empty() => Multiline::StackTraces,
                Some(pattern) => Multiline::Unless(pattern),
            },
            ..WriteOptions::default()
        },
        format: &|source, path| {
            if source.is_dump() {
                return Err(format!(
                    "{}: a file of `export all` is for `import`",
                    name_of(path)
                ));
            }
            let format = chosen.unwrap_or_else(|| match source.format(path) {
                // Read CSV as lines: it is another program's table. Tables of events are for `import`.
                Format::Csv => Format::Lines,
                format => format,
            });
            match source.refusal(format) {
                Some(kind) => Err(format!("{}: {kind}, not {}", name_of(path), format.name())),
                None => Ok(format),
            }
        },
        json: args.json,
    };
    if args.dry_run {
        dry_run::run(&load, context)
    } else {
        load.run(context)
    }
}

/// Returns a reference time that gives all times without a year this year.
fn end_of_year(year: u32, zone: Option<&TimeZone>) -> Option<i64> {
    let next = jiff::civil::Date::new(i16::try_from(year).ok()? + 1, 1, 1).ok()?;
    let end = zone
        .unwrap_or(&TimeZone::UTC)
        .to_zoned_datetime(next.into())
        .ok()?
        .timestamp();
    let day = 86_400 * seerflow::record::NANOS_PER_SECOND;
    i64::try_from(end.as_nanosecond()).ok()?.checked_sub(day + 1)
}
