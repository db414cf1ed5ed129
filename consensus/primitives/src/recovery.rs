//! The emergency path: an order of the board that gives a chain which has lost its quorum another validator set.
//!
//! When more validators are gone for good than a quorum can spare, nothing can be committed from then on, so the board
//! cannot act on the chain. It signs a [`RecoveryOrder`] off chain instead. Each node receives the order. The next
//! block carries the order, and the runtime verifies it once more.
//!
//! The rules:
//! - An order names the chain, the height, the block and the set that it replaces: it is valid at one place only, and
//!   only once.
//! - An order needs the signatures of two thirds of the board, as the board is in the state after that block. Each
//!   member counts once; a signature of an account that is not on the board makes the order invalid.
//! - A signature is over [`RecoveryOrder::payload`], which is text, so that a wallet shows what is signed; or over that
//!   text between `<Bytes>` and `</Bytes>`, which is what wallets sign when they are asked for a signature over raw bytes.
//!
//! A received order is an [`UncheckedRecovery`]; [`UncheckedRecovery::verify`] turns it into a [`VerifiedRecovery`].

use crate::{BlockHash, Height, SetError, SetId, ValidatorId, ValidatorSet, MAX_VALIDATORS};
use alloc::{string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt::Write;
use scale_info::TypeInfo;
use sp_runtime::{
	traits::{ConstU32, Verify},
	AccountId32, BoundedVec, MultiSignature,
};

/// The first line of the signed text. It separates orders from everything else that an account signs.
pub const RECOVERY_DOMAIN: &str = "syndic/pbft/recovery/v1";

/// Identifier of the inherent by which a block's author passes an order to the runtime.
pub const RECOVERY_INHERENT: [u8; 8] = *b"pbftrcvr";

/// Maximum number of signatures of an order.
pub const MAX_RECOVERY_SIGNATURES: u32 = 256;

/// Prefix and suffix that wallets put around raw bytes before they sign them.
const WRAP: (&str, &str) = ("<Bytes>", "</Bytes>");

/// That another set decides after a block. Not signed by anybody yet.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct RecoveryOrder {
	/// The hash of block 0, which names the chain.
	pub genesis: BlockHash,
	/// The height of the last final block.
	pub height: Height,
	/// Its hash.
	pub block_hash: BlockHash,
	/// The set in force after it, which is replaced.
	pub set_id: SetId,
	/// The members of the new set, in the order in which they take turns to lead.
	pub members: BoundedVec<ValidatorId, ConstU32<MAX_VALIDATORS>>,
}

impl RecoveryOrder {
	/// The text that the board's members sign.
	pub fn payload(&self) -> String {
		let mut text = String::new();
		let Self { genesis, height, block_hash, set_id, members } = self;
		// Writing to a string does not fail.
		let _ = write!(
			text,
			"{RECOVERY_DOMAIN}\nThe board orders: this chain has lost its quorum; after the block named here the validators \
			 named here decide, and nobody else.\nChain: 0x{}\nBlock: {height}\nBlock hash: 0x{}\nReplaced set: {set_id}\n\
			 Validators: {}",
			Hex(genesis.as_ref()),
			Hex(block_hash.as_ref()),
			members.len(),
		);
		for member in members {
			let _ = write!(text, "\n0x{}", Hex(member.as_ref()));
		}
		text
	}

	/// The set that decides from the next height on. Errors: [`SetError`] if the members are not a validator set.
	pub fn set(&self) -> Result<ValidatorSet, SetError> {
		ValidatorSet::new(self.set_id.next(), self.height.next(), self.members.to_vec())
	}

	/// The place that the order names.
	pub fn place(&self) -> Place {
		Place { genesis: self.genesis, height: self.height, block_hash: self.block_hash, set_id: self.set_id }
	}

	/// Whether `signature` is a valid signature of `signer` over this order, plain or wrapped in `<Bytes>`.
	pub fn is_signed(&self, signer: &AccountId32, signature: &MultiSignature) -> bool {
		let payload = self.payload();
		let wrapped = [WRAP.0, &payload, WRAP.1].concat();
		[payload.as_bytes(), wrapped.as_bytes()].iter().any(|bytes| signature.verify(*bytes, signer))
	}
}

/// Bytes as hex digits.
struct Hex<'b>(&'b [u8]);

impl core::fmt::Display for Hex<'_> {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
	}
}

/// The place at which an order applies: the chain, the block after which it applies, and the set that would decide next
/// without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
	/// The hash of block 0.
	pub genesis: BlockHash,
	/// The block's height.
	pub height: Height,
	/// The block's hash.
	pub block_hash: BlockHash,
	/// The set in force in the state after the block.
	pub set_id: SetId,
}

