//! The fate of each transaction.

use syndic_load::{
	connection::last_word,
	ledger::{Fate, FinalBlock, Ledger, Refusal, Told},
	sign::{Signed, Transactions},
};

/// `counts` gives each sender's number of transactions.
fn transactions(counts: &[usize]) -> Transactions {
	let (mut all, mut of) = (Vec::new(), Vec::new());
	for (sender, count) in counts.iter().enumerate() {
		let first = all.len();
		for nonce in 0..*count as u32 {
			all.push(Signed { sender: sender as u32, nonce, hash: hash(all.len()), encoded: Box::new([]) });
		}
		of.push(first..all.len());
	}
	Transactions { all, of }
}

fn hash(number: usize) -> [u8; 32] {
	[number as u8 + 1; 32]
}

fn full() -> Refusal {
	Refusal { code: Refusal::FULL, message: "Immediately Dropped".into() }
}

/// A ledger in which all transactions were offered at 10 µs.
fn offered(transactions: &Transactions) -> Ledger {
	let mut ledger = Ledger::new(transactions);
	(0..transactions.all.len()).for_each(|index| ledger.offered(index as u32, 0, 10));
	ledger
}

fn block(ledger: &mut Ledger, height: u32, numbers: &[usize]) {
	let mut hashes = vec![[0xee; 32]];
	hashes.extend(numbers.iter().map(|number| hash(*number)));
	ledger.block(FinalBlock { height, seen_at: u64::from(height) * 100, timestamp: None, hashes });
}

#[test]
fn what_was_accepted_and_is_not_final_is_lost() {
	let transactions = transactions(&[3]);
	let mut ledger = offered(&transactions);
	(0..3).for_each(|index| ledger.accepted(index, 20));
	assert_eq!(ledger.waiting(), 3);
	block(&mut ledger, 1, &[0]);
	// The second is missing. The third was accepted as well, and its sender has left no gap: both are lost.
	assert_eq!(ledger.fates(&transactions), [Fate::Final, Fate::Lost, Fate::Lost]);
	assert_eq!(ledger.waiting(), 2);
	block(&mut ledger, 2, &[1, 2]);
	assert_eq!(ledger.fates(&transactions), [Fate::Final; 3]);
	assert_eq!(ledger.waiting(), 0);
	assert_eq!(ledger.entries()[2].final_at, Some(200));
}

#[test]
fn what_waits_behind_a_refused_one_is_blocked() {
	let transactions = transactions(&[3, 2]);
	let mut ledger = offered(&transactions);
	ledger.accepted(0, 20);
	ledger.refused(1, 20, full());
	ledger.accepted(2, 20);
	// The gap of one sender does not concern the other.
	ledger.accepted(3, 20);
	ledger.accepted(4, 20);
	block(&mut ledger, 1, &[0, 3]);
	assert_eq!(ledger.fates(&transactions), [Fate::Final, Fate::Refused, Fate::Blocked, Fate::Final, Fate::Lost]);
	// The refused transaction is in a block after all, so it does not block the third.
	block(&mut ledger, 2, &[1]);
	let fates = ledger.fates(&transactions);
	assert_eq!(fates[1..3], [Fate::FinalThoughRefused, Fate::Lost]);
	assert_eq!(ledger.reasons(), [(full(), 1)]);
}

#[test]
fn what_had_no_answer_is_neither_lost_nor_promised() {
	let transactions = transactions(&[3]);
	let mut ledger = offered(&transactions);
	ledger.unanswered(0);
	ledger.accepted(1, 20);
	assert_eq!(ledger.fates(&transactions), [Fate::Unanswered, Fate::Blocked, Fate::Unanswered]);
	block(&mut ledger, 1, &[0]);
	assert_eq!(ledger.fates(&transactions), [Fate::FinalThoughUnanswered, Fate::Lost, Fate::Unanswered]);
	// The transaction is offered again, and accepted.
	ledger.offered(2, 1, 30);
	ledger.accepted(2, 40);
	block(&mut ledger, 2, &[1, 2]);
	assert_eq!(ledger.fates(&transactions)[1..], [Fate::Final, Fate::Final]);
	assert_eq!(ledger.offers(), 4);
}

#[test]
fn what_was_never_offered_blocks_as_well() {
	let transactions = transactions(&[2]);
	let mut ledger = Ledger::new(&transactions);
	ledger.offered(1, 0, 10);
	ledger.accepted(1, 20);
	assert_eq!(ledger.fates(&transactions), [Fate::NotOffered, Fate::Blocked]);
}

#[test]
fn who_was_told_has_lost_nothing() {
	let transactions = transactions(&[4]);
	let mut ledger = offered(&transactions);
	(0..4).for_each(|index| ledger.accepted(index, 20));
	ledger.told(0, Told::Dropped);
	ledger.told(1, Told::Nothing);
	assert_eq!(ledger.fates(&transactions), [Fate::Told(Told::Dropped), Fate::Blocked, Fate::Blocked, Fate::Blocked]);
	// The end of a connection tells nothing about a transaction.
	block(&mut ledger, 1, &[0]);
	assert_eq!(ledger.fates(&transactions)[..2], [Fate::Final, Fate::Lost]);
}

#[test]
fn a_transaction_that_stands_twice_is_found() {
	let transactions = transactions(&[2]);
	let mut ledger = offered(&transactions);
	(0..2).for_each(|index| ledger.accepted(index, 20));
	block(&mut ledger, 1, &[0, 0]);
	block(&mut ledger, 2, &[1, 0]);
	assert_eq!(ledger.duplicates(), 2);
	assert_eq!(ledger.entries()[0].height, 1, "the first counts");
	assert_eq!(ledger.waiting(), 0);
}

#[test]
fn a_block_may_come_before_the_answer() {
	let transactions = transactions(&[1]);
	let mut ledger = offered(&transactions);
	block(&mut ledger, 1, &[0]);
	ledger.accepted(0, 200);
	assert_eq!((ledger.waiting(), ledger.fates(&transactions)), (0, vec![Fate::Final]));
	assert_eq!(ledger.submissions()[0].took, 190);
}

#[test]
fn distinct_refusals_are_bounded() {
	let transactions = transactions(&[200]);
	let mut ledger = offered(&transactions);
	for index in 0..200 {
		ledger.refused(index, 20, Refusal { code: 1010, message: format!("number {index}") });
	}
	assert_eq!(ledger.reasons().len(), 64);
	assert_eq!(ledger.reasons().last().map(|(reason, count)| (reason.message.as_str(), *count)), Some(("others", 137)));
	assert_eq!(ledger.reasons().iter().map(|(_, count)| count).sum::<usize>(), 200);
}

#[test]
fn last_words_are_those_of_the_rpc() {
	assert_eq!(last_word(r#""ready""#), None);
	assert_eq!(last_word(r#"{"broadcast":["12D3"]}"#), None);
	assert_eq!(last_word(r#"{"inBlock":"0x00"}"#), None);
	assert_eq!(last_word(r#"{"finalized":"0x00"}"#), Some(Told::Finalized));
	assert_eq!(last_word(r#"{"usurped":"0x00"}"#), Some(Told::Usurped));
	assert_eq!(last_word(r#""dropped""#), Some(Told::Dropped));
	assert_eq!(last_word(r#""invalid""#), Some(Told::Invalid));
	assert_eq!(last_word("17"), None);
}
