#![no_main]

#[path = "../property.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|input: &[u8]| property::check(property::Door::Msgpack, input));