/// Why an order is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryError {
	/// The order is for another chain.
	#[error("the order is for the chain of genesis {found:?}, this one's is {expected:?}")]
	OtherChain {
		/// The value that the order names.
		found: BlockHash,
		/// The hash of this chain's block 0.
		expected: BlockHash,
	},
	/// The order is for another height.
	#[error("the order is for block {found}, not for block {expected}")]
	OtherHeight {
		/// The value that the order names.
		found: Height,
		/// The height here.
		expected: Height,
	},
	/// The order is for another block.
	#[error("the order is for block {height} with hash {found:?}, here that block is {expected:?}")]
	OtherBlock {
		/// The height of both.
		height: Height,
		/// The value that the order names.
		found: BlockHash,
		/// The block here.
		expected: BlockHash,
	},
	/// The order replaces another set than the one in force.
	#[error("the order replaces set {found}, in force is set {expected}")]
	OtherSet {
		/// The value that the order names.
		found: SetId,
		/// The set in force.
		expected: SetId,
	},
	/// The order's members are not a validator set.
	#[error("the order's validators: {0}")]
	Set(SetError),
	/// The chain has no board.
	#[error("this chain has no board, so nobody can order anything")]
	NoBoard,
	/// A signer is not on the board.
	#[error("signature {position} is by {signer:?}, who is not on the board")]
	NotOnBoard {
		/// Index of the signature, from 0.
		position: usize,
		/// The account that the order names as its signer.
		signer: AccountId32,
	},
	/// A member has signed twice.
	#[error("signature {position} is a second one by {signer:?}")]
	SignedTwice {
		/// Index of the signature, from 0.
		position: usize,
		/// The account that the order names as its signer.
		signer: AccountId32,
	},
	/// A signature is invalid.
	#[error("signature {position} is not {signer:?}'s over this order")]
	BadSignature {
		/// Index of the signature, from 0.
		position: usize,
		/// The account that the order names as its signer.
		signer: AccountId32,
	},
	/// Less than two thirds of the board have signed.
	#[error("{signers} of the board's {board} members have signed, {needed} must")]
	TooFewSigners {
		/// Number of members that have signed.
		signers: usize,
		/// Number of members that must sign.
		needed: usize,
		/// Number of members of the board.
		board: usize,
	},
}

/// Number of board members that must sign an order: two thirds, rounded up.
pub const fn signers_needed(board: usize) -> usize {
	board.saturating_mul(2).div_ceil(3)
}

/// An order with signatures, as it was received. Decoding is bounded.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct UncheckedRecovery {
	/// The order.
	pub order: RecoveryOrder,
	/// Who has signed it, and how.
	pub signatures: BoundedVec<(AccountId32, MultiSignature), ConstU32<MAX_RECOVERY_SIGNATURES>>,
}

impl UncheckedRecovery {
	/// Checks that the order is for this place, and that two thirds of this board have signed it. Errors:
	/// [`RecoveryError`].
	pub fn verify(&self, place: &Place, board: &[AccountId32]) -> Result<VerifiedRecovery, RecoveryError> {
		self.check_place(place)?;
		let set = self.order.set().map_err(RecoveryError::Set)?;
		if board.is_empty() {
			return Err(RecoveryError::NoBoard);
		}
		let stranger = |(_, (signer, _)): &(usize, &(AccountId32, MultiSignature))| !board.contains(signer);
		if let Some((position, (signer, _))) = self.signatures.iter().enumerate().find(stranger) {
			return Err(RecoveryError::NotOnBoard { position, signer: signer.clone() });
		}
		let (signers, needed) = (self.signatures.len(), signers_needed(board.len()));
		// The count is checked before the signatures, which cost most. `check_signatures` finds duplicates.
		if signers < needed {
			return Err(RecoveryError::TooFewSigners { signers, needed, board: board.len() });
		}
		self.check_signatures()?;
		Ok(VerifiedRecovery { order: self.order.clone(), set, signers })
	}

	/// Checks what can be checked without the chain: that the members are a validator set, and that every signature is
	/// valid and by a different account. Returns the set. Errors: [`RecoveryError`].
	pub fn check_alone(&self) -> Result<ValidatorSet, RecoveryError> {
		let set = self.order.set().map_err(RecoveryError::Set)?;
		self.check_signatures()?;
		Ok(set)
	}

	fn check_place(&self, place: &Place) -> Result<(), RecoveryError> {
		let found = self.order.place();
		if found.genesis != place.genesis {
			return Err(RecoveryError::OtherChain { found: found.genesis, expected: place.genesis });
		}
		if found.height != place.height {
			return Err(RecoveryError::OtherHeight { found: found.height, expected: place.height });
		}
		if found.block_hash != place.block_hash {
			let (found, expected) = (found.block_hash, place.block_hash);
			return Err(RecoveryError::OtherBlock { height: place.height, found, expected });
		}
		if found.set_id != place.set_id {
			return Err(RecoveryError::OtherSet { found: found.set_id, expected: place.set_id });
		}
		Ok(())
	}

