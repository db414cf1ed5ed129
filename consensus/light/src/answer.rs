//! Answers as JSON, as the node gives them and as they are checked. Bytes are hex with `0x`.

use serde::{Deserialize, Serialize};
use sp_core::{ed25519, Bytes, H256};
use syndic_primitives::{builtin::Address, BlockHash, Height, SetError, SetId, SignerIndex, ValidatorSet};

/// A block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockAnswer {
	/// Its height.
	pub height: Height,
	/// Its hash.
	pub hash: BlockHash,
}

/// Answer of `builtin_read`: the value of a contract's storage item after a block, and its proof if it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadAnswer {
	/// The chain: the hash of its block 0.
	pub genesis: BlockHash,
	/// The block after which it was read.
	pub at: BlockAnswer,
	/// The contract's address.
	pub address: Address,
	/// The contract's name.
	pub contract: String,
	/// The item's name.
	pub item: String,
	/// The keys of the entry, in SCALE, if the item is a map.
	pub keys: Vec<Bytes>,
	/// The storage key of these: contract, item and keys.
	pub key: Bytes,
	/// The value in SCALE; `null` if nothing is stored there.
	pub value: Option<Bytes>,
	/// The nodes of the state's trie on the way to the value.
	pub proof: Option<Vec<Bytes>>,
	/// The block's header in SCALE.
	pub header: Option<Bytes>,
	/// The commit certificate of the block in SCALE. `null` at genesis even with a proof, because genesis has none.
	pub certificate: Option<Bytes>,
}

/// A validator set: the fields of an answer of `pbft_validators` that define it. Other fields are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SetAnswer {
	/// The set's number.
	pub set_id: SetId,
	/// The first height that it decides.
	pub since: Height,
	/// Its members, in order.
	pub members: Vec<MemberAnswer>,
}

/// A member of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberAnswer {
	/// Its position.
	pub index: SignerIndex,
	/// Its consensus key.
	pub key: H256,
}

/// Why an answer gives no validator set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetAnswerError {
	/// Members are out of order. Signers are known by their position, so the order counts.
	#[error("members[{position}] has index {index}: members must be listed by index, from 0, none left out")]
	OutOfOrder {
		/// The position at which the member is listed.
		position: usize,
		/// The index that it names.
		index: SignerIndex,
	},
	/// The members cannot form a set.
	#[error("members: {0}")]
	Set(#[from] SetError),
}

impl TryFrom<SetAnswer> for ValidatorSet {
	type Error = SetAnswerError;

	fn try_from(answer: SetAnswer) -> Result<Self, SetAnswerError> {
		let SetAnswer { set_id, since, members } = answer;
		if let Some((position, member)) =
			members.iter().enumerate().find(|(position, member)| usize::from(member.index.0) != *position)
		{
			return Err(SetAnswerError::OutOfOrder { position, index: member.index });
		}
		let keys = members.into_iter().map(|member| ed25519::Public::from(member.key.0).into()).collect();
		Ok(ValidatorSet::new(set_id, since, keys)?)
	}
}
