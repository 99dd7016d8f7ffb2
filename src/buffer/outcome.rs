//! The outcome of one write call.

use std::sync::Arc;

use crate::codec::Batch;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Rejection;
use crate::sync::Mutex;

/// A callback for the end of a call, called once on a worker's thread with the number of duplicates or the error.
pub type DoneFn = Arc<dyn Fn(Result<u64>) + Send + Sync>;

/// The outcome of one write call, which may consist of several batches.
pub struct Outcome(Mutex<Known>);

struct Known {
    parts: Vec<Part>,
    /// The call has submitted all its batches.
    sealed: bool,
    refused: Vec<Rejection>,
    done: Option<DoneFn>,
}

/// The position in a call's input where a batch begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Where the caller resumes to send the batch again: in bytes, or in events of an array.
    pub consumed: usize,
    /// The index of the batch's first record.
    pub index: u64,
    /// Preceding events that lack the requested record key.
    pub unkeyed: u64,
    /// Events before it whose time was given and not understood.
    pub unparsed_times: u64,
    /// The batch begins inside a request that is accepted as a whole, after `consumed`.
    pub is_inside: bool,
}

/// One batch of the call.
struct Part {
    before: Mark,
    counts: Counts,
    fate: Fate,
    duplicates: u64,
}

/// The counts of a batch.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    /// Events.
    pub(super) events: u64,
    /// Events, edges and rejected records.
    pub(super) records: u64,
    /// Bytes in the queue.
    pub(super) bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// In the queue, or held by a worker outside of a transaction.
    Waiting,
    /// In a transaction that runs, or whose outcome is unknown.
    Running,
    Committed,
    Withdrawn,
    /// Given up by closing.
    Lost,
}

/// The fates of the events of a call.
#[derive(Debug, Default)]
pub struct Tally {
    /// New events that were committed.
    pub committed: u64,
    /// Events whose event_id existed already.
    pub duplicates: u64,
    /// Events that are in the queue or in a transaction.
    pub queued: u64,
    /// Withdrawn events.
    pub withdrawn: u64,
    /// Events given up by closing.
    pub lost: u64,
    /// Events that violated a constraint of the database, in the order of their indices.
    pub refused: Vec<Rejection>,
    /// Where the withdrawn batches begin.
    pub end: Option<Mark>,
}

