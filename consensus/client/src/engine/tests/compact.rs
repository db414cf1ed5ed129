//! Proposals that carry the hashes of their transactions.

use super::{
	pause,
	world::{law, parameters, World},
	SOON,
};
use crate::network::NetworkCommand;
use codec::{Decode, Encode};
use parking_lot::Mutex;
use sp_runtime::OpaqueExtrinsic;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use syndic_primitives::{block::Header, BlockHash, Height, Parameters, ProposalForm, Rules};

const ALL: [usize; 4] = [0, 1, 2, 3];

fn compact() -> Parameters {
	Parameters { proposal_form: ProposalForm::Compact, ..parameters() }
}

/// Twenty extrinsics that begin as signed ones do.
fn transactions() -> Vec<Arc<OpaqueExtrinsic>> {
	(0..20).map(|n| Arc::new(OpaqueExtrinsic::from_blob([vec![0x84, n], vec![7; 150]].concat()))).collect()
}

/// Four validators with all transactions in their pools; counts the proposals of each form, by height.
fn running(parameters: Parameters) -> (World, Arc<Mutex<BTreeMap<u32, &'static str>>>) {
	let world = World::new(4, law(4, parameters));
	start(world)
}

fn start(mut world: World) -> (World, Arc<Mutex<BTreeMap<u32, &'static str>>>) {
	let forms = Arc::new(Mutex::new(BTreeMap::new()));
	watch(&world, forms.clone(), |_, _, command| Some(command));
	for i in ALL {
		*world.chain(i).pool.1.lock() = transactions();
		world.start(i).expect("starts");
	}
	(world, forms)
}

/// Notes the form of each proposal, and then applies `then` to it.
fn watch(
	world: &World,
	forms: Arc<Mutex<BTreeMap<u32, &'static str>>>,
	then: impl Fn(usize, usize, NetworkCommand) -> Option<NetworkCommand> + Send + Sync + 'static,
) {
	*world.shared.filter.lock() = Box::new(move |from, to, command| {
		match &command {
			NetworkCommand::BroadcastCompact(vote, _) => drop(forms.lock().insert(vote.vote.height.0, "compact")),
			NetworkCommand::BroadcastProposal(vote, _) => drop(forms.lock().insert(vote.vote.height.0, "full")),
			_ => (),
		}
		then(from, to, command)
	});
}

