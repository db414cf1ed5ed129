//! How a validator's node is found: its PeerId, and its addresses.

use alloc::{string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::{fmt, str::FromStr};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

/// The number of an institution, as `pallets/identity` gives it.
pub type InstitutionId = u32;

/// Maximum length of a PeerId in bytes.
pub const MAX_PEER_ID_BYTES: u32 = 64;

/// Maximum length in characters of a PeerId in base 58; longer text is refused before it is decoded.
const MAX_PEER_ID_TEXT: usize = 96;

/// Maximum number of addresses of one node.
pub const MAX_NODE_ADDRESSES: u32 = 8;

/// Maximum length of one address in bytes.
pub const MAX_NODE_ADDRESS_BYTES: u32 = 128;

/// Prefix of a PeerId that contains an ed25519 key: an identity multihash of 36 bytes, which are the key in protobuf.
const ED25519: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/// Prefix of a PeerId that contains the hash of another key: a multihash of SHA-256, 32 bytes.
const SHA2_256: [u8; 2] = [0x12, 0x20];

/// The bytes of a PeerId, as nodes and the runtime exchange them.
pub type PeerIdBytes = Vec<u8>;

/// Which node somebody is on the network: a libp2p PeerId. It is a multihash, either of an ed25519 key, which it contains,
/// or the SHA-256 of a key of another kind. People write it in base 58 (`12D3KooW…`, `Qm…`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct PeerId(BoundedVec<u8, ConstU32<MAX_PEER_ID_BYTES>>);

/// Why bytes or text are not a PeerId.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeerIdError {
	/// The bytes are not a multihash of a key.
	#[error(
		"not a PeerId: neither 0x002408011220 and an ed25519 key of 32 bytes, nor 0x1220 and a SHA-256 of 32 bytes"
	)]
	NotMultihash,
	/// The text is not base 58, or is too long.
	#[error("not a PeerId: not in base 58, such as 12D3KooW…")]
	NotBase58,
}

impl PeerId {
	/// The PeerId with this multihash. Errors: [`PeerIdError::NotMultihash`].
	pub fn from_multihash(bytes: &[u8]) -> Result<Self, PeerIdError> {
		let key = bytes.strip_prefix(&ED25519[..]).or_else(|| bytes.strip_prefix(&SHA2_256[..]));
		if key.is_none_or(|key| key.len() != 32) {
			return Err(PeerIdError::NotMultihash);
		}
		BoundedVec::try_from(bytes.to_vec()).map(Self).map_err(|_| PeerIdError::NotMultihash)
	}

	/// The PeerId with this multihash, or with this text in base 58: tools send the text as its bytes. Errors:
	/// [`PeerIdError`].
	pub fn parse(bytes: &[u8]) -> Result<Self, PeerIdError> {
		// The first byte tells the two apart: text begins with a printable character, a multihash with a control
		// character.
		match bytes.first() {
			Some(first) if first.is_ascii_graphic() => {
				core::str::from_utf8(bytes).map_err(|_| PeerIdError::NotBase58)?.parse()
			}
			_ => Self::from_multihash(bytes),
		}
	}

	/// The PeerId of a node with this ed25519 key.
	pub fn of_ed25519(key: &[u8; 32]) -> Self {
		// 38 bytes, which is within [`MAX_PEER_ID_BYTES`].
		Self(BoundedVec::truncate_from([&ED25519[..], key].concat()))
	}

	/// The multihash.
	pub fn as_bytes(&self) -> &[u8] {
		&self.0
	}
}

impl FromStr for PeerId {
	type Err = PeerIdError;

	fn from_str(text: &str) -> Result<Self, PeerIdError> {
		if text.len() > MAX_PEER_ID_TEXT {
			return Err(PeerIdError::NotBase58);
		}
		let bytes = bs58::decode(text).into_vec().map_err(|_| PeerIdError::NotBase58)?;
		Self::from_multihash(&bytes)
	}
}

