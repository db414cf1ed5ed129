//! Chain specs in which the accounts of a load have an identity, money, and institutions with room in their quotas.

use crate::{accounts, error::Error};
use serde_json::{json, Map, Value};
use sp_core::crypto::Ss58Codec;
use std::path::PathBuf;

/// Balance of each account: a million units.
const ENDOWMENT: u64 = 1_000_000_000_000_000_000;

/// Adds accounts to a chain spec.
#[derive(Clone, Debug, clap::Args)]
pub struct SpecOptions {
	/// The chain spec to begin from, not raw: what `syndic export-chain-spec --chain local` writes.
	#[arg(long, value_name = "FILE")]
	pub base: PathBuf,
	/// How many accounts to admit. They belong to the banks of the spec by turns.
	#[arg(long, value_name = "N", default_value_t = 200)]
	pub accounts: u32,
	/// What they are derived from: number 7 is ROOT/7.
	#[arg(long, value_name = "URI", default_value = accounts::DEFAULT_ROOT)]
	pub root: String,
	/// Sets a consensus parameter: blockPeriod=300, proposalForm=compact. May be given several times.
	#[arg(long = "parameter", value_name = "NAME=VALUE")]
	pub parameters: Vec<String>,
}

/// The spec with the accounts in it, as text.
pub fn write(options: &SpecOptions) -> Result<String, Error> {
	let path = &options.base;
	let bad = |problem: &str| Error::Spec { path: path.clone(), problem: problem.into() };
	let text = std::fs::read_to_string(path).map_err(|error| Error::File { path: path.clone(), error })?;
	let mut spec: Value = serde_json::from_str(&text).map_err(|error| bad(&format!("it is not JSON: {error}")))?;
	let genesis = spec.pointer_mut("/genesis/runtimeGenesis").ok_or_else(|| {
		bad("genesis.runtimeGenesis is missing: export the spec without --raw, in which no account can be added")
	})?;
	let part = if genesis.get("patch").is_some() { "patch" } else { "config" };
	let genesis = genesis
		.get_mut(part)
		.and_then(Value::as_object_mut)
		.ok_or_else(|| bad("genesis.runtimeGenesis has neither `patch` nor `config`"))?;
	admit(genesis, options).map_err(|problem| bad(&problem))?;
	set_parameters(genesis, options)?;
	let text = serde_json::to_string(&spec).map_err(|error| bad(&format!("it cannot be written: {error}")))?;
	Ok(text)
}

fn admit(genesis: &mut Map<String, Value>, options: &SpecOptions) -> Result<(), String> {
	let institutions = list(genesis, "identity", "institutions")?;
	for institution in institutions.iter_mut().filter_map(Value::as_object_mut) {
		institution.insert("quota".into(), json!(u32::MAX));
	}
	let is_bank = |institution: &Value| institution.get("kind").and_then(Value::as_str) == Some("bank");
	let numbered = institutions.iter().enumerate();
	let banks: Vec<usize> =
		numbered.filter(|(_, institution)| is_bank(institution)).map(|(number, _)| number).collect();
	if banks.is_empty() {
		return Err("identity.institutions has no bank, so the accounts could be clients of none".into());
	}
	let pairs = accounts::derive(&options.root, 0, options.accounts).map_err(|error| error.to_string())?;
	let addresses: Vec<String> = pairs.iter().map(|pair| accounts::account(pair).to_ss58check()).collect();
	let identities = list(genesis, "identity", "identities")?;
	for (number, address) in addresses.iter().enumerate() {
		let institution = banks[number % banks.len()];
		let name = format!("load {number}");
		identities.push(json!({ "account": address, "institution": institution, "role": "client", "name": name }));
	}
	let balances = list(genesis, "balances", "balances")?;
	balances.extend(addresses.iter().map(|address| json!([address, ENDOWMENT])));
	Ok(())
}

fn list<'a>(genesis: &'a mut Map<String, Value>, pallet: &str, field: &str) -> Result<&'a mut Vec<Value>, String> {
	let value = genesis.get_mut(pallet).and_then(|of| of.get_mut(field)).and_then(Value::as_array_mut);
	value.ok_or_else(|| format!("{pallet}.{field} is missing, or is not a list"))
}

fn set_parameters(genesis: &mut Map<String, Value>, options: &SpecOptions) -> Result<(), Error> {
	if options.parameters.is_empty() {
		return Ok(());
	}
	let parameters = genesis.get_mut("consensusConfig").and_then(|of| of.get_mut("parameters"));
	let parameters = parameters.and_then(Value::as_object_mut).ok_or_else(|| Error::Spec {
		path: options.base.clone(),
		problem: "consensusConfig.parameters is missing".into(),
	})?;
	for assignment in &options.parameters {
		let (name, value) = assignment
			.split_once('=')
			.ok_or_else(|| Error::Options(format!("--parameter {assignment}: NAME=VALUE is expected")))?;
		let Some(slot) = parameters.get_mut(name) else {
			let known = parameters.keys().cloned().collect::<Vec<_>>().join(", ");
			return Err(Error::UnknownParameter { name: name.into(), known });
		};
		// A value that is not JSON is taken as a word, like `compact`.
		*slot = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.into()));
	}
	Ok(())
}
