//! Where the machine stands, for people: who voted, who did not, whom it waits for.

use syndic_primitives::{BlockHash, Height, SetId, SignerIndex, View};

/// A snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
	/// The set in force.
	pub set_id: SetId,
	/// How many members it has.
	pub members: usize,
	/// What a quorum of it is.
	pub quorum: usize,
	/// My position in it; `None` for a follower.
	pub me: Option<SignerIndex>,
	/// The last committed height.
	pub committed: Height,
	/// Its block.
	pub committed_hash: BlockHash,
	/// The view.
	pub view: View,
	/// Whether it has begun, or I have asked for it and wait.
	pub changing_view: bool,
	/// Views in a row that failed, as far as timeouts remember.
	pub failures: u32,
	/// Who leads the next height in this view.
	pub leader: SignerIndex,
	/// The block proposed for it in this view.
	pub proposal: Option<BlockHash>,
	/// Whether I found it valid; `None` while I do not know.
	pub valid: Option<bool>,
	/// Who prepared it in this view.
	pub prepared_by: Vec<SignerIndex>,
	/// Who committed it in this view.
	pub committed_by: Vec<SignerIndex>,
	/// The block I am locked on, and the view of its certificate.
	pub locked: Option<(View, BlockHash)>,
	/// The blocks proposed in this view, from that one on: the window as far as it is filled.
	pub window: Vec<BlockHash>,
	/// Who asks for which view.
	pub view_changes: Vec<(SignerIndex, View)>,
	/// Members that can be reached, myself included.
	pub reachable: Vec<SignerIndex>,
}

impl Status {
	/// Whom progress waits for now: the leader while there is no proposal, then those whose prepare, commit or
	/// view-change is missing.
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
