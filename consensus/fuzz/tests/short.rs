//! The short run of every target: its corpus, and a stated number of inputs made of it, from a fixed seed.

use std::path::Path;
use syndic_fuzz::{decoders, machine, runner};

fn run(name: &str, inputs: usize, target: impl Fn(&[u8])) {
	let corpus = Path::new("corpus").join(name);
	let count = runner::run(&corpus, inputs, target);
	println!("{name}: {count} inputs");
}

#[test]
fn decoders_take_what_they_would_have_written_and_refuse_the_rest() {
	run("decoders", 400_000, decoders::target);
}

#[test]
fn the_machine_keeps_its_rules_whatever_comes() {
	run("machine", 8_000, machine::target);
}
