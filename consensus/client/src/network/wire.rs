//! The encoding of messages on the two protocols of validators.
//!
//! On the bulk protocol the kind of a notification is its last byte, and a proposal's vote stands between the block and
//! that byte. Decoding cuts kind and vote off the end and leaves the block where it is, so that megabytes need not be
//! moved.

use super::MAX_BLOCK_BYTES;
use crate::compact::MAX_COMPACT_BYTES;
use codec::{DecodeAll, Encode};
use std::sync::Arc;
use syndic_pbft::{DecodeError, Message};
use syndic_primitives::SignedVote;

/// A pre-prepare and its block.
const PROPOSAL: u8 = 0;
/// A message.
const MESSAGE: u8 = 1;
/// A pre-prepare and its block in the compact form.
const COMPACT: u8 = 2;
/// Length of an encoded signed vote, in bytes: set id, height, view, phase, block hash, signer, signature.
const SIGNED_VOTE_BYTES: usize = 8 + 4 + 4 + 1 + 32 + 2 + 64;

/// The protocol on which a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
	Votes,
	Bulk,
}

impl Protocol {
	/// The protocol's name, for metrics and logs.
	pub fn name(self) -> &'static str {
		match self {
			Self::Votes => "votes",
			Self::Bulk => "bulk",
		}
	}

	/// The protocol that carries `message`.
	pub fn of(message: &Message) -> Self {
		match message {
			Message::NewView(_) => Self::Bulk,
			Message::PrePrepare(_)
			| Message::Vote(_)
			| Message::ViewChange(_)
			| Message::Committed(_)
			| Message::Prepared(_) => Self::Votes,
		}
	}
}

/// Why a notification is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
	/// The notification holds no valid message.
	#[error(transparent)]
	Message(#[from] DecodeError),
	/// The notification holds no vote where a proposal has one.
	#[error("{0} bytes that are no proposal")]
	NoProposal(usize),
	/// The block is longer than a block may be.
	#[error("a block of {found} bytes, at most {bound} are allowed")]
	BlockTooLong {
		/// Its length, in bytes.
		found: usize,
		/// The maximum length, in bytes.
		bound: usize,
	},
	/// The notification is of no known kind.
	#[error("unknown kind {0:?}")]
	UnknownKind(Option<u8>),
	/// The message belongs on the other protocol.
	#[error("a {0} message on the wrong protocol")]
	WrongProtocol(&'static str),
}

impl WireError {
	/// A short name, for metrics.
	pub fn name(&self) -> &'static str {
		match self {
			Self::Message(DecodeError::TooLong { .. }) | Self::BlockTooLong { .. } => "oversize",
			Self::WrongProtocol(_) => "wrong-protocol",
			_ => "undecodable",
		}
	}
}

/// The form in which a proposal carries its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
	/// The whole block.
	Full,
	/// The form of [`crate::compact`].
	Compact,
}

impl Form {
	/// The kind of message, for metrics.
	pub fn message(self) -> &'static str {
		match self {
			Self::Full => "proposal",
			Self::Compact => "compact-proposal",
		}
	}

	/// The form's name, for metrics.
	pub fn name(self) -> &'static str {
		match self {
			Self::Full => "full",
			Self::Compact => "compact",
		}
	}

	/// Maximum size of a block in this form, in bytes.
	pub fn most(self) -> usize {
		match self {
			Self::Full => MAX_BLOCK_BYTES,
			Self::Compact => MAX_COMPACT_BYTES,
		}
	}

	fn kind(self) -> u8 {
		match self {
			Self::Full => PROPOSAL,
			Self::Compact => COMPACT,
		}
	}
}

/// A decoded notification of the bulk protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bulk {
	Proposal(Form, SignedVote, Arc<Vec<u8>>),
	Message(Message),
}

/// Decodes a notification of the votes protocol.
pub(super) fn decode_votes(bytes: &[u8]) -> Result<Message, WireError> {
	let message = Message::from_bytes(bytes)?;
	expect(message, Protocol::Votes)
}

/// Decodes a notification of the bulk protocol. The block of a proposal is `bytes` itself, truncated.
pub(super) fn decode_bulk(mut bytes: Vec<u8>) -> Result<Bulk, WireError> {
	match bytes.pop() {
		Some(kind @ (PROPOSAL | COMPACT)) => {
			let form = if kind == COMPACT { Form::Compact } else { Form::Full };
			let length = bytes.len();
			let block = length.checked_sub(SIGNED_VOTE_BYTES).ok_or(WireError::NoProposal(length))?;
			if block > form.most() {
				return Err(WireError::BlockTooLong { found: block, bound: form.most() });
			}
			let vote = SignedVote::decode_all(&mut &bytes[block..]).map_err(|_| WireError::NoProposal(length))?;
			bytes.truncate(block);
			Ok(Bulk::Proposal(form, vote, Arc::new(bytes)))
		}
		Some(MESSAGE) => expect(Message::from_bytes(&bytes)?, Protocol::Bulk).map(Bulk::Message),
		other => Err(WireError::UnknownKind(other)),
	}
}

fn expect(message: Message, protocol: Protocol) -> Result<Message, WireError> {
	match Protocol::of(&message) == protocol {
		true => Ok(message),
		false => Err(WireError::WrongProtocol(message.name())),
	}
}

/// Encodes a bulk notification with a vote and a block, which is in this form already.
pub(super) fn encode_proposal(form: Form, vote: &SignedVote, block: &[u8]) -> Vec<u8> {
	let mut bytes = Vec::with_capacity(block.len() + SIGNED_VOTE_BYTES + 1);
	bytes.extend_from_slice(block);
	vote.encode_to(&mut bytes);
	bytes.push(form.kind());
	bytes
}

/// Encodes a bulk notification with a message.
pub(super) fn encode_bulk_message(message: &Message) -> Vec<u8> {
	let mut bytes = message.encode();
	bytes.push(MESSAGE);
	bytes
}
