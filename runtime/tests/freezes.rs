//! A frozen account can neither send nor be drained, in any way. The record of freezes, and their end.

use crate::common::{preset, state, Chain};
use codec::Encode;
use frame_support::{
	traits::{fungible::Inspect, Hooks},
	weights::Weight,
};
use pallet_builtin::BuiltInContract;
use pallet_supervision::{Act, Actor, Freezes, NextRecord, Records, Refusal, Subject};
use serde_json::json;
use sp_keyring::{
	Ed25519Keyring,
	Sr25519Keyring::{self, Alice, Bob, Charlie, Dave, Eve, Ferdie, One, Two},
};
use sp_runtime::{
	traits::{Dispatchable, Hash},
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	DispatchError,
};
use syndic_primitives::{
	crypto::ValidatorSignature, BlockHash, Equivocation, Height, Phase, SetId, SignedVote, SignerIndex, View, Vote,
};
use syndic_runtime::{
	configs::{agents::ProxyType, money::UNIT},
	presets, AccountId, Address, Balances, Classes, Identity, Multisig, OriginCaller, Runtime, RuntimeCall,
	RuntimeEvent, RuntimeOrigin, Scheduler, Supervision, System, UncheckedExtrinsic,
};

type BoardCall = pallet_collective::Call<Runtime, pallet_collective::Instance1>;

/// The supervisory authority. One and Two are its regulators.
const AUTHORITY: u32 = 5;
/// Ferdie's institution.
const NEWCOMER: u32 = 4;
/// Maximum weight of a multisig account's call.
const MAX_WEIGHT: Weight = Weight::from_parts(10_000_000_000, 1_000_000);
/// The block at which the freezes of these tests end.
const UNTIL: u32 = 100;

fn id(who: Sr25519Keyring) -> AccountId {
	who.to_account_id()
}

fn address(who: impl Into<AccountId>) -> Address {
	Address::Id(who.into())
}

fn account(who: impl Into<AccountId>) -> Subject<AccountId> {
	Subject::Account(who.into())
}

/// The preset `local` with a supervisory authority.
fn genesis() -> serde_json::Value {
	let mut genesis = preset(presets::LOCAL);
	let institutions = genesis["identity"]["institutions"].as_array_mut().expect("it is a list");
	assert_eq!(institutions.len(), AUTHORITY as usize);
	institutions.push(json!({ "name": "Authority", "kind": "regulator", "roots": [], "quota": 1_000_000 }));
	let identities = genesis["identity"]["identities"].as_array_mut().expect("it is a list");
	for who in [One, Two] {
		let name = who.to_string();
		let regulator = json!({ "account": id(who), "institution": AUTHORITY, "role": "regulator", "name": name, "notAfter": null });
		identities.push(regulator);
	}
	genesis
}

fn pay() -> RuntimeCall {
	pallet_balances::Call::transfer_allow_death { dest: address(id(Dave)), value: UNIT }.into()
}

fn pay_from(source: impl Into<AccountId>) -> RuntimeCall {
	pallet_balances::Call::force_transfer { source: address(source), dest: address(id(Dave)), value: UNIT }.into()
}

fn open_case() -> RuntimeCall {
	pallet_supervision::Call::open_case { ground: b"Art. 1".to_vec(), until: 1_000 }.into()
}

fn freeze(subject: Subject<AccountId>) -> RuntimeCall {
	pallet_supervision::Call::freeze { case: 0, subject, ground: b"Art. 2".to_vec(), until: UNTIL }.into()
}

fn appeal(subject: Subject<AccountId>) -> RuntimeCall {
	pallet_supervision::Call::appeal { subject, reason: b"not mine".to_vec() }.into()
}

fn decide(subject: Subject<AccountId>) -> RuntimeCall {
	pallet_supervision::Call::decide_appeal { subject, lift: true, ground: b"heard".to_vec() }.into()
}

fn batch(calls: Vec<RuntimeCall>) -> RuntimeCall {
	pallet_utility::Call::batch { calls }.into()
}

fn by_proxy(real: impl Into<AccountId>, call: RuntimeCall) -> RuntimeCall {
	pallet_proxy::Call::proxy { real: address(real), force_proxy_type: None, call: Box::new(call) }.into()
}

fn add_proxy(delegate: Sr25519Keyring, delay: u32) -> RuntimeCall {
	let proxy_type = ProxyType::Any;
	pallet_proxy::Call::add_proxy { delegate: address(id(delegate)), proxy_type, delay }.into()
}

