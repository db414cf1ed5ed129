//! Messages as they travel, with their bounds. Nothing here is trusted until [`crate::Machine`] has verified it.

use codec::{Decode, DecodeLimit, Encode};
use syndic_primitives::{
	block::Header, certificate::MAX_CERTIFICATE_BYTES, crypto::VerifySignature, BlockHash, Certificate, Height, SetId,
	SignedVote, SignerIndex, ValidatorId, ValidatorSet, ValidatorSignature, View, MAX_PIPELINE_DEPTH, MAX_VALIDATORS,
};

/// Separates view-change signatures from everything else that a consensus key signs.
const VIEW_CHANGE_DOMAIN: &[u8; 26] = b"syndic/pbft/view-change/v1";
/// Separates new-view signatures from everything else that a consensus key signs.
const NEW_VIEW_DOMAIN: &[u8; 23] = b"syndic/pbft/new-view/v1";

/// The most heights that a view-change can report on, and a new-view propose again: the deepest window.
pub const MAX_WINDOW: usize = MAX_PIPELINE_DEPTH as usize;

/// The most bytes of a header that a block may have to be voted on. The digest of a block that changes the set names
/// all its members; the rest is small.
pub const MAX_HEADER_BYTES: usize = max_header_bytes(MAX_VALIDATORS as usize);

/// The most bytes of a view-change: a commit certificate, a certificate and a header for each height in the window, and
/// a little.
pub const MAX_VIEW_CHANGE_BYTES: usize =
	MAX_CERTIFICATE_BYTES + MAX_WINDOW * (MAX_CERTIFICATE_BYTES + MAX_HEADER_BYTES) + 256;

/// The most bytes of any message: a new-view with a view-change of every member.
pub const MAX_MESSAGE_BYTES: usize = MAX_VALIDATORS as usize * MAX_VIEW_CHANGE_BYTES + 1024;

/// The most bytes of a message in a set of `members` with a window of `depth`: what a network that knows its set should
/// allow.
pub const fn max_message_bytes(members: usize, depth: usize) -> usize {
	let certificate = 64 + members * (2 + 64);
	members * (certificate + depth * (certificate + max_header_bytes(members)) + 256) + 1024
}

const fn max_header_bytes(members: usize) -> usize {
	1024 + 40 * members
}

/// Nesting of the deepest message.
const MAX_DEPTH: u32 = 16;

/// A message between validators.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Message {
	/// The leader proposes a block: a vote of phase pre-prepare. The block itself travels beside it.
	#[codec(index = 0)]
	PrePrepare(SignedVote),
	/// A vote of phase prepare or commit.
	#[codec(index = 1)]
	Vote(SignedVote),
	/// A validator asks for another view.
	#[codec(index = 2)]
	ViewChange(SignedViewChange),
	/// The leader of a new view begins it.
	#[codec(index = 3)]
	NewView(SignedNewView),
	/// A commit certificate, for somebody who seems to have missed it.
	#[codec(index = 4)]
	Committed(Certificate),
	/// The prepares of a quorum, from a collector.
	#[codec(index = 5)]
	Prepared(Certificate),
}

/// Why bytes are no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
	/// Longer than any message is.
	#[error("{found} bytes, at most {bound} are a message")]
	TooLong {
		/// How long.
		found: usize,
		/// How long it may be.
		bound: usize,
	},
	/// Not the encoding of a message.
	#[error("not a message: {0}")]
	Malformed(codec::Error),
	/// A message, and something after it.
	#[error("{0} bytes are left over")]
	LeftOver(usize),
}

impl Message {
	/// Decodes all of `bytes`, within bounds on length and depth.
	pub fn from_bytes(mut bytes: &[u8]) -> Result<Self, DecodeError> {
		if bytes.len() > MAX_MESSAGE_BYTES {
			return Err(DecodeError::TooLong { found: bytes.len(), bound: MAX_MESSAGE_BYTES });
		}
		let message = Self::decode_with_depth_limit(MAX_DEPTH, &mut bytes).map_err(DecodeError::Malformed)?;
		if !bytes.is_empty() {
			return Err(DecodeError::LeftOver(bytes.len()));
		}
		Ok(message)
	}

