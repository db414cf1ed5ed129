//! `privacy open` and `privacy prove`: commands for recipients.

use super::{
	chain::commitment,
	keys::{write_secret, KeyArgs},
};
use crate::remote::{Remote, RemoteArgs};
use jsonrpsee::rpc_params;
use sc_cli::{Error, Result};
use serde_json::json;
use sp_core::{bytes::to_hex, H256};
use std::{io::Write, path::PathBuf};
use syndic_envelope::{open, unwrap_secret, Opened};
use syndic_light::ReadAnswer;
use zeroize::Zeroizing;

/// What a recipient has, and what is to be opened.
#[derive(Debug, clap::Args)]
struct Recipient {
	/// The commitment to the payload.
	#[arg(long, value_name = "HASH", value_parser = commitment)]
	commitment: H256,

	#[command(flatten)]
	key: KeyArgs,

	#[command(flatten)]
	remote: RemoteArgs,
}

impl Recipient {
	async fn open(&self) -> Result<(Remote, Opened)> {
		let key = self.key.read()?;
		let remote = Remote::connect(&self.remote).await?;
		let found = remote.envelope(self.commitment).await?;
		let mut position = None;
		for (at, recipient) in found.envelope.recipients.iter().enumerate() {
			if remote.encryption_key(&recipient.account, recipient.version).await? == key.public() {
				position = Some(at);
			}
		}
		let position = position.ok_or_else(|| Error::Input("nothing in this envelope is for this key".into()))?;
		let wrap = &found.envelope.recipients[position].wrap;
		let secret = unwrap_secret(&found.context, position as u32, &key, wrap, &found.envelope.key_point)
			.map_err(|error| cheated(&error, &format!("recipient:{position}")))?;
		let ciphertext = remote.ciphertext(self.commitment).await?;
		let opened = open(&found.context, &secret, &found.envelope.ciphertext_hash.0, &ciphertext)
			.map_err(|error| Error::Input(error.to_string()))?;
		Ok((remote, opened))
	}
}

/// The error for a wrap that does not hold what it should. It tells what the user can do.
pub fn cheated(error: &syndic_envelope::EnvelopeError, place: &str) -> Error {
	Error::Input(format!(
		"{error}. If this is the right key the sender has cheated: prove it with `syndic privacy accuse --place {place}`"
	))
}

/// Writes a payload to a new file that only its owner can read, or to standard output.
pub fn write_payload(out: Option<&PathBuf>, payload: &[u8]) -> Result<()> {
	match out {
		Some(path) => write_secret(path, payload),
		None => Ok(std::io::stdout().write_all(payload)?),
	}
}

/// `privacy open`
#[derive(Debug, clap::Args)]
pub struct OpenCmd {
	#[command(flatten)]
	recipient: Recipient,

	/// Where the payload is written; there must be no such file. Standard output, if none is named.
	#[arg(long, value_name = "FILE")]
	out: Option<PathBuf>,
}

impl OpenCmd {
	/// Writes the payload.
	pub async fn run(&self) -> Result<()> {
		let (_, opened) = self.recipient.open().await?;
		write_payload(self.out.as_ref(), &opened.payload)
	}
}

/// `privacy prove`
#[derive(Debug, clap::Args)]
pub struct ProveCmd {
	#[command(flatten)]
	recipient: Recipient,

	/// Where the proof is written, the payload in it; there must be no such file.
	#[arg(long, value_name = "FILE")]
	out: PathBuf,
}

impl ProveCmd {
	/// Writes the file.
	pub async fn run(&self) -> Result<()> {
		let (remote, opened) = self.recipient.open().await?;
		let key = to_hex(self.recipient.commitment.as_bytes(), false);
		let contract = <pallet_privacy::Pallet<syndic_runtime::Runtime> as pallet_builtin::BuiltInContract>::ADDRESS;
		let at = remote.finalised().await?;
		let read: ReadAnswer =
			remote.ask("builtin_read", rpc_params![contract, "Envelopes", vec![key], at, true]).await?;
		let hex = |bytes: &[u8]| Zeroizing::new(to_hex(bytes, false));
		let bundle = json!({ "payload": &*hex(&opened.payload), "salt": &*hex(&opened.salt), "read": read });
		let text = Zeroizing::new(format!("{bundle:#}\n"));
		write_secret(&self.out, text.as_bytes())
	}
}
