//! A recovery order in the real runtime: the set is replaced in the block that carries the order.

use crate::common::Chain;
use codec::Decode;
use frame_support::inherent::{InherentData, ProvideInherent};
use sp_keyring::{
	Ed25519Keyring,
	Sr25519Keyring::{self, Alice, Bob, Charlie, Dave, Eve},
};
use sp_runtime::{generic::DigestItem, transaction_validity::TransactionValidityError, BoundedVec};
use syndic_primitives::{
	digest::ConsensusLog, recovery::RECOVERY_INHERENT, Height, RecoveryOrder, SetId, UncheckedRecovery, ValidatorId,
	ENGINE_ID,
};
use syndic_runtime::{presets, Recovery, RuntimeCall, RuntimeEvent, System, UncheckedExtrinsic, Validators};

fn keys(names: &[Ed25519Keyring]) -> Vec<ValidatorId> {
	names.iter().map(|name| name.public().into()).collect()
}

/// A recovery order for the height after the chain's last block, with the validators Alice and Bob.
fn order(chain: &mut Chain) -> RecoveryOrder {
	let head = chain.head().clone();
	RecoveryOrder {
		genesis: chain.query(|| System::block_hash(0)),
		height: Height(head.number),
		block_hash: head.hash(),
		set_id: SetId(0),
		members: BoundedVec::truncate_from(keys(&[Ed25519Keyring::Alice, Ed25519Keyring::Bob])),
	}
}

fn sign(order: RecoveryOrder, by: &[Sr25519Keyring]) -> UncheckedRecovery {
	let payload = order.payload();
	let signatures = by.iter().map(|who| (who.to_account_id(), who.sign(payload.as_bytes()).into())).collect();
	UncheckedRecovery { order, signatures: BoundedVec::truncate_from(signatures) }
}

fn extrinsic(recovery: UncheckedRecovery) -> UncheckedExtrinsic {
	UncheckedExtrinsic::new_bare(pallet_recovery::Call::recover { recovery }.into())
}

#[test]
fn three_of_four_continue_the_chain_with_two_validators() {
	let mut chain = Chain::new(presets::LOCAL);
	chain.run_to(5);
	let order = order(&mut chain);
	chain.block_of(vec![extrinsic(sign(order.clone(), &[Alice, Charlie, Dave]))]);
	let set = chain.query(Validators::validator_set).unwrap();
	assert_eq!((set.id(), set.since(), set.members()), (SetId(1), Height(6), &order.members[..]));
	let (replaced, id) = (SetId(0), SetId(1));
	let recovered = pallet_recovery::Event::Recovered { replaced, id, since: Height(6), validators: 2, signers: 3 };
	assert!(chain.events().contains(&RuntimeEvent::Recovery(recovered)));
	let [DigestItem::Consensus(ENGINE_ID, log)] = &chain.head().digest.logs[..] else { panic!("no announcement") };
	assert_eq!(ConsensusLog::decode(&mut &log[..]), Ok(ConsensusLog::Recovery(order)));
	chain.run_to(20);
	assert_eq!(chain.query(Validators::validator_set), Some(set));
}

#[test]
fn a_block_whose_order_does_not_hold_is_no_block() {
	let refused = |by: &[Sr25519Keyring], change: fn(&mut RecoveryOrder)| {
		let mut chain = Chain::new(presets::LOCAL);
		chain.run_to(5);
		let mut order = order(&mut chain);
		change(&mut order);
		chain.others_accept(extrinsic(sign(order, by))).is_err()
	};
	assert!(!refused(&[Alice, Bob, Charlie], |_| ()));
	assert!(refused(&[Alice, Bob], |_| ()));
	assert!(refused(&[Alice, Bob, Charlie, Eve], |_| ()));
	assert!(refused(&[Alice, Bob, Charlie], |order| order.height = Height(4)));
	assert!(refused(&[Alice, Bob, Charlie], |order| order.set_id = SetId(1)));
}

/// The board may have changed since genesis.
#[test]
fn the_board_in_the_state_counts() {
	let mut chain = Chain::new(presets::LOCAL);
	let new_members = [Alice, Eve].map(|who| who.to_account_id()).to_vec();
	let set = pallet_collective::Call::set_members { new_members, prime: None, old_count: 4 };
	chain.motion(&[Alice, Bob, Charlie], RuntimeCall::Board(set));
	assert_eq!(chain.motion_result(), Ok(()));
	let order = order(&mut chain);
	chain.block_of(vec![extrinsic(sign(order, &[Alice, Eve]))]);
	assert_eq!(chain.query(Validators::validator_set).unwrap().size(), 2);
}

#[test]
fn no_pool_takes_an_order() {
	let mut chain = Chain::new(presets::LOCAL);
	chain.run_to(5);
	let order = order(&mut chain);
	let good = sign(order, &[Alice, Bob, Charlie]);
	let bare = chain.pool(extrinsic(good.clone()));
	assert!(
		matches!(bare, Err(TransactionValidityError::Unknown(_) | TransactionValidityError::Invalid(_))),
		"{bare:?}"
	);
	let signed = chain.sign(Alice, pallet_recovery::Call::recover { recovery: good });
	assert!(chain.pool(signed).is_err(), "mandatory calls are not for the pool");
}

/// The check of inherents, which a node makes when it judges a proposal.
#[test]
fn a_node_with_an_order_wants_it_in_the_block_and_a_node_without_does_not() {
	let mut chain = Chain::new(presets::LOCAL);
	chain.run_to(5);
	let order = order(&mut chain);
	let recovery = sign(order, &[Alice, Bob, Charlie]);
	let mut with = InherentData::new();
	with.put_data(RECOVERY_INHERENT, &recovery).unwrap();
	let without = InherentData::new();
	let call = pallet_recovery::Call::recover { recovery };
	chain.query(|| {
		assert_eq!(<Recovery as ProvideInherent>::create_inherent(&with), Some(call.clone()));
		assert!(Recovery::check_inherent(&call, &with).is_ok());
		assert!(Recovery::check_inherent(&call, &without).is_err());
		assert!(Recovery::is_inherent_required(&with).unwrap().is_some());
	});
}
