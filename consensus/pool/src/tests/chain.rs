//! A chain of accounts and nonces. A block can be proposed on any other, and some blocks become final.

use super::shipped;
use crate::{
	book::Effects,
	chain::{At, ChainError},
	extrinsic::{hash_of, signer_of, Nonce},
	held::Held,
	Chain, Config, Journal, Metrics, Origin, Pool, PoolError,
};
use codec::{Decode, Encode};
use futures::executor::block_on;
use parking_lot::Mutex;
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionSource, ValidTransaction},
	AccountId32, MultiAddress, MultiSignature, OpaqueExtrinsic,
};
use std::{
	collections::{HashMap, HashSet},
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc,
	},
};
use syndic_primitives::{api::Verdict, classes::pool_priority, BlockHash, ClassId, ClassInfo};

pub fn account(n: u8) -> AccountId32 {
	AccountId32::new([n; 32])
}

/// The content of a transaction of this chain.
#[derive(Clone, Copy, Debug, Encode, Decode)]
pub struct Says {
	pub nonce: Nonce,
	pub tip: u8,
	/// The first height at which it is no longer valid; 0: it is always valid.
	pub until: u32,
}

pub fn transaction(of: u8, nonce: Nonce) -> OpaqueExtrinsic {
	with_tip(of, nonce, 0)
}

pub fn with_tip(of: u8, nonce: Nonce, tip: u8) -> OpaqueExtrinsic {
	saying(of, Says { nonce, tip, until: 0 })
}

pub fn saying(of: u8, says: Says) -> OpaqueExtrinsic {
	let address = MultiAddress::<AccountId32, ()>::Id(account(of));
	let signature = MultiSignature::Sr25519(sp_core::sr25519::Signature::from_raw([0; 64]));
	OpaqueExtrinsic::from_blob([vec![0x84], (address, signature).encode(), says.encode()].concat())
}

fn read(extrinsic: &OpaqueExtrinsic) -> Option<(AccountId32, Says)> {
	let account = signer_of(extrinsic)?;
	let says = extrinsic.inner().get(1 + 33 + 65..)?;
	Some((account, Says::decode(&mut &says[..]).ok()?))
}

#[derive(Clone)]
struct Block {
	at: At,
	parent: Option<At>,
	nonces: HashMap<AccountId32, Nonce>,
	frozen: HashSet<AccountId32>,
	transactions: Vec<OpaqueExtrinsic>,
}

impl Block {
	fn check(&self, extrinsic: &OpaqueExtrinsic) -> Result<(AccountId32, Says), InvalidTransaction> {
		let (account, says) = read(extrinsic).ok_or(InvalidTransaction::Call)?;
		if self.frozen.contains(&account) {
			return Err(InvalidTransaction::Custom(9));
		}
		if says.until != 0 && self.at.height + 1 >= says.until {
			return Err(InvalidTransaction::AncientBirthBlock);
		}
		let next = self.nonces.get(&account).copied().unwrap_or_default();
		match says.nonce < next {
			true => Err(InvalidTransaction::Stale),
			false => Ok((account, says)),
		}
	}
}

pub struct TestChain {
	blocks: Mutex<HashMap<BlockHash, Block>>,
	finalised: Mutex<At>,
	pruned: Mutex<HashSet<BlockHash>>,
	count: AtomicUsize,
	pub judged: AtomicUsize,
}

impl Default for TestChain {
	fn default() -> Self {
		let at = At { hash: BlockHash::repeat_byte(255), height: 0 };
		let genesis =
			Block { at, parent: None, nonces: HashMap::new(), frozen: HashSet::new(), transactions: Vec::new() };
		Self {
			blocks: Mutex::new([(at.hash, genesis)].into()),
			finalised: Mutex::new(at),
			pruned: Mutex::default(),
			count: AtomicUsize::new(0),
			judged: AtomicUsize::new(0),
		}
	}
}

impl TestChain {
	/// Makes a block on `parent` of the offered transactions, without those that are not valid there.
	pub fn propose(
		&self,
		parent: BlockHash,
		offered: impl IntoIterator<Item = OpaqueExtrinsic>,
		most: usize,
	) -> BlockHash {
		let mut blocks = self.blocks.lock();
		let mut block = blocks[&parent].clone();
		block.transactions.clear();
		for extrinsic in offered {
			let Ok((account, says)) = block.check(&extrinsic) else { continue };
			let next = block.nonces.entry(account).or_default();
			if says.nonce == *next && block.transactions.len() < most {
				*next += 1;
				block.transactions.push(extrinsic);
			}
		}
		let hash = BlockHash::from_low_u64_be(1 + self.count.fetch_add(1, Ordering::SeqCst) as u64);
		block.parent = Some(block.at);
		block.at = At { hash, height: block.at.height + 1 };
		blocks.insert(hash, block);
		hash
	}

	/// Makes a block of what the pool offers, as a proposer does.
	pub fn build(&self, pool: &TestPool, parent: BlockHash, most: usize) -> BlockHash {
		let offered = pool.ready_on(parent).map(|held| (*held.extrinsic).clone());
		self.propose(parent, offered, most)
	}

