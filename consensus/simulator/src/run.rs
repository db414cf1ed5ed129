//! One seed, from start to verdict: faults first, then a healthy network that must go on.

use crate::{
	audit::Audit,
	invariant::{without_panic, Invariant, Violation},
	network::Micros,
	profile::Profile,
	world::World,
};
use syndic_primitives::Height;

/// Number of heights by which each healthy node must pass the highest final one, after the network has healed.
pub const HEIGHTS: u32 = 3;

/// Time in µs after healing within which these [`HEIGHTS`] must come. The ceiling of the timeouts is 8 s here, which is
/// the most that a failed view costs. The time allows for f faulty leaders in a row, twice.
pub fn patience(validators: usize) -> Micros {
	let f = syndic_primitives::set::max_faulty(validators) as u64;
	(20 + 2 * (f + 1) * 10) * 1_000_000
}

/// Maximum number of views that these [`HEIGHTS`] may take.
pub fn views(validators: usize) -> u32 {
	4 * (syndic_primitives::set::max_faulty(validators) as u32 + 1) + 4
}

/// The result of a seed.
#[derive(Clone, Debug)]
pub struct Outcome {
	/// The seed.
	pub seed: u64,
	/// The profile that the seed ran under.
	pub profile: Profile,
	/// The highest height that was committed.
	pub height: Height,
	/// Number of messages sent.
	pub messages: u64,
	/// The hash over the whole history.
	pub audit: u64,
	/// What broke, if anything did.
	pub violation: Option<Violation>,
}

/// Runs one seed.
pub fn run(validators: usize, seed: u64, profile: Option<Profile>, audit: Audit) -> Outcome {
	let profile = profile.unwrap_or_else(|| Profile::of_seed(seed));
	let mut world = World::new(validators, seed, profile, audit);
	let violation = without_panic(|| verdict(&mut world, validators)).err();
	Outcome {
		seed,
		profile,
		height: world.checker.highest(),
		messages: world.messages,
		audit: world.audit.hash(),
		violation,
	}
}

/// Puts a network through its circumstances, heals it, and waits for progress.
pub fn verdict(world: &mut World, validators: usize) -> Result<(), Violation> {
	let end = world.circumstances.fault_phase;
	if world.circumstances.gone > 0 {
		// A little after the middle of the faults there is no quorum. Heights in progress, up to a window of them, may
		// still be committed.
		world.run_until(end / 2 + 1_000_000)?;
		let (gone, before) = (world.gone(), world.checker.highest());
		world.run_until(end)?;
		let after = world.checker.highest();
		if gone > 0 && after.0 > before.0 + world.circumstances.depth {
			let what = format!("{gone} of {validators} are gone, and height {after} follows {before}");
			return Err(Violation { invariant: Invariant::StallWithoutQuorum, node: 0, what });
		}
	}
	world.run_until(end)?;
	world.heal();
	recover(world, validators)
}

/// The network is healthy again: every healthy node must make progress.
pub(crate) fn recover(world: &mut World, validators: usize) -> Result<(), Violation> {
	let goal = world.checker.highest().0 + HEIGHTS;
	let deadline = world.now + patience(validators);
	let start = highest_view(world);
	while world.now < deadline {
		world.run_until(world.now + 250_000)?;
		let reached = |node: usize| world.nodes[node].head().0 .0 >= goal;
		if world.healthy().all(reached) {
			let views_used = highest_view(world).saturating_sub(start);
			if views_used > views(validators) {
				let what = format!("{views_used} views for {HEIGHTS} heights, at most {}", views(validators));
				return Err(Violation { invariant: Invariant::Progress, node: 0, what });
			}
			return Ok(());
		}
	}
	for node in 0..world.nodes.len() {
		let status = world.nodes[node].machine.as_ref().map(|m| m.status());
		world.audit.note(world.now, || format!("node {node} at the end: {status:?}"));
	}
	let late = world.healthy().find(|node| world.nodes[*node].head().0 .0 < goal).unwrap_or(0);
	let what = format!(
		"stands at {} and not at {goal} within {} s: {:?}",
		world.nodes[late].head().0,
		patience(validators) / 1_000_000,
		world.nodes[late].machine.as_ref().map(|m| m.status()),
	);
	Err(Violation { invariant: Invariant::Progress, node: late, what })
}

/// The highest view that an honest node has begun, in the newest set.
fn highest_view(world: &World) -> u32 {
	let statuses = world.honest().filter_map(|node| world.nodes[node].machine.as_ref()).map(|m| m.status());
	statuses.map(|s| (s.set_id, s.view.0)).max().map_or(0, |(_, view)| view)
}
