//! `syndic verify-read`, `syndic verify-assurance` and `syndic verify-disclosure`: check, offline, a node's answers to
//! `builtin_read` and `pbft_assurance` with a proof, and a participant's bundle about a private transaction.

mod assurance;
mod disclosure;

pub use assurance::VerifyAssuranceCmd;
pub use disclosure::VerifyDisclosureCmd;

use crate::key::Output;
use sc_cli::{Error, Result};
use serde::de::DeserializeOwned;
use serde_json::{json, Value};
use sp_core::bytes::to_hex;
use std::{
	fs::File,
	io::{Read, Write},
	path::PathBuf,
};
use syndic_light::{verify_read, ReadAnswer, SetAnswer, VerifiedRead};
use syndic_primitives::{BlockHash, ValidatorSet};

/// Maximum length of a file in bytes: any proof that is accepted is shorter.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// What they have in common: what has to be known beforehand, and where the answer is.
#[derive(Debug, clap::Args)]
struct Question {
	/// The hash of the chain's genesis block.
	#[arg(long, value_name = "HASH", value_parser = hash)]
	genesis: BlockHash,

	/// The validator set that decided the block: an answer of `pbft_validators` in JSON, or a file with one.
	///
	/// It has to come from somebody who is trusted, or from a block that was checked before. Of the answer, `setId`, `since`
	/// and `members` are read.
	#[arg(long, value_name = "JSON or PATH")]
	set: String,

	/// How the result is printed.
	#[arg(long, value_enum, default_value = "text")]
	output_type: Output,

	/// The answer in JSON, alone or as the whole response of JSON-RPC. Standard input, if no file is named.
	#[arg(value_name = "PATH")]
	answer: Option<PathBuf>,
}

/// `verify-read`
#[derive(Debug, clap::Args)]
pub struct VerifyReadCmd {
	#[command(flatten)]
	question: Question,
}

/// A block hash as it is given on the command line.
pub fn hash(text: &str) -> std::result::Result<BlockHash, String> {
	let mut bytes = [0; 32];
	let digits = text.strip_prefix("0x").unwrap_or(text);
	hex::decode_to_slice(digits, &mut bytes).map_err(|error| format!("must be 0x and 64 hex digits: {error}"))?;
	Ok(bytes.into())
}

impl VerifyReadCmd {
	/// Prints what is proven, or fails with what is wrong.
	pub fn run(&self) -> Result<()> {
		let answer: ReadAnswer = self.question.answer()?;
		let verified = verify_read(&self.question.genesis, &self.question.set()?, &answer).map_err(not_proven)?;
		self.question.print(|| as_text(&verified), || as_json(&verified))
	}
}

fn not_proven(error: impl std::fmt::Display) -> Error {
	Error::Input(format!("not proven: {error}"))
}

impl Question {
	fn genesis(&self) -> &BlockHash {
		&self.genesis
	}

	fn answer<T: DeserializeOwned>(&self) -> Result<T> {
		let text = match &self.answer {
			Some(path) => read(&path.display().to_string(), File::open(path))?,
			None => read("standard input", Ok(std::io::stdin()))?,
		};
		parse("the answer", &text)
	}

	fn set(&self) -> Result<ValidatorSet> {
		set(&self.set)
	}

	fn print(&self, text: impl Fn() -> String, json: impl Fn() -> Value) -> Result<()> {
		print(self.output_type, text, json)
	}
}

/// A validator set as `--set` gives it: JSON, or the name of a file.
pub fn set(given: &str) -> Result<ValidatorSet> {
	let inline = given.trim_start().starts_with('{');
	let text = if inline { given.into() } else { read(given, File::open(given))? };
	let answer: SetAnswer = parse("--set", &text)?;
	answer.try_into().map_err(|error| Error::Input(format!("--set: {error}")))
}

/// Prints a result in one form or the other.
pub fn print(output: Output, text: impl Fn() -> String, json: impl Fn() -> Value) -> Result<()> {
	let text = match output {
		Output::Text => text(),
		Output::Json => format!("{:#}", json()),
	};
	// A reader may have closed the pipe.
	writeln!(std::io::stdout(), "{text}")?;
	Ok(())
}

/// Reads a whole file within the bound.
fn read(name: &str, file: std::io::Result<impl Read>) -> Result<String> {
	let mut text = String::new();
	file.and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text))
		.map_err(|error| Error::Input(format!("{name}: {error}")))?;
	if text.len() as u64 > MAX_BYTES {
		return Err(Error::Input(format!("{name}: longer than {MAX_BYTES} bytes")));
	}
	Ok(text)
}

/// An answer, alone or within a response of JSON-RPC. An error names the field.
fn parse<T: DeserializeOwned>(name: &str, text: &str) -> Result<T> {
	let mut json: Value =
		serde_json::from_str(text).map_err(|error| Error::Input(format!("{name} is not JSON: {error}")))?;
	if let Some(error) = json.get("error") {
		return Err(Error::Input(format!("{name} is an error: {}", error["message"].as_str().unwrap_or_default())));
	}
	if let Some(result) = json.get_mut("result") {
		json = result.take();
	}
	serde_path_to_error::deserialize(json).map_err(|error| Error::Input(format!("{name}: {error}")))
}

fn as_json(read: &VerifiedRead) -> Value {
	let certificate = read.certificate.as_ref();
	json!({
		"at": read.at,
		"setId": certificate.map(|certificate| certificate.set_id()),
		"signers": certificate.map(|certificate| certificate.signatures.len()),
		"contract": read.contract,
		"item": read.item,
		"keys": read.keys.iter().map(|key| to_hex(key, false)).collect::<Vec<_>>(),
		"value": read.value.as_ref().map(|value| to_hex(value, false)),
	})
}

fn as_text(read: &VerifiedRead) -> String {
	let finality = match &read.certificate {
		Some(certificate) => {
			format!("committed by {} members of set {}", certificate.signatures.len(), certificate.set_id())
		}
		None => "genesis".into(),
	};
	let keys: Vec<_> = read.keys.iter().map(|key| to_hex(key, false)).collect();
	let keys = if keys.is_empty() { String::new() } else { format!("[{}]", keys.join(", ")) };
	let value = read.value.as_ref().map_or("nothing".into(), |value| to_hex(value, false));
	[
		format!("Block:   {} {:?}, {finality}", read.at.height, read.at.hash),
		format!("Item:    {}.{}{keys}", read.contract, read.item),
		format!("Value:   {value}"),
	]
	.join("\n")
}
