//! The statement that attesters sign, and the collected attestations of one block.

use super::Roster;
use crate::{
	crypto::VerifySignature, roster::MAX_ROSTER, BlockHash, Height, RosterIndex, ValidatorId, ValidatorSignature,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeAll, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Separates attestations from everything else that a consensus key signs.
const ATTESTATION_DOMAIN: &[u8; 26] = b"syndic/pbft/attestation/v1";

/// Maximum size in bytes of the attestations of one block: height, hash, length, and a position and a signature for
/// each entry of the roster.
pub const MAX_ATTESTATIONS_BYTES: usize = 4 + 32 + 4 + MAX_ROSTER as usize * (2 + 64);

/// The statement that is signed: this block is final, I have executed it, and its certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Attestation {
	/// The block's height.
	pub height: Height,
	/// Its hash.
	pub block_hash: BlockHash,
}

impl Attestation {
	/// The bytes that are signed: domain, genesis hash, height, block hash, in SCALE.
	pub fn payload(&self, genesis: &BlockHash) -> Vec<u8> {
		(ATTESTATION_DOMAIN, genesis, self).encode()
	}

	/// Whether `signature` is `key`'s over [`Attestation::payload`].
	pub fn verify(
		&self,
		genesis: &BlockHash,
		key: &ValidatorId,
		signature: &ValidatorSignature,
		scheme: &impl VerifySignature,
	) -> bool {
		scheme.verify(key, &self.payload(genesis), signature)
	}
}

/// Attestations of one block, as they travel and as they are stored; not checked yet. A position counts in the roster of that
/// block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct BlockAttestations {
	/// What is attested.
	pub block: Attestation,
	/// By whom, ascending by position, each once.
	pub attestations: Vec<(RosterIndex, ValidatorSignature)>,
}

/// Why attestations are invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttestationError {
	/// The bytes could not be decoded.
	#[error("not attestations: {0}")]
	Malformed(codec::Error),
	/// The attestations are of another block.
	#[error("attestations are of block {found_height} {found:?}, not of {expected_height} {expected:?}")]
	WrongBlock {
		/// The height that the attestations name.
		found_height: Height,
		/// The block that the attestations name.
		found: BlockHash,
		/// The expected height.
		expected_height: Height,
		/// The expected block.
		expected: BlockHash,
	},
	/// Positions are not in ascending order, so one may be there twice.
	#[error("position {position} does not follow position {after}")]
	Unordered {
		/// The position that is out of order.
		position: RosterIndex,
		/// The position before it in the list.
		after: RosterIndex,
	},
	/// The roster has no such position.
	#[error("position {position} is not one of {entries} of the roster")]
	UnknownPosition {
		/// The position.
		position: RosterIndex,
		/// Number of entries of the roster.
		entries: usize,
	},
	/// A signature is not its attester's.
	#[error("bad signature at position {position}")]
	BadSignature {
		/// The position of the claimed signer.
		position: RosterIndex,
	},
}

impl BlockAttestations {
	/// Decodes all of `bytes`. Errors: [`AttestationError::Malformed`], also for more than [`MAX_ATTESTATIONS_BYTES`].
	pub fn from_bytes(bytes: &[u8]) -> Result<Self, AttestationError> {
		if bytes.len() > MAX_ATTESTATIONS_BYTES {
			return Err(AttestationError::Malformed("too long".into()));
		}
		Self::decode_all(&mut &*bytes).map_err(AttestationError::Malformed)
	}

	/// Checks that the positions ascend. Errors: [`AttestationError::Unordered`].
	pub fn check_order(&self) -> Result<(), AttestationError> {
		match self.attestations.windows(2).find(|pair| pair[1].0 <= pair[0].0) {
			Some(pair) => Err(AttestationError::Unordered { position: pair[1].0, after: pair[0].0 }),
			None => Ok(()),
		}
	}

