use super::shipped;
use crate::{
	owner::Owner,
	room::{Load, Room},
};
use proptest::prelude::*;
use syndic_primitives::ClassId;

const LIMIT: Load = Load { count: 1_600, bytes: 1_600_000 };

fn of(class: u8) -> Owner {
	Owner::Class(ClassId(class))
}

/// Takes in transactions of a class until there is no more room. Returns how many were taken in.
fn flood(room: &mut Room, class: u8, bytes: usize) -> u64 {
	let mut taken = 0;
	while room.admits(of(class), Load::one(bytes)) {
		room.count(Some(of(class)), Load::one(bytes));
		taken += 1;
		assert!(taken <= LIMIT.count, "it never ends");
	}
	taken
}

#[test]
fn a_flood_fills_what_is_nobodys_and_leaves_the_others_theirs() {
	for flooded in 0..4_u8 {
		let mut room = Room::new(LIMIT, &shipped());
		let taken = flood(&mut room, flooded, 100);
		// Of 1,600 a sixteenth is kept for the chain, and half of the rest is promised.
		let promised = |class: u8| 750 * u64::from(shipped()[usize::from(class)].share) / 100;
		assert_eq!(taken, 750 + promised(flooded));
		for class in (0..4).filter(|class| *class != flooded) {
			assert_eq!(flood(&mut room, class, 100), promised(class), "class {class} while {flooded} is flooded");
		}
		assert!(room.admits(Owner::Chain, Load::one(100)));
	}
}

#[test]
fn bytes_are_promised_as_well() {
	let mut room = Room::new(LIMIT, &shipped());
	// Reports are few and large.
	let taken = flood(&mut room, 3, 50_000);
	assert_eq!(taken, (750_000 + 75_000) / 50_000);
	assert!(flood(&mut room, 0, 1_000) >= 300, "retail has its 300 kB");
}

#[test]
fn what_goes_makes_room() {
	let mut room = Room::new(LIMIT, &shipped());
	let full = flood(&mut room, 0, 100);
	room.uncount(Some(of(0)), Load::one(100));
	assert!(room.admits(of(0), Load::one(100)));
	assert_eq!(flood(&mut room, 0, 100), 1);
	assert!(full > 1_000);
}

#[test]
fn without_classes_all_of_the_pool_is_for_everybody() {
	let mut room = Room::new(LIMIT, &[]);
	assert_eq!(flood(&mut room, 0, 100), 1_500);
}

/// Of 1,600, a hundred are kept for the chain.
#[test]
fn what_governs_does_not_fill_the_pool_either() {
	let mut room = Room::new(LIMIT, &shipped());
	let govern = |room: &mut Room| {
		let mut taken = 0;
		while room.admits(Owner::Chain, Load::one(100)) {
			room.count(Some(Owner::Chain), Load::one(100));
			taken += 1;
		}
		taken
	};
	assert_eq!(govern(&mut room), 100 + 750, "what is kept, and what is nobody's");
	assert_eq!([0, 1, 2, 3].map(|class| flood(&mut room, class, 100)), [300, 225, 150, 75], "what they are promised");
	let mut room = Room::new(LIMIT, &shipped());
	for class in [3, 2, 1, 0] {
		flood(&mut room, class, 100);
	}
	assert_eq!(govern(&mut room), 100, "and no class uses what is kept");
}

#[test]
fn enrolments_find_room_where_nothing_is_promised_and_keep_nobody_out() {
	let mut room = Room::new(LIMIT, &shipped());
	let mut taken = 0;
	while room.admits(Owner::Newcomer, Load::one(100)) {
		room.count(Some(Owner::Newcomer), Load::one(100));
		taken += 1;
	}
	assert_eq!(taken, 750);
	let mut governing = 0;
	while room.admits(Owner::Chain, Load::one(100)) {
		room.count(Some(Owner::Chain), Load::one(100));
		governing += 1;
	}
	assert_eq!(governing, 100, "the board has what is kept");
	assert_eq!([0, 1, 2, 3].map(|class| flood(&mut room, class, 100)), [300, 225, 150, 75]);
}

#[test]
fn what_is_nobodys_as_far_as_one_knows_takes_room_too() {
	let mut room = Room::new(LIMIT, &shipped());
	room.count(None, Load { count: 400, bytes: 400 });
	assert_eq!(flood(&mut room, 0, 100), 750 + 300 - 400);
	// A transaction of a class that no longer exists.
	room.count(Some(of(9)), Load::one(100));
	room.uncount(Some(of(0)), Load::one(100));
	assert!(!room.admits(of(0), Load::one(100)));
}

proptest! {
	/// In any order, the pool stays under its limit, and a class within its promise is let in.
	#[test]
	fn any_mixture_leaves_room(txs in prop::collection::vec((0_u8..4, 1_usize..40_000), 0..3_000)) {
		let mut room = Room::new(LIMIT, &shipped());
		let mut held = [Load::default(); 4];
		for (class, bytes) in txs {
			let load = Load::one(bytes);
			let mine = &mut held[usize::from(class)];
			let share = u64::from(shipped()[usize::from(class)].share);
			let is_promised = mine.count < 750 * share / 100 && mine.bytes + load.bytes <= 750_000 * share / 100;
			let admits = room.admits(of(class), load);
			prop_assert!(admits || !is_promised);
			if admits {
				room.count(Some(of(class)), load);
				mine.count += 1;
				mine.bytes += load.bytes;
			}
			let total = held.iter().fold((0, 0), |sum, load| (sum.0 + load.count, sum.1 + load.bytes));
			prop_assert!(total.0 <= 1_500 && total.1 <= 1_500_000);
		}
	}
}
