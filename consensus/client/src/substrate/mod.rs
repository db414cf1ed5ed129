//! [`Chain`] over the real client.
//!
//! A proposal is executed once, where it is built or validated, and imported as non-best without any notification. When
//! it is committed it becomes final and best in one step, under the client's import lock. Only then are subscribers
//! notified, so they learn of no block that is not final.

mod assembly;
mod build;
mod finality;
mod recovery;
mod rules;
mod source;
mod validate;

pub use finality::Finaliser;
pub use recovery::OrderState;
pub use source::ChainSource;

use crate::{
	chain::{BuildLimits, BuiltBlock, Chain, ChainError, Head, Home, InvalidBlock, ValidBlock},
	compact::MAX_EXTRINSICS,
};
use codec::{Compact, Decode, DecodeAll, Encode};
use parking_lot::Mutex;
use sc_client_api::{backend::Backend, BlockBackend, BlockchainEvents, Finalizer, LockImportRun, StorageProvider};
use sc_consensus::{BlockImport, BlockImportParams, ForkChoiceStrategy, ImportResult, StateAction};
use sc_network_sync::SyncingService;
use sc_transaction_pool_api::{
	error::{Error as PoolError, IntoPoolError},
	TransactionPool, TransactionSource,
};
use sp_api::{ApiExt, CallApiAt, Core, ProvideRuntimeApi, StorageChanges};
use sp_block_builder::BlockBuilder;
use sp_blockchain::{Backend as _, HeaderBackend, HeaderMetadata};
use sp_consensus::BlockOrigin;
use sp_runtime::{AccountId32, OpaqueExtrinsic};
use sp_state_machine::{ChildStorageCollection, StorageCollection};
use std::{collections::VecDeque, sync::Arc};
use syndic_primitives::{
	api::{ClassesApi, PbftApi, ProposerApi, ValidatorsApi},
	block::{Block, Header},
	lottery::{Deed, Duty},
	BlockHash, Certificate, Equivocation, Height, Parameters, Rules, ValidatorId, ValidatorSet, VerifiedCertificate,
	ENGINE_ID, ENGINE_VERSION, MAX_PIPELINE_DEPTH,
};

/// Everything that this crate needs of the client.
pub trait ClientBounds<B: Backend<Block>>:
	BlockBackend<Block>
	+ BlockImport<Block, Error = sp_consensus::Error>
	+ BlockchainEvents<Block>
	+ CallApiAt<Block>
	+ Finalizer<Block, B>
	+ HeaderBackend<Block>
	+ HeaderMetadata<Block, Error = sp_blockchain::Error>
	+ LockImportRun<Block, B>
	+ ProvideRuntimeApi<
		Block,
		Api: ApiExt<Block>
		         + BlockBuilder<Block>
		         + ClassesApi<Block>
		         + Core<Block>
		         + PbftApi<Block>
		         + ProposerApi<Block>
		         + ValidatorsApi<Block, AccountId32>,
	> + StorageProvider<Block, B>
	+ Send
	+ Sync
	+ 'static
{
}

impl<B, C> ClientBounds<B> for C
where
	B: Backend<Block>,
	C: BlockBackend<Block>
		+ BlockImport<Block, Error = sp_consensus::Error>
		+ BlockchainEvents<Block>
		+ CallApiAt<Block>
		+ Finalizer<Block, B>
		+ HeaderBackend<Block>
		+ HeaderMetadata<Block, Error = sp_blockchain::Error>
		+ LockImportRun<Block, B>
		+ ProvideRuntimeApi<
			Block,
			Api: ApiExt<Block>
			         + BlockBuilder<Block>
			         + ClassesApi<Block>
			         + Core<Block>
			         + PbftApi<Block>
			         + ProposerApi<Block>
			         + ValidatorsApi<Block, AccountId32>,
		> + StorageProvider<Block, B>
		+ Send
		+ Sync
		+ 'static,
{
}