fn propose(proposal: RuntimeCall) -> RuntimeCall {
	let length_bound = proposal.encoded_size() as u32;
	BoardCall::propose { threshold: 3, proposal: Box::new(proposal), length_bound }.into()
}

/// The multisig account of Bob and Charlie with this threshold.
fn shared(threshold: u16) -> AccountId {
	let mut both = [id(Bob), id(Charlie)];
	both.sort();
	Multisig::multi_account_id(&both, threshold)
}

fn as_shared(other: Sr25519Keyring, first: Option<pallet_multisig::Timepoint<u32>>, call: RuntimeCall) -> RuntimeCall {
	let max_weight = MAX_WEIGHT;
	let (other_signatories, call) = (vec![id(other)], Box::new(call));
	pallet_multisig::Call::as_multi { threshold: 2, other_signatories, maybe_timepoint: first, call, max_weight }.into()
}

/// The pool's judgement of the account's next transaction.
fn pool(chain: &mut Chain, who: Sr25519Keyring, call: RuntimeCall) -> Result<(), TransactionValidityError> {
	let extrinsic = chain.sign(who, call);
	chain.pool(extrinsic).map(|_| ())
}

fn refused(refusal: Refusal) -> Result<(), TransactionValidityError> {
	Err(InvalidTransaction::Custom(refusal.code()).into())
}

/// Makes a block with these calls, none of which may fail.
fn succeed(chain: &mut Chain, calls: impl IntoIterator<Item = (Sr25519Keyring, RuntimeCall)>) {
	chain.block(calls);
	assert_eq!(chain.failure(), None);
	let interrupted =
		|event: &RuntimeEvent| matches!(event, RuntimeEvent::Utility(pallet_utility::Event::BatchInterrupted { .. }));
	assert!(!chain.events().iter().any(interrupted));
}

/// Makes a call as if neither pool nor block had refused it, and rolls it back. Returns what `look` sees after the
/// call.
fn as_if_made<R>(
	chain: &mut Chain,
	origin: RuntimeOrigin,
	call: RuntimeCall,
	look: impl FnOnce() -> R,
) -> (Result<(), DispatchError>, R) {
	chain.query(|| {
		sp_io::storage::start_transaction();
		let result = call.dispatch(origin).map(drop).map_err(|error| error.error);
		let seen = look();
		sp_io::storage::rollback_transaction();
		(result, seen)
	})
}

/// A chain with four frozen accounts: Eve, `multi`, `alone` and `derived`. Ferdie's institution is frozen as well, and
/// Dave is a proxy of Ferdie.
struct Scene {
	/// Bob is a proxy of Eve. Charlie is a proxy of Eve that must announce its calls, and has announced a payment.
	chain: Chain,
	/// The multisig account of Bob and Charlie with threshold 2. Bob has approved a payment.
	multi: AccountId,
	/// The multisig account of Bob and Charlie with threshold 1.
	alone: AccountId,
	/// Bob's derived account number 7.
	derived: AccountId,
	/// The time of Bob's approval.
	first: pallet_multisig::Timepoint<u32>,
}

fn frozen_chain() -> Scene {
	let mut chain = Chain::of(&genesis(), 0);
	let (multi, alone) = (shared(2), shared(1));
	let derived = pallet_utility::derivative_account_id(id(Bob), 7);
	let fund = |who: &AccountId| pallet_balances::Call::<Runtime>::transfer_allow_death {
		dest: address(who.clone()),
		value: 10 * UNIT,
	};
	succeed(
		&mut chain,
		[
			(Bob, fund(&multi).into()),
			(Bob, fund(&alone).into()),
			(Bob, fund(&derived).into()),
			(Eve, add_proxy(Bob, 0)),
			(Eve, add_proxy(Charlie, 1)),
			(Ferdie, add_proxy(Dave, 0)),
		],
	);
	let call_hash = <Runtime as frame_system::Config>::Hashing::hash_of(&pay());
	let announce = pallet_proxy::Call::<Runtime>::announce { real: address(id(Eve)), call_hash };
	succeed(&mut chain, [(Charlie, announce.into()), (Bob, as_shared(Charlie, None, pay()))]);
	let hash = sp_crypto_hashing::blake2_256(&pay().encode());
	let first = chain.query(|| pallet_multisig::Multisigs::<Runtime>::get(&multi, hash)).expect("Bob has agreed").when;
	succeed(
		&mut chain,
		[
			(One, open_case()),
			(One, freeze(account(id(Eve)))),
			(Two, freeze(account(multi.clone()))),
			(Two, freeze(account(alone.clone()))),
			(One, freeze(account(derived.clone()))),
			(One, freeze(Subject::Institution(NEWCOMER))),
		],
	);
	Scene { chain, multi, alone, derived, first }
}