	pub fn finalise(&self, hash: BlockHash) {
		*self.finalised.lock() = self.blocks.lock()[&hash].at;
	}

	/// A block in which these accounts are frozen, and no others, becomes final.
	pub fn freeze(&self, accounts: &[u8]) -> BlockHash {
		let hash = self.propose(self.finalised().hash, [], 0);
		let frozen = accounts.iter().map(|n| account(*n)).collect();
		self.blocks.lock().get_mut(&hash).expect("it was just made").frozen = frozen;
		self.finalise(hash);
		hash
	}

	pub fn transactions(&self, hash: BlockHash) -> Vec<BlockHash> {
		self.blocks.lock()[&hash].transactions.iter().map(hash_of).collect()
	}

	/// The transactions of this block are no longer kept.
	pub fn prune(&self, hash: BlockHash) {
		self.pruned.lock().insert(hash);
	}

	/// All final transactions, in order.
	pub fn history(&self) -> Vec<BlockHash> {
		let blocks = self.blocks.lock();
		let mut next = Some(*self.finalised.lock());
		let mut history = Vec::new();
		while let Some(at) = next {
			let block = &blocks[&at.hash];
			history.extend(block.transactions.iter().rev().map(hash_of));
			next = block.parent;
		}
		history.reverse();
		history
	}
}

impl Chain for TestChain {
	fn finalised(&self) -> At {
		*self.finalised.lock()
	}

	fn parent(&self, hash: BlockHash) -> Result<Option<At>, ChainError> {
		let blocks = self.blocks.lock();
		let block = blocks.get(&hash).ok_or_else(|| ChainError::of("test")(&"no such block"))?;
		Ok(block.parent)
	}

	fn effects(&self, hash: BlockHash) -> Result<Effects, ChainError> {
		if self.pruned.lock().contains(&hash) {
			return Err(ChainError::of("test")(&"it is not kept"));
		}
		let blocks = self.blocks.lock();
		let block = blocks.get(&hash).ok_or_else(|| ChainError::of("test")(&"no such block"))?;
		let signers = block.transactions.iter().filter_map(signer_of);
		let nonces = signers.map(|account| (account.clone(), block.nonces[&account])).collect();
		Ok(Effects { transactions: block.transactions.iter().map(hash_of).collect(), nonces })
	}

	fn nonce(&self, at: BlockHash, account: &AccountId32) -> Result<Nonce, ChainError> {
		let blocks = self.blocks.lock();
		let block = blocks.get(&at).ok_or_else(|| ChainError::of("test")(&"no such block"))?;
		Ok(block.nonces.get(account).copied().unwrap_or_default())
	}

	fn judge(
		&self,
		at: BlockHash,
		_: TransactionSource,
		_: bool,
		transactions: &[Arc<OpaqueExtrinsic>],
	) -> Vec<Result<Verdict, ChainError>> {
		self.judged.fetch_add(transactions.len(), Ordering::SeqCst);
		let block = self.blocks.lock()[&at].clone();
		let judge = |extrinsic: &Arc<OpaqueExtrinsic>| {
			let (account, says) = block.check(extrinsic)?;
			Ok(ValidTransaction {
				priority: pool_priority(10, ClassId(0)) + u64::from(says.tip),
				provides: vec![(account, says.nonce).encode()],
				longevity: match says.until {
					0 => u64::MAX,
					until => u64::from(until - block.at.height - 1),
				},
				..Default::default()
			})
		};
		let institution = |extrinsic: &Arc<OpaqueExtrinsic>| extrinsic.inner().get(2).map(|of| u32::from(of / 100));
		transactions.iter().map(|e| Ok(Verdict { validity: judge(e), institution: institution(e) })).collect()
	}

	fn classes(&self, _: BlockHash) -> Vec<ClassInfo> {
		shipped()
	}

	fn class_of(&self, _: BlockHash, _: &OpaqueExtrinsic) -> Result<Option<ClassId>, ChainError> {
		Ok(Some(ClassId(0)))
	}
}

pub type TestPool = Pool<TestChain>;

pub fn pool_on(chain: &Arc<TestChain>, config: Config, journal: Option<Journal>) -> TestPool {
	Pool::new(chain.clone(), config, journal, Metrics::default())
}

pub fn submit(pool: &TestPool, extrinsic: OpaqueExtrinsic) -> Result<BlockHash, PoolError> {
	block_on(pool.submit(Origin::Client, TransactionSource::External, extrinsic))
}

/// The transactions that a pool offers, as account and nonce.
pub fn offered(ready: impl Iterator<Item = Arc<Held>>) -> Vec<(u8, Nonce)> {
	let of =
		|held: Arc<Held>| read(&held.extrinsic).map(|(account, says)| (AsRef::<[u8]>::as_ref(&account)[0], says.nonce));
	let mut offered: Vec<_> = ready.filter_map(of).collect();
	offered.sort_unstable();
	offered
}
