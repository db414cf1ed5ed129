//! Validator sets: their members, their quorum and their leaders.

use crate::{Height, SetId, SignerIndex, ValidatorId, View, MAX_VALIDATORS};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;

/// Why a list of members is not a validator set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
	/// The list is empty.
	#[error("a validator set needs at least one member")]
	Empty,
	/// More members than [`MAX_VALIDATORS`].
	#[error("{count} members, at most {bound} are possible")]
	TooMany {
		/// Number of members.
		count: usize,
		/// Maximum number of members.
		bound: u32,
	},
	/// Two members have the same key and would have two votes.
	#[error("members {first} and {second} have the same key")]
	Duplicate {
		/// Position of the first one.
		first: usize,
		/// Position of the second.
		second: usize,
	},
	/// Demoted positions are not in ascending order, so one may be there twice.
	#[error("demoted position {position} does not follow {after}")]
	DemotedUnordered {
		/// The position that is out of order.
		position: SignerIndex,
		/// The position before it in the list.
		after: SignerIndex,
	},
	/// The set has no member at a demoted position.
	#[error("demoted position {position} is not one of {members} members")]
	DemotedUnknown {
		/// The position.
		position: SignerIndex,
		/// Number of members.
		members: usize,
	},
	/// All members are demoted, so none would lead.
	#[error("all {members} members are demoted, at least one must lead")]
	NobodyLeads {
		/// Number of members.
		members: usize,
	},
}

/// The members whose votes decide from height [`ValidatorSet::since`] on. Not empty, and all distinct. Those who are
/// demoted vote, but do not lead; at least one member leads.
#[derive(Clone, Debug, PartialEq, Eq, Encode, TypeInfo)]
pub struct ValidatorSet {
	id: SetId,
	since: Height,
	members: Vec<ValidatorId>,
	demoted: Vec<SignerIndex>,
}

/// The next set as the runtime stores it while a change is scheduled; not checked yet.
#[derive(Clone, Debug, PartialEq, Eq, Encode, TypeInfo)]
pub struct ScheduledSet {
	/// The first height that it decides.
	pub since: Height,
	/// Its members, in order.
	pub members: Vec<ValidatorId>,
	/// Positions of those who will not lead.
	pub demoted: Vec<SignerIndex>,
}

/// Decodes the demoted positions. Runtimes before `specVersion` 4 had none, and their encoded sets end before this
/// list. A node decodes those sets too, so that it can run before the upgrade and sync the blocks before it.
fn decode_demoted<I: codec::Input>(input: &mut I) -> Result<Vec<SignerIndex>, codec::Error> {
	match input.remaining_len()? {
		Some(0) => Ok(Vec::new()),
		_ => Vec::decode(input),
	}
}

impl Decode for ScheduledSet {
	fn decode<I: codec::Input>(input: &mut I) -> Result<Self, codec::Error> {
		let (since, members) = Decode::decode(input)?;
		Ok(Self { since, members, demoted: decode_demoted(input)? })
	}
}

/// A set as the runtime stores it, before it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UncheckedSet {
	/// Which set this is.
	pub id: SetId,
	/// The first height that it decides.
	pub since: Height,
	/// Its members, in order.
	pub members: Vec<ValidatorId>,
	/// Positions of the members that vote but do not lead.
	pub demoted: Vec<SignerIndex>,
}

impl UncheckedSet {
	/// Checks the set. Errors: [`SetError`].
	pub fn check(self) -> Result<ValidatorSet, SetError> {
		ValidatorSet::new(self.id, self.since, self.members)?.with_demoted(self.demoted)
	}
}

impl Decode for UncheckedSet {
	fn decode<I: codec::Input>(input: &mut I) -> Result<Self, codec::Error> {
		let (id, since, members) = Decode::decode(input)?;
		Ok(Self { id, since, members, demoted: decode_demoted(input)? })
	}
}

impl Decode for ValidatorSet {
	fn decode<I: codec::Input>(input: &mut I) -> Result<Self, codec::Error> {
		UncheckedSet::decode(input)?.check().map_err(|_| codec::Error::from("not a validator set"))
	}
}

