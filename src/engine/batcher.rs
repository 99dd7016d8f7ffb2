//! Collects the records of one write call into batches and submits them to the buffer.

use super::call::Call;
use crate::buffer::Mark;
use crate::codec::BatchBuilder;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Event, WriteOutcome, now_ns};

/// A batch is submitted when it has this many events or bytes.
const BATCH: (usize, usize) = (1024, 1 << 20);

/// A request or message larger than this, in events or bytes, or larger than the queue, is submitted in parts.
const INDIVISIBLE: (usize, usize) = (1 << 18, 64 << 20);

/// Builds batches from a call's records and submits them to the buffer.
pub(super) struct Batcher<'c> {
    call: &'c Call<'c>,
    builder: BatchBuilder,
    written: WriteOutcome,
    ticket: u64,
    /// The position of the first record in the builder.
    from: Mark,
    /// The index of the next record.
    index: u64,
    /// The last record boundary: everything before it is in the builder or in the buffer.
    end: usize,
    /// True if the queue had room for earlier batches of the call only; the call ends after these.
    is_full: bool,
    /// True if the queue had room for a part of a request only.
    is_partial: bool,
}

impl<'c> Batcher<'c> {
    pub(super) fn new(call: &'c Call<'c>, format: &'static str) -> Self {
        let key = call.options.batch_key.as_deref();
        let index = call.options.first_index;
        Self {
            call,
            builder: BatchBuilder::new(format, call.engine.limits, key, now_ns())
                .deriving(call.engine.derive)
                .verbatim(call.options.verbatim),
            written: WriteOutcome::default(),
            ticket: 0,
            from: Mark {
                index,
                ..Mark::default()
            },
            index,
            end: 0,
            is_full: false,
            is_partial: false,
        }
    }

    /// Returns the ticket of the last batch.
    pub(super) fn ticket(&self) -> u64 {
        self.ticket
    }

    /// Returns true if sending the same input again stores none of its events twice.
    pub(super) fn is_repeatable(&self) -> bool {
        self.builder.is_repeatable()
    }

    /// Adds a record, together with its original bytes.
    pub(super) fn record(&mut self, event: &mut Result<Event<'_>>, bytes: &[u8]) -> Result<()> {
        if self.is_full {
            return Ok(());
        }
        if let Ok(event) = event {
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
        let message = event.as_ref().map_or(0, |event| event.message.len());
        if let Err(error) = self.builder.reserve(bytes.len().max(message)) {
            return self.end_without_memory(error);
        }
        self.builder.push(self.index, event, bytes);
        self.index += 1;
        let (events, bytes) = INDIVISIBLE;
        let bytes = bytes.min(self.call.engine.buffer.queue_bytes());
        self.submit_pending((events, bytes), true)
    }

    /// Marks `end` as a boundary at which the input may be cut. Returns false if the queue is full.
    pub(super) fn boundary(&mut self, end: usize) -> Result<bool> {
        if !self.is_full {
            self.end = end;
            self.submit_pending(BATCH, false)?;
        }
        Ok(!self.is_full)
    }

    pub(super) fn finish(&mut self) -> Result<()> {
        self.submit_pending((1, 0), false)?;
        if !self.is_full {
            self.written.consumed = self.end;
        }
        Ok(())
    }

    /// Submits the pending events if there are at least `records` of them, or `bytes` bytes. `is_inside` is true if more of the same
    /// request follows.
    fn submit_pending(&mut self, (records, bytes): (usize, usize), is_inside: bool) -> Result<()> {
        let (pending, size) = self.builder.pending();
        let is_due = pending >= records || size >= bytes;
        if pending == 0 || !is_due {
            return Ok(());
        }
        let batch = self.builder.take();
        let rejections = self.builder.rejections();
        let accepted = batch.rows.len() as u64;
        let unparsed_times = batch.unparsed_times;
        let Call {
            engine,
            options,
            control,
            outcome,
            ..
        } = *self.call;
        // Only batches whose outcome is needed are tracked; others may be merged in the queue.
        let is_followed = options.durable || outcome.is_watched() || is_inside || self.from.is_inside;
        let follower = is_followed.then_some((outcome, self.from));
        match engine.buffer.submit(batch, follower, control) {
            Ok(ticket) => {
                self.ticket = ticket;
                self.written.accepted += accepted;
                self.written.unparsed_times += unparsed_times;
                self.written.rejected.extend(rejections);
                self.written.consumed = self.end;
                self.from = Mark {
                    consumed: self.end,
                    index: self.index,
                    unkeyed: self.written.unkeyed,
                    unparsed_times: self.written.unparsed_times,
                    is_inside,
                };
                Ok(())
            }
            Err(error) => self.end_after_accepted(error),
        }
    }

    /// Ends the call at a record that there is no memory for. The records that the buffer does not have yet are not accepted.
    #[cold]
    #[inline(never)]
    fn end_without_memory(&mut self, error: Error) -> Result<()> {
        drop((self.builder.take(), self.builder.rejections()));
        self.end_after_accepted(error)
    }

    /// Ends the call after its earlier batches, whose counts it returns; the error is returned by the caller's next call.
    fn end_after_accepted(&mut self, error: Error) -> Result<()> {
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
        self.written.unparsed_times = end.unparsed_times;
        self.is_partial = end.is_inside;
        self.is_full = !self.is_partial && end.consumed > 0;
        match error.kind() {
            _ if self.is_full => Ok(()),
            ErrorKind::Again if self.is_partial => Err(Error::new(
                ErrorKind::Timeout,
                format!("only a part of the request was accepted: {error}"),
            )),
            _ => Err(error),
        }
    }

    /// Returns the counts, and whether events after `consumed` may still be stored.
    pub(super) fn outcome(self) -> (WriteOutcome, bool) {
        let (call, mut written) = (self.call, self.written);
        let mut tally = call.outcome.take_tally();
        let mut is_partial = self.is_partial;
        if let Some(end) = tally.end {
            written.consumed = end.consumed;
            written.unkeyed = end.unkeyed;
            written.unparsed_times = end.unparsed_times;
            written.rejected.retain(|one| one.index < end.index);
            is_partial |= end.is_inside;
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
        let is_open = is_partial || written.queued + tally.lost > 0;
        (written, is_open)
    }
}
