//! `privacy accuse` and `privacy accuse-payload`: prove on the chain that a sender has cheated.

use super::{
	chain::commitment,
	keys::{rng, KeyArgs},
};
use crate::remote::{Remote, RemoteArgs, SignerArgs};
use sc_cli::{Error, Result};
use sp_core::H256;
use syndic_envelope::{judge_payload, judge_wrap, prove_dh, unwrap_secret, Expected, Place, SecretKey, Verdict, Wrap};
use syndic_primitives::ClassId;
use syndic_runtime::Runtime;

/// `privacy accuse`
#[derive(Debug, clap::Args)]
pub struct AccuseCmd {
	/// The commitment of the envelope.
	#[arg(long, value_name = "HASH", value_parser = commitment)]
	commitment: H256,

	/// What is wrong in it: `recipient:POSITION` or `officer:PANEL:PLACE`, both counted from 0.
	#[arg(long, value_name = "PLACE", value_parser = place)]
	place: Place,

	/// Send the proof even if it shows that the sender has sealed what it should have. It gives away one's own share, or,
	/// as a recipient, the secret of the payload.
	#[arg(long)]
	even_if_honest: bool,

	#[command(flatten)]
	key: KeyArgs,

	#[command(flatten)]
	signer: SignerArgs,

	#[command(flatten)]
	remote: RemoteArgs,
}

/// Parses a place in an envelope.
fn place(text: &str) -> std::result::Result<Place, String> {
	let number = |text: &str| text.parse::<u32>().map_err(|error| format!("{text}: {error}"));
	match text.split(':').collect::<Vec<_>>()[..] {
		["recipient", position] => Ok(Place::Recipient(number(position)?)),
		["officer", panel, index] => Ok(Place::Officer { panel: number(panel)?, index: number(index)? }),
		_ => Err("must be recipient:POSITION or officer:PANEL:PLACE".into()),
	}
}

fn class(text: &str) -> std::result::Result<ClassId, String> {
	text.parse().map(ClassId).map_err(|error| format!("{text}: {error}"))
}

impl AccuseCmd {
	/// Judges the wrap first: to accuse an honest sender would give away a share or a secret for nothing.
	pub async fn run(&self) -> Result<()> {
		let (key, pair) = (self.key.read()?, self.signer.pair()?);
		let remote = Remote::connect(&self.remote).await?;
		let found = remote.envelope(self.commitment).await?;
		let missing = || Error::Input(format!("there is nothing at {:?} in this envelope", self.place));
		let key_point = &found.envelope.key_point;
		let (wrap, expected): (&Wrap, _) = match self.place {
			Place::Recipient(position) => {
				let recipient = found.envelope.recipients.get(position as usize).ok_or_else(missing)?;
				(&recipient.wrap, Expected::Secret { key_point })
			}
			Place::Officer { panel, index } => {
				let shares = found.envelope.panel(panel).ok_or_else(missing)?;
				let wrap = shares.shares.get(index as usize).ok_or_else(missing)?;
				(wrap, Expected::Share { key_point, points: &shares.points, index })
			}
			Place::Release { .. } => return Err(missing()),
		};
		let proof = prove_dh(&key, wrap, &mut rng()).map_err(|error| Error::Input(error.to_string()))?;
		let verdict = judge_wrap(&found.context, &self.place, &key.public(), wrap, &expected, &proof)
			.map_err(|error| Error::Input(error.to_string()))?;
		if verdict == Verdict::Honest && !self.even_if_honest {
			return Err(Error::Input("what is there is what should be: there is nothing to prove".into()));
		}
		let call =
			pallet_privacy::Call::<Runtime>::accuse_wrap { commitment: self.commitment, place: self.place, proof };
		remote.submit(&pair, call).await?;
		println!("Proven: institution {} may not send any more.", found.envelope.institution);
		Ok(())
	}
}

/// `privacy accuse-payload`
#[derive(Debug, clap::Args)]
pub struct AccusePayloadCmd {
	/// The commitment of the envelope.
	#[arg(long, value_name = "HASH", value_parser = commitment)]
	commitment: H256,

	/// The recipient's position in it, counted from 0.
	#[arg(long, value_name = "POSITION")]
	position: u32,

	/// The class of the transaction, which is as long as the payload. The one that ships for reports takes the longest.
	#[arg(long, value_name = "NUMBER", default_value = "3", value_parser = class)]
	class: ClassId,

	#[command(flatten)]
	key: KeyArgs,

	#[command(flatten)]
	signer: SignerArgs,

	#[command(flatten)]
	remote: RemoteArgs,
}

impl AccusePayloadCmd {
	/// Puts secret and ciphertext on the chain, if the ciphertext does not hold what was committed to.
	pub async fn run(&self) -> Result<()> {
		let (key, pair) = (self.key.read()?, self.signer.pair()?);
		let remote = Remote::connect(&self.remote).await?;
		let found = remote.envelope(self.commitment).await?;
		let recipient = found.envelope.recipients.get(self.position as usize);
		let recipient = recipient.ok_or_else(|| Error::Input(format!("there is no recipient {}", self.position)))?;
		let key: &SecretKey = &key;
		let secret = unwrap_secret(&found.context, self.position, key, &recipient.wrap, &found.envelope.key_point)
			.map_err(|error| Error::Input(error.to_string()))?;
		let ciphertext = remote.ciphertext(self.commitment).await?;
		let (point, hash) = (&found.envelope.key_point, &found.envelope.ciphertext_hash.0);
		let verdict = judge_payload(&found.context, point, hash, &secret.to_bytes(), &ciphertext)
			.map_err(|error| Error::Input(error.to_string()))?;
		// With the secret on the chain, every reader of the chain could read the payload.
		if verdict == Verdict::Honest {
			return Err(Error::Input("the payload is what was committed to: there is nothing to prove".into()));
		}
		let secret = *secret.to_bytes();
		let call = pallet_privacy::Call::<Runtime>::accuse_payload { commitment: self.commitment, secret, ciphertext };
		let call = pallet_classes::Call::<Runtime>::with_class { class: self.class, call: Box::new(call.into()) };
		remote.submit(&pair, call).await?;
		println!("Proven: institution {} may not send any more.", found.envelope.institution);
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn places_are_read() {
		assert_eq!(place("recipient:2"), Ok(Place::Recipient(2)));
		assert_eq!(place("officer:4:1"), Ok(Place::Officer { panel: 4, index: 1 }));
		for wrong in ["", "recipient", "recipient:x", "officer:1", "officer:1:2:3", "release:1:1", "recipient:-1"] {
			assert!(place(wrong).is_err(), "{wrong}");
		}
	}
}
