//! A chain in memory. The blocks are real; executing a block reads the timestamp in its first extrinsic.

use super::super::{now_ms, transactions::Transactions, Pending, Signal};
use crate::chain::{BuildLimits, BuiltBlock, Chain, ChainError, Head, InvalidBlock, ValidBlock};
use codec::{Decode, Encode};
use parking_lot::Mutex;
use sp_runtime::{
	traits::{BlakeTwo256, Hash, Header as _},
	OpaqueExtrinsic,
};
use std::{
	collections::HashMap,
	sync::{
		atomic::{AtomicBool, AtomicUsize, Ordering},
		Arc,
	},
};
use syndic_primitives::{
	block::{Block, Header},
	lottery::{Deed, Duty},
	BlockHash, Equivocation, Height, Parameters, Rules, ValidatorId, ValidatorSet, VerifiedCertificate,
};
use tokio::sync::mpsc;

/// The rules of each height.
pub type Law = Arc<dyn Fn(Height) -> Rules + Send + Sync>;

#[derive(Clone, Default)]
struct State {
	/// Executed blocks, final or not.
	blocks: HashMap<BlockHash, Block>,
	finalised: Vec<(Head, VerifiedCertificate)>,
}

pub struct MemoryChain {
	law: Law,
	pub pool: Arc<MemoryPool>,
	state: Mutex<State>,
	signals: Mutex<Option<mpsc::Sender<Signal>>>,
	builds: AtomicUsize,
	pub discarded: AtomicUsize,
	/// The evidence that was submitted.
	pub reported: Mutex<Vec<Equivocation>>,
	/// The block after which an order of the board replaces a set, and that set. The law names the new set.
	pub replaced: Mutex<Option<(Height, ValidatorSet)>>,
	/// The duties that the chain waits for, or the error of asking for them.
	pub duties: Mutex<Result<Vec<Duty>, String>>,
	/// The deeds that were submitted, and at which height.
	pub deeds: Mutex<Vec<(Height, Deed)>>,
	pub syncing: AtomicBool,
}

/// The number of waiting transactions, and the transactions known by hash. A block that is built takes all of them.
#[derive(Default)]
pub struct MemoryPool(pub AtomicUsize, pub Mutex<Vec<Arc<OpaqueExtrinsic>>>);

impl Transactions for MemoryPool {
	fn find(&self, hash: &BlockHash) -> Option<Arc<OpaqueExtrinsic>> {
		self.1.lock().iter().find(|known| BlakeTwo256::hash_of(&***known) == *hash).cloned()
	}

	fn expect(&self, _: bool) {}
}

impl Pending for MemoryPool {
	fn ready(&self) -> usize {
		self.0.load(Ordering::SeqCst)
	}
}

pub fn genesis() -> BlockHash {
	BlockHash::repeat_byte(0xee)
}

fn root(extrinsics: &[OpaqueExtrinsic]) -> BlockHash {
	BlakeTwo256::hash_of(&extrinsics.to_vec())
}

/// The timestamp that a block sets.
pub fn time_of(block: &Block) -> Option<u64> {
	u64::decode(&mut block.extrinsics.first()?.inner()).ok()
}

impl MemoryChain {
	pub fn new(law: Law) -> Arc<Self> {
		Arc::new(Self {
			law,
			pool: Arc::default(),
			state: Mutex::default(),
			signals: Mutex::default(),
			builds: AtomicUsize::new(0),
			discarded: AtomicUsize::new(0),
			reported: Mutex::default(),
			replaced: Mutex::default(),
			duties: Mutex::new(Ok(Vec::new())),
			deeds: Mutex::default(),
			syncing: AtomicBool::new(false),
		})
	}

	/// The chain after a crash that took the last `lost` finalities, and every block that was not final.
	pub fn after_crash(&self, lost: usize) -> Arc<Self> {
		let old = self.state.lock().clone();
		let keep = old.finalised.len().saturating_sub(lost);
		let finalised = old.finalised[..keep].to_vec();
		let blocks = finalised.iter().map(|(head, _)| (head.hash, old.blocks[&head.hash].clone())).collect();
		let new = Self::new(self.law.clone());
		*new.state.lock() = State { blocks, finalised };
		new
	}

