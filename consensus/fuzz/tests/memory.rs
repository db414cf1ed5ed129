//! What a decoder allocates, counted: no more than a small multiple of what it was given, whatever lengths that promises.
//! One test alone, for the counter is the process's.

use peak_alloc::PeakAlloc;
use std::path::Path;
use syndic_fuzz::{decoders, runner};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// A value takes more room than its encoding where options are empty: a view-change of nothing is 17 bytes, and a few
/// hundred in memory. Lists grow by doubling, and both copies are there while they do.
const TIMES: usize = 16;
/// What the codec sets aside for a list before it has seen an element.
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