	/// A short name, for logs and metrics.
	pub fn name(&self) -> &'static str {
		use syndic_primitives::Phase;
		match self {
			Self::PrePrepare(_) => "pre-prepare",
			Self::Vote(v) if v.vote.phase == Phase::Prepare => "prepare",
			Self::Vote(_) => "commit",
			Self::ViewChange(_) => "view-change",
			Self::NewView(_) => "new-view",
			Self::Committed(_) => "committed",
			Self::Prepared(_) => "prepared",
		}
	}

	/// The set that it belongs to.
	pub fn set_id(&self) -> SetId {
		match self {
			Self::PrePrepare(v) | Self::Vote(v) => v.vote.set_id,
			Self::ViewChange(m) => m.view_change.set_id,
			Self::NewView(m) => m.new_view.set_id,
			Self::Committed(c) | Self::Prepared(c) => c.set_id(),
		}
	}
}

/// What a validator that gives a view up reports: how far it is, and what it is locked on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ViewChange {
	/// The set within which views are counted.
	pub set_id: SetId,
	/// The view that is asked for.
	pub new_view: View,
	/// The highest commit certificate the sender holds *of this set*. `None`: it has committed nothing of this set, so
	/// the height that comes next for it is the set's first one.
	pub committed: Option<Certificate>,
	/// What the sender is locked on above that, ascending: each a child of the one before, the first one of the block
	/// that `committed` names.
	pub prepared: Vec<PreparedBlock>,
}

/// A block with the prepared certificate of the highest view, as far as who reports it knows. The header says whose child it is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PreparedBlock {
	/// Prepares of a quorum.
	pub certificate: Certificate,
	/// The block's header, byte for byte.
	pub header: Header,
}

impl PreparedBlock {
	/// Its height.
	pub fn height(&self) -> Height {
		self.certificate.height()
	}

	/// The view of its certificate.
	pub fn view(&self) -> View {
		self.certificate.view()
	}

	/// Its hash.
	pub fn block_hash(&self) -> BlockHash {
		self.certificate.block_hash()
	}

	/// The block it stands on.
	pub fn parent(&self) -> BlockHash {
		self.header.parent_hash
	}

	/// Whether the header is that of the block which the certificate names.
	pub fn is_of_one_block(&self) -> bool {
		self.header.number == self.height().0 && self.header.hash() == self.block_hash()
	}
}

impl ViewChange {
	/// The height that comes next for the sender.
	pub fn next_height(&self, set: &ValidatorSet) -> Height {
		self.committed.as_ref().map_or(set.since(), |c| c.height().next())
	}
}

/// A view-change, signed; not checked yet.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedViewChange {
	/// What is reported.
	pub view_change: ViewChange,
	/// By whom.
	pub signer: SignerIndex,
	/// Over [`ViewChange::payload`].
	pub signature: ValidatorSignature,
}

impl ViewChange {
	/// The bytes that are signed.
	pub fn payload(&self, genesis: &BlockHash) -> Vec<u8> {
		(VIEW_CHANGE_DOMAIN, genesis, self).encode()
	}
}

/// What begins a view: the view-changes that ask for it, and what follows from them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct NewView {
	/// The set within which views are counted.
	pub set_id: SetId,
	/// The view that begins.
	pub view: View,
	/// A quorum of view-changes for `view`, ascending by signer.
	pub view_changes: Vec<SignedViewChange>,
	/// The blocks that must be proposed again, ascending by height; a pure function of `view_changes`, which everybody
	/// computes again.
	pub reproposals: Vec<(Height, BlockHash)>,
}

impl NewView {
	/// The bytes that are signed.
	pub fn payload(&self, genesis: &BlockHash) -> Vec<u8> {
		(NEW_VIEW_DOMAIN, genesis, self).encode()
	}
}

/// A new-view, signed; not checked yet.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedNewView {
	/// What begins.
	pub new_view: NewView,
	/// The view's leader.
	pub signer: SignerIndex,
	/// Over [`NewView::payload`].
	pub signature: ValidatorSignature,
}

/// How the machine signs and checks. The node's is its keystore and ed25519; a simulator's is something cheaper.
pub trait Keys: VerifySignature + Send {
	/// The key that this validator signs with, if it has one.
	fn public(&self) -> Option<&ValidatorId>;
	/// Signs `payload` with it. `None` when the key has gone: the machine then stays silent.
	fn sign(&self, payload: &[u8]) -> Option<ValidatorSignature>;
}