	pub fn connect(&self, signals: mpsc::Sender<Signal>) {
		*self.signals.lock() = Some(signals);
	}

	pub fn block(&self, hash: &BlockHash) -> Option<Block> {
		self.state.lock().blocks.get(hash).cloned()
	}

	pub fn finals(&self) -> Vec<(Head, VerifiedCertificate)> {
		self.state.lock().finalised.clone()
	}

	/// Imports a block without a certificate, as sync does.
	pub fn import(&self, block: Block) {
		self.state.lock().blocks.insert(block.header.hash(), block);
	}

	fn signal(&self) {
		if let Some(signals) = &*self.signals.lock() {
			let _ = signals.try_send(Signal::Finality);
		}
	}

	fn decode(&self, bytes: &[u8], expected: BlockHash) -> Result<Block, ChainError> {
		let block = Block::decode(&mut &bytes[..]).map_err(|e| InvalidBlock::Malformed(e.to_string()))?;
		let (found, computed) = (block.header.hash(), root(&block.extrinsics));
		if found != expected {
			return Err(InvalidBlock::WrongHash { found, expected }.into());
		}
		if computed != block.header.extrinsics_root {
			return Err(InvalidBlock::ExtrinsicsRoot { found: block.header.extrinsics_root, computed }.into());
		}
		Ok(block)
	}
}

impl Chain for MemoryChain {
	fn finalised(&self) -> Head {
		let origin = Head { height: Height(0), hash: genesis() };
		self.state.lock().finalised.last().map_or(origin, |(head, _)| *head)
	}

	fn certificate(&self, height: Height) -> Result<Option<VerifiedCertificate>, ChainError> {
		let at = (height.0 as usize).checked_sub(1);
		Ok(at.and_then(|at| self.state.lock().finalised.get(at).map(|(_, certificate)| certificate.clone())))
	}

	fn rules_after(&self, hash: BlockHash) -> Result<Rules, ChainError> {
		let height = if hash == genesis() { 0 } else { self.state.lock().blocks[&hash].header.number };
		Ok((self.law)(Height(height).next()))
	}

	fn replaced_set(&self, hash: BlockHash) -> Result<Option<ValidatorSet>, ChainError> {
		let height = Height(self.state.lock().blocks.get(&hash).map_or(0, |block| block.header.number));
		let replaced = self.replaced.lock().clone();
		Ok(replaced.filter(|(after, _)| *after == height).map(|(_, set)| set))
	}

	fn check_orders(&self) -> Result<(), ChainError> {
		let decided = self.finalised();
		match &*self.replaced.lock() {
			Some((height, set)) if *height < decided.height => {
				Err(ChainError::GoneOn { height: *height, decided, set_id: set.id() })
			}
			_ => Ok(()),
		}
	}

	fn scheduled_members(&self, hash: BlockHash) -> Result<Vec<ValidatorId>, ChainError> {
		let height = self.state.lock().blocks.get(&hash).map_or(0, |block| block.header.number);
		Ok((self.law)(Height(height + 4)).set.members().to_vec())
	}

	fn timestamp(&self, hash: BlockHash) -> Result<Option<u64>, ChainError> {
		Ok(self.state.lock().blocks.get(&hash).and_then(time_of))
	}

	fn build(&self, parent: Head, limits: &BuildLimits) -> Result<Option<BuiltBlock>, ChainError> {
		let transactions = self.pool.ready();
		if transactions == 0 && !limits.allow_empty {
			return Ok(None);
		}
		let earliest = self.timestamp(parent.hash)?.map_or(0, |t| t + u64::from(limits.parameters.block_period));
		let salt = (self as *const Self as usize, self.builds.fetch_add(1, Ordering::SeqCst));
		let time = OpaqueExtrinsic::from_blob(now_ms().max(earliest).encode());
		let salt = OpaqueExtrinsic::from_blob((salt.0 as u64, salt.1 as u64, transactions as u64).encode());
		let known = self.pool.1.lock().iter().map(|known| (**known).clone()).collect::<Vec<_>>();
		let extrinsics = [vec![time, salt], known].concat();
		let root = root(&extrinsics);
		let header = Header::new(parent.height.next().0, root, Default::default(), parent.hash, Default::default());
		let head = Head { height: parent.height.next(), hash: header.hash() };
		let block = Block { header: header.clone(), extrinsics };
		let bytes = Arc::new(block.encode());
		let timestamp = time_of(&block);
		self.import(block);
		Ok(Some(BuiltBlock { head, header, timestamp, bytes, transactions }))
	}

