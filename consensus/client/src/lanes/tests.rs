//! Tests that a flood in one class takes nothing of a block from another class.

mod order;

use syndic_primitives::{AssuranceLevel, ClassId, ClassInfo};

pub(super) fn class(id: u8, share: u8, priority: u8) -> ClassInfo {
	let assurance = AssuranceLevel::Committee;
	ClassInfo { id: ClassId(id), name: vec![b'a' + id], share, priority, max_size: 1_000, assurance }
}

/// The shipped classes: retail, settlement, custody, reporting.
pub(super) fn shipped() -> Vec<ClassInfo> {
	vec![class(0, 40, 10), class(1, 30, 40), class(2, 20, 30), class(3, 10, 20)]
}
