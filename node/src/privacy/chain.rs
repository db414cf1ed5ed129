//! Reads the chain for the commands.

use crate::remote::Remote;
use codec::Decode;
use pallet_identity::types::EncryptionKey;
use pallet_privacy::types::{Disclosure, Envelope, Panel};
use sc_cli::{Error, Result};
use serde::Deserialize;
use sp_core::{bytes::from_hex, H256};
use syndic_envelope::{Context, Point, PublicKey};
use syndic_runtime::{AccountId, BlockNumber, Runtime};

/// A commitment: 32 bytes in hexadecimal digits.
pub fn commitment(text: &str) -> std::result::Result<H256, String> {
	let mut bytes = [0; 32];
	hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut bytes)
		.map_err(|error| format!("must be 0x and 64 hexadecimal digits: {error}"))?;
	Ok(bytes.into())
}

/// An envelope and its context.
pub struct Found {
	/// The envelope, as the chain holds it.
	pub envelope: Envelope<AccountId, BlockNumber>,
	/// The context to which its wraps and its ciphertext are bound.
	pub context: Context,
}

impl Found {
	/// The key point and the points against which a panel's shares are checked.
	pub fn points(&self, panel: u32) -> Result<(&Point, &[Point])> {
		let shares = self.envelope.panel(panel);
		let shares = shares.ok_or_else(|| Error::Input(format!("panel {panel} is not in charge of this envelope")))?;
		Ok((&self.envelope.key_point, &shares.points))
	}
}

/// The answer of a node's payload service.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PayloadAnswer {
	ciphertext: String,
}

impl Remote {
	async fn required<T: Decode>(&self, key: Vec<u8>, what: impl Fn() -> String) -> Result<T> {
		self.read(key).await?.ok_or_else(|| Error::Input(what()))
	}

	/// The envelope with this commitment.
	pub async fn envelope(&self, commitment: H256) -> Result<Found> {
		let key = pallet_privacy::Envelopes::<Runtime>::hashed_key_for(commitment);
		let envelope: Envelope<AccountId, BlockNumber> =
			self.required(key, || format!("no envelope with commitment {commitment:?} is final")).await?;
		let sender = *AsRef::<[u8; 32]>::as_ref(&envelope.sender);
		let context = Context { genesis: self.genesis.0, sender, commitment: commitment.0 };
		Ok(Found { envelope, context })
	}

	/// A version of an account's encryption key.
	pub async fn encryption_key(&self, account: &AccountId, version: u32) -> Result<PublicKey> {
		let key = pallet_identity::EncryptionKeys::<Runtime>::hashed_key_for(account, version);
		let stored: EncryptionKey<BlockNumber> =
			self.required(key, || format!("{account} has no version {version} of an encryption key")).await?;
		Ok(stored.key)
	}

	/// The version of an account's encryption key that is in use.
	pub async fn current_key_version(&self, account: &AccountId) -> Result<u32> {
		let key = pallet_identity::CurrentEncryptionKey::<Runtime>::hashed_key_for(account);
		self.required(key, || format!("{account} has registered no encryption key")).await
	}

	/// The number of the institution that an account belongs to.
	pub async fn institution_of(&self, account: &AccountId) -> Result<u32> {
		let key = pallet_identity::Identities::<Runtime>::hashed_key_for(account);
		let identity: pallet_identity::types::Identity<BlockNumber> =
			self.required(key, || format!("{account} has no identity")).await?;
		Ok(identity.institution)
	}

	/// The panel that is in charge of an institution.
	pub async fn panel_of(&self, institution: u32) -> Result<u32> {
		if let Some(panel) = self.read(pallet_privacy::Remits::<Runtime>::hashed_key_for(institution)).await? {
			return Ok(panel);
		}
		let first = pallet_privacy::FirstPanel::<Runtime>::hashed_key().to_vec();
		self.required(first, || "no panel of regulators is set, so nothing can be sent yet".into()).await
	}

	/// A version of a panel.
	pub async fn panel(&self, panel: u32, version: u32) -> Result<Panel<AccountId, BlockNumber>> {
		let key = pallet_privacy::Panels::<Runtime>::hashed_key_for(panel, version);
		self.required(key, || format!("there is no version {version} of panel {panel}")).await
	}

	/// The version of a panel that is in force.
	pub async fn panel_version(&self, panel: u32) -> Result<u32> {
		let key = pallet_privacy::PanelVersion::<Runtime>::hashed_key_for(panel);
		self.required(key, || format!("there is no panel {panel}")).await
	}

	/// A request for disclosure.
	pub async fn disclosure(&self, request: u32) -> Result<Disclosure<AccountId, BlockNumber>> {
		let key = pallet_privacy::Requests::<Runtime>::hashed_key_for(request);
		self.required(key, || format!("no request {request} for disclosure is final")).await
	}

	/// A ciphertext, from the node's payload service.
	pub async fn ciphertext(&self, commitment: H256) -> Result<Vec<u8>> {
		let answer: PayloadAnswer = self.ask("privacy_payload", jsonrpsee::rpc_params![commitment]).await?;
		from_hex(&answer.ciphertext).map_err(|error| Error::Input(format!("privacy_payload: {error}")))
	}
}
