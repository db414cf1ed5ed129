//! Engines with real machines, keys and logs, in one process.

mod chain;
mod compact;
mod duties;
mod recovery;
mod world;

use super::EngineError;
use crate::{network::NetworkCommand, status::Role, wal::WalError};
use codec::{Decode, Encode};
use std::{
	sync::{atomic::Ordering, Arc},
	time::Duration,
};
use syndic_pbft::Message;
use syndic_primitives::{
	block::Block, BlockHash, Height, Parameters, Phase, Rules, SetId, SignerIndex, ValidatorSet, View, Vote,
	MAX_PIPELINE_DEPTH,
};
use world::{keys, law, parameters, World};

const SOON: Duration = Duration::from_secs(15);

async fn pause(ms: u64) {
	tokio::time::sleep(Duration::from_millis(ms)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_validators_commit_and_keep_the_block_period() {
	let world = World::running(law(4, parameters()), 4);
	world.reach(&[0, 1, 2, 3], 12, SOON).await;
	world.check();
	let chain = world.chain(0);
	let times: Vec<u64> =
		chain.finals().iter().filter_map(|(head, _)| chain::time_of(&chain.block(&head.hash)?)).collect();
	for pair in times.windows(2) {
		assert!(pair[1] - pair[0] >= 200, "{times:?}");
	}
	let taken = times[times.len() - 1] - times[0];
	assert!(taken < (times.len() as u64 - 1) * 200 + 1_500, "{taken} ms for {} blocks", times.len() - 1);
	assert_eq!(world.role(2), Some(Role::Validator(SignerIndex(2))));
	assert!(world.shared.reports.lock().is_empty(), "{:?}", world.shared.reports.lock());
}

/// Validator 3 votes for many blocks at one height and view. A validator that receives the votes submits evidence once,
/// and the evidence is valid.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_contradicts_itself_is_reported_once() {
	let world = World::running(law(4, parameters()), 4);
	world.reach(&[0, 1, 2, 3], 2, SOON).await;
	let height = Height(world.height(0) + 1);
	for n in 1..20 {
		// The height may be over before two of the votes are received.
		for height in [height, height.next()] {
			let block_hash = BlockHash::repeat_byte(n);
			world.say(3, 0, Vote { set_id: SetId(0), height, view: View(7), phase: Phase::Commit, block_hash });
		}
	}
	world.reach(&[0, 1, 2, 3], height.0 + 3, SOON).await;
	let reported = world.chain(0).reported.lock().clone();
	assert_eq!(reported.len(), 1, "{reported:?}");
	let set = (law(4, parameters()))(height).set;
	let verify = syndic_primitives::crypto::verify_ed25519;
	assert_eq!(reported[0].verify(&chain::genesis(), &set, &verify), Ok(&keys(4)[3]));
	assert!(world.chain(1).reported.lock().is_empty(), "it has heard nothing");
	world.check();
}

#[tokio::test]
async fn a_lone_validator_needs_nobody() {
	let mut world = World::running(law(1, parameters()), 1);
	world.reach(&[0], 5, SOON).await;
	world.crash(0, 3).await;
	world.start(0).unwrap();
	assert!(world.height(0) >= 5, "the log had what the database lost: {}", world.height(0));
	world.reach(&[0], 8, SOON).await;
	world.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_killed_at_any_moment_never_votes_twice() {
	let mut world = World::running(law(4, parameters()), 4);
	world.reach(&[0, 1, 2, 3], 2, SOON).await;
	for round in 0..16u64 {
		let victim = (round * 7 % 4) as usize;
		pause(37 * (round % 9)).await;
		world.crash(victim, round as usize % 5).await;
		pause(61 * (round % 5)).await;
		world.start(victim).unwrap();
		world.check();
	}
	let height = (0..4).map(|i| world.height(i)).max().unwrap();
	world.reach(&[0, 1, 2, 3], height + 8, SOON).await;
	world.check();
	let voters = world.shared.voters(height + 6);
	assert_eq!(voters.len(), 4, "all vote again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_leader_costs_one_timeout_and_without_a_quorum_nothing_moves() {
	let mut world = World::running(law(4, parameters()), 4);
	world.reach(&[0, 1, 2, 3], 2, SOON).await;
	world.crash(3, 0).await;
	let alive = [0, 1, 2];
	let height = alive.iter().map(|i| world.height(*i)).max().unwrap();
	// The crashed validator is the leader of every fourth height.
	let took = world.reach(&alive, height + 4, SOON).await;
	assert!(took < Duration::from_millis(4 * 300 + 600 + 1_000), "{took:?}");

	world.crash(2, 0).await;
	pause(300).await;
	let height = world.height(0).max(world.height(1));
	pause(2_500).await;
	assert!(world.height(0).max(world.height(1)) <= height + 1, "two of four are no quorum");
	world.check();

	world.start(2).unwrap();
	let height = world.height(0).max(world.height(1));
	let took = world.reach(&alive, height + 1, SOON).await;
	assert!(took < Duration::from_millis(2_200), "{took:?}");
	world.start(3).unwrap();
	let height = world.height(0);
	world.reach(&[0, 1, 2, 3], height + 6, SOON).await;
	world.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_validator_that_lost_its_log_waits_until_it_cannot_contradict_itself() {
	let mut world = World::running(law(4, parameters()), 4);
	world.reach(&[0, 1, 2, 3], 4, SOON).await;
	world.crash(1, 2).await;
	std::fs::remove_dir_all(&world.dirs[1]).unwrap();
	let lost_at = [0, 2, 3].iter().map(|i| world.height(*i)).max().unwrap();
	world.start(1).unwrap();
	pause(50).await;
	assert_eq!(world.role(1), Some(Role::Abstaining(SignerIndex(1))));
	world.crash(1, 0).await;
	world.start(1).unwrap();
	pause(20).await;
	assert_eq!(world.role(1), Some(Role::Abstaining(SignerIndex(1))), "a restart does not make the log older");
	world.reach(&[0, 1, 2, 3], lost_at + 2 + MAX_PIPELINE_DEPTH + 4, SOON).await;
	assert_eq!(world.role(1), Some(Role::Validator(SignerIndex(1))));
	world.check();
	assert!(world.shared.voters(lost_at + 2 + MAX_PIPELINE_DEPTH + 3).contains(&world.shared.keys[1]));

	// A lone validator would wait forever, unless its operator accepts the new log.
	let mut lone = World::running(law(1, parameters()), 1);
	lone.reach(&[0], 2, SOON).await;
	for accept in [false, true] {
		lone.crash(0, 0).await;
		let _ = std::fs::remove_dir_all(&lone.dirs[0]);
		let before = lone.height(0);
		lone.start_with(0, accept).unwrap();
		pause(1_000).await;
		assert_eq!(lone.height(0) > before, accept);
	}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_does_not_come_is_fetched() {
	let world = World::running(law(4, parameters()), 4);
	*world.shared.filter.lock() = Box::new(|_, to, command| {
		Some(match command {
			NetworkCommand::BroadcastProposal(vote, _) if to == 2 => {
				NetworkCommand::Broadcast(Message::PrePrepare(vote))
			}
			other => other,
		})
	});
	let height = world.height(2);
	world.reach(&[0, 1, 2, 3], height + 6, SOON).await;
	assert!(world.shared.voters(height + 4).contains(&world.shared.keys[2]), "and judged in time to vote");
	world.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_was_tampered_with_condemns_its_sender_not_the_block() {
	let world = World::running(law(4, parameters()), 4);
	*world.shared.filter.lock() = Box::new(|from, to, command| {
		Some(match command {
			// The link from 0 to 2 spoils bodies; the link from 1 to 3 carries other blocks than the vote names.
			NetworkCommand::BroadcastProposal(vote, body) if (from, to) == (0, 2) => {
				let mut block = Block::decode(&mut &body[..]).unwrap();
				block.extrinsics.pop();
				NetworkCommand::BroadcastProposal(vote, Arc::new(block.encode()))
			}
			NetworkCommand::BroadcastProposal(vote, body) if (from, to) == (1, 3) => {
				let mut block = Block::decode(&mut &body[..]).unwrap();
				block.header.number += 1;
				NetworkCommand::BroadcastProposal(vote, Arc::new(block.encode()))
			}
			other => other,
		})
	});
	let height = world.height(2);
	world.reach(&[0, 1, 2, 3], height + 9, SOON).await;
	world.check();
	let views = world.chain(0).finals().iter().filter(|(_, c)| c.view().0 > 0).count();
	assert_eq!(views, 0, "no leader was given up for it");
	let reports = world.shared.reports.lock().clone();
	let (one, three) = (world.shared.peers[1], 3);
	assert!(reports.iter().any(|(by, peer, what)| (*by, *peer) == (three, one) && what.contains("another block")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_set_changes_while_the_chain_runs() {
	let all = keys(5);
	let sets = [(1u32, all[..4].to_vec()), (8, all.clone()), (16, all[1..].to_vec())];
	let law = move |height: Height| {
		let at = sets.iter().rposition(|(since, _)| *since <= height.0).unwrap_or(0);
		let (since, members) = sets[at].clone();
		let set = ValidatorSet::new(SetId(at as u64), Height(since), members).unwrap();
		Rules { set, parameters: parameters(), until: None }
	};
	let mut world = World::new(5, Arc::new(law));
	(0..5).for_each(|i| world.start(i).unwrap());
	world.reach(&[0, 1, 2, 3, 4], 3, SOON).await;
	assert_eq!(world.role(4), Some(Role::Waiting));
	world.reach(&[0, 1, 2, 3, 4], 13, SOON).await;
	assert_eq!(world.role(4), Some(Role::Validator(SignerIndex(4))));
	world.reach(&[0, 1, 2, 3, 4], 20, SOON).await;
	assert_eq!(world.role(0), Some(Role::Waiting), "removed, it follows");
	assert_eq!(world.role(4), Some(Role::Validator(SignerIndex(3))));
	assert!(!world.shared.voters(18).contains(&world.shared.keys[0]));
	assert!(world.shared.voters(12).contains(&world.shared.keys[4]));
	world.check();
}

/// Ten nodes and committees of four; no committee has a member in common with the one before. A node that is in no
/// committee is connected to no validator, and fetches blocks by request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_committee_follows_another_of_wholly_other_members() {
	const ERA: u32 = 16;
	let all = keys(10);
	let committees = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 0, 1], [5, 2, 7, 3]];
	let sets = committees.map(|members| members.map(|at: usize| all[at].clone()).to_vec());
	let law = move |height: Height| {
		let at = (height.0.saturating_sub(1) / ERA).min(3);
		let set = ValidatorSet::new(SetId(at.into()), Height(at * ERA + 1), sets[at as usize].clone()).unwrap();
		Rules { set, parameters: parameters(), until: None }
	};
	let mut world = World::new(10, Arc::new(law));
	world.shared.admission.store(true, Ordering::SeqCst);
	(0..10).for_each(|i| world.start(i).unwrap());
	let everybody: Vec<usize> = (0..10).collect();
	for (era, members) in (0..).zip(committees) {
		world.reach(&everybody, era * ERA + 6, 2 * SOON).await;
		for i in 0..10 {
			let place = members.iter().position(|member| *member == i);
			let role = place.map_or(Role::Waiting, |place| Role::Validator(SignerIndex(place as u16)));
			assert_eq!(world.role(i), Some(role), "node {i} in era {era}");
		}
	}
	world.reach(&everybody, 4 * ERA, 2 * SOON).await;
	for height in 1..=4 * ERA {
		let members = committees[(height as usize - 1) / ERA as usize].map(|at| all[at].clone());
		let voters = world.shared.voters(height);
		assert!(voters.len() >= 3 && voters.iter().all(|voter| members.contains(voter)), "height {height}");
	}
	let late: Vec<_> =
		world.chain(0).finals().iter().filter(|(_, c)| c.view().0 > 0).map(|(head, _)| head.height).collect();
	assert!(late.len() <= 1, "views failed at {late:?}");
	world.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_empty_blocks_only_work_and_the_heartbeat_make_blocks() {
	let parameters = Parameters { empty_blocks: false, heartbeat: 3_000, ..parameters() };
	let world = World::running(law(4, parameters), 4);
	// The first block comes at once: genesis has no time.
	world.reach(&[0, 1, 2, 3], 1, SOON).await;
	pause(1_500).await;
	assert_eq!(world.height(0), 1, "nothing to order");
	// A transaction reaches every pool; only one of the validators is the leader.
	(0..4).for_each(|i| world.chain(i).pool.0.store(3, Ordering::SeqCst));
	let took = world.reach(&[0, 1, 2, 3], 2, SOON).await;
	assert!(took < Duration::from_millis(700), "{took:?}");
	pause(1_200).await;
	assert_eq!(world.height(0), 2);
	let took = world.reach(&[0, 1, 2, 3], 3, SOON).await;
	assert!(took > Duration::from_millis(1_000) && took < Duration::from_millis(2_600), "the heartbeat: {took:?}");
	let views = world.chain(0).finals().iter().filter(|(_, c)| c.view().0 > 0).count();
	assert_eq!(views, 0, "an idle chain gives no leader up");
	world.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_missed_the_votes_gets_the_certificate() {
	let world = World::running(law(4, parameters()), 4);
	world.reach(&[0, 1, 2, 3], 2, SOON).await;
	// Node 3 receives proposals and nothing else.
	*world.shared.filter.lock() = Box::new(|_, to, command| match command {
		NetworkCommand::Broadcast(_) | NetworkCommand::Send(..) if to == 3 => None,
		other => Some(other),
	});
	let height = world.height(0);
	world.reach(&[0, 1, 2], height + 8, SOON).await;
	let took = world.reach(&[3], height + 8, SOON).await;
	assert!(took < Duration::from_millis(1_500), "{took:?}");
	world.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_finalises_what_sync_brought_without_a_certificate() {
	let mut world = World::new(5, law(4, parameters()));
	(0..4).for_each(|i| world.start(i).unwrap());
	world.reach(&[0, 1, 2, 3], 5, SOON).await;
	// Two blocks came by sync; the others did not come at all.
	for (head, _) in &world.chain(0).finals()[..2] {
		let block = world.chain(0).block(&head.hash).unwrap();
		world.chain(4).import(block);
	}
	world.follow(4);
	world.reach(&[4], 5, Duration::from_secs(3)).await;
	let height = world.height(0);
	world.reach(&[4], height + 3, Duration::from_secs(3)).await;
	assert_eq!(world.role(4), Some(Role::Full));
	world.check();
}

#[tokio::test]
async fn a_log_of_another_key_is_refused() {
	let mut world = World::new(2, law(1, parameters()));
	world.start(0).unwrap();
	world.reach(&[0], 1, SOON).await;
	world.crash(0, 0).await;
	world.dirs[1] = world.dirs[0].clone();
	let error = world.start(1).unwrap_err();
	assert!(matches!(&error, EngineError::Log(WalError::OtherKey { .. })), "{error:?}");
	let text = error.to_string();
	assert!(world.shared.keys.iter().all(|key| text.contains(&key.to_string())), "{text}");
	// The log is still valid for its own key.
	world.start(0).unwrap();
	world.reach(&[0], 3, SOON).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_is_reported_and_stops_nobody() {
	let world = World::running(law(4, parameters()), 4);
	*world.shared.filter.lock() = Box::new(|from, _, command| {
		Some(match command {
			NetworkCommand::Broadcast(Message::Vote(mut vote)) if from == 3 => {
				vote.vote.block_hash.0[0] ^= 1;
				NetworkCommand::Broadcast(Message::Vote(vote))
			}
			other => other,
		})
	});
	let height = world.height(0);
	world.reach(&[0, 1, 2], height + 6, SOON).await;
	let reports = world.shared.reports.lock().clone();
	let bad = world.shared.peers[3];
	assert!(reports.iter().any(|(_, peer, what)| *peer == bad && *what == "bad-signature"), "{reports:?}");
	assert!(reports.iter().all(|(_, peer, _)| *peer == bad), "nobody else is blamed: {reports:?}");
	world.check();
}
