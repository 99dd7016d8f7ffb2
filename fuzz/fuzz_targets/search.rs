#![no_main]

#[path = "../stores.rs"]
mod stores;

libfuzzer_sys::fuzz_target!(|input: &[u8]| stores::search(input));
