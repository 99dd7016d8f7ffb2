//! One write call: records of any format become batches, and batches go into the buffer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::pour::Pour;
use super::{Engine, Input, WriteOptions};
use crate::buffer::Outcome;
use crate::codec::fluent::{FluentOptions, Pieces};
use crate::codec::frames::{Lines, Values};
use crate::codec::lines::LineOptions;
use crate::codec::otlp::JsonRequests;
use crate::codec::{bounded, json, lines, msgpack, otlp};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Event, Value, WriteOutcome, id_of_attribute, now_ns};

/// How long a write waits at least for the database to be opened.
const OPENING: Duration = Duration::from_secs(1);

/// How long a call that withdraws waits for a transaction that holds some of its events.
const WITHDRAWING: Duration = Duration::from_millis(500);

impl Engine {
    /// Writes records through the buffer.
    ///
    /// Returns when all are accepted, or, durable, when all are committed. With a deadline that passes while the queue is
    /// full, it returns what was accepted until then, `consumed` telling how far it came: bytes of the input, or records
    /// for [`Input::Events`]. An empty line is no record.
    ///
    /// # Errors
    /// [`Again`](ErrorKind::Again) when nothing could be accepted before the deadline; [`Timeout`](ErrorKind::Timeout) when
    /// what was accepted was not committed before it, for a durable write: it stays in the queue, unless the call
    /// [withdraws](WriteOptions::withdraw) it. The error is [retriable](Error::is_retriable) if the same input can be written again
    /// from `consumed` on without storing an event twice: nothing of the call is left in the queue, or each of its events gets
    /// the same id again.
    ///
    /// The first call opens the database, and waits up to a second for that even if its deadline is nearer. A call that
    /// withdraws waits up to half a second after its deadline for a transaction that holds some of its events.
    pub fn write(&self, input: Input<'_>, options: WriteOptions, control: &Control) -> Result<WriteOutcome> {
        let mut written = WriteOutcome::default();
        self.write_into(input, options, control, &mut written)?;
        Ok(written)
    }

    /// Does what [`write`](Self::write) does, and tells in `written` what became of the events even if it fails.
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
            key_field: options
                .record_key_field
                .as_deref()
                .or(input.key_field())
                .filter(|name| !name.is_empty()),
            control,
            outcome: &outcome,
        };
        let mut pour = Pour::new(&call, input.format());
        let taken = call.feed(input, &mut pour).and_then(|()| pour.finish());
        outcome.seal();
        let ticket = pour.ticket();
        let done = taken.and_then(|()| {
            if options.urgent {
                self.buffer.hasten(ticket);
            }
            if options.durable {
                self.wait(ticket, &outcome, &options, control)?;
            }
            Ok(())
        });
        let is_repeatable = pour.is_repeatable();
        let is_open;
        (*written, is_open) = pour.outcome();
        done.map_err(|error| {
            let passes = error.is_retriable() || error.kind() == ErrorKind::Interrupted;
            error.retriable(passes && (is_repeatable || !is_open))
        })
    }

    /// Waits for the commit of a call.
    fn wait(&self, ticket: u64, outcome: &Outcome, options: &WriteOptions, control: &Control) -> Result<()> {
        match self.buffer.wait(ticket, outcome, control) {
            Err(error) if options.withdraw => {
                self.buffer.withdraw(outcome, &Control::within(WITHDRAWING));
                if outcome.is_committed() {
                    Ok(())
                } else {
                    Err(error)
                }
            }
            done => done,
        }
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
pub(super) struct Call<'c> {
    pub(super) engine: &'c Engine,
    pub(super) options: &'c WriteOptions,
    /// The attribute that is the record key.
    pub(super) key_field: Option<&'c str>,
    pub(super) control: &'c Control,
    pub(super) outcome: &'c Arc<Outcome>,
}

