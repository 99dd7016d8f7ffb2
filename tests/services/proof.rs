//! The size of a test that injects faults, and the line that reports its result. `tests/proof.py` makes the table of
//! docs/reliability.md from these lines.
#![allow(dead_code)] // each suite uses a part of it

use std::panic::Location;
use std::time::Instant;

use crate::random::seed;

/// Returns the number of faults of a test: the long form with `SEERFLOW_TORTURE=long`, N percent of it with `SEERFLOW_TORTURE=N`.
pub fn faults(short: u64, long: u64) -> u64 {
    match std::env::var("SEERFLOW_TORTURE").as_deref() {
        Ok("long") => long,
        Ok(percent) => percent
            .parse::<u64>()
            .map_or(short, |percent| short.max(long * percent / 100)),
        Err(_) => short,
    }
}

/// Returns true in every form but the short one.
pub fn is_long() -> bool {
    faults(0, 100) > 0
}

/// The result of a test that injects faults.
pub struct Proof {
    /// What was done to the store.
    fault: &'static str,
    /// The source file of the test.
    test: &'static str,
    started: Instant,
    /// Number of faults injected.
    pub faults: u64,
    /// Number of items whose storage was acknowledged.
    pub acknowledged: u64,
    /// The kind of item.
    pub unit: &'static str,
    /// Number of acknowledged items that were lost.
    pub lost: u64,
    /// Number of items stored more than once.
    pub twice: u64,
    /// Other figures.
    pub note: String,
}

impl Proof {
    /// Starts the clock of a test. The description becomes the first column of the table.
    #[track_caller]
    pub fn start(fault: &'static str) -> Self {
        Self {
            fault,
            test: Location::caller().file(),
            started: Instant::now(),
            faults: 0,
            acknowledged: 0,
            unit: "events",
            lost: 0,
            twice: 0,
            note: String::new(),
        }
    }

    /// Prints the result. A fault that concerns no acknowledged item has `-` in the columns of items.
    pub fn print(&self) {
        let items = match self.acknowledged {
            0 => "- | - | -".to_owned(),
            acknowledged => format!("{acknowledged} {} | {} | {}", self.unit, self.lost, self.twice),
        };
        println!(
            "proof: {} | {} | {items} | {} | {} s | {} | {}",
            self.fault,
            self.faults,
            seed(),
            self.started.elapsed().as_secs(),
            self.note,
            self.test,
        );
    }
}
