//! Calls as the engine makes them; each checks what it was told against the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use super::super::{Mark, Outcome, Tally, WriteBuffer};
use super::fake_store::{FakeStore, REFUSED, batch};
use crate::error::ErrorKind;
use crate::record::{Control, Edge, Interrupt};

/// The records of a call, and the outcome that it was told.
#[derive(Default)]
pub struct Told {
    pub given: Vec<Uuid>,
    /// Of these, those before this place were accepted and not taken back.
    pub kept: usize,
    /// Whether the error of the call does not say whether the kept records were accepted.
    pub is_unclear: bool,
    /// The tally of a call that follows its batches.
    pub tally: Option<Tally>,
    /// How often the call's callback was called.
    pub ended: Arc<AtomicU64>,
}

/// Makes one durable call of some batches, as the engine does.
pub fn durable_call(buffer: &WriteBuffer, store: &FakeStore) -> Told {
    let random = &store.random;
    let ended = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&ended);
    let outcome = Outcome::new(Some(Arc::new(move |_| {
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
pub fn buffered_call(buffer: &WriteBuffer, store: &FakeStore) -> Told {
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
pub fn edge_call(buffer: &WriteBuffer, store: &FakeStore) -> Told {
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
