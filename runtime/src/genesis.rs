//! The checks of a genesis.
//!
//! [`check`] judges a genesis before anything is built from it. The runtime calls it before it builds the state, and a
//! node before it creates a database. So a mistake in a chain spec gives an error that names the field, not a panic.

use crate::{
	configs::{governance::MAX_MEMBERS, money::EXISTENTIAL_DEPOSIT},
	Balance, RuntimeGenesisConfig,
};
use alloc::{
	collections::{
		btree_map::{BTreeMap, Entry},
		BTreeSet,
	},
	string::{String, ToString},
	vec,
	vec::Vec,
};
use frame_support::traits::BuildGenesisConfig;
use syndic_primitives::{Membership, ParameterError, ValidatorId, ENGINE_VERSION};

/// Why a genesis is refused. Each message names the field as in JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
	/// The genesis is not JSON, a field is missing or unknown, or a value has the wrong type.
	#[error("the genesis cannot be read: {0}")]
	Json(String),
	/// The validators make no valid set, or their registrations are invalid. The inner message names the field.
	#[error(transparent)]
	Validators(pallet_validators::genesis::GenesisError),
	/// A validator is registered for an institution that does not exist.
	#[error(
		"validators.registrations: entry {index} is of institution {institution}, there are {count}, counted from 0"
	)]
	UnknownInstitution {
		/// Position of the entry.
		index: usize,
		/// The institution that the entry names.
		institution: u32,
		/// Number of institutions.
		count: usize,
	},
	/// A parameter, or a combination of them, would stop the chain.
	#[error("consensusConfig.parameters.{0}")]
	Parameters(ParameterError),
	/// There is neither a board nor a sudo key.
	#[error("board.members is empty and sudo.key is not set, so nobody could ever change anything")]
	NobodyGoverns,
	/// An account is twice in the board, and would have two votes.
	#[error("board.members: members {first} and {second} are the same account")]
	DuplicateBoardMember {
		/// Position of the first occurrence.
		first: usize,
		/// Position of the second occurrence.
		second: usize,
	},
	/// The board has more members than [`MAX_MEMBERS`].
	#[error("board.members: {count} members, at most {bound} are possible")]
	TooManyBoardMembers {
		/// Number of members.
		count: usize,
		/// Maximum number of members.
		bound: u32,
	},
	/// The institutions or identities are invalid. The inner message names the field.
	#[error(transparent)]
	Identity(pallet_identity::genesis::GenesisError),
	/// The nodes are invalid. The inner message names the field.
	#[error(transparent)]
	Nodes(pallet_nodes::genesis::GenesisError),
	/// An account has two balances.
	#[error("balances.balances: entries {first} and {second} are for the same account")]
	DuplicateBalance {
		/// Position of the first occurrence.
		first: usize,
		/// Position of the second occurrence.
		second: usize,
	},
	/// A balance is below the existential deposit.
	#[error("balances.balances: entry {index} is {balance}, an account needs at least {bound}")]
	BalanceTooSmall {
		/// Position of the entry.
		index: usize,
		/// Balance of the entry.
		balance: Balance,
		/// Minimum balance.
		bound: Balance,
	},
	/// The sum of all balances does not fit into a [`Balance`].
	#[error("balances.balances: the total is more than {}", Balance::MAX)]
	TotalTooLarge,
	/// `balances.devAccounts` is set, which creates accounts whose keys anybody can derive.
	#[error("balances.devAccounts must be null: list every account in balances.balances")]
	DevAccounts,
}

/// Judges a whole genesis; the first error is reported.
pub fn check(genesis: &RuntimeGenesisConfig) -> Result<(), GenesisError> {
	genesis.validators.check().map_err(GenesisError::Validators)?;
	genesis.consensus_config.check().map_err(GenesisError::Parameters)?;
	check_governance(genesis)?;
	genesis.identity.check().map_err(GenesisError::Identity)?;
	check_registrations(genesis)?;
	check_parameters(genesis)?;
	check_nodes(genesis)?;
	check_balances(genesis)
}

fn check_registrations(genesis: &RuntimeGenesisConfig) -> Result<(), GenesisError> {
	let count = genesis.identity.institutions.len();
	let mut registrations = genesis.validators.registrations.iter().enumerate();
	match registrations.find(|(_, registration)| registration.institution as usize >= count) {
		Some((index, of)) => Err(GenesisError::UnknownInstitution { index, institution: of.institution, count }),
		None => Ok(()),
	}
}

