//! One write call: records of any format become batches, and batches go into the buffer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Engine, Input, WriteOptions};
use crate::buffer::Outcome;
use crate::codec::fluent::{FluentOptions, Pieces};
use crate::codec::frames::{Lines, Values};
use crate::codec::lines::LineOptions;
use crate::codec::otlp::JsonRequests;
use crate::codec::{BatchBuilder, bounded, json, lines, msgpack, otlp};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Event, WriteOutcome, now_ns};

/// A call's events go to the buffer in batches of this size, in events and in bytes.
const BATCH: (usize, usize) = (1024, 1 << 20);

/// A request or message that is larger than this, in events and bytes, is taken in parts.
const WHOLE: (usize, usize) = (1 << 18, 64 << 20);

/// How long a write waits at least for the database to be opened.
const OPENING: Duration = Duration::from_secs(1);

impl Engine {
    /// Writes records through the buffer.
    ///
    /// Returns when all are accepted, or, durable, when all are committed. With a deadline that passes while the queue is
    /// full, it returns what was accepted until then, `consumed` telling how far it came: bytes of the input, or records
    /// for [`Input::Events`]. An empty line is no record.
    ///
    /// # Errors
    /// [`Again`](ErrorKind::Again) when nothing could be accepted before the deadline; [`Timeout`](ErrorKind::Timeout) when
    /// what was accepted was not committed before it, for a durable write: it stays in the queue. Send it again with the
    /// same batch key to be sure without storing it twice.
    ///
    /// The first call opens the database, and waits up to a second for that even if its deadline is nearer.
    pub fn write(&self, input: Input<'_>, options: WriteOptions, control: &Control) -> Result<WriteOutcome> {
        let mut written = WriteOutcome::default();
        self.write_into(input, options, control, &mut written)?;
        Ok(written)
    }

    /// Does what [`write`](Self::write) does, and tells in `written` what was taken even where a durable write then fails.
    pub fn write_into(
        &self,
        input: Input<'_>,
        mut options: WriteOptions,
        control: &Control,
        written: &mut WriteOutcome,
    ) -> Result<()> {
        self.ready()?;
        self.start_for_write(control)?;
        #[cfg(feature = "fault-injection")]
        assert!(self.panic != "write", "debug.panic");
        // A deadline bounds the waiting for room, of which there may be no need: 0 is not to wait.
        Control {
            deadline: None,
            ..control.clone()
        }
        .check()?;
        let outcome = Outcome::new(options.on_committed.take());
        let call = Call {
            engine: self,
            options: &options,
            control,
            outcome: &outcome,
        };
        let taken = call.run(input);
        outcome.seal();
        let ticket;
        (*written, ticket) = taken?;
        if options.urgent {
            self.buffer.hasten(ticket);
        }
        if options.durable {
            self.buffer.wait(ticket, &outcome, control)?;
            written.duplicates = outcome.duplicates();
            let refused = outcome.take_refused();
            written.accepted -= refused.len() as u64;
            written.rejected.extend(refused);
            written.rejected.sort_by_key(|one| one.index);
            written.durability = Some(self.store.durability());
        }
        Ok(())
    }

    /// Opens the database for a write, which accepts nothing before.
    fn start_for_write(&self, control: &Control) -> Result<()> {
        let control = Control {
            deadline: control
                .deadline
                .map(|deadline| deadline.max(Instant::now() + OPENING)),
            interrupt: control.interrupt.clone(),
        };
        self.store
            .check_writable(&control)
            .map_err(|error| match error.kind() {
                ErrorKind::Timeout => Error::new(ErrorKind::Again, error.to_string()),
                _ => error,
            })
    }
}

/// One write call on its way.
struct Call<'c> {
    engine: &'c Engine,
    options: &'c WriteOptions,
    control: &'c Control,
    outcome: &'c Arc<Outcome>,
}

