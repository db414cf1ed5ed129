//! A call by address is the direct call.

use crate::{
	mock::{contract, *},
	BuiltInContract, Error, WeightInfo,
};
use codec::Encode;
use frame_support::{
	assert_ok,
	dispatch::{DispatchClass, GetDispatchInfo, Pays},
	weights::Weight,
};
use sp_runtime::{traits::Dispatchable, DispatchError};
use syndic_primitives::builtin::{address, Address};

type Call = contract::Call<Test>;

fn set(value: u32) -> RuntimeCall {
	Call::set { value }.into()
}

fn raw(address: Address, payload: Vec<u8>) -> RuntimeCall {
	crate::Call::call { address, payload }.into()
}

fn overhead(call: &RuntimeCall) -> Weight {
	<() as WeightInfo>::call(call.encoded_size() as u32 - 1)
}

#[test]
fn it_is_made_with_the_callers_origin() {
	new_test_ext().execute_with(|| {
		assert_ok!(by_address(OTHER, &set(7)).dispatch(RuntimeOrigin::signed(42)));
		assert_eq!(contract::Value::<Test>::get(), Some((42, 7)));
		let operate: RuntimeCall = Call::operate {}.into();
		for (call, origin) in [
			(&operate, RuntimeOrigin::signed(1)),
			(&operate, board(4)),
			(&operate, RuntimeOrigin::none()),
			(&set(8), RuntimeOrigin::none()),
			(&set(8), board(4)),
		] {
			let refused = by_address(OTHER, call).dispatch(origin).unwrap_err();
			assert_eq!(refused.error, DispatchError::BadOrigin, "{call:?}");
		}
		assert_eq!(contract::Value::<Test>::get(), Some((42, 7)));
		assert_ok!(by_address(OTHER, &operate).dispatch(RuntimeOrigin::root()));
	});
}

#[test]
fn weight_class_and_fee_are_the_direct_calls_and_the_way() {
	let calls = [
		(set(7), DispatchClass::Normal, Pays::Yes),
		(Call::operate {}.into(), DispatchClass::Operational, Pays::No),
		(Call::must {}.into(), DispatchClass::Mandatory, Pays::Yes),
		(Call::wrap { call: Box::new(set(7)) }.into(), DispatchClass::Normal, Pays::Yes),
	];
	for (call, class, pays) in calls {
		let (direct, info) = (call.get_dispatch_info(), by_address(OTHER, &call).get_dispatch_info());
		assert_eq!((info.class, info.pays_fee), (class, pays), "{call:?}");
		assert_eq!((direct.class, direct.pays_fee), (class, pays), "{call:?}");
		assert_eq!(info.call_weight, direct.call_weight + overhead(&call), "{call:?}");
	}
}

#[test]
fn the_weight_that_was_used_is_passed_on() {
	new_test_ext().execute_with(|| {
		let used = Weight::from_parts(2_000, 200);
		let done = by_address(OTHER, &set(7)).dispatch(RuntimeOrigin::signed(1)).unwrap();
		assert_eq!(done.actual_weight, Some(used + overhead(&set(7))));
		let failed = by_address(OTHER, &set(13)).dispatch(RuntimeOrigin::signed(1)).unwrap_err();
		assert_eq!(failed.post_info.actual_weight, Some(used + overhead(&set(13))));
		// The direct call's error, as it is.
		assert_eq!(failed.error, contract::Error::<Test>::Unlucky.into());
	});
}

#[test]
fn what_is_no_call_is_refused_by_name_and_costs_the_way() {
	let (good, payload) = (set(7), set(7).encode()[1..].to_vec());
	let longest = MAX_PAYLOAD as usize;
	let cases = [
		(address(0x1ffe), payload.clone(), Error::<Test>::UnknownContract),
		(Address::zero(), payload.clone(), Error::UnknownContract),
		(OTHER, vec![], Error::UndecodablePayload),
		(OTHER, vec![0], Error::UndecodablePayload),
		(OTHER, vec![99], Error::UndecodablePayload),
		// Something after it, and the direct call's encoding, which begins with the pallet's index.
		(OTHER, [&payload[..], &[0]].concat(), Error::UndecodablePayload),
		(OTHER, good.encode(), Error::UndecodablePayload),
		(OTHER, vec![0; longest], Error::UndecodablePayload),
		(OTHER, vec![0; longest + 1], Error::PayloadTooLong),
		(Builtin::ADDRESS, vec![0; 30], Error::CallWithinCall),
	];
	new_test_ext().execute_with(|| {
		for (address, payload, error) in cases {
			let call = raw(address, payload.clone());
			let info = call.get_dispatch_info();
			assert_eq!(info.call_weight, <() as WeightInfo>::call(payload.len() as u32));
			assert_eq!((info.class, info.pays_fee), (DispatchClass::Normal, Pays::Yes));
			let refused = call.dispatch(RuntimeOrigin::signed(1)).unwrap_err();
			assert_eq!(refused.error, error.into(), "{address:?} {payload:?}");
		}
		assert_eq!(contract::Value::<Test>::get(), None);
	});
}

#[test]
fn a_call_by_address_is_not_made_within_another() {
	let inner = by_address(OTHER, &set(7));
	let wrapped: RuntimeCall = Call::wrap { call: Box::new(inner.clone()) }.into();
	let twice = by_address(OTHER, &wrapped);
	new_test_ext().execute_with(|| {
		let error: DispatchError = Error::<Test>::CallWithinCall.into();
		assert_eq!(twice.clone().dispatch(RuntimeOrigin::signed(1)).unwrap_err().error, error);
		assert_eq!(by_address(Builtin::ADDRESS, &inner).dispatch(RuntimeOrigin::signed(1)).unwrap_err().error, error);
		assert_eq!(contract::Value::<Test>::get(), None);
		// One inside of a direct call is a call by address like any other, and so is the next one after a refusal.
		assert_ok!(wrapped.dispatch(RuntimeOrigin::signed(1)));
		assert_eq!(contract::Value::<Test>::get(), Some((1, 7)));
	});
}

/// Each layer would double the work if the weight of a payload within a payload were looked for.
#[test]
fn payloads_within_payloads_cost_nothing_to_weigh() {
	let mut call = set(7);
	while call.encoded_size() < MAX_PAYLOAD as usize - 40 {
		call = by_address(OTHER, &Call::wrap { call: Box::new(call) }.into());
	}
	let RuntimeCall::Builtin(crate::Call::call { payload, .. }) = &call else { panic!("{call:?}") };
	let weight = call.get_dispatch_info().call_weight;
	let ways = <() as WeightInfo>::call(payload.len() as u32) * 2;
	assert!(weight.all_lte(ways), "{weight:?} is more than the ways to two calls, {ways:?}");
}

#[test]
fn arguments_nested_too_deep_are_refused() {
	let mut call = set(7);
	for _ in 0..300 {
		call = Call::wrap { call: Box::new(call) }.into();
	}
	new_test_ext().execute_with(|| {
		let refused = by_address(OTHER, &call).dispatch(RuntimeOrigin::signed(1)).unwrap_err();
		assert_eq!(refused.error, Error::<Test>::UndecodablePayload.into());
	});
}