/// The storage changes of a block, kept until it is final, for the subscribers to storage.
pub(crate) type Changes = (StorageCollection, ChildStorageCollection);

/// Maximum number of proposals whose changes are kept. Older ones belong to views that failed.
const KEPT_CHANGES: usize = 2 * MAX_PIPELINE_DEPTH as usize;

/// The first version of `PbftApi` that has duties.
const VERSION_WITH_DUTIES: u32 = 2;

/// Number of blocks above the last final one after which no further blocks are looked up.
const MAX_UNFINALISED: usize = 256;

/// The chain that the engine drives.
pub(crate) struct SubstrateChain<C, B, P> {
	client: Arc<C>,
	backend: Arc<B>,
	pool: Arc<P>,
	finaliser: Finaliser<C, B>,
	sync: Arc<SyncingService<Block>>,
	changes: Mutex<VecDeque<(BlockHash, Changes)>>,
}

impl<C, B, P> SubstrateChain<C, B, P>
where
	B: Backend<Block> + 'static,
	C: ClientBounds<B>,
	P: TransactionPool<Block = Block> + 'static,
{
	pub(crate) fn new(
		client: Arc<C>,
		backend: Arc<B>,
		pool: Arc<P>,
		finaliser: Finaliser<C, B>,
		sync: Arc<SyncingService<Block>>,
	) -> Self {
		Self { client, backend, pool, finaliser, sync, changes: Mutex::default() }
	}

	/// Imports a block that was executed here, as non-best and without announcement or notification.
	fn store(
		&self,
		header: Header,
		body: Vec<Extrinsic>,
		changes: StorageChanges<Block>,
	) -> Result<BlockHash, ChainError> {
		let hash = header.hash();
		let kept = (changes.main_storage_changes.clone(), changes.child_storage_changes.clone());
		// The origin decides who is notified of an import. This one notifies nobody, because the block may never be
		// final.
		let mut params = BlockImportParams::new(BlockOrigin::NetworkInitialSync, header);
		params.body = Some(body);
		params.state_action = StateAction::ApplyChanges(sc_consensus::StorageChanges::Changes(changes));
		params.fork_choice = Some(ForkChoiceStrategy::Custom(false));
		params.post_hash = Some(hash);
		let imported = futures::executor::block_on(self.client.import_block(params));
		match imported.map_err(ChainError::client("import of a proposal"))? {
			ImportResult::Imported(_) => {
				let mut changes = self.changes.lock();
				changes.push_back((hash, kept));
				if changes.len() > KEPT_CHANGES {
					changes.pop_front();
				}
				Ok(hash)
			}
			ImportResult::AlreadyInChain => Ok(hash),
			other => {
				Err(ChainError::Client { what: "import of a proposal", reason: format!("block {hash}: {other:?}") })
			}
		}
	}

	/// Submits a transaction that the runtime created to the pool. Does nothing if the pool holds it already.
	fn submit(&self, at: BlockHash, bytes: Vec<u8>) -> Result<(), ChainError> {
		let decoded = OpaqueExtrinsic::decode_all(&mut &bytes[..]);
		let extrinsic = decoded.map_err(ChainError::client("decoding a transaction that the runtime made"))?;
		let submitted = self.pool.submit_one(at, TransactionSource::Local, extrinsic);
		match futures::executor::block_on(submitted).map_err(IntoPoolError::into_pool_error) {
			Ok(_) | Err(Ok(PoolError::AlreadyImported(_))) => Ok(()),
			Err(Ok(error)) => Err(ChainError::client("submitting a transaction")(error)),
			Err(Err(error)) => Err(ChainError::client("submitting a transaction")(error)),
		}
	}

	fn take_changes(&self, hash: BlockHash) -> Option<Changes> {
		let mut changes = self.changes.lock();
		let at = changes.iter().position(|(h, _)| *h == hash)?;
		changes.remove(at).map(|(_, kept)| kept)
	}
}

type Extrinsic = sp_runtime::OpaqueExtrinsic;