impl Call<'_> {
    /// Hands on records one by one, and tells where the input may be cut. Ends early when there is no more room.
    ///
    /// Each format has a function of its own, so that a call takes the stack of one decoder and not of all.
    fn feed(&self, input: Input<'_>, pour: &mut Pour<'_>) -> Result<()> {
        match input {
            Input::Events(events) => self.feed_events(events, pour),
            Input::Msgpack(bytes) => self.feed_msgpack(bytes, pour),
            Input::Ndjson(bytes) => self.feed_lines(bytes, pour, json::decode_event),
            Input::Lines(bytes) => self.feed_text(bytes, pour),
            Input::Otlp(bytes) => self.feed_otlp(bytes, pour),
            Input::OtlpJson(bytes) => self.feed_otlp_json(bytes, pour),
            Input::Fluent(bytes) => self.feed_fluent(bytes, pour),
        }
    }

    #[inline(never)]
    fn feed_events<'i>(
        &self,
        events: impl Iterator<Item = Result<Event<'i>>>,
        pour: &mut Pour<'_>,
    ) -> Result<()> {
        for (event, position) in events.zip(1..) {
            pour.record(event, &[])?;
            if !pour.cut(position)? {
                break;
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn feed_msgpack(&self, bytes: &[u8], pour: &mut Pour<'_>) -> Result<()> {
        let longest = self.longest();
        for frame in Values::new(bytes, self.options.complete, longest) {
            let event = bounded("record", frame.payload.len(), longest)
                .and_then(|()| msgpack::decode_event(frame.payload));
            pour.record(event, frame.payload)?;
            if !pour.cut(frame.end)? {
                break;
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn feed_text(&self, bytes: &[u8], pour: &mut Pour<'_>) -> Result<()> {
        let now = now_ns();
        let options = LineOptions {
            source_type: self.options.source_type.clone(),
            source_id: self.options.source_id.clone(),
            timezone: self.options.timezone.clone().unwrap_or(jiff::tz::TimeZone::UTC),
            now_ns: now,
            reference_ns: self.options.reference_ns.unwrap_or(now),
            keep_raw: self.options.keep_raw,
        };
        self.feed_lines(bytes, pour, |line| Ok(lines::parse_line(line, &options)))
    }

    #[inline(never)]
    fn feed_otlp(&self, bytes: &[u8], pour: &mut Pour<'_>) -> Result<()> {
        for (event, record) in otlp::records(bytes, self.service(), self.longest()) {
            pour.record(event, record)?;
        }
        pour.cut(bytes.len()).map(drop)
    }

    #[inline(never)]
    fn feed_otlp_json(&self, bytes: &[u8], pour: &mut Pour<'_>) -> Result<()> {
        for request in JsonRequests::new(bytes, self.options.complete) {
            for (event, record) in otlp::json_records(&request, self.service(), self.longest()) {
                pour.record(event, record)?;
            }
            if !pour.cut(request.end)? {
                break;
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn feed_fluent(&self, bytes: &[u8], pour: &mut Pour<'_>) -> Result<()> {
        let options = FluentOptions {
            source_type: self.options.source_type.as_deref(),
            longest: self.longest(),
        };
        for piece in Pieces::new(bytes, self.options.complete, options.longest) {
            piece.each(options, &mut |event, record| pour.record(event, record))?;
            if !pour.cut(piece.end)? {
                break;
            }
        }
        Ok(())
    }

    fn longest(&self) -> usize {
        self.engine.limits.event_bytes
    }

    /// Returns the `source_type` of OpenTelemetry's records that have no service name.
    fn service(&self) -> &str {
        self.options.source_type.as_deref().unwrap_or(otlp::SOURCE_TYPE)
    }

    #[inline(never)]
    fn feed_lines<'i>(
        &self,
        bytes: &'i [u8],
        pour: &mut Pour<'_>,
        decode: impl Fn(&'i [u8]) -> Result<Event<'i>>,
    ) -> Result<()> {
        let longest = self.longest();
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

    pub(super) fn set_defaults(&self, event: &mut Event<'_>) {
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
        if let Some(tag) = &self.options.tag
            && !event.attributes.iter().any(|(key, _)| key == "tag")
        {
            event
                .attributes
                .push(("tag".into(), Value::Str(tag.clone().into())));
        }
        if let (None, Some(name)) = (event.event_id, self.key_field) {
            event.event_id = id_of_attribute(&event.attributes, name);
        }
    }
}
