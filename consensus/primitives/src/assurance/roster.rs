//! The checked roster: the validators and observers whose signatures count for a block.

use crate::{roster::MAX_ROSTER, RosterEntry, RosterIndex, Seat, ValidatorId, ValidatorSet};
use alloc::vec::Vec;
use codec::DecodeAll;

/// Maximum size of a stored roster in bytes: key, institution, regulator flag and seat of each entry.
const MAX_ROSTER_BYTES: usize = 4 + MAX_ROSTER as usize * (32 + 5 + 1 + 1);

/// The entries whose signatures count for a block, ascending by key, each once. Never empty; at most [`MAX_ROSTER`]
/// entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster(Vec<RosterEntry>);

/// Why entries or bytes are not a roster.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RosterError {
	/// The state has neither a roster nor a validator set.
	#[error("the state has neither a roster nor a validator set")]
	Missing,
	/// One of the two items cannot be decoded.
	#[error("{item} is not decodable: {reason}")]
	Undecodable {
		/// The item: the roster or the validator set.
		item: &'static str,
		/// The decoding error.
		reason: codec::Error,
	},
	/// The roster has no entry.
	#[error("a roster needs at least one entry")]
	Empty,
	/// More entries than [`MAX_ROSTER`].
	#[error("{count} entries, at most {bound} are possible")]
	TooMany {
		/// Number of entries.
		count: usize,
		/// Maximum number of entries.
		bound: u32,
	},
	/// Keys are not in ascending order, so one may be there twice.
	#[error("entry {position} does not follow the one before it: keys must ascend")]
	Unordered {
		/// The position of the entry.
		position: usize,
	},
}

impl Roster {
	/// The roster of these entries, which must ascend by key. Errors: [`RosterError`].
	pub fn new(entries: Vec<RosterEntry>) -> Result<Self, RosterError> {
		if entries.is_empty() {
			return Err(RosterError::Empty);
		}
		if entries.len() > MAX_ROSTER as usize {
			return Err(RosterError::TooMany { count: entries.len(), bound: MAX_ROSTER });
		}
		match entries.windows(2).position(|pair| pair[1].validator <= pair[0].validator) {
			Some(at) => Err(RosterError::Unordered { position: at + 1 }),
			None => Ok(Self(entries)),
		}
	}

	/// A roster of a set's members, each an institution of its own. It counts where the state holds no roster.
	pub fn of_set(set: &ValidatorSet) -> Self {
		let entry = |key: &ValidatorId| RosterEntry {
			validator: key.clone(),
			institution: None,
			regulator: false,
			seat: Seat::Validator,
		};
		let mut entries: Vec<_> = set.members().iter().map(entry).collect();
		entries.sort();
		Self(entries)
	}

	/// The roster that counts for a block, from the state *before* the block, which is the state after the block below.
	/// `roster` and `set` are the values at [`crate::storage_keys::ROSTER`] and [`crate::storage_keys::VALIDATOR_SET`].
	/// A runtime without rosters stores none; then the members of the set count. Errors: [`RosterError`].
	pub fn from_state(roster: Option<&[u8]>, set: Option<&[u8]>) -> Result<Self, RosterError> {
		let stored = match roster {
			Some(bytes) if bytes.len() > MAX_ROSTER_BYTES => {
				return Err(RosterError::Undecodable { item: "the roster", reason: "too long".into() })
			}
			Some(bytes) => Vec::<RosterEntry>::decode_all(&mut &*bytes)
				.map_err(|reason| RosterError::Undecodable { item: "the roster", reason })?,
			None => Vec::new(),
		};
		if !stored.is_empty() {
			return Self::new(stored);
		}
		let set = set.ok_or(RosterError::Missing)?;
		let set = ValidatorSet::decode_all(&mut &*set)
			.map_err(|reason| RosterError::Undecodable { item: "the validator set", reason })?;
		Ok(Self::of_set(&set))
	}

	/// All entries, ascending by key.
	pub fn entries(&self) -> &[RosterEntry] {
		&self.0
	}

