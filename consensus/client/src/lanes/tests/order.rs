use super::{class, shipped};
use crate::lanes::order::{part, Candidate, Lanes, Place, MAX_LOOK, WHOLE};
use proptest::prelude::*;
use std::collections::{BTreeMap, HashSet};
use syndic_pool::Owner;
use syndic_primitives::{
	classes::{pool_priority, GOVERNING_PRIORITY},
	ClassId, ClassInfo,
};

/// The number that these tests give to the chain's own transactions.
const CHAIN: u8 = 200;

/// A transaction of these tests: its class, its sender, and the sender's nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tx {
	class: u8,
	sender: u32,
	nonce: u32,
}

impl Tx {
	fn priority(&self, classes: &[ClassInfo]) -> u64 {
		match classes.iter().find(|class| class.id.0 == self.class) {
			Some(class) => pool_priority(class.priority, class.id),
			None if self.class == CHAIN => GOVERNING_PRIORITY,
			None => pool_priority(5, ClassId(self.class)),
		}
	}

	fn tag(&self, nonce: u32) -> Vec<u8> {
		[self.sender.to_le_bytes(), nonce.to_le_bytes()].concat()
	}
}

/// Transactions of one class, each of a different sender.
fn flood(class: u8, count: u32) -> Vec<Tx> {
	(0..count).map(|n| Tx { class, sender: u32::from(class) * 1_000_000 + n, nonce: 0 }).collect()
}

/// Orders transactions as a pool iterates: by priority, earlier ones first, and none before what it requires.
fn pool_order(mut left: Vec<Tx>, classes: &[ClassInfo]) -> Vec<Tx> {
	let mut next: BTreeMap<u32, u32> = BTreeMap::new();
	let mut ordered = Vec::new();
	while !left.is_empty() {
		let ready = |tx: &Tx| next.get(&tx.sender).copied().unwrap_or_default() == tx.nonce;
		let best = left
			.iter()
			.enumerate()
			.filter(|(_, tx)| ready(tx))
			.max_by_key(|(at, tx)| (tx.priority(classes), std::cmp::Reverse(*at)))
			.map(|(at, _)| at);
		let Some(best) = best else { break };
		let tx = left.remove(best);
		next.insert(tx.sender, tx.nonce + 1);
		ordered.push(tx);
	}
	ordered
}

/// What happens to a transaction when it is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
	/// The transaction uses this part of the block, in millionths.
	Takes(u64),
	NoRoom,
	Invalid,
}

/// Fills a block, and returns its transactions in order.
fn fill(pool: &[Tx], classes: &[ClassInfo], most: usize, height: u32, judge: impl FnMut(&Tx) -> Verdict) -> Vec<Tx> {
	fill_knowing(pool, classes, most, height, |_| 0, judge)
}

/// As [`fill`], where a part of what a transaction uses is known before it is tried.
fn fill_knowing(
	pool: &[Tx],
	classes: &[ClassInfo],
	most: usize,
	height: u32,
	known: impl Fn(&Tx) -> u64,
	mut judge: impl FnMut(&Tx) -> Verdict,
) -> Vec<Tx> {
	let mut lanes = Lanes::new(classes.to_vec(), most, height);
	let mut looked_at = Vec::new();
	for tx in pool_order(pool.to_vec(), classes) {
		if lanes.is_enough() {
			break;
		}
		let requires = if tx.nonce > 0 { vec![tx.tag(tx.nonce)] } else { vec![] };
		let provides = [tx.tag(tx.nonce + 1)];
		let least = (WHOLE / most as u64).max(known(&tx));
		let priority = tx.priority(classes);
		let place = lanes.add(&Candidate { priority, least, requires: &requires, provides: &provides });
		assert_eq!(place, Place(looked_at.len()));
		looked_at.push(tx);
	}
	let (mut block, mut used) = (Vec::new(), 0);
	while block.len() < most {
		let Some(place) = lanes.next() else { break };
		let tx = looked_at[place.0];
		match judge(&tx) {
			Verdict::Takes(part) if used + part <= WHOLE => {
				used += part;
				lanes.took(place, part);
				block.push(tx);
			}
			Verdict::Takes(_) | Verdict::NoRoom => lanes.put_off(place),
			Verdict::Invalid => (),
		}
	}
	block
}

/// Fills a block that has room for `most` equal transactions.
fn plain(pool: &[Tx], most: usize) -> Vec<Tx> {
	fill(pool, &shipped(), most, 1, |_| Verdict::Takes(WHOLE / most as u64))
}

