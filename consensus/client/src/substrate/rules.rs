//! Reads what the engine needs from a block's state, at fixed storage keys.

use crate::chain::{ChainError, Home};
use codec::{Decode, DecodeAll};
use sc_client_api::{backend::Backend, StorageKey, StorageProvider};
use sp_api::{ApiError, ApiExt, ProvideRuntimeApi};
use sp_runtime::AccountId32;
use sp_state_machine::StorageCollection;
use syndic_primitives::{
	api::{NextCommittee, ValidatorsApi},
	block::Block,
	storage_keys::{
		StorageItem, BOARD_MEMBERS, NEXT_COMMITTEE, PARAMETERS, SCHEDULED_PARAMETERS, SCHEDULED_SET, VALIDATOR_SET,
	},
	BlockHash, Height, Parameters, RegisteredValidator, Rules, ScheduledSet, ValidatorId, ValidatorSet, ENGINE_VERSION,
	MAX_VALIDATORS,
};

/// The time of a block, in ms: `u64`.
pub(super) const NOW: StorageItem = StorageItem { pallet: "Timestamp", item: "Now" };

/// Reads a storage item; `None` if it does not exist.
fn read<C, B, T>(client: &C, at: BlockHash, item: StorageItem) -> Result<Option<T>, ChainError>
where
	B: Backend<Block>,
	C: StorageProvider<Block, B>,
	T: Decode,
{
	read_with(client, at, item, |mut bytes| T::decode_all(&mut bytes))
}

/// Reads a storage item with its own decoder.
fn read_with<C, B, T>(
	client: &C,
	at: BlockHash,
	item: StorageItem,
	decode: fn(&[u8]) -> Result<T, codec::Error>,
) -> Result<Option<T>, ChainError>
where
	B: Backend<Block>,
	C: StorageProvider<Block, B>,
{
	let key = StorageKey(item.key().to_vec());
	let stored = client.storage(at, &key).map_err(ChainError::client("reading the state of a block"))?;
	stored.map(|data| decode(&data.0).map_err(|e| undecodable(at, item, e.to_string()))).transpose()
}

/// Decodes a storage item, which must use all of the bytes.
fn decode<T: Decode>(mut bytes: &[u8], at: BlockHash, item: StorageItem) -> Result<T, ChainError> {
	T::decode_all(&mut bytes).map_err(|e| undecodable(at, item, e.to_string()))
}

/// Decodes parameters and checks that an engine can run by them. Whether this engine's version can is not checked.
fn decode_parameters(bytes: &[u8], at: BlockHash) -> Result<Parameters, ChainError> {
	let parameters =
		Parameters::decode_stored(bytes).map_err(|error| undecodable(at, PARAMETERS, error.to_string()))?;
	parameters.check_engine().map_err(|error| undecodable(at, PARAMETERS, error.to_string()))?;
	Ok(parameters)
}

/// A node must not continue by rules of a version that it does not know.
fn check_version(parameters: &Parameters, at: BlockHash) -> Result<(), ChainError> {
	match parameters.engine_version > ENGINE_VERSION {
		true => Err(ChainError::EngineTooOld { asked: parameters.engine_version, supported: ENGINE_VERSION, at }),
		false => Ok(()),
	}
}

fn undecodable(at: BlockHash, item: StorageItem, reason: String) -> ChainError {
	ChainError::ItemUndecodable { pallet: item.pallet, item: item.item, at, reason }
}

fn missing(at: BlockHash, item: StorageItem) -> ChainError {
	ChainError::ItemMissing { pallet: item.pallet, item: item.item, at }
}

/// The rules of the height after `at`.
pub(super) fn rules_after<C, B>(client: &C, at: BlockHash) -> Result<Rules, ChainError>
where
	B: Backend<Block>,
	C: StorageProvider<Block, B>,
{
	let set = read(client, at, VALIDATOR_SET)?.ok_or_else(|| missing(at, VALIDATOR_SET))?;
	let parameters = read_with(client, at, PARAMETERS, Parameters::decode_stored)?;
	let parameters = parameters.ok_or_else(|| missing(at, PARAMETERS))?;
	parameters.check_engine().map_err(|e| undecodable(at, PARAMETERS, e.to_string()))?;
	check_version(&parameters, at)?;
	let set_until = scheduled_set::<C, B>(client, at)?.map(|next| next.since.previous());
	let until = set_until.into_iter().chain(parameters_until::<C, B>(client, at)?).min();
	Ok(Rules { set, parameters, until })
}

