//! The form in which a proposal carries a block while `proposalForm` is `Compact`: header and inherents in full, and
//! only the hash of each transaction. Validators have nearly all of the transactions in their pools.
//!
//! The compact form exists on the wire only. The whole block is put together first, and is then validated, logged,
//! stored and served; a vote names the whole block's hash. The compact form is not trusted: a block that was put
//! together wrongly has another extrinsics root than its header, and is refused like any other wrong body.

use crate::network::MAX_BLOCK_BYTES;
use codec::{Compact, Decode, Encode};
use sp_runtime::OpaqueExtrinsic;
use std::{collections::HashSet, sync::Arc};
use syndic_pool::extrinsic::{hash_of, is_bare};
use syndic_primitives::{
	block::{Block, Header},
	BlockHash,
};

/// Maximum number of extrinsics with which a block is decoded, whatever its parameters: the bound of `maxTransactions`,
/// and room for inherents. Without a bound, an empty extrinsic takes one byte on the wire and much more in memory.
pub(crate) const MAX_EXTRINSICS: u32 = 100_000 + MAX_IN_FULL;

/// Maximum number of extrinsics, at the beginning of a block, that travel in full.
const MAX_IN_FULL: u32 = 64;

/// Maximum size of the compact form, in bytes. A block with a longer compact form travels whole.
pub const MAX_COMPACT_BYTES: usize = 6 * 1024 * 1024;

/// Maximum number of transactions of one block that are requested by position. A node that lacks more requests the
/// whole block.
pub const MAX_MISSING: usize = 16_384;

/// Why bytes are not the compact form of a block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompactError {
	/// They cannot be decoded.
	#[error("not a compact block: {0}")]
	Malformed(&'static str),
	/// There are too many extrinsics.
	#[error("{found} extrinsics {what}, at most {bound} are read")]
	TooMany {
		/// How they travel: in full, or by hash.
		what: &'static str,
		/// How many there are.
		found: u32,
		/// How many there may be.
		bound: u32,
	},
	/// One transaction occurs twice, which no valid block has.
	#[error("transaction {0} is in it twice")]
	Twice(BlockHash),
}

/// A block with its transactions by hash.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct CompactBlock {
	header: Header,
	/// The extrinsics that travel in full: those at the block's beginning.
	in_full: Vec<OpaqueExtrinsic>,
	/// The hashes of all the others, in the block's order.
	hashes: Vec<BlockHash>,
}

impl CompactBlock {
	/// The compact form of a block that was built here. `None` if the form would not be shorter than the block, or is
	/// longer than [`MAX_COMPACT_BYTES`].
	pub fn of(block: &Block) -> Option<Self> {
		let bare = block.extrinsics.iter().take(MAX_IN_FULL as usize).take_while(|e| is_bare(e)).count();
		let (in_full, by_hash) = block.extrinsics.split_at(bare);
		let compact = Self {
			header: block.header.clone(),
			in_full: in_full.to_vec(),
			hashes: by_hash.iter().map(hash_of).collect(),
		};
		let size = compact.encoded_size();
		(size <= MAX_COMPACT_BYTES && size < block.encoded_size()).then_some(compact)
	}

	/// Decodes a compact block, with bounds on its length and its counts.
	pub fn from_bytes(bytes: &[u8]) -> Result<Self, CompactError> {
		if bytes.len() > MAX_COMPACT_BYTES {
			return Err(CompactError::Malformed("too long"));
		}
		let mut rest = bytes;
		let header = Header::decode(&mut rest).map_err(|_| CompactError::Malformed("header"))?;
		let in_full = count(&mut rest, "in full", MAX_IN_FULL)?;
		let in_full: Result<Vec<_>, _> = (0..in_full).map(|_| OpaqueExtrinsic::decode(&mut rest)).collect();
		let in_full = in_full.map_err(|_| CompactError::Malformed("extrinsic"))?;
		let hashes = count(&mut rest, "by hash", MAX_EXTRINSICS - MAX_IN_FULL)? as usize;
		// The length is compared before anything is allocated.
		if rest.len() != hashes * BlockHash::len_bytes() {
			return Err(CompactError::Malformed("hashes"));
		}
		let hashes: Vec<BlockHash> = rest.chunks_exact(BlockHash::len_bytes()).map(BlockHash::from_slice).collect();
		let mut seen = HashSet::with_capacity(hashes.len());
		match hashes.iter().find(|hash| !seen.insert(**hash)) {
			Some(twice) => Err(CompactError::Twice(*twice)),
			None => Ok(Self { header, in_full, hashes }),
		}
	}
}

fn count(rest: &mut &[u8], what: &'static str, bound: u32) -> Result<u32, CompactError> {
	let Compact(found) = Compact::<u32>::decode(rest).map_err(|_| CompactError::Malformed("count"))?;
	match found > bound {
		true => Err(CompactError::TooMany { what, found, bound }),
		false => Ok(found),
	}
}

