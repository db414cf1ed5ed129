//! What goes into the machine and what comes out of it.

use crate::message::{Message, PreparedBlock};
use codec::{Decode, Encode};
use syndic_primitives::{
	block::Header, BlockHash, Certificate, Equivocation, Height, Phase, Rules, SetId, SignedVote, SignerIndex,
	ValidatorId, VerifiedCertificate, View,
};

/// Everything that can happen to a [`crate::Machine`].
#[derive(Clone, Debug)]
pub enum Input {
	/// A message arrived; from whom does not matter, for it is signed.
	Message(Message),
	/// The block that [`Output::Build`] asked for stands ready, executed and stored.
	Built {
		/// As asked.
		view: View,
		/// Its header.
		header: Box<Header>,
	},
	/// The answer to [`Output::Validate`]. Not given at all while the body is missing.
	Validated {
		/// Its height.
		height: Height,
		/// Its hash.
		block_hash: BlockHash,
		/// As asked.
		parent: BlockHash,
		/// What was found.
		verdict: Verdict,
	},
	/// The body of a block that [`Output::Validate`] named is not here, and may never come: the leader is not given
	/// time for it. The verdict follows when it comes all the same.
	BodyMissing {
		/// The block's height.
		height: Height,
		/// Its hash.
		block_hash: BlockHash,
	},
	/// A timer fired.
	Timer(Timer),
	/// Whether there is something to order: a transaction in the pool, a heartbeat that is due, or empty blocks on.
	/// The machine's timer runs only while there is.
	Work(bool),
	/// A block is final and its state is here: after [`Output::Commit`], or because sync brought it.
	Finalised {
		/// Its height.
		height: Height,
		/// Its hash.
		block_hash: BlockHash,
		/// The certificate it was finalised with, where it is at hand.
		certificate: Option<VerifiedCertificate>,
		/// Where sync brought more than this block since the last one that was reported: the certificates of the heights
		/// between, ascending, as far as they are at hand, and no more than a crash could take from the database.
		between: Vec<VerifiedCertificate>,
		/// Set and parameters of the next height, from the state after this block.
		next: Rules,
	},
	/// A validator can be reached now: it is told what it may have missed.
	PeerConnected(ValidatorId),
	/// A validator cannot be reached any more.
	PeerDisconnected(ValidatorId),
}

/// What was found of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
	/// It is a child of the block that was named, its body is here and stored so that it survives a crash, it was executed,
	/// and its header holds, which is this.
	Valid(Box<Header>),
	/// It is not to be voted for.
	Invalid,
}

/// Everything that a [`crate::Machine`] can ask for. The order within one answer is a contract: what follows a
/// [`Output::Persist`] may be done only once the record is on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
	/// Write this, and sync, before anything that follows.
	Persist(Record),
	/// Send to every other validator. With a [`Message::PrePrepare`] goes the block.
	Broadcast(Message),
	/// Send to one validator.
	Send(ValidatorId, Message),
	/// I lead: build a child of `parent`, not before the block period has passed, and answer with [`Input::Built`]. A later
	/// `Build`, or a commit at its height, makes this one void.
	Build {
		/// The height to build.
		height: Height,
		/// The view to build it in.
		view: View,
		/// The block to build on: the last final one, or one that stands on it, was found valid and is not final yet.
		parent: BlockHash,
	},
	/// Judge this block as a child of `parent`, and answer with [`Input::Validated`]. If its body is not here, get it from
	/// `holders` and judge it then. To be asked of the same block once more, with another parent, makes the first void.
	Validate {
		/// The block's height.
		height: Height,
		/// Its hash.
		block_hash: BlockHash,
		/// The block that it must stand on; executed here already.
		parent: BlockHash,
		/// It was prepared before and is proposed again: it must not be refused for its age.
		reproposed: bool,
		/// Who holds it.
		holders: Vec<ValidatorId>,
	},
	/// Let `timer` fire after that many milliseconds. Replaces an earlier timer of the same kind.
	SetTimer(Timer, u32),
	/// Forget the timer of this kind.
	ClearTimer(TimerKind),
	/// The block is committed: finalise it with this certificate, then answer with [`Input::Finalised`]. Its body may
	/// not be here yet, then `holders` have it.
	Commit {
		/// The proof.
		certificate: VerifiedCertificate,
		/// Who holds it.
		holders: Vec<ValidatorId>,
	},
	/// Others have committed beyond the next height: get the blocks up to this one by sync.
	Behind {
		/// Its height.
		height: Height,
		/// Its hash.
		block_hash: BlockHash,
	},
	/// Somebody signed two things that conflict.
	Evidence(Equivocation),
	/// The message was dropped, and this is why.
	Rejected(Rejection),
	/// A step that is worth a line in the log.
	Note(Note),
}