/// The last height for which the parameters of the height after `at` are in force, if a change of the parameters is
/// scheduled.
pub(super) fn parameters_until<C, B>(client: &C, at: BlockHash) -> Result<Option<Height>, ChainError>
where
	B: Backend<Block>,
	C: StorageProvider<Block, B>,
{
	// The runtime keeps the scheduled changes ascending.
	let changes = read_with(client, at, SCHEDULED_PARAMETERS, Parameters::decode_schedule)?.unwrap_or_default();
	Ok(changes.first().map(|(since, _)| since.previous()))
}

/// The accounts of the board.
pub(super) fn board<C, B>(client: &C, at: BlockHash) -> Result<Vec<AccountId32>, ChainError>
where
	B: Backend<Block>,
	C: StorageProvider<Block, B>,
{
	Ok(read(client, at, BOARD_MEMBERS)?.unwrap_or_default())
}

/// The scheduled set with the first height that it decides, if a change is scheduled.
fn scheduled_set<C, B>(client: &C, at: BlockHash) -> Result<Option<ScheduledSet>, ChainError>
where
	B: Backend<Block>,
	C: StorageProvider<Block, B>,
{
	// The runtime stores the `Option` as the item itself: an absent item is `None`.
	read(client, at, SCHEDULED_SET)
}

/// The members of the scheduled set, if a change is scheduled.
pub(super) fn scheduled_members<C, B>(client: &C, at: BlockHash) -> Result<Vec<ValidatorId>, ChainError>
where
	B: Backend<Block>,
	C: StorageProvider<Block, B>,
{
	Ok(scheduled_set::<C, B>(client, at)?.map(|next| next.members).unwrap_or_default())
}

/// The members of the next era's committee, if it is elected. An error reads as no committee, because the result only
/// tells which validators to connect early.
pub(super) fn next_committee<C, B>(client: &C, at: BlockHash) -> Vec<ValidatorId>
where
	B: Backend<Block>,
	C: StorageProvider<Block, B>,
{
	match read::<C, B, NextCommittee>(client, at, NEXT_COMMITTEE) {
		Ok(next) => {
			let mut members = next.map(|next| next.members).unwrap_or_default();
			members.truncate(MAX_VALIDATORS as usize);
			members
		}
		Err(error) => {
			log::debug!(target: crate::LOG, "The next committee is not connected early: {error}");
			Vec::new()
		}
	}
}

/// The nodes of these validators, without the validators that have registered no node.
pub(super) fn homes<C>(client: &C, at: BlockHash, validators: &[ValidatorId]) -> Result<Vec<Home>, ApiError>
where
	C: ProvideRuntimeApi<Block, Api: ValidatorsApi<Block, AccountId32>>,
{
	let api = client.runtime_api();
	if !api.has_api::<dyn ValidatorsApi<Block, AccountId32>>(at)? {
		return Ok(Vec::new());
	}
	let wanted = api.registrations(at)?.into_iter().filter(|registered| validators.contains(&registered.validator));
	let home = |registered: RegisteredValidator<AccountId32>| {
		registered.peer.map(|peer| Home { peer, addresses: registered.addresses })
	};
	Ok(wanted.filter_map(home).collect())
}

/// The timestamp of a block, in ms.
pub(super) fn timestamp<C, B>(client: &C, at: BlockHash) -> Result<Option<u64>, ChainError>
where
	B: Backend<Block>,
	C: StorageProvider<Block, B>,
{
	read(client, at, NOW)
}

/// The error if the changes of a block would leave the engine without valid rules. No validator may vote for such a
/// block, because no height could follow it.
pub(super) fn broken_by(changes: &StorageCollection, block: BlockHash) -> Option<ChainError> {
	let changed = |item: StorageItem| {
		let key = item.key();
		changes.iter().find(|(k, _)| k[..] == key[..]).map(|(_, value)| value)
	};
	let set = match changed(VALIDATOR_SET) {
		Some(None) => Err(missing(block, VALIDATOR_SET)),
		Some(Some(bytes)) => decode::<ValidatorSet>(bytes, block, VALIDATOR_SET).map(drop),
		None => Ok(()),
	};
	let parameters = match changed(PARAMETERS) {
		Some(None) => Err(missing(block, PARAMETERS)),
		// A parameter that requires another engine version than this node's does not make the block invalid: upgraded
		// nodes continue from it.
		Some(Some(bytes)) => decode_parameters(bytes, block).map(drop),
		None => Ok(()),
	};
	set.and(parameters).err()
}

