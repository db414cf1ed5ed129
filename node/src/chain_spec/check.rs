//! Checks the genesis state of a chain before any file is written.
//!
//! A configuration for the built-in runtime is read natively, so that an error names the field. A configuration for
//! another runtime is built by that runtime. The result is then checked like a raw state: by the storage items that the
//! engine reads.

use super::{
	amount,
	file::{syntax, GenesisFile, RuntimeFile, SpecFile},
	ChainSpec, SpecError,
};
use codec::{Decode, DecodeAll};
use sc_chain_spec::ChainType;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};
use sp_core::storage::{well_known_keys, Storage};
use sp_keyring::Ed25519Keyring;
use sp_runtime::BuildStorage;
use std::collections::BTreeMap;
use syndic_primitives::{
	storage_keys::{StorageItem, PARAMETERS, SCHEDULED_PARAMETERS, VALIDATOR_SET},
	Parameters, UncheckedSet, ValidatorId,
};
use syndic_runtime::RuntimeGenesisConfig;

/// The path of the configuration in a spec.
const GENESIS: &str = "genesis.runtimeGenesis";

/// Reads and checks a spec, and returns it in the SDK's form.
pub fn check(bytes: Vec<u8>) -> Result<ChainSpec, SpecError> {
	let mut file = SpecFile::parse(&bytes)?;
	let bytes = match &mut file.genesis {
		GenesisFile::RuntimeGenesis(genesis) => with_plain_numbers(bytes, genesis)?,
		GenesisFile::Raw(_) => bytes,
	};
	let live = file.chain_type == ChainType::Live;
	let spec =
		|bytes: Vec<u8>| ChainSpec::from_json_bytes(bytes).map_err(|error| SpecError::field("chain spec", error));
	match file.genesis {
		GenesisFile::Raw(raw) => {
			let top: BTreeMap<_, _> = raw.top.into_iter().map(|(key, value)| (key.0, value.0)).collect();
			state(&top, "genesis.raw.top", live)?;
			spec(bytes)
		}
		GenesisFile::RuntimeGenesis(genesis) => {
			if built_in(&genesis.code) {
				configuration(&genesis, live)?;
				return spec(bytes);
			}
			exclusive(&genesis)?;
			let spec = spec(bytes)?;
			let storage = spec.build_storage().map_err(|error| {
				// The SDK appends the whole configuration to its error.
				let reason = error.split(" for blob:").next().unwrap_or_default().to_owned();
				SpecError::field(GENESIS, format!("its code does not accept it: {reason}"))
			})?;
			state(&storage.top, GENESIS, live)?;
			Ok(spec)
		}
	}
}

/// The spec with plain integers for all numbers of its configuration `genesis`.
fn with_plain_numbers(bytes: Vec<u8>, genesis: &mut RuntimeFile) -> Result<Vec<u8>, SpecError> {
	let mut rewritten: Option<Value> = None;
	for (name, config) in [("patch", &mut genesis.patch), ("config", &mut genesis.config)] {
		let Some(config) = config else { continue };
		if !amount::normalise(config, &format!("{GENESIS}.{name}"))? {
			continue;
		}
		let spec = match &mut rewritten {
			Some(spec) => spec,
			None => rewritten.insert(serde_json::from_slice(&bytes).map_err(syntax)?),
		};
		let place = spec.pointer_mut(&format!("/genesis/runtimeGenesis/{name}"));
		*place.ok_or_else(|| SpecError::field(GENESIS, "is not there"))? = config.clone();
	}
	match rewritten {
		Some(spec) => serde_json::to_vec_pretty(&spec).map_err(|error| SpecError::field(GENESIS, error)),
		None => Ok(bytes),
	}
}

fn built_in(code: &[u8]) -> bool {
	syndic_runtime::WASM_BINARY == Some(code)
}

/// The configuration's path in the spec, and the configuration.
fn exclusive(genesis: &RuntimeFile) -> Result<(&'static str, &Value), SpecError> {
	if genesis.code.is_empty() {
		return Err(SpecError::field(format!("{GENESIS}.code"), "must not be empty"));
	}
	match (&genesis.patch, &genesis.config) {
		(Some(patch), None) => Ok(("genesis.runtimeGenesis.patch", patch)),
		(None, Some(config)) => Ok(("genesis.runtimeGenesis.config", config)),
		(None, None) => Err(SpecError::field(GENESIS, "must have `patch` or `config`")),
		(Some(_), Some(_)) => Err(SpecError::field(GENESIS, "must have `patch` or `config`, not both")),
	}
}

/// The state that a spec describes, built natively; `None` unless its code is the built-in runtime's. The state is the
/// one that the code itself would build, without the time to compile it.
pub fn native_storage(spec: &[u8]) -> Result<Option<Storage>, SpecError> {
	let GenesisFile::RuntimeGenesis(genesis) = SpecFile::parse(spec)?.genesis else { return Ok(None) };
	if !built_in(&genesis.code) {
		return Ok(None);
	}
	let (at, config) = read(&genesis)?;
	let mut storage = config.build_storage().map_err(|error| SpecError::field(at, error))?;
	storage.top.insert(well_known_keys::CODE.to_vec(), genesis.code);
	Ok(Some(storage))
}

