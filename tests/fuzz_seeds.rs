//! The fuzzed property on the seeds of `fuzz/`, and on each seed with a byte changed, removed or repeated.

#[path = "../fuzz/property.rs"]
mod property;

use std::path::Path;

use property::{Door, check};

const DOORS: [(&str, Door); 6] = [
    ("lines", Door::Lines),
    ("ndjson", Door::Ndjson),
    ("msgpack", Door::Msgpack),
    ("fluent", Door::Fluent),
    ("otlp", Door::Otlp),
    ("otlp_json", Door::OtlpJson),
];

#[test]
fn stored_events_of_mutated_seeds_come_back() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for (name, door) in DOORS {
        let Ok(files) = std::fs::read_dir(seeds.join(name)) else {
            continue;
        };
        let mut number = 1_u64;
        for file in files {
            let seed = std::fs::read(file.unwrap().path()).unwrap();
            check(door, &seed);
            for _ in 0..200 {
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
                check(door, &input);
            }
        }
    }
}
