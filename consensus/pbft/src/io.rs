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
	/// A message arrived. The peer that delivered it does not matter, because messages are signed.
	Message(Message),
	/// The block that [`Output::Build`] asked for is built, executed and stored.
	Built {
		/// The view that [`Output::Build`] named.
		view: View,
		/// Header of the built block; its number is the height.
		header: Box<Header>,
	},
	/// The answer to [`Output::Validate`]. It is not given while the body is missing.
	Validated {
		/// Height of the block.
		height: Height,
		/// Hash of the block.
		block_hash: BlockHash,
		/// The parent that [`Output::Validate`] named.
		parent: BlockHash,
		/// The result.
		verdict: Verdict,
	},
	/// The body of a block that [`Output::Validate`] named is not here and may never come. The progress timer then
	/// runs, so that the leader gains no time by withholding the body. If the body comes later, [`Input::Validated`]
	/// follows.
	BodyMissing {
		/// The block's height.
		height: Height,
		/// Hash of the block.
		block_hash: BlockHash,
	},
	/// A timer fired.
	Timer(Timer),
	/// Whether there is something to order: a transaction in the pool, a heartbeat that is due, or empty blocks
	/// enabled. The progress timer runs only while there is something to order.
	Work(bool),
	/// A block is final and its state is available: after [`Output::Commit`], or because sync brought the block.
	Finalised {
		/// Height of the block.
		height: Height,
		/// Hash of the block.
		block_hash: BlockHash,
		/// The block's commit certificate, if available.
		certificate: Option<VerifiedCertificate>,
		/// Commit certificates of the heights between the last reported block and this one, ascending, if sync brought
		/// several blocks. The list may lack certificates that are not available, and those that a crash could not take
		/// from the database.
		between: Vec<VerifiedCertificate>,
		/// Set and parameters of the next height, from the state after this block.
		next: Rules,
	},
	/// A validator has become reachable. It is sent what it may have missed.
	PeerConnected(ValidatorId),
	/// A validator has become unreachable.
	PeerDisconnected(ValidatorId),
}

/// The result of judging a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
	/// The block is a child of the named parent, was executed, and its header (the value) is correct. Its body is
	/// stored such that it survives a crash.
	Valid(Box<Header>),
	/// The block must not be voted for.
	Invalid,
}

/// Everything that a [`crate::Machine`] can ask for. The order of the outputs of one input is a contract: do what
/// follows an [`Output::Persist`] only after the record is on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
	/// Write this record and sync it to the disk before carrying out any later output.
	Persist(Record),
	/// Send to every other validator. A [`Message::PrePrepare`] is accompanied by its block.
	Broadcast(Message),
	/// Send to one validator.
	Send(ValidatorId, Message),
	/// This validator leads: build a child of `parent`, not before the block period has passed, and answer with
	/// [`Input::Built`]. A later `Build` for the height, or a commit at the height, cancels this one.
	Build {
		/// The height to build.
		height: Height,
		/// The view to build it in.
		view: View,
		/// The block to build on: the last final one, or a valid descendant of it that is not final yet.
		parent: BlockHash,
	},
	/// Judge this block as a child of `parent`, and answer with [`Input::Validated`]. If its body is not here, fetch it
	/// from `holders` and judge it then. A later `Validate` of the same block with another parent cancels this one.
	Validate {
		/// The block's height.
		height: Height,
		/// Hash of the block.
		block_hash: BlockHash,
		/// The required parent; it has been executed here already.
		parent: BlockHash,
		/// Whether the block was proposed before and is proposed again. Such a block must not be refused for its age.
		reproposed: bool,
		/// Validators that should have the block's body.
		holders: Vec<ValidatorId>,
	},
	/// Let the timer fire after this many milliseconds. Replaces an earlier timer of the same kind.
	SetTimer(Timer, u32),
	/// Cancel the timer of this kind.
	ClearTimer(TimerKind),
	/// The block is committed: finalise it with this certificate, then answer with [`Input::Finalised`]. If its body is
	/// not here yet, fetch it from `holders`.
	Commit {
		/// The commit certificate.
		certificate: VerifiedCertificate,
		/// Validators that signed the certificate.
		holders: Vec<ValidatorId>,
	},
	/// The set has committed a block above the next height: get the blocks up to this one by sync.
	Behind {
		/// Height of the block.
		height: Height,
		/// Hash of the block.
		block_hash: BlockHash,
	},
	/// Two conflicting votes that one validator signed.
	Evidence(Equivocation),
	/// The message of the input was dropped, for this reason.
	Rejected(Rejection),
	/// A step for the node's log.
	Note(Note),
}

/// What must survive a crash; an entry of the write-ahead log.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Record {
	/// This validator is about to send this vote.
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
	/// This validator is locked on this block.
	#[codec(index = 1)]
	Locked(PreparedBlock),
	/// This validator is in this view, or has asked for it; it votes in no lower view.
	#[codec(index = 2)]
	View {
		/// Within this set.
		set_id: SetId,
		/// The view.
		view: View,
		/// Whether the view has begun for this validator; if not, this validator has asked for it.
		entered: bool,
	},
	/// This block is committed; this validator signs nothing new at or below its height.
	#[codec(index = 3)]
	Committed(Certificate),
}

