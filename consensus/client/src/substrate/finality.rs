//! The one place where blocks become final: for the engine, for sync, and for blocks from a file.
//!
//! Finality goes from parent to child. A certificate that arrives before its parent is final has to wait: with its
//! block in the database, or, if the block was imported without it, in a small queue. Each finality looks for
//! certificates of the next height.

use super::{justification, source, Changes, ClientBounds};
use crate::{
	chain::{ChainError, Head},
	orders::Orders,
};
use parking_lot::Mutex;
use sc_client_api::{backend::Backend, ImportNotificationAction, ImportSummary};
use sp_blockchain::Backend as _;
use sp_consensus::BlockOrigin;
use std::{collections::BTreeMap, sync::Arc};
use syndic_primitives::{block::Block, BlockHash, Height, VerifiedCertificate, ENGINE_ID};

/// Maximum number of certificates that wait for their parent's finality.
const MAX_WAITING: usize = 256;

/// Verifies certificates and makes blocks final. Shared by the engine and the import queue; cheap to clone.
pub struct Finaliser<C, B> {
	client: Arc<C>,
	backend: Arc<B>,
	genesis: BlockHash,
	orders: Arc<Orders>,
	waiting: Arc<Mutex<BTreeMap<Height, VerifiedCertificate>>>,
}

impl<C, B> Clone for Finaliser<C, B> {
	fn clone(&self) -> Self {
		Self {
			client: self.client.clone(),
			backend: self.backend.clone(),
			genesis: self.genesis,
			orders: self.orders.clone(),
			waiting: self.waiting.clone(),
		}
	}
}

/// What the closure under the import lock can fail with.
enum Locked {
	Chain(ChainError),
	Client(sp_blockchain::Error),
}

impl From<sp_blockchain::Error> for Locked {
	fn from(error: sp_blockchain::Error) -> Self {
		Self::Client(error)
	}
}