	/// Number of entries.
	pub fn size(&self) -> usize {
		self.0.len()
	}

	/// The entry at a position.
	pub fn entry(&self, at: RosterIndex) -> Option<&RosterEntry> {
		self.0.get(usize::from(at.0))
	}

	/// The position of a key.
	pub fn position_of(&self, key: &ValidatorId) -> Option<RosterIndex> {
		let at = self.0.binary_search_by(|entry| entry.validator.cmp(key)).ok()?;
		// A position is below MAX_ROSTER, which fits.
		u16::try_from(at).ok().map(RosterIndex)
	}

	/// Every position with its entry.
	pub fn iter(&self) -> impl Iterator<Item = (RosterIndex, &RosterEntry)> {
		(0..).map(RosterIndex).zip(&self.0)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{Height, SetId};
	use codec::Encode;

	fn key(n: u16) -> ValidatorId {
		let mut raw = [0; 32];
		raw[..2].copy_from_slice(&n.to_be_bytes());
		sp_core::ed25519::Public::from(raw).into()
	}

	fn entry(n: u16) -> RosterEntry {
		RosterEntry { validator: key(n), institution: Some(n.into()), regulator: false, seat: Seat::Validator }
	}

	#[test]
	fn a_roster_ascends_and_is_neither_empty_nor_too_long() {
		let roster = Roster::new((1..=3).map(entry).collect()).unwrap();
		assert_eq!(roster.position_of(&key(2)), Some(RosterIndex(1)));
		assert_eq!(roster.position_of(&key(4)), None);
		assert_eq!(roster.entry(RosterIndex(2)).unwrap().validator, key(3));
		assert_eq!(roster.entry(RosterIndex(3)), None);
		assert_eq!(Roster::new(alloc::vec![]), Err(RosterError::Empty));
		assert_eq!(Roster::new(alloc::vec![entry(2), entry(1)]), Err(RosterError::Unordered { position: 1 }));
		assert_eq!(Roster::new(alloc::vec![entry(1), entry(1)]), Err(RosterError::Unordered { position: 1 }));
		let many = (0..=MAX_ROSTER as u16).map(entry).collect();
		assert_eq!(Roster::new(many), Err(RosterError::TooMany { count: 1025, bound: 1024 }));
	}

	#[test]
	fn the_stored_roster_counts_and_where_there_is_none_the_set() {
		let set = ValidatorSet::new(SetId(1), Height(1), alloc::vec![key(9), key(3)]).unwrap();
		let stored = alloc::vec![entry(1), entry(2)];
		let of = |roster: Option<Vec<u8>>, set: Option<Vec<u8>>| Roster::from_state(roster.as_deref(), set.as_deref());
		assert_eq!(of(Some(stored.encode()), Some(set.encode())), Roster::new(stored));
		for none in [None, Some(Vec::<RosterEntry>::new().encode())] {
			let roster = of(none, Some(set.encode())).unwrap();
			let keys: Vec<_> = roster.entries().iter().map(|entry| entry.validator.clone()).collect();
			assert_eq!(keys, [key(3), key(9)], "in the order of a roster");
			assert!(roster.entries().iter().all(|entry| entry.institution.is_none() && entry.seat == Seat::Validator));
		}
		assert_eq!(of(None, None), Err(RosterError::Missing));
		for bad in [alloc::vec![4], alloc::vec![0; MAX_ROSTER_BYTES + 1], [vec![entry(1)].encode(), vec![0]].concat()] {
			assert!(matches!(of(Some(bad), Some(set.encode())), Err(RosterError::Undecodable { .. })));
		}
		assert!(matches!(of(None, Some(alloc::vec![1])), Err(RosterError::Undecodable { .. })));
	}

	#[test]
	fn the_longest_roster_is_read() {
		let entries: Vec<_> = (0..MAX_ROSTER as u16).map(entry).collect();
		assert!(entries.encode().len() <= MAX_ROSTER_BYTES);
		assert_eq!(Roster::from_state(Some(&entries.encode()), None).unwrap().size(), MAX_ROSTER as usize);
	}
}
