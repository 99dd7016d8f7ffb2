//! Loading of files into the store, shared by `ingest` and `import`, and the report.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use indicatif::{BinaryBytes, HumanCount};
use seerflow::codec::TIME_UNPARSED;
use seerflow::record::Control;
use seerflow::transfer::{BadRecord, Feed, FeedCounts, Format};
use seerflow::{Engine, WriteOptions};
use serde_json::json;

use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::input::{Source, is_stdin, name_of, total_size};
use crate::output::{Out, print_json};
use crate::progress::{self, Progress, Unit};
use crate::terminal::escape;

/// The most bad records reported.
const NAMED: usize = 10;

/// The files to load, and how.
pub struct Load<'l> {
    /// Files; `-` is standard input.
    pub files: &'l [PathBuf],
    /// A file that was already opened to detect its type: standard input, or the only file.
    pub opened: Cell<Option<Source>>,
    /// Options for each file.
    pub options: WriteOptions,
    /// Returns the format of an open file, or the reason why it is refused.
    pub format: &'l dyn Fn(&mut Source, &Path) -> Result<Format, String>,
    /// Print the report as JSON on standard output.
    pub json: bool,
}

/// The result of loading one file.
struct Loaded {
    name: String,
    format: Option<Format>,
    counts: FeedCounts,
    failure: Option<String>,
}

impl Load<'_> {
    /// Loads the files in order. A failed file does not stop the others.
    pub fn run(&self, context: &Context) -> Done {
        let is_stream = self.files.iter().any(|file| is_stdin(file));
        let engine = if is_stream {
            context.create_or_wait()?
        } else {
            context.create()?
        };
        let control = context.control();
        let started = Instant::now();
        let total = total_size(self.files.iter().map(PathBuf::as_path));
        let progress = Progress::new(Unit::Bytes, total, context.quiet);
        let mut loaded = Vec::new();
        for (number, file) in (1..).zip(self.files) {
            let of = match self.files.len() {
                1 => String::new(),
                all => format!("{number} of {all}: "),
            };
            let one = self.one((&of, file), &engine, context, &control, &progress);
            if let Some(failure) = &one.failure {
                progress::error(failure);
            }
            loaded.push(one);
            if context.interrupt.is_raised() {
                break;
            }
        }
        drop(progress);
        let flushed = engine.flush(&context.last_control());
        let elapsed = started.elapsed();
        let report = Report::new(&engine, &loaded, elapsed, self.options.durable);
        report.name_bad(context, &loaded);
        let lost = engine.close(&context.last_control())?;
        if self.json {
            print_json(&mut Out::new(), &report.json(&loaded))?;
        } else if loaded
            .iter()
            .any(|one| one.failure.is_none() || one.counts.bytes > 0)
        {
            context.note(report.text(context));
        }
        if lost > 0 {
            progress::error(&format!("{lost} accepted events could not be stored"));
        }
        if context.interrupt.is_raised() {
            return Err(Failure::Interrupted);
        }
        flushed?;
        if report.rejected > 0 || lost > 0 || loaded.iter().any(|one| one.failure.is_some()) {
            Err(Failure::Said(1))
        } else {
            Ok(())
        }
    }

    fn one(
        &self,
        (of, path): (&str, &Path),
        engine: &Engine,
        context: &Context,
        control: &Control,
        progress: &Progress,
    ) -> Loaded {
        let mut loaded = Loaded {
            name: name_of(path),
            format: None,
            counts: FeedCounts::default(),
            failure: None,
        };
        let short = path
            .file_name()
            .map_or_else(|| loaded.name.clone(), |name| name.to_string_lossy().into_owned());
        progress.bar().set_message(format!("{of}{}", escape(&short)));
        // Already opened to detect its type.
        let opened = if is_stdin(path) || self.files.len() == 1 {
            self.opened.take()
        } else {
            None
        };
        let opened = match opened {
            Some(source) => Ok(source),
            None => Source::open(path, progress.bar(), &context.interrupt),
        };
        let mut source = match opened {
            Ok(source) => source,
            Err(failure) => {
                loaded.failure = Some(said(failure));
                return loaded;
            }
        };
        let format = match (self.format)(&mut source, path) {
            Ok(format) => format,
            Err(reason) => {
                loaded.failure = Some(reason);
                return loaded;
            }
        };
        loaded.format = Some(format);
        let options = WriteOptions {
            batch_key: self.options.batch_key.as_deref().map(|key| key_of(key, path)),
            file_name: self.file_name(format, path),
            ..self.options.clone()
        };
        let mut feed = Feed::new(engine, format, options, control).live(source.live);
        let done = feed.run(source.reader(), &mut |_| {});
        loaded.counts = feed.counts;
        loaded.failure = done
            .err()
            .map(|error| said(Failure::from(error).within(&loaded.name)));
        loaded
    }
}

