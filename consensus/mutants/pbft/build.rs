//! Sets `cfg(mutants)`, which makes the deliberate faults of `syndic_pbft::mutant` possible.

fn main() {
	println!("cargo:rerun-if-changed=build.rs");
	println!("cargo:rustc-cfg=mutants");
}
