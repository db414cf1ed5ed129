//! The board governs: two thirds of it change the consensus while the chain runs, fewer change nothing.

use crate::common::Chain;
use codec::Decode;
use pallet_consensus_config::{Error as ConfigError, ParameterChanges};
use sp_keyring::{
	Ed25519Keyring,
	Sr25519Keyring::{self, Alice, Bob, Charlie, Dave, Eve, Ferdie},
};
use sp_runtime::{generic::DigestItem, DispatchError};
use syndic_primitives::{digest::ConsensusLog, Height, Parameters, SetId, ValidatorId, ENGINE_ID, MIN_CHANGE_DELAY};
use syndic_runtime::{
	configs::money::UNIT, presets, AccountId, Balances, ConsensusConfig, Runtime, RuntimeCall, RuntimeEvent, Validators,
};

fn change(block_period: u32, at: Option<u32>) -> pallet_consensus_config::Call<Runtime> {
	let changes = ParameterChanges { block_period: Some(block_period), ..Default::default() };
	pallet_consensus_config::Call::change { changes, at }
}

fn consensus_key(name: Ed25519Keyring) -> ValidatorId {
	name.public().into()
}

fn accounts(names: &[Sr25519Keyring]) -> Vec<AccountId> {
	names.iter().map(|name| name.to_account_id()).collect()
}

#[test]
fn three_of_four_change_a_parameter() {
	let mut chain = Chain::new(presets::LOCAL);
	chain.run_to(4);
	chain.motion(&[Alice, Bob, Charlie], change(500, None));
	assert_eq!(chain.motion_result(), Ok(()));
	let at = 5 + MIN_CHANGE_DELAY + 1;
	let expected = Parameters { block_period: 500, ..Default::default() };
	assert_eq!(chain.query(ConsensusConfig::scheduled_parameters), [(Height(at), expected.clone())]);
	chain.run_to(at - 2);
	assert_eq!(chain.query(ConsensusConfig::parameters), Parameters::default());
	chain.run_to(at - 1);
	assert_eq!(chain.query(ConsensusConfig::parameters), expected, "in force for the height after this block");
	let changed = pallet_consensus_config::Event::ParametersChanged {
		since: Height(at),
		parameters: expected,
		cause: pallet_consensus_config::Cause::Board,
	};
	assert!(chain.events().contains(&RuntimeEvent::ConsensusConfig(changed)));
}

#[test]
fn two_of_four_change_nothing() {
	let mut chain = Chain::new(presets::LOCAL);
	chain.motion(&[Alice, Bob], change(500, None));
	assert_eq!(chain.motion_result(), Err(DispatchError::BadOrigin));
	assert_eq!(chain.query(ConsensusConfig::scheduled_parameters), []);
	chain.motion(
		&[Dave, Bob],
		pallet_validators::Call::remove_validator { validator: consensus_key(Ed25519Keyring::Alice), at: None },
	);
	assert_eq!(chain.motion_result(), Err(DispatchError::BadOrigin));
	assert_eq!(chain.query(Validators::scheduled_set), None);
}

#[test]
fn a_parameter_out_of_bounds_gets_its_error() {
	let mut chain = Chain::new(presets::LOCAL);
	chain.motion(&[Alice, Bob, Charlie], change(5, None));
	let error: DispatchError = ConfigError::<Runtime>::BlockPeriodOutOfBounds.into();
	assert_eq!(chain.motion_result(), Err(error));
	let DispatchError::Module(module) = error else { panic!("{error:?}") };
	assert_eq!((module.index, module.message), (13, Some("BlockPeriodOutOfBounds")));
	assert_eq!(chain.query(ConsensusConfig::scheduled_parameters), []);
}

