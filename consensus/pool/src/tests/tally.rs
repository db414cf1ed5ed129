use super::shipped;
use crate::{
	owner::Owner,
	room::{Load, Room},
	tally::{Coming, Tally},
};
use syndic_primitives::ClassId;

const LIMIT: Load = Load { count: 160, bytes: 160_000 };
const RETAIL: Owner = Owner::Class(ClassId(0));
const SETTLEMENT: Owner = Owner::Class(ClassId(1));

fn one() -> Load {
	Load::one(100)
}

fn empty(limit: Load) -> Room {
	Room::new(limit, &shipped())
}

/// Lets in as many transactions as there is room for. None of them enters the pool.
fn flood<'a>(tally: &'a Tally, owner: Owner, count: impl Fn(Load) -> Room) -> Vec<Coming<'a>> {
	std::iter::from_fn(|| tally.enter(owner, one(), &count)).collect()
}

/// Waits until the contents of the pool are counted again, after a quarter of a second.
fn later() {
	std::thread::sleep(std::time::Duration::from_millis(300));
}

#[test]
fn what_is_on_its_way_counts_however_often_the_pool_is_counted() {
	let tally = Tally::new(LIMIT);
	// Of 160, ten are kept for the chain; 30, 22, 15 and 7 are promised.
	let flooding = flood(&tally, RETAIL, empty);
	assert_eq!(flooding.len(), 76 + 30);
	later();
	assert!(
		tally.enter(RETAIL, one(), empty).is_none(),
		"none of them is in the pool yet, and there is no room for more"
	);
	assert_eq!(flood(&tally, SETTLEMENT, empty).len(), 22);
	drop(flooding);
	assert_eq!(flood(&tally, RETAIL, empty).len(), 76 + 30, "none of them was taken");
}

#[test]
fn what_was_taken_counts_until_the_pool_is_counted_again() {
	let tally = Tally::new(LIMIT);
	flood(&tally, RETAIL, empty).into_iter().for_each(Coming::taken);
	assert!(tally.enter(RETAIL, one(), empty).is_none());
	later();
	let counted = |limit| {
		let mut room = empty(limit);
		room.count(Some(RETAIL), Load { count: 100, bytes: 10_000 });
		room
	};
	assert_eq!(flood(&tally, RETAIL, counted).len(), 6, "six have left");
}

#[test]
fn a_burst_into_an_empty_pool_is_no_calm() {
	let tally = Tally::new(LIMIT);
	let nothing = Load::default();
	let mut burst = Vec::new();
	while tally.is_calm(nothing) {
		burst.push(tally.pass(one()));
	}
	assert_eq!(burst.len(), 40, "a quarter");
	// The owners of the burst are not known. It takes room until it is dropped.
	assert_eq!(flood(&tally, RETAIL, empty).len(), 76 + 30 - 40);
	drop(burst);
	assert!(tally.is_calm(nothing));
	assert!(!tally.is_calm(Load { count: 40, bytes: 4_000 }));
	assert!(!tally.is_calm(Load { count: 1, bytes: 40_000 }));
}