fn count(block: &[Tx], class: u8) -> usize {
	block.iter().filter(|tx| tx.class == class).count()
}

fn counts(block: &[Tx]) -> [usize; 4] {
	[0, 1, 2, 3].map(|class| count(block, class))
}

#[test]
fn each_class_has_its_share_when_all_are_flooded() {
	let pool: Vec<_> = (0..4).flat_map(|class| flood(class, 500)).collect();
	assert_eq!(counts(&plain(&pool, 20)), [8, 6, 4, 2]);
	assert_eq!(counts(&plain(&pool, 100)), [40, 30, 20, 10]);
}

#[test]
fn a_flood_of_any_class_leaves_the_others_theirs() {
	for flooded in 0..4_u8 {
		let few: Vec<_> = (0..4).filter(|class| *class != flooded).flat_map(|class| flood(class, 2)).collect();
		let pool: Vec<_> = flood(flooded, 1_000).into_iter().chain(few).collect();
		let block = plain(&pool, 20);
		assert_eq!(block.len(), 20, "it is full");
		for class in (0..4).filter(|class| *class != flooded) {
			assert_eq!(count(&block, class), 2, "class {class} while {flooded} is flooded");
		}
	}
}

#[test]
fn what_a_class_does_not_use_goes_to_the_others_by_priority() {
	let pool: Vec<_> = flood(0, 100).into_iter().chain(flood(3, 100)).collect();
	// Of 100, retail has 40 and reporting 10. Reporting also gets the rest, because its priority is higher.
	assert_eq!(counts(&plain(&pool, 100)), [40, 0, 0, 60]);
	assert_eq!(counts(&plain(&flood(0, 500), 100)), [100, 0, 0, 0]);
}

#[test]
fn with_room_for_few_every_class_has_its_turn() {
	let pool: Vec<_> = (0..4).flat_map(|class| flood(class, 50)).collect();
	for most in 1..4 {
		let mut seen = [0; 4];
		for height in 0..8 {
			let block = fill(&pool, &shipped(), most, height, |_| Verdict::Takes(WHOLE / most as u64));
			counts(&block).into_iter().zip(&mut seen).for_each(|(count, seen)| *seen += count);
		}
		assert!(seen.iter().all(|count| *count >= 2), "{most} a block: {seen:?}");
	}
}

#[test]
fn what_the_chain_needs_goes_first_and_takes_a_quarter_at_most() {
	let classes = shipped();
	let pool: Vec<_> = (0..4).flat_map(|class| flood(class, 500)).chain(flood(CHAIN, 3)).collect();
	let block = plain(&pool, 20);
	assert_eq!(block[..3].iter().filter(|tx| tx.class == CHAIN).count(), 3);
	let pool: Vec<_> = (0..4).flat_map(|class| flood(class, 500)).chain(flood(CHAIN, 500)).collect();
	let block = plain(&pool, 100);
	assert_eq!(count(&block, CHAIN), 25);
	let [retail, settlement, custody, reporting] = counts(&block);
	assert!(retail >= 30 && settlement >= 22 && custody >= 15 && reporting >= 7, "{:?}", counts(&block));
	assert!(classes.iter().all(|class| class.id.0 != CHAIN));
}

#[test]
fn a_priority_that_tells_no_class_is_the_default_ones() {
	let pool: Vec<_> = flood(9, 500).into_iter().chain(flood(1, 500)).collect();
	let block = plain(&pool, 100);
	// Class 9 does not exist, so its transactions count as retail and get retail's 40. Settlement gets its own 30, and
	// the rest.
	assert_eq!((count(&block, 9), count(&block, 1)), (40, 60));
}

#[test]
fn without_classes_there_is_one_lane_in_the_pools_order() {
	let pool: Vec<_> = flood(0, 3).into_iter().chain(flood(1, 3)).collect();
	let ordered = pool_order(pool.clone(), &[]);
	let block = fill(&pool, &[], 10, 1, |_| Verdict::Takes(1));
	assert_eq!(block, ordered);
}

#[test]
fn a_senders_order_is_kept_across_lanes() {
	let of = |nonce, class| Tx { class, sender: 7, nonce };
	let pool = vec![of(0, 0), of(1, 1), of(2, 0), of(3, 3)];
	let block = plain(&pool, 20);
	assert_eq!(block, pool, "the settlement waits for the payment before it");
	// The settlement does not wait for the retail flood, only for its own sender's transactions.
	let flooded: Vec<_> = pool.iter().copied().chain(flood(0, 500)).collect();
	let block = plain(&flooded, 20);
	assert!(block.contains(&of(1, 1)));
}