/// Every block of the chain holds all transactions, and no view failed.
fn check(world: &World) {
	world.check();
	for (head, certificate) in world.chain(0).finals() {
		assert_eq!(certificate.view().0, 0, "{head}");
		let block = world.chain(0).block(&head.hash).expect("it is final");
		assert_eq!(block.extrinsics.len(), 2 + 20, "{head}");
	}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocks_are_put_together_from_the_pools_and_nobody_fetches_one() {
	let (world, forms) = running(compact());
	world.reach(&ALL, 10, SOON).await;
	check(&world);
	assert!((1..=10).all(|height| forms.lock()[&height] == "compact"), "{forms:?}");
	assert_eq!(*world.shared.fetched.lock(), []);
	assert!(world.shared.reports.lock().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_form_follows_the_parameters_of_each_height() {
	let by_height = |height: Height| -> Rules {
		let form = if (4..8).contains(&height.0) { ProposalForm::Compact } else { ProposalForm::Full };
		let until = [3, 7].into_iter().map(Height).find(|until| *until >= height);
		let rules = law(4, Parameters { proposal_form: form, ..parameters() })(height);
		Rules { until, ..rules }
	};
	let (world, forms) = start(World::new(4, Arc::new(by_height)));
	world.reach(&ALL, 11, SOON).await;
	check(&world);
	for height in 1..=11 {
		let expected = if (4..8).contains(&height) { "compact" } else { "full" };
		assert_eq!(forms.lock()[&height], expected, "at {height}");
	}
}

/// Bob's pool is empty, and Charlie's lacks every third transaction.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_pool_lacks_is_asked_of_the_proposer() {
	let (world, _) = running(compact());
	let all = transactions();
	world.chain(2).pool.1.lock().retain(|known| all.iter().position(|other| other == known).unwrap() % 3 != 0);
	world.chain(1).pool.1.lock().clear();
	world.reach(&ALL, 3, SOON).await;
	let asked = Arc::new(Mutex::new(Vec::new()));
	let noted = asked.clone();
	*world.shared.answer.lock() = Box::new(move |to, bytes| {
		noted.lock().push((to, Vec::<OpaqueExtrinsic>::decode(&mut &bytes[..]).unwrap().len()));
		Some(bytes)
	});
	let height = world.height(0);
	world.reach(&ALL, height + 8, SOON).await;
	world.check();
	assert!(world.chain(0).finals().iter().all(|(_, certificate)| certificate.view().0 == 0));
	assert_eq!(*world.shared.fetched.lock(), [], "no whole block");
	let asked = asked.lock();
	// Only the builder knows the extrinsics with the block's time and number. They are missing too, unless they look
	// bare and travel in full.
	assert!(asked.iter().any(|(to, count)| *to == 1 && *count >= 13), "{asked:?}");
	assert!(asked.iter().any(|(to, count)| *to == 2 && (7..=9).contains(count)), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_proposer_does_not_answer_the_block_is_fetched_whole() {
	let (world, _) = running(compact());
	world.chain(1).pool.1.lock().clear();
	*world.shared.answer.lock() = Box::new(|_, _| None);
	world.reach(&ALL, 8, SOON).await;
	world.check();
	assert!(world.chain(0).finals().iter().all(|(_, certificate)| certificate.view().0 == 0));
	assert!(world.shared.fetched.lock().iter().any(|(who, _)| *who == 1));
	assert!(world.shared.reports.lock().is_empty(), "not to answer is no misdeed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_answer_is_blamed_on_the_proposer_and_costs_nothing() {
	let (world, _) = running(compact());
	world.chain(1).pool.1.lock().clear();
	*world.shared.answer.lock() = Box::new(|_, mut bytes| {
		*bytes.last_mut().expect("an answer") ^= 1;
		Some(bytes)
	});
	world.reach(&ALL, 8, SOON).await;
	world.check();
	assert!(world.chain(0).finals().iter().all(|(_, certificate)| certificate.view().0 == 0));
	let reports = world.shared.reports.lock();
	assert!(reports.iter().any(|(by, _, what)| (*by, *what) == (1, "wrong")), "{reports:?}");
}

/// What replaces the compact form of a block that validator 3 proposes.
fn tampered(bytes: &[u8], with: impl Fn(&mut Vec<BlockHash>)) -> Arc<Vec<u8>> {
	type Form = (Header, Vec<OpaqueExtrinsic>, Vec<BlockHash>);
	let (header, in_full, mut hashes) = Form::decode(&mut &bytes[..]).expect("its own");
	with(&mut hashes);
	Arc::new((header, in_full, hashes).encode())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hashes_of_another_block_are_found_out_and_the_block_is_fetched() {
	let (world, forms) = running(compact());
	world.reach(&ALL, 2, SOON).await;
	watch(&world, forms, |from, _, command| match command {
		NetworkCommand::BroadcastCompact(vote, bytes) if from == 3 => {
			// The same transactions in another order.
			let lie = tampered(&bytes, |hashes| {
				let last = hashes.len() - 1;
				hashes.swap(last, last - 1)
			});
			Some(NetworkCommand::BroadcastCompact(vote, lie))
		}
		other => Some(other),
	});
	let height = world.height(0);
	world.reach(&ALL, height + 8, SOON).await;
	check(&world);
	assert!(!world.shared.fetched.lock().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hash_of_nothing_delays_one_height_and_no_more() {
	let (world, forms) = running(compact());
	world.reach(&ALL, 2, SOON).await;
	watch(&world, forms, |from, _, command| match command {
		NetworkCommand::BroadcastCompact(vote, bytes) if from == 3 => {
			let lie = tampered(&bytes, |hashes| hashes.push(BlockHash::repeat_byte(9)));
			Some(NetworkCommand::BroadcastCompact(vote, lie))
		}
		other => Some(other),
	});
	let height = world.height(0);
	let took = world.reach(&ALL, height + 8, SOON).await;
	world.check();
	assert!(took < Duration::from_secs(8), "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_compact_block_is_reported() {
	let (world, forms) = running(compact());
	world.reach(&ALL, 2, SOON).await;
	watch(&world, forms, |from, to, command| match command {
		NetworkCommand::BroadcastCompact(vote, bytes) if from == 3 && to == 0 => {
			Some(NetworkCommand::BroadcastCompact(vote, Arc::new(bytes[..bytes.len() - 1].to_vec())))
		}
		NetworkCommand::BroadcastCompact(vote, bytes) if from == 3 && to == 1 => {
			let twice = tampered(&bytes, |hashes| hashes.push(hashes[0]));
			Some(NetworkCommand::BroadcastCompact(vote, twice))
		}
		other => Some(other),
	});
	let height = world.height(0);
	world.reach(&ALL, height + 8, SOON).await;
	check(&world);
	let (reports, bad) = (world.shared.reports.lock(), world.shared.peers[3]);
	for by in [0, 1] {
		let what = (by, bad, "a compact proposal that is none");
		assert!(reports.contains(&what), "{reports:?}");
	}
	assert!(reports.iter().all(|(_, peer, _)| *peer == bad), "{reports:?}");
}

/// The header is not that of the block that the vote names.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_compact_form_with_another_header_is_reported() {
	let (world, forms) = running(compact());
	world.reach(&ALL, 2, SOON).await;
	watch(&world, forms, |from, to, command| match command {
		NetworkCommand::BroadcastCompact(vote, bytes) if from == 3 && to == 0 => {
			let mut other = bytes.to_vec();
			other[0] ^= 1;
			Some(NetworkCommand::BroadcastCompact(vote, Arc::new(other)))
		}
		other => Some(other),
	});
	let height = world.height(0);
	world.reach(&ALL, height + 8, SOON).await;
	world.check();
	let reports = world.shared.reports.lock();
	let what = (0, world.shared.peers[3], "a proposal with another block than it names");
	assert!(reports.contains(&what), "{reports:?}");
}

/// A restart loses the compact form; blocks that were proposed before are proposed again whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crashes_at_any_moment_do_no_harm() {
	let (mut world, _) = running(compact());
	world.reach(&ALL, 2, SOON).await;
	for round in 0..8u64 {
		let victim = (round * 7 % 4) as usize;
		pause(53 * (round % 7)).await;
		world.crash(victim, round as usize % 3).await;
		pause(71 * (round % 4)).await;
		*world.chain(victim).pool.1.lock() = if round % 2 == 0 { transactions() } else { Vec::new() };
		world.start(victim).expect("starts");
		world.check();
	}
	let height = ALL.map(|i| world.height(i)).into_iter().max().unwrap_or(0);
	world.reach(&ALL, height + 8, SOON).await;
	world.check();
}
