//! What a call is told of its batches, and what hosts see of failures.

use std::time::Duration;

use super::super::*;
use super::gate::{OPTIONS, PATIENT, closed_gate, events, until};
use crate::record::{Edge, Interrupt};

/// Waits as long as needed.
const UNBOUNDED: Control = Control {
    deadline: None,
    interrupt: None,
};

/// Submits the batches of one call. Returns the call's outcome, and the ticket of its last batch.
fn call(buffer: &WriteBuffer, batches: impl IntoIterator<Item = (Mark, Batch)>) -> (Arc<Outcome>, u64) {
    let outcome = Outcome::new(None);
    let mut ticket = 0;
    for (before, batch) in batches {
        ticket = buffer
            .submit(batch, Some((&outcome, before)), &UNBOUNDED)
            .unwrap();
    }
    (outcome, ticket)
}

fn at(index: u64, is_inside: bool) -> Mark {
    Mark {
        index,
        is_inside,
        ..Mark::default()
    }
}

#[test]
fn withdrawn_batches_leave_the_queue() {
    let (gate, buffer) = closed_gate(ErrorKind::Busy, PATIENT);
    let (kept, _) = call(&buffer, [(at(0, false), events(0, 2))]);
    let (outcome, ticket) = call(
        &buffer,
        [(at(0, false), events(2, 3)), (at(3, false), events(5, 1))],
    );
    outcome.seal();
    let late = buffer.wait_or_withdraw(ticket, &outcome, &Control::within(Duration::ZERO));
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Timeout);
    let tally = outcome.take_tally();
    assert_eq!((tally.withdrawn, tally.queued), (4, 0));
    assert_eq!(tally.end, Some(at(0, false)));
    let stats = buffer.stats();
    assert_eq!((stats.withdrawn, stats.queue_events), (4, 2));

    gate.open();
    buffer.flush(&UNBOUNDED).unwrap();
    assert_eq!((kept.take_tally().committed, buffer.stats().queue_bytes), (2, 0));
    assert_eq!(*gate.transactions.lock(), [2]);
}

#[test]
fn a_request_of_which_a_batch_is_missing_is_withdrawn_whole() {
    let (gate, buffer) = closed_gate(ErrorKind::Busy, PATIENT);
    let marks = [at(0, false), at(2, false), at(4, true)];
    let batches = marks.into_iter().zip([0, 2, 4].map(|first| events(first, 2)));
    let (outcome, _) = call(&buffer, batches);
    assert_eq!(buffer.withdraw_request(&outcome), Some(at(2, false)));
    outcome.seal();
    gate.open();
    buffer.flush(&UNBOUNDED).unwrap();
    let tally = outcome.take_tally();
    assert_eq!((tally.committed, tally.withdrawn), (2, 4));
    assert_eq!(*gate.transactions.lock(), [2]);
}

#[test]
fn a_batch_is_committed_after_the_interval() {
    let options = BufferOptions {
        flush_interval: Duration::from_millis(5),
        ..PATIENT
    };
    let (gate, buffer) = closed_gate(ErrorKind::Busy, options);
    gate.open();
    call(&buffer, [(at(0, false), events(0, 2))]);
    until(&buffer, |stats| stats.committed == 2);
}

#[test]
fn enough_events_are_committed_before_the_interval() {
    let options = BufferOptions {
        flush_events: 4,
        ..PATIENT
    };
    let (gate, buffer) = closed_gate(ErrorKind::Busy, options);
    gate.open();
    for first in [0, 2] {
        call(&buffer, [(at(0, false), events(first, 2))]);
    }
    until(&buffer, |stats| stats.committed == 4);
}

#[test]
fn an_expedited_batch_does_not_wait_for_more() {
    let (gate, buffer) = closed_gate(ErrorKind::Busy, PATIENT);
    gate.open();
    let (_, ticket) = call(&buffer, [(at(0, false), events(0, 2))]);
    buffer.expedite(ticket);
    until(&buffer, |stats| stats.committed == 2);
}

#[test]
fn edges_are_waited_for_until_they_are_committed() {
    let (gate, buffer) = closed_gate(ErrorKind::Busy, PATIENT);
    buffer.wait_for_edges(&UNBOUNDED).unwrap();
    buffer.add_edges(&[Edge::default()], false, &UNBOUNDED).unwrap();
    let late = buffer.wait_for_edges(&Control::within(Duration::ZERO));
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Timeout);
    gate.open();
    buffer.wait_for_edges(&UNBOUNDED).unwrap();
    assert_eq!(*gate.transactions.lock(), [1]);
    // Later events are not waited for.
    call(&buffer, [(at(0, false), events(0, 2))]);
    buffer.wait_for_edges(&Control::within(Duration::ZERO)).unwrap();
}

