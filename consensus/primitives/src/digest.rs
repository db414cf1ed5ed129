//! What a header says of the consensus, for light clients and warp sync.

use crate::{Height, SetId, ValidatorId, ENGINE_ID};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;
use sp_runtime::generic::DigestItem;

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
}

impl ConsensusLog {
	/// As a digest item.
	pub fn to_digest_item(&self) -> DigestItem {
		DigestItem::Consensus(ENGINE_ID, self.encode())
	}
}
