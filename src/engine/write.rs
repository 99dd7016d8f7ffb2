//! The write call: decodes records of any format and submits them to the buffer in batches.

use std::time::{Duration, Instant};

use super::batcher::Batcher;
use super::call::Call;
use super::{Engine, Input, WriteOptions};
use crate::buffer::Outcome;
use crate::codec::fluent::{FluentOptions, Pieces};
use crate::codec::frames::{Records, Values};
use crate::codec::json::Documents;
use crate::codec::lines::LineOptions;
use crate::codec::otlp::JsonRequests;
use crate::codec::{Bundle, bounded, complete_input, json, lines, list_of_records, msgpack, otlp};
use crate::error::{Error, ErrorKind, Result};
use crate::memory;
use crate::record::{Control, Event, WriteOutcome, now_ns};

/// The shortest time that a write waits for the database to open, even if its deadline is earlier.
const OPEN_WAIT: Duration = Duration::from_secs(1);

/// Records of up to this many bytes are decoded without checking that there is memory.
const SMALL: usize = 64 << 10;

impl Engine {
    /// Writes records through the buffer.
    ///
    /// Returns when all records are accepted or, for a durable write, committed. If the deadline passes while the queue is full,
    /// the call returns the counts so far; `consumed` tells how many bytes of the input (records, for [`Input::Events`]) were used.
    /// Empty lines are skipped.
    ///
    /// # Errors
    /// [`Again`](ErrorKind::Again) if nothing could be accepted before the deadline. [`Timeout`](ErrorKind::Timeout) if a durable
    /// write was not committed before the deadline: accepted events stay in the queue unless the call
    /// [withdraws](WriteOptions::withdraw) them. The error is [retriable](Error::is_retriable) if writing the input again from
    /// `consumed` stores no event twice: either none of the call's events is left in the queue, or each gets the same id again.
    ///
    /// The first call opens the database and waits at least a second for it. A call that withdraws waits up to half a second after
    /// its deadline for a transaction that has claimed some of its events.
    pub fn write(&self, input: Input<'_>, options: WriteOptions, control: &Control) -> Result<WriteOutcome> {
        let mut written = WriteOutcome::default();
        self.write_into(input, options, control, &mut written)?;
        Ok(written)
    }

    /// Writes as [`write`](Self::write) does; fills in `written` even if the call fails.
    pub fn write_into(
        &self,
        input: Input<'_>,
        mut options: WriteOptions,
        control: &Control,
        written: &mut WriteOutcome,
    ) -> Result<()> {
        if options.withdraw && !options.durable {
            return Err(Error::invalid("withdraw: only a durable write can withdraw"));
        }
        self.ensure_usable()?;
        self.start_for_write(control)?;
        #[cfg(feature = "fault-injection")]
        assert!(self.panic != "write", "debug.panic");
        // The deadline bounds waiting for room. Even with a deadline of 0 the call accepts events if there is room.
        Control {
            deadline: None,
            ..control.clone()
        }
        .check()?;
        let outcome = Outcome::new(options.on_committed.take());
        let call = Call {
            engine: self,
            options: &options,
            key_field: options
                .record_key_field
                .as_deref()
                .or(input.key_field())
                .filter(|name| !name.is_empty()),
            control,
            outcome: &outcome,
        };
        let mut batcher = Batcher::new(&call, input.format());
        let taken = call.feed(input, &mut batcher).and_then(|()| batcher.finish());
        outcome.seal();
        let ticket = batcher.ticket();
        let done = taken.and_then(|()| {
            if options.urgent {
                self.buffer.expedite(ticket);
            }
            match (options.durable, options.withdraw) {
                (true, true) => self.buffer.wait_or_withdraw(ticket, &outcome, control),
                (true, false) => self.buffer.wait(ticket, &outcome, control),
                (false, _) => Ok(()),
            }
        });
        let is_repeatable = batcher.is_repeatable();
        let is_open;
        (*written, is_open) = batcher.outcome();
        done.map_err(|error| {
            let passes = error.is_retriable() || error.kind() == ErrorKind::Interrupted;
            error.retriable(passes && (is_repeatable || !is_open))
        })
    }

