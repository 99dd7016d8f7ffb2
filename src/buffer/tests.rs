//! Random calls over a store that locks, stalls, fails, refuses, panics and answers in doubt: every record has the fate that its call was
//! told. They run on real threads, and with `--cfg seerflow_schedules` under explored schedules.

#[cfg(not(seerflow_schedules))]
mod bounds;
mod calls;
mod fake_store;
#[cfg(not(seerflow_schedules))]
mod fates;
#[cfg(not(seerflow_schedules))]
mod gate;

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use calls::{Told, buffered_call, durable_call, edge_call};
use fake_store::FakeStore;
use uuid::Uuid;

use super::*;
use crate::sync::thread;

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

impl Plan {
    fn options(&self) -> BufferOptions {
        BufferOptions {
            flush_events: 10,
            flush_interval: self.flush_interval,
            queue_events: 10 * self.callers,
            queue_bytes: 1 << 20,
            commit_events: 5 * self.callers,
            commit_bytes: 1 << 20,
        }
    }
}

fn run(plan: Plan) -> u64 {
    let store = FakeStore::new(plan);
    let buffer = WriteBuffer::new(Arc::clone(&store) as _, plan.options(), Logger::default());
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
        let random = fake_store::Random::new(seed);
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