#[test]
fn no_way_out_of_a_frozen_account() {
	let Scene { mut chain, multi, alone, derived, first } = frozen_chain();
	let dest = || address(id(Dave));
	let (eve, boxed) = (id(Eve), |call: RuntimeCall| Box::new(call));
	let in_class = |call| {
		let class = syndic_primitives::ClassId(1);
		RuntimeCall::from(pallet_classes::Call::with_class { class, call: Box::new(call) })
	};
	let by_address = |call: RuntimeCall| {
		let payload = in_class(call).encode()[1..].to_vec();
		RuntimeCall::from(pallet_builtin::Call::call { address: Classes::ADDRESS, payload })
	};
	let announced = pallet_proxy::Call::<Runtime>::proxy_announced {
		delegate: address(id(Charlie)),
		real: address(eve.clone()),
		force_proxy_type: None,
		call: boxed(pay()),
	};
	let as_eve = || Box::new(OriginCaller::system(frame_system::RawOrigin::Signed(id(Eve))));
	let derive = |call| pallet_utility::Call::<Runtime>::as_derivative { index: 7, call: Box::new(call) };
	let schedule = |call| pallet_scheduler::Call::<Runtime>::schedule {
		when: 50,
		maybe_periodic: None,
		priority: 0,
		call: Box::new(call),
	};
	let approve = pallet_multisig::Call::<Runtime>::approve_as_multi {
		threshold: 2,
		other_signatories: vec![id(Bob)],
		maybe_timepoint: Some(first),
		call_hash: sp_crypto_hashing::blake2_256(&pay().encode()),
		max_weight: MAX_WEIGHT,
	};
	let alone_call =
		pallet_multisig::Call::as_multi_threshold_1 { other_signatories: vec![id(Bob)], call: boxed(pay()) };
	use Refusal::{ActsForFrozen, Frozen, InstitutionFrozen};
	let cases: Vec<(&str, Sr25519Keyring, RuntimeCall, Refusal)> = vec![
		// Calls that the frozen account signs.
		("transfer_allow_death", Eve, pay(), Frozen),
		(
			"transfer_keep_alive",
			Eve,
			pallet_balances::Call::transfer_keep_alive { dest: dest(), value: UNIT }.into(),
			Frozen,
		),
		("transfer_all", Eve, pallet_balances::Call::transfer_all { dest: dest(), keep_alive: false }.into(), Frozen),
		("burn", Eve, pallet_balances::Call::burn { value: UNIT, keep_alive: false }.into(), Frozen),
		("force_transfer", Eve, pay_from(eve.clone()), Frozen),
		("batch", Eve, batch(vec![pay(), pay()]), Frozen),
		("batch_all", Eve, pallet_utility::Call::batch_all { calls: vec![pay()] }.into(), Frozen),
		("force_batch", Eve, pallet_utility::Call::force_batch { calls: vec![pay()] }.into(), Frozen),
		("if_else", Eve, pallet_utility::Call::if_else { main: boxed(pay()), fallback: boxed(pay()) }.into(), Frozen),
		("with_class", Eve, in_class(pay()), Frozen),
		("by address", Eve, by_address(pay()), Frozen),
		("an appeal in a batch", Eve, batch(vec![appeal(account(eve.clone())), pay()]), Frozen),
		("a new proxy", Eve, add_proxy(Dave, 0), Frozen),
		// Calls of others in the name of a frozen account.
		("proxy", Bob, by_proxy(eve.clone(), pay()), ActsForFrozen),
		("proxy_announced", Bob, announced.into(), ActsForFrozen),
		("proxy in a batch", Bob, batch(vec![pay_from(id(Dave)), by_proxy(eve.clone(), pay())]), ActsForFrozen),
		(
			"proxy in batch_all",
			Bob,
			pallet_utility::Call::batch_all { calls: vec![by_proxy(eve.clone(), pay())] }.into(),
			ActsForFrozen,
		),
		(
			"proxy in force_batch",
			Bob,
			pallet_utility::Call::force_batch { calls: vec![by_proxy(eve.clone(), pay())] }.into(),
			ActsForFrozen,
		),
		(
			"proxy in if_else",
			Bob,
			pallet_utility::Call::if_else {
				main: boxed(pay_from(id(Dave))),
				fallback: boxed(by_proxy(eve.clone(), pay())),
			}
			.into(),
			ActsForFrozen,
		),
		("a batch by proxy", Bob, by_proxy(eve.clone(), batch(vec![pay()])), ActsForFrozen),
		("proxy in a class", Bob, in_class(by_proxy(eve.clone(), pay())), ActsForFrozen),
		("proxy by address", Bob, by_address(by_proxy(eve.clone(), pay())), ActsForFrozen),
		(
			"dispatch_as",
			Bob,
			pallet_utility::Call::dispatch_as { as_origin: as_eve(), call: boxed(pay()) }.into(),
			ActsForFrozen,
		),
		(
			"dispatch_as_fallible",
			Bob,
			pallet_utility::Call::dispatch_as_fallible { as_origin: as_eve(), call: boxed(pay()) }.into(),
			ActsForFrozen,
		),
		("force_transfer by another", Bob, pay_from(eve.clone()), ActsForFrozen),
		("as_derivative", Bob, derive(pay()).into(), ActsForFrozen),
		("as_derivative in a batch", Bob, batch(vec![derive(pay()).into()]), ActsForFrozen),
		("as_multi", Charlie, as_shared(Bob, Some(first), pay()), ActsForFrozen),
		("approve_as_multi", Charlie, approve.into(), ActsForFrozen),
		("as_multi_threshold_1", Charlie, alone_call.into(), ActsForFrozen),
		("schedule", Bob, schedule(by_proxy(eve.clone(), pay())).into(), ActsForFrozen),
		// Calls of the board and of root.
		("a motion", Alice, propose(pay_from(eve.clone())), ActsForFrozen),
		(
			"execute",
			Alice,
			BoardCall::execute { proposal: boxed(pay_from(eve.clone())), length_bound: 1_000 }.into(),
			ActsForFrozen,
		),
		("a motion to schedule", Alice, propose(schedule(pay_from(eve.clone())).into()), ActsForFrozen),
		(
			"a motion in its name",
			Alice,
			propose(pallet_utility::Call::dispatch_as { as_origin: as_eve(), call: boxed(pay()) }.into()),
			ActsForFrozen,
		),
		(
			"sudo_as",
			Alice,
			pallet_sudo::Call::sudo_as { who: address(eve.clone()), call: boxed(pay()) }.into(),
			ActsForFrozen,
		),
		("sudo", Alice, pallet_sudo::Call::sudo { call: boxed(pay_from(eve.clone())) }.into(), ActsForFrozen),
		// Calls for accounts of a frozen institution.
		("an account of it", Ferdie, pay(), InstitutionFrozen),
		("its proxy", Dave, by_proxy(id(Ferdie), pay()), ActsForFrozen),
		("out of the institution", Dave, pallet_identity::Call::clean_up { account: id(Ferdie) }.into(), ActsForFrozen),
	];
	let look = {
		let watched = [eve.clone(), multi, alone, derived, id(Ferdie)];
		// The total includes reserved money, because a frozen account may reserve some of its own.
		move || watched.clone().map(|who| Balances::total_balance(&who))
	};
	let before = chain.query(look.clone());
	for (way, who, call, refusal) in cases {
		let says = pool(&mut chain, who, call.clone());
		assert_eq!(says, refused(refusal), "{way}");
		// A call that an account of a frozen institution signs is stopped by this refusal only. All others move no
		// money even if they are made in spite of it.
		if refusal != InstitutionFrozen {
			let (_, after) = as_if_made(&mut chain, RuntimeOrigin::signed(id(who)), call.clone(), look.clone());
			assert_eq!(after, before, "{way}");
		}
		let board =
			RuntimeOrigin::from(pallet_collective::RawOrigin::<AccountId, pallet_collective::Instance1>::Members(4, 4));
		let (_, after) = as_if_made(&mut chain, board, call, look.clone());
		assert_eq!(after, before, "{way}, by the whole board");
	}
	// A block with such a transaction is invalid.
	let extrinsic = chain.sign(Eve, pay());
	let error = chain.others_accept(extrinsic).expect_err("it is refused");
	assert_eq!(error, "ExecuteBlockError applying extrinsic: InvalidTransaction custom error");
}

