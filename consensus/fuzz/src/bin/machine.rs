//! libFuzzer on the machine; built and run by `scripts/fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| syndic_fuzz::machine::target(bytes));