	fn validate(
		&self,
		parent: Head,
		expected: BlockHash,
		bytes: &[u8],
		_reproposed: bool,
		parameters: &Parameters,
	) -> Result<ValidBlock, ChainError> {
		let block = self.decode(bytes, expected)?;
		if block.header.parent_hash != parent.hash {
			let (found_height, found) = (Height(block.header.number), block.header.parent_hash);
			return Err(InvalidBlock::NotAChild { found_height, found, parent }.into());
		}
		let timestamp = time_of(&block).ok_or(InvalidBlock::NoTimestamp)?;
		let bound = parameters.block_period;
		let after = self.timestamp(parent.hash)?.map_or(u64::MAX, |t| timestamp.saturating_sub(t));
		if after < bound.into() {
			return Err(InvalidBlock::TooSoon { timestamp, after, bound }.into());
		}
		let header = block.header.clone();
		self.import(block);
		Ok(ValidBlock { header, timestamp })
	}

	fn holds(&self, hash: BlockHash) -> bool {
		self.state.lock().blocks.contains_key(&hash)
	}

	fn body(&self, hash: BlockHash) -> Option<Arc<Vec<u8>>> {
		self.state.lock().blocks.get(&hash).map(|block| Arc::new(block.encode()))
	}

	fn finalise(&self, certificate: &VerifiedCertificate) -> Result<(), ChainError> {
		let finalised = self.finalised();
		let block = Head { height: certificate.height(), hash: certificate.block_hash() };
		{
			let mut state = self.state.lock();
			if block.height <= finalised.height {
				let (known, _) = &state.finalised[block.height.0 as usize - 1];
				assert_eq!(known.hash, block.hash, "a fork");
				return Ok(());
			}
			let found = state.blocks.get(&block.hash).ok_or(ChainError::Unknown(block))?;
			if found.header.parent_hash != finalised.hash {
				return Err(ChainError::OutOfOrder { block, finalised });
			}
			state.finalised.push((block, certificate.clone()));
			state.blocks.retain(|hash, other| other.header.number != block.height.0 || *hash == block.hash);
		}
		self.pool.0.store(0, Ordering::SeqCst);
		self.signal();
		Ok(())
	}

	fn import_and_finalise(&self, bytes: &[u8], certificate: &VerifiedCertificate) -> Result<(), ChainError> {
		let block = self.decode(bytes, certificate.block_hash())?;
		self.import(block);
		self.finalise(certificate)
	}

	fn unfinalised(&self) -> Vec<Head> {
		let finalised = self.finalised();
		let state = self.state.lock();
		let above = state.blocks.iter().filter(|(_, block)| block.header.number > finalised.height.0);
		let mut heads: Vec<_> =
			above.map(|(hash, block)| Head { height: Height(block.header.number), hash: *hash }).collect();
		heads.sort_by_key(|head| head.height);
		heads
	}

	fn discard(&self, hash: BlockHash) {
		self.discarded.fetch_add(1, Ordering::SeqCst);
		let finals = self.finals();
		if !finals.iter().any(|(head, _)| head.hash == hash) {
			self.state.lock().blocks.remove(&hash);
		}
	}

	fn announce(&self, _: BlockHash) {}

	fn report(&self, evidence: &Equivocation) -> Result<(), ChainError> {
		self.reported.lock().push(evidence.clone());
		Ok(())
	}

	fn duties(&self, _: BlockHash, _: &ValidatorId) -> Result<Vec<Duty>, ChainError> {
		self.duties.lock().clone().map_err(|reason| ChainError::Client { what: "asking", reason })
	}

	fn hand_in(&self, deed: Deed) -> Result<(), ChainError> {
		self.deeds.lock().push((self.finalised().height, deed));
		Ok(())
	}

	fn is_syncing(&self) -> bool {
		self.syncing.load(Ordering::SeqCst)
	}
}