/// The calls of the table above succeed while nothing is frozen. Otherwise their refusal would prove nothing.
#[test]
fn the_ways_lead_somewhere_where_nothing_is_frozen() {
	let Scene { mut chain, multi, derived, first, .. } = frozen_chain();
	let release = |subject| pallet_supervision::Call::<Runtime>::release { subject, ground: b"paid".to_vec() }.into();
	succeed(
		&mut chain,
		[account(id(Eve)), account(multi.clone()), account(derived.clone()), Subject::Institution(NEWCOMER)]
			.map(|subject| (One, release(subject))),
	);
	let free = |who: &AccountId| {
		let who = who.clone();
		move || Balances::free_balance(&who)
	};
	let ways: [(&str, Sr25519Keyring, RuntimeCall, AccountId); 5] = [
		("itself", Eve, pay(), id(Eve)),
		("proxy", Bob, by_proxy(id(Eve), pay()), id(Eve)),
		("as_derivative", Bob, pallet_utility::Call::as_derivative { index: 7, call: Box::new(pay()) }.into(), derived),
		("as_multi", Charlie, as_shared(Bob, Some(first), pay()), multi),
		("its institution's proxy", Dave, by_proxy(id(Ferdie), pay()), id(Ferdie)),
	];
	for (way, who, call, from) in ways {
		assert_eq!(pool(&mut chain, who, call.clone()), Ok(()), "{way}");
		let before = chain.query(free(&from));
		let (result, after) = as_if_made(&mut chain, RuntimeOrigin::signed(id(who)), call, free(&from));
		assert_eq!(result, Ok(()), "{way}");
		assert_eq!(after, before - UNIT, "{way}");
	}
}

