//! The command `seerflow ingest`: stores log files and streams.

use std::cell::Cell;
use std::path::PathBuf;

use clap::ValueEnum;
use jiff::tz::TimeZone;
use seerflow::codec::frames::Multiline;
use seerflow::transfer::{FeedOptions, Format};

use crate::args;
use crate::context::Context;
use crate::dry_run;
use crate::failure::Done;
use crate::input::name_of;
use crate::load::Load;

/// Store log files and streams
#[derive(clap::Args)]
#[command(after_help = "\
Files may be compressed with gzip, Zstandard or xz. What cannot be stored is kept as a dead letter and named \
(FILE:LINE and the reason); the rest is stored. The exit code is 1 when a record was rejected or a file could not be read to \
its end. Lines without a host get the name of their file as source_id if there are several files. UTF-16 is read as UTF-8.

Examples:
  seerflow ingest --dry-run /var/log/app.log
  seerflow ingest --multiline app.log
  seerflow ingest /var/log/auth.log /var/log/nginx/access.log.*.gz
  journalctl -f -o short-iso | seerflow ingest --durable -
  seerflow ingest --format ndjson --source-type zeek conn.log
  seerflow ingest --year 2005 --timezone America/New_York old/messages
  seerflow ingest --batch-key 2026-03-14 app.ndjson")]
pub struct Args {
    /// What the input is
    #[arg(long, value_enum, default_value_t = FormatArg::Auto)]
    format: FormatArg,
    /// source_type of events that do not say; of every event, for lines
    #[arg(long, value_name = "TYPE")]
    source_type: Option<String>,
    /// source_id of events that do not say; of every event, for lines
    #[arg(long, value_name = "ID")]
    source_id: Option<String>,
    /// Commit each chunk before the next one is read
    #[arg(long)]
    durable: bool,
    /// Derive the ids of events from this key, their file's name and their position, so that ingesting a file again stores
    /// only what is new at its end
    #[arg(long, value_name = "KEY")]
    batch_key: Option<String>,
    /// Derive the id of each event from its attribute of this name, which names the record alone (as `uuid`, `RCPTID`), so that a record
    /// that comes again, in whichever file, is stored once
    #[arg(long, value_name = "NAME")]
    record_key: Option<String>,
    /// Time zone of times without an offset: Europe/Berlin, +02:00 [default: UTC]
    #[arg(long, value_name = "TZ", value_parser = args::timezone)]
    timezone: Option<TimeZone>,
    /// The year of lines that do not say theirs (syslog as it stands in files: Mar 14 01:02:03) [default: the latest that is
    /// not in the future]
    #[arg(long, value_name = "YEAR", conflicts_with = "reference_time", value_parser = args::number::<1678, 2261>)]
    year: Option<u32>,
    /// When such lines were written, or up to a year later; from this their year is told [default: now]
    #[arg(long, value_name = "TIME", value_parser = args::time)]
    reference_time: Option<i64>,
    /// Join the lines of a record: those of stack traces; with a pattern, all lines until one that begins with it (`#` is a digit, `?`
    /// any character, `@` a time of a known shape)
    #[arg(long, value_name = "PATTERN", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    multiline: Option<String>,
    /// Store nothing, and show the events of the first megabyte of each file as a table
    #[arg(long)]
    dry_run: bool,
    /// Keep each log line whole in raw_event
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
    /// By the end of the name (.ndjson, .jsonl, .json, .msgpack), else by the first byte
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
        options: FeedOptions {
            durable: args.durable,
            batch_key: args.batch_key.map(String::into_bytes),
            record_key_field: args.record_key,
            source_type: args.source_type,
            source_id: args.source_id,
            reference_ns: args.reference_time.or(args
                .year
                .and_then(|year| end_of_year(year, args.timezone.as_ref()))),
            timezone: args.timezone,
            keep_raw: args.keep_raw,
            multiline: match args.multiline {
                None => Multiline::Off,
                Some(pattern) if pattern.is_empty() => Multiline::StackTraces,
                Some(pattern) => Multiline::Unless(pattern),
            },
            ..FeedOptions::new(Format::Lines)
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