/// What must survive a crash.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Record {
	/// I am about to send this vote.
	#[codec(index = 0)]
	Voted {
		/// Within this set.
		set_id: SetId,
		/// At this height.
		height: Height,
		/// In this view.
		view: View,
		/// In this phase.
		phase: Phase,
		/// For this block.
		block_hash: BlockHash,
	},
	/// I am locked on this block.
	#[codec(index = 1)]
	Locked(PreparedBlock),
	/// I am in this view, or I have asked for it and vote in no lower one.
	#[codec(index = 2)]
	View {
		/// Within this set.
		set_id: SetId,
		/// The view.
		view: View,
		/// Whether it has begun for me; if not, I have asked for it.
		entered: bool,
	},
	/// This block is committed; I sign nothing at or below its height any more.
	#[codec(index = 3)]
	Committed(Certificate),
}

impl Record {
	/// The set that it belongs to.
	pub fn set_id(&self) -> SetId {
		match self {
			Self::Voted { set_id, .. } | Self::View { set_id, .. } => *set_id,
			Self::Locked(lock) => lock.certificate.set_id(),
			Self::Committed(certificate) => certificate.set_id(),
		}
	}
}

/// A timer with what it was set for, so that a late one is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
	/// The height should have been committed in this view by now.
	Progress(Height, View),
	/// The view that was asked for should have begun by now.
	NewView(View),
	/// Say again what has not been answered.
	Resend,
}

/// The kinds of [`Timer`]; at most one of each runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimerKind {
	/// [`Timer::Progress`]
	Progress,
	/// [`Timer::NewView`]
	NewView,
	/// [`Timer::Resend`]
	Resend,
}

impl Timer {
	/// Its kind.
	pub fn kind(&self) -> TimerKind {
		match self {
			Self::Progress(..) => TimerKind::Progress,
			Self::NewView(_) => TimerKind::NewView,
			Self::Resend => TimerKind::Resend,
		}
	}
}