/// A block that is being put together.
pub struct Assembly {
	compact: CompactBlock,
	/// The transactions, in the order of the hashes.
	found: Vec<Option<Arc<OpaqueExtrinsic>>>,
}

impl Assembly {
	/// Begins with those transactions that `find` finds by their hash.
	pub fn new(compact: CompactBlock, find: impl Fn(&BlockHash) -> Option<Arc<OpaqueExtrinsic>>) -> Self {
		let found = compact.hashes.iter().map(find).collect();
		Self { compact, found }
	}

	/// The number of the block's transactions that travel by hash, found or not.
	pub fn transactions(&self) -> usize {
		self.found.len()
	}

	/// The positions in the block of the missing transactions, ascending.
	pub fn missing(&self) -> Vec<u32> {
		let first = self.compact.in_full.len() as u32;
		(first..).zip(&self.found).filter(|(_, found)| found.is_none()).map(|(at, _)| at).collect()
	}

	/// Takes the missing transactions, encoded as [`pick`] returns them. `false` if the bytes are anything else; then
	/// nothing was taken.
	pub fn complete(&mut self, bytes: &[u8]) -> bool {
		let missing: Vec<usize> = (0..self.found.len()).filter(|at| self.found[*at].is_none()).collect();
		let mut rest = bytes;
		let Ok(Compact(count)) = Compact::<u32>::decode(&mut rest) else { return false };
		if count as usize != missing.len() {
			return false;
		}
		let mut taken = Vec::with_capacity(missing.len());
		for at in &missing {
			match OpaqueExtrinsic::decode(&mut rest) {
				Ok(extrinsic) if hash_of(&extrinsic) == self.compact.hashes[*at] => taken.push(Arc::new(extrinsic)),
				_ => return false,
			}
		}
		if !rest.is_empty() {
			return false;
		}
		for (at, extrinsic) in missing.into_iter().zip(taken) {
			self.found[at] = Some(extrinsic);
		}
		true
	}

	/// The block's encoding. `None` if a transaction is missing, or if the block is longer than [`MAX_BLOCK_BYTES`].
	pub fn finish(self) -> Option<Vec<u8>> {
		let CompactBlock { header, in_full, hashes } = &self.compact;
		let found: Option<Vec<_>> = self.found.iter().cloned().collect();
		let found = found?;
		let count = Compact((in_full.len() + hashes.len()) as u32);
		let length = found.iter().map(|extrinsic| extrinsic.encoded_size()).sum::<usize>()
			+ in_full.iter().map(Encode::encoded_size).sum::<usize>()
			+ header.encoded_size()
			+ count.encoded_size();
		if length > MAX_BLOCK_BYTES {
			return None;
		}
		let mut bytes = Vec::with_capacity(length);
		header.encode_to(&mut bytes);
		count.encode_to(&mut bytes);
		in_full.iter().for_each(|extrinsic| extrinsic.encode_to(&mut bytes));
		found.iter().for_each(|extrinsic| extrinsic.encode_to(&mut bytes));
		Some(bytes)
	}
}

