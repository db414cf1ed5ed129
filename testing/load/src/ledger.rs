//! Records of each transaction: what its node answered, and whether it is final.

use crate::{plan::Index, sign::Transactions, stats::Micros};
use serde::Serialize;
use std::collections::HashMap;

/// Maximum number of distinct refusals. The last one counts all further ones together, because messages may contain
/// numbers.
const MAX_REASONS: usize = 64;

/// An error that a node answered with.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Refusal {
	/// JSON-RPC's code.
	pub code: i64,
	/// The message, and its data if they are a text.
	pub message: String,
}

impl Refusal {
	/// The code of a pool without room.
	pub const FULL: i64 = 1016;
	/// The code of a pool that has the transaction already.
	pub const ALREADY_IMPORTED: i64 = 1013;
}

/// The last status that a watcher is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Told {
	/// It is final.
	Finalized,
	/// The pool dropped it.
	Dropped,
	/// It became invalid.
	Invalid,
	/// Another one took its nonce.
	Usurped,
	/// Its block is not final after a long time.
	FinalityTimeout,
	/// The node ended the watch without a last status.
	Nothing,
}

impl Told {
	/// Whether its sender knows that it will not become final.
	pub fn is_end_without_finality(self) -> bool {
		matches!(self, Self::Dropped | Self::Invalid | Self::Usurped)
	}
}

/// The last answer of a node to a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
	/// It was not offered.
	NotOffered,
	/// It was offered, and has no answer yet.
	Pending,
	/// A node accepted it.
	Accepted,
	/// A node refused it, for the reason with this index.
	Refused(u16),
	/// The connection ended, or the run did, before there was an answer.
	Unanswered,
}

/// One transaction's history.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
	/// The last answer.
	pub answer: Answer,
	/// The node it was last offered to.
	pub node: u16,
	/// How many times it was offered.
	pub offers: u32,
	/// When it was last offered.
	pub offered_at: Micros,
	/// Whether one of its offers had no answer.
	pub was_unanswered: bool,
	/// When its block was final.
	pub final_at: Option<Micros>,
	/// The height of that block.
	pub height: u32,
	/// How many blocks it is in.
	pub copies: u16,
	/// The last status that its watcher was told.
	pub told: Option<Told>,
}

/// The result for a transaction at the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
	/// Never offered.
	NotOffered,
	/// Accepted and final.
	Final,
	/// Refused, and not final.
	Refused,
	/// No answer, and not final.
	Unanswered,
	/// Refused, and final all the same.
	FinalThoughRefused,
	/// No answer, and final.
	FinalThoughUnanswered,
	/// Accepted, and its watcher was told that it has left the pool.
	Told(Told),
	/// Accepted, and waiting for a lower nonce of its sender that was refused, not answered, not offered or told.
	Blocked,
	/// Accepted and not final, although its watcher was not told and no nonce of its sender is missing.
	Lost,
}

/// A final block.
#[derive(Clone, Debug)]
pub struct FinalBlock {
	/// Its height.
	pub height: u32,
	/// When the first node announced that it is final.
	pub seen_at: Micros,
	/// Its timestamp in ms.
	pub timestamp: Option<u64>,
	/// The hashes of its transactions, the inherents among them.
	pub hashes: Vec<[u8; 32]>,
}

/// A final block, as the report counts it.
#[derive(Clone, Copy, Debug)]
pub struct BlockRow {
	/// Its height.
	pub height: u32,
	/// When it was seen to be final.
	pub seen_at: Micros,
	/// Its timestamp in ms.
	pub timestamp: Option<u64>,
	/// How many transactions of this run it has.
	pub ours: u32,
}

/// One submission: its time, its answer, and how long the answer took.
#[derive(Clone, Copy, Debug)]
pub struct Submission {
	/// When it was made.
	pub at: Micros,
	/// How long the answer took.
	pub took: Micros,
	/// Whether the transaction was accepted.
	pub accepted: bool,
}

/// The records of a run.
#[derive(Debug)]
pub struct Ledger {
	entries: Vec<Entry>,
	by_hash: HashMap<[u8; 32], Index>,
	reasons: Vec<(Refusal, usize)>,
	by_reason: HashMap<Refusal, u16>,
	blocks: Vec<BlockRow>,
	submissions: Vec<Submission>,
	offers: usize,
	/// Accepted and not final yet.
	waiting: usize,
	duplicates: usize,
}

impl Ledger {
	/// A ledger of transactions none of which has been offered yet.
	pub fn new(transactions: &Transactions) -> Self {
		let blank = Entry {
			answer: Answer::NotOffered,
			node: 0,
			offers: 0,
			offered_at: 0,
			was_unanswered: false,
			final_at: None,
			height: 0,
			copies: 0,
			told: None,
		};
		let hashes = transactions.all.iter().enumerate();
		Self {
			entries: vec![blank; transactions.all.len()],
			by_hash: hashes.map(|(index, signed)| (signed.hash, index as Index)).collect(),
			reasons: Vec::new(),
			by_reason: HashMap::new(),
			blocks: Vec::new(),
			submissions: Vec::new(),
			offers: 0,
			waiting: 0,
			duplicates: 0,
		}
	}

