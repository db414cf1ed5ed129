//! Outages: however long the network was away, all validators are in one view soon after its return, and the chain goes
//! on.
//!
//! Where only timers end views, the views drift apart during an outage, by one for every timeout. With timeouts that
//! double, no validator waits long enough for the others. This module measures the time from the return of the network
//! until all correct validators are in one view and none of them is changing its view.

use crate::{
	audit::Audit,
	blocks::parameters,
	dice::Dice,
	invariant::{Invariant, Violation},
	network::{Micros, Partition},
	profile::Profile,
	run::patience,
	world::World,
};

/// How long the chain runs before the outage, in µs.
const BEFORE: Micros = 5_000_000;

/// Interval at which the views are compared, in µs.
const LOOK: Micros = 10_000;

/// The kind of an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
	/// No validator hears another, and each knows it: all connections are down.
	Severed,
	/// All connections stay up, and every message is lost.
	Black,
	/// Two halves, neither with a quorum.
	Halves,
	/// One validator hears no other and is not heard; the others go on.
	OneAway,
	/// One validator hears the others and is not heard.
	OneMute,
	/// Partitions that change faster than a timeout.
	Moving,
}

impl Outage {
	/// All of them.
	pub const ALL: [Self; 6] = [Self::Severed, Self::Black, Self::Halves, Self::OneAway, Self::OneMute, Self::Moving];
}

/// Time in µs after the network's return within which all correct validators must be in one view: two base timeouts.
pub fn bound() -> Micros {
	2_000 * Micros::from(parameters().base_timeout)
}

/// Runs one outage of `length` µs. Returns the time in µs from its end until all validators were in one view.
pub fn measure(validators: usize, outage: Outage, length: Micros, audit: Audit) -> Result<Micros, Violation> {
	let mut world = World::new(validators, length, Profile::Calm, audit);
	let mut dice = Dice::new(length);
	world.run_until(BEFORE)?;
	let end = world.now + length;
	match outage {
		Outage::Severed => world.network.partition = Partition::Severed,
		Outage::Black => world.network.weather.loss = 1_000,
		Outage::Halves => {
			world.network.partition = Partition::Sides((0..validators).map(|node| node < validators / 2).collect())
		}
		Outage::OneAway => world.network.partition = Partition::Isolated(0),
		Outage::OneMute => world.network.partition = Partition::Mute(0),
		Outage::Moving => {
			while world.now < end {
				world.network.partition = Partition::draw(validators, &mut dice);
				let next = world.now + dice.within(200_000, 900_000);
				world.run_until(next.min(end))?;
			}
		}
	}
	world.run_until(end)?;
	world.heal();
	let (returned, before) = (world.now, world.checker.highest().0);
	let late = |world: &World, what: &str| {
		let states: Vec<_> = world.nodes.iter().filter_map(|n| n.machine.as_ref()).map(|m| m.status()).collect();
		let views: Vec<_> = states.iter().map(|s| (s.committed.0, s.view.0, s.changing_view)).collect();
		let what = format!("{what} after {} ms: {views:?}", (world.now - returned) / 1_000);
		Err(Violation { invariant: Invariant::Progress, node: 0, what })
	};
	let together = loop {
		world.run_until(world.now + LOOK)?;
		if in_one_view(&world) {
			break world.now - returned;
		}
		if world.now - returned > bound() {
			return late(&world, "not in one view");
		}
	};
	while world.healthy().any(|node| world.nodes[node].head().0 .0 <= before) {
		world.run_until(world.now + LOOK)?;
		if world.now - returned > patience(validators) {
			return late(&world, "no height");
		}
	}
	Ok(together)
}

/// Whether all healthy nodes are in one view and none of them is changing its view.
pub(crate) fn in_one_view(world: &World) -> bool {
	let mut views = world.healthy().map(|node| {
		let status = world.nodes[node].machine.as_ref().map(|machine| machine.status());
		status.filter(|status| !status.changing_view).map(|status| (status.set_id, status.view))
	});
	let Some(Some(first)) = views.next() else { return false };
	views.all(|view| view == Some(first))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn after_any_outage_all_are_in_one_view_within_two_base_timeouts() {
		for outage in Outage::ALL {
			for seconds in [1, 7, 60, 600] {
				let together = measure(4, outage, seconds * 1_000_000, Audit::default());
				assert!(together.as_ref().is_ok_and(|t| *t <= bound()), "{outage:?} of {seconds} s: {together:?}");
			}
		}
	}
}