#[test]
fn what_is_put_off_takes_with_it_what_depends_on_it() {
	let of = |sender, nonce, class| Tx { class, sender, nonce };
	let pool = vec![of(1, 0, 0), of(1, 1, 1), of(1, 2, 0), of(2, 0, 0), of(2, 1, 0)];
	for verdict in [Verdict::NoRoom, Verdict::Invalid] {
		let mut tried = Vec::new();
		let block = fill(&pool, &shipped(), 20, 1, |tx| {
			tried.push(*tx);
			if *tx == of(1, 0, 0) {
				verdict
			} else {
				Verdict::Takes(1)
			}
		});
		assert_eq!(block, [of(2, 0, 0), of(2, 1, 0)]);
		assert!(!tried.contains(&of(1, 1, 1)), "nobody finds out that it is invalid without the first");
	}
}

#[test]
fn large_ones_of_a_class_use_up_its_share_and_not_the_others() {
	// A settlement uses a tenth of the block; any other transaction a hundredth.
	let pool: Vec<_> = (0..4).flat_map(|class| flood(class, 500)).collect();
	let takes = |tx: &Tx| Verdict::Takes(if tx.class == 1 { WHOLE / 10 } else { WHOLE / 100 });
	let block = fill(&pool, &shipped(), 1_000, 1, takes);
	assert_eq!(counts(&block), [40, 3, 20, 10]);
}

#[test]
fn where_the_block_ends_early_each_has_had_its_part() {
	let pool: Vec<_> = (0..4).flat_map(|class| flood(class, 500)).collect();
	// Only the runtime knows the weights: there is no room after 50 transactions, where 1,000 were expected.
	let mut taken = 0;
	let block = fill(&pool, &shipped(), 1_000, 1, |_| {
		taken += 1;
		if taken > 50 {
			Verdict::NoRoom
		} else {
			Verdict::Takes(WHOLE / 1_000)
		}
	});
	let [retail, settlement, custody, reporting] = counts(&block);
	assert_eq!(retail + settlement + custody + reporting, 50);
	assert!(retail >= 19 && settlement >= 14 && custody >= 9 && reporting >= 4, "{:?}", counts(&block));
	assert!(taken <= 50 + 4 * 8, "{taken} tried: what does not fit is not tried for ever");
}

#[test]
fn a_lane_that_is_passed_over_closes_no_other() {
	let pool: Vec<_> = flood(1, 100).into_iter().chain(flood(0, 10)).collect();
	let judge = |tx: &Tx| if tx.class == 1 { Verdict::NoRoom } else { Verdict::Takes(WHOLE / 20) };
	let block = fill(&pool, &shipped(), 20, 1, judge);
	assert_eq!(counts(&block), [10, 0, 0, 0]);
}

#[test]
fn a_pool_is_looked_at_only_as_far_as_it_matters() {
	let lookups = |pool: &[Tx], classes: &[ClassInfo]| {
		let mut lanes = Lanes::new(classes.to_vec(), 20, 1);
		pool.iter()
			.take_while(|tx| {
				let go_on = !lanes.is_enough();
				lanes.add(&Candidate { priority: tx.priority(classes), least: 50_000, requires: &[], provides: &[] });
				go_on
			})
			.count()
	};
	assert!(lookups(&flood(0, 5_000), &shipped()) < 50, "retail comes last");
	assert_eq!(lookups(&flood(1, 5_000), &shipped()), 5_000, "retail may follow");
	let endless = flood(1, 20_000);
	assert_eq!(lookups(&endless, &shipped()), MAX_LOOK);
}

#[test]
fn parts_are_millionths_of_a_whole() {
	assert_eq!(part(1, 20), 50_000);
	assert_eq!(part(1, 0), WHOLE);
	assert_eq!(part(u128::MAX, 1), WHOLE);
	assert_eq!(part(0, 7), 0);
}

prop_compose! {
	/// Transactions of several senders, in any mixture of classes.
	fn any_pool()(txs in prop::collection::vec((0_u8..5, 0_u32..40), 0..160)) -> Vec<Tx> {
		let mut nonces: BTreeMap<u32, u32> = BTreeMap::new();
		txs.into_iter().map(|(class, sender)| {
			let nonce = nonces.entry(sender).or_default();
			let tx = Tx { class: if class == 4 { CHAIN } else { class }, sender, nonce: *nonce };
			*nonce += 1;
			tx
		}).collect()
	}
}

