//! Loading of files of events into the store, shared by `ingest` and `import`.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use indicatif::{BinaryBytes, HumanCount};
use seerflow::codec::TIME_UNPARSED;
use seerflow::record::Control;
use seerflow::transfer::{Feed, FeedCounts, Format};
use seerflow::{Engine, WriteOptions};
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::input::{Source, is_stdin, name_of, total_size};
use crate::loaded::{Loaded, Report, said};
use crate::output::{Out, print_json};
use crate::progress::{self, Progress, Unit};
use crate::terminal::escape;

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
        let is_begun = loaded
            .iter()
            .any(|one| one.failure.is_none() || one.counts.bytes > 0);
        let flushed = engine.flush(&context.last_control());
        let elapsed = started.elapsed();
        let done = EventReport::new(&engine, Report::new(loaded), elapsed, self.options.durable);
        done.report.note_bad(context);
        let lost = engine.close(&context.last_control())?;
        if self.json {
            print_json(&mut Out::new(), &done)?;
        } else if is_begun {
            context.note(done.text(context));
        }
        if lost > 0 {
            progress::error(&format!("{lost} accepted events could not be stored"));
        }
        if context.interrupt.is_raised() {
            return Err(Failure::Interrupted);
        }
        flushed?;
        if lost > 0 || done.report.has_failures() {
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

/// The report of files of events.
#[derive(Serialize)]
struct EventReport {
    /// Events whose time is given and not understood.
    unparsed_times: u64,
    seconds: f64,
    events_per_second: u64,
    durable: bool,
    durability: &'static str,
    #[serde(flatten)]
    report: Report,
}

impl EventReport {
    /// Replaces the counts of the files by those of the engine, which serves this command only.
    fn new(engine: &Engine, files: Report, elapsed: Duration, durable: bool) -> Self {
        let stats = engine.stats();
        let malformed: u64 = files.files.iter().map(|one| one.counts.malformed).sum();
        let report = Report {
            accepted: stats.buffer.accepted - stats.buffer.withdrawn,
            stored: stats.buffer.committed,
            duplicates: stats.buffer.duplicates,
            rejected: stats.buffer.rejected + malformed,
            ..files
        };
        let seconds = elapsed.as_secs_f64();
        Self {
            unparsed_times: stats.buffer.unparsed_times,
            seconds,
            events_per_second: (report.accepted as f64 / seconds.max(1e-9)) as u64,
            durable,
            durability: stats.durability.name(),
            report,
        }
    }

    fn text(&self, context: &Context) -> String {
        let mut text = self.report.text("events");
        if self.unparsed_times > 0 {
            text += &format!(
                ", {} with the present as their time: the time that they state is not understood (attribute {TIME_UNPARSED})",
                HumanCount(self.unparsed_times)
            );
        }
        text += &format!(
            "; {} in {:.2} s, {} events/s",
            BinaryBytes(self.report.bytes),
            self.seconds,
            HumanCount(self.events_per_second)
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
}
