//! Payloads that this node should have and has not.
//!
//! The list is bounded, as a whole and for each sender's institution: one that sends envelopes without payloads does not keep
//! others' payloads from being fetched.

use sp_core::H256;
use std::{
	collections::{BTreeMap, HashMap},
	time::{Duration, Instant},
};
use syndic_primitives::{peer::InstitutionId, privacy::EnvelopeInfo};

/// The most payloads that are known to be missing.
pub(crate) const MAX_MISSING: usize = 4096;
/// The most of them whose sender is of one institution.
pub(crate) const MAX_MISSING_OF_ONE: usize = 1024;
/// How long after a first attempt there is a second.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause between two attempts.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// One that is missing.
#[derive(Clone, Debug)]
pub(crate) struct Missing {
	pub envelope: EnvelopeInfo,
	/// Since when this node knows.
	pub since: Instant,
	/// How often others were asked for it.
	pub attempts: u32,
	/// How many nodes were asked last.
	pub asked: usize,
	/// When they are asked next.
	pub next: Instant,
	/// Whether they are being asked.
	pub busy: bool,
	/// When the operator was told last.
	pub told: Option<Instant>,
}

/// All that are missing, in the order of their envelopes.
#[derive(Default)]
pub(crate) struct MissingList {
	entries: BTreeMap<u64, Missing>,
	numbers: HashMap<H256, u64>,
	of_sender: HashMap<InstitutionId, usize>,
}

impl MissingList {
	/// Notes one. Returns whether there was room, or it was known.
	pub fn add(&mut self, envelope: EnvelopeInfo, now: Instant) -> bool {
		if self.entries.contains_key(&envelope.number) {
			return true;
		}
		let of_sender = self.of_sender.get(&envelope.sender).copied().unwrap_or(0);
		if self.entries.len() >= MAX_MISSING || of_sender >= MAX_MISSING_OF_ONE {
			return false;
		}
		self.of_sender.insert(envelope.sender, of_sender + 1);
		self.numbers.insert(envelope.commitment, envelope.number);
		let number = envelope.number;
		let missing = Missing { envelope, since: now, attempts: 0, asked: 0, next: now, busy: false, told: None };
		self.entries.insert(number, missing);
		true
	}

	/// It is here, or not wanted any more.
	pub fn remove(&mut self, number: u64) -> Option<Missing> {
		let missing = self.entries.remove(&number)?;
		self.numbers.remove(&missing.envelope.commitment);
		if let Some(count) = self.of_sender.get_mut(&missing.envelope.sender) {
			*count = count.saturating_sub(1);
			if *count == 0 {
				self.of_sender.remove(&missing.envelope.sender);
			}
		}
		Some(missing)
	}

	/// Forgets all.
	pub fn clear(&mut self) {
		*self = Self::default();
	}

	pub fn len(&self) -> usize {
		self.entries.len()
	}

	pub fn is_full(&self) -> bool {
		self.entries.len() >= MAX_MISSING
	}

	pub fn contains(&self, number: u64) -> bool {
		self.entries.contains_key(&number)
	}

	/// By its commitment.
	pub fn of(&self, commitment: &H256) -> Option<&Missing> {
		self.entries.get(self.numbers.get(commitment)?)
	}

	/// By its envelope's number.
	pub fn get(&self, number: u64) -> Option<&Missing> {
		self.entries.get(&number)
	}

	/// Their numbers, ascending.
	pub fn numbers(&self) -> Vec<u64> {
		self.entries.keys().copied().collect()
	}

	pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Missing> {
		self.entries.values_mut()
	}

	/// Takes the one whose turn it is: others are being asked for it from now on.
	pub fn take_due(&mut self, now: Instant) -> Option<Missing> {
		let due = self.entries.values_mut().filter(|missing| !missing.busy && missing.next <= now);
		let first = due.min_by_key(|missing| missing.next)?;
		first.busy = true;
		Some(first.clone())
	}

	/// The lengths of those that others are being asked for.
	pub fn busy_lengths(&self) -> Vec<u32> {
		self.entries.values().filter(|missing| missing.busy).map(|missing| missing.envelope.ciphertext_len).collect()
	}

	/// So many were asked and none had it. The pauses grow.
	pub fn failed(&mut self, number: u64, asked: usize, now: Instant) {
		if let Some(missing) = self.entries.get_mut(&number) {
			missing.busy = false;
			missing.asked = asked;
			let pause = FIRST_PAUSE.saturating_mul(1 << missing.attempts.min(16)).min(LONGEST_PAUSE);
			missing.attempts = missing.attempts.saturating_add(1);
			missing.next = now + pause;
		}
	}

	/// It could not be tried: not before the longest pause again.
	pub fn postpone(&mut self, number: u64, now: Instant) {
		if let Some(missing) = self.entries.get_mut(&number) {
			missing.busy = false;
			missing.next = now + LONGEST_PAUSE;
		}
	}

	/// Nobody is being asked any more. Who was is asked again at once.
	pub fn release(&mut self) {
		self.entries.values_mut().for_each(|missing| missing.busy = false);
	}
}
