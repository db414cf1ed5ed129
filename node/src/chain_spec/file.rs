//! The form of a chain spec in JSON. It is stricter than the SDK's reader: no field is ignored, and none may be given
//! twice.

use super::SpecError;
use sc_chain_spec::ChainType;
use sc_network::config::MultiaddrWithPeerId;
use sc_telemetry::TelemetryEndpoints;
use serde::{de::IgnoredAny, Deserialize};
use sp_core::{
	storage::{StorageData, StorageKey},
	Bytes,
};
use std::collections::BTreeMap;

/// Maximum length of an id, which becomes a directory's name.
const MAX_ID: usize = 64;

/// A whole spec.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpecFile {
	pub name: String,
	pub id: String,
	#[serde(default)]
	pub chain_type: ChainType,
	#[serde(rename = "bootNodes")]
	_boot_nodes: Vec<MultiaddrWithPeerId>,
	#[serde(rename = "telemetryEndpoints")]
	_telemetry_endpoints: Option<TelemetryEndpoints>,
	#[serde(rename = "protocolId")]
	_protocol_id: Option<String>,
	#[serde(rename = "forkId")]
	_fork_id: Option<String>,
	#[serde(rename = "properties")]
	_properties: Option<serde_json::Map<String, serde_json::Value>>,
	/// Accepted and ignored: older tools write it.
	#[serde(rename = "consensusEngine")]
	_consensus_engine: Option<IgnoredAny>,
	#[serde(default)]
	pub code_substitutes: BTreeMap<String, Bytes>,
	pub genesis: GenesisFile,
}

/// The genesis state, in one of the forms with which a node can begin.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum GenesisFile {
	Raw(RawFile),
	RuntimeGenesis(RuntimeFile),
}

/// The genesis state, key by key.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RawFile {
	pub top: BTreeMap<StorageKey, StorageData>,
	#[serde(rename = "childrenDefault")]
	_children_default: BTreeMap<StorageKey, BTreeMap<StorageKey, StorageData>>,
}

/// The genesis state, as a configuration for a runtime.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuntimeFile {
	#[serde(with = "sp_core::bytes")]
	pub code: Vec<u8>,
	/// Changes to the runtime's default configuration.
	pub patch: Option<serde_json::Value>,
	/// The whole configuration.
	pub config: Option<serde_json::Value>,
}

impl SpecFile {
	/// Reads a spec, and checks all that does not depend on a runtime.
	pub fn parse(bytes: &[u8]) -> Result<Self, SpecError> {
		let spec: Self = serde_json::from_slice(bytes).map_err(syntax)?;
		if spec.name.trim().is_empty() {
			return Err(SpecError::field("name", "must not be empty"));
		}
		let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
		if spec.id.is_empty() || spec.id.len() > MAX_ID || !spec.id.chars().all(fits) {
			let message = format!(
				"is {:?}, must be 1 to {MAX_ID} letters, digits, `-` and `_`: it names the chain's directory",
				spec.id.chars().take(2 * MAX_ID).collect::<String>()
			);
			return Err(SpecError::field("id", message));
		}
		for number in spec.code_substitutes.keys() {
			number.parse::<u32>().map_err(|error| {
				SpecError::field(format!("codeSubstitutes.{number}"), format!("not a block number: {error}"))
			})?;
		}
		Ok(spec)
	}
}

/// The error without the position at the end of its message.
pub fn syntax(error: serde_json::Error) -> SpecError {
	let (line, column) = (error.line(), error.column());
	let message = error.to_string();
	let place = format!(" at line {line} column {column}");
	SpecError::Syntax { line, column, message: message.strip_suffix(&place).unwrap_or(&message).into() }
}