/// The extrinsics of a block at these positions, encoded as a list. `None` if the bytes are no block, or the block has
/// no such positions.
pub fn pick(block: &[u8], positions: &[u32]) -> Option<Vec<u8>> {
	let block = Block::decode(&mut &block[..]).ok()?;
	let picked: Option<Vec<_>> = positions.iter().map(|at| block.extrinsics.get(*at as usize)).collect();
	Some(picked?.encode())
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_runtime::traits::Header as _;
	use std::collections::HashMap;

	/// A signed transaction, by its first byte.
	fn transaction(n: u32, length: usize) -> OpaqueExtrinsic {
		let mut bytes = vec![0x84; length];
		bytes[1..5].copy_from_slice(&n.to_le_bytes());
		OpaqueExtrinsic::from_blob(bytes)
	}

	fn block(inherents: u8, transactions: u32) -> Block {
		let inherents = (0..inherents).map(|n| OpaqueExtrinsic::from_blob(vec![5, n, 3]));
		let extrinsics = inherents.chain((0..transactions).map(|n| transaction(n, 140))).collect();
		let header = Header::new(7, Default::default(), Default::default(), Default::default(), Default::default());
		Block { header, extrinsics }
	}

	/// A pool with those extrinsics of a block whose positions `of` accepts.
	fn pool(block: &Block, of: impl Fn(usize) -> bool) -> HashMap<BlockHash, Arc<OpaqueExtrinsic>> {
		let all = block.extrinsics.iter().enumerate().filter(|(at, _)| of(*at));
		all.map(|(_, extrinsic)| (hash_of(extrinsic), Arc::new(extrinsic.clone()))).collect()
	}

	fn received(block: &Block) -> CompactBlock {
		let compact = CompactBlock::of(block).expect("it is shorter");
		let bytes = compact.encode();
		assert!(bytes.len() < block.encoded_size());
		assert_eq!(CompactBlock::from_bytes(&bytes), Ok(compact.clone()));
		compact
	}

	#[test]
	fn with_every_transaction_at_hand_the_block_comes_out_byte_for_byte() {
		for (inherents, transactions) in [(0, 1), (2, 1), (2, 500), (64, 3), (70, 3)] {
			let block = block(inherents, transactions);
			let pool = pool(&block, |_| true);
			let assembly = Assembly::new(received(&block), |hash| pool.get(hash).cloned());
			assert_eq!(assembly.missing(), Vec::<u32>::new());
			assert_eq!(assembly.finish(), Some(block.encode()));
		}
	}

	#[test]
	fn a_fifth_of_the_bytes_or_less() {
		let block = block(2, 1_000);
		let (whole, compact) = (block.encoded_size(), received(&block).encoded_size());
		assert!(compact * 4 < whole, "{compact} of {whole}");
	}

	#[test]
	fn what_is_missing_is_asked_for_by_its_place_in_the_block() {
		let block = block(2, 10);
		let pool = pool(&block, |at| at % 4 != 0);
		let mut assembly = Assembly::new(received(&block), |hash| pool.get(hash).cloned());
		assert_eq!(assembly.missing(), [4, 8]);
		let answer = pick(&block.encode(), &[4, 8]).expect("they are there");
		assert!(assembly.complete(&answer));
		assert_eq!(assembly.finish(), Some(block.encode()));
	}

	#[test]
	fn any_other_answer_is_refused_and_changes_nothing() {
		let block = block(2, 10);
		let bytes = block.encode();
		let pool = pool(&block, |at| at % 4 != 0);
		let mut assembly = Assembly::new(received(&block), |hash| pool.get(hash).cloned());
		let right = pick(&bytes, &[4, 8]).unwrap();
		let wrong = [
			pick(&bytes, &[8, 4]).unwrap(),
			pick(&bytes, &[4]).unwrap(),
			pick(&bytes, &[4, 8, 9]).unwrap(),
			pick(&bytes, &[4, 7]).unwrap(),
			right[..right.len() - 1].to_vec(),
			[&right[..], &[0]].concat(),
			vec![],
			vec![0xff; 64],
			u32::MAX.encode(),
		];
		for answer in wrong {
			assert!(!assembly.complete(&answer), "{answer:?}");
		}
		assert_eq!(assembly.missing(), [4, 8]);
		assert!(assembly.complete(&right));
		assert!(assembly.finish().is_some());
		assert_eq!(pick(&bytes, &[4, 12]), None, "there are twelve");
		assert_eq!(pick(&bytes[..40], &[0]), None);
	}

	#[test]
	fn a_block_with_a_hole_or_too_long_does_not_come_out() {
		let block = block(1, 3);
		let nothing = |_: &BlockHash| None;
		assert_eq!(Assembly::new(received(&block), nothing).finish(), None);
		let long = Arc::new(transaction(0, 5 << 20));
		let assembly = Assembly::new(received(&block), |_| Some(long.clone()));
		assert_eq!(assembly.finish(), None, "15 MiB");
	}

	#[test]
	fn nothing_is_gained_from_a_block_without_transactions() {
		assert_eq!(CompactBlock::of(&block(3, 0)), None);
		let mut short = block(1, 0);
		short.extrinsics.push(OpaqueExtrinsic::from_blob(vec![0x84; 20]));
		assert_eq!(CompactBlock::of(&short), None, "a hash is longer than that");
	}

	#[test]
	fn hostile_forms_are_refused_by_name() {
		let header = Header::new(7, Default::default(), Default::default(), Default::default(), Default::default());
		let (a, b) = (BlockHash::repeat_byte(1), BlockHash::repeat_byte(2));
		let none = Vec::<OpaqueExtrinsic>::new();
		let form = |full: Vec<OpaqueExtrinsic>, hashes: Vec<BlockHash>| (header.clone(), full, hashes).encode();
		let claims = |in_full: u32, hashes: u32| (header.clone(), Compact(in_full), Compact(hashes)).encode();
		let too_many = |what, found, bound| CompactError::TooMany { what, found, bound };
		let cases = [
			(form(none.clone(), vec![a, b, a]), CompactError::Twice(a)),
			(form(vec![OpaqueExtrinsic::from_blob(vec![]); 65], vec![]), too_many("in full", 65, 64)),
			(claims(0, 100_001), too_many("by hash", 100_001, 100_000)),
			(claims(0, 100_000), CompactError::Malformed("hashes")),
			(claims(u32::MAX, 0), too_many("in full", u32::MAX, 64)),
			([form(none.clone(), vec![a]), vec![0]].concat(), CompactError::Malformed("hashes")),
			(vec![], CompactError::Malformed("header")),
			(header.encode(), CompactError::Malformed("count")),
			(vec![0; MAX_COMPACT_BYTES + 1], CompactError::Malformed("too long")),
		];
		for (bytes, error) in cases {
			assert_eq!(CompactBlock::from_bytes(&bytes), Err(error));
		}
	}
}
