//! The encoding of the attestations protocol.

use super::WINDOW;
use codec::{Decode, DecodeAll, Encode};
use syndic_primitives::{BlockAttestations, Height, RosterIndex, MAX_ROSTER};

/// Maximum size of one notification, in bytes.
pub(super) const MAX_NOTIFICATION: u64 = 128 * 1024;
/// Maximum number of attestations in one notification.
pub(super) const MAX_BATCH: usize = 1024;
/// Maximum number of heights in one request.
pub(super) const MAX_WANTS: usize = 32;
/// Maximum size of a map of the roster, in bytes; it has one bit for each entry.
const MAX_MAP: usize = MAX_ROSTER as usize / 8;

/// A notification between nodes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) enum Gossip {
	/// Attestations of one or more blocks.
	#[codec(index = 0)]
	Attestations(Vec<BlockAttestations>),
	/// A request for the missing attestations of these blocks.
	#[codec(index = 1)]
	Want(Vec<Want>),
}

/// A request for the missing attestations of one block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Want {
	/// Its height.
	pub height: Height,
	/// The positions that are present: the bit `n % 8` of byte `n / 8` is set for position `n` of the roster. Positions
	/// beyond the map are missing.
	pub have: Vec<u8>,
}

impl Want {
	/// A request for a block whose roster has `entries` entries. `has` tells which of them are present.
	pub fn new(height: Height, entries: usize, has: impl Fn(RosterIndex) -> bool) -> Self {
		let mut have = vec![0; entries.div_ceil(8)];
		// A roster has at most MAX_ROSTER entries, which fits into a `u16`.
		for position in (0..entries as u16).filter(|position| has(RosterIndex(*position))) {
			have[usize::from(position / 8)] |= 1 << (position % 8);
		}
		Self { height, have }
	}

	/// Whether a position is missing.
	pub fn lacks(&self, position: RosterIndex) -> bool {
		self.have.get(usize::from(position.0 / 8)).is_none_or(|byte| byte & (1 << (position.0 % 8)) == 0)
	}
}

/// Why a notification is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
	/// The notification is longer than allowed.
	#[error("{found} bytes, at most {MAX_NOTIFICATION} are allowed")]
	TooLong {
		/// Its length, in bytes.
		found: usize,
	},
	/// The notification cannot be decoded.
	#[error("not decodable: {0}")]
	Undecodable(codec::Error),
	/// A list is longer than it may be.
	#[error("{found} {what}, at most {bound} are allowed")]
	TooMany {
		/// The items of the list.
		what: &'static str,
		/// How many there are.
		found: usize,
		/// How many there may be.
		bound: usize,
	},
	/// Positions are not ascending.
	#[error("positions of block {0} do not ascend")]
	Unordered(Height),
}

/// Decodes a notification, within bounds.
pub(super) fn decode(bytes: &[u8]) -> Result<Gossip, WireError> {
	if bytes.len() as u64 > MAX_NOTIFICATION {
		return Err(WireError::TooLong { found: bytes.len() });
	}
	let gossip = Gossip::decode_all(&mut &*bytes).map_err(WireError::Undecodable)?;
	let bounded = |what, found, bound| match found > bound {
		true => Err(WireError::TooMany { what, found, bound }),
		false => Ok(()),
	};
	match &gossip {
		Gossip::Attestations(blocks) => {
			bounded("blocks", blocks.len(), WINDOW as usize)?;
			bounded("attestations", blocks.iter().map(|block| block.attestations.len()).sum(), MAX_BATCH)?;
			if let Some(block) = blocks.iter().find(|block| block.check_order().is_err()) {
				return Err(WireError::Unordered(block.block.height));
			}
		}
		Gossip::Want(wants) => {
			bounded("heights", wants.len(), MAX_WANTS)?;
			for want in wants {
				bounded("bytes of a map", want.have.len(), MAX_MAP)?;
			}
		}
	}
	Ok(gossip)
}

#[cfg(test)]
mod tests {
	use super::*;
	use syndic_primitives::{Attestation, BlockHash, ValidatorSignature};

	fn of(height: u32, positions: &[u16]) -> BlockAttestations {
		let signature = ValidatorSignature::from(sp_core::ed25519::Signature::from_raw([3; 64]));
		BlockAttestations {
			block: Attestation { height: Height(height), block_hash: BlockHash::repeat_byte(1) },
			attestations: positions.iter().map(|n| (RosterIndex(*n), signature.clone())).collect(),
		}
	}

	#[test]
	fn what_is_sent_is_read() {
		let all: Vec<u16> = (0..MAX_BATCH as u16).collect();
		for gossip in [
			Gossip::Attestations(vec![of(1, &[0, 7]), of(2, &[3])]),
			Gossip::Attestations(vec![of(1, &all)]),
			Gossip::Want(vec![Want::new(Height(4), 1024, |n| n.0 % 3 == 0); MAX_WANTS]),
		] {
			let bytes = gossip.encode();
			assert!(bytes.len() as u64 <= MAX_NOTIFICATION, "{}", bytes.len());
			assert_eq!(decode(&bytes), Ok(gossip));
		}
	}

	#[test]
	fn what_is_too_much_or_in_disorder_is_refused() {
		let half: Vec<u16> = (0..600).collect();
		let cases = [
			(Gossip::Attestations(vec![of(1, &half), of(2, &half)]).encode(), "1200 attestations"),
			(Gossip::Attestations((0..300).map(|n| of(n, &[])).collect()).encode(), "300 blocks"),
			(Gossip::Attestations(vec![of(5, &[1, 1])]).encode(), "block 5"),
			(Gossip::Attestations(vec![of(5, &[2, 1])]).encode(), "block 5"),
			(Gossip::Want(vec![Want { height: Height(1), have: vec![] }; 33]).encode(), "33 heights"),
			(Gossip::Want(vec![Want { height: Height(1), have: vec![0; 129] }]).encode(), "129 bytes"),
			(vec![0; 1 << 18], "262144 bytes"),
			(vec![2, 0], "not decodable"),
			([Gossip::Want(vec![]).encode(), vec![0]].concat(), "not decodable"),
		];
		for (bytes, expected) in cases {
			let error = decode(&bytes).unwrap_err().to_string();
			assert!(error.contains(expected), "wanted: {expected}; got: {error}");
		}
	}

	#[test]
	fn a_map_names_who_is_there() {
		let want = Want::new(Height(1), 11, |n| [0, 8, 10].contains(&n.0));
		let lacking: Vec<u16> = (0..13).filter(|n| want.lacks(RosterIndex(*n))).collect();
		assert_eq!(lacking, [1, 2, 3, 4, 5, 6, 7, 9, 11, 12]);
	}
}