/// A call that was scheduled before the freeze cannot move the frozen money. Root has scheduled it, and root exists on
/// a development chain only; the board could not schedule such a call.
#[test]
fn what_was_scheduled_before_takes_nothing() {
	let mut state = state(&genesis());
	state.execute_with(|| {
		System::set_block_number(1);
		let as_origin = Box::new(OriginCaller::system(frame_system::RawOrigin::Signed(id(Eve))));
		let as_eve: RuntimeCall = pallet_utility::Call::dispatch_as { as_origin, call: Box::new(pay()) }.into();
		for call in [as_eve, pay_from(id(Eve))] {
			Scheduler::schedule(RuntimeOrigin::root(), 5, None, 0, Box::new(call)).expect("root may");
		}
		let officer = RuntimeOrigin::signed(id(One));
		open_case().dispatch(officer.clone()).expect("it may");
		freeze(account(id(Eve))).dispatch(officer).expect("it may");
		let before = (Balances::free_balance(id(Eve)), Balances::free_balance(id(Dave)));
		System::set_block_number(5);
		Scheduler::on_initialize(5);
		let tried = System::events().into_iter().filter(|record| {
			matches!(record.event, RuntimeEvent::Scheduler(pallet_scheduler::Event::Dispatched { .. }))
		});
		assert_eq!(tried.count(), 2);
		assert_eq!((Balances::free_balance(id(Eve)), Balances::free_balance(id(Dave))), before);
	});
}

#[test]
fn an_appeal_gets_through_and_the_board_lifts_the_freeze() {
	let Scene { mut chain, multi, .. } = frozen_chain();
	// The signers of a frozen multisig account can appeal for it, and an institution's administrator for the
	// institution's accounts.
	for (who, call) in [
		(Eve, appeal(account(id(Eve)))),
		(Alice, appeal(account(id(Eve)))),
		(Ferdie, appeal(Subject::Institution(NEWCOMER))),
		(Bob, as_shared(Charlie, None, appeal(account(multi.clone())))),
		(Bob, by_proxy(id(Eve), appeal(account(id(Eve))))),
	] {
		assert_eq!(pool(&mut chain, who, call.clone()), Ok(()), "{who}: {call:?}");
	}
	assert_eq!(pool(&mut chain, Eve, appeal(account(multi))), refused(Refusal::Frozen));
	succeed(&mut chain, [(Eve, appeal(account(id(Eve)))), (Ferdie, appeal(Subject::Institution(NEWCOMER)))]);
	chain.motion(&[Alice, Bob], decide(account(id(Eve))));
	assert_eq!(chain.motion_result(), Err(DispatchError::BadOrigin));
	chain.motion(&[Alice, Bob, Charlie], decide(account(id(Eve))));
	assert_eq!(chain.motion_result(), Ok(()));
	succeed(&mut chain, [(Eve, pay())]);
	chain.query(|| {
		let last = Records::<Runtime>::get(NextRecord::<Runtime>::get() - 1).expect("it is on record");
		assert_eq!((last.by, last.case), (Actor::Board, Some(0)));
		assert_eq!(last.act, Act::AppealDecided { subject: account(id(Eve)), lifted: true });
	});
	assert_eq!(pool(&mut chain, Ferdie, pay()), refused(Refusal::InstitutionFrozen));
}

