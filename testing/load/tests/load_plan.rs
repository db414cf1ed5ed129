//! Orders, turns and percentiles.

use syndic_load::{
	accounts,
	order::Order,
	plan::{Plan, Spread},
	sign::{shares, Signed, Transactions},
	stats::{percentile, Summary},
};

/// Transactions without content: `counts` gives each sender's number of transactions.
fn transactions(counts: &[usize]) -> Transactions {
	let (mut all, mut of) = (Vec::new(), Vec::new());
	for (sender, count) in counts.iter().enumerate() {
		let first = all.len();
		for nonce in 0..*count as u32 {
			let mut hash = [0; 32];
			hash[..4].copy_from_slice(&(all.len() as u32).to_le_bytes());
			all.push(Signed { sender: sender as u32, nonce, hash, encoded: Box::new([]) });
		}
		of.push(first..all.len());
	}
	Transactions { all, of }
}

/// All offers, as sender, nonce and node, while all nodes accept everything.
fn offers(plan: &mut Plan, transactions: &Transactions) -> Vec<(u32, u32, usize)> {
	let mut offers = Vec::new();
	while let Some((index, node)) = plan.next(0, true, |_| true, |_| true) {
		let signed = &transactions.all[index as usize];
		offers.push((signed.sender, signed.nonce, node));
	}
	offers
}

#[test]
fn each_order_offers_each_nonce_once() {
	for order in [Order::Sequential, Order::Shuffled, Order::ReversedTens] {
		for count in [0, 1, 9, 10, 11, 57] {
			let mut arranged = order.arrange(count, 3, 7);
			arranged.sort_unstable();
			assert_eq!(arranged, (0..count as u32).collect::<Vec<_>>(), "{order:?}, {count}");
		}
	}
}

#[test]
fn orders_are_what_they_are_called() {
	assert_eq!(Order::Sequential.arrange(4, 0, 1), [0, 1, 2, 3]);
	let reversed = Order::ReversedTens.arrange(13, 0, 1);
	assert_eq!(reversed, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 12, 11, 10]);
	let shuffled = Order::Shuffled.arrange(50, 0, 1);
	assert_ne!(shuffled, Order::Sequential.arrange(50, 0, 1));
	assert_eq!(shuffled, Order::Shuffled.arrange(50, 0, 1), "the same seed");
	assert_ne!(shuffled, Order::Shuffled.arrange(50, 0, 2), "another seed");
	assert_ne!(shuffled, Order::Shuffled.arrange(50, 1, 1), "another sender");
}

#[test]
fn senders_take_turns_and_keep_their_nodes() {
	let transactions = transactions(&[2, 2, 1]);
	let mut plan = Plan::new(&transactions, Order::Sequential, 1, Spread::OneNodePerAccount, 2);
	let offered = offers(&mut plan, &transactions);
	assert_eq!(offered, [(0, 0, 0), (1, 0, 1), (2, 0, 0), (0, 1, 0), (1, 1, 1)]);
	assert!(plan.is_exhausted());
}

#[test]
fn each_transaction_goes_to_the_next_node() {
	let transactions = transactions(&[3, 3]);
	let mut plan = Plan::new(&transactions, Order::Sequential, 1, Spread::AllNodes, 4);
	let nodes: Vec<usize> = offers(&mut plan, &transactions).into_iter().map(|(_, _, node)| node).collect();
	assert_eq!(nodes, [0, 1, 2, 3, 0, 1]);
}

#[test]
fn who_has_a_busy_node_waits_and_who_has_none_goes_elsewhere() {
	let transactions = transactions(&[1, 1]);
	let plan = || Plan::new(&transactions, Order::Sequential, 1, Spread::OneNodePerAccount, 2);
	let busy = plan().next(0, true, |_| true, |node| node != 0);
	assert_eq!(busy, Some((1, 1)), "sender 0 waits for node 0, sender 1 does not");
	let mut gone = plan();
	assert_eq!(gone.next(0, true, |node| node != 0, |node| node != 0), Some((0, 1)));
	assert_eq!(gone.next(0, true, |_| false, |_| false), None);
	assert!(!gone.is_exhausted());
}

