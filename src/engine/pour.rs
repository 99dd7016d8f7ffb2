//! The records of one write call on their way into the buffer, and how far they came.

use super::write::Call;
use crate::buffer::Mark;
use crate::codec::BatchBuilder;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Event, WriteOutcome, now_ns};

/// A call's events go to the buffer in batches of this size, in events and in bytes.
const BATCH: (usize, usize) = (1024, 1 << 20);

/// A request or message that is larger than this, in events and bytes, is taken in parts.
const WHOLE: (usize, usize) = (1 << 18, 64 << 20);

/// Makes batches of a call's records and puts them into the buffer.
pub(super) struct Pour<'c> {
    call: &'c Call<'c>,
    builder: BatchBuilder,
    written: WriteOutcome,
    ticket: u64,
    /// Where the records in the builder begin.
    from: Mark,
    /// The next record's.
    index: u64,
    /// Where the input may be cut: what stands before is in the builder or in the buffer.
    end: usize,
    /// There was no room, but earlier batches of the call had some: the call ends where they did.
    is_full: bool,
    /// A part of a request that is taken whole is in the buffer, and the rest of it had no room.
    is_torn: bool,
}

impl<'c> Pour<'c> {
    pub(super) fn new(call: &'c Call<'c>, format: &'static str) -> Self {
        let key = call.options.batch_key.as_deref();
        let index = call.options.first_index;
        Self {
            call,
            builder: BatchBuilder::new(format, call.engine.limits, key, now_ns())
                .deriving(call.engine.derive)
                .as_they_were(call.options.as_they_were),
            written: WriteOutcome::default(),
            ticket: 0,
            from: Mark {
                index,
                ..Mark::default()
            },
            index,
            end: 0,
            is_full: false,
            is_torn: false,
        }
    }

    /// Returns the ticket of the last batch.
    pub(super) fn ticket(&self) -> u64 {
        self.ticket
    }

    /// Returns whether sending the same input again stores none of its events twice.
    pub(super) fn is_repeatable(&self) -> bool {
        self.builder.is_repeatable()
    }

    /// Takes a record and the bytes that it came as.
    pub(super) fn record(&mut self, mut event: Result<Event<'_>>, bytes: &[u8]) -> Result<()> {
        if self.is_full {
            return Ok(());
        }
        if let Ok(event) = &mut event {
            self.call.set_defaults(event);
            let has_key = self
                .call
                .options
                .record_key_field
                .as_deref()
                .is_none_or(str::is_empty)
                || event.event_id.is_some();
            self.written.unkeyed += u64::from(!has_key);
        }
        self.builder.push(self.index, event, bytes);
        self.index += 1;
        self.hand_over_from(WHOLE, true)
    }

    /// Says that the input may be cut at `end`. Answers whether there is room for more.
    pub(super) fn cut(&mut self, end: usize) -> Result<bool> {
        if !self.is_full {
            self.end = end;
            self.hand_over_from(BATCH, false)?;
        }
        Ok(!self.is_full)
    }

    pub(super) fn finish(&mut self) -> Result<()> {
        self.hand_over_from((1, 0), false)?;
        if !self.is_full {
            self.written.consumed = self.end;
        }
        Ok(())
    }

    /// Puts what the builder has into the buffer, if it has that many events or that many bytes. `is_inside` tells whether more of the
    /// same request follows.
    fn hand_over_from(&mut self, (records, bytes): (usize, usize), is_inside: bool) -> Result<()> {
        let (pending, size) = self.builder.pending();
        let is_due = pending >= records || size >= bytes;
        if pending == 0 || !is_due {
            return Ok(());
        }
        let batch = self.builder.take();
        let rejections = self.builder.rejections();
        let accepted = batch.rows.len() as u64;
        let Call {
            engine,
            options,
            control,
            outcome,
            ..
        } = *self.call;
        // Only batches that somebody asks about are followed: others can be joined.
        let is_followed = options.durable || outcome.is_watched() || is_inside || self.from.is_inside;
        let follower = is_followed.then_some((outcome, self.from));
        match engine.buffer.submit(batch, follower, control) {
            Ok(ticket) => {
                self.ticket = ticket;
                self.written.accepted += accepted;
                self.written.rejected.extend(rejections);
                self.written.consumed = self.end;
                self.from = Mark {
                    consumed: self.end,
                    index: self.index,
                    unkeyed: self.written.unkeyed,
                    is_inside,
                };
                Ok(())
            }
            Err(error) => self.give_up(error),
        }
    }

    /// Ends the call where its earlier batches end: the caller must know what was accepted, and the next call answers the error.
    fn give_up(&mut self, error: Error) -> Result<()> {
        let mut end = self.from;
        if end.is_inside {
            end = self
                .call
                .engine
                .buffer
                .withdraw_request(self.call.outcome)
                .unwrap_or(end);
        }
        self.written.unkeyed = end.unkeyed;
        self.is_torn = end.is_inside;
        self.is_full = !self.is_torn && end.consumed > 0;
        match error.kind() {
            _ if self.is_full => Ok(()),
            ErrorKind::Again if self.is_torn => Err(Error::new(
                ErrorKind::Timeout,
                format!("a part of the request was taken: {error}"),
            )),
            _ => Err(error),
        }
    }

    /// Returns what became of the events, and whether more of them may be stored than stand before `consumed`.
    pub(super) fn outcome(self) -> (WriteOutcome, bool) {
        let (call, mut written) = (self.call, self.written);
        let mut tally = call.outcome.take_tally();
        let mut is_torn = self.is_torn;
        if let Some(end) = tally.end {
            written.consumed = end.consumed;
            written.unkeyed = end.unkeyed;
            written.rejected.retain(|one| one.index < end.index);
            is_torn |= end.is_inside;
        }
        written.withdrawn = tally.withdrawn;
        written.accepted -= tally.withdrawn;
        if call.options.durable {
            written.accepted -= tally.refused.len() as u64;
            written.committed = tally.committed;
            written.duplicates = tally.duplicates;
            written.queued = tally.queued;
            written.rejected.append(&mut tally.refused);
            written.rejected.sort_by_key(|one| one.index);
            written.durability = Some(call.engine.store.durability());
        } else {
            written.queued = written.accepted;
        }
        let is_open = is_torn || written.queued + tally.lost > 0;
        (written, is_open)
    }
}
