//! Imports a stream of any length in chunks: an incomplete record at the end of a chunk is completed by the next.

use std::io::{self, Read};

use crate::codec::fluent::Pieces;
use crate::codec::frames::{Lines, Records, Values};
use crate::codec::lines;
use crate::codec::msgpack::value_len;
use crate::engine::{Engine, Input, WriteOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Rejection, WriteOutcome};

use super::format::Format;
use super::outcome::{BadRecord, FeedCounts};

/// Bytes to read and to pass to the engine at once.
const CHUNK: usize = 1 << 20;

/// The longest record accepted, in bytes. The length that a record states cannot be trusted.
const LONGEST_RECORD: usize = 256 << 20;

/// Rejections that a feed reports.
const REPORTED: usize = 10;

/// A stream that is being imported.
pub struct Feed<'e> {
    engine: &'e Engine,
    format: Format,
    /// The options of the next write: its first index and its columns follow from the records before `pending`.
    options: WriteOptions,
    control: &'e Control,
    is_live: bool,
    /// The counts so far; valid after an error as well.
    pub counts: FeedCounts,
    pending: Vec<u8>,
    /// Line ends before `pending`.
    lines: u64,
}

/// The reason for which reading stopped.
enum Stop {
    ChunkFull,
    End,
    Failed(io::Error),
}

impl<'e> Feed<'e> {
    /// Creates a feed; reads nothing.
    pub fn new(engine: &'e Engine, format: Format, options: WriteOptions, control: &'e Control) -> Self {
        Self {
            engine,
            format,
            options: WriteOptions {
                // After a failure the counts are those of the stored records.
                withdraw: options.durable,
                ..options
            },
            control,
            is_live: false,
            counts: FeedCounts::default(),
            pending: Vec::new(),
            lines: 0,
        }
    }

    /// Writes after each read instead of waiting for a full chunk, for a stream that arrives slowly.
    pub fn live(mut self, is_live: bool) -> Self {
        self.is_live = is_live;
        self
    }

    /// Reads the stream to its end and writes its records. On return they are accepted, or committed if the feed is durable.
    /// `progress` is called after each chunk.
    ///
    /// A bad record becomes a dead letter and does not end the feed.
    ///
    /// # Errors
    /// Those of reading, after the complete records before the error were written; those of [`Engine::write`];
    /// [`Invalid`](ErrorKind::Invalid) for msgpack and Fluent Forward if the end of a record cannot be found, because then the next
    /// record cannot be found either.
    pub fn run(&mut self, input: &mut dyn Read, progress: &mut dyn FnMut(&FeedCounts)) -> Result<()> {
        match self.format {
            Format::Csv | Format::SafeCsv => self.run_csv(input, progress),
            _ => self.run_records(input, progress),
        }
    }

    fn run_records(&mut self, input: &mut dyn Read, progress: &mut dyn FnMut(&FeedCounts)) -> Result<()> {
        loop {
            let stop = self.fill(input)?;
            // A protobuf request does not state its length: a file is one request.
            if self.format == Format::Otlp && matches!(stop, Stop::ChunkFull) {
                self.check_pending()?;
                continue;
            }
            self.write(matches!(stop, Stop::End))?;
            self.check_pending()?;
            progress(&self.counts);
            match stop {
                Stop::ChunkFull => {}
                Stop::End if self.pending.is_empty() => return Ok(()),
                // Happens only with a deadline: the queue was full.
                Stop::End => return Err(Error::new(ErrorKind::Again, "the queue is full")),
                Stop::Failed(error) => return Err(error.into()),
            }
        }
    }

    #[cfg(feature = "cli")]
    fn run_csv(&mut self, input: &mut dyn Read, progress: &mut dyn FnMut(&FeedCounts)) -> Result<()> {
        let mut lines = super::csv::ToNdjson::new(input, self.engine.max_event_bytes())?;
        let done = self.run_records(&mut lines, progress);
        self.counts.malformed = lines.malformed;
        std::mem::take(&mut lines.first_bad)
            .into_iter()
            .for_each(|bad| self.report(bad));
        self.counts.first_bad.sort_by_key(|bad| bad.place);
        done
    }

    #[cfg(not(feature = "cli"))]
    fn run_csv(&mut self, _: &mut dyn Read, _: &mut dyn FnMut(&FeedCounts)) -> Result<()> {
        Err(Error::new(ErrorKind::Unsupported, "this build does not read CSV"))
    }

    /// Reads more bytes and appends them to `pending`.
    fn fill(&mut self, input: &mut dyn Read) -> Result<Stop> {
        let start = self.pending.len();
        self.pending.resize(start + CHUNK, 0);
        let mut end = start;
        let stop = loop {
            if let Err(error) = self.control.check() {
                self.pending.truncate(end);
                return Err(error);
            }
            match input.read(&mut self.pending[end..]) {
                Ok(0) => break Stop::End,
                Ok(length) => end += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => break Stop::Failed(error),
            }
            if self.is_live || end == self.pending.len() {
                break Stop::ChunkFull;
            }
        };
        self.pending.truncate(end);
        self.counts.bytes += (end - start) as u64;
        Ok(stop)
    }

