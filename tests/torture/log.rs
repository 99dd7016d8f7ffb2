//! Readers that overlap, so that one always uses the write-ahead log: the log keeps its bound.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use seerflow::record::Control;

use crate::{open, write};

const LIMIT: u64 = 2 << 20;

#[test]
fn log_starts_over_although_readers_overlap() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seerflow.db");
    let engine = open(&path, &[("storage.wal_limit_bytes", &LIMIT.to_string())]);
    engine.start(&Control::unbounded()).unwrap();
    let (stop, turn) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut largest = 0;
    std::thread::scope(|scope| {
        for reader in 0..2 {
            let (path, stop, turn) = (&path, &stop, &turn);
            scope.spawn(move || {
                let other = rusqlite::Connection::open(path).unwrap();
                while !stop.load(Ordering::SeqCst) {
                    // Each begins before the other one ends.
                    if turn.load(Ordering::SeqCst) % 2 == reader {
                        other
                            .execute_batch("BEGIN; SELECT 1 FROM events LIMIT 1")
                            .unwrap();
                        turn.fetch_add(1, Ordering::SeqCst);
                        std::thread::sleep(Duration::from_millis(20));
                        other.execute_batch("COMMIT").unwrap();
                    } else {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
            });
        }
        for batch in 0..200 {
            write(&engine, &format!("b{batch}"), 100, &Control::unbounded()).unwrap();
            let log = std::fs::metadata(path.with_extension("db-wal")).unwrap();
            largest = largest.max(log.len());
        }
        stop.store(true, Ordering::SeqCst);
    });
    // On a busy machine readers take longer: the log took 3.4 MB alone, and 19 MB beside other tests. Without a bound it takes 52 MB.
    assert!(largest < 12 * LIMIT, "the log took {largest} bytes");
}