impl Load<'_> {
    /// Returns the `source_id` of log lines without a host, if there are several files.
    pub fn file_name(&self, format: Format, path: &Path) -> Option<String> {
        let is_one_of_several = self.files.len() > 1 && format == Format::Lines && !is_stdin(path);
        let name = path.file_name().filter(|_| is_one_of_several)?;
        Some(name.to_string_lossy().into_owned())
    }
}

/// Returns the batch key of a file: the same file name gives the same key, regardless of the other files.
fn key_of(key: &[u8], path: &Path) -> Vec<u8> {
    [key, path.as_os_str().as_encoded_bytes()].join(&0)
}

pub fn said(failure: Failure) -> String {
    match failure {
        Failure::Error(text) | Failure::Damaged(text) => text,
        _ => "interrupted".to_owned(),
    }
}

/// The totals over all files.
struct Report {
    accepted: u64,
    stored: u64,
    duplicates: u64,
    rejected: u64,
    /// Events whose time is given and not understood.
    unparsed_times: u64,
    bytes: u64,
    elapsed: Duration,
    durable: bool,
    durability: &'static str,
}

impl Report {
    fn new(engine: &Engine, loaded: &[Loaded], elapsed: Duration, durable: bool) -> Self {
        // The handle serves this command only, hence its counters are those of the files.
        let stats = engine.stats();
        let counts = |count: fn(&FeedCounts) -> u64| loaded.iter().map(|one| count(&one.counts)).sum::<u64>();
        Self {
            accepted: stats.buffer.accepted - stats.buffer.withdrawn,
            stored: stats.buffer.committed,
            duplicates: stats.buffer.duplicates,
            rejected: stats.buffer.rejected + counts(|counts| counts.malformed),
            unparsed_times: stats.buffer.unparsed_times,
            bytes: counts(|counts| counts.bytes),
            elapsed,
            durable,
            durability: stats.durability.name(),
        }
    }

    fn per_second(&self) -> u64 {
        (self.accepted as f64 / self.elapsed.as_secs_f64().max(1e-9)) as u64
    }

    fn name_bad(&self, context: &Context, loaded: &[Loaded]) {
        let bad = loaded
            .iter()
            .flat_map(|one| one.counts.first_bad.iter().map(move |bad| (one, bad)));
        let named = bad
            .take(NAMED)
            .map(|(one, bad)| context.note(place(one, bad)))
            .count() as u64;
        if self.rejected > named {
            context.note(format!(
                "and {} more rejected records",
                HumanCount(self.rejected - named)
            ));
        }
    }

    fn text(&self, context: &Context) -> String {
        let mut text = format!("stored {} events", HumanCount(self.stored));
        if self.duplicates > 0 {
            text += &format!(", {} were stored before", HumanCount(self.duplicates));
        }
        if self.rejected > 0 {
            text += &format!(", {} rejected", HumanCount(self.rejected));
        }
        if self.unparsed_times > 0 {
            text += &format!(
                ", {} with the present as their time: the time that they state is not understood (attribute {TIME_UNPARSED})",
                HumanCount(self.unparsed_times)
            );
        }
        let seconds = self.elapsed.as_secs_f64();
        text += &format!(
            "; {} in {seconds:.2} s, {} events/s",
            BinaryBytes(self.bytes),
            HumanCount(self.per_second())
        );
        if self.durable && !context.interrupt.is_raised() {
            let survives = if self.durability == "power" {
                "loss of power"
            } else {
                "death of the process"
            };
            text += &format!(
                "; durable: they survive {survives} (storage.durability {})",
                self.durability
            );
        }
        text
    }

    fn json(&self, loaded: &[Loaded]) -> serde_json::Value {
        let files = loaded.iter().map(|one| {
            let bad = |bad: &BadRecord| json!({"place": bad.place, "reason": bad.reason});
            json!({
                "file": one.name,
                "format": one.format.map(Format::name),
                "accepted": one.counts.accepted,
                "rejected": one.counts.rejected + one.counts.malformed,
                "bytes": one.counts.bytes,
                "first_rejected": one.counts.first_bad.iter().map(bad).collect::<Vec<_>>(),
                "error": one.failure,
            })
        });
        json!({
            "accepted": self.accepted,
            "stored": self.stored,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
            "unparsed_times": self.unparsed_times,
            "bytes": self.bytes,
            "seconds": self.elapsed.as_secs_f64(),
            "events_per_second": self.per_second(),
            "durable": self.durable,
            "durability": self.durability,
            "files": files.collect::<Vec<_>>(),
        })
    }
}

fn place(one: &Loaded, bad: &BadRecord) -> String {
    let (name, place, reason) = (&one.name, bad.place, &bad.reason);
    match one.format {
        Some(Format::Msgpack | Format::Otlp | Format::OtlpJson | Format::Fluent) => {
            format!("{name}: record {place}: {reason}")
        }
        Some(Format::Csv) => format!("{name}: row {place}: {reason}"),
        _ => format!("{name}:{place}: {reason}"),
    }
}
