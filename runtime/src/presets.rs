//! The genesis presets: `dev`, one validator, and `local`, four.
//!
//! Both are for one's own machine. Their keys are derived from the names of the well-known development accounts, which
//! everybody can do: a validator's consensus key is ed25519 from `//Alice`, its institution's account is sr25519 from
//! `//Alice`.
//!
//! Each member of the board has an institution of its own, whose administrator it is. The other well-known accounts are
//! clients of these institutions, in turn. But for Ferdie: it is the administrator of one more institution, without a
//! seat or a validator, so that one can be added.

use crate::{
	configs::money::UNIT, AccountId, BalancesConfig, BoardConfig, ConsensusConfigConfig, IdentityConfig, NodesConfig,
	RuntimeGenesisConfig, SudoConfig, ValidatorsConfig,
};
use alloc::{format, string::ToString, vec, vec::Vec};
use frame_support::build_struct_json_patch;
use pallet_identity::{
	genesis::{GenesisIdentity, GenesisInstitution},
	types::{Kind, Role},
};
use pallet_validators::genesis::GenesisRegistration;
use serde_json::Value;
use sp_genesis_builder::PresetId;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use syndic_primitives::{Parameters, ValidatorId};

/// One validator, and a sudo key: to develop against.
pub const DEV: &str = "dev";

/// Four validators, governed by a board of four.
pub const LOCAL: &str = "local";

/// The PeerIds of the four, by the node keys 1 to 4 that `scripts/run` gives them.
const LOCAL_PEERS: [&str; 4] = [
	"12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp",
	"12D3KooWHdiAxVd8uMQR1hGWXccidmfCwLqcMpGwR6QcTP6QRMuD",
	"12D3KooWSCufgHzV4fCwRijfH2k3abrpAJxTKxEvN1FDuRXA2U9x",
	"12D3KooWSsChzF81YDUKpe9Uk5AHV5oqAaXAcWNSPYgoLauUk4st",
];

/// What each well-known account has.
const ENDOWMENT: u128 = 1_000_000 * UNIT;

/// How many transactions each institution may send in an hour: as many as one wants to try out.
const QUOTA: u32 = 10_000_000;

/// The administrator of the institution that has neither a seat nor a validator.
const NEWCOMER: Sr25519Keyring = Sr25519Keyring::Ferdie;

/// The names of the presets.
pub fn names() -> Vec<PresetId> {
	vec![DEV.into(), LOCAL.into()]
}

/// A preset as JSON, to be merged with the default genesis.
pub fn get(name: &str) -> Option<Vec<u8>> {
	let preset = match name {
		DEV => dev(),
		LOCAL => local(),
		_ => return None,
	};
	// A tree of JSON values has no key that is not a string, which is all that could fail.
	serde_json::to_vec(&preset).ok()
}

fn dev() -> Value {
	// Its node makes its own node key.
	genesis(&[Ed25519Keyring::Alice], &[], &[Sr25519Keyring::Alice], Some(Sr25519Keyring::Alice))
}

fn local() -> Value {
	use {Ed25519Keyring as Validator, Sr25519Keyring as Institution};
	genesis(
		&[Validator::Alice, Validator::Bob, Validator::Charlie, Validator::Dave],
		&LOCAL_PEERS,
		&[Institution::Alice, Institution::Bob, Institution::Charlie, Institution::Dave],
		None,
	)
}

fn genesis(
	validators: &[Ed25519Keyring],
	peers: &[&str],
	board: &[Sr25519Keyring],
	sudo: Option<Sr25519Keyring>,
) -> Value {
	build_struct_json_patch!(RuntimeGenesisConfig {
		balances: BalancesConfig {
			balances: Sr25519Keyring::well_known().map(|who| (who.to_account_id(), ENDOWMENT)).collect::<Vec<_>>(),
		},
		sudo: SudoConfig { key: sudo.map(|who| who.to_account_id()) },
		board: BoardConfig { members: board.iter().map(|who| who.to_account_id()).collect::<Vec<AccountId>>() },
		identity: IdentityConfig { institutions: institutions(board), identities: identities(board) },
		validators: ValidatorsConfig {
			validators: validators.iter().map(|who| who.public().into()).collect::<Vec<ValidatorId>>(),
			registrations: registrations(validators, peers, board),
		},
		consensus_config: ConsensusConfigConfig { parameters: Parameters::default() },
		// The validators' nodes are let in by their registrations. The list is not enforced, so that anybody can try out a
		// fifth node.
		nodes: NodesConfig { enforced: false, nodes: Vec::new() },
	})
}

/// Each validator is of the institution at its place in the board, and its rewards go to that member's account.
fn registrations(
	validators: &[Ed25519Keyring],
	peers: &[&str],
	board: &[Sr25519Keyring],
) -> Vec<GenesisRegistration<AccountId>> {
	let registration =
		|(number, (validator, member)): (usize, (&Ed25519Keyring, &Sr25519Keyring))| GenesisRegistration {
			validator: validator.public().into(),
			institution: number as u32,
			account: member.to_account_id(),
			peer: peers.get(number).map(ToString::to_string),
			addresses: Vec::new(),
		};
	validators.iter().zip(board).enumerate().map(registration).collect()
}

fn institutions(board: &[Sr25519Keyring]) -> Vec<GenesisInstitution> {
	let institution = |who: &Sr25519Keyring| GenesisInstitution {
		name: format!("Bank of {who}"),
		kind: Kind::Bank,
		roots: Vec::new(),
		quota: QUOTA,
	};
	board.iter().chain([&NEWCOMER]).map(institution).collect()
}

fn identities(board: &[Sr25519Keyring]) -> Vec<GenesisIdentity<AccountId>> {
	let identity = |(number, who): (usize, Sr25519Keyring)| {
		let is_newcomer = who == NEWCOMER;
		let administers = is_newcomer || board.contains(&who);
		GenesisIdentity {
			account: who.to_account_id(),
			institution: if is_newcomer { board.len() } else { number % board.len() } as u32,
			role: if administers { Role::Administrator } else { Role::Client },
			name: format!("{who}"),
			not_after: None,
		}
	};
	Sr25519Keyring::well_known().enumerate().map(identity).collect()
}