	/// A transaction was offered to a node.
	pub fn offered(&mut self, index: Index, node: usize, at: Micros) {
		let entry = &mut self.entries[index as usize];
		entry.answer = Answer::Pending;
		entry.node = node as u16;
		entry.offers += 1;
		entry.offered_at = at;
		self.offers += 1;
	}

	/// The node accepted it.
	pub fn accepted(&mut self, index: Index, at: Micros) {
		let entry = &mut self.entries[index as usize];
		entry.answer = Answer::Accepted;
		let offered_at = entry.offered_at;
		if entry.final_at.is_none() {
			self.waiting += 1;
		}
		self.submissions.push(Submission { at: offered_at, took: at.saturating_sub(offered_at), accepted: true });
	}

	/// The node refused it.
	pub fn refused(&mut self, index: Index, at: Micros, refusal: Refusal) {
		let reason = self.reason(refusal);
		self.reasons[usize::from(reason)].1 += 1;
		let entry = &mut self.entries[index as usize];
		entry.answer = Answer::Refused(reason);
		let offered_at = entry.offered_at;
		self.submissions.push(Submission { at: offered_at, took: at.saturating_sub(offered_at), accepted: false });
	}

	fn reason(&mut self, refusal: Refusal) -> u16 {
		if let Some(reason) = self.by_reason.get(&refusal) {
			return *reason;
		}
		if self.reasons.len() >= MAX_REASONS {
			return (MAX_REASONS - 1) as u16;
		}
		let last = self.reasons.len() + 1 == MAX_REASONS;
		let refusal = if last { Refusal { code: 0, message: "others".into() } } else { refusal };
		let reason = self.reasons.len() as u16;
		self.by_reason.insert(refusal.clone(), reason);
		self.reasons.push((refusal, 0));
		reason
	}

	/// There will be no answer to this transaction.
	pub fn unanswered(&mut self, index: Index) {
		let entry = &mut self.entries[index as usize];
		entry.answer = Answer::Unanswered;
		entry.was_unanswered = true;
	}

	/// The watcher was told a status that ends the watch.
	pub fn told(&mut self, index: Index, told: Told) {
		self.entries[index as usize].told = Some(told);
	}

	/// A block is final.
	pub fn block(&mut self, block: FinalBlock) {
		let mut ours = 0;
		for hash in &block.hashes {
			let Some(index) = self.by_hash.get(hash) else { continue };
			let entry = &mut self.entries[*index as usize];
			ours += 1;
			entry.copies = entry.copies.saturating_add(1);
			if entry.final_at.is_some() {
				self.duplicates += 1;
				continue;
			}
			entry.final_at = Some(block.seen_at);
			entry.height = block.height;
			if entry.answer == Answer::Accepted {
				self.waiting -= 1;
			}
		}
		let FinalBlock { height, seen_at, timestamp, .. } = block;
		self.blocks.push(BlockRow { height, seen_at, timestamp, ours });
	}

	/// The fate of each transaction, in their order.
	pub fn fates(&self, transactions: &Transactions) -> Vec<Fate> {
		let mut fates = Vec::with_capacity(self.entries.len());
		for places in &transactions.of {
			// Whether a lower nonce of this sender is not final, and was either not accepted or told.
			let mut gap = false;
			for entry in &self.entries[places.clone()] {
				let fate = fate(entry, gap);
				gap |= matches!(fate, Fate::NotOffered | Fate::Refused | Fate::Unanswered | Fate::Told(_));
				fates.push(fate);
			}
		}
		fates
	}

	/// How many transactions were accepted and are not final.
	pub fn waiting(&self) -> usize {
		self.waiting
	}

	/// The history of each transaction.
	pub fn entries(&self) -> &[Entry] {
		&self.entries
	}

	/// The reasons for which nodes refused, with their counts.
	pub fn reasons(&self) -> &[(Refusal, usize)] {
		&self.reasons
	}

	/// The final blocks, ascending.
	pub fn blocks(&self) -> &[BlockRow] {
		&self.blocks
	}

	/// Each submission that was answered.
	pub fn submissions(&self) -> &[Submission] {
		&self.submissions
	}

	/// How many submissions were made.
	pub fn offers(&self) -> usize {
		self.offers
	}

	/// How many times a transaction was in one more block.
	pub fn duplicates(&self) -> usize {
		self.duplicates
	}
}

fn fate(entry: &Entry, gap: bool) -> Fate {
	let is_final = entry.final_at.is_some();
	match entry.answer {
		Answer::Accepted if is_final => Fate::Final,
		Answer::Refused(_) if is_final => Fate::FinalThoughRefused,
		// This includes transactions that have no answer yet.
		_ if is_final => Fate::FinalThoughUnanswered,
		Answer::NotOffered => Fate::NotOffered,
		Answer::Refused(_) => Fate::Refused,
		Answer::Pending | Answer::Unanswered => Fate::Unanswered,
		Answer::Accepted => match entry.told {
			Some(told) if told.is_end_without_finality() => Fate::Told(told),
			_ if gap => Fate::Blocked,
			_ => Fate::Lost,
		},
	}
}
