//! Messages between validators and their bounds in bytes. A decoded message is not trusted until [`crate::Machine`] has
//! verified it.

use codec::{Decode, DecodeLimit, Encode};
use syndic_primitives::{
	block::Header, certificate::MAX_CERTIFICATE_BYTES, crypto::VerifySignature, BlockHash, Certificate, Height, SetId,
	SignedVote, SignerIndex, ValidatorId, ValidatorSet, ValidatorSignature, View, MAX_PIPELINE_DEPTH, MAX_VALIDATORS,
};

/// Separates view-change signatures from everything else that a consensus key signs.
const VIEW_CHANGE_DOMAIN: &[u8; 26] = b"syndic/pbft/view-change/v1";
/// Separates new-view signatures from everything else that a consensus key signs.
const NEW_VIEW_DOMAIN: &[u8; 23] = b"syndic/pbft/new-view/v1";

/// Maximum number of heights that a view-change reports and a new-view proposes again above the highest reported
/// commit: the depth of the deepest window.
pub const MAX_WINDOW: usize = MAX_PIPELINE_DEPTH as usize;

/// Maximum size of a header in bytes; a block with a larger header is not voted on. The digest of a block that changes
/// the set names all its members; the rest is small.
pub const MAX_HEADER_BYTES: usize = max_header_bytes(MAX_VALIDATORS as usize);

/// Maximum size of a view-change in bytes: a commit certificate, a certificate and a header for each height of the
/// window, and 256 bytes for the rest.
pub const MAX_VIEW_CHANGE_BYTES: usize =
	MAX_CERTIFICATE_BYTES + MAX_WINDOW * (MAX_CERTIFICATE_BYTES + MAX_HEADER_BYTES) + 256;

/// Maximum size of any message in bytes: that of a new-view with a view-change of every member.
pub const MAX_MESSAGE_BYTES: usize = MAX_VALIDATORS as usize * MAX_VIEW_CHANGE_BYTES + 1024;

/// Maximum size in bytes of a message in a set of `members` validators with a window of `depth` heights. A network that
/// knows its set should enforce this bound.
pub const fn max_message_bytes(members: usize, depth: usize) -> usize {
	let certificate = 64 + members * (2 + 64);
	members * (certificate + depth * (certificate + max_header_bytes(members)) + 256) + 1024
}

const fn max_header_bytes(members: usize) -> usize {
	1024 + 40 * members
}

/// Maximum nesting depth when a message is decoded.
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
	/// A commit certificate, for a validator that seems to have missed it.
	#[codec(index = 4)]
	Committed(Certificate),
	/// The prepares of a quorum, from a collector.
	#[codec(index = 5)]
	Prepared(Certificate),
}

/// Why bytes could not be decoded as a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
	/// The bytes are longer than [`MAX_MESSAGE_BYTES`].
	#[error("{found} bytes, at most {bound} are a message")]
	TooLong {
		/// Length in bytes.
		found: usize,
		/// Maximum length in bytes.
		bound: usize,
	},
	/// The bytes do not encode a message.
	#[error("not a message: {0}")]
	Malformed(codec::Error),
	/// Bytes follow the message; the value is their number.
	#[error("{0} bytes are left over")]
	LeftOver(usize),
}

impl Message {
	/// Decodes all of `bytes`. Errors: [`DecodeError`] if they exceed the bound on length or on depth, are malformed,
	/// or leave a remainder.
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

	/// The set that the message belongs to.
	pub fn set_id(&self) -> SetId {
		match self {
			Self::PrePrepare(v) | Self::Vote(v) => v.vote.set_id,
			Self::ViewChange(m) => m.view_change.set_id,
			Self::NewView(m) => m.new_view.set_id,
			Self::Committed(c) | Self::Prepared(c) => c.set_id(),
		}
	}
}

/// What a validator reports when it gives up a view: its last commit certificate and its locks.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ViewChange {
	/// The set within which views are counted.
	pub set_id: SetId,
	/// The view that is asked for.
	pub new_view: View,
	/// The highest commit certificate *of this set* that the sender holds. `None` if the sender has committed nothing
	/// of this set; then its next height is the set's first one.
	pub committed: Option<Certificate>,
	/// The sender's locks above `committed`, ascending by height. Each block is a child of the one before; the first is
	/// a child of the block that `committed` names.
	pub prepared: Vec<PreparedBlock>,
}

/// A block with the prepared certificate of the highest view that the reporter knows. The header names the block's
/// parent.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PreparedBlock {
	/// Prepares of a quorum.
	pub certificate: Certificate,
	/// The block's header, byte for byte.
	pub header: Header,
}

impl PreparedBlock {
	/// Height of the block.
	pub fn height(&self) -> Height {
		self.certificate.height()
	}

	/// View of the prepared certificate.
	pub fn view(&self) -> View {
		self.certificate.view()
	}

	/// Hash of the block.
	pub fn block_hash(&self) -> BlockHash {
		self.certificate.block_hash()
	}

	/// Hash of the block's parent.
	pub fn parent(&self) -> BlockHash {
		self.header.parent_hash
	}

	/// Whether the header has the height and the hash that the certificate names.
	pub fn is_of_one_block(&self) -> bool {
		self.header.number == self.height().0 && self.header.hash() == self.block_hash()
	}
}

impl ViewChange {
	/// The sender's next height: the one after its commit certificate, or the first height of `set` without one.
	pub fn next_height(&self, set: &ValidatorSet) -> Height {
		self.committed.as_ref().map_or(set.since(), |c| c.height().next())
	}
}

/// A signed view-change whose signature and content have not been checked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedViewChange {
	/// The signed content.
	pub view_change: ViewChange,
	/// The sender's position in the set.
	pub signer: SignerIndex,
	/// Signature over [`ViewChange::payload`].
	pub signature: ValidatorSignature,
}

impl ViewChange {
	/// The bytes that the signature covers; `genesis` is the hash of block 0.
	pub fn payload(&self, genesis: &BlockHash) -> Vec<u8> {
		(VIEW_CHANGE_DOMAIN, genesis, self).encode()
	}
}

/// The message content that begins a view: the view-changes that ask for the view, and the blocks that follow from
/// them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct NewView {
	/// The set within which views are counted.
	pub set_id: SetId,
	/// The view that begins.
	pub view: View,
	/// A quorum of view-changes for `view`, ascending by signer.
	pub view_changes: Vec<SignedViewChange>,
	/// The blocks that must be proposed again, ascending by height. They are a pure function of `view_changes`; every
	/// receiver computes them and compares.
	pub reproposals: Vec<(Height, BlockHash)>,
}

impl NewView {
	/// The bytes that the signature covers; `genesis` is the hash of block 0.
	pub fn payload(&self, genesis: &BlockHash) -> Vec<u8> {
		(NEW_VIEW_DOMAIN, genesis, self).encode()
	}
}

/// A signed new-view whose signature and content have not been checked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedNewView {
	/// The signed content.
	pub new_view: NewView,
	/// Position in the set of the signer, which must be the view's leader.
	pub signer: SignerIndex,
	/// Signature over [`NewView::payload`].
	pub signature: ValidatorSignature,
}

/// How the machine signs payloads and verifies signatures. A node uses its keystore and ed25519; a simulator uses a
/// cheaper scheme.
pub trait Keys: VerifySignature + Send {
	/// The key that this validator signs with, if it has one.
	fn public(&self) -> Option<&ValidatorId>;
	/// Signs `payload` with this validator's key. Returns `None` if the key is no longer available; the machine then
	/// sends nothing.
	fn sign(&self, payload: &[u8]) -> Option<ValidatorSignature>;
}