#[test]
fn a_freeze_ends_in_the_block_that_it_names() {
	let mut chain = frozen_chain().chain;
	chain.run_to(UNTIL - 2);
	assert_eq!(pool(&mut chain, Eve, pay()), refused(Refusal::Frozen));
	let mut early = frozen_chain().chain;
	early.run_to(UNTIL - 2);
	let extrinsic = early.sign(Eve, pay());
	assert!(early.others_accept(extrinsic).is_err(), "in the last block in which it holds");
	chain.block([]);
	// The pool judges for the next block.
	assert_eq!(pool(&mut chain, Eve, pay()), Ok(()));
	let before = chain.query(|| Balances::free_balance(id(Eve)));
	succeed(&mut chain, [(Eve, pay()), (Ferdie, pay())]);
	assert_eq!(chain.head().number, UNTIL);
	chain.query(|| {
		assert_eq!(Balances::free_balance(id(Eve)), before - UNIT);
		assert_eq!(Freezes::<Runtime>::iter().count(), 0);
	});
}

#[test]
fn a_member_of_the_board_votes_although_frozen() {
	let mut chain = Chain::of(&genesis(), 0);
	succeed(
		&mut chain,
		[(One, open_case()), (One, freeze(account(id(Alice)))), (One, freeze(Subject::Institution(1)))],
	);
	assert_eq!(pool(&mut chain, Alice, pay()), refused(Refusal::Frozen));
	assert_eq!(pool(&mut chain, Bob, pay()), refused(Refusal::InstitutionFrozen));
	succeed(&mut chain, [(Alice, appeal(account(id(Alice))))]);
	// Three of four votes are needed, and two of these three members are frozen.
	chain.motion(&[Alice, Bob, Charlie], decide(account(id(Alice))));
	assert_eq!(chain.motion_result(), Ok(()));
	succeed(&mut chain, [(Alice, pay())]);
	let vote: RuntimeCall = BoardCall::vote { proposal: Default::default(), index: 0, approve: true }.into();
	assert_eq!(pool(&mut chain, Bob, batch(vec![vote])), refused(Refusal::InstitutionFrozen), "in its own transaction");
}

#[test]
fn only_a_regulator_freezes_and_regulators_are_not_frozen() {
	let mut chain = Chain::of(&genesis(), 0);
	for who in [Alice, Eve, Ferdie] {
		chain.block([(who, open_case())]);
		assert_eq!(chain.failure(), Some(DispatchError::BadOrigin));
	}
	succeed(&mut chain, [(One, open_case())]);
	for subject in [account(id(Two)), account(id(One)), Subject::Institution(AUTHORITY)] {
		chain.block([(One, freeze(subject))]);
		let error = pallet_supervision::Error::<Runtime>::SubjectIsRegulator;
		assert_eq!(chain.failure(), Some(error.into()));
	}
	chain.motion(&[Alice, Bob, Charlie, Dave], freeze(account(id(Eve))));
	assert_eq!(chain.motion_result(), Err(DispatchError::BadOrigin), "not even the board");
}

#[test]
fn calls_are_looked_through_to_a_bound() {
	let mut chain = Chain::of(&genesis(), 0);
	chain.block([]);
	let nested = |depth: usize| (1..depth).fold(pay(), |call, _| batch(vec![call]));
	let most = pallet_supervision::MAX_DEPTH as usize;
	assert_eq!(pool(&mut chain, Eve, nested(most)), Ok(()));
	assert_eq!(pool(&mut chain, Eve, nested(most + 1)), refused(Refusal::TooDeep));
	let many = |count: usize| batch(vec![by_proxy(id(Alice), pay()); count]);
	let most = pallet_supervision::MAX_ACTORS as usize;
	assert_eq!(pool(&mut chain, Eve, many(most)), Ok(()));
	assert_eq!(pool(&mut chain, Eve, many(most + 1)), refused(Refusal::TooManyActors));
}