impl<C, B> Finaliser<C, B>
where
	B: Backend<Block> + 'static,
	C: ClientBounds<B>,
{
	pub(crate) fn new(client: Arc<C>, backend: Arc<B>, orders: Orders) -> Self {
		let genesis = client.info().genesis_hash;
		Self { client, backend, genesis, orders: Arc::new(orders), waiting: Arc::default() }
	}

	/// The hash of the genesis block, which every vote names.
	pub fn genesis(&self) -> BlockHash {
		self.genesis
	}

	/// The last final block.
	pub fn finalised(&self) -> Head {
		let info = self.client.info();
		Head { height: Height(info.finalized_number), hash: info.finalized_hash }
	}

	/// Makes a block of the database final, and then the blocks whose certificates waited for it. Does nothing if the
	/// block is final already.
	pub(crate) fn finalise(
		&self,
		certificate: &VerifiedCertificate,
		changes: Option<Changes>,
	) -> Result<(), ChainError> {
		self.finalise_one(certificate, changes)?;
		self.drain();
		Ok(())
	}

	fn finalise_one(&self, certificate: &VerifiedCertificate, changes: Option<Changes>) -> Result<(), ChainError> {
		let block = Head { height: certificate.height(), hash: certificate.block_hash() };
		let done = self.client.lock_import_and_run(|operation| {
			let finalised = self.finalised();
			if block.height <= finalised.height {
				return self.check_same(block).map_err(Locked::Chain);
			}
			let Some(header) = self.client.header(block.hash)? else {
				return Err(Locked::Chain(ChainError::Unknown(block)));
			};
			if header.parent_hash != finalised.hash {
				return Err(Locked::Chain(ChainError::OutOfOrder { block, finalised }));
			}
			let carried_out = self.check_carried_out(header.parent_hash, &header);
			carried_out.map_err(|error| Locked::Chain(error.into()))?;
			self.client.apply_finality(operation, block.hash, Some(justification(certificate)), true)?;
			// Finality alone would not notify subscribers of a new best block.
			operation.notify_imported = Some(ImportSummary {
				hash: block.hash,
				origin: BlockOrigin::ConsensusBroadcast,
				header,
				is_new_best: true,
				storage_changes: changes,
				tree_route: None,
				import_notification_action: ImportNotificationAction::RecentBlock,
			});
			Ok(())
		});
		done.map_err(|error| match error {
			Locked::Chain(error) => error,
			Locked::Client(error) => ChainError::Client { what: "finalising a block", reason: error.to_string() },
		})
	}

	/// Checks that `block` is the one that is final at its height. Another block there needs more faulty members than
	/// the set tolerates, and then nothing that follows could be trusted.
	fn check_same(&self, block: Head) -> Result<(), ChainError> {
		let finalised = self.client.hash(block.height.0).map_err(ChainError::client("reading a block's hash"))?;
		match finalised {
			Some(finalised) if finalised != block.hash => {
				Err(ChainError::Conflict { height: block.height, finalised, certified: block.hash })
			}
			_ => Ok(()),
		}
	}

	/// Takes a justification that arrived for a block that was imported without one.
	pub(crate) fn justify(&self, block: Head, bytes: &[u8]) -> Result<(), ChainError> {
		if block.height <= self.finalised().height {
			return self.check_same(block);
		}
		let header = self.client.header(block.hash).map_err(ChainError::client("reading a header"))?;
		let header = header.ok_or(ChainError::Unknown(block))?;
		let certificate = self.verify(block, &header, bytes)?;
		if header.parent_hash == self.finalised().hash {
			return self.finalise(&certificate, None);
		}
		self.wait(certificate);
		self.drain();
		Ok(())
	}

	/// Keeps a certificate until its parent is final. The lowest certificates are needed first, so the highest is
	/// dropped when there are too many.
	fn wait(&self, certificate: VerifiedCertificate) {
		let mut waiting = self.waiting.lock();
		waiting.insert(certificate.height(), certificate);
		if waiting.len() > MAX_WAITING {
			waiting.pop_last();
		}
	}

	/// Finalises the blocks above the last final one as long as a certificate for the next height waits.
	pub(crate) fn drain(&self) {
		while let Some(certificate) = self.next_waiting() {
			if let Err(error) = self.finalise_one(&certificate, None) {
				log::warn!(target: crate::LOG, "Block {} was certified early and cannot be final: {error}", certificate.height());
				return;
			}
		}
	}

	/// A certificate for a child of the last final block: one from the queue, or one stored with its block.
	fn next_waiting(&self) -> Option<VerifiedCertificate> {
		let finalised = self.finalised();
		let height = finalised.height.next();
		{
			let mut waiting = self.waiting.lock();
			*waiting = waiting.split_off(&height);
			if let Some(certificate) = waiting.remove(&height) {
				let parent = self.client.header(certificate.block_hash()).ok().flatten().map(|h| h.parent_hash);
				if parent == Some(finalised.hash) {
					return Some(certificate);
				}
			}
		}
		let children = self.backend.blockchain().children(finalised.hash).ok()?;
		children.into_iter().find_map(|hash| {
			let stored = self.client.justifications(hash).ok().flatten()?.into_justification(ENGINE_ID)?;
			let header = self.client.header(hash).ok().flatten()?;
			self.verify(Head { height, hash }, &header, &stored).ok()
		})
	}

	/// The children of the last final block, for which certificates are to be requested.
	pub(crate) fn unjustified(&self) -> Vec<Head> {
		let finalised = self.finalised();
		let children = self.backend.blockchain().children(finalised.hash).unwrap_or_default();
		children.into_iter().map(|hash| Head { height: finalised.height.next(), hash }).collect()
	}

	/// The encoded certificate of a final block.
	pub fn certificate(&self, height: Height) -> Result<Option<Vec<u8>>, ChainError> {
		source::certificate(&*self.client, height)
	}

	/// The blocks in the database whose parent is `parent`.
	pub(crate) fn children(&self, parent: BlockHash) -> Result<Vec<BlockHash>, sp_blockchain::Error> {
		self.backend.blockchain().children(parent)
	}

	pub(crate) fn client(&self) -> &Arc<C> {
		&self.client
	}

	pub(crate) fn orders(&self) -> &Orders {
		&self.orders
	}
}
