//! An endless stream of events, in a process of bounded memory.

use std::path::Path;
use std::time::Instant;

use seerflow::record::{Control, Event};
use seerflow::{Input, WriteOptions};

use crate::proof::is_long;
use crate::random::{Random, seed};
use crate::{kib, open, start};

/// Streams the events of the benches (200 users, 5,000 addresses); prints the rate of each million and the memory used.
pub fn stream(path: &Path) {
    let (total, part) = stream_size();
    let engine = open(path, &[("storage.queue_bytes", "33554432")]);
    let mut random = Random(seed());
    let mut rates = Vec::new();
    for _ in 0..total / part {
        let started = Instant::now();
        for _ in 0..part / 1000 {
            let events = (0..1000).map(|_| {
                let (user, ip) = (random.below(200), random.below(5_000));
                let address = format!("10.{}.{}.7", ip / 250, ip % 250);
                Ok(Event {
                    message: format!(
                        "Failed password for user{user} from {address} port {} ssh2",
                        random.below(65_536)
                    )
                    .into(),
                    source_type: "sshd".into(),
                    related_users: vec![format!("user{user}").into()],
                    related_ips: vec![address.into()],
                    ..Event::default()
                })
            });
            engine
                .write(
                    Input::Events(Box::new(events)),
                    WriteOptions::default(),
                    &Control::unbounded(),
                )
                .unwrap();
        }
        engine.flush(&Control::unbounded()).unwrap();
        rates.push(part as f64 / started.elapsed().as_secs_f64());
    }
    let wal = engine.stats().buffer.wal_bytes;
    let rates: Vec<String> = rates.iter().map(|rate| format!("{rate:.0}")).collect();
    println!(
        "\nstreamed {} {} {wal} {}",
        kib("VmHWM"),
        kib("RssAnon"),
        rates.join(" ")
    );
}

fn stream_size() -> (u64, u64) {
    if is_long() {
        (5_000_000, 1_000_000)
    } else {
        (300_000, 100_000)
    }
}

#[test]
fn memory_is_bounded_while_events_stream_through() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = start("stream", &folder.path().join("seerflow.db"));
    let mut output = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take().unwrap(), &mut output).unwrap();
    assert!(child.wait().unwrap().success(), "{output}");
    let line = output
        .lines()
        .find_map(|line| line.strip_prefix("streamed "))
        .unwrap();
    let numbers: Vec<f64> = line.split(' ').map(|number| number.parse().unwrap()).collect();
    let (peak, wal, rates) = (numbers[0] / 1024.0, numbers[2] / 1048576.0, &numbers[3..]);
    let (first, last) = (rates[0], rates[rates.len() - 1]);
    let (total, part) = stream_size();
    println!(
        "streamed {total} events: peak memory {peak:.0} MiB with a queue of 32 MiB, write-ahead log {wal:.0} MiB; events/s per {part}: {rates:.0?}, last/first {:.2}",
        last / first
    );
    assert!(peak <= 32.0 + 128.0, "peak memory {peak:.0} MiB");
    // Rates vary on a busy machine; only a collapse fails the test.
    assert!(last >= first * 0.25, "the rate fell from {first:.0} to {last:.0}");
}