proptest! {
	/// For any pool: each sender's order is kept, no transaction is in twice, and a block with room for more has all
	/// transactions.
	#[test]
	fn any_block_is_sound_and_full(pool in any_pool(), most in 1_usize..60, height in 0_u32..10) {
		let block = fill(&pool, &shipped(), most, height, |_| Verdict::Takes(WHOLE / most as u64));
		let mut next: BTreeMap<u32, u32> = BTreeMap::new();
		let mut seen = HashSet::new();
		for tx in &block {
			let expected = next.entry(tx.sender).or_default();
			prop_assert_eq!(tx.nonce, *expected);
			*expected += 1;
			prop_assert!(seen.insert((tx.sender, tx.nonce)));
		}
		prop_assert_eq!(block.len(), most.min(pool.len()));
	}

	/// With a flood of any class, each class with independent transactions gets its share or all that it has.
	#[test]
	fn any_flood_leaves_each_class_its_share(
		most in 4_usize..100, flooded in 0_u8..4, waiting in prop::array::uniform4(0_u32..50), height in 0_u32..10,
	) {
		let classes = shipped();
		let mut pool = flood(flooded, 120);
		for class in (0..4).filter(|class| *class != flooded) {
			pool.extend(flood(class, waiting[usize::from(class)]));
		}
		let block = fill(&pool, &classes, most, height, |_| Verdict::Takes(WHOLE / most as u64));
		prop_assert_eq!(block.len(), most);
		for class in &classes {
			let has = if class.id.0 == flooded { 120 } else { waiting[usize::from(class.id.0)] as usize };
			let promised = (most * usize::from(class.share) / 100).min(has);
			let got = count(&block, class.id.0);
			prop_assert!(got >= promised, "class {:?} got {} of {}: {:?}", class.id, got, promised, counts(&block));
		}
	}

	/// For any sizes: no class uses what is another class's share.
	#[test]
	fn any_sizes_leave_each_class_its_share(
		sizes in prop::array::uniform4(1_u64..40), waiting in prop::array::uniform4(0_u32..60), height in 0_u32..10,
	) {
		let classes = vec![class(0, 25, 10), class(1, 25, 40), class(2, 25, 30), class(3, 25, 20)];
		let takes = |class: u8| sizes[usize::from(class)] * WHOLE / 1_000;
		let pool: Vec<_> = (0..4).flat_map(|class| flood(class, waiting[usize::from(class)])).collect();
		let known = |tx: &Tx| takes(tx.class);
		let block = fill_knowing(&pool, &classes, 5_000, height, known, |tx| Verdict::Takes(takes(tx.class)));
		for class in 0..4_u8 {
			let all = waiting[usize::from(class)] as usize;
			let fit = (WHOLE / 4 / takes(class)) as usize;
			let got = count(&block, class);
			prop_assert!(got >= fit.min(all), "class {} got {} of {}: {:?}", class, got, fit, counts(&block));
		}
	}
}

/// Transactions are taken before it is known whether they get in, as a proposer does who tries many in one call.
#[test]
fn what_was_taken_too_early_is_taken_back() {
	let classes = shipped();
	let mut lanes = Lanes::new(classes.clone(), 100, 1);
	let txs: Vec<Tx> = (0..4).map(|nonce| Tx { class: 0, sender: 1, nonce }).collect();
	for tx in &txs {
		let requires = if tx.nonce > 0 { vec![tx.tag(tx.nonce)] } else { vec![] };
		let provides = [tx.tag(tx.nonce + 1)];
		lanes.add(&Candidate { priority: tx.priority(&classes), least: 0, requires: &requires, provides: &provides });
	}
	for expected in [0, 1, 2] {
		assert_eq!(lanes.next(), Some(Place(expected)));
		lanes.took(Place(expected), 10);
	}
	// The first is in the block and uses more; the second is not, and the third was tried without it.
	lanes.correct(Place(0), 10, 25);
	lanes.take_back(Place(1), 10);
	lanes.take_back(Place(2), 10);
	assert_eq!(lanes.next(), None, "the fourth waits for the third again");
	assert_eq!(lanes.used(Owner::Class(ClassId(0))), Some(25));
}
