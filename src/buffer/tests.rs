//! Random calls over a store that locks, stalls, fails, refuses, panics and answers in doubt: every record has the fate that its call was
//! told. They run on real threads, and with `--cfg seerflow_schedules` under explored schedules.

use std::collections::{HashMap, HashSet};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use uuid::Uuid;

use super::*;
use crate::codec::{BatchBuilder, Limits};
use crate::record::{Event, Interrupt};
use crate::store::{Claim, CommitReport, Refused, Turn};
use crate::sync::thread;

/// A generator of random numbers (splitmix64).
struct Random(AtomicU64);

impl Random {
    fn next(&self) -> u64 {
        let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn ids(&self, most: u64) -> Vec<Uuid> {
        (0..=self.below(most))
            .map(|_| Uuid::from_u64_pair(self.next(), self.next()))
            .collect()
    }

    fn nap(&self) {
        thread::sleep(Duration::from_micros(self.below(3000)));
    }

    fn control(&self, most_ms: u64) -> Control {
        Control::within(Duration::from_millis(self.below(most_ms)))
    }
}

/// What a run consists of.
#[derive(Clone, Copy, Debug)]
struct Plan {
    seed: u64,
    workers: usize,
    callers: usize,
    calls: usize,
    /// Whether the queue is stored before it is closed.
    is_patient: bool,
    /// Whether some calls have no deadline.
    waits_forever: bool,
    /// Whether transactions may fail in ways that only an operator can mend, and panic.
    breaks: bool,
    /// Whether the buffer is closed while calls run.
    closes_early: bool,
    flush_interval: Duration,
}

/// A store whose transactions end as chance has it.
struct FakeStore {
    random: Random,
    plan: Plan,
    /// How often each record was stored, as itself or as a dead letter.
    stored: Mutex<HashMap<Uuid, u32>>,
    /// Batches whose COMMIT was not answered, and its report if it was done.
    in_doubt: Mutex<HashMap<Vec<Uuid>, Option<CommitReport>>>,
    /// Records that a transaction stored before it panicked.
    unreported: Mutex<HashSet<Uuid>>,
    /// The numbers of events and of dead letters in all reports.
    reported: Mutex<(u64, u64)>,
}

/// The relation of edges that the store refuses.
const REFUSED: &str = "refused";

impl FakeStore {
    fn new(plan: Plan) -> Arc<Self> {
        Arc::new(Self {
            random: Random(AtomicU64::new(plan.seed)),
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

fn batch(ids: &[Uuid]) -> Batch {
    let mut builder = BatchBuilder::new("struct", Limits::default(), None, 1);
    for (index, id) in ids.iter().enumerate() {
        let event = Event {
            event_id: Some(*id),
            ..Event::default()
        };
        builder.push(index as u64, Ok(event), b"");
    }
    builder.take()
}

/// The records of a call, and the outcome that it was told.
#[derive(Default)]
struct Told {
    given: Vec<Uuid>,
    /// Of these, those before this place were accepted and not taken back.
    kept: usize,
    /// Whether the error of the call does not say whether the kept records were accepted.
    is_unclear: bool,
    /// The tally of a call that follows its batches.
    tally: Option<Tally>,
    /// How often the call's callback was called.
    ended: Arc<AtomicU64>,
}

/// Makes one durable call of some batches, as the engine does.
fn durable_call(buffer: &WriteBuffer, store: &FakeStore) -> Told {
    let random = &store.random;
    let ended = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&ended);
    let outcome = Outcome::new(Some(Box::new(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    })));
    let interrupt = Interrupt::new();
    if random.below(8) == 0 {
        interrupt.raise();
    }
    let mut given = Vec::new();
    let mut ticket = 0;
    let is_request = random.below(2) == 0;
    for number in 0..=random.below(4) {
        let ids = random.ids(5);
        let before = Mark {
            index: given.len() as u64,
            is_inside: is_request && number > 0,
            ..Mark::default()
        };
        match buffer.submit(batch(&ids), Some((&outcome, before)), &random.control(20)) {
            Ok(last) => ticket = last,
            Err(_) => {
                if before.is_inside {
                    buffer.withdraw_request(&outcome);
                }
                break;
            }
        }
        given.extend(ids);
    }
    outcome.seal();
    let waiting = Control {
        interrupt: Some(interrupt),
        deadline: random.control(20).deadline,
    };
    let is_unbounded = store.plan.waits_forever && random.below(2) == 0;
    let waiting = if is_unbounded {
        Control::unbounded()
    } else {
        waiting
    };
    let done = buffer.wait(ticket, &outcome, &waiting);
    if done.is_err() && random.below(4) > 0 {
        buffer.withdraw(&outcome, &random.control(10));
    }
    let tally = outcome.take_tally();
    if done.is_ok() {
        let ends = tally.committed + tally.refused.len() as u64 + tally.withdrawn;
        assert_eq!(ends, given.len() as u64, "{tally:?}");
    }
    // Events that are said to be committed are.
    let stored = store.stored.lock();
    let there = given.iter().filter(|id| stored.contains_key(id)).count() as u64;
    assert!(there >= tally.committed + tally.refused.len() as u64, "{tally:?}");
    Told {
        kept: tally.end.map_or(given.len(), |mark| mark.index as usize),
        given,
        is_unclear: false,
        tally: Some(tally),
        ended,
    }
}

/// Puts a batch into the queue without following it.
fn buffered_call(buffer: &WriteBuffer, store: &FakeStore) -> Told {
    let given = store.random.ids(3);
    let is_accepted = buffer
        .submit(batch(&given), None, &store.random.control(20))
        .is_ok();
    if store.random.below(4) == 0 && buffer.flush(&store.random.control(20)).is_ok() {
        let stored = store.stored.lock();
        assert!(!is_accepted || given.iter().all(|id| stored.contains_key(id)));
    }
    Told {
        kept: if is_accepted { given.len() } else { 0 },
        given,
        ..Told::default()
    }
}

/// Adds edges, of which the store may refuse some.
fn edge_call(buffer: &WriteBuffer, store: &FakeStore) -> Told {
    let random = &store.random;
    let given = random.ids(2);
    let edges: Vec<Edge> = given
        .iter()
        .map(|id| Edge {
            source_id: id.to_string(),
            rel_type: ["seen", REFUSED][random.below(4) as usize / 3].into(),
            ..Edge::default()
        })
        .collect();
    let is_durable = random.below(2) == 0;
    let added = buffer.add_edges(&edges, is_durable, &random.control(20));
    let stored = store.stored.lock();
    let is_stored = given.iter().all(|id| stored.contains_key(id));
    let (kept, is_unclear) = match added {
        Ok(()) => {
            assert!(!is_durable || is_stored);
            (given.len(), false)
        }
        Err(error) if error.is_retriable() => (0, false),
        Err(error) => {
            assert!(is_stored || error.kind() != ErrorKind::Invalid, "{error}");
            (given.len(), true)
        }
    };
    Told {
        given,
        kept,
        is_unclear,
        ..Told::default()
    }
}

fn run(plan: Plan) -> u64 {
    let store = FakeStore::new(plan);
    let options = BufferOptions {
        flush_events: 10,
        flush_interval: plan.flush_interval,
        queue_events: 10 * plan.callers,
        queue_bytes: 1 << 20,
        commit_events: 5 * plan.callers,
        commit_bytes: 1 << 20,
    };
    let buffer = WriteBuffer::new(Arc::clone(&store) as _, options, Logger::default());
    let control = || {
        if plan.is_patient {
            Control::unbounded()
        } else {
            store.random.control(1)
        }
    };
    let call = || match store.random.below(8) {
        0 => edge_call(&buffer, &store),
        1..3 => buffered_call(&buffer, &store),
        _ => durable_call(&buffer, &store),
    };
    let (told, mut lost) = thread::scope(|scope| {
        let threads: Vec<_> = (0..plan.callers)
            .map(|_| scope.spawn(|| (0..plan.calls).map(|_| call()).collect::<Vec<_>>()))
            .collect();
        // Not on this thread: shuttle ends its waiting for a worker when the last thread of the scope ends.
        let closing = plan
            .closes_early
            .then(|| scope.spawn(|| buffer.close(&control())));
        let lost = closing.map_or(0, |closing| closing.join().unwrap());
        let told = threads.into_iter().flat_map(|thread| thread.join().unwrap());
        (told.collect::<Vec<Told>>(), lost)
    });
    if plan.is_patient {
        let flushed = buffer.flush(&control());
        assert!(flushed.is_ok() || plan.breaks || plan.closes_early, "{flushed:?}");
    }
    lost += buffer.close(&control());
    check(&store, &told, &buffer.stats(), lost);
    told.iter()
        .filter_map(|call| call.tally.as_ref().map(|tally| tally.withdrawn))
        .sum()
}

fn check(store: &FakeStore, told: &[Told], stats: &BufferStats, lost: u64) {
    let plan = store.plan;
    let stored = store.stored.lock();
    let mut unsure: HashSet<Uuid> = store.in_doubt.lock().keys().flatten().copied().collect();
    unsure.extend(store.unreported.lock().iter());
    let (mut missing, mut unclear, mut withdrawn) = (0, 0, 0);
    for call in told {
        if let Some(tally) = &call.tally {
            let known = tally.committed + tally.refused.len() as u64 + tally.duplicates;
            let sum = known + tally.queued + tally.withdrawn + tally.lost;
            assert_eq!(sum, call.given.len() as u64, "{tally:?}, {plan:?}");
            assert_eq!(tally.withdrawn, (call.given.len() - call.kept) as u64);
            assert_eq!(call.ended.load(Ordering::Relaxed), 1, "one callback, {plan:?}");
            withdrawn += tally.withdrawn;
        }
        for (place, id) in call.given.iter().enumerate() {
            let times = stored.get(id).copied().unwrap_or_default();
            if place >= call.kept {
                assert_eq!(times, 0, "{id} was taken back and is stored, {plan:?}");
            } else {
                assert!(times <= 1, "{id} is stored {times} times, {plan:?}");
                let is_missing = u64::from(times == 0 || unsure.contains(id));
                if call.is_unclear {
                    unclear += is_missing;
                } else {
                    missing += is_missing;
                }
            }
        }
    }
    // Nothing that stays in the queue is lost, unless closing says so.
    assert!(
        (missing..=missing + unclear).contains(&lost),
        "{lost} lost, {missing} missing, {plan:?}"
    );
    assert!(!plan.is_patient || plan.breaks || lost == 0, "{plan:?}");
    assert_eq!(
        (stats.committed, stats.rejected),
        *store.reported.lock(),
        "{plan:?}"
    );
    assert_eq!(stats.withdrawn, withdrawn);
    assert_eq!((stats.queue_events, stats.queue_bytes), (0, 0));
}

#[cfg(not(seerflow_schedules))]
#[test]
fn every_record_has_the_fate_that_its_call_was_told() {
    for seed in 0..3 {
        for workers in [1, 3] {
            for is_patient in [true, false] {
                let withdrawn = run(Plan {
                    seed,
                    workers,
                    callers: 6,
                    calls: 12,
                    is_patient,
                    waits_forever: false,
                    breaks: false,
                    closes_early: false,
                    flush_interval: Duration::from_millis(2),
                });
                assert!(withdrawn > 0, "the schedule takes something back");
            }
        }
    }
}

#[cfg(seerflow_schedules)]
#[test]
fn schedules_of_the_buffer() {
    crate::sync::explore(|seed| {
        let random = Random(AtomicU64::new(seed));
        let one_in = |count| random.below(count) == 0;
        run(Plan {
            seed,
            workers: 1 + random.below(3) as usize,
            callers: 1 + random.below(3) as usize,
            calls: 1 + random.below(2) as usize,
            is_patient: one_in(2),
            waits_forever: one_in(2),
            breaks: one_in(4),
            closes_early: one_in(4),
            flush_interval: Duration::from_millis(if one_in(2) { 2 } else { 3_600_000 }),
        });
    });
}
