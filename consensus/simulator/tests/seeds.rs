//! Seeds that failed once, and a range of fresh ones.

use std::path::Path;
use syndic_simulator::{
	audit::Audit,
	profile::Profile,
	run::{run, verdict},
	world::World,
};

fn holds(validators: usize, seed: u64, profile: Option<Profile>) {
	let outcome = run(validators, seed, profile, Audit::default());
	assert_eq!(outcome.violation, None, "syndic-sim replay {seed} --validators {validators}");
}

/// Four of five members could reach each other. The fifth had been connected before it joined the set, and was not
/// counted. With one of them gone, no member replaced the leader.
#[test]
fn a_member_that_was_connected_before_it_joined_counts() {
	for seed in [410, 921, 1391, 1700, 1810] {
		holds(4, seed, None);
	}
}

/// A validator knew from its log that a block was committed, but had lost its body. It waited for the other validators,
/// and these needed it.
#[test]
fn who_lost_a_committed_block_fetches_it() {
	for seed in [259, 1626] {
		holds(4, seed, None);
	}
}

/// The commit certificate of the second height in progress was known, that of the first one was not. No validator gave
/// the view up, because each believed that others had both.
#[test]
fn a_height_that_is_missing_below_a_commit_is_not_waited_for() {
	for (validators, seed) in [(4, 1277), (7, 1066), (7, 1198), (7, 1745), (10, 706)] {
		holds(validators, seed, None);
	}
}

/// A faulty validator alone had committed two heights above all others, and reported it. No view could begin, because
/// each would have begun above what a correct validator could reach.
#[test]
fn a_commit_that_one_validator_alone_reports_does_not_stop_the_others() {
	for (validators, seed) in [(4, 535), (10, 466), (10, 836), (10, 1367)] {
		holds(validators, seed, None);
	}
}

/// A leader restarted in the view that it had begun, without the new-view, and prepared a block of its own. Then it
/// heard of the other block, locked on it, and sent its first prepare again. That is no vote against a lock.
#[test]
fn what_was_said_before_a_lock_may_be_said_again() {
	holds(4, 18_629, None);
}

/// Three of four validators had a height from sync, crashed at the same time, and lost it. The fourth stayed away. Each
/// of the three knew from its log that more heights were committed, but none had the certificate, and none could vote
/// or ask for another view.
#[test]
fn what_came_by_sync_survives_a_crash_of_all() {
	holds(4, 19_587, None);
}

/// As above, with several heights that came in one run: each validator had the certificate of the last one alone.
#[test]
fn the_middle_of_a_row_that_came_by_sync_survives_a_crash_of_all() {
	holds(4, 76_538, None);
}

#[test]
fn every_profile_and_size() {
	let profiles =
		[Profile::Calm, Profile::Network, Profile::Crashes, Profile::Byzantine, Profile::Storm, Profile::Overload];
	for profile in profiles {
		for (validators, seeds) in [(1, 0..4), (2, 0..4), (3, 0..4), (4, 0..20), (5, 0..10), (7, 0..10), (10, 0..5)] {
			for seed in seeds {
				holds(validators, seed, Some(profile));
			}
		}
	}
}

/// Committees are drawn from a crowd, often with wholly different members, under all faults. Only members talk to each
/// other.
#[test]
fn committees_take_turns() {
	for (committee, seeds) in [(1, 0..4), (2, 0..4), (3, 0..4), (4, 0..60), (5, 0..10), (7, 0..30), (10, 0..3)] {
		for seed in seeds {
			holds(committee, seed, Some(Profile::Rotation));
		}
	}
}

/// The rotation does rotate: the network goes on in many sets, with Byzantine and absent validators.
#[test]
fn a_rotation_is_one() {
	let (mut sets, mut heights, mut byzantine, mut absent) = (0, 0, 0, 0);
	for seed in 0..20 {
		let mut world = World::new(4, seed, Profile::Rotation, Audit::default());
		assert_eq!(world.nodes.len(), 10);
		assert_eq!(verdict(&mut world, 4), Ok(()), "seed {seed}");
		let status =
			world.honest().filter_map(|node| Some(world.nodes[node].machine.as_ref()?.status().set_id.0)).max();
		sets += status.unwrap_or(0);
		heights += world.checker.highest().0;
		byzantine += world.circumstances.byzantine.len();
		absent += world.circumstances.absent;
	}
	assert!(sets > 20 && heights > 300, "{sets} sets, {heights} heights");
	assert!(byzantine > 5 && absent > 2, "{byzantine} Byzantine, {absent} absent");
}

/// The same seed gives the same history, message by message.
#[test]
fn a_seed_is_a_history() {
	for seed in 0..10 {
		let (one, other) = (run(4, seed, None, Audit::default()), run(4, seed, None, Audit::default()));
		assert_eq!((one.audit, one.height, one.messages), (other.audit, other.height, other.messages));
	}
	assert_ne!(run(4, 0, None, Audit::default()).audit, run(4, 10, None, Audit::default()).audit);
}

/// The same seed gives the same history on every machine: its hash is the one that another machine wrote to the golden
/// file. After an intended change of the protocol or the simulator, write the file anew:
/// `SYNDIC_GOLDEN=write cargo test --locked --release --workspace --test seeds`
#[test]
fn a_seed_is_the_same_history_everywhere() {
	let path = Path::new("golden/audit.txt");
	let line = |validators, seed| {
		let outcome = run(validators, seed, None, Audit::default());
		format!("{validators} validators, seed {seed}: height {}, audit {:016x}\n", outcome.height, outcome.audit)
	};
	let seeds = [4, 7].into_iter().flat_map(|validators| (0..10).map(move |seed| (validators, seed)));
	let found: String = seeds.map(|(validators, seed)| line(validators, seed)).collect();
	if std::env::var("SYNDIC_GOLDEN").is_ok_and(|what| what == "write") {
		std::fs::write(path, &found).expect("golden files can be written");
	}
	let golden = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
	assert_eq!(found, golden);
}
