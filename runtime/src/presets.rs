//! The genesis presets: `dev`, one validator, and `local`, four.
//!
//! Both are for development on one machine. Their keys are derived from the names of the well-known development
//! accounts, so everybody can derive them: the consensus key of the validator Alice is the ed25519 key of `//Alice`,
//! and the account of its institution is the sr25519 key of `//Alice`.
//!
//! Each member of the board is the administrator of an institution of its own. The other well-known accounts are
//! clients of these institutions, in turn. Ferdie is the exception: it is the administrator of one more institution,
//! which has neither a seat nor a validator, so that both can be added.

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

/// The preset for development: one validator, and a sudo key.
pub const DEV: &str = "dev";

/// The preset of a local network: four validators, governed by a board of four.
pub const LOCAL: &str = "local";

/// The PeerIds of the four validators' nodes. They belong to the node keys 1 to 4, which `scripts/run` gives the nodes.
const LOCAL_PEERS: [&str; 4] = [
	"12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp",
	"12D3KooWHdiAxVd8uMQR1hGWXccidmfCwLqcMpGwR6QcTP6QRMuD",
	"12D3KooWSCufgHzV4fCwRijfH2k3abrpAJxTKxEvN1FDuRXA2U9x",
	"12D3KooWSsChzF81YDUKpe9Uk5AHV5oqAaXAcWNSPYgoLauUk4st",
];

/// Balance of each well-known account at genesis.
const ENDOWMENT: u128 = 1_000_000 * UNIT;

/// Number of transactions that each institution may send per quota period: more than any experiment needs.
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
	// Serialising fails only for keys that are not strings, and a tree of JSON values has none.
	serde_json::to_vec(&preset).ok()
}

fn dev() -> Value {
	// There is no PeerId, because the node of this preset generates its node key.
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
		// The validators' nodes are let in by their registrations. The list is not enforced, so that a fifth node can
		// join.
		nodes: NodesConfig { enforced: false, nodes: Vec::new() },
	})
}

/// The registrations of the validators. A validator's position gives its institution and the member of the board to
/// whose account its rewards go.
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
