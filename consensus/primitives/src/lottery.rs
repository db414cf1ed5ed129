//! How validators make the randomness by which committees are elected.
//!
//! In the first part of an era a validator commits itself to a secret, and in the last part it reveals the secret. All
//! revealed secrets together form the seed. No validator knows another's secret before it is committed to its own. The
//! last validator to reveal can choose between two seeds by not revealing, once; the price is that it does not stand in
//! the election.
//!
//! The secret follows from the consensus key and the era. So a node stores nothing between the two parts, and loses
//! nothing in a restart.

use crate::{crypto::VerifySignature, BlockHash, Height, ValidatorId, ValidatorSignature};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_crypto_hashing::blake2_256;

/// Separates the signature from which the secret is derived from everything else that a consensus key signs. That
/// signature is never published.
const SECRET_DOMAIN: &[u8; 21] = b"syndic/pbft/secret/v1";
/// Separates commitments from other hashes.
const COMMITMENT_DOMAIN: &[u8; 25] = b"syndic/pbft/commitment/v1";
/// Separates contributions from everything else that a consensus key signs.
const CONTRIBUTION_DOMAIN: &[u8; 27] = b"syndic/pbft/contribution/v1";
/// Separates signals from everything else that a consensus key signs.
const SIGNAL_DOMAIN: &[u8; 22] = b"syndic/pbft/version/v1";

/// A contribution to an era's randomness, or the hash of one.
pub type Hash256 = [u8; 32];

/// What the chain waits for from a validator.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub enum Duty {
	/// The commitment to its secret of this era.
	#[codec(index = 0)]
	Commit {
		/// The era.
		era: u32,
	},
	/// Its secret of this era.
	#[codec(index = 1)]
	Reveal {
		/// The era.
		era: u32,
	},
	/// Which version of the protocol its engine supports: the chain believes another one.
	#[codec(index = 2)]
	Signal,
}

/// A duty, done: what the node has the runtime make a transaction of. It needs no account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub enum Deed {
	/// The commitment to a secret.
	#[codec(index = 0)]
	Commit {
		/// The era.
		era: u32,
		/// Who commits itself.
		validator: ValidatorId,
		/// See [`commitment`].
		commitment: Hash256,
		/// Over [`contribution_payload`].
		signature: ValidatorSignature,
	},
	/// The secret. It proves itself.
	#[codec(index = 1)]
	Reveal {
		/// The era.
		era: u32,
		/// Whose it is.
		validator: ValidatorId,
		/// The secret.
		secret: Hash256,
	},
	/// The version that the engine supports.
	#[codec(index = 2)]
	Signal(SignedSignal),
}

/// A validator tells the highest version of the protocol that its engine supports.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Signal {
	/// The version.
	pub version: u32,
	/// The height of a recent block: a later signal takes the place of an earlier one.
	pub height: Height,
	/// Its hash.
	pub block_hash: BlockHash,
}

/// A signal, its validator, and its signature over [`Signal::payload`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct SignedSignal {
	/// Who tells.
	pub validator: ValidatorId,
	/// What.
	pub signal: Signal,
	/// Its signature.
	pub signature: ValidatorSignature,
}

impl Signal {
	/// The bytes that are signed: domain, genesis hash, version, height, block hash, in SCALE.
	pub fn payload(&self, genesis: &BlockHash) -> Vec<u8> {
		(SIGNAL_DOMAIN, genesis, self).encode()
	}
}

impl SignedSignal {
	/// Whether the signature is the validator's.
	pub fn verify(&self, genesis: &BlockHash, scheme: &impl VerifySignature) -> bool {
		scheme.verify(&self.validator, &self.signal.payload(genesis), &self.signature)
	}
}

/// The bytes whose signature the secret is derived from: domain, genesis hash, era, in SCALE.
pub fn secret_payload(genesis: &BlockHash, era: u32) -> Vec<u8> {
	(SECRET_DOMAIN, genesis, era).encode()
}

/// The secret of an era, from the signature over [`secret_payload`]. ed25519 signs without randomness (RFC 8032,
/// section 5.1.6), so the secret is the same each time.
pub fn secret(signature: &ValidatorSignature) -> Hash256 {
	blake2_256(&signature.encode())
}

/// The commitment of a validator to its secret of an era: BLAKE2b-256 of domain, genesis hash, era, key and secret, in
/// SCALE.
pub fn commitment(genesis: &BlockHash, era: u32, validator: &ValidatorId, secret: &Hash256) -> Hash256 {
	blake2_256(&(COMMITMENT_DOMAIN, genesis, era, validator, secret).encode())
}

/// The bytes that a validator signs with its commitment: domain, genesis hash, era, commitment, in SCALE.
pub fn contribution_payload(genesis: &BlockHash, era: u32, commitment: &Hash256) -> Vec<u8> {
	(CONTRIBUTION_DOMAIN, genesis, era, commitment).encode()
}
