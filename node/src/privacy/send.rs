//! `privacy send`.

use super::keys::rng;
use crate::remote::{account, Remote, RemoteArgs, SignerArgs};
use jsonrpsee::rpc_params;
use pallet_privacy::types::{ForPanel, ForRecipient};
use sc_cli::{Error, Result};
use serde_json::Value;
use sp_core::bytes::to_hex;
use std::{
	collections::BTreeSet,
	fs::File,
	io::{Read, Write},
	path::PathBuf,
};
use syndic_envelope::{seal, PanelKeys, MAX_PAYLOAD};
use syndic_runtime::{AccountId, Runtime};
use zeroize::Zeroizing;

/// `privacy send`
#[derive(Debug, clap::Args)]
pub struct SendCmd {
	/// An account that can open it. Can be given more than once.
	#[arg(long = "to", value_name = "ADDRESS", required = true)]
	to: Vec<AccountId>,

	#[command(flatten)]
	signer: SignerArgs,

	#[command(flatten)]
	remote: RemoteArgs,

	/// The file with the payload. Standard input, if none is named.
	#[arg(value_name = "PATH")]
	payload: Option<PathBuf>,
}

impl SendCmd {
	/// Prints the commitment.
	pub async fn run(&self) -> Result<()> {
		let payload = read_payload(self.payload.as_ref())?;
		let pair = self.signer.pair()?;
		let remote = Remote::connect(&self.remote).await?;
		let sender = account(&pair);

		let mut in_charge = BTreeSet::from([remote.panel_of(remote.institution_of(&sender).await?).await?]);
		let (mut keys, mut versions) = (Vec::new(), Vec::new());
		for to in &self.to {
			in_charge.insert(remote.panel_of(remote.institution_of(to).await?).await?);
			let version = remote.current_key_version(to).await?;
			keys.push(remote.encryption_key(to, version).await?);
			versions.push(version);
		}
		let (mut panels, mut panel_versions) = (Vec::new(), Vec::new());
		for panel in in_charge {
			let version = remote.panel_version(panel).await?;
			let stored = remote.panel(panel, version).await?;
			let mut officers = Vec::new();
			for officer in &stored.officers {
				officers.push(remote.encryption_key(&officer.account, officer.key_version).await?);
			}
			panels.push(PanelKeys { panel, threshold: stored.threshold, officers });
			panel_versions.push(version);
		}
		let sealed = seal(remote.genesis.0, *sender.as_ref(), &payload, &keys, &panels, &mut rng())
			.map_err(|error| Error::Input(error.to_string()))?;

		// The node must have the ciphertext first: other nodes ask for it once the envelope is final.
		let ciphertext = to_hex(&sealed.ciphertext, false);
		let commitment = to_hex(&sealed.commitment, false);
		let _: Value = remote.ask("privacy_submitPayload", rpc_params![&commitment, ciphertext]).await?;
		let recipients = self.to.iter().zip(versions).zip(sealed.recipients);
		let shares = sealed.panels.into_iter().zip(panel_versions);
		let call = pallet_privacy::Call::<Runtime>::send {
			commitment: sealed.commitment.into(),
			ciphertext_hash: sealed.ciphertext_hash.into(),
			ciphertext_len: sealed.ciphertext.len() as u32,
			key_point: sealed.key_point,
			recipients: recipients
				.map(|((to, version), wrap)| ForRecipient { account: to.clone(), version, wrap })
				.collect(),
			panels: shares
				.map(|(sealed, version)| ForPanel {
					panel: sealed.panel,
					version,
					points: sealed.points,
					shares: sealed.shares,
				})
				.collect(),
		};
		remote.submit(&pair, call).await?;
		writeln!(std::io::stdout(), "{commitment}")?;
		Ok(())
	}
}

/// Reads a whole payload within the bound.
fn read_payload(path: Option<&PathBuf>) -> Result<Zeroizing<Vec<u8>>> {
	let name = path.map_or("standard input".into(), |path| path.display().to_string());
	let source: std::io::Result<Box<dyn Read>> = match path {
		Some(path) => File::open(path).map(|file| Box::new(file) as _),
		None => Ok(Box::new(std::io::stdin())),
	};
	// The buffer has the greatest size from the beginning, so that growing it leaves no copies in memory.
	let mut payload = Zeroizing::new(Vec::with_capacity(MAX_PAYLOAD + 1));
	source
		.and_then(|source| source.take(MAX_PAYLOAD as u64 + 1).read_to_end(&mut payload))
		.map_err(|error| Error::Input(format!("{name}: {error}")))?;
	match payload.len() {
		0 => Err(Error::Input(format!("{name}: the payload is empty"))),
		length if length > MAX_PAYLOAD => {
			Err(Error::Input(format!("{name}: more than {MAX_PAYLOAD} bytes, which a payload may have at most")))
		}
		_ => Ok(payload),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn payloads_are_read_within_bounds() {
		let dir = tempfile::tempdir().unwrap();
		let path = dir.path().join("payload");
		for (length, expected) in
			[(0, Some("empty")), (1, None), (MAX_PAYLOAD, None), (MAX_PAYLOAD + 1, Some("more than"))]
		{
			std::fs::write(&path, vec![7; length]).unwrap();
			match (read_payload(Some(&path)), expected) {
				(Ok(payload), None) => assert_eq!(payload.len(), length),
				(Err(error), Some(expected)) => assert!(error.to_string().contains(expected), "{error}"),
				(other, _) => panic!("{length}: {:?}", other.map(|payload| payload.len())),
			}
		}
	}
}
