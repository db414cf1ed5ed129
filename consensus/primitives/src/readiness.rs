//! A candidate's proof that its node holds its consensus key and has followed the chain.
//!
//! The node signs a recent block, and the chain, which knows its own recent blocks, checks the signature. When the
//! chain judges whether a set could reach its quorum, it does not count a validator without such a proof.

use crate::{crypto::VerifySignature, BlockHash, Height, ValidatorId, ValidatorSignature};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Separates readiness signatures from everything else that a consensus key signs.
const READINESS_DOMAIN: &[u8; 24] = b"syndic/pbft/readiness/v1";

/// Maximum number of blocks by which the signed block may be older than the block that carries the proof.
pub const MAX_READINESS_AGE: u32 = 256;

/// The statement that a candidate's node signs: I hold this block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Readiness {
	/// The height of a recent block.
	pub height: Height,
	/// Its hash.
	pub block_hash: BlockHash,
}

impl Readiness {
	/// The bytes that are signed: domain, genesis hash, height, block hash, in SCALE.
	pub fn payload(&self, genesis: &BlockHash) -> Vec<u8> {
		(READINESS_DOMAIN, genesis, self).encode()
	}

	/// Whether `signature` is `candidate`'s over [`Readiness::payload`].
	pub fn verify(
		&self,
		genesis: &BlockHash,
		candidate: &ValidatorId,
		signature: &ValidatorSignature,
		scheme: &impl VerifySignature,
	) -> bool {
		scheme.verify(candidate, &self.payload(genesis), signature)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::crypto::{verify_ed25519, ValidatorPair};
	use sp_application_crypto::Pair;

	#[test]
	fn the_payload_is_fixed() {
		let readiness = Readiness { height: Height(0x0403_0201), block_hash: BlockHash::repeat_byte(0xbb) };
		let mut expected = b"syndic/pbft/readiness/v1".to_vec();
		expected.extend([0xaa; 32]);
		expected.extend([1, 2, 3, 4]);
		expected.extend([0xbb; 32]);
		assert_eq!(readiness.payload(&BlockHash::repeat_byte(0xaa)), expected);
	}

	#[test]
	fn a_signature_holds_for_its_chain_block_and_key_only() {
		let pair = ValidatorPair::from_seed(&[7; 32]);
		let other = ValidatorPair::from_seed(&[8; 32]);
		let (genesis, hash) = (BlockHash::repeat_byte(1), BlockHash::repeat_byte(2));
		let readiness = Readiness { height: Height(9), block_hash: hash };
		let signature = pair.sign(&readiness.payload(&genesis));
		let holds =
			|r: Readiness, g: &BlockHash, key: &ValidatorPair| r.verify(g, &key.public(), &signature, &verify_ed25519);
		assert!(holds(readiness, &genesis, &pair));
		assert!(!holds(readiness, &genesis, &other));
		assert!(!holds(readiness, &hash, &pair));
		assert!(!holds(Readiness { height: Height(10), ..readiness }, &genesis, &pair));
		assert!(!holds(Readiness { block_hash: genesis, ..readiness }, &genesis, &pair));
	}
}
