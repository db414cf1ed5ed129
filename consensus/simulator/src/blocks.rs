//! The blocks that were ever built, by whomever, and the rules that follow from them. Stands in for chain and runtime:
//! both are deterministic, and the same for all.

use crate::{keys::key, network::Micros};
use codec::Encode;
use sp_crypto_hashing::twox_256;
use std::collections::{BTreeMap, BTreeSet};
use syndic_primitives::{
	block::Header, BlockHash, Dissemination, Height, Parameters, Rules, SetId, ValidatorSet, MIN_CHANGE_DELAY,
};

/// What a node finds out when it executes a block.
#[derive(Clone, Debug)]
pub struct Block {
	/// Its header.
	pub header: Header,
	/// Whether it executes.
	pub valid: bool,
	/// When it was built, in virtual time; where clocks matter, what its builder's clock said.
	pub time: Micros,
	/// How many transactions the chain has up to it.
	pub transactions: u64,
}

/// All blocks.
#[derive(Debug)]
pub struct Blocks {
	known: BTreeMap<BlockHash, Block>,
	first: Rules,
	/// At each of these heights another set takes over.
	changes: BTreeMap<Height, Vec<usize>>,
	/// At each of these heights other parameters take over.
	tunings: BTreeMap<Height, Parameters>,
}

/// The hash of block 0.
pub fn genesis() -> BlockHash {
	BlockHash::repeat_byte(0xee)
}

/// The parameters of a network in which every height is on its own and votes are broadcast.
pub fn parameters() -> Parameters {
	Parameters {
		block_period: 200,
		base_timeout: 1_000,
		timeout_growth: 150,
		timeout_ceiling: 8_000,
		leader_period: 3,
		..Parameters::default()
	}
}

impl Blocks {
	/// With the first `members` as the set, and changes of it at given heights; with a window and collectors as asked for.
	pub fn new(
		members: usize,
		changes: BTreeMap<Height, Vec<usize>>,
		depth: u32,
		dissemination: Dissemination,
	) -> Self {
		Self::under(
			members,
			changes,
			Parameters { pipeline_depth: depth, dissemination, ..parameters() },
			BTreeMap::new(),
		)
	}

	/// With the first `members` as the set, under given parameters, and with changes of both at given heights.
	pub fn under(
		members: usize,
		changes: BTreeMap<Height, Vec<usize>>,
		parameters: Parameters,
		tunings: BTreeMap<Height, Parameters>,
	) -> Self {
		let set = ValidatorSet::new(SetId(0), Height(1), (0..members).map(key).collect())
			.expect("distinct members, at least one");
		Self { known: BTreeMap::new(), first: Rules { set, parameters, until: None }, changes, tunings }
	}

	/// A block that did not exist before; `salt` makes it another one than its siblings.
	pub fn build(&mut self, height: Height, parent: BlockHash, salt: u64, valid: bool, time: Micros) -> BlockHash {
		self.build_of(height, parent, salt, valid, time, 0)
	}

	/// As [`Blocks::build`], with so many transactions.
	pub fn build_of(
		&mut self,
		height: Height,
		parent: BlockHash,
		salt: u64,
		valid: bool,
		time: Micros,
		transactions: u64,
	) -> BlockHash {
		let header = Header {
			parent_hash: parent,
			number: height.0,
			state_root: BlockHash::zero(),
			extrinsics_root: BlockHash::from(twox_256(&(salt, valid).encode())),
			digest: Default::default(),
		};
		let block_hash = header.hash();
		let transactions = self.transactions(&parent) + transactions;
		self.known.insert(block_hash, Block { header, valid, time, transactions });
		block_hash
	}

	/// How many transactions the chain has up to a block.
	pub fn transactions(&self, block_hash: &BlockHash) -> u64 {
		self.known.get(block_hash).map_or(0, |block| block.transactions)
	}

	/// When a block was built; the first one always was.
	pub fn time(&self, block_hash: &BlockHash) -> Micros {
		self.known.get(block_hash).map_or(0, |block| block.time)
	}

	/// A block, if it was ever built.
	pub fn get(&self, block_hash: &BlockHash) -> Option<&Block> {
		self.known.get(block_hash)
	}

	/// The rules of a height, on every chain.
	pub fn rules(&self, height: Height) -> Rules {
		let mut rules = self.first.clone();
		for (id, (since, members)) in self.changes.range(..=height).enumerate() {
			let members = members.iter().map(|m| key(*m)).collect();
			rules.set = ValidatorSet::new(SetId(id as u64 + 1), *since, members)
				.expect("changes are drawn with distinct members");
		}
		if let Some((_, parameters)) = self.tunings.range(..=height).next_back() {
			rules.parameters.clone_from(parameters);
		}
		let set_changes = self.changes.range(height.next()..).next().map(|(since, _)| since);
		let others = self.tunings.range(height.next()..).next().map(|(since, _)| since);
		rules.until = set_changes.into_iter().chain(others).min().map(|since| Height(since.0 - 1));
		rules
	}

	/// Whom a node that knows the rules of `height` lets connect: the members of that set, and of the next one from the
	/// moment on in which it is scheduled. By number.
	pub fn admitted(&self, height: Height) -> BTreeSet<usize> {
		let now = self.changes.range(..=height).next_back().map(|(_, members)| members.clone());
		let mut admitted: BTreeSet<usize> =
			now.unwrap_or_else(|| (0..self.first.set.size()).collect()).into_iter().collect();
		let notice = Height(height.0.saturating_add(MIN_CHANGE_DELAY));
		admitted.extend(self.changes.range(height.next()..=notice).flat_map(|(_, members)| members));
		admitted
	}
}