#[test]
fn a_fifth_validator_joins_and_leaves() {
	let mut chain = Chain::new(presets::LOCAL);
	let eve = consensus_key(Ed25519Keyring::Eve);
	let register = chain.registration(Ferdie, 4, Ed25519Keyring::Eve);
	chain.block([(Ferdie, register)]);
	assert_eq!(chain.failure(), None);
	chain
		.motion(&[Bob, Charlie, Dave], pallet_validators::Call::add_validator { validator: eve.clone(), at: Some(20) });
	assert_eq!(chain.motion_result(), Ok(()));
	chain.run_to(18);
	assert_eq!(chain.query(Validators::validator_set).unwrap().id(), SetId(0));
	assert!(chain.head().digest.logs.is_empty());
	chain.run_to(19);

	let set = chain.query(Validators::validator_set).unwrap();
	assert_eq!((set.id(), set.since(), set.size()), (SetId(1), Height(20), 5));
	assert_eq!(set.members()[4], eve);
	let [DigestItem::Consensus(ENGINE_ID, log)] = &chain.head().digest.logs[..] else { panic!("no announcement") };
	let members = set.members().to_vec();
	let announced = ConsensusLog::SetChange { id: SetId(1), since: Height(20), members };
	assert_eq!(ConsensusLog::decode(&mut &log[..]), Ok(announced));

	let remove = pallet_validators::Call::remove_validator { validator: eve, at: Some(40) };
	chain.motion(&[Alice, Bob, Charlie, Dave], remove);
	assert_eq!(chain.motion_result(), Ok(()));
	chain.run_to(39);
	let set = chain.query(Validators::validator_set).unwrap();
	assert_eq!((set.id(), set.since(), set.size()), (SetId(2), Height(40), 4));
}

fn errs(error: pallet_validators::Error<Runtime>) -> Option<DispatchError> {
	Some(error.into())
}

#[test]
fn an_administrator_registers_a_validator_of_its_institution_and_nobody_else_does() {
	use pallet_validators::{Call, Error};
	use syndic_primitives::Status;
	let mut chain = Chain::new(presets::LOCAL);
	let eve = consensus_key(Ed25519Keyring::Eve);
	let add = || Call::add_validator { validator: consensus_key(Ed25519Keyring::Eve), at: None };
	chain.motion(&[Alice, Bob, Charlie], add());
	assert_eq!(chain.motion_result(), Err(Error::<Runtime>::NotRegistered.into()));
	// Eve is a client, and cannot register a validator.
	let register = chain.registration(Eve, 0, Ed25519Keyring::Eve);
	chain.block([(Eve, register)]);
	assert_eq!(chain.failure(), Some(DispatchError::BadOrigin));
	// The proof names Ferdie's institution; Alice cannot use it.
	let register = chain.registration(Ferdie, 4, Ed25519Keyring::Eve);
	chain.block([(Alice, register.clone())]);
	assert_eq!(chain.failure(), errs(Error::BadSignature));
	chain.block([(Ferdie, register)]);
	assert_eq!(chain.failure(), None);
	assert_eq!(chain.query(|| Validators::status_of(&eve)), Some(Status::Registered));
	assert_eq!(chain.query(|| Validators::beneficiary(&eve)), Some(Ferdie.to_account_id()));

	// A suspended institution cannot get a validator.
	let suspend = pallet_identity::Call::suspend_institution { institution: 4 };
	chain.motion(&[Alice, Bob, Charlie], RuntimeCall::Identity(suspend));
	chain.motion(&[Alice, Bob, Charlie], add());
	assert_eq!(chain.motion_result(), Err(Error::<Runtime>::InstitutionNotInGoodStanding.into()));
	let resume = pallet_identity::Call::resume_institution { institution: 4 };
	chain.motion(&[Alice, Bob, Charlie], RuntimeCall::Identity(resume));
	chain.motion(&[Alice, Bob, Charlie], add());
	assert_eq!(chain.motion_result(), Ok(()));
}

#[test]
fn an_institution_withdraws_its_validator_and_only_its_own() {
	use pallet_validators::{Call, Error};
	let mut chain = Chain::new(presets::LOCAL);
	let leave = |validator| (Dave, Call::<Runtime>::leave { validator }.into());
	chain.block([leave(consensus_key(Ed25519Keyring::Charlie))]);
	assert_eq!(chain.failure(), errs(Error::NotYourValidator));
	chain.block([leave(consensus_key(Ed25519Keyring::Dave))]);
	assert_eq!(chain.failure(), None);
	chain.run_to(20);
	assert_eq!(chain.query(Validators::validator_set).unwrap().size(), 3);
}

#[test]
fn a_second_validator_of_one_institution_is_too_many_of_four() {
	use pallet_validators::{Call, Error};
	let mut chain = Chain::new(presets::LOCAL);
	let register = chain.registration(Alice, 0, Ed25519Keyring::Eve);
	chain.block([(Alice, register)]);
	let validator = consensus_key(Ed25519Keyring::Eve);
	chain.motion(&[Alice, Bob, Charlie], Call::add_validator { validator, at: None });
	assert_eq!(chain.motion_result(), Err(Error::<Runtime>::InstitutionShare.into()));
}