    /// Opens the database for a write. Nothing is accepted before it is open.
    pub(super) fn start_for_write(&self, control: &Control) -> Result<()> {
        let control = Control {
            deadline: control
                .deadline
                .map(|deadline| deadline.max(Instant::now() + OPEN_WAIT)),
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

/// Refuses a line that is too long. Earlier calls may have skipped the start of the line, hence its length is unknown.
fn within(longest: usize, line: &[u8]) -> Result<()> {
    if line.len() <= longest {
        return Ok(());
    }
    let reason = format!("the line is longer than {longest} bytes");
    Err(Error::new(ErrorKind::Limit, reason))
}

/// Passes on a record that the host could not convert.
fn reject(input: &Input<'_>, reason: &str, batcher: &mut Batcher<'_>) -> Result<()> {
    let Some(record) = input.bytes() else {
        return Err(Error::invalid(
            "reject_reason: only a record that is given as bytes can be rejected",
        ));
    };
    batcher.record(&mut Err(Error::invalid(reason)), record)?;
    batcher.boundary(record.len()).map(drop)
}

/// Passes on a record, or each record of a document that is a list of records.
fn record<'a>(
    event: &mut Result<Event<'a>>,
    bytes: &[u8],
    options: &'a LineOptions,
    batcher: &mut Batcher<'_>,
) -> Result<()> {
    match event {
        Ok(event)
            if let Some(place) = list_of_records(event)
                && !options.verbatim =>
        {
            let bundle = Bundle::new(std::mem::take(event), place, bytes.len());
            records_of(bundle, options, batcher)
        }
        event => batcher.record(event, bytes),
    }
}

#[inline(never)]
fn records_of<'a>(mut bundle: Bundle<'a>, options: &'a LineOptions, batcher: &mut Batcher<'_>) -> Result<()> {
    while let Some(event) = bundle.next(options) {
        // A rejected one is kept as msgpack, not as the bytes of the whole document.
        batcher.record(&mut Ok(event), &[])?;
    }
    Ok(())
}

impl Call<'_> {
    /// Decodes the input and passes on each record and record boundary. Ends early if the queue is full.
    ///
    /// Each format has its own function to limit stack use: the frame of a call holds one decoder, not all of them.
    fn feed(&self, input: Input<'_>, batcher: &mut Batcher<'_>) -> Result<()> {
        if let Some(reason) = &self.options.reject_reason {
            return reject(&input, reason, batcher);
        }
        // Decoding a record takes a few times its bytes. Large records may exceed the memory, small ones hardly do.
        let longest = input.bytes().map_or(0, <[u8]>::len).min(self.longest());
        if longest > SMALL {
            memory::probe(4 * longest)?;
        }
        match input {
            Input::Events(events) => self.feed_events(events, batcher),
            Input::Msgpack(bytes) => self.feed_msgpack(bytes, batcher),
            Input::Ndjson(bytes) => self.feed_json(bytes, batcher),
            Input::Lines(bytes) => self.feed_text(bytes, batcher),
            Input::Otlp(bytes) => self.feed_otlp(bytes, batcher),
            Input::OtlpJson(bytes) => self.feed_otlp_json(bytes, batcher),
            Input::Fluent(bytes) => self.feed_fluent(bytes, batcher),
        }
    }

