//! The proof that a node holds a consensus key.

use super::NetworkError;
use codec::{DecodeAll, Encode};
use sc_network::PeerId;
use sp_keystore::KeystorePtr;
use syndic_primitives::{crypto::verify_ed25519, BlockHash, ValidatorId, ValidatorSignature, PBFT_KEY_TYPE};

/// Separates these signatures from everything else that a consensus key signs.
const DOMAIN: &[u8; 24] = b"syndic/pbft/handshake/v1";

/// The first message of each side. It proves nothing until [`Handshake::check`] has passed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, codec::Decode)]
pub struct Handshake {
	/// The chain.
	pub genesis: BlockHash,
	/// The key that the node claims to hold.
	pub key: ValidatorId,
	/// The signature by that key over the chain and the node's PeerId.
	pub signature: ValidatorSignature,
}

/// Why a handshake proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
	/// The handshake could not be decoded.
	#[error("{0} bytes that are no handshake")]
	Malformed(usize),
	/// The node is on another chain.
	#[error("it is on the chain with genesis {0:?}")]
	OtherChain(BlockHash),
	/// The key has not signed this chain and PeerId.
	#[error("the signature by {0} is not over this chain and this PeerId")]
	BadSignature(ValidatorId),
}

/// The bytes that are signed.
fn payload(genesis: &BlockHash, peer: &PeerId) -> Vec<u8> {
	(DOMAIN, genesis, peer.to_bytes()).encode()
}

impl Handshake {
	/// Signs the statement that the node `peer` holds `key`.
	pub fn sign(
		keystore: &KeystorePtr,
		genesis: &BlockHash,
		key: &ValidatorId,
		peer: &PeerId,
	) -> Result<Self, NetworkError> {
		let public = sp_core::ed25519::Public::from(key.clone());
		let signature = keystore
			.ed25519_sign(PBFT_KEY_TYPE, &public, &payload(genesis, peer))
			.map_err(|source| NetworkError::Keystore { key: key.clone(), source })?
			.ok_or_else(|| NetworkError::KeyMissing(key.clone()))?;
		Ok(Self { genesis: *genesis, key: key.clone(), signature: signature.into() })
	}

	/// Decodes and checks the handshake of `peer`. Returns the key that `peer` holds.
	pub fn check(bytes: &[u8], genesis: &BlockHash, peer: &PeerId) -> Result<ValidatorId, HandshakeError> {
		let Self { genesis: found, key, signature } =
			Self::decode_all(&mut &*bytes).map_err(|_| HandshakeError::Malformed(bytes.len()))?;
		if found != *genesis {
			return Err(HandshakeError::OtherChain(found));
		}
		if !verify_ed25519(&key, &payload(genesis, peer), &signature) {
			return Err(HandshakeError::BadSignature(key));
		}
		Ok(key)
	}
}
