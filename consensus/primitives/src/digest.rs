//! Consensus items in a header's digest, for light clients and warp sync.

use crate::{recovery::RecoveryOrder, Height, SetId, ValidatorId, ENGINE_ID};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;
use sp_runtime::generic::{Digest, DigestItem};

/// A note in a header's digest, under [`ENGINE_ID`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub enum ConsensusLog {
	/// The block that carries it is the last one of its set.
	#[codec(index = 0)]
	SetChange {
		/// The next set.
		id: SetId,
		/// The first height it decides: the one after this block.
		since: Height,
		/// Its members, in order.
		members: Vec<ValidatorId>,
	},
	/// The block that carries it is the first one of another set, by an order of the board: the one before it was the last
	/// that the old set could decide. The signatures are in the block's body.
	#[codec(index = 1)]
	Recovery(RecoveryOrder),
}

impl ConsensusLog {
	/// Encodes the item as a digest item under [`ENGINE_ID`].
	pub fn to_digest_item(&self) -> DigestItem {
		DigestItem::Consensus(ENGINE_ID, self.encode())
	}

	/// The recovery order by which a block is the first one of another set, if the block's digest holds one.
	pub fn recovery_in(digest: &Digest) -> Option<RecoveryOrder> {
		digest.logs.iter().find_map(|item| match item.consensus_try_to(&ENGINE_ID) {
			Some(Self::Recovery(order)) => Some(order),
			_ => None,
		})
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::BlockHash;

	#[test]
	fn an_order_is_found_among_other_notes() {
		let order = RecoveryOrder {
			genesis: BlockHash::repeat_byte(1),
			height: Height(7),
			block_hash: BlockHash::repeat_byte(2),
			set_id: SetId(3),
			members: Default::default(),
		};
		let change = ConsensusLog::SetChange { id: SetId(4), since: Height(8), members: Vec::new() }.to_digest_item();
		let recovery = ConsensusLog::Recovery(order.clone()).to_digest_item();
		let foreign = DigestItem::Consensus(*b"ELSE", ConsensusLog::Recovery(order.clone()).encode());
		let found = |logs| ConsensusLog::recovery_in(&Digest { logs });
		assert_eq!(found(vec![change.clone(), recovery]), Some(order));
		assert_eq!(found(vec![change, foreign]), None);
	}
}