    /// Refuses to wait for the end of a record that claims to be larger than `LONGEST_RECORD`.
    fn check_pending(&self) -> Result<()> {
        if !self.is_lines() && self.pending.len() > LONGEST_RECORD + CHUNK {
            let record = self.options.first_index + 1;
            let reason = format!("record {record} does not end within {LONGEST_RECORD} bytes");
            return Err(Error::new(ErrorKind::Limit, reason));
        }
        Ok(())
    }

    fn write(&mut self, complete: bool) -> Result<()> {
        self.options.complete = complete;
        let input = match self.format {
            Format::Lines => Input::Lines(&self.pending),
            Format::Msgpack => Input::Msgpack(&self.pending),
            Format::Ndjson | Format::Csv | Format::SafeCsv => Input::Ndjson(&self.pending),
            Format::Otlp => Input::Otlp(&self.pending),
            Format::OtlpJson => Input::OtlpJson(&self.pending),
            Format::Fluent => Input::Fluent(&self.pending),
        };
        let mut written = WriteOutcome::default();
        let options = self.options.clone();
        let done = self.engine.write_into(input, options, self.control, &mut written);
        self.counts.accepted += written.accepted;
        self.counts.duplicates += written.duplicates;
        self.counts.rejected += written.rejected.len() as u64;
        let used = &self.pending[..written.consumed];
        let is_lost = !written.rejected.is_empty() && ends_in_garbage(self.format, used);
        for bad in self.places(used, &written.rejected) {
            self.report(bad);
        }
        if self.format == Format::Lines
            && let Some(columns) = lines::last_column_names(&self.pending[..written.consumed])
        {
            self.options.columns = columns;
        }
        self.lines += memchr::memchr_iter(b'\n', &self.pending[..written.consumed]).count() as u64;
        self.options.first_index += written.accepted + written.rejected.len() as u64;
        self.pending.drain(..written.consumed);
        done?;
        if is_lost {
            let record = self.options.first_index;
            return Err(Error::invalid(format!(
                "cannot find the end of record {record}, nor the records after it"
            )));
        }
        Ok(())
    }

    /// Returns true if each record is a line.
    fn is_lines(&self) -> bool {
        matches!(self.format, Format::Lines | Format::Ndjson | Format::Csv)
    }

    /// Finds the line numbers of rejected records, which differ from record numbers because blank lines are not records.
    fn places(&self, used: &[u8], rejected: &[Rejection]) -> Vec<BadRecord> {
        if !self.is_lines() {
            return rejected
                .iter()
                .map(|r| BadRecord {
                    place: r.index + 1,
                    reason: r.reason.clone(),
                })
                .collect();
        }
        let mut bad = Vec::new();
        let mut rejected = rejected.iter().peekable();
        let (mut index, mut start, mut line) = (self.options.first_index, 0, self.lines + 1);
        let one_each: Box<dyn Iterator<Item = (bool, Option<usize>)>> = match self.format {
            Format::Lines => Box::new(Records::new(used, true, usize::MAX, &self.options.multiline).map(
                |record| {
                    (
                        record.payload.is_empty() || lines::is_directive(&record.payload),
                        record.end,
                    )
                },
            )),
            _ => Box::new(
                Lines::new(used, true, usize::MAX).map(|frame| (frame.payload.is_empty(), Some(frame.end))),
            ),
        };
        for (is_empty, end) in one_each {
            let Some(next) = rejected.peek().filter(|_| bad.len() < REPORTED) else {
                break;
            };
            if !is_empty {
                if next.index == index {
                    bad.push(BadRecord {
                        place: line,
                        reason: next.reason.clone(),
                    });
                    rejected.next();
                }
                index += 1;
            }
            if let Some(end) = end {
                line += memchr::memchr_iter(b'\n', &used[start..end]).count() as u64;
                start = end;
            }
        }
        bad
    }

    fn report(&mut self, bad: BadRecord) {
        if self.counts.first_bad.len() < REPORTED {
            self.counts.first_bad.push(bad);
        }
    }
}

/// Returns true if the engine could not find the end of the last record, hence took the rest of the input as one record.
fn ends_in_garbage(format: Format, used: &[u8]) -> bool {
    match format {
        Format::Msgpack => Values::new(used, true, usize::MAX).last().is_some_and(|frame| {
            let is_map = matches!(frame.payload.first(), Some(0x80..=0x8f | 0xde | 0xdf));
            !is_map || value_len(frame.payload).is_none()
        }),
        Format::Fluent => Pieces::new(used, true, usize::MAX)
            .last()
            .is_some_and(|piece| piece.is_garbage()),
        _ => false,
    }
}
