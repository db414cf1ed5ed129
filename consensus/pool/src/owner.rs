//! What a transaction belongs to. Its class is told by its priority in the pool (`syndic_primitives::classes`), so that nobody
//! need ask the runtime.

use syndic_primitives::{
	classes::{class_of_priority, MAX_CLASS_PRIORITY},
	ClassId, ClassInfo,
};

/// What a transaction belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
	/// The chain itself: evidence, duties, what its board decides. It goes before every class.
	Chain,
	/// The chain goes on without it, and anybody whom an institution vouches for may hand it in: enrolments. In a block it
	/// goes with the chain's own, in whose priority it is; in a pool it finds room only where nothing is promised.
	Newcomer,
	/// A class, or the default one where a priority tells none that there is.
	Class(ClassId),
}

impl Owner {
	/// Whose a transaction with this priority is.
	pub fn of(priority: u64, classes: &[ClassInfo]) -> Self {
		let told = class_of_priority(priority);
		match classes.iter().any(|class| class.id == told) {
			_ if priority >> 56 > u64::from(MAX_CLASS_PRIORITY) => Self::Chain,
			true => Self::Class(told),
			false => Self::Class(ClassId::default()),
		}
	}
}