    #[inline(never)]
    fn feed_events<'i>(
        &self,
        events: impl Iterator<Item = Result<Event<'i>>>,
        batcher: &mut Batcher<'_>,
    ) -> Result<()> {
        for (mut event, position) in events.zip(1..) {
            if let (Ok(event), false) = (&mut event, self.options.verbatim) {
                complete_input(event);
            }
            batcher.record(&mut event, &[])?;
            if !batcher.boundary(position)? {
                break;
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn feed_msgpack(&self, bytes: &[u8], batcher: &mut Batcher<'_>) -> Result<()> {
        let longest = self.longest();
        let options = self.reading(false);
        for frame in Values::new(bytes, self.options.complete, longest) {
            let mut event = bounded("record", frame.payload.len(), longest)
                .and_then(|()| msgpack::read_event(frame.payload, &options));
            record(&mut event, frame.payload, &options, batcher)?;
            if !batcher.boundary(frame.end)? {
                break;
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn feed_json(&self, bytes: &[u8], batcher: &mut Batcher<'_>) -> Result<()> {
        let options = self.reading(false);
        let longest = self.longest();
        for frame in Documents::new(bytes, self.options.complete, longest) {
            let payload = frame.payload;
            if !payload.is_empty() {
                let mut event = within(longest, payload).and_then(|()| json::read_event(payload, &options));
                match &mut event {
                    Err(_) if let Some(objects) = Documents::within(payload) => {
                        for object in objects {
                            event = json::read_event(object, &options);
                            record(&mut event, object, &options, batcher)?;
                        }
                    }
                    event => record(event, payload, &options, batcher)?,
                }
            }
            if !batcher.boundary(frame.end)? {
                break;
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn feed_text(&self, bytes: &[u8], batcher: &mut Batcher<'_>) -> Result<()> {
        let mut options = self.reading(true);
        options.columns.clone_from(&self.options.columns);
        let longest = self.longest();
        for record in Records::new(bytes, self.options.complete, longest, &self.options.multiline) {
            if let Some(columns) = lines::column_names(&record.payload) {
                options.columns = columns;
            }
            if !record.payload.is_empty() && !lines::is_directive(&record.payload) {
                let mut event =
                    within(longest, &record.payload).map(|()| lines::parse_line(&record.payload, &options));
                batcher.record(&mut event, &record.payload)?;
            }
            if let Some(end) = record.end
                && !batcher.boundary(end)?
            {
                break;
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn feed_otlp(&self, bytes: &[u8], batcher: &mut Batcher<'_>) -> Result<()> {
        let options = self.reading(false);
        let longest = self.engine.limits.wrapped_bytes();
        otlp::each(bytes, &options, longest, &mut |event, record| {
            batcher.record(event, record)
        })?;
        batcher.boundary(bytes.len()).map(drop)
    }

    #[inline(never)]
    fn feed_otlp_json(&self, bytes: &[u8], batcher: &mut Batcher<'_>) -> Result<()> {
        let options = self.reading(false);
        let longest = self.engine.limits.wrapped_bytes();
        for request in JsonRequests::new(bytes, self.options.complete) {
            otlp::each_of_json(&request, &options, longest, &mut |event, record| {
                batcher.record(event, record)
            })?;
            if !batcher.boundary(request.end)? {
                break;
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn feed_fluent(&self, bytes: &[u8], batcher: &mut Batcher<'_>) -> Result<()> {
        let records = self.reading(true);
        let options = FluentOptions {
            records: &records,
            longest: self.longest(),
        };
        for piece in Pieces::new(bytes, self.options.complete, options.longest) {
            piece.each(options, &mut |event, record| batcher.record(event, record))?;
            if !batcher.boundary(piece.end)? {
                break;
            }
        }
        Ok(())
    }

    /// Returns how the call's records are read. `parse` is whether their messages are, unless the call says so.
    fn reading(&self, parse: bool) -> LineOptions {
        let now = now_ns();
        LineOptions {
            source_type: self.options.source_type.clone(),
            source_id: self.options.source_id.clone(),
            timezone: self.options.timezone.clone().unwrap_or(jiff::tz::TimeZone::UTC),
            now_ns: now,
            reference_ns: self.options.reference_ns.unwrap_or(now),
            keep_raw: self.options.keep_raw,
            parse: self.options.parse.unwrap_or(parse),
            verbatim: self.options.verbatim,
            columns: Vec::new(),
        }
    }

    fn longest(&self) -> usize {
        self.engine.limits.event_bytes
    }
}