impl Record {
	/// The set that the record belongs to.
	pub fn set_id(&self) -> SetId {
		match self {
			Self::Voted { set_id, .. } | Self::View { set_id, .. } => *set_id,
			Self::Locked(lock) => lock.certificate.set_id(),
			Self::Committed(certificate) => certificate.set_id(),
		}
	}
}

/// A timer with the height or view for which it was set, so that a timer that fires late is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
	/// The time in which the height should have been committed in this view is over.
	Progress(Height, View),
	/// The time in which the requested view should have begun is over.
	NewView(View),
	/// Send unanswered messages again.
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
	/// The timer's kind.
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
	/// The message belongs to another set. This is not a fault of its sender, which may be ahead or behind.
	#[error("message of set {found}, the current one is {current}")]
	OtherSet {
		/// The message's set.
		found: SetId,
		/// The set in force.
		current: SetId,
	},
	/// The message's height is committed already.
	#[error("message of height {found}, height {committed} is committed")]
	Stale {
		/// The message's height.
		found: Height,
		/// The last committed height.
		committed: Height,
	},
	/// The message is for a height whose messages are not kept yet, or from a leader of a height whose parameters are
	/// not known.
	#[error("message of height {height} view {view} is too far ahead of height {current_height} view {current_view}")]
	TooFarAhead {
		/// The message's height.
		height: Height,
		/// The message's view.
		view: View,
		/// The height in progress.
		current_height: Height,
		/// The view in progress.
		current_view: View,
	},
	/// A member that is not the leader sent a leader's message.
	#[error("signer {signer} does not lead height {height} view {view}, {leader} does")]
	NotLeader {
		/// The signer of the message.
		signer: SignerIndex,
		/// The height.
		height: Height,
		/// The view.
		view: View,
		/// The leader of that height and view.
		leader: SignerIndex,
	},
	/// A vote of the wrong phase for the message it came in.
	#[error("a vote of phase {0:?} in the wrong message")]
	WrongPhase(Phase),
	/// An invalid vote: unknown signer or bad signature.
	#[error(transparent)]
	Vote(#[from] syndic_primitives::VoteError),
	/// An invalid certificate.
	#[error(transparent)]
	Certificate(#[from] syndic_primitives::CertificateError),
	/// A view-change that breaks a rule.
	#[error("view-change by {signer}: {rule}")]
	ViewChange {
		/// The message's signer.
		signer: SignerIndex,
		/// The rule it breaks.
		rule: &'static str,
	},
	/// A new-view that breaks a rule.
	#[error("new-view for view {view} by {signer}: {rule}")]
	NewView {
		/// The view of the message.
		view: View,
		/// The message's signer.
		signer: SignerIndex,
		/// The rule it breaks.
		rule: &'static str,
	},
	/// The message has been received before, or brings nothing new.
	#[error("seen before")]
	Duplicate,
	/// The vote conflicts with an earlier vote of its signer: see [`Output::Evidence`].
	#[error("signer {0} contradicts itself")]
	Equivocation(SignerIndex),
}

impl Rejection {
	/// Whether only a faulty sender sends such a message, so that the peer that delivered it should lose reputation. A
	/// message that crossed with a change of set, height or view is not a fault.
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
	/// A timer fired, and this view is given up.
	ViewFailed {
		/// The height that was not committed.
		height: Height,
		/// The view given up.
		view: View,
		/// Leader of the first height in progress in that view.
		leader: SignerIndex,
		/// Members whose prepare is missing.
		missing_prepare: Vec<SignerIndex>,
		/// Members whose commit is missing.
		missing_commit: Vec<SignerIndex>,
		/// Whether a proposal had arrived.
		proposed: bool,
	},
	/// A view-change for this view was sent.
	ViewChangeSent(View),
	/// A view has begun.
	ViewEntered {
		/// The view.
		view: View,
		/// The blocks that are proposed again, ascending by height.
		reproposed: Vec<BlockHash>,
	},
	/// A proposal was judged invalid; the view is given up when the progress timer fires.
	ProposalInvalid {
		/// Height of the proposal.
		height: Height,
		/// View of the proposal.
		view: View,
		/// Hash of the block.
		block_hash: BlockHash,
	},
	/// A vote was not signed: another vote was signed before for the same height, view and phase, or the log knows a
	/// commit at or above the height.
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
		/// Id of the set.
		set_id: SetId,
		/// This validator's position in the set; `None` if it is not a member.
		me: Option<SignerIndex>,
	},
	/// The collectors sent no certificate in time: votes are broadcast for some heights.
	CollectorsSilent {
		/// The height that waits for a certificate.
		height: Height,
		/// The view.
		view: View,
		/// The collectors of that height and view.
		collectors: Vec<SignerIndex>,
	},
	/// Signing failed: the key is no longer in the keystore.
	KeyMissing,
}

/// The height, view and phase of a vote; a signer signs at most one vote for each.
pub(crate) fn place(vote: &SignedVote) -> (Height, View, Phase) {
	(vote.vote.height, vote.vote.view, vote.vote.phase)
}
