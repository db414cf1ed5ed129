//! The log lines for operators: which validators voted, which did not, and for whom the chain waits.

use crate::status::Role;
use std::time::Duration;
use syndic_pbft::{Note, Status};
use syndic_primitives::{Height, SignerIndex, ValidatorId, ValidatorSet};
use tokio::time::Instant;

/// Minimum time between two lines about what a node waits for; also the wait before the first line.
const EVERY: Duration = Duration::from_secs(10);

/// The first characters of a key, enough to tell validators apart.
pub(super) fn short(key: &ValidatorId) -> String {
	let mut text = key.to_string();
	text.truncate(8);
	text
}

/// Members by position and key: `2 (5FA9nQDV)`.
pub(super) fn names(set: &ValidatorSet, members: &[SignerIndex]) -> String {
	if members.is_empty() {
		return "nobody".into();
	}
	let name = |index: &SignerIndex| match set.member(*index) {
		Some(key) => format!("{index} ({})", short(key)),
		None => index.to_string(),
	};
	members.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// Members that are not in `present`.
fn others(set: &ValidatorSet, present: &[SignerIndex]) -> Vec<SignerIndex> {
	(0..set.size() as u16).map(SignerIndex).filter(|index| !present.contains(index)).collect()
}

/// The line for a note, and its level. `None` where there is nothing to log.
pub(super) fn line(note: &Note, set: &ValidatorSet, status: &Status) -> Option<(log::Level, String)> {
	use log::Level::{Debug, Error, Info, Warn};
	let line = match note {
		Note::ViewFailed { height, view, leader, missing_prepare, missing_commit, proposed } => {
			let proposal = match proposed {
				true => "its proposal came",
				false => "no proposal came",
			};
			let prepared = others(set, missing_prepare);
			let committed = others(set, missing_commit);
			let text = format!(
				"Height {height}, view {view} gives up. Leader {}: {proposal}. Prepared: {}; missing: {}. Committed: {}; missing: {}. \
				 Out of reach: {}",
				names(set, &[*leader]),
				names(set, &prepared),
				names(set, missing_prepare),
				names(set, &committed),
				names(set, missing_commit),
				names(set, &others(set, &status.reachable)),
			);
			(Warn, text)
		},
		Note::ViewChangeSent(view) => (Debug, format!("Asking for view {view}")),
		Note::ViewEntered { view, reproposed } => {
			let what = match &reproposed[..] {
				[] => "with nothing proposed before".into(),
				[hash] => format!("with block {hash} again"),
				[first, ..] => format!("with {} blocks again, the first of them {first}", reproposed.len()),
			};
			(Info, format!("View {view} begins, {what}; leader {}", names(set, &[status.leader])))
		},
		Note::ProposalInvalid { height, view, block_hash } => {
			let leader = names(set, &[status.leader]);
			(Warn, format!("Height {height}, view {view}: block {block_hash} of leader {leader} is invalid"))
		},
		Note::VoteWithheld { height, view, phase } => {
			(Info, format!("Height {height}, view {view}: no {phase:?}, this validator's log holds another one, or the height is over"))
		},
		Note::CollectorsSilent { height, view, collectors } => (
			Warn,
			format!(
				"Height {height}, view {view}: no certificate came from the collectors {}; votes go to all for a while",
				names(set, collectors),
			),
		),
		Note::KeyMissing => (Error, "The consensus key is not in the keystore any more: this validator is silent".into()),
		// [`Reporter::role`] logs this.
		Note::SetChanged { .. } => return None,
	};
	Some(line)
}

/// Logs this node's role and what the node waits for, without repeating itself often.
pub(super) struct Reporter {
	role: Option<Role>,
	since: Instant,
	said: Instant,
}

impl Reporter {
	pub(super) fn new() -> Self {
		Self { role: None, since: Instant::now(), said: Instant::now() }
	}

	/// There was progress, or there is nothing to wait for.
	pub(super) fn progress(&mut self) {
		(self.since, self.said) = (Instant::now(), Instant::now());
	}

	/// Logs this node's role when it changes.
	pub(super) fn role(&mut self, role: Role, key: &ValidatorId, set: &ValidatorSet) {
		if self.role.replace(role) == Some(role) {
			return;
		}
		let (id, size) = (set.id(), set.size());
		match role {
			Role::Validator(at) => log::info!(target: crate::LOG, "Validator {at} of {size} in set {id}, as {key}"),
			Role::Abstaining(at) => log::warn!(
				target: crate::LOG,
				"Validator {at} of {size} in set {id}, as {key}, does not vote yet: its log is new, so it may have voted before \
				 without knowing",
			),
			Role::Waiting | Role::Full => {
				log::warn!(target: crate::LOG, "Key {key} is not in set {id} of {size}: following, until it is")
			}
		}
	}

	/// The line for a member of the set that does not vote yet, if it is time for one.
	pub(super) fn abstaining(
		&mut self,
		votes_from: Option<Height>,
		connected: &[ValidatorId],
		me: &ValidatorId,
		set: &ValidatorSet,
	) -> Option<String> {
		if self.said.elapsed() < EVERY || set.index_of(me).is_none() {
			return None;
		}
		self.said = Instant::now();
		if let Some(height) = votes_from {
			return Some(format!("Not voting before height {height}: the log is new"));
		}
		let absent = |index: &SignerIndex| set.member(*index).is_some_and(|key| key != me && !connected.contains(key));
		let absent: Vec<_> = (0..set.size() as u16).map(SignerIndex).filter(absent).collect();
		Some(format!(
			"Not voting yet: the log is new, and how far the chain is must be heard from {} others first. Not connected: {}",
			set.quorum() - 1,
			names(set, &absent),
		))
	}

	/// The line for a node that has waited long, if it is time for one.
	pub(super) fn stuck(&mut self, status: &Status, set: &ValidatorSet) -> Option<String> {
		if self.said.elapsed() < EVERY {
			return None;
		}
		self.said = Instant::now();
		let stage = match (status.changing_view, status.proposal) {
			(true, _) => format!("for view {} to begin", status.view),
			(false, None) => format!("in view {} for a proposal", status.view),
			(false, Some(_)) if status.prepared_by.len() < status.quorum => {
				format!("in view {} for prepares", status.view)
			}
			(false, Some(_)) => format!("in view {} for commits", status.view),
		};
		Some(format!(
			"Height {} waits since {} s {stage}, from {}. In reach: {} of {}, a quorum is {}",
			status.committed.next(),
			self.since.elapsed().as_secs(),
			names(set, &status.waiting_for()),
			status.reachable.len(),
			status.members,
			status.quorum,
		))
	}
}
