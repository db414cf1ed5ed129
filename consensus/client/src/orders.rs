//! The orders of the board that this node was given. An order says where the chain continues with another validator set
//! than the one that its state names.
//!
//! An order is not trusted because the node was given it. Each time an order is used, it is verified against the board
//! in the state of the block that it names. Until that block is in the database, the order waits.

use std::collections::BTreeMap;
use syndic_primitives::{BlockHash, Height, RecoveryError, UncheckedRecovery};

/// Why orders cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrdersError {
	/// The order is invalid on every chain: its set is invalid, or a signature is.
	#[error("the recovery order for block {height}: {error}")]
	Unsound {
		/// The height that it names.
		height: Height,
		/// What is wrong with it.
		error: RecoveryError,
	},
	/// Two orders name the same height.
	#[error("two recovery orders are for block {0}, and there can be one")]
	Two(Height),
}

/// The orders that this node was given, by the height that they name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Orders(BTreeMap<Height, UncheckedRecovery>);

impl Orders {
	/// Takes orders whose signatures are valid. Whether the signers are the board, only the state of the block that an
	/// order names can tell.
	pub fn new(orders: impl IntoIterator<Item = UncheckedRecovery>) -> Result<Self, OrdersError> {
		let mut taken = BTreeMap::new();
		for recovery in orders {
			let height = recovery.order.height;
			recovery.check_alone().map_err(|error| OrdersError::Unsound { height, error })?;
			if taken.insert(height, recovery).is_some() {
				return Err(OrdersError::Two(height));
			}
		}
		Ok(Self(taken))
	}

	/// The order that names this block.
	pub fn after(&self, block: BlockHash) -> Option<&UncheckedRecovery> {
		// There is hardly ever more than one order, so a linear search is enough.
		self.0.values().find(|recovery| recovery.order.block_hash == block)
	}

	/// All orders, by ascending height.
	pub fn iter(&self) -> impl Iterator<Item = &UncheckedRecovery> {
		self.0.values()
	}
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
	use sp_runtime::BoundedVec;
	use syndic_primitives::{RecoveryOrder, SetError, SetId};

	/// An order for a block, with validators Alice and Bob.
	pub(crate) fn order(genesis: BlockHash, height: u32, block_hash: BlockHash) -> RecoveryOrder {
		let members = [Ed25519Keyring::Alice, Ed25519Keyring::Bob].map(|key| key.public().into());
		let members = BoundedVec::truncate_from(members.to_vec());
		RecoveryOrder { genesis, height: Height(height), block_hash, set_id: SetId(0), members }
	}

	pub(crate) fn sign(order: RecoveryOrder, by: &[Sr25519Keyring]) -> UncheckedRecovery {
		let payload = order.payload();
		let signatures = by.iter().map(|who| (who.to_account_id(), who.sign(payload.as_bytes()).into())).collect();
		UncheckedRecovery { order, signatures: BoundedVec::truncate_from(signatures) }
	}

	fn signed(height: u32, block: u8) -> UncheckedRecovery {
		let hash = BlockHash::repeat_byte(block);
		sign(order(BlockHash::zero(), height, hash), &[Sr25519Keyring::Alice])
	}

	#[test]
	fn an_order_is_found_by_the_block_that_it_names() {
		let orders = Orders::new([signed(9, 1), signed(5, 2)]).unwrap();
		assert_eq!(orders.after(BlockHash::repeat_byte(1)).map(|r| r.order.height), Some(Height(9)));
		assert_eq!(orders.after(BlockHash::repeat_byte(3)), None);
		assert_eq!(orders.iter().map(|r| r.order.height.0).collect::<Vec<_>>(), [5, 9]);
	}

	#[test]
	fn what_holds_nowhere_is_not_taken() {
		assert_eq!(Orders::new([signed(9, 1), signed(9, 2)]), Err(OrdersError::Two(Height(9))));
		let mut forged = signed(9, 1);
		forged.order.height = Height(10);
		let signer = Sr25519Keyring::Alice.to_account_id();
		let error = RecoveryError::BadSignature { position: 0, signer };
		assert_eq!(Orders::new([forged]), Err(OrdersError::Unsound { height: Height(10), error }));
		let mut empty = order(BlockHash::zero(), 9, BlockHash::zero());
		empty.members.clear();
		let error = OrdersError::Unsound { height: Height(9), error: RecoveryError::Set(SetError::Empty) };
		assert_eq!(Orders::new([sign(empty, &[])]), Err(error));
	}
}