	fn check_signatures(&self) -> Result<(), RecoveryError> {
		let mut seen: Vec<&AccountId32> = Vec::with_capacity(self.signatures.len());
		for (position, (signer, signature)) in self.signatures.iter().enumerate() {
			if seen.contains(&signer) {
				return Err(RecoveryError::SignedTwice { position, signer: signer.clone() });
			}
			if !self.order.is_signed(signer, signature) {
				return Err(RecoveryError::BadSignature { position, signer: signer.clone() });
			}
			seen.push(signer);
		}
		Ok(())
	}
}

/// An order that is valid for the place and the board with which it was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedRecovery {
	order: RecoveryOrder,
	set: ValidatorSet,
	signers: usize,
}

impl VerifiedRecovery {
	/// The order.
	pub fn order(&self) -> &RecoveryOrder {
		&self.order
	}

	/// The set that decides from the next height on.
	pub fn set(&self) -> &ValidatorSet {
		&self.set
	}

	/// Number of board members that have signed.
	pub fn signers(&self) -> usize {
		self.signers
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::crypto::ValidatorPair;
	use sp_core::{crypto::Pair as _, ecdsa, ed25519, sr25519, ByteArray};
	use sp_runtime::{traits::IdentifyAccount, MultiSigner};

	fn validator(n: u8) -> ValidatorId {
		ValidatorPair::from_seed(&[n; 32]).public()
	}

	fn order(members: &[u8]) -> RecoveryOrder {
		RecoveryOrder {
			genesis: BlockHash::repeat_byte(0xaa),
			height: Height(77),
			block_hash: BlockHash::repeat_byte(0xbb),
			set_id: SetId(3),
			members: BoundedVec::truncate_from(members.iter().map(|n| validator(*n)).collect()),
		}
	}

	fn member(n: u8) -> sr25519::Pair {
		sr25519::Pair::from_seed(&[n; 32])
	}

	fn account(n: u8) -> AccountId32 {
		member(n).public().0.into()
	}

	fn board(size: u8) -> Vec<AccountId32> {
		(1..=size).map(account).collect()
	}

	fn signed(order: &RecoveryOrder, by: &[u8]) -> UncheckedRecovery {
		let payload = order.payload();
		let sign = |n: &u8| (account(*n), member(*n).sign(payload.as_bytes()).into());
		let signatures = BoundedVec::truncate_from(by.iter().map(sign).collect());
		UncheckedRecovery { order: order.clone(), signatures }
	}

	#[test]
	fn the_payload_is_fixed() {
		let mut order = order(&[]);
		let raw = |n: u8| ValidatorId::from_slice(&[n; 32]).expect("32 bytes");
		order.members = BoundedVec::truncate_from(vec![raw(0x11), raw(0x22)]);
		let expected = format!(
			"syndic/pbft/recovery/v1\nThe board orders: this chain has lost its quorum; after the block named here the \
			 validators named here decide, and nobody else.\nChain: 0x{}\nBlock: 77\nBlock hash: 0x{}\nReplaced set: 3\n\
			 Validators: 2\n0x{}\n0x{}",
			"aa".repeat(32),
			"bb".repeat(32),
			"11".repeat(32),
			"22".repeat(32),
		);
		assert_eq!(order.payload(), expected);
	}

	#[test]
	fn two_thirds_of_the_board_suffice_and_less_do_not() {
		let order = order(&[1, 2]);
		for (size, needed) in [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4), (7, 5)] {
			assert_eq!(signers_needed(size.into()), needed, "of {size}");
			let signers: Vec<u8> = (1..=needed as u8).collect();
			let verified = signed(&order, &signers).verify(&order.place(), &board(size)).unwrap();
			assert_eq!((verified.order(), verified.signers()), (&order, needed));
			let error = RecoveryError::TooFewSigners { signers: needed - 1, needed, board: size.into() };
			assert_eq!(signed(&order, &signers[1..]).verify(&order.place(), &board(size)), Err(error));
		}
	}

	#[test]
	fn the_new_set_follows_the_replaced_one() {
		let order = order(&[2, 1]);
		let verified = signed(&order, &[1]).verify(&order.place(), &board(1)).unwrap();
		let set = ValidatorSet::new(SetId(4), Height(78), vec![validator(2), validator(1)]).unwrap();
		assert_eq!(verified.set(), &set);
	}

	#[test]
	fn a_signer_counts_once() {
		let order = order(&[1, 2]);
		let error = RecoveryError::SignedTwice { position: 2, signer: account(1) };
		assert_eq!(signed(&order, &[1, 2, 1]).verify(&order.place(), &board(4)), Err(error.clone()));
		assert_eq!(signed(&order, &[1, 2, 1]).check_alone(), Err(error));
	}