impl fmt::Display for PeerId {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		bs58::encode(&self.0).into_string().fmt(f)
	}
}

impl Decode for PeerId {
	fn decode<I: codec::Input>(input: &mut I) -> Result<Self, codec::Error> {
		let bytes = BoundedVec::<u8, ConstU32<MAX_PEER_ID_BYTES>>::decode(input)?;
		Self::from_multihash(&bytes).map_err(|_| codec::Error::from("not a PeerId"))
	}
}

/// An address at which a node listens, such as `/dns/node1.example.org/tcp/30333`: text, see [`is_node_address`].
pub type NodeAddress = BoundedVec<u8, ConstU32<MAX_NODE_ADDRESS_BYTES>>;

/// The addresses of one node.
pub type NodeAddresses = BoundedVec<NodeAddress, ConstU32<MAX_NODE_ADDRESSES>>;

/// Whether these bytes can be an address: they begin with `/`, are 2 to 128 in number, and all of them are printable
/// ASCII without spaces. The node that dials the address checks what it means.
pub fn is_node_address(bytes: &[u8]) -> bool {
	let fits = (2..=MAX_NODE_ADDRESS_BYTES as usize).contains(&bytes.len());
	fits && bytes[0] == b'/' && bytes.iter().all(u8::is_ascii_graphic)
}

/// Addresses as text, for tools.
pub fn addresses_as_text(addresses: &NodeAddresses) -> Vec<String> {
	addresses.iter().map(|address| String::from_utf8_lossy(address).into_owned()).collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	const TEXT: &str = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";

	fn ed25519(length: usize) -> Vec<u8> {
		[&ED25519[..], &vec![7; length]].concat()
	}

	#[test]
	fn text_and_multihash_are_the_same_peer() {
		let peer: PeerId = TEXT.parse().unwrap();
		assert_eq!(peer.to_string(), TEXT);
		assert_eq!(peer.as_bytes().len(), 38);
		assert_eq!(PeerId::parse(TEXT.as_bytes()), Ok(peer.clone()));
		assert_eq!(PeerId::parse(peer.as_bytes()), Ok(peer.clone()));
		assert_eq!(PeerId::decode(&mut &peer.encode()[..]), Ok(peer));
		let hashed = PeerId::parse(&[&SHA2_256[..], &[9; 32]].concat()).unwrap();
		assert!(hashed.to_string().starts_with("Qm"), "{hashed}");
		assert_eq!(hashed.to_string().parse(), Ok(hashed));
	}

	#[test]
	fn what_is_no_peer_is_refused() {
		for length in [0, 31, 33, 58] {
			assert_eq!(PeerId::parse(&ed25519(length)), Err(PeerIdError::NotMultihash), "{length}");
		}
		assert!(PeerId::parse(&ed25519(32)).is_ok());
		assert_eq!(PeerId::parse(b""), Err(PeerIdError::NotMultihash));
		assert_eq!(PeerId::parse(&[0x13; 34]), Err(PeerIdError::NotMultihash));
		assert_eq!(PeerId::parse(b"12D3KooW"), Err(PeerIdError::NotMultihash));
		for text in ["12D3Koo0", "Alice and Bob", &"1".repeat(97), "1ü"] {
			assert_eq!(PeerId::parse(text.as_bytes()), Err(PeerIdError::NotBase58), "{text}");
		}
		assert!(PeerId::decode(&mut &ed25519(31).encode()[..]).is_err(), "nor does it decode");
	}

	#[test]
	fn addresses_are_printable_and_bounded() {
		let longest = format!("/{}", "x".repeat(127));
		for good in ["/dns/node1.example.org/tcp/30333", "/ip6/::1/tcp/1", &longest] {
			assert!(is_node_address(good.as_bytes()), "{good}");
		}
		for bad in ["", "/", "dns/a", "/dns/a b", "/dns/ä", "/dns/a\n", &format!("{longest}x")] {
			assert!(!is_node_address(bad.as_bytes()), "{bad}");
		}
	}
}
