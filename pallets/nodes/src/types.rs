//! What this pallet stores.

use crate::{Config, Error};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{ensure, traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use syndic_primitives::{peer::MAX_PEER_ID_BYTES, PeerId};

/// The number of an institution, as the identity contract gives it.
pub type InstitutionId = u32;

/// The most addresses of one node.
pub const MAX_ADDRESSES: u32 = 8;

/// The most characters of an address.
pub const MAX_ADDRESS_BYTES: u32 = 128;

/// A PeerId: the bytes of its multihash.
pub type StoredPeerId = BoundedVec<u8, ConstU32<MAX_PEER_ID_BYTES>>;

/// Where a node can be reached: a multiaddress as people write it, `/ip4/192.0.2.1/tcp/30333`.
pub type Address = BoundedVec<u8, ConstU32<MAX_ADDRESS_BYTES>>;

/// A node's addresses.
pub type Addresses = BoundedVec<Address, ConstU32<MAX_ADDRESSES>>;

/// What a node is for. All of them are let in alike.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
	/// It follows the chain for its institution, and takes transactions.
	FullNode,
	/// It only watches.
	Observer,
	/// It votes, or is to.
	Validator,
}

/// A registered node.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Node<BlockNumber> {
	/// Whose it is.
	pub institution: InstitutionId,
	/// What it is for.
	pub kind: Kind,
	/// Where it can be reached; may be none.
	pub addresses: Addresses,
	/// The block in which it was registered.
	pub since: BlockNumber,
}

/// As it lies in the storage.
pub fn stored(peer_id: &PeerId) -> StoredPeerId {
	// The bound is the same.
	StoredPeerId::truncate_from(peer_id.as_bytes().to_vec())
}

/// A PeerId as a call gives it: its bytes, or in base 58.
pub(crate) fn peer_id<T: Config>(input: &[u8]) -> Result<StoredPeerId, Error<T>> {
	PeerId::parse(input).map(|peer_id| stored(&peer_id)).map_err(|_| Error::<T>::MalformedPeerId)
}

/// Addresses as a call gives them.
pub(crate) fn addresses<T: Config>(input: Vec<Vec<u8>>) -> Result<Addresses, Error<T>> {
	ensure!(input.len() <= MAX_ADDRESSES as usize, Error::<T>::TooManyAddresses);
	let mut addresses = Addresses::default();
	for text in input {
		ensure!(is_address(&text), Error::<T>::MalformedAddress);
		let address = Address::try_from(text).map_err(|_| Error::<T>::MalformedAddress)?;
		addresses.try_push(address).map_err(|_| Error::<T>::TooManyAddresses)?;
	}
	Ok(addresses)
}

/// Whether it looks like a multiaddress: `/` and printable ASCII. Whether anybody can be reached there shows when it is
/// dialled.
pub(crate) fn is_address(text: &[u8]) -> bool {
	let length = text.len();
	length > 1 && length <= MAX_ADDRESS_BYTES as usize && text[0] == b'/' && text.iter().all(u8::is_ascii_graphic)
}