	/// Checks that these are attestations of `block` by entries of its `roster`: the checks without signatures first,
	/// then every signature. Errors: [`AttestationError`].
	pub fn verify(
		&self,
		block: Attestation,
		genesis: &BlockHash,
		roster: &Roster,
		scheme: &impl VerifySignature,
	) -> Result<(), AttestationError> {
		if self.block != block {
			return Err(AttestationError::WrongBlock {
				found_height: self.block.height,
				found: self.block.block_hash,
				expected_height: block.height,
				expected: block.block_hash,
			});
		}
		self.check_order()?;
		let entry = |position: RosterIndex| {
			roster.entry(position).ok_or(AttestationError::UnknownPosition { position, entries: roster.size() })
		};
		// The last position is the highest, so checking it first bounds all of them.
		self.attestations.last().map(|(position, _)| entry(*position)).transpose()?;
		let payload = block.payload(genesis);
		for (position, signature) in &self.attestations {
			if !scheme.verify(&entry(*position)?.validator, &payload, signature) {
				return Err(AttestationError::BadSignature { position: *position });
			}
		}
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		crypto::{verify_ed25519, ValidatorPair},
		RosterEntry, Seat,
	};
	use sp_core::Pair;

	const GENESIS: BlockHash = BlockHash::repeat_byte(0xee);

	fn block() -> Attestation {
		Attestation { height: Height(12), block_hash: BlockHash::repeat_byte(7) }
	}

	fn pairs() -> Vec<ValidatorPair> {
		let mut pairs: Vec<_> = (1..=4).map(|n| ValidatorPair::from_seed(&[n; 32])).collect();
		pairs.sort_by_key(|pair| pair.public());
		pairs
	}

	fn roster() -> Roster {
		let entry = |pair: &ValidatorPair| RosterEntry {
			validator: pair.public(),
			institution: None,
			regulator: false,
			seat: Seat::Validator,
		};
		Roster::new(pairs().iter().map(entry).collect()).unwrap()
	}

	fn attested(by: &[u16]) -> BlockAttestations {
		let sign = |n: &u16| (RosterIndex(*n), pairs()[usize::from(*n)].sign(&block().payload(&GENESIS)));
		BlockAttestations { block: block(), attestations: by.iter().map(sign).collect() }
	}

	#[test]
	fn the_payload_is_fixed() {
		let expected = [
			"73796e6469632f706266742f6174746573746174696f6e2f7631", // syndic/pbft/attestation/v1
			&"ee".repeat(32),                                       // genesis
			"0c000000",                                             // height
			&"07".repeat(32),                                       // block
		];
		assert_eq!(hex::encode(block().payload(&GENESIS)), expected.concat());
	}

	#[test]
	fn real_signatures_hold() {
		for by in [&[][..], &[2], &[0, 1, 3], &[0, 1, 2, 3]] {
			let attestations = attested(by);
			assert_eq!(BlockAttestations::from_bytes(&attestations.encode()), Ok(attestations.clone()));
			assert_eq!(attestations.verify(block(), &GENESIS, &roster(), &verify_ed25519), Ok(()), "{by:?}");
		}
	}

	#[test]
	fn what_is_none_says_why() {
		type Harm = fn(&mut BlockAttestations);
		let cases: [(Harm, &str); 7] = [
			(|a| a.block.height = Height(13), "of block 13"),
			(|a| a.block.block_hash = BlockHash::repeat_byte(8), "not of 12"),
			(|a| a.attestations.swap(0, 1), "position 0 does not follow position 1"),
			(|a| a.attestations[2] = a.attestations[1].clone(), "position 1 does not follow position 1"),
			(|a| a.attestations[2].0 = RosterIndex(4), "position 4 is not one of 4"),
			(|a| a.attestations[2].0 = RosterIndex(3), "bad signature at position 3"),
			(|a| a.attestations[1].1 = a.attestations[0].1.clone(), "bad signature at position 1"),
		];
		for (harm, expected) in cases {
			let mut attestations = attested(&[0, 1, 2]);
			harm(&mut attestations);
			let error = attestations.verify(block(), &GENESIS, &roster(), &verify_ed25519).unwrap_err().to_string();
			assert!(error.contains(expected), "wanted: {expected}; got: {error}");
		}
		let foreign = attested(&[0]).verify(block(), &BlockHash::zero(), &roster(), &verify_ed25519);
		assert_eq!(foreign, Err(AttestationError::BadSignature { position: RosterIndex(0) }));
	}

	#[test]
	fn bytes_that_are_none() {
		let mut bytes = attested(&[0, 1]).encode();
		bytes.push(0);
		assert!(BlockAttestations::from_bytes(&bytes).is_err());
		assert!(BlockAttestations::from_bytes(&bytes[..bytes.len() - 2]).is_err());
		assert!(BlockAttestations::from_bytes(&alloc::vec![0; MAX_ATTESTATIONS_BYTES + 1]).is_err());
	}
}