#[test]
fn edges_that_were_not_committed_may_be_added_again() {
    let (_, buffer) = closed_gate(ErrorKind::Busy, PATIENT);
    let interrupt = Interrupt::new();
    interrupt.raise();
    let interrupted = Control {
        interrupt: Some(interrupt),
        deadline: None,
    };
    for (control, kind) in [
        (Control::within(Duration::ZERO), ErrorKind::Timeout),
        (interrupted, ErrorKind::Interrupted),
    ] {
        let ended = buffer.add_edges(&[Edge::default()], true, &control).unwrap_err();
        assert_eq!((ended.kind(), ended.is_retriable()), (kind, true));
        assert_eq!(buffer.stats().queue_events, 0);
    }
}

#[test]
fn refused_edges_are_dead_letters_and_an_error() {
    let (gate, buffer) = closed_gate(ErrorKind::Invalid, OPTIONS);
    let opener = {
        let gate = Arc::clone(&gate);
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            gate.open();
        })
    };
    let refused = buffer
        .add_edges(&[Edge::default()], true, &UNBOUNDED)
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    assert!(refused.to_string().contains("the gate is closed"), "{refused}");
    assert_eq!(buffer.stats().rejected, 1);
    opener.join().unwrap();
}

#[test]
fn a_failure_is_shown_until_a_commit_succeeds() {
    let (gate, buffer) = closed_gate(ErrorKind::Busy, OPTIONS);
    let (outcome, ticket) = call(&buffer, [(at(0, false), events(0, 2))]);
    outcome.seal();
    let stats = until(&buffer, |stats| stats.retries > 1);
    let stuck = stats.stuck.unwrap();
    assert_eq!(stuck.kind, ErrorKind::Busy);
    assert!(stuck.since_ns > 0 && stuck.reason.contains("the gate is closed"));
    let late = buffer
        .wait(ticket, &outcome, &Control::within(Duration::ZERO))
        .unwrap_err();
    assert!(late.to_string().contains("the gate is closed"), "{late}");

    gate.open();
    buffer.wait(ticket, &outcome, &UNBOUNDED).unwrap();
    assert!(outcome.is_committed());
    let stats = buffer.stats();
    assert_eq!((stats.stuck, stats.commits, stats.committed), (None, 1, 2));
    assert!(stats.last_error.unwrap().contains("the gate is closed"));
    assert_eq!(stats.commit_counts.iter().sum::<u64>(), 1);
    assert!(stats.last_commit_ns > 0);
    assert_eq!(stats.last_commit_ns, stats.longest_commit_ns);
    assert_eq!(stats.last_commit_ns, stats.total_commit_ns);
}

#[test]
fn a_failure_of_withdrawn_events_is_forgotten_after_a_pause() {
    let (_, buffer) = closed_gate(ErrorKind::Busy, OPTIONS);
    let (outcome, _) = call(&buffer, [(at(0, false), events(0, 2))]);
    outcome.seal();
    until(&buffer, |stats| stats.stuck.is_some());
    buffer.withdraw(&outcome, &UNBOUNDED);
    until(&buffer, |stats| stats.stuck.is_none());
}

#[test]
fn a_failure_that_only_an_operator_mends_ends_every_wait() {
    let options = BufferOptions {
        queue_events: 2,
        ..OPTIONS
    };
    let (_, buffer) = closed_gate(ErrorKind::Corrupt, options);
    let (outcome, ticket) = call(&buffer, [(at(0, false), events(0, 2))]);
    outcome.seal();
    let failed = [
        buffer.wait(ticket, &outcome, &UNBOUNDED),
        buffer.flush(&UNBOUNDED),
        buffer.submit(events(2, 1), None, &UNBOUNDED).map(drop),
    ];
    for failed in failed {
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::Corrupt);
    }
}

#[test]
fn events_that_closing_gives_up_are_lost_to_their_call() {
    let (_, buffer) = closed_gate(ErrorKind::Busy, OPTIONS);
    let (told, tells) = std::sync::mpsc::channel();
    let outcome = Outcome::new(Some(Arc::new(move |ended: Result<u64>| {
        told.send(ended.map_err(|error| error.kind())).unwrap();
    })));
    assert!(outcome.is_watched());
    let ticket = buffer
        .submit(events(0, 2), Some((&outcome, at(0, false))), &UNBOUNDED)
        .unwrap();
    outcome.seal();
    assert_eq!(buffer.close(&Control::within(Duration::ZERO)), 2);
    let closed = buffer.wait(ticket, &outcome, &UNBOUNDED).unwrap_err();
    assert_eq!(closed.kind(), ErrorKind::Closed);
    assert_eq!(outcome.take_tally().lost, 2);
    assert_eq!(tells.recv().unwrap(), Err(ErrorKind::Closed));
    let refused = buffer.submit(events(2, 1), None, &UNBOUNDED).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Closed);
}

#[test]
fn dropping_a_buffer_closes_it() {
    let (_, buffer) = closed_gate(ErrorKind::Busy, PATIENT);
    let (outcome, _) = call(&buffer, [(at(0, false), events(0, 2))]);
    outcome.seal();
    drop(buffer);
    assert_eq!(outcome.take_tally().lost, 2);
}
