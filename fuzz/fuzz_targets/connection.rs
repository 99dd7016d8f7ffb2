#![no_main]

#[path = "../private.rs"]
mod private;

libfuzzer_sys::fuzz_target!(|input: &[u8]| private::connection(input));
