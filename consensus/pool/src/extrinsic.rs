//! What an extrinsic tells without a call of the runtime.

use codec::Decode;
use sp_runtime::{
	generic::Preamble,
	traits::{BlakeTwo256, Hash},
	AccountId32, MultiAddress, MultiSignature, OpaqueExtrinsic,
};
use syndic_primitives::BlockHash;

/// How many transactions an account has sent.
pub type Nonce = u32;

/// Whether an extrinsic is bare: an inherent, or a transaction without an account. The two highest bits of its first
/// byte tell the kind.
pub fn is_bare(extrinsic: &OpaqueExtrinsic) -> bool {
	const KIND: u8 = 0b1100_0000;
	extrinsic.inner().first().is_some_and(|version| version & KIND == 0)
}

/// The hash that identifies an extrinsic: the hash of its encoding.
pub fn hash_of(extrinsic: &OpaqueExtrinsic) -> BlockHash {
	BlakeTwo256::hash_of(extrinsic)
}

/// The account that an extrinsic names as its signer. The signature is not checked.
pub fn signer_of(extrinsic: &OpaqueExtrinsic) -> Option<AccountId32> {
	type Signed = Preamble<MultiAddress<AccountId32, ()>, MultiSignature, ()>;
	match Signed::decode(&mut extrinsic.inner()) {
		Ok(Preamble::Signed(MultiAddress::Id(account), _, ())) => Some(account),
		_ => None,
	}
}

/// The account and the nonce of a tag of `CheckNonce`: 32 bytes, and 4 bytes in little-endian order.
pub fn account_of_tag(tag: &[u8]) -> Option<(AccountId32, Nonce)> {
	let (account, nonce) = tag.split_at_checked(32)?;
	let account: [u8; 32] = account.try_into().ok()?;
	Some((account.into(), Nonce::from_le_bytes(nonce.try_into().ok()?)))
}
