//! Callers whose calls all have deadlines: writers that repeat a batch until it is acknowledged, and a reader.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use seerflow::record::{Control, EventQuery};
use seerflow::{Engine, Input, WriteOptions};

use crate::load::event;
use crate::random::{Random, seed};

/// By how much any call may exceed its deadline on a busy machine. Exact figures are reported, not asserted.
const TOO_LATE: Duration = Duration::from_secs(5);

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    acknowledged: AtomicU64,
    lateness: Mutex<Lateness>,
}

/// How calls kept their deadlines.
#[derive(Clone, Debug, Default)]
pub struct Lateness {
    pub calls: u64,
    /// Calls that returned more than 10 % after their deadline.
    pub late: u64,
    /// The longest time between a deadline and the return.
    pub longest: Duration,
}

impl fmt::Display for Lateness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "calls with deadlines of 0.1 to 3 s {}, returned more than 10 % late {}, most ms late {}",
            self.calls,
            self.late,
            self.longest.as_millis()
        )
    }
}

impl Lateness {
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.late += other.late;
        self.longest = self.longest.max(other.longest);
    }
}

/// The threads, until `end`.
pub struct Hurried {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Hurried {
    /// Starts three writers and a reader.
    pub fn start(engine: &Arc<Engine>) -> Self {
        let shared = Arc::new(Shared::default());
        let run = |thread: u64| {
            let (engine, shared) = (Arc::clone(engine), Arc::clone(&shared));
            thread::spawn(move || {
                let mut random = Random(seed() ^ thread);
                let mut first = 0;
                while !shared.stop.load(Ordering::SeqCst) {
                    if thread == 0 {
                        shared.read(&engine, &mut random);
                    } else {
                        let count = 1 + random.below(60);
                        while !shared.write(&engine, thread, first, count, &mut random) {}
                        shared.acknowledged.fetch_add(count, Ordering::SeqCst);
                        first += count;
                    }
                    thread::sleep(Duration::from_millis(random.below(40)));
                }
            })
        };
        let threads = (0..4).map(run).collect();
        Self { shared, threads }
    }

    /// Returns the number of acknowledged events.
    pub fn acknowledged(&self) -> u64 {
        self.shared.acknowledged.load(Ordering::SeqCst)
    }

    /// Stops the threads when their last batches are acknowledged. Returns the number of acknowledged events.
    pub fn end(self) -> (u64, Lateness) {
        self.shared.stop.store(true, Ordering::SeqCst);
        for thread in self.threads {
            thread.join().unwrap();
        }
        let lateness = self.shared.lateness.lock().unwrap().clone();
        (self.shared.acknowledged.load(Ordering::SeqCst), lateness)
    }
}

impl Shared {
    /// Writes a batch durably. Returns false if it has to be repeated.
    fn write(&self, engine: &Engine, thread: u64, first: u64, count: u64, random: &mut Random) -> bool {
        let events = (first..first + count).map(move |number| Ok(event(thread, number)));
        let options = WriteOptions {
            durable: true,
            withdraw: true,
            batch_key: Some(format!("{thread}/{first}").into_bytes()),
            ..WriteOptions::default()
        };
        let written = self.timed(random, |control| {
            engine.write(Input::Events(Box::new(events)), options, control)
        });
        if let Ok(written) = &written {
            assert_eq!(
                (written.committed + written.duplicates, written.rejected.len()),
                (count, 0)
            );
        }
        written.is_ok()
    }

    fn read(&self, engine: &Engine, random: &mut Random) {
        let page = self.timed(random, |control| {
            engine.query_events(&EventQuery::default(), control)
        });
        if let Err(error) = page {
            assert!(error.is_retriable(), "{error}");
        }
    }

    /// Makes a call with a deadline of 0.1 to 3 s, and notes how late it returns.
    fn timed<T>(&self, random: &mut Random, call: impl FnOnce(&Control) -> T) -> T {
        let time = Duration::from_millis(100 + random.below(2_900));
        let began = Instant::now();
        let answer = call(&Control::within(time));
        let took = began.elapsed();
        assert!(
            took < time + TOO_LATE,
            "a call with {time:?} returned after {took:?}"
        );
        self.lateness.lock().unwrap().add(&Lateness {
            calls: 1,
            late: u64::from(took > time + time / 10),
            longest: took.saturating_sub(time),
        });
        answer
    }
}
