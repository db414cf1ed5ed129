//! Final blocks, read from the real client.

use super::book::FinalBlock;
use crate::{
	chain::ChainError,
	substrate::{ClientBounds, Finaliser},
};
use parking_lot::Mutex;
use sc_client_api::{backend::Backend, StorageKey};
use sp_consensus::SyncOracle;
use std::sync::Arc;
use syndic_primitives::{
	assurance::Witnesses,
	block::Block,
	storage_keys::{StorageItem, ROSTER, VALIDATOR_SET},
	Attestation, BlockHash, Certificate, CertificateError, Height, Roster, ValidatorSet, ENGINE_ID,
};

/// What attestations need of the chain.
pub trait Ledger: Send + 'static {
	/// The last final height.
	fn finalised(&self) -> Height;
	/// The final block of a height, with its roster and the committed signers. `None` for genesis, which has no
	/// certificate, and for a block that is not final or not in the database.
	fn final_block(&self, height: Height) -> Result<Option<FinalBlock>, ChainError>;
	/// Whether this node is far behind and is fetching blocks.
	fn is_syncing(&self) -> bool;
}

/// A roster, with the bytes that it was read from.
type Read = (Option<Vec<u8>>, Option<Vec<u8>>, Arc<Roster>);

/// [`Ledger`] over a client. Each final block must have been executed here, because its state holds the next block's
/// roster.
pub struct ClientLedger<C, B> {
	finaliser: Finaliser<C, B>,
	sync: Arc<dyn SyncOracle + Send + Sync>,
	/// The roster that was read last. It changes seldom.
	read: Mutex<Option<Read>>,
}

impl<C, B> ClientLedger<C, B>
where
	B: Backend<Block> + 'static,
	C: ClientBounds<B>,
{
	/// Creates a ledger over the chain's finaliser and the sync service.
	pub fn new(finaliser: Finaliser<C, B>, sync: Arc<dyn SyncOracle + Send + Sync>) -> Self {
		Self { finaliser, sync, read: Mutex::default() }
	}

	fn item(&self, at: BlockHash, item: StorageItem) -> Result<Option<Vec<u8>>, ChainError> {
		let key = StorageKey(item.key().to_vec());
		let value = self.finaliser.client().storage(at, &key);
		Ok(value.map_err(ChainError::client("reading the roster"))?.map(|data| data.0))
	}

	/// The set that a certificate names: the set in the state of the parent, or, for the first block after an order of
	/// the board, the set in the state of the block. So the order itself is no longer needed.
	fn set_of(
		&self,
		certificate: &Certificate,
		parent: BlockHash,
		block: BlockHash,
	) -> Result<ValidatorSet, ChainError> {
		let below = self.finaliser.rules_after(parent)?.set;
		if below.id() == certificate.set_id() {
			return Ok(below);
		}
		let own = self.finaliser.rules_after(block)?.set;
		match own.id() == certificate.set_id() {
			true => Ok(own),
			false => Err(CertificateError::WrongSet { found: certificate.set_id(), expected: below.id() }.into()),
		}
	}

	/// The roster of the children of `parent`.
	fn roster_after(&self, parent: BlockHash) -> Result<Arc<Roster>, ChainError> {
		let (roster, set) = (self.item(parent, ROSTER)?, self.item(parent, VALIDATOR_SET)?);
		let mut read = self.read.lock();
		if let Some((_, _, known)) = read.as_ref().filter(|(r, s, _)| (r, s) == (&roster, &set)) {
			return Ok(known.clone());
		}
		let checked = Roster::from_state(roster.as_deref(), set.as_deref());
		let checked = Arc::new(checked.map_err(ChainError::client("reading the roster"))?);
		*read = Some((roster, set, checked.clone()));
		Ok(checked)
	}
}

impl<C, B> Ledger for ClientLedger<C, B>
where
	B: Backend<Block> + 'static,
	C: ClientBounds<B>,
{
	fn finalised(&self) -> Height {
		self.finaliser.finalised().height
	}

	fn final_block(&self, height: Height) -> Result<Option<FinalBlock>, ChainError> {
		let client = self.finaliser.client();
		if height == Height::ZERO || height > self.finalised() {
			return Ok(None);
		}
		let hash = client.hash(height.get()).map_err(ChainError::client("reading a block's hash"))?;
		let Some(block_hash) = hash else { return Ok(None) };
		let header = client.header(block_hash).map_err(ChainError::client("reading a header"))?;
		let Some(parent) = header.map(|header| header.parent_hash) else { return Ok(None) };
		let justifications = client.justifications(block_hash).map_err(ChainError::client("reading a certificate"))?;
		let Some(bytes) = justifications.and_then(|all| all.into_justification(ENGINE_ID)) else { return Ok(None) };
		// The certificate was verified with the set that decided the block before it was stored.
		let certificate = Certificate::from_bytes(&bytes)?;
		let set = self.set_of(&certificate, parent, block_hash)?;
		let roster = self.roster_after(parent)?;
		let signers = certificate.signatures.iter().map(|(signer, _)| signer);
		let committed = Witnesses::committed(&roster, &set, signers);
		Ok(Some(FinalBlock { block: Attestation { height, block_hash }, roster, committed }))
	}

	fn is_syncing(&self) -> bool {
		self.sync.is_major_syncing()
	}
}