impl Counts {
    pub(super) fn of(batch: &Batch) -> Self {
        Self {
            events: batch.rows.len() as u64,
            records: batch.records() as u64,
            bytes: batch.size() as u64,
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.events += other.events;
        self.records += other.records;
        self.bytes += other.bytes;
    }
}

impl Outcome {
    /// Starts the outcome of a call.
    pub fn new(done: Option<DoneFn>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Known {
            parts: Vec::new(),
            sealed: false,
            refused: Vec::new(),
            done,
        })))
    }

    /// Returns whether the call has a callback.
    pub fn is_watched(&self) -> bool {
        self.0.lock().done.is_some()
    }

    /// Returns the fates of the events. Called once, at the end of the call: it moves the refused events out.
    pub fn take_tally(&self) -> Tally {
        let mut known = self.0.lock();
        let mut tally = Tally {
            refused: std::mem::take(&mut known.refused),
            ..Tally::default()
        };
        tally.refused.sort_by_key(|one| one.index);
        for part in &known.parts {
            let events = part.counts.events;
            match part.fate {
                Fate::Waiting | Fate::Running => tally.queued += events,
                Fate::Committed => {
                    tally.committed += events - part.duplicates;
                    tally.duplicates += part.duplicates;
                }
                Fate::Withdrawn => {
                    tally.withdrawn += events;
                    tally.end.get_or_insert(part.before);
                }
                Fate::Lost => tally.lost += events,
            }
        }
        tally.committed -= tally.refused.len() as u64;
        tally
    }

    /// Notes that the call has submitted all its batches.
    pub fn seal(&self) {
        self.0.lock().sealed = true;
        self.finish();
    }

    /// Adds a batch and returns its number in the call.
    pub(super) fn add(&self, counts: Counts, before: Mark) -> usize {
        let mut known = self.0.lock();
        known.parts.push(Part {
            before,
            counts,
            fate: Fate::Waiting,
            duplicates: 0,
        });
        known.parts.len() - 1
    }

    /// Returns whether a batch was given up.
    pub(super) fn is_lost(&self) -> bool {
        self.0.lock().has(Fate::Lost)
    }

    /// Returns why the database refused edges of the call, if it did.
    pub(super) fn refusal(&self) -> Option<String> {
        let known = self.0.lock();
        known.refused.first().map(|refused| refused.reason.clone())
    }

    /// Returns whether every batch of a sealed call is committed.
    pub fn is_committed(&self) -> bool {
        let known = self.0.lock();
        known.sealed && known.parts.iter().all(|part| part.fate == Fate::Committed)
    }

    /// Returns whether every batch of a sealed call has its final fate.
    pub(super) fn is_resolved(&self) -> bool {
        self.0.lock().is_resolved()
    }

    /// Returns whether a batch was withdrawn.
    pub(super) fn is_withdrawn(&self, part: usize) -> bool {
        self.0.lock().parts[part].fate == Fate::Withdrawn
    }

    /// Notes that a transaction holds a batch, or that it no longer does.
    pub(super) fn set_running(&self, part: usize, is_running: bool) {
        let fate = &mut self.0.lock().parts[part].fate;
        match *fate {
            Fate::Waiting if is_running => *fate = Fate::Running,
            Fate::Running if !is_running => *fate = Fate::Waiting,
            _ => {}
        }
    }

    /// Withdraws the batches after the last one that is in a transaction or has its final fate. Returns their counts.
    pub(super) fn withdraw(&self) -> Counts {
        let mut known = self.0.lock();
        known.withdraw_from(0)
    }

    /// Withdraws the batches of the request whose last batch was not accepted. Returns their counts and where they begin.
    pub(super) fn withdraw_request(&self) -> (Counts, Option<Mark>) {
        let mut known = self.0.lock();
        let first = known.parts.iter().rposition(|part| !part.before.is_inside);
        let counts = known.withdraw_from(first.unwrap_or_default());
        let begin = known.parts.iter().find(|part| part.fate == Fate::Withdrawn);
        (counts, begin.map(|part| part.before))
    }

    pub(super) fn commit(&self, part: usize, duplicates: u64, refused: Vec<Rejection>) {
        let mut known = self.0.lock();
        known.parts[part].fate = Fate::Committed;
        known.parts[part].duplicates = duplicates;
        known.refused.extend(refused);
        drop(known);
        self.finish();
    }

    /// Notes that a batch is given up, unless it has its final fate.
    pub(super) fn give_up(&self, part: usize) {
        let mut known = self.0.lock();
        let part = &mut known.parts[part];
        if matches!(part.fate, Fate::Waiting | Fate::Running) {
            part.fate = Fate::Lost;
        }
    }

    /// Calls the callback if every batch has its final fate.
    pub(super) fn finish(&self) {
        let mut known = self.0.lock();
        if !known.is_resolved() {
            return;
        }
        let Some(done) = known.done.take() else {
            return;
        };
        let ended = if known.has(Fate::Lost) {
            Err(closed())
        } else {
            Ok(known.parts.iter().map(|part| part.duplicates).sum())
        };
        drop(known);
        done(ended);
    }
}

impl Known {
    fn has(&self, fate: Fate) -> bool {
        self.parts.iter().any(|part| part.fate == fate)
    }

    fn is_resolved(&self) -> bool {
        self.sealed && !self.has(Fate::Waiting) && !self.has(Fate::Running)
    }

    fn withdraw_from(&mut self, first: usize) -> Counts {
        let mut counts = Counts::default();
        let rest = self.parts[first..].iter_mut().rev();
        let rest = rest.skip_while(|part| part.fate == Fate::Withdrawn);
        for part in rest.take_while(|part| part.fate == Fate::Waiting) {
            part.fate = Fate::Withdrawn;
            counts.add(part.counts);
        }
        counts
    }
}

/// Returns the error of a call whose batches closing gave up.
pub(super) fn closed() -> Error {
    Error::new(
        ErrorKind::Closed,
        "the store was closed before the write was committed",
    )
}
