//! Validator sets: who votes, what a quorum is, who leads.

use crate::{Height, SetId, SignerIndex, ValidatorId, View, MAX_VALIDATORS};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;

/// Why a list of members is no validator set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
	/// Nobody could ever commit.
	#[error("a validator set needs at least one member")]
	Empty,
	/// More members than messages are bounded for.
	#[error("{count} members, at most {bound} are possible")]
	TooMany {
		/// How many there are.
		count: usize,
		/// How many there may be.
		bound: u32,
	},
	/// One key would have two votes.
	#[error("members {first} and {second} have the same key")]
	Duplicate {
		/// Position of the first one.
		first: usize,
		/// Position of the second.
		second: usize,
	},
}

/// The members whose votes decide from height [`ValidatorSet::since`] on. Not empty, and all distinct.
#[derive(Clone, Debug, PartialEq, Eq, Encode, TypeInfo)]
pub struct ValidatorSet {
	id: SetId,
	since: Height,
	members: Vec<ValidatorId>,
}

/// As stored by the runtime, before it is checked.
#[derive(Decode)]
struct StoredSet {
	id: SetId,
	since: Height,
	members: Vec<ValidatorId>,
}

impl Decode for ValidatorSet {
	fn decode<I: codec::Input>(input: &mut I) -> Result<Self, codec::Error> {
		let StoredSet { id, since, members } = StoredSet::decode(input)?;
		Self::new(id, since, members).map_err(|_| codec::Error::from("not a validator set"))
	}
}

impl ValidatorSet {
	/// A set out of distinct members, in the order that leaders take turns.
	pub fn new(id: SetId, since: Height, members: Vec<ValidatorId>) -> Result<Self, SetError> {
		if members.is_empty() {
			return Err(SetError::Empty);
		}
		if members.len() > MAX_VALIDATORS as usize {
			return Err(SetError::TooMany { count: members.len(), bound: MAX_VALIDATORS });
		}
		let mut order: Vec<usize> = (0..members.len()).collect();
		order.sort_by(|a, b| members[*a].cmp(&members[*b]).then(a.cmp(b)));
		if let Some(pair) = order.windows(2).find(|pair| members[pair[0]] == members[pair[1]]) {
			return Err(SetError::Duplicate { first: pair[0], second: pair[1] });
		}
		Ok(Self { id, since, members })
	}

	/// Which set this is.
	pub fn id(&self) -> SetId {
		self.id
	}

	/// The first height it decides.
	pub fn since(&self) -> Height {
		self.since
	}

	/// Its members, in order.
	pub fn members(&self) -> &[ValidatorId] {
		&self.members
	}

	/// How many members there are; at least one.
	pub fn size(&self) -> usize {
		self.members.len()
	}

	/// `f`: the most members that may fail in any way without harm.
	pub fn max_faulty(&self) -> usize {
		max_faulty(self.size())
	}

	/// `q = n − f`: any two quorums share a member that is not faulty.
	pub fn quorum(&self) -> usize {
		quorum(self.size())
	}

	/// The member at a position.
	pub fn member(&self, index: SignerIndex) -> Option<&ValidatorId> {
		self.members.get(usize::from(index.0))
	}

	/// The position of a key.
	pub fn index_of(&self, id: &ValidatorId) -> Option<SignerIndex> {
		// At most MAX_VALIDATORS members, which fits.
		self.members.iter().position(|m| m == id).map(|at| SignerIndex(at as u16))
	}

	/// The leader of `(height, view)`: `members[(height / leader_period + view) mod n]`.
	pub fn leader(&self, height: Height, view: View, leader_period: u32) -> SignerIndex {
		let turn = u64::from(height.0 / leader_period.max(1)) + u64::from(view.0);
		SignerIndex((turn % self.size() as u64) as u16)
	}
}

/// `f = ⌊(n − 1) / 3⌋`.
pub const fn max_faulty(members: usize) -> usize {
	members.saturating_sub(1) / 3
}

/// `q = n − f`.
pub const fn quorum(members: usize) -> usize {
	members - max_faulty(members)
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::crypto::UncheckedFrom;

	fn id(n: u8) -> ValidatorId {
		sp_core::ed25519::Public::unchecked_from([n; 32]).into()
	}

	#[test]
	fn quorums_and_faults() {
		for (n, f, q) in [(1, 0, 1), (2, 0, 2), (3, 0, 3), (4, 1, 3), (5, 1, 4), (6, 1, 5), (7, 2, 5), (10, 3, 7)] {
			assert_eq!((max_faulty(n), quorum(n)), (f, q), "n = {n}");
			// Two quorums share an honest member, and a quorum exists without the faulty.
			assert!(2 * q > n + f && q <= n - f, "n = {n}");
		}
	}

	#[test]
	fn refused_sets() {
		let new = |members| ValidatorSet::new(SetId(0), Height(0), members);
		assert_eq!(new(alloc::vec![]), Err(SetError::Empty));
		assert_eq!(new(alloc::vec![id(1), id(2), id(1)]), Err(SetError::Duplicate { first: 0, second: 2 }));
		let many: Vec<_> = (0..=MAX_VALIDATORS)
			.map(|n| {
				let mut raw = [0; 32];
				raw[..4].copy_from_slice(&n.to_le_bytes());
				sp_core::ed25519::Public::unchecked_from(raw).into()
			})
			.collect();
		assert_eq!(new(many), Err(SetError::TooMany { count: 257, bound: 256 }));
	}

	#[test]
	fn a_stored_set_that_is_none_does_not_decode() {
		let bad = (SetId(0), Height(0), alloc::vec![id(1), id(1)]).encode();
		assert!(ValidatorSet::decode(&mut &bad[..]).is_err());
		let good = ValidatorSet::new(SetId(3), Height(9), alloc::vec![id(1), id(2)]).unwrap();
		assert_eq!(ValidatorSet::decode(&mut &good.encode()[..]), Ok(good));
	}

	#[test]
	fn leaders_take_turns() {
		let set = ValidatorSet::new(SetId(0), Height(0), (0..4).map(id).collect()).unwrap();
		let leader = |h, v, period| set.leader(Height(h), View(v), period).0;
		assert_eq!([0, 1, 9, 10, 20, 40].map(|h| leader(h, 0, 10)), [0, 0, 0, 1, 2, 0]);
		assert_eq!([0, 1, 2, 3, 4].map(|v| leader(10, v, 10)), [1, 2, 3, 0, 1]);
		assert_eq!(leader(u32::MAX, u32::MAX, 1), ((u32::MAX as u64 * 2) % 4) as u16);
		assert_eq!(leader(7, 0, 0), 3, "a period of zero cannot divide");
	}
}