/// The validator set that a block's changes put in force.
pub(super) fn set_put_by(changes: &StorageCollection) -> Option<ValidatorSet> {
	let key = VALIDATOR_SET.key();
	let (_, value) = changes.iter().find(|(k, _)| k[..] == key[..])?;
	ValidatorSet::decode_all(&mut &value.as_ref()?[..]).ok()
}

/// The timestamp that a block's changes set, in ms.
pub(super) fn timestamp_set_by(changes: &StorageCollection) -> Option<u64> {
	let key = NOW.key();
	let (_, value) = changes.iter().find(|(k, _)| k[..] == key[..])?;
	u64::decode_all(&mut &value.as_ref()?[..]).ok()
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::Encode;

	fn put(item: StorageItem, value: Option<Vec<u8>>) -> (Vec<u8>, Option<Vec<u8>>) {
		(item.key().to_vec(), value)
	}

	#[test]
	fn a_block_that_spoils_the_rules_is_found_out() {
		let good = Parameters::default();
		let bad = Parameters { block_period: 1, ..good.clone() };
		let cases = [
			(vec![], None),
			(vec![put(PARAMETERS, Some(good.encode()))], None),
			(vec![put(PARAMETERS, Some(bad.encode()))], Some("blockPeriod is 1")),
			(vec![put(PARAMETERS, Some(vec![1, 2, 3]))], Some("ConsensusConfig.CurrentParameters")),
			(vec![put(PARAMETERS, None)], Some("ConsensusConfig.CurrentParameters is missing")),
			(vec![put(VALIDATOR_SET, None)], Some("Validators.CurrentSet is missing")),
			(vec![put(VALIDATOR_SET, Some((0u64, 0u32, Vec::<u8>::new()).encode()))], Some("Validators.CurrentSet")),
		];
		for (changes, expected) in cases {
			let found = broken_by(&changes, BlockHash::zero()).map(|e| e.to_string());
			match expected {
				None => assert_eq!(found, None),
				Some(part) => assert!(found.as_ref().is_some_and(|f| f.contains(part)), "{found:?} lacks {part}"),
			}
		}
	}

	#[test]
	fn what_an_older_runtime_accepted_is_run_by() {
		// Eleven parameters, with a timeout growth that today's rules do not accept.
		let mut old = Parameters { timeout_growth: 100, ..Parameters::default() };
		let stored = old.encode()[..38].to_vec();
		assert!(old.check().is_err());
		assert_eq!(decode_parameters(&stored, BlockHash::zero()).unwrap(), old);
		assert_eq!(broken_by(&vec![put(PARAMETERS, Some(stored))], BlockHash::zero()).map(|e| e.to_string()), None);
		old.block_period = 1;
		assert!(decode_parameters(&old.encode()[..38], BlockHash::zero()).is_err());
	}

	#[test]
	fn a_version_that_this_engine_does_not_know_stops_it_and_does_not_spoil_the_block() {
		let next = Parameters { engine_version: ENGINE_VERSION + 1, ..Parameters::default() };
		assert_eq!(
			broken_by(&vec![put(PARAMETERS, Some(next.encode()))], BlockHash::zero()).map(|e| e.to_string()),
			None
		);
		let error = check_version(&next, BlockHash::zero()).unwrap_err().to_string();
		let (asked, known) = (ENGINE_VERSION + 1, ENGINE_VERSION);
		let expected =
			format!("runs version {asked} of the protocol, and this node supports up to {known}: upgrade it");
		assert!(error.ends_with(&expected), "{error}");
		assert!(check_version(&Parameters::default(), BlockHash::zero()).is_ok());
	}

	#[test]
	fn the_time_is_read_from_what_the_block_changes() {
		assert_eq!(timestamp_set_by(&vec![put(NOW, Some(77u64.encode()))]), Some(77));
		for changes in [vec![], vec![put(NOW, None)], vec![put(NOW, Some(vec![1]))]] {
			assert_eq!(timestamp_set_by(&changes), None);
		}
	}
}
