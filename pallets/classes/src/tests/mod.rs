mod classes;
mod extension;
mod wrapping;

use crate::{mock::*, Class, ClassName, Error, Event, Members, Refusal, StoredMembers};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::{DispatchError::BadOrigin, DispatchResult};
use syndic_primitives::{AssuranceLevel, ClassId};

const RETAIL: ClassId = ClassId(0);
const SETTLEMENT: ClassId = ClassId(1);
const REPORTING: ClassId = ClassId(3);
/// There is none of this number at first.
const NEW: ClassId = ClassId(7);

/// A class as a test wants it.
#[derive(Clone)]
struct Wanted {
	class: ClassId,
	name: &'static str,
	share: u8,
	priority: u8,
	max_size: u32,
	members: Option<Members<u8>>,
}

impl Wanted {
	/// One that is fine, without a share: all of the block is promised.
	fn new(class: ClassId) -> Self {
		Self { class, name: "collateral", share: 0, priority: 50, max_size: 4_096, members: None }
	}

	fn set(self) -> DispatchResult {
		let Self { class, name, share, priority, max_size, members } = self;
		let level = AssuranceLevel::Validators;
		Classes::set_class(RuntimeOrigin::root(), class, name.into(), share, priority, max_size, level, members)
	}
}

fn called(name: &str) -> ClassName {
	ClassName::truncate_from(name.as_bytes().to_vec())
}

fn class(id: ClassId) -> Option<Class<u8>> {
	crate::Classes::<Test>::get(id)
}

fn remark() -> RuntimeCall {
	frame_system::Call::remark { remark: vec![] }.into()
}

/// A call wrapped in a class.
fn within(class: ClassId, call: RuntimeCall) -> RuntimeCall {
	crate::Call::with_class { class, call: Box::new(call) }.into()
}
