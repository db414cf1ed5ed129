//! The list of payloads that this node should store and does not.
//!
//! The list is bounded, as a whole and per sender's institution, so that an institution that sends envelopes without
//! payloads does not keep the payloads of others from being fetched.

use sp_core::H256;
use std::{
	collections::{BTreeMap, HashMap},
	time::{Duration, Instant},
};
use syndic_primitives::{peer::InstitutionId, privacy::EnvelopeInfo};

/// Maximum number of entries of the list.
pub(crate) const MAX_MISSING: usize = 4096;
/// Maximum number of entries whose senders belong to one institution.
pub(crate) const MAX_MISSING_OF_ONE: usize = 1024;
/// Pause between the first and the second attempt; it doubles with each further attempt.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Maximum pause between two attempts.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A missing payload.
#[derive(Clone, Debug)]
pub(crate) struct Missing {
	pub envelope: EnvelopeInfo,
	/// Time at which the payload was noted as missing.
	pub since: Instant,
	/// Number of failed attempts to fetch it.
	pub attempts: u32,
	/// Number of nodes that could be asked in the last attempt.
	pub asked: usize,
	/// Earliest time of the next attempt.
	pub next: Instant,
	/// Whether an attempt is running.
	pub busy: bool,
	/// Time at which the log last named this payload.
	pub told: Option<Instant>,
}

/// All missing payloads, ordered by the numbers of their envelopes.
#[derive(Default)]
pub(crate) struct MissingList {
	entries: BTreeMap<u64, Missing>,
	numbers: HashMap<H256, u64>,
	of_sender: HashMap<InstitutionId, usize>,
}

impl MissingList {
	/// Adds the payload of an envelope. Returns `false` if there is no room for it.
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

	/// Removes a payload that has arrived or is not wanted any longer.
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

	/// Removes all entries.
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

	/// The entry with this commitment.
	pub fn of(&self, commitment: &H256) -> Option<&Missing> {
		self.entries.get(self.numbers.get(commitment)?)
	}

	/// The entry with this envelope number.
	pub fn get(&self, number: u64) -> Option<&Missing> {
		self.entries.get(&number)
	}

	/// The envelope numbers of all entries, ascending.
	pub fn numbers(&self) -> Vec<u64> {
		self.entries.keys().copied().collect()
	}

	pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Missing> {
		self.entries.values_mut()
	}

	/// The entry that is due for the longest time, if any is due; it is marked as busy.
	pub fn take_due(&mut self, now: Instant) -> Option<Missing> {
		let due = self.entries.values_mut().filter(|missing| !missing.busy && missing.next <= now);
		let first = due.min_by_key(|missing| missing.next)?;
		first.busy = true;
		Some(first.clone())
	}

	/// The ciphertext lengths, in bytes, of the busy entries.
	pub fn busy_lengths(&self) -> Vec<u32> {
		self.entries.values().filter(|missing| missing.busy).map(|missing| missing.envelope.ciphertext_len).collect()
	}

	/// Notes a failed attempt in which `asked` nodes could be asked. The pause before the next attempt doubles up to
	/// [`LONGEST_PAUSE`].
	pub fn failed(&mut self, number: u64, asked: usize, now: Instant) {
		if let Some(missing) = self.entries.get_mut(&number) {
			missing.busy = false;
			missing.asked = asked;
			let pause = FIRST_PAUSE.saturating_mul(1 << missing.attempts.min(16)).min(LONGEST_PAUSE);
			missing.attempts = missing.attempts.saturating_add(1);
			missing.next = now + pause;
		}
	}

	/// Notes that an attempt was not possible, or its result could not be stored; the next one is after
	/// [`LONGEST_PAUSE`].
	pub fn postpone(&mut self, number: u64, now: Instant) {
		if let Some(missing) = self.entries.get_mut(&number) {
			missing.busy = false;
			missing.next = now + LONGEST_PAUSE;
		}
	}

	/// Notes that all running attempts were cancelled. Their payloads are due again at once.
	pub fn release(&mut self) {
		self.entries.values_mut().for_each(|missing| missing.busy = false);
	}
}