impl ValidatorSet {
	/// A set of distinct members, in the order in which they take turns to lead. Errors: [`SetError`] if the list is
	/// empty, too long or not distinct.
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
		Ok(Self { id, since, members, demoted: Vec::new() })
	}

	/// The same set with the members at these positions, which must ascend, demoted. Errors: [`SetError`].
	pub fn with_demoted(self, demoted: Vec<SignerIndex>) -> Result<Self, SetError> {
		let members = self.size();
		if let Some(pair) = demoted.windows(2).find(|pair| pair[1] <= pair[0]) {
			return Err(SetError::DemotedUnordered { position: pair[1], after: pair[0] });
		}
		if let Some(position) = demoted.iter().find(|position| usize::from(position.0) >= members) {
			return Err(SetError::DemotedUnknown { position: *position, members });
		}
		if demoted.len() >= members {
			return Err(SetError::NobodyLeads { members });
		}
		Ok(Self { demoted, ..self })
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

	/// Number of members; at least one.
	pub fn size(&self) -> usize {
		self.members.len()
	}

	/// `f`: the maximum number of members that may be faulty, in any way, without harm.
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

	/// The positions of the members that vote but do not lead, ascending.
	pub fn demoted(&self) -> &[SignerIndex] {
		&self.demoted
	}

	/// The leader of `(height, view)`: `leaders[(height / leader_period + view) mod |leaders|]`, where `leaders` are
	/// the members that are not demoted, in order.
	pub fn leader(&self, height: Height, view: View, leader_period: u32) -> SignerIndex {
		let turn = u64::from(height.0 / leader_period.max(1)) + u64::from(view.0);
		// At least one leads, see `with_demoted`.
		let leaders = self.size() - self.demoted.len();
		let mut position = (turn % leaders as u64) as u16;
		for demoted in &self.demoted {
			if demoted.0 > position {
				break;
			}
			position += 1;
		}
		SignerIndex(position)
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
			// Two quorums share an honest member, and the members that are not faulty are a quorum.
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
		let encode = |members: &[u8], demoted: &[u16]| {
			let members: Vec<_> = members.iter().map(|n| id(*n)).collect();
			(SetId(3), Height(9), members, demoted.to_vec()).encode()
		};
		let bad: [(&[u8], &[u16]); 6] = [
			(&[], &[]),
			(&[1, 1], &[]),
			(&[1, 2], &[0, 1]),
			(&[1, 2], &[2]),
			(&[1, 2, 3], &[1, 0]),
			(&[1, 2, 3], &[1, 1]),
		];
		for (members, demoted) in bad {
			assert!(ValidatorSet::decode(&mut &encode(members, demoted)[..]).is_err(), "{members:?} {demoted:?}");
		}
		let good = ValidatorSet::new(SetId(3), Height(9), alloc::vec![id(1), id(2)]).unwrap();
		let good = good.with_demoted(alloc::vec![SignerIndex(1)]).unwrap();
		assert_eq!(good.encode(), encode(&[1, 2], &[1]));
		assert_eq!(ValidatorSet::decode(&mut &good.encode()[..]), Ok(good));
	}

	#[test]
	fn sets_of_runtimes_that_demote_nobody_are_read() {
		let members = alloc::vec![id(1), id(2)];
		let before = (SetId(3), Height(9), members.clone()).encode();
		assert_eq!(
			ValidatorSet::decode(&mut &before[..]),
			ValidatorSet::new(SetId(3), Height(9), members.clone()).map_err(|_| "".into())
		);
		let before = (Height(9), members.clone()).encode();
		let scheduled = ScheduledSet { since: Height(9), members, demoted: Vec::new() };
		assert_eq!(ScheduledSet::decode(&mut &before[..]), Ok(scheduled.clone()));
		assert_eq!(ScheduledSet::decode(&mut &scheduled.encode()[..]), Ok(scheduled));
	}

	#[test]
	fn who_is_demoted_is_in_order_a_member_and_never_everybody() {
		let demote = |positions: &[u16]| {
			let set = ValidatorSet::new(SetId(0), Height(0), (0..4).map(id).collect()).unwrap();
			set.with_demoted(positions.iter().map(|n| SignerIndex(*n)).collect()).map(|set| set.demoted().len())
		};
		assert_eq!(demote(&[]), Ok(0));
		assert_eq!(demote(&[0, 1, 3]), Ok(3));
		let unordered =
			|position, after| SetError::DemotedUnordered { position: SignerIndex(position), after: SignerIndex(after) };
		assert_eq!(demote(&[1, 0]), Err(unordered(0, 1)));
		assert_eq!(demote(&[2, 2]), Err(unordered(2, 2)));
		assert_eq!(demote(&[0, 4]), Err(SetError::DemotedUnknown { position: SignerIndex(4), members: 4 }));
		assert_eq!(demote(&[0, 1, 2, 3]), Err(SetError::NobodyLeads { members: 4 }));
	}

	#[test]
	fn the_demoted_are_passed_over_and_the_others_take_turns() {
		let leaders = |positions: &[u16]| {
			let set = ValidatorSet::new(SetId(0), Height(0), (0..5).map(id).collect()).unwrap();
			let set = set.with_demoted(positions.iter().map(|n| SignerIndex(*n)).collect()).unwrap();
			[0, 1, 2, 3, 4, 5].map(|v| set.leader(Height(0), View(v), 1).0)
		};
		assert_eq!(leaders(&[0]), [1, 2, 3, 4, 1, 2]);
		assert_eq!(leaders(&[4]), [0, 1, 2, 3, 0, 1]);
		assert_eq!(leaders(&[1, 2]), [0, 3, 4, 0, 3, 4]);
		assert_eq!(leaders(&[0, 2, 4]), [1, 3, 1, 3, 1, 3]);
		assert_eq!(leaders(&[0, 1, 3, 4]), [2; 6]);
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
