//! The command `seerflow ingest --dry-run`: shows the first events of each file as a table.
//!
//! The events are stored in a temporary database, which is removed afterwards.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use seerflow::codec::{TIME_UNPARSED, msgpack};
use seerflow::record::{Event, EventQuery, Order, Value, now_ns};
use seerflow::transfer::{Feed, FeedCounts};
use seerflow::{Config, Engine, WriteOptions};

use crate::context::Context;
use crate::events::{seconds, severity_cell};
use crate::failure::{Done, Failure};
use crate::input::{Source, name_of};
use crate::load::Load;
use crate::loaded::said;
use crate::output::Out;
use crate::progress;
use crate::table::{Table, faint, plain};

/// The most bytes that are read from a file.
const READ: u64 = 1 << 20;

/// The most events that are shown.
const SHOWN: usize = 20;

/// The most events that are counted.
const COUNTED: u32 = 10_000;

/// A directory that is removed when the value is dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Shows the first events of each file.
pub fn run(load: &Load<'_>, context: &Context) -> Done {
    let mut failed = false;
    for (number, file) in load.files.iter().enumerate() {
        if let Err(failure) = show(load, file, number, context) {
            progress::error(&said(failure));
            failed = true;
        }
    }
    if failed { Err(Failure::Said(1)) } else { Ok(()) }
}

fn show(load: &Load<'_>, path: &Path, number: usize, context: &Context) -> Done {
    let name = name_of(path);
    let bar = indicatif::ProgressBar::hidden();
    let mut source = Source::open(path, &bar, &context.interrupt)?;
    let format = (load.format)(&mut source, path).map_err(Failure::Error)?;
    let folder =
        Folder(std::env::temp_dir().join(format!("seerflow-dry-run-{}-{number}", std::process::id())));
    let mut config = Config::new();
    config.set(
        "storage.sqlite_path",
        &folder.0.join("events.db").to_string_lossy(),
    )?;
    let engine = Engine::open(&config, context.logger())?;
    let options = WriteOptions {
        file_name: load.file_name(format, path),
        ..load.options.clone()
    };
    let control = context.control();
    let started_ns = now_ns();
    let mut feed = Feed::new(&engine, format, options, &control);
    let done = feed.run(&mut source.reader().take(READ), &mut |_| {});
    let fed = std::mem::take(&mut feed.counts);
    engine.flush(&control)?;
    let query = EventQuery {
        limit: COUNTED,
        order: Order::Oldest,
        ..EventQuery::default()
    };
    let page = engine.query_events(&query, &control)?;
    let events: Vec<Event<'_>> = page
        .blobs()
        .filter_map(|blob| msgpack::decode_event(blob).ok())
        .collect();
    print(&events, started_ns)?;
    context.note(format!(
        "{name}: {}; {}",
        format.name(),
        summary(&events, &fed, started_ns)
    ));
    for bad in &fed.first_bad {
        context.note(format!("{name}:{}: {}", bad.place, bad.reason));
    }
    drop(events);
    engine.close(&control)?;
    done.map_err(|error| Failure::from(error).within(&name))
}

fn print(events: &[Event<'_>], started_ns: i64) -> Done {
    let mut table =
        Table::new(&["time", "severity", "host", "program", "entities", "message"]).uncut(&[0, 1]);
    for event in events.iter().take(SHOWN) {
        let time = match time_of(event, started_ns) {
            Time::Own => seconds(event.timestamp_ns.unwrap_or_default()),
            Time::Absent => "none".to_owned(),
            Time::Unparsed => "not understood".to_owned(),
        };
        table.row([
            faint(time),
            severity_cell(event.severity_id),
            plain(&event.source_id),
            plain(event.related_processes.join(" ")),
            plain(entities(event)),
            plain(&event.message),
        ]);
    }
    if !events.is_empty() {
        let mut out = Out::new();
        table.print(&mut out)?;
        out.flush()?;
    }
    Ok(())
}

/// The source of an event's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Time {
    Own,
    /// The record has no time: the event has the time at which the record was read.
    Absent,
    /// The record has a time that could not be parsed.
    Unparsed,
}

/// Returns the source of an event's time. A record without a time gets one at or after `started_ns`.
fn time_of(event: &Event<'_>, started_ns: i64) -> Time {
    if event.attributes.iter().any(|(key, _)| key == TIME_UNPARSED) {
        Time::Unparsed
    } else if event.timestamp_ns.is_none_or(|ns| ns >= started_ns) {
        Time::Absent
    } else {
        Time::Own
    }
}

fn entities(event: &Event<'_>) -> String {
    let lists = [
        ("user", &event.related_users),
        ("ip", &event.related_ips),
        ("host", &event.related_hosts),
        ("file", &event.related_files),
        ("domain", &event.related_domains),
    ];
    let named = |(kind, list): (&str, &Vec<_>)| {
        let each = |name: &std::borrow::Cow<'_, str>| format!("{kind}:{name}");
        list.iter().map(each).collect::<Vec<_>>()
    };
    lists.into_iter().flat_map(named).collect::<Vec<_>>().join(" ")
}

fn summary(events: &[Event<'_>], fed: &FeedCounts, started_ns: i64) -> String {
    let count = |kind| {
        events
            .iter()
            .filter(|event| time_of(event, started_ns) == kind)
            .count()
    };
    let mut text = format!("{} events", events.len());
    if fed.bytes >= READ {
        text += " in the first megabyte";
    }
    let (absent, unparsed) = (count(Time::Absent), count(Time::Unparsed));
    if absent > 0 {
        text += &format!(", {absent} without a time");
    }
    if unparsed > 0 {
        let example = events.iter().find_map(|event| {
            let (_, value) = event.attributes.iter().find(|(key, _)| key == TIME_UNPARSED)?;
            match value {
                Value::Str(text) => Some(text.to_string()),
                _ => None,
            }
        });
        text += &format!(
            ", {unparsed} whose time is not understood (such as {:?})",
            example.unwrap_or_default()
        );
    }
    if fed.rejected > 0 {
        text += &format!(", {} rejected", fed.rejected);
    }
    text
}
