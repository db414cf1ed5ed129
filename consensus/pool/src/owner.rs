//! The owner of a transaction. The priority in the pool tells its class (`syndic_primitives::classes`), so that the
//! runtime need not be asked.

use syndic_primitives::{
	classes::{class_of_priority, MAX_CLASS_PRIORITY},
	ClassId, ClassInfo,
};

/// The owner of a transaction: its share of the pool is what the transaction uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
	/// The chain itself: evidence, duties, motions of its board. Its transactions go before those of every class.
	Chain,
	/// An enrolment. The chain does not depend on it, and any person for whom an institution vouches may submit it. In
	/// a block an enrolment has the priority of the chain's own transactions; in a pool it finds room only where
	/// nothing is promised.
	Newcomer,
	/// A class; the default class if the priority names none that exists.
	Class(ClassId),
}

impl Owner {
	/// The owner of a transaction with this priority.
	pub fn of(priority: u64, classes: &[ClassInfo]) -> Self {
		let told = class_of_priority(priority);
		match classes.iter().any(|class| class.id == told) {
			_ if priority >> 56 > u64::from(MAX_CLASS_PRIORITY) => Self::Chain,
			true => Self::Class(told),
			false => Self::Class(ClassId::default()),
		}
	}
}
