//! The last final blocks: who stands behind each, and which levels each has reached. An entry of the roster stands
//! behind a block if it has attested it, or if its commit is in the certificate that this node has.

use super::WINDOW;
use std::{
	collections::{BTreeMap, HashMap},
	sync::Arc,
	time::{Duration, Instant},
};
use syndic_primitives::{
	assurance::Witnesses, AssuranceLevel, Attestation, BlockAttestations, Height, Roster, RosterIndex, Tally,
	ValidatorId, ValidatorSignature,
};

/// Maximum distance above the last final block at which attestations are kept until their block is final here too.
pub(super) const AHEAD: u32 = 16;

/// A final block, as read from the chain.
#[derive(Clone, Debug)]
pub struct FinalBlock {
	/// Its height and hash.
	pub block: Attestation,
	/// The roster whose entries are counted.
	pub roster: Arc<Roster>,
	/// The entries of the roster that signed the certificate which this node has.
	pub committed: Witnesses,
}

/// A level that a block has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
	/// The block.
	pub block: Attestation,
	/// The level.
	pub level: AssuranceLevel,
	/// The time since the block became final here; `None` if that is not known, as for blocks from before a restart.
	pub after: Option<Duration>,
	/// The counts at that moment.
	pub tally: Tally,
}

/// The state of a block.
#[derive(Clone, Debug)]
pub(super) struct Record {
	pub block: Attestation,
	pub roster: Arc<Roster>,
	pub attestations: BTreeMap<RosterIndex, ValidatorSignature>,
	/// The entries that have attested, and those that signed the certificate which this node has.
	pub witnesses: Witnesses,
	/// When the block became final here; `None` for a block from before the start.
	pub finalised: Option<Instant>,
	/// The levels that it has reached, each with the time since finality.
	pub reached: Vec<(AssuranceLevel, Option<Duration>)>,
	/// Whether the record has changed since it was stored.
	pub dirty: bool,
	/// How often peers were asked for its missing attestations.
	pub asked: usize,
}

impl Record {
	/// The record of a block without attestations.
	pub fn new(block: FinalBlock, finalised: Option<Instant>) -> Self {
		let FinalBlock { block, roster, committed } = block;
		Self {
			block,
			roster,
			attestations: BTreeMap::new(),
			witnesses: committed,
			finalised,
			reached: Vec::new(),
			dirty: false,
			asked: 0,
		}
	}

	/// Whether every entry of the roster stands behind the block.
	pub fn is_complete(&self) -> bool {
		self.missing().next().is_none()
	}

	/// The entries that do not stand behind the block.
	pub fn missing(&self) -> impl Iterator<Item = RosterIndex> + '_ {
		self.roster.iter().map(|(position, _)| position).filter(|position| !self.witnesses.has(*position))
	}

	/// The attestations in the form in which they are stored, sent, and proven.
	pub fn attestations(&self) -> BlockAttestations {
		let attestations = self.attestations.iter().map(|(position, signature)| (*position, signature.clone()));
		BlockAttestations { block: self.block, attestations: attestations.collect() }
	}

	/// How long the block has been final here; the maximum for a block from before the start.
	pub fn age(&self, now: Instant) -> Duration {
		self.finalised.map_or(Duration::MAX, |since| now.saturating_duration_since(since))
	}
}

/// Whether an attestation's block can be attested now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
	/// The block is in the window.
	Here,
	/// The block is too old, or was skipped by this node.
	Past,
	/// The block is not final here yet, and is at most [`AHEAD`] heights above the last record.
	Early,
	/// The block is further above.
	Far,
	/// Another block is final at that height.
	OtherBlock,
}

/// The records of the last [`WINDOW`] blocks.
#[derive(Debug, Default)]
pub(super) struct Book {
	records: BTreeMap<Height, Record>,
	/// The last block that each key stands behind.
	seen: HashMap<ValidatorId, Height>,
}

impl Book {
	/// The height of the last record.
	pub fn last(&self) -> Option<Height> {
		self.records.keys().next_back().copied()
	}

	/// Adds a record. Returns the oldest record if it was removed to make room.
	pub fn open(&mut self, record: Record) -> Option<Record> {
		for (position, entry) in record.roster.iter().filter(|(position, _)| record.witnesses.has(*position)) {
			note(&mut self.seen, &entry.validator, record.block.height);
			debug_assert!(record.roster.entry(position).is_some());
		}
		if self.seen.len() > 2 * record.roster.size() + 64 {
			let roster = record.roster.clone();
			self.seen.retain(|key, _| roster.position_of(key).is_some());
		}
		self.records.insert(record.block.height, record);
		match self.records.len() > WINDOW as usize {
			true => self.records.pop_first().map(|(_, record)| record),
			false => None,
		}
	}

	/// Where an attestation of this block belongs.
	pub fn place(&self, block: &Attestation) -> Place {
		match (self.records.get(&block.height), self.last()) {
			(Some(record), _) if record.block == *block => Place::Here,
			(Some(_), _) => Place::OtherBlock,
			(None, Some(last)) if block.height <= last => Place::Past,
			(None, last) => match block.height.get() - last.map_or(0, Height::get) <= AHEAD {
				true => Place::Early,
				false => Place::Far,
			},
		}
	}

	pub fn get(&self, height: Height) -> Option<&Record> {
		self.records.get(&height)
	}

	/// All records, by ascending height.
	pub fn records(&self) -> impl DoubleEndedIterator<Item = &Record> {
		self.records.values()
	}

	pub fn records_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Record> {
		self.records.values_mut()
	}

	/// The last block that a key stands behind.
	pub fn last_of(&self, key: &ValidatorId) -> Option<Height> {
		self.seen.get(key).copied()
	}

	/// Adds a verified attestation. Returns whether it is new.
	pub fn add(&mut self, height: Height, position: RosterIndex, signature: ValidatorSignature) -> bool {
		let Some(record) = self.records.get_mut(&height) else { return false };
		let Some(entry) = record.roster.entry(position) else { return false };
		if record.attestations.contains_key(&position) {
			return false;
		}
		note(&mut self.seen, &entry.validator, height);
		record.attestations.insert(position, signature);
		record.witnesses.add(position);
		record.dirty = true;
		true
	}

	/// The levels that a block has reached since the last call.
	pub fn settle(&mut self, height: Height, now: Instant) -> Vec<Reached> {
		let Some(record) = self.records.get_mut(&height) else { return Vec::new() };
		if record.reached.len() == AssuranceLevel::ALL.len() {
			return Vec::new();
		}
		let tally = Tally::of(&record.roster, &record.witnesses);
		let after = record.finalised.map(|since| now.saturating_duration_since(since));
		let news: Vec<_> = tally
			.levels()
			.into_iter()
			.filter(|level| record.reached.iter().all(|(known, _)| known != level))
			.map(|level| Reached { block: record.block, level, after, tally })
			.collect();
		record.dirty |= !news.is_empty();
		record.reached.extend(news.iter().map(|reached| (reached.level, reached.after)));
		news
	}
}

fn note(seen: &mut HashMap<ValidatorId, Height>, key: &ValidatorId, height: Height) {
	match seen.get_mut(key) {
		Some(last) => *last = height.max(*last),
		None => drop(seen.insert(key.clone(), height)),
	}
}
