//! Builds the runtime for WebAssembly and leaves it where `lib.rs` includes it.

fn main() {
	#[cfg(feature = "std")]
	substrate_wasm_builder::WasmBuilder::build_using_defaults();
}
