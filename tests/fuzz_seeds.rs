//! The fuzzed properties on the seeds of `fuzz/`, and on each seed with a byte changed, removed or repeated.

#[cfg(feature = "fault-injection")]
#[path = "../fuzz/private.rs"]
mod private;
#[path = "../fuzz/property.rs"]
mod property;
#[cfg(feature = "cli")]
#[path = "../fuzz/stores.rs"]
mod stores;

use std::path::Path;

use property::{Door, check};

/// Calls `check` with the seeds of a target, and with `rounds` variants of each.
fn for_each(target: &str, rounds: u32, check: impl Fn(&[u8])) {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(target);
    let mut number = 1_u64;
    let mut files: Vec<_> = std::fs::read_dir(seeds)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{target}");
    for file in files {
        let seed = std::fs::read(file).unwrap();
        check(&seed);
        for _ in 0..rounds {
            // An xorshift generator: the same inputs in every run.
            number ^= number << 13;
            number ^= number >> 7;
            number ^= number << 17;
            let mut input = seed.clone();
            let at = number as usize % input.len().max(1);
            match number >> 60 {
                0..=5 => input[at] = (number >> 32) as u8,
                6..=10 => drop(input.remove(at)),
                _ => input.extend_from_within(at / 2..at),
            }
            check(&input);
        }
    }
}

#[test]
fn stored_events_of_mutated_seeds_come_back() {
    for (name, door) in [
        ("lines", Door::Lines),
        ("ndjson", Door::Ndjson),
        ("msgpack", Door::Msgpack),
        ("fluent", Door::Fluent),
        ("otlp", Door::Otlp),
        ("otlp_json", Door::OtlpJson),
    ] {
        for_each(name, 200, |input| check(door, input));
    }
}

#[cfg(all(feature = "fault-injection", feature = "graph-servers", feature = "postgres"))]
#[test]
fn mutated_seeds_of_private_parsers_do_no_harm() {
    for_each("blob", 200, private::blob);
    for_each("connection", 200, private::connection);
    for_each("yaml", 50, private::yaml);
    for_each("cursor", 200, private::cursor);
    for_each("messages", 200, private::messages);
    for_each("answers", 200, private::answers);
    for_each("counts", 200, private::counts);
}

#[cfg(feature = "cli")]
#[test]
fn mutated_seeds_of_searches_and_files_do_no_harm() {
    for_each("search", 30, stores::search);
    for_each("load", 30, stores::load);
}