#[test]
fn who_may_not_transact_does_not_so_by_proxy() {
	let mut chain = Chain::of(&genesis(), 0);
	succeed(&mut chain, [(Ferdie, add_proxy(Bob, 0)), (Bob, by_proxy(id(Ferdie), pay()))]);
	let executed =
		|result: Result<(), DispatchError>| RuntimeEvent::Proxy(pallet_proxy::Event::ProxyExecuted { result });
	assert!(chain.events().contains(&executed(Ok(()))));
	let suspend = pallet_identity::Call::suspend_institution { institution: NEWCOMER };
	chain.motion(&[Alice, Bob, Charlie], RuntimeCall::Identity(suspend));
	chain.block([(Bob, by_proxy(id(Ferdie), pay()))]);
	assert_eq!(chain.failure(), Some(frame_system::Error::<Runtime>::CallFiltered.into()));
	let resume = pallet_identity::Call::resume_institution { institution: NEWCOMER };
	chain.motion(&[Alice, Bob, Charlie], RuntimeCall::Identity(resume));
	succeed(&mut chain, [(Ferdie, pallet_identity::Call::leave {}.into())]);
	assert!(chain.query(|| Identity::check_identity(&id(Ferdie)).is_err()));
	chain.block([(Bob, by_proxy(id(Ferdie), pay()))]);
	assert_eq!(chain.failure(), Some(frame_system::Error::<Runtime>::CallFiltered.into()));
}

#[test]
fn a_proxy_does_what_its_kind_allows() {
	use frame_support::traits::InstanceFilter;
	let vote: RuntimeCall = BoardCall::vote { proposal: Default::default(), index: 0, approve: true }.into();
	let remark: RuntimeCall = frame_system::Call::remark { remark: vec![] }.into();
	let by_several = as_shared(Bob, None, pay());
	let cases: [(&RuntimeCall, [bool; 3]); 5] = [
		(&pay(), [true, false, false]),
		(&by_proxy(id(Eve), pay()), [true, false, false]),
		(&by_several, [true, false, false]),
		(&remark, [true, true, false]),
		(&vote, [true, true, true]),
	];
	let kinds = [ProxyType::Any, ProxyType::NonTransfer, ProxyType::Governance];
	for (call, allowed) in cases {
		assert_eq!(kinds.map(|kind| kind.filter(call)), allowed, "{call:?}");
	}
	// Each kind is a superset of itself and of the kinds after it.
	for (n, kind) in kinds.iter().enumerate() {
		assert_eq!(kinds.map(|other| kind.is_superset(&other)), [0, 1, 2].map(|other| n <= other));
	}
}

#[test]
fn evidence_against_a_validator_is_on_record_with_its_outcome() {
	let mut chain = Chain::of(&genesis(), 0);
	chain.block([]);
	let genesis_hash = chain.query(|| System::block_hash(0));
	let offender = Ed25519Keyring::Bob;
	let vote = |block: u8| {
		let vote = Vote {
			set_id: SetId(0),
			height: Height(1),
			view: View(0),
			phase: Phase::Commit,
			block_hash: BlockHash::repeat_byte(block),
		};
		let signature: ValidatorSignature = offender.sign(&vote.payload(&genesis_hash)).into();
		SignedVote { vote, signer: SignerIndex(1), signature }
	};
	let evidence = Equivocation { first: vote(1), second: vote(2) };
	let report = pallet_validators::Call::report_equivocation { evidence };
	chain.block_of(vec![UncheckedExtrinsic::new_bare(report.into())]);
	let validator = offender.public().into();
	chain.query(|| {
		assert_eq!(NextRecord::<Runtime>::get(), 1);
		let record = Records::<Runtime>::get(0).expect("it is on record");
		assert_eq!((record.by, record.height), (Actor::Chain, 2));
		assert_eq!(record.act, Act::Evidence { validator, height: Height(1), expelled: true });
	});
	assert!(chain.query(|| !Supervision::is_frozen(&id(Bob))));
}
