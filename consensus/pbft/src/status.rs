//! The state of the machine for operators: who voted, who did not, and whom the machine waits for.

use syndic_primitives::{BlockHash, Height, SetId, SignerIndex, View};

/// A snapshot of the machine's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
	/// The set in force.
	pub set_id: SetId,
	/// Number of members of the set.
	pub members: usize,
	/// Number of members that form a quorum.
	pub quorum: usize,
	/// This validator's position in the set; `None` for a follower.
	pub me: Option<SignerIndex>,
	/// The last committed height.
	pub committed: Height,
	/// Hash of the last committed block.
	pub committed_hash: BlockHash,
	/// The current view, or the view asked for while `changing_view`.
	pub view: View,
	/// `true` while this validator has asked for `view` and the view has not begun; `false` once it has begun.
	pub changing_view: bool,
	/// Number of failed views that the timeouts grow with: each failed view adds one, each final block subtracts one.
	pub failures: u32,
	/// Leader of the next height in `view`.
	pub leader: SignerIndex,
	/// The block proposed for the next height in `view`.
	pub proposal: Option<BlockHash>,
	/// Whether `proposal` is valid; `None` while the verdict is outstanding.
	pub valid: Option<bool>,
	/// Members that prepared `proposal` in `view`.
	pub prepared_by: Vec<SignerIndex>,
	/// Members that committed `proposal` in `view`.
	pub committed_by: Vec<SignerIndex>,
	/// The lock at the next height: the view of its prepared certificate, and its block.
	pub locked: Option<(View, BlockHash)>,
	/// The blocks proposed in `view`, from the next height upwards to the first height without a proposal.
	pub window: Vec<BlockHash>,
	/// The members that ask for a view, and the view each asks for.
	pub view_changes: Vec<(SignerIndex, View)>,
	/// Members that can be reached, this validator included.
	pub reachable: Vec<SignerIndex>,
}

impl Status {
	/// The members that progress waits for: the leader while there is no proposal, then the members whose prepare or
	/// commit is missing. During a view change: the members whose view-change is missing, then the leader.
	pub fn waiting_for(&self) -> Vec<SignerIndex> {
		let all = (0..self.members as u16).map(SignerIndex);
		let without = |present: &[SignerIndex]| -> Vec<SignerIndex> {
			(0..self.members as u16).map(SignerIndex).filter(|i| !present.contains(i)).collect()
		};
		if self.changing_view {
			let asked: Vec<_> = self.view_changes.iter().filter(|(_, v)| *v >= self.view).map(|(s, _)| *s).collect();
			if asked.len() >= self.quorum {
				return vec![self.leader];
			}
			return all.filter(|i| !asked.contains(i)).collect();
		}
		if self.proposal.is_none() {
			return vec![self.leader];
		}
		if self.prepared_by.len() < self.quorum {
			return without(&self.prepared_by);
		}
		without(&self.committed_by)
	}
}
