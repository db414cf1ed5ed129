//! Counts the bytes that a decoder allocates: no more than a small multiple of its input, whatever lengths the input
//! promises. This file has one test, because the counter is that of the process.

use peak_alloc::PeakAlloc;
use std::path::Path;
use syndic_fuzz::{decoders, runner};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Maximum number of bytes allocated per byte of input. A value takes more room than its encoding where options are
/// empty: an empty view-change is 17 bytes encoded, and a few hundred in memory. Lists grow by doubling, and both
/// copies exist while they do.
const TIMES: usize = 16;
/// Bytes that the codec reserves for a list before it has read an element.
const AHEAD: usize = 64 * 1024;

#[test]
fn decoders_allocate_no_more_than_a_small_multiple_of_their_input() {
	let corpus = Path::new("corpus/decoders");
	runner::run(corpus, 100_000, |bytes| {
		let before = MEMORY.current_usage();
		MEMORY.reset_peak_usage();
		decoders::target(bytes);
		let peak = MEMORY.peak_usage().saturating_sub(before);
		assert!(peak <= TIMES * bytes.len() + AHEAD, "{} bytes in, {peak} bytes taken", bytes.len());
	});
}
