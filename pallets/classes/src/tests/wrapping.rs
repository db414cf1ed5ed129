//! A call is made as a transaction of a class.

use super::*;
use frame_support::dispatch::GetDispatchInfo;
use sp_runtime::traits::Dispatchable;

fn dispatch(who: u64, call: RuntimeCall) -> DispatchResult {
	call.dispatch(RuntimeOrigin::signed(who)).map(drop).map_err(|error| error.error)
}

#[test]
fn the_call_is_made_with_the_same_origin_and_the_class_is_told() {
	test(|| {
		let call = frame_system::Call::remark_with_event { remark: b"x".to_vec() }.into();
		assert_ok!(dispatch(10, within(SETTLEMENT, call)));
		let remarked = System::events().into_iter().any(|record| {
			matches!(record.event, RuntimeEvent::System(frame_system::Event::Remarked { sender: 10, .. }))
		});
		assert!(remarked);
		assert_eq!(events(), [Event::CalledInClass { class: SETTLEMENT, name: called("settlement") }]);
	});
}

#[test]
fn what_the_call_itself_may_not_it_may_not_in_a_class() {
	test(|| {
		let roots: RuntimeCall = frame_system::Call::set_heap_pages { pages: 1 }.into();
		assert_noop!(dispatch(10, within(SETTLEMENT, roots)), BadOrigin);
		let filtered: RuntimeCall = frame_system::Call::kill_storage { keys: vec![] }.into();
		let error = frame_system::Error::<Test>::CallFiltered;
		assert_noop!(dispatch(10, within(SETTLEMENT, filtered.clone())), error);
		let as_root = within(SETTLEMENT, filtered).dispatch(RuntimeOrigin::root());
		assert!(as_root.is_ok(), "nothing is filtered for root: {as_root:?}");
	});
}

#[test]
fn one_class_at_a_time_and_one_that_there_is() {
	test(|| {
		let twice = within(RETAIL, within(SETTLEMENT, remark()));
		assert_noop!(dispatch(10, twice), Error::<Test>::Nested);
		assert_noop!(dispatch(10, within(NEW, remark())), Error::<Test>::UnknownClass);
	});
}

#[test]
fn it_costs_what_the_call_costs_and_a_little() {
	test(|| {
		let direct = remark().get_dispatch_info();
		let wrapped = within(SETTLEMENT, remark()).get_dispatch_info();
		assert_eq!((wrapped.class, wrapped.pays_fee), (direct.class, direct.pays_fee));
		let little = wrapped.call_weight.ref_time() - direct.call_weight.ref_time();
		assert!(little > 0 && little < 100_000_000, "{little}");
		let operational: RuntimeCall = frame_system::Call::set_heap_pages { pages: 1 }.into();
		assert_eq!(
			within(RETAIL, operational.clone()).get_dispatch_info().class,
			operational.get_dispatch_info().class
		);
	});
}