#[test]
fn a_lone_validator_gets_a_second_only_if_that_one_is_ready() {
	let mut chain = Chain::new(presets::DEV);
	let bob = Ed25519Keyring::Bob;
	let add = || pallet_validators::Call::<Runtime>::add_validator { validator: consensus_key(bob), at: None };
	// A board of one decides at once.
	let propose = |call: RuntimeCall| {
		let length_bound = codec::Encode::encoded_size(&call) as u32;
		let call = pallet_collective::Call::propose { threshold: 1, proposal: Box::new(call), length_bound };
		(Alice, RuntimeCall::Board(call))
	};
	let register = chain.registration(Ferdie, 1, bob);
	chain.block([(Ferdie, register)]);
	assert_eq!(chain.failure(), None);
	chain.block([propose(add().into())]);
	let error: DispatchError = pallet_validators::Error::<Runtime>::QuorumOutOfReach.into();
	assert_eq!(chain.motion_result(), Err(error));

	let parent = chain.head().clone();
	let readiness = syndic_primitives::Readiness { height: Height(parent.number), block_hash: parent.hash() };
	let genesis = chain.query(|| syndic_runtime::System::block_hash(0));
	let declare = pallet_validators::Call::declare_ready {
		validator: consensus_key(bob),
		height: readiness.height,
		block_hash: readiness.block_hash,
		signature: bob.sign(&readiness.payload(&genesis)).into(),
	};
	// The next block is the first one in which the hash of the declared block is known.
	chain.block([(Eve, declare.into()), propose(add().into())]);
	assert_eq!(chain.motion_result(), Ok(()));
	let at = chain.query(Validators::scheduled_set).expect("it is scheduled").0;
	chain.run_to(at.get() - 1);
	assert_eq!(chain.query(Validators::validator_set).unwrap().size(), 2);
}

#[test]
fn the_board_changes_itself() {
	let mut chain = Chain::new(presets::LOCAL);
	let new_members = accounts(&[Alice, Bob, Charlie, Dave, Eve]);
	let call = || pallet_collective::Call::<Runtime, pallet_collective::Instance1>::set_members {
		new_members: new_members.clone(),
		prime: None,
		old_count: 4,
	};
	chain.motion(&[Alice, Bob], RuntimeCall::Board(call()));
	assert_eq!(chain.motion_result(), Err(DispatchError::BadOrigin));
	chain.motion(&[Alice, Bob, Charlie], RuntimeCall::Board(call()));
	assert_eq!(chain.motion_result(), Ok(()));
	// Three of five are less than two thirds, four are more.
	chain.motion(&[Alice, Bob, Eve], change(500, None));
	assert_eq!(chain.motion_result(), Err(DispatchError::BadOrigin));
	chain.motion(&[Alice, Bob, Charlie, Eve], change(500, None));
	assert_eq!(chain.motion_result(), Ok(()));
}

#[test]
fn there_is_a_sudo_key_on_the_development_chain_only() {
	let sudo = || {
		let call = Box::new(RuntimeCall::ConsensusConfig(change(500, None)));
		(Alice, RuntimeCall::Sudo(pallet_sudo::Call::sudo { call }))
	};
	let mut local = Chain::new(presets::LOCAL);
	local.block([sudo()]);
	assert_eq!(local.query(ConsensusConfig::scheduled_parameters), []);
	let error: DispatchError = pallet_sudo::Error::<Runtime>::RequireSudo.into();
	let failed = local.events().into_iter().find_map(|event| match event {
		RuntimeEvent::System(frame_system::Event::ExtrinsicFailed { dispatch_error, .. }) => Some(dispatch_error),
		_ => None,
	});
	assert_eq!(failed, Some(error));

	let mut dev = Chain::new(presets::DEV);
	dev.block([sudo()]);
	assert_eq!(dev.query(ConsensusConfig::scheduled_parameters).len(), 1);
}

#[test]
fn a_transfer_arrives_and_costs_nothing() {
	let mut chain = Chain::new(presets::LOCAL);
	let free = |who: Sr25519Keyring| move || Balances::free_balance(who.to_account_id());
	let (alice, bob) = (chain.query(free(Alice)), chain.query(free(Bob)));
	let transfer = pallet_balances::Call::transfer_allow_death { dest: Bob.to_account_id().into(), value: 5 * UNIT };
	chain.block([(Alice, transfer.into())]);
	assert_eq!(chain.query(free(Bob)), bob + 5 * UNIT);
	assert_eq!(chain.query(free(Alice)), alice - 5 * UNIT);
}