#[test]
fn what_was_refused_goes_first_and_holds_back_what_comes_after_it() {
	let transactions = transactions(&[4]);
	let mut plan = Plan::new(&transactions, Order::Sequential, 1, Spread::OneNodePerAccount, 1);
	let next = |plan: &mut Plan, now| plan.next(now, true, |_| true, |_| true).map(|(index, _)| index);
	assert_eq!((next(&mut plan, 0), next(&mut plan, 0), next(&mut plan, 0)), (Some(0), Some(1), Some(2)));
	plan.offer_again(2, 50);
	plan.offer_again(1, 50);
	assert_eq!(plan.next_again(), Some(50));
	assert_eq!(next(&mut plan, 49), None, "not before its time");
	assert_eq!(next(&mut plan, 50), Some(1), "the lower nonce first");
	plan.offer_again(1, 60);
	assert_eq!(next(&mut plan, 60), Some(1));
	plan.settled(1);
	assert_eq!(next(&mut plan, 60), Some(2));
	assert_eq!(next(&mut plan, 60), None, "nonce 3 would wait behind nonce 2");
	assert!(!plan.is_exhausted());
	assert!(plan.has_gaps());
	plan.settled(2);
	assert!(!plan.has_gaps());
	assert_eq!(plan.next(60, false, |_| true, |_| true), None, "it was never offered before");
	assert_eq!(next(&mut plan, 60), Some(3));
	assert!(plan.is_exhausted());
}

#[test]
fn after_a_refusal_lower_nonces_go_first_even_if_the_order_puts_them_later() {
	let transactions = transactions(&[4]);
	let mut plan = Plan::new(&transactions, Order::ReversedTens, 1, Spread::OneNodePerAccount, 1);
	let next = |plan: &mut Plan, now| plan.next(now, true, |_| true, |_| true).map(|(index, _)| index);
	assert_eq!((next(&mut plan, 0), next(&mut plan, 0)), (Some(3), Some(2)));
	plan.settled(3);
	plan.offer_again(2, 50);
	assert_eq!(next(&mut plan, 49), None);
	assert_eq!((next(&mut plan, 50), next(&mut plan, 50), next(&mut plan, 50)), (Some(0), Some(1), Some(2)));
	plan.settled(2);
	assert!(plan.is_exhausted() && !plan.has_gaps());
}

#[test]
fn what_could_not_be_sent_is_the_next_again() {
	let transactions = transactions(&[2]);
	let mut plan = Plan::new(&transactions, Order::Sequential, 1, Spread::OneNodePerAccount, 1);
	let next = |plan: &mut Plan| plan.next(0, true, |_| true, |_| true).map(|(index, _)| index);
	assert_eq!(next(&mut plan), Some(0));
	plan.put_back(0);
	assert_eq!((next(&mut plan), next(&mut plan), next(&mut plan)), (Some(0), Some(1), None));
	plan.offer_again(1, 0);
	assert_eq!(next(&mut plan), Some(1));
	plan.put_back(1);
	assert_eq!(next(&mut plan), Some(1));
	assert_eq!(next(&mut plan), None);
}

#[test]
fn shares_differ_by_one_at_most() {
	assert_eq!(shares(10, 4), [3, 3, 2, 2]);
	assert_eq!(shares(2, 3), [1, 1, 0]);
}

#[test]
fn percentiles_are_nearest_ranks() {
	let sorted: Vec<u64> = (1..=200).collect();
	let at = |percent| percentile(&sorted, percent);
	assert_eq!((at(0), at(50), at(95), at(99), at(100)), (Some(1), Some(100), Some(190), Some(198), Some(200)));
	assert_eq!(percentile(&[], 50), None);
	assert_eq!(percentile(&[7], 99), Some(7));
	let summary = Summary::of_micros(vec![3_000, 1_000, 2_000]);
	assert_eq!((summary.count, summary.mean, summary.p50, summary.max), (3, 2.0, 2.0, 3.0));
	assert_eq!(Summary::of_micros(Vec::new()), Summary::default());
}

#[test]
fn accounts_are_those_that_other_tools_derive() {
	use sp_core::{crypto::Pair as _, sr25519::Pair};
	let derived = accounts::derive(accounts::DEFAULT_ROOT, 7, 2).expect("the root is one");
	for (pair, uri) in derived.iter().zip(["//load/7", "//load/8"]) {
		assert_eq!(pair.public(), Pair::from_string(uri, None).expect("it is a URI").public());
	}
	let error = accounts::derive("/ /", 0, 1).map(|_| ()).expect_err("it is no root");
	assert!(error.to_string().starts_with("--root / /:"), "{error}");
}
