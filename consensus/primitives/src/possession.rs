//! The proof that the sender of a registration holds the consensus key.
//!
//! The key signs for which institution, and by which of its accounts, it is to be registered. So nobody can register a
//! key without holding it, and a proof made for one account is useless to another.

use crate::{crypto::VerifySignature, peer::InstitutionId, BlockHash, ValidatorId, ValidatorSignature};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Separates proofs of possession from everything else that a consensus key signs.
const POSSESSION_DOMAIN: &[u8; 25] = b"syndic/pbft/possession/v1";

/// The statement that a consensus key signs: this account registers me for this institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Possession<AccountId> {
	/// The institution whose validator it is to be.
	pub institution: InstitutionId,
	/// The account that sends the registration.
	pub account: AccountId,
}

impl<AccountId: Encode> Possession<AccountId> {
	/// The bytes that are signed: domain, genesis hash, institution (4 bytes, little endian), account, in SCALE.
	pub fn payload(&self, genesis: &BlockHash) -> Vec<u8> {
		(POSSESSION_DOMAIN, genesis, self).encode()
	}

	/// Whether `proof` is `key`'s signature over [`Possession::payload`].
	pub fn verify(
		&self,
		genesis: &BlockHash,
		key: &ValidatorId,
		proof: &ValidatorSignature,
		scheme: &impl VerifySignature,
	) -> bool {
		scheme.verify(key, &self.payload(genesis), proof)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::crypto::{verify_ed25519, ValidatorPair};
	use sp_application_crypto::Pair;

	fn possession() -> Possession<[u8; 32]> {
		Possession { institution: 0x0403_0201, account: [0xcc; 32] }
	}

	#[test]
	fn the_payload_is_fixed() {
		let mut expected = b"syndic/pbft/possession/v1".to_vec();
		expected.extend([0xaa; 32]);
		expected.extend([1, 2, 3, 4]);
		expected.extend([0xcc; 32]);
		assert_eq!(possession().payload(&BlockHash::repeat_byte(0xaa)), expected);
	}

	/// Ed25519 is deterministic: other implementations can compare their proof with this one.
	#[test]
	fn the_proof_is_fixed() {
		let pair = ValidatorPair::from_seed(&[7; 32]);
		let proof = pair.sign(&possession().payload(&BlockHash::repeat_byte(0xaa)));
		assert_eq!(hex::encode(pair.public()), "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c");
		let expected = "fcc7874ba5e743d75aa2b1854a394efcbb1b0148f9f2c3671a2c2d41a9b70250\
			4ce4f833c90a417c72891be61e08e57ffa807124213152067542efcb901ba802";
		assert_eq!(hex::encode(proof), expected);
	}

	#[test]
	fn a_proof_holds_for_its_chain_institution_account_and_key_only() {
		let (pair, other) = (ValidatorPair::from_seed(&[7; 32]), ValidatorPair::from_seed(&[8; 32]));
		let (genesis, elsewhere) = (BlockHash::repeat_byte(1), BlockHash::repeat_byte(2));
		let proof = pair.sign(&possession().payload(&genesis));
		let holds = |p: Possession<[u8; 32]>, g: &BlockHash, key: &ValidatorPair| {
			p.verify(g, &key.public(), &proof, &verify_ed25519)
		};
		assert!(holds(possession(), &genesis, &pair));
		assert!(!holds(possession(), &genesis, &other));
		assert!(!holds(possession(), &elsewhere, &pair));
		assert!(!holds(Possession { institution: 5, ..possession() }, &genesis, &pair));
		assert!(!holds(Possession { account: [0xcd; 32], ..possession() }, &genesis, &pair));
	}
}
