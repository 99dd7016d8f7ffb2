//! A store that locks, stalls, fails, refuses, panics and answers in doubt, as chance has it.

use std::collections::{HashMap, HashSet};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use uuid::Uuid;

use super::Plan;
use crate::codec::{Batch, BatchBuilder, Limits};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Event};
use crate::store::{Claim, CommitReport, EventWriter, Refused, Turn};
use crate::sync::thread;

/// A generator of random numbers (splitmix64).
pub struct Random(AtomicU64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    pub fn next(&self) -> u64 {
        let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub fn ids(&self, most: u64) -> Vec<Uuid> {
        (0..=self.below(most))
            .map(|_| Uuid::from_u64_pair(self.next(), self.next()))
            .collect()
    }

    pub fn nap(&self) {
        thread::sleep(Duration::from_micros(self.below(3000)));
    }

    pub fn control(&self, most_ms: u64) -> Control {
        Control::within(Duration::from_millis(self.below(most_ms)))
    }
}

/// A store whose transactions end as chance has it.
pub struct FakeStore {
    pub random: Random,
    pub plan: Plan,
    /// How often each record was stored, as itself or as a dead letter.
    pub stored: Mutex<HashMap<Uuid, u32>>,
    /// Batches whose COMMIT was not answered, and its report if it was done.
    pub in_doubt: Mutex<HashMap<Vec<Uuid>, Option<CommitReport>>>,
    /// Records that a transaction stored before it panicked.
    pub unreported: Mutex<HashSet<Uuid>>,
    /// The numbers of events and of dead letters in all reports.
    pub reported: Mutex<(u64, u64)>,
}

/// The relation of edges that the store refuses.
pub const REFUSED: &str = "refused";

impl FakeStore {
    pub fn new(plan: Plan) -> Arc<Self> {
        Arc::new(Self {
            random: Random::new(plan.seed),
            plan,
            stored: Mutex::default(),
            in_doubt: Mutex::default(),
            unreported: Mutex::default(),
            reported: Mutex::default(),
        })
    }

    fn store(&self, batches: &[Batch]) -> CommitReport {
        let mut report = CommitReport {
            duplicates: vec![0; batches.len()],
            ..CommitReport::default()
        };
        for (number, batch) in batches.iter().enumerate() {
            for row in 0..batch.rows.len() {
                if self.random.below(16) > 0 {
                    report.events += 1;
                    continue;
                }
                report.refused.push(Refused {
                    batch: number,
                    row,
                    reason: "a constraint".into(),
                });
            }
        }
        let mut stored = self.stored.lock();
        ids(batches).for_each(|id| *stored.entry(id).or_default() += 1);
        report
    }

    fn answer(&self, batches: &[Batch], report: CommitReport) -> Result<Option<CommitReport>> {
        let rejected: usize = batches.iter().map(|batch| batch.rejected.len()).sum();
        let mut reported = self.reported.lock();
        reported.0 += report.events;
        reported.1 += (report.refused.len() + rejected) as u64;
        Ok(Some(report))
    }
}

fn rejected_ids(batch: &Batch) -> impl Iterator<Item = Uuid> {
    batch.rejected.iter().map(|rejected| {
        let edge: serde_json::Value = serde_json::from_slice(batch.bytes(rejected.payload)).unwrap();
        edge["source_id"].as_str().unwrap().parse().unwrap()
    })
}

fn ids(batches: &[Batch]) -> impl Iterator<Item = Uuid> {
    batches.iter().flat_map(|batch| {
        let stated = batch.stated_edges().map(|edge| edge.source_id.parse().unwrap());
        let events = batch.rows.iter().map(|row| row.event_id);
        events.chain(stated).chain(rejected_ids(batch))
    })
}

impl EventWriter for FakeStore {
    fn write_in_turn(
        &self,
        batches: &[Batch],
        turn: &mut Option<Turn<'_>>,
        claim: Claim<'_>,
    ) -> Result<Option<CommitReport>> {
        let random = &self.random;
        let most = self.plan.options().commit_events;
        assert!(batches.len() == 1 || batches.iter().map(Batch::records).sum::<usize>() <= most);
        let key: Vec<Uuid> = ids(batches).collect();
        let known = self.in_doubt.lock().get(&key).cloned();
        if let Some(report) = known {
            if random.below(2) == 0 {
                let kind = [ErrorKind::Io, ErrorKind::Timeout, ErrorKind::Invalid][random.below(3) as usize];
                return Err(Error::new(kind, "the server is away").in_doubt());
            }
            self.in_doubt.lock().remove(&key);
            if let Some(report) = report {
                return self.answer(batches, report);
            }
        }
        random.nap();
        match random.below(16) {
            0..4 => return Err(Error::new(ErrorKind::Busy, "locked")),
            4 if self.plan.breaks => return Err(Error::new(ErrorKind::Corrupt, "malformed")),
            _ => {}
        }
        if !claim() {
            return Ok(None);
        }
        *turn = None;
        random.nap();
        if batches
            .iter()
            .flat_map(Batch::stated_edges)
            .any(|edge| edge.rel_type == REFUSED)
        {
            return Err(Error::invalid("a constraint"));
        }
        match random.below(32) {
            0..2 => Err(Error::new(ErrorKind::Database, "rolled back")),
            2..4 => Err(Error::new(ErrorKind::Timeout, "too slow")),
            chance @ 4..8 => {
                let report = (chance < 6).then(|| self.store(batches));
                self.in_doubt.lock().insert(key, report);
                Err(Error::new(ErrorKind::Io, "no answer to COMMIT").in_doubt())
            }
            8 if self.plan.breaks => resume_unwind(Box::new("before the commit")),
            9 if self.plan.breaks => {
                self.store(batches);
                self.unreported.lock().extend(key);
                resume_unwind(Box::new("after the commit"))
            }
            _ => self.answer(batches, self.store(batches)),
        }
    }

    fn parallel_commits(&self) -> usize {
        self.plan.workers
    }
}

pub fn batch(ids: &[Uuid]) -> Batch {
    let mut builder = BatchBuilder::new("struct", Limits::default(), None, 1);
    for (index, id) in ids.iter().enumerate() {
        let event = Event {
            event_id: Some(*id),
            ..Event::default()
        };
        builder.push(index as u64, &mut Ok(event), b"");
    }
    builder.take()
}