	#[test]
	fn only_the_board_may_sign() {
		let order = order(&[1, 2]);
		let error = RecoveryError::NotOnBoard { position: 1, signer: account(9) };
		assert_eq!(signed(&order, &[1, 9, 2, 3]).verify(&order.place(), &board(4)), Err(error));
		assert_eq!(signed(&order, &[1]).verify(&order.place(), &[]), Err(RecoveryError::NoBoard));
	}

	/// Every field is signed: an order changed after signing is invalid.
	#[test]
	fn a_signature_holds_for_its_order_only() {
		let order = order(&[1, 2]);
		let good = signed(&order, &[1, 2, 3]);
		let other = BlockHash::repeat_byte(1);
		let changes: [fn(&mut RecoveryOrder, BlockHash); 5] = [
			|order, other| order.genesis = other,
			|order, _| order.height = Height(78),
			|order, other| order.block_hash = other,
			|order, _| order.set_id = SetId(4),
			|order, _| order.members.truncate(1),
		];
		for change in changes {
			let mut forged = good.clone();
			change(&mut forged.order, other);
			let error = RecoveryError::BadSignature { position: 0, signer: account(1) };
			assert_eq!(forged.verify(&forged.order.place(), &board(4)), Err(error));
		}
	}

	#[test]
	fn an_order_holds_for_its_place_only() {
		let order = order(&[1, 2]);
		let (good, here, other) = (signed(&order, &[1, 2, 3]), order.place(), BlockHash::repeat_byte(1));
		let refused = |place| good.verify(&place, &board(4)).unwrap_err();
		let (genesis, hash) = (here.genesis, here.block_hash);
		let error = RecoveryError::OtherChain { found: genesis, expected: other };
		assert_eq!(refused(Place { genesis: other, ..here }), error);
		let error = RecoveryError::OtherHeight { found: Height(77), expected: Height(78) };
		assert_eq!(refused(Place { height: Height(78), ..here }), error);
		let error = RecoveryError::OtherBlock { height: Height(77), found: hash, expected: other };
		assert_eq!(refused(Place { block_hash: other, ..here }), error);
		let error = RecoveryError::OtherSet { found: SetId(3), expected: SetId(4) };
		assert_eq!(refused(Place { set_id: SetId(4), ..here }), error);
	}

	#[test]
	fn the_members_must_be_a_set() {
		let refused = |members: &[u8]| {
			let order = order(members);
			signed(&order, &[1]).verify(&order.place(), &board(1)).unwrap_err()
		};
		assert_eq!(refused(&[]), RecoveryError::Set(SetError::Empty));
		assert_eq!(refused(&[1, 2, 1]), RecoveryError::Set(SetError::Duplicate { first: 0, second: 2 }));
	}

	#[test]
	fn wallets_sign_in_their_own_form_and_with_any_scheme() {
		let order = order(&[1]);
		let payload = order.payload();
		let wrapped = format!("<Bytes>{payload}</Bytes>");
		let (ed, ec) = (ed25519::Pair::from_seed(&[1; 32]), ecdsa::Pair::from_seed(&[1; 32]));
		let ec_account = MultiSigner::from(ec.public()).into_account();
		for text in [payload.as_bytes(), wrapped.as_bytes()] {
			assert!(order.is_signed(&account(1), &member(1).sign(text).into()));
			assert!(order.is_signed(&ed.public().0.into(), &ed.sign(text).into()));
			assert!(order.is_signed(&ec_account, &ec.sign(text).into()));
			assert!(!order.is_signed(&account(2), &member(1).sign(text).into()));
		}
		let half = format!("<Bytes>{payload}");
		assert!(!order.is_signed(&account(1), &member(1).sign(half.as_bytes()).into()));
	}

	#[test]
	fn decoding_is_bounded() {
		let good = signed(&order(&[1, 2]), &[1, 2]);
		let bytes = good.encode();
		assert_eq!(UncheckedRecovery::decode(&mut &bytes[..]), Ok(good.clone()));
		assert!(UncheckedRecovery::decode(&mut &bytes[..bytes.len() - 1]).is_err());
		let head = (good.order.genesis, good.order.height, good.order.block_hash, good.order.set_id).encode();
		let too_many = vec![validator(1); MAX_VALIDATORS as usize + 1];
		let bytes = [head.clone(), too_many.encode(), vec![0]].concat();
		assert!(UncheckedRecovery::decode(&mut &bytes[..]).is_err());
		let too_many = vec![good.signatures[0].clone(); MAX_RECOVERY_SIGNATURES as usize + 1];
		let bytes = [good.order.encode(), too_many.encode()].concat();
		assert!(UncheckedRecovery::decode(&mut &bytes[..]).is_err());
		assert_eq!(good.order.place().height, Height(77));
	}
}