impl Call<'_> {
    /// Writes the input. Returns what became of it and the last ticket.
    fn run(&self, input: Input<'_>) -> Result<(WriteOutcome, u64)> {
        let mut pour = Pour::new(self, input.format());
        self.feed(input, &mut pour)?;
        pour.finish()
    }

    /// Hands on records one by one, and tells where the input may be cut. Ends early when there is no more room.
    fn feed(&self, input: Input<'_>, pour: &mut Pour<'_>) -> Result<()> {
        let longest = self.engine.limits.event_bytes;
        let WriteOptions {
            complete,
            source_type,
            source_id,
            ..
        } = self.options;
        match input {
            Input::Events(events) => {
                for (event, position) in events.zip(1..) {
                    pour.record(event, &[])?;
                    if !pour.cut(position)? {
                        break;
                    }
                }
            }
            Input::Msgpack(bytes) => {
                for frame in Values::new(bytes, *complete, longest) {
                    let event = bounded("record", frame.payload.len(), longest)
                        .and_then(|()| msgpack::decode_event(frame.payload));
                    pour.record(event, frame.payload)?;
                    if !pour.cut(frame.end)? {
                        break;
                    }
                }
            }
            Input::Ndjson(bytes) => self.feed_lines(bytes, pour, json::decode_event)?,
            Input::Lines(bytes) => {
                let now = now_ns();
                let line_options = LineOptions {
                    source_type: source_type.clone(),
                    source_id: source_id.clone(),
                    timezone: self.options.timezone.clone().unwrap_or(jiff::tz::TimeZone::UTC),
                    now_ns: now,
                    reference_ns: self.options.reference_ns.unwrap_or(now),
                    keep_raw: self.options.keep_raw,
                };
                self.feed_lines(bytes, pour, |line| Ok(lines::parse_line(line, &line_options)))?;
            }
            Input::Otlp(bytes) => {
                let source_type = source_type.as_deref().unwrap_or(otlp::SOURCE_TYPE);
                for (event, record) in otlp::records(bytes, source_type, longest) {
                    pour.record(event, record)?;
                }
                pour.cut(bytes.len())?;
            }
            Input::OtlpJson(bytes) => {
                let source_type = source_type.as_deref().unwrap_or(otlp::SOURCE_TYPE);
                for request in JsonRequests::new(bytes, *complete) {
                    for (event, record) in otlp::json_records(&request, source_type, longest) {
                        pour.record(event, record)?;
                    }
                    if !pour.cut(request.end)? {
                        break;
                    }
                }
            }
            Input::Fluent(bytes) => {
                let options = FluentOptions {
                    source_type: source_type.as_deref(),
                    longest,
                };
                for piece in Pieces::new(bytes, *complete, longest) {
                    piece.each(options, &mut |event, record| pour.record(event, record))?;
                    if !pour.cut(piece.end)? {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    fn feed_lines<'i>(
        &self,
        bytes: &'i [u8],
        pour: &mut Pour<'_>,
        decode: impl Fn(&'i [u8]) -> Result<Event<'i>>,
    ) -> Result<()> {
        let longest = self.engine.limits.event_bytes;
        for frame in Lines::new(bytes, self.options.complete, longest) {
            if !frame.payload.is_empty() {
                // Earlier calls may have skipped the line's first bytes, so that nobody knows its length.
                let event = if frame.payload.len() > longest {
                    let reason = format!("the line is longer than {longest} bytes");
                    Err(Error::new(ErrorKind::Limit, reason))
                } else {
                    decode(frame.payload)
                };
                pour.record(event, frame.payload)?;
            }
            if !pour.cut(frame.end)? {
                break;
            }
        }
        Ok(())
    }

    fn with_defaults<'e>(&self, mut event: Event<'e>) -> Event<'e> {
        if let Some(source_type) = &self.options.source_type
            && event.source_type.is_empty()
        {
            event.source_type = source_type.clone().into();
        }
        if let Some(source_id) = &self.options.source_id
            && event.source_id.is_empty()
        {
            event.source_id = source_id.clone().into();
        }
        event
    }
}

/// Makes batches of a call's records and puts them into the buffer.
struct Pour<'c> {
    call: &'c Call<'c>,
    builder: BatchBuilder,
    written: WriteOutcome,
    ticket: u64,
    /// The next record's.
    index: u64,
    /// Where the input may be cut: what stands before is in the builder or in the buffer.
    end: usize,
    /// There was no room, but earlier batches of the call had some: the call ends where they did.
    is_full: bool,
}

impl<'c> Pour<'c> {
    fn new(call: &'c Call<'c>, format: &'static str) -> Self {
        let key = call.options.batch_key.as_deref();
        Self {
            call,
            builder: BatchBuilder::new(format, call.engine.limits, key, now_ns())
                .deriving(call.engine.derive)
                .as_they_were(call.options.as_they_were),
            written: WriteOutcome::default(),
            ticket: 0,
            index: call.options.first_index,
            end: 0,
            is_full: false,
        }
    }

    /// Takes a record and the bytes that it came as.
    fn record(&mut self, event: Result<Event<'_>>, bytes: &[u8]) -> Result<()> {
        if self.is_full {
            return Ok(());
        }
        let event = event.map(|event| self.call.with_defaults(event));
        self.builder.push(self.index, event, bytes);
        self.index += 1;
        self.hand_over_from(WHOLE)
    }

    /// Says that the input may be cut at `end`. Answers whether there is room for more.
    fn cut(&mut self, end: usize) -> Result<bool> {
        if !self.is_full {
            self.end = end;
            self.hand_over_from(BATCH)?;
        }
        Ok(!self.is_full)
    }

    fn finish(mut self) -> Result<(WriteOutcome, u64)> {
        self.hand_over_from((1, 0))?;
        if !self.is_full {
            self.written.consumed = self.end;
        }
        Ok((self.written, self.ticket))
    }

    /// Puts what the builder has into the buffer, if it has that many events or that many bytes.
    fn hand_over_from(&mut self, (records, bytes): (usize, usize)) -> Result<()> {
        let (pending, size) = self.builder.pending();
        let is_due = pending >= records || size >= bytes;
        if pending == 0 || !is_due {
            return Ok(());
        }
        let batch = self.builder.take();
        let rejections = self.builder.rejections();
        let accepted = batch.rows.len() as u64;
        match self
            .call
            .engine
            .buffer
            .submit(batch, self.tracked(), self.call.control)
        {
            Ok(ticket) => {
                self.ticket = ticket;
                self.written.accepted += accepted;
                self.written.rejected.extend(rejections);
                self.written.consumed = self.end;
                Ok(())
            }
            // What was accepted before must be known to the caller; the next call answers the error.
            Err(_) if self.written.consumed > 0 => {
                self.is_full = true;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Returns the outcome only where somebody looks at it: untracked small writes can be joined.
    fn tracked(&self) -> Option<&Arc<Outcome>> {
        let call = self.call;
        (call.options.durable || call.outcome.is_watched()).then_some(call.outcome)
    }
}
