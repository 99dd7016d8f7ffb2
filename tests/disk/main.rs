//! The disk under the database fails: the power is lost at any moment, or a system call fails.
//!
//! Each test runs in a short form by default and in a long form with `SEERFLOW_TORTURE=long` (`make proof`). Random choices follow
//! from `SEERFLOW_SEED`, which a failure prints. The tests run in turn, because the recorded system calls belong to the process.

#![cfg(all(target_os = "linux", target_pointer_width = "64"))]

mod calls;
mod clock;
mod image;
#[path = "../services/proof.rs"]
mod proof;
#[path = "../services/random.rs"]
mod random;
mod time;
mod workload;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use calls::{Failure, Record};
use image::Disk;
use proof::{Proof, faults, is_long};
use random::{Random, seed};

/// Lets one test at a time record.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A folder in memory: no image needs a real disk.
fn folder() -> tempfile::TempDir {
    let memory = std::path::Path::new("/dev/shm");
    match memory.is_dir() {
        true => tempfile::tempdir_in(memory).unwrap(),
        false => tempfile::tempdir().unwrap(),
    }
}

/// Checks what a restart finds.
type Check = fn(&[u64], &BTreeMap<u64, u64>) -> Result<(), String>;

/// Every acknowledged batch is stored whole.
fn all_are_stored(acknowledged: &[u64], stored: &BTreeMap<u64, u64>) -> Result<(), String> {
    match acknowledged
        .iter()
        .find(|batch| stored.get(batch) != Some(&workload::size_of(**batch)))
    {
        Some(batch) => Err(format!("batch {batch} was acknowledged and is not stored whole")),
        None => Ok(()),
    }
}

/// Whole batches from the first on are stored; the last ones may be lost.
fn only_a_tail_is_lost(_: &[u64], stored: &BTreeMap<u64, u64>) -> Result<(), String> {
    let last = stored.len() as u64;
    match (0..last).find(|batch| stored.get(batch) != Some(&workload::size_of(*batch))) {
        Some(batch) => Err(format!("batch {batch} is not stored whole, and a later one is")),
        None => Ok(()),
    }
}

/// Loses the power at moments spread over a run, and opens what the disk then holds.
fn lose_power(durability: &str, mut proof: Proof, check: Check) {
    let _turn = turn();
    let images = faults(150, 50_000) as usize;
    let home = folder();
    calls::start(home.path(), None);
    let acknowledged = workload::run(home.path(), durability);
    let recording = calls::stop();
    assert_eq!(acknowledged.len() as u64, workload::BATCHES);
    let records = recording.records;
    let mut random = Random(seed());
    let mut disk = Disk::default();
    let (mut opened, mut acknowledged) = (0, Vec::new());
    for (number, record) in records.iter().enumerate() {
        while opened * records.len() < images * (number + 1) {
            let after = folder();
            image::lay(&disk.image(&mut random), after.path());
            let stored = workload::stored(after.path(), durability);
            let outcome = stored.and_then(|stored| {
                let events = |batches: &mut dyn Iterator<Item = &u64>| {
                    batches.map(|batch| workload::size_of(*batch)).sum::<u64>()
                };
                proof.acknowledged += events(&mut acknowledged.iter());
                proof.lost += events(&mut acknowledged.iter().filter(|batch| !stored.contains_key(batch)));
                check(&acknowledged, &stored)
            });
            if let Err(error) = outcome {
                let kept = after.keep();
                panic!(
                    "seed {}: image {opened} at record {number}, {}: {error}",
                    seed(),
                    kept.display()
                );
            }
            opened += 1;
        }
        if let Record::Note(batch) = record {
            acknowledged.push(*batch);
        }
        disk.pass(number, record, &mut random);
    }
    proof.faults = opened as u64;
    proof.print();
}

#[test]
fn power_loses_no_acknowledged_event() {
    let proof = Proof::start(
        "the power is lost with `durability: power`: the disk has all synchronised changes and any part of the others, down to torn sectors",
    );
    lose_power("power", proof, all_are_stored);
}

#[test]
fn process_loses_only_the_last_events_with_the_power() {
    let proof = Proof::start(
        "the same with `durability: process`, which promises to survive only the death of the process: the database stays sound and only the last commits are lost",
    );
    lose_power("process", proof, only_a_tail_is_lost);
}

/// Every system call of a run fails once. Nothing acknowledged is lost, not even if the power is lost afterwards.
#[test]
fn failed_system_call_loses_no_acknowledged_event() {
    const ERRORS: [i32; 5] = [libc::EIO, libc::ENOSPC, libc::EINTR, libc::EMFILE, libc::ENOMEM];
    let _turn = turn();
    let mut proof = Proof::start(
        "one system call on the database's files fails with EIO, ENOSPC, EINTR, EMFILE or ENOMEM, then the power is lost",
    );
    let home = folder();
    calls::start(home.path(), None);
    workload::run(home.path(), "power");
    let calls = calls::stop().calls;
    let mut random = Random(seed());
    let mut failures = Vec::new();
    if is_long() {
        // All of them, or another part with another seed.
        let all = (0..calls.len()).flat_map(|number| ERRORS.map(|errno| Failure { number, errno }));
        let part = all
            .zip(seed()..)
            .filter(|(_, place)| place % 100 < faults(0, 100));
        failures.extend(part.map(|(failure, _)| failure));
    } else {
        // A few calls of each name.
        for name in calls.iter().collect::<BTreeSet<_>>() {
            let numbers: Vec<usize> = (0..calls.len())
                .filter(|number| calls[*number] == *name)
                .collect();
            for number in numbers.iter().step_by(1 + numbers.len() / 8) {
                let errno = ERRORS[random.below(5) as usize];
                failures.push(Failure {
                    number: *number,
                    errno,
                });
            }
        }
    }
    let mut failed: BTreeMap<&str, u64> = BTreeMap::new();
    for failure in failures {
        let home = folder();
        calls::start(home.path(), Some(failure));
        let acknowledged = workload::run(home.path(), "power");
        let recording = calls::stop();
        if !recording.has_failed {
            continue;
        }
        let call = recording.calls[failure.number];
        *failed.entry(call).or_default() += 1;
        proof.faults += 1;
        proof.acknowledged += acknowledged
            .iter()
            .map(|batch| workload::size_of(*batch))
            .sum::<u64>();
        let outcome =
            workload::stored(home.path(), "power").and_then(|stored| all_are_stored(&acknowledged, &stored));
        if let Err(error) = outcome {
            panic!("seed {}: {failure:?} of {call}: {error}", seed());
        }
        // A page whose synchronisation failed may be lost although a later synchronisation succeeds.
        let mut disk = Disk::default();
        for (number, record) in recording.records.iter().enumerate() {
            disk.pass(number, record, &mut random);
        }
        let after = folder();
        image::lay(&disk.image(&mut random), after.path());
        let outcome =
            workload::stored(after.path(), "power").and_then(|stored| all_are_stored(&acknowledged, &stored));
        if let Err(error) = outcome {
            let kept = after.keep();
            panic!(
                "seed {}: {failure:?} of {call}, then the power was lost ({}): {error}",
                seed(),
                kept.display()
            );
        }
    }
    let failed: Vec<String> = failed
        .iter()
        .map(|(call, times)| format!("{call} {times}"))
        .collect();
    proof.note = failed.join(", ");
    proof.print();
}