/// Checks a configuration for the built-in runtime.
fn configuration(genesis: &RuntimeFile, live: bool) -> Result<(), SpecError> {
	let (at, config) = read(genesis)?;
	syndic_runtime::genesis::check(&config).map_err(|error| SpecError::field(at, error))?;
	if live {
		nobodys_own(&config.validators.validators, &format!("{at}.validators.validators"))?;
	}
	Ok(())
}

/// Reads a configuration for the built-in runtime. Returns its path in the spec, and the configuration.
fn read(genesis: &RuntimeFile) -> Result<(&'static str, RuntimeGenesisConfig), SpecError> {
	let (at, value) = exclusive(genesis)?;
	let merged = if genesis.patch.is_some() {
		let mut merged = serde_json::to_value(RuntimeGenesisConfig::default())
			.map_err(|error| SpecError::field(at, format!("the runtime's default is not JSON: {error}")))?;
		sc_chain_spec::json_merge(&mut merged, value.clone());
		merged
	} else {
		value.clone()
	};
	let config: RuntimeGenesisConfig = serde_path_to_error::deserialize(&merged).map_err(|error| {
		let path = error.path().to_string();
		let field = if path == "." { at.to_owned() } else { format!("{at}.{path}") };
		match found(&merged, error.path()) {
			// For a number out of the field's range, serde_json says only that it is invalid.
			Some(Value::Number(number)) if error.inner().to_string() == "invalid number" => {
				SpecError::field(field, format!("is {number}, which is out of this field's range"))
			}
			_ => SpecError::field(field, error.into_inner()),
		}
	})?;
	Ok((at, config))
}

/// The value at `path`.
fn found<'v>(value: &'v Value, path: &Path) -> Option<&'v Value> {
	path.iter().try_fold(value, |value, segment| match segment {
		Segment::Seq { index } => value.get(index),
		Segment::Map { key } => value.get(key),
		Segment::Enum { .. } | Segment::Unknown => None,
	})
}

/// Checks a raw state: the items that the engine needs must exist and be valid.
fn state(top: &BTreeMap<Vec<u8>, Vec<u8>>, at: &str, live: bool) -> Result<(), SpecError> {
	if top.get(well_known_keys::CODE).is_none_or(|code| code.is_empty()) {
		return Err(SpecError::field(at, "has no runtime code (key :code)"));
	}
	let set: UncheckedSet = required(top, at, VALIDATOR_SET)?;
	if live {
		nobodys_own(&set.members, &name(at, VALIDATOR_SET))?;
	}
	set.check().map_err(|error| SpecError::field(name(at, VALIDATOR_SET), error))?;
	// Checked as the engine does: the state may be of a runtime with fewer parameters and fewer rules.
	let parameters =
		item_with(top, at, PARAMETERS, Parameters::decode_stored)?.ok_or_else(|| missing(at, PARAMETERS))?;
	parameters.check_engine().map_err(|error| SpecError::field(name(at, PARAMETERS), error))?;
	let scheduled = item_with(top, at, SCHEDULED_PARAMETERS, Parameters::decode_schedule)?.unwrap_or_default();
	for (_, parameters) in scheduled {
		parameters.check_engine().map_err(|error| SpecError::field(name(at, SCHEDULED_PARAMETERS), error))?;
	}
	Ok(())
}

/// Refuses the development keys, whose secrets are public.
fn nobodys_own(keys: &[ValidatorId], at: &str) -> Result<(), SpecError> {
	for (index, key) in keys.iter().enumerate() {
		if let Some(known) = Ed25519Keyring::iter().find(|known| ValidatorId::from(known.public()) == *key) {
			return Err(SpecError::field(
				format!("{at}[{index}]"),
				format!("is the development key of {known}, whose secret everybody has; chainType is Live"),
			));
		}
	}
	Ok(())
}

fn name(at: &str, item: StorageItem) -> String {
	format!("{at}: {}::{}", item.pallet, item.item)
}

fn item_with<T>(
	top: &BTreeMap<Vec<u8>, Vec<u8>>,
	at: &str,
	item: StorageItem,
	decode: fn(&[u8]) -> Result<T, codec::Error>,
) -> Result<Option<T>, SpecError> {
	let Some(bytes) = top.get(&item.key()[..]) else { return Ok(None) };
	decode(bytes).map(Some).map_err(|error| SpecError::field(name(at, item), format!("not decodable: {error}")))
}

fn required<T: Decode>(top: &BTreeMap<Vec<u8>, Vec<u8>>, at: &str, which: StorageItem) -> Result<T, SpecError> {
	item_with(top, at, which, |mut bytes| T::decode_all(&mut bytes))?.ok_or_else(|| missing(at, which))
}

fn missing(at: &str, which: StorageItem) -> SpecError {
	SpecError::field(name(at, which), format!("is not there (key 0x{})", hex::encode(which.key())))
}
