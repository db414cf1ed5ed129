//! The names of nodes on the network: PeerIds, as the transport proves them.
//!
//! A PeerId is a multihash of a public key. People write it in base 58 (`12D3KooW…`), the chain stores its bytes. Two
//! forms are in use, and nothing else is taken for one:
//!
//! | begins with | then | of |
//! |---|---|---|
//! | `00 24 08 01 12 20` | the ed25519 key, 32 bytes | every node of this project |
//! | `12 20` | a SHA-256 hash, 32 bytes | nodes with a longer key |

use alloc::vec::Vec;

/// The bytes of a PeerId: a multihash.
pub type PeerIdBytes = Vec<u8>;

/// The most characters that a PeerId is written with, and the most bytes it is stored in.
pub const MAX_PEER_ID_BYTES: usize = 64;

/// What stands before an ed25519 key: an identity multihash of 36 bytes, a protobuf of type ed25519 with 32 bytes.
const ED25519_FRONT: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];
/// What stands before a SHA-256 hash.
const SHA256_FRONT: [u8; 2] = [0x12, 0x20];
/// How long a key or a hash is.
const BODY: usize = 32;

/// The characters of base 58: no `0`, `O`, `I`, `l`.
const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Why something is no PeerId.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeerIdError {
	/// Too long for one.
	#[error("{length} bytes, a PeerId has at most {MAX_PEER_ID_BYTES}")]
	TooLong {
		/// How long it is.
		length: usize,
	},
	/// Neither of the two forms, whether the bytes are taken as they are or as base 58.
	#[error(
		"it is no PeerId: neither base 58 as in 12D3KooW…, nor the bytes of an ed25519 key (38) or of a SHA-256 hash (34)"
	)]
	Malformed,
}

/// Whether these bytes are a PeerId in one of the two forms.
pub fn is_peer_id(bytes: &[u8]) -> bool {
	let is = |front: &[u8]| bytes.len() == front.len() + BODY && bytes.starts_with(front);
	is(&ED25519_FRONT) || is(&SHA256_FRONT)
}

/// Reads a PeerId: its bytes, or what people write, in base 58. The result is its bytes.
pub fn parse_peer_id(input: &[u8]) -> Result<PeerIdBytes, PeerIdError> {
	if input.len() > MAX_PEER_ID_BYTES {
		return Err(PeerIdError::TooLong { length: input.len() });
	}
	if is_peer_id(input) {
		return Ok(input.to_vec());
	}
	from_base58(input).filter(|bytes| is_peer_id(bytes)).ok_or(PeerIdError::Malformed)
}

/// The PeerId of a node with this ed25519 key.
pub fn peer_id_of(key: &[u8; 32]) -> PeerIdBytes {
	[&ED25519_FRONT[..], key].concat()
}

/// Base 58, of at most [`MAX_PEER_ID_BYTES`] characters: the caller has seen to it.
fn from_base58(text: &[u8]) -> Option<Vec<u8>> {
	// Least significant byte first.
	let mut number: Vec<u8> = Vec::with_capacity(text.len());
	for character in text {
		let mut carry = ALPHABET.iter().position(|known| known == character)?;
		for byte in &mut number {
			carry += usize::from(*byte) * 58;
			*byte = (carry & 0xff) as u8;
			carry >>= 8;
		}
		while carry > 0 {
			number.push((carry & 0xff) as u8);
			carry >>= 8;
		}
	}
	// Every leading `1` is a leading zero.
	number.extend(text.iter().take_while(|character| **character == ALPHABET[0]).map(|_| 0));
	number.reverse();
	Some(number)
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::string::ToString;

	/// The PeerId of the node key 1, and the public key in it.
	const TEXT: &str = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";
	const KEY: &str = "4cb5abf6ad79fbf5abbccafcc269d85cd2651ed4b885b5869f241aedf0a5ba29";

	fn bytes() -> PeerIdBytes {
		let mut key = [0; 32];
		hex::decode_to_slice(KEY, &mut key).unwrap();
		peer_id_of(&key)
	}

	#[test]
	fn what_people_write_and_what_is_stored_are_one() {
		assert_eq!(parse_peer_id(TEXT.as_bytes()), Ok(bytes()));
		assert_eq!(parse_peer_id(&bytes()), Ok(bytes()));
		let hash = [&SHA256_FRONT[..], &[7; 32]].concat();
		assert_eq!(parse_peer_id(&hash), Ok(hash));
		assert_eq!(
			parse_peer_id(b"QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N").map(|bytes| bytes.len()),
			Ok(34),
			"a hash, as others write it"
		);
	}

	#[test]
	fn anything_else_is_refused() {
		let changed = |change: fn(&mut Vec<u8>)| {
			let mut bytes = bytes();
			change(&mut bytes);
			bytes
		};
		for wrong in [
			Vec::new(),
			b"1".to_vec(),
			changed(|bytes| bytes.truncate(37)),
			changed(|bytes| bytes.push(0)),
			changed(|bytes| bytes[3] = 2),
			changed(|bytes| bytes[0] = 0x12),
			TEXT.as_bytes()[1..].to_vec(),
			TEXT.replace('K', "0").into_bytes(),
			[b"1", TEXT.as_bytes()].concat(),
		] {
			assert_eq!(parse_peer_id(&wrong), Err(PeerIdError::Malformed), "{wrong:?}");
		}
		let error = parse_peer_id(&[b'z'; 65]).unwrap_err();
		assert_eq!(error.to_string(), "65 bytes, a PeerId has at most 64");
	}
}