/// Checks the parameters for the validators of the genesis. All engines are taken to be of this version.
fn check_parameters(genesis: &RuntimeGenesisConfig) -> Result<(), GenesisError> {
	let validators = &genesis.validators.validators;
	let registrations = &genesis.validators.registrations;
	let institution_of =
		|key: &ValidatorId| registrations.iter().find(|of| of.validator == *key).map(|of| of.institution);
	let institutions: BTreeSet<_> = validators.iter().filter_map(institution_of).collect();
	let alone = validators.iter().filter(|key| institution_of(key).is_none()).count();
	let membership = Membership {
		members: vec![ENGINE_VERSION; validators.len()],
		registered: vec![ENGINE_VERSION; validators.len()],
		institutions: (institutions.len() + alone) as u32,
	};
	let parameters = &genesis.consensus_config.parameters;
	parameters.check_for(None, &membership).map_err(GenesisError::Parameters)
}

/// Checks the nodes. If the list is enforced, it must let a quorum of the validators in.
fn check_nodes(genesis: &RuntimeGenesisConfig) -> Result<(), GenesisError> {
	let quorum = syndic_primitives::set::quorum(genesis.validators.validators.len()) as u32;
	let registrations = &genesis.validators.registrations;
	let has_peer = |key: &ValidatorId| registrations.iter().any(|of| of.validator == *key && of.peer.is_some());
	let known = genesis.validators.validators.iter().filter(|key| has_peer(key)).count() as u32;
	genesis.nodes.check(genesis.identity.institutions.len(), quorum, known).map_err(GenesisError::Nodes)
}

fn check_governance(genesis: &RuntimeGenesisConfig) -> Result<(), GenesisError> {
	let members = &genesis.board.members;
	if members.is_empty() && genesis.sudo.key.is_none() {
		return Err(GenesisError::NobodyGoverns);
	}
	if members.len() > MAX_MEMBERS as usize {
		return Err(GenesisError::TooManyBoardMembers { count: members.len(), bound: MAX_MEMBERS });
	}
	match duplicate(members) {
		Some((first, second)) => Err(GenesisError::DuplicateBoardMember { first, second }),
		None => Ok(()),
	}
}

fn check_balances(genesis: &RuntimeGenesisConfig) -> Result<(), GenesisError> {
	let balances = &genesis.balances;
	if balances.dev_accounts.is_some() {
		return Err(GenesisError::DevAccounts);
	}
	if let Some((first, second)) = duplicate(balances.balances.iter().map(|(account, _)| account)) {
		return Err(GenesisError::DuplicateBalance { first, second });
	}
	let mut total: Balance = 0;
	for (index, (_, balance)) in balances.balances.iter().enumerate() {
		if *balance < EXISTENTIAL_DEPOSIT {
			return Err(GenesisError::BalanceTooSmall { index, balance: *balance, bound: EXISTENTIAL_DEPOSIT });
		}
		total = total.checked_add(*balance).ok_or(GenesisError::TotalTooLarge)?;
	}
	Ok(())
}

/// The two positions of the first item that occurs a second time.
fn duplicate<T: Ord>(items: impl IntoIterator<Item = T>) -> Option<(usize, usize)> {
	let mut seen = BTreeMap::new();
	items.into_iter().enumerate().find_map(|(second, item)| match seen.entry(item) {
		Entry::Occupied(first) => Some((*first.get(), second)),
		Entry::Vacant(place) => {
			place.insert(second);
			None
		}
	})
}

/// Reads a whole genesis from JSON, and judges it. Every field must be there: the caller merges a chain spec's patch
/// with the defaults first.
pub fn parse(json: &[u8]) -> Result<RuntimeGenesisConfig, GenesisError> {
	let genesis = serde_json::from_slice(json).map_err(|error| GenesisError::Json(error.to_string()))?;
	check(&genesis)?;
	Ok(genesis)
}

/// Reads a whole genesis from JSON, judges it and builds the state from it: the runtime API's `build_state`.
pub fn build_state(json: Vec<u8>) -> sp_genesis_builder::Result {
	parse(&json).map_err(|error| error.to_string())?.build();
	Ok(())
}
