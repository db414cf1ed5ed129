//! What is known of the last blocks: who stands behind each, and which levels it has reached.

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

/// How far above the last final block attestations are kept until that is final here, too.
pub(super) const AHEAD: u32 = 16;

/// A final block, as it comes from the chain.
#[derive(Clone, Debug)]
pub struct FinalBlock {
	/// Which.
	pub block: Attestation,
	/// Who is to be counted.
	pub roster: Arc<Roster>,
	/// Who of them signed the certificate that this node has.
	pub committed: Witnesses,
}

/// A level that a block has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
	/// The block.
	pub block: Attestation,
	/// The level.
	pub level: AssuranceLevel,
	/// How long after the block was final here; nothing where that is not known, as for blocks before a restart.
	pub after: Option<Duration>,
	/// The count at that moment.
	pub tally: Tally,
}

/// What is known of a block.
#[derive(Clone, Debug)]
pub(super) struct Record {
	pub block: Attestation,
	pub roster: Arc<Roster>,
	pub attestations: BTreeMap<RosterIndex, ValidatorSignature>,
	/// Those who attested, and those who signed the certificate that this node has.
	pub witnesses: Witnesses,
	/// When it was final here; nothing for one from before the start.
	pub finalised: Option<Instant>,
	/// Levels with the time that they took.
	pub reached: Vec<(AssuranceLevel, Option<Duration>)>,
	/// It has changed since it was stored.
	pub dirty: bool,
	/// How often somebody was asked for what is lacking.
	pub asked: usize,
}

impl Record {
	/// Of a block that nobody has attested yet.
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

	/// Everybody on the roster stands behind it.
	pub fn is_complete(&self) -> bool {
		self.missing().next().is_none()
	}

	/// Who does not.
	pub fn missing(&self) -> impl Iterator<Item = RosterIndex> + '_ {
		self.roster.iter().map(|(position, _)| position).filter(|position| !self.witnesses.has(*position))
	}

	/// As it is stored, sent, and proven.
	pub fn attestations(&self) -> BlockAttestations {
		let attestations = self.attestations.iter().map(|(position, signature)| (*position, signature.clone()));
		BlockAttestations { block: self.block, attestations: attestations.collect() }
	}

	/// How long it has been final here; longer than anything for one from before the start.
	pub fn age(&self, now: Instant) -> Duration {
		self.finalised.map_or(Duration::MAX, |since| now.saturating_duration_since(since))
	}
}

/// Where an attestation belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
	/// The block is in the window.
	Here,
	/// The block is too old, or from before this node followed.
	Past,
	/// The block is not final here, and will be soon.
	Early,
	/// The block is far above.
	Far,
	/// Another block is final at that height.
	OtherBlock,
}

/// The records of the last [`WINDOW`] blocks.
#[derive(Debug, Default)]
pub(super) struct Book {
	records: BTreeMap<Height, Record>,
	/// The last block that each key has stood behind.
	seen: HashMap<ValidatorId, Height>,
}

impl Book {
	/// The last block in it.
	pub fn last(&self) -> Option<Height> {
		self.records.keys().next_back().copied()
	}

	/// Takes a block in. Returns the one that had to go.
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

	/// Every record, lower ones first.
	pub fn records(&self) -> impl DoubleEndedIterator<Item = &Record> {
		self.records.values()
	}

	pub fn records_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Record> {
		self.records.values_mut()
	}

	/// The last block that a key has stood behind.
	pub fn last_of(&self, key: &ValidatorId) -> Option<Height> {
		self.seen.get(key).copied()
	}

	/// Writes an attestation down that was verified. Returns whether it is news.
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

	/// The levels that a block has reached since this was asked last.
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
