//! All blocks that any node built, and the rules of each height. Takes the place of chain and runtime: both are
//! deterministic, and the same for all nodes.

use crate::{keys::key, network::Micros};
use codec::Encode;
use sp_crypto_hashing::twox_256;
use std::collections::{BTreeMap, BTreeSet};
use syndic_primitives::{
	block::Header, BlockHash, Dissemination, Height, Parameters, Rules, SetId, ValidatorSet, MIN_CHANGE_DELAY,
};

/// A block, and what a node finds out when it executes the block.
#[derive(Clone, Debug)]
pub struct Block {
	/// Its header.
	pub header: Header,
	/// Whether it executes.
	pub valid: bool,
	/// When it was built, in virtual time; where transactions are simulated, by its builder's clock.
	pub time: Micros,
	/// How many transactions the chain has up to and including it.
	pub transactions: u64,
}

/// All blocks that were built, and the rules.
#[derive(Debug)]
pub struct Blocks {
	known: BTreeMap<BlockHash, Block>,
	first: Rules,
	/// The members of each later set, by the height from which it votes.
	changes: BTreeMap<Height, Vec<usize>>,
	/// Later parameters, by the height from which they are in force.
	tunings: BTreeMap<Height, Parameters>,
}

/// The hash of block 0.
pub fn genesis() -> BlockHash {
	BlockHash::repeat_byte(0xee)
}

/// The parameters of a network with one height in progress at a time, in which votes are broadcast.
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
	/// The first set is the first `members` validators; `changes` are later sets, `depth` is the window.
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

	/// The first set is the first `members` validators, under given parameters. `changes` are later sets, `tunings`
	/// later parameters.
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

	/// Makes a new block; `salt` distinguishes it from its siblings.
	pub fn build(&mut self, height: Height, parent: BlockHash, salt: u64, valid: bool, time: Micros) -> BlockHash {
		self.build_of(height, parent, salt, valid, time, 0)
	}

	/// As [`Blocks::build`], with a number of transactions.
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

	/// When a block was built; 0 for genesis.
	pub fn time(&self, block_hash: &BlockHash) -> Micros {
		self.known.get(block_hash).map_or(0, |block| block.time)
	}

	/// A block, if it was ever built.
	pub fn get(&self, block_hash: &BlockHash) -> Option<&Block> {
		self.known.get(block_hash)
	}

	/// The rules of a height. They do not depend on the blocks below it.
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

	/// The numbers of the validators that a node which knows the rules of `height` admits: the members of that height's
	/// set, and those of the next set from the time when it is scheduled.
	pub fn admitted(&self, height: Height) -> BTreeSet<usize> {
		let now = self.changes.range(..=height).next_back().map(|(_, members)| members.clone());
		let mut admitted: BTreeSet<usize> =
			now.unwrap_or_else(|| (0..self.first.set.size()).collect()).into_iter().collect();
		let notice = Height(height.0.saturating_add(MIN_CHANGE_DELAY));
		admitted.extend(self.changes.range(height.next()..=notice).flat_map(|(_, members)| members));
		admitted
	}
}