/// Decodes a block, which must use all of the bytes. The number of extrinsics is checked before they are decoded.
fn decode_block(bytes: &[u8]) -> Result<Block, InvalidBlock> {
	let malformed = |error: codec::Error| InvalidBlock::Malformed(error.to_string());
	let mut rest = bytes;
	Header::decode(&mut rest).map_err(malformed)?;
	let Compact(count) = Compact::<u32>::decode(&mut rest).map_err(malformed)?;
	if count > MAX_EXTRINSICS {
		return Err(InvalidBlock::Malformed(format!("{count} extrinsics, at most {MAX_EXTRINSICS} are read")));
	}
	Block::decode_all(&mut &bytes[..]).map_err(|e| InvalidBlock::Malformed(e.to_string()))
}

impl<C, B, P> Chain for SubstrateChain<C, B, P>
where
	B: Backend<Block> + 'static,
	C: ClientBounds<B>,
	P: TransactionPool<Block = Block> + 'static,
{
	fn finalised(&self) -> Head {
		self.finaliser.finalised()
	}

	fn certificate(&self, height: Height) -> Result<Option<VerifiedCertificate>, ChainError> {
		let Some(bytes) = source::certificate(&*self.client, height)? else { return Ok(None) };
		// The certificate was verified before it was stored.
		Ok(Some(VerifiedCertificate::from_verified_votes(Certificate::from_bytes(&bytes)?)))
	}

	fn rules_after(&self, hash: BlockHash) -> Result<Rules, ChainError> {
		self.finaliser.rules_after(hash)
	}

	fn replaced_set(&self, hash: BlockHash) -> Result<Option<ValidatorSet>, ChainError> {
		self.finaliser.replaced_set(hash)
	}

	fn check_orders(&self) -> Result<(), ChainError> {
		self.finaliser.check_orders()
	}

	fn scheduled_members(&self, hash: BlockHash) -> Result<Vec<ValidatorId>, ChainError> {
		rules::scheduled_members::<C, B>(&self.client, hash)
	}

	fn next_committee(&self, hash: BlockHash) -> Vec<ValidatorId> {
		rules::next_committee::<C, B>(&self.client, hash)
	}

	fn homes(&self, hash: BlockHash, validators: &[ValidatorId]) -> Vec<Home> {
		rules::homes(&*self.client, hash, validators).unwrap_or_else(|error| {
			log::debug!(target: crate::LOG, "Validators' nodes cannot be looked up: {error}");
			Vec::new()
		})
	}

	fn timestamp(&self, hash: BlockHash) -> Result<Option<u64>, ChainError> {
		rules::timestamp::<C, B>(&self.client, hash)
	}

	fn build(&self, parent: Head, limits: &BuildLimits) -> Result<Option<BuiltBlock>, ChainError> {
		let Some(built) = self.build_block(parent, limits)? else { return Ok(None) };
		let (header, body) = (built.block.header.clone(), built.block.extrinsics.clone());
		let timestamp = rules::timestamp_set_by(&built.changes.main_storage_changes);
		let bytes = Arc::new(built.block.encode());
		let height = Height(header.number);
		let hash = self.store(header.clone(), body, built.changes)?;
		let head = Head { height, hash };
		Ok(Some(BuiltBlock { head, header, timestamp, bytes, transactions: built.transactions }))
	}

	fn validate(
		&self,
		parent: Head,
		expected: BlockHash,
		bytes: &[u8],
		reproposed: bool,
		parameters: &Parameters,
	) -> Result<ValidBlock, ChainError> {
		let block = decode_block(bytes)?;
		let found = block.header.hash();
		if found != expected {
			return Err(InvalidBlock::WrongHash { found, expected }.into());
		}
		let limits = validate::Limits { parameters, reproposed };
		if self.holds(expected) {
			return self.judge_held(parent, &block, &limits);
		}
		let (changes, time) = self.judge(parent, &block, Some(limits))?;
		let timestamp = time.ok_or(InvalidBlock::NoTimestamp)?;
		self.store(block.header.clone(), block.extrinsics, changes)?;
		Ok(ValidBlock { header: block.header, timestamp })
	}

	fn holds(&self, hash: BlockHash) -> bool {
		matches!(self.client.block_status(hash), Ok(sp_consensus::BlockStatus::InChainWithState))
	}

	fn body(&self, hash: BlockHash) -> Option<Arc<Vec<u8>>> {
		source::block(&*self.client, hash)
	}

	fn finalise(&self, certificate: &VerifiedCertificate) -> Result<(), ChainError> {
		let changes = self.take_changes(certificate.block_hash());
		self.finaliser.finalise(certificate, changes)
	}

	fn import_and_finalise(&self, bytes: &[u8], certificate: &VerifiedCertificate) -> Result<(), ChainError> {
		let block = decode_block(bytes)?;
		let (found, expected) = (block.header.hash(), certificate.block_hash());
		if found != expected {
			return Err(InvalidBlock::WrongHash { found, expected }.into());
		}
		if !self.holds(found) {
			let (changes, _) = self.judge(self.finalised(), &block, None)?;
			self.store(block.header, block.extrinsics, changes)?;
		}
		self.finalise(certificate)
	}

	fn unfinalised(&self) -> Vec<Head> {
		let mut next = VecDeque::from([self.finalised()]);
		let mut found = Vec::new();
		while let Some(parent) = next.pop_front().filter(|_| found.len() < MAX_UNFINALISED) {
			let children = self.backend.blockchain().children(parent.hash).unwrap_or_default();
			let children = children.into_iter().map(|hash| Head { height: parent.height.next(), hash });
			next.extend(children.clone());
			found.extend(children);
		}
		found
	}

	fn discard(&self, hash: BlockHash) {
		self.take_changes(hash);
		let _lock = self.backend.get_import_lock().write();
		let final_height = self.client.info().finalized_number;
		// Finality has discarded the siblings of final blocks already.
		if matches!(self.client.number(hash), Ok(Some(number)) if number > final_height) {
			if let Err(error) = self.backend.remove_leaf_block(hash) {
				log::debug!(target: crate::LOG, "Abandoned block {hash} stays in the database: {error}");
			}
		}
	}

	fn announce(&self, hash: BlockHash) {
		use sc_network::NetworkBlock;
		self.sync.announce_block(hash, None);
	}

	fn report(&self, evidence: &Equivocation) -> Result<(), ChainError> {
		let at = self.finalised().hash;
		let asked = self.client.runtime_api().equivocation_report(at, evidence.clone());
		let bytes = asked.map_err(ChainError::client("asking the runtime for a report of evidence"))?;
		self.submit(at, bytes)
	}

	fn duties(&self, hash: BlockHash, validator: &ValidatorId) -> Result<Vec<Duty>, ChainError> {
		let api = self.client.runtime_api();
		let version = api.api_version::<dyn PbftApi<Block>>(hash);
		let version = version.map_err(ChainError::client("asking which version of PbftApi the runtime has"))?;
		if version.is_none_or(|version| version < VERSION_WITH_DUTIES) {
			return Ok(Vec::new());
		}
		api.duties(hash, validator.clone(), ENGINE_VERSION).map_err(ChainError::client("asking the runtime for duties"))
	}

	fn hand_in(&self, deed: Deed) -> Result<(), ChainError> {
		let at = self.finalised().hash;
		let asked = self.client.runtime_api().deed(at, deed);
		self.submit(at, asked.map_err(ChainError::client("asking the runtime for a transaction"))?)
	}

	fn is_syncing(&self) -> bool {
		use sp_consensus::SyncOracle;
		self.sync.is_major_syncing()
	}
}

/// A certificate as the client stores it: a justification.
pub(crate) fn justification(certificate: &VerifiedCertificate) -> sp_runtime::Justification {
	(ENGINE_ID, (**certificate).encode())
}
