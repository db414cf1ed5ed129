//! The chain that a node runs: a preset, a spec in a file, or a consortium's template. Every spec is fully checked
//! before a directory is made for it.

mod amount;
mod check;
mod file;
mod template;

use sc_chain_spec::{ChainType, GenericChainSpec, Properties};
use sp_core::storage::Storage;
use std::path::{Path, PathBuf};

/// A chain spec of Syndic: no extensions, and only the stock host functions.
pub type ChainSpec = GenericChainSpec;

/// Maximum length of a spec in bytes. Only the raw spec of a large state would be longer, and that is exported, not
/// edited.
const MAX_SPEC_BYTES: u64 = 256 * 1024 * 1024;

/// Why a chain could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
	/// The binary has no runtime.
	#[error("chain {0}: this binary was built without the runtime's Wasm, so it has no presets (build without SKIP_WASM_BUILD)")]
	NoRuntime(String),
	/// The runtime has no preset of this name.
	#[error("chain {0}: the runtime has no such preset")]
	NoPreset(String),
	/// Neither a preset nor a file.
	#[error("chain {path}: no preset of that name (dev, local), and no such file: {error}")]
	Unreadable {
		/// The name or path that was given.
		path: PathBuf,
		/// Why it cannot be read.
		error: std::io::Error,
	},
	/// The file is longer than the bound.
	#[error("chain spec {path}: {found} bytes, at most {bound} are read")]
	TooLong {
		/// The file.
		path: PathBuf,
		/// Its size in bytes.
		found: u64,
		/// The bound in bytes.
		bound: u64,
	},
	/// A template cannot be run: nodes with different built-in runtimes would begin different chains.
	#[error("chain {0}: a template can't be run, make a spec of it first: syndic export-chain-spec --chain {0} --output spec.json")]
	Template(PathBuf),
	/// The file is not a valid spec.
	#[error("chain spec {path}: {error}")]
	Bad {
		/// The file.
		path: PathBuf,
		/// What is wrong with it.
		error: SpecError,
	},
}

/// Errors in a spec. Each names the field or the position.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
	/// The file is not JSON, or does not have the form of a spec.
	#[error("line {line} column {column}: {message}")]
	Syntax {
		/// The line, counted from 1.
		line: usize,
		/// The column, counted from 1.
		column: usize,
		/// What is wrong there.
		message: String,
	},
	/// A field of the right form and the wrong content.
	#[error("{field}: {message}")]
	Field {
		/// The field's path.
		field: String,
		/// What is wrong with it.
		message: String,
	},
}

impl SpecError {
	fn field(field: impl Into<String>, message: impl ToString) -> Self {
		Self::Field { field: field.into(), message: message.to_string() }
	}
}

/// The chain with this name or path. Templates are accepted only for exporting a spec.
pub fn load(id: &str, exporting: bool) -> Result<Box<dyn sc_service::ChainSpec>, LoadError> {
	match id {
		"dev" => preset("Syndic Development", syndic_runtime::presets::DEV, ChainType::Development),
		"" | "local" => preset("Syndic Local Network", syndic_runtime::presets::LOCAL, ChainType::Local),
		path => from_file(Path::new(path), exporting),
	}
}

/// The genesis state. It is built natively where that is possible, because compiling the runtime takes seconds.
pub fn genesis_storage(spec: &dyn sc_service::ChainSpec) -> Result<Storage, String> {
	let native = check::native_storage(spec.as_json(false)?.as_bytes()).map_err(|error| error.to_string())?;
	match native {
		Some(storage) => Ok(storage),
		None => spec.as_storage_builder().build_storage(),
	}
}

/// How wallets show amounts.
fn properties() -> Properties {
	let mut properties = Properties::new();
	properties.insert("ss58Format".into(), 42.into());
	properties.insert("tokenDecimals".into(), 12.into());
	properties.insert("tokenSymbol".into(), "SYN".into());
	properties
}

/// The preset `id` of the runtime; the chain's id is the preset's name.
fn preset(name: &str, id: &str, chain_type: ChainType) -> Result<Box<dyn sc_service::ChainSpec>, LoadError> {
	let code = syndic_runtime::WASM_BINARY.ok_or_else(|| LoadError::NoRuntime(id.into()))?;
	let patch = syndic_runtime::presets::get(id)
		.and_then(|patch| serde_json::from_slice(&patch).ok())
		.ok_or_else(|| LoadError::NoPreset(id.into()))?;
	let spec = ChainSpec::builder(code, None)
		.with_name(name)
		.with_id(id)
		.with_chain_type(chain_type)
		.with_protocol_id("syndic")
		.with_properties(properties())
		.with_genesis_config_patch(patch)
		.build();
	Ok(Box::new(spec))
}

fn from_file(path: &Path, exporting: bool) -> Result<Box<dyn sc_service::ChainSpec>, LoadError> {
	let is_template = path.extension().is_some_and(|extension| extension == "toml");
	if is_template && !exporting {
		return Err(LoadError::Template(path.into()));
	}
	let unreadable = |error| LoadError::Unreadable { path: path.into(), error };
	let found = std::fs::metadata(path).map_err(unreadable)?.len();
	if found > MAX_SPEC_BYTES {
		return Err(LoadError::TooLong { path: path.into(), found, bound: MAX_SPEC_BYTES });
	}
	let mut bytes = std::fs::read(path).map_err(unreadable)?;
	let bad = |error| LoadError::Bad { path: path.into(), error };
	if is_template {
		let code = syndic_runtime::WASM_BINARY.ok_or_else(|| LoadError::NoRuntime(path.display().to_string()))?;
		bytes = template::to_spec(&bytes, code).map_err(bad)?;
	}
	let spec = check::check(bytes).map_err(bad)?;
	Ok(Box::new(spec))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_state_that_is_built_natively_is_the_one_that_the_runtime_builds() {
		for id in ["dev", "local"] {
			let spec = load(id, false).unwrap();
			let native =
				check::native_storage(spec.as_json(false).unwrap().as_bytes()).unwrap().expect("it is our code");
			let built = spec.as_storage_builder().build_storage().unwrap();
			assert_eq!(native.top, built.top);
			assert!(native.children_default.is_empty() && built.children_default.is_empty());
			// A raw spec is never built natively.
			assert!(check::native_storage(spec.as_json(true).unwrap().as_bytes()).unwrap().is_none());
		}
	}
}
