//! The framework of built-in contracts in the real runtime: calls by address, suspension, upgrades.

use crate::common::Chain;
use codec::Encode;
use frame_support::dispatch::GetDispatchInfo;
use pallet_builtin::{BuiltInContract, Error};
use pallet_consensus_config::ParameterChanges;
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Eve};
use sp_runtime::{
	traits::{BlakeTwo256, Hash},
	DispatchError,
};
use sp_version::RuntimeVersion;
use syndic_primitives::builtin::{address, Address};
use syndic_runtime::{
	presets, Builtin, Classes, ConsensusConfig, Runtime, RuntimeCall, RuntimeEvent, System, Validators, VERSION,
};

fn change(block_period: u32) -> RuntimeCall {
	let changes = ParameterChanges { block_period: Some(block_period), ..Default::default() };
	pallet_consensus_config::Call::change { changes, at: None }.into()
}

fn by_address(address: Address, call: &RuntimeCall) -> RuntimeCall {
	pallet_builtin::Call::call { address, payload: call.encode()[1..].to_vec() }.into()
}

#[test]
fn the_board_changes_a_parameter_by_address() {
	let mut chain = Chain::new(presets::LOCAL);
	let call = by_address(ConsensusConfig::ADDRESS, &change(500));
	chain.motion(&[Alice, Bob], call.clone());
	assert_eq!(chain.motion_result(), Err(DispatchError::BadOrigin));
	chain.motion(&[Alice, Bob, Charlie], call);
	assert_eq!(chain.motion_result(), Ok(()));
	let scheduled = chain.query(ConsensusConfig::scheduled_parameters);
	assert_eq!(scheduled[0].1.block_period, 500);
	// A call by address fails with the same errors as the direct call.
	chain.motion(&[Alice, Bob, Charlie], by_address(ConsensusConfig::ADDRESS, &change(5)));
	let error: DispatchError = pallet_consensus_config::Error::<Runtime>::BlockPeriodOutOfBounds.into();
	assert_eq!(chain.motion_result(), Err(error));
}

#[test]
fn a_stranger_gets_by_address_what_it_gets_directly() {
	let mut chain = Chain::new(presets::LOCAL);
	chain.block([(Eve, change(500))]);
	assert_eq!(chain.failure(), Some(DispatchError::BadOrigin));
	chain.block([(Eve, by_address(ConsensusConfig::ADDRESS, &change(500)))]);
	assert_eq!(chain.failure(), Some(DispatchError::BadOrigin));
	assert_eq!(chain.query(ConsensusConfig::scheduled_parameters), []);
	let wrong = pallet_builtin::Call::call { address: ConsensusConfig::ADDRESS, payload: vec![200] };
	chain.block([(Eve, wrong.into())]);
	assert_eq!(chain.failure(), Some(Error::<Runtime>::UndecodablePayload.into()));
	chain.block([(Eve, by_address(address(0x1fff), &change(500)))]);
	assert_eq!(chain.failure(), Some(Error::<Runtime>::UnknownContract.into()));
}

#[test]
fn the_way_costs_little() {
	let direct = change(500).get_dispatch_info();
	let info = by_address(ConsensusConfig::ADDRESS, &change(500)).get_dispatch_info();
	assert_eq!((info.class, info.pays_fee), (direct.class, direct.pays_fee));
	let overhead = info.call_weight - direct.call_weight;
	assert!(overhead.ref_time() > 0 && overhead.ref_time() < 200_000_000, "{overhead:?}");
}

#[test]
fn what_the_chain_stands_on_is_not_suspended() {
	let mut chain = Chain::new(presets::LOCAL);
	for address in [Builtin::ADDRESS, Validators::ADDRESS, ConsensusConfig::ADDRESS, Classes::ADDRESS] {
		chain.motion(&[Alice, Bob, Charlie], pallet_builtin::Call::suspend { address });
		assert_eq!(chain.motion_result(), Err(Error::<Runtime>::NotSuspendable.into()), "{address:?}");
	}
	assert_eq!(chain.query(Builtin::suspended), []);
}

#[test]
fn the_board_upgrades_the_runtime() {
	let code = b"the code of the next runtime".to_vec();
	let authorise = |code: &[u8]| pallet_builtin::Call::authorize_upgrade { code_hash: BlakeTwo256::hash(code) };
	let apply = |code: &[u8]| (Eve, frame_system::Call::apply_authorized_upgrade { code: code.to_vec() }.into());
	let next = RuntimeVersion { spec_version: VERSION.spec_version + 1, ..VERSION };

	let mut chain = Chain::new(presets::LOCAL);
	chain.any_code_is(next.clone());
	chain.motion(&[Alice, Bob], authorise(&code));
	assert_eq!(chain.motion_result(), Err(DispatchError::BadOrigin));
	chain.block([apply(&code)]);
	assert_eq!(chain.failure(), Some(frame_system::Error::<Runtime>::NothingAuthorized.into()));
	chain.motion(&[Alice, Bob, Charlie], authorise(&code));
	assert_eq!(chain.motion_result(), Ok(()));
	chain.block([apply(b"another code")]);
	assert_eq!(chain.failure(), Some(frame_system::Error::<Runtime>::Unauthorized.into()));

	// A runtime whose version does not grow, and the runtime of another chain, are refused with the reason.
	for (version, error) in [
		(VERSION, frame_system::Error::<Runtime>::SpecVersionNeedsToIncrease),
		(RuntimeVersion { spec_name: "other".into(), ..next.clone() }, frame_system::Error::InvalidSpecName),
	] {
		let mut chain = Chain::new(presets::LOCAL);
		chain.any_code_is(version);
		chain.motion(&[Alice, Bob, Charlie], authorise(&code));
		chain.block([apply(&code)]);
		let code_hash = BlakeTwo256::hash(&code);
		let rejected = frame_system::Event::RejectedInvalidAuthorizedUpgrade { code_hash, error: error.into() };
		assert!(chain.events().contains(&RuntimeEvent::System(rejected)));
		assert!(chain.query(System::authorized_upgrade).is_none());
	}

	chain.block([apply(&code)]);
	assert_eq!(chain.failure(), None);
	let updated = |event: &RuntimeEvent| matches!(event, RuntimeEvent::System(frame_system::Event::CodeUpdated { .. }));
	assert!(chain.events().iter().any(updated));
	let stored = chain.query(|| sp_io::storage::get(sp_core::storage::well_known_keys::CODE)).map(Vec::from);
	assert_eq!(stored, Some(code));
}
