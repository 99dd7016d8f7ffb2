//! Random schedules over a store that locks, stalls, fails and answers in doubt: every event has the fate that its call was told.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use uuid::Uuid;

use super::*;
use crate::codec::{BatchBuilder, Limits};
use crate::record::{Event, Interrupt};
use crate::store::{Claim, CommitReport, Turn};

/// A generator of random numbers (splitmix64).
struct Random(AtomicU64);

impl Random {
    fn below(&self, bound: u64) -> u64 {
        let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn nap(&self) {
        thread::sleep(Duration::from_micros(self.below(3000)));
    }
}

/// A store whose transactions end as chance has it.
struct FakeStore {
    random: Random,
    workers: usize,
    /// How often each event was stored.
    stored: Mutex<HashMap<Uuid, u32>>,
    /// Batches whose COMMIT was not answered, and whether it was done.
    in_doubt: Mutex<HashMap<Vec<Uuid>, bool>>,
}

impl FakeStore {
    fn store(&self, ids: &[Uuid]) {
        let mut stored = self.stored.lock();
        ids.iter().for_each(|id| *stored.entry(*id).or_default() += 1);
    }
}

fn ids(batches: &[Batch]) -> Vec<Uuid> {
    let rows = batches.iter().flat_map(|batch| &batch.rows);
    rows.map(|row| row.event_id).collect()
}

impl EventWriter for FakeStore {
    fn write_in_turn(
        &self,
        batches: &[Batch],
        turn: &mut Option<Turn<'_>>,
        claim: Claim<'_>,
    ) -> Result<Option<CommitReport>> {
        let ids = ids(batches);
        let report = CommitReport {
            duplicates: vec![0; batches.len()],
            events: ids.len() as u64,
            ..CommitReport::default()
        };
        let known = self.in_doubt.lock().get(&ids).copied();
        if let Some(is_stored) = known {
            if self.random.below(2) == 0 {
                return Err(Error::new(ErrorKind::Io, "the server is away").in_doubt());
            }
            self.in_doubt.lock().remove(&ids);
            if is_stored {
                return Ok(Some(report));
            }
        }
        self.random.nap();
        if self.random.below(4) == 0 {
            return Err(Error::new(ErrorKind::Busy, "locked"));
        }
        if !claim() {
            return Ok(None);
        }
        *turn = None;
        self.random.nap();
        match self.random.below(16) {
            0 => Err(Error::new(ErrorKind::Database, "rolled back")),
            1 => Err(Error::new(ErrorKind::Timeout, "too slow")),
            chance @ 2..4 => {
                let is_stored = chance == 2;
                if is_stored {
                    self.store(&ids);
                }
                self.in_doubt.lock().insert(ids, is_stored);
                Err(Error::new(ErrorKind::Io, "no answer to COMMIT").in_doubt())
            }
            _ => {
                self.store(&ids);
                Ok(Some(report))
            }
        }
    }

    fn parallel_commits(&self) -> usize {
        self.workers
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

/// The events of a call, and the outcome that it was told.
#[derive(Default)]
struct Told {
    given: Vec<Uuid>,
    /// Of these, those before this place were not taken back.
    kept: usize,
    tally: Tally,
}

/// Makes one durable call of some batches with a short deadline, as the engine does.
fn call(buffer: &WriteBuffer, store: &FakeStore) -> Told {
    let random = &store.random;
    let outcome = Outcome::new(None);
    let interrupt = Interrupt::new();
    if random.below(8) == 0 {
        interrupt.raise();
    }
    let control = |millis| Control {
        deadline: Some(Instant::now() + Duration::from_millis(millis)),
        interrupt: None,
    };
    let mut told = Told::default();
    let mut ticket = 0;
    for _ in 0..=random.below(4) {
        let ids: Vec<Uuid> = (0..=random.below(5)).map(|_| Uuid::now_v7()).collect();
        let before = Mark {
            consumed: told.given.len(),
            ..Mark::default()
        };
        match buffer.submit(batch(&ids), Some((&outcome, before)), &control(random.below(20))) {
            Ok(number) => ticket = number,
            Err(_) => break,
        }
        told.given.extend(ids);
    }
    outcome.seal();
    let waiting = Control {
        interrupt: Some(interrupt),
        ..control(random.below(20))
    };
    let done = buffer.wait(ticket, &outcome, &waiting);
    if done.is_err() && random.below(4) > 0 {
        buffer.withdraw(&outcome, &control(random.below(10)));
    }
    told.tally = outcome.take_tally();
    let end = told.tally.end.map(|mark| mark.consumed);
    told.kept = end.unwrap_or(told.given.len());
    if done.is_ok() {
        assert_eq!(told.tally.committed, told.given.len() as u64);
    }
    // Events that are said to be committed are.
    let stored = store.stored.lock();
    let stored = told.given.iter().filter(|id| stored.contains_key(id)).count();
    assert!(stored as u64 >= told.tally.committed, "{:?}", told.tally);
    told
}

fn run(seed: u64, workers: usize, is_patient: bool) {
    let store = Arc::new(FakeStore {
        random: Random(AtomicU64::new(seed)),
        workers,
        stored: Mutex::default(),
        in_doubt: Mutex::default(),
    });
    let options = BufferOptions {
        flush_events: 10,
        flush_interval: Duration::from_millis(2),
        queue_events: 60,
        queue_bytes: 1 << 20,
        commit_events: 30,
        commit_bytes: 1 << 20,
    };
    let buffer = WriteBuffer::new(Arc::clone(&store) as _, options, Logger::default());
    let told: Vec<Told> = thread::scope(|scope| {
        let threads: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| (0..12).map(|_| call(&buffer, &store)).collect::<Vec<_>>()))
            .collect();
        let told = threads.into_iter().flat_map(|thread| thread.join().unwrap());
        told.collect()
    });
    let control = Control {
        deadline: (!is_patient).then(Instant::now),
        interrupt: None,
    };
    if is_patient {
        buffer.flush(&control).unwrap();
    }
    let lost = buffer.close(&control);
    let stats = buffer.stats();
    let stored = store.stored.lock();
    let in_doubt: HashSet<Uuid> = store.in_doubt.lock().keys().flatten().copied().collect();
    let mut missing = 0;
    for call in &told {
        let tally = &call.tally;
        let sum = tally.committed + tally.duplicates + tally.queued + tally.withdrawn + tally.lost;
        assert_eq!(sum, call.given.len() as u64, "{tally:?}");
        assert_eq!(tally.withdrawn, (call.given.len() - call.kept) as u64);
        for (place, id) in call.given.iter().enumerate() {
            let times = stored.get(id).copied().unwrap_or_default();
            if place >= call.kept {
                assert_eq!(times, 0, "seed {seed}: {id} was taken back and is stored");
            } else {
                assert!(times <= 1, "seed {seed}: {id} is stored {times} times");
                missing += u64::from(times == 0 || in_doubt.contains(id));
            }
        }
    }
    // Nothing that stays in the queue is lost, unless closing says so.
    assert_eq!(lost, missing, "seed {seed}");
    assert!(!is_patient || lost == 0);
    let withdrawn: u64 = told.iter().map(|call| call.tally.withdrawn).sum();
    assert_eq!(stats.withdrawn, withdrawn);
    assert_eq!(stats.committed + withdrawn + lost, stats.accepted);
    assert!(withdrawn > 0, "the schedule takes something back");
}

#[test]
fn every_event_has_the_fate_that_its_call_was_told() {
    for seed in 0..3 {
        for workers in [1, 3] {
            run(seed, workers, true);
            run(seed, workers, false);
        }
    }
}