/// Why a message was dropped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
	/// It belongs to another set; not a fault of its sender, who may be ahead or behind.
	#[error("message of set {found}, the current one is {current}")]
	OtherSet {
		/// Its set.
		found: SetId,
		/// The set in force.
		current: SetId,
	},
	/// Its height is decided already.
	#[error("message of height {found}, height {committed} is committed")]
	Stale {
		/// Its height.
		found: Height,
		/// The last committed one.
		committed: Height,
	},
	/// Its height or view is further ahead than messages are kept.
	#[error("message of height {height} view {view} is too far ahead of height {current_height} view {current_view}")]
	TooFarAhead {
		/// Its height.
		height: Height,
		/// Its view.
		view: View,
		/// The height in progress.
		current_height: Height,
		/// The view in progress.
		current_view: View,
	},
	/// A member that is not the leader acts as one.
	#[error("signer {signer} does not lead height {height} view {view}, {leader} does")]
	NotLeader {
		/// Who acted.
		signer: SignerIndex,
		/// The height.
		height: Height,
		/// The view.
		view: View,
		/// Who leads it.
		leader: SignerIndex,
	},
	/// A vote of the wrong phase for the message it came in.
	#[error("a vote of phase {0:?} in the wrong message")]
	WrongPhase(Phase),
	/// A vote that does not count: unknown signer, bad signature.
	#[error(transparent)]
	Vote(#[from] syndic_primitives::VoteError),
	/// A certificate that proves nothing.
	#[error(transparent)]
	Certificate(#[from] syndic_primitives::CertificateError),
	/// A view-change that breaks a rule.
	#[error("view-change by {signer}: {rule}")]
	ViewChange {
		/// Who signed it.
		signer: SignerIndex,
		/// The rule it breaks.
		rule: &'static str,
	},
	/// A new-view that breaks a rule.
	#[error("new-view for view {view} by {signer}: {rule}")]
	NewView {
		/// The view it would begin.
		view: View,
		/// Who signed it.
		signer: SignerIndex,
		/// The rule it breaks.
		rule: &'static str,
	},
	/// Known already.
	#[error("seen before")]
	Duplicate,
	/// The signer said something else before: see [`Output::Evidence`].
	#[error("signer {0} contradicts itself")]
	Equivocation(SignerIndex),
}

impl Rejection {
	/// Whether only a faulty sender sends such a message, so that the peer should pay for it. Messages that crossed
	/// with a change of set, height or view are nobody's fault.
	pub fn is_misbehaviour(&self) -> bool {
		!matches!(self, Self::OtherSet { .. } | Self::Stale { .. } | Self::TooFarAhead { .. } | Self::Duplicate)
	}

	/// A short name, for metrics.
	pub fn name(&self) -> &'static str {
		match self {
			Self::OtherSet { .. } => "other-set",
			Self::Stale { .. } => "stale",
			Self::TooFarAhead { .. } => "too-far-ahead",
			Self::NotLeader { .. } => "not-leader",
			Self::WrongPhase(_) => "wrong-phase",
			Self::Vote(syndic_primitives::VoteError::BadSignature { .. }) => "bad-signature",
			Self::Vote(_) => "unknown-signer",
			Self::Certificate(_) => "bad-certificate",
			Self::ViewChange { .. } => "bad-view-change",
			Self::NewView { .. } => "bad-new-view",
			Self::Duplicate => "duplicate",
			Self::Equivocation(_) => "equivocation",
		}
	}
}

/// A step that an operator wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
	/// A timer fired; this view is given up.
	ViewFailed {
		/// The height that did not come.
		height: Height,
		/// The view given up.
		view: View,
		/// Who led it.
		leader: SignerIndex,
		/// Who has not prepared.
		missing_prepare: Vec<SignerIndex>,
		/// Who has not committed.
		missing_commit: Vec<SignerIndex>,
		/// Whether a proposal was there.
		proposed: bool,
	},
	/// Asking for a view.
	ViewChangeSent(View),
	/// A view has begun.
	ViewEntered {
		/// The view.
		view: View,
		/// The blocks that are proposed again, ascending by height.
		reproposed: Vec<BlockHash>,
	},
	/// A proposal was judged invalid; its leader will be replaced when the timer fires.
	ProposalInvalid {
		/// Its height.
		height: Height,
		/// Its view.
		view: View,
		/// Its hash.
		block_hash: BlockHash,
	},
	/// A vote was refused, for another one was signed at the same place before.
	VoteWithheld {
		/// The height.
		height: Height,
		/// The view.
		view: View,
		/// The phase.
		phase: Phase,
	},
	/// A set has come into force.
	SetChanged {
		/// Its id.
		set_id: SetId,
		/// My position in it, if I have one.
		me: Option<SignerIndex>,
	},
	/// The collectors brought no certificate in time: votes are broadcast for a while.
	CollectorsSilent {
		/// The height that waits.
		height: Height,
		/// The view.
		view: View,
		/// Who should have collected.
		collectors: Vec<SignerIndex>,
	},
	/// I can't sign: the key is not in the keystore any more.
	KeyMissing,
}

/// The vote that a pre-prepare, prepare or commit message carries.
pub(crate) fn place(vote: &SignedVote) -> (Height, View, Phase) {
	(vote.vote.height, vote.vote.view, vote.vote.phase)
}
