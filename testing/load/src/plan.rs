//! Which transaction is offered next, and to which node.
//!
//! Senders take turns. Each sender offers its transactions in its [`Order`]. After a refusal, a sender offers the lowest
//! nonce that no node has accepted, whether it was refused or not offered yet: a pool that is full of transactions which
//! wait for earlier ones has room only for these. Higher nonces come when the refused ones are accepted.

use crate::{order::Order, sign::Transactions, stats::Micros};
use std::{
	cmp::Reverse,
	collections::{BinaryHeap, VecDeque},
};

/// How transactions are spread over the nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Spread {
	/// Each account has a node of its own, and goes to the next one only while that is not connected.
	OneNodePerAccount,
	/// Each transaction goes to the next node, whoever sends it.
	AllNodes,
}

/// The index of a transaction among all transactions.
pub type Index = u32;

/// The transactions that a sender has still to offer.
#[derive(Debug, Default)]
struct Sender {
	/// Not offered yet, in order.
	fresh: VecDeque<Index>,
	/// To be offered again. A sender's indices grow with the nonce.
	again: BinaryHeap<Reverse<Index>>,
	/// How many were refused and have not been accepted since, whether they have been offered again or not.
	gap: usize,
	/// Nothing is offered again before this time.
	not_before: Micros,
}

impl Sender {
	/// Where in `fresh` the lowest nonce is, if it is lower than all that are to be offered again.
	fn lowest_before_again(&self) -> Option<usize> {
		let Reverse(again) = self.again.peek()?;
		let lowest = self.fresh.iter().enumerate().min_by_key(|(_, index)| **index);
		lowest.filter(|(_, index)| *index < again).map(|(at, _)| at)
	}
}

/// The offers that are still to be made.
#[derive(Debug)]
pub struct Plan {
	senders: Vec<Sender>,
	/// For each transaction: whether it was refused and has not been accepted since.
	in_gap: Vec<bool>,
	/// For each transaction: its sender.
	sender_of: Vec<u32>,
	turns: VecDeque<u32>,
	/// For each sender: whether it is in `turns`.
	queued: Vec<bool>,
	spread: Spread,
	nodes: usize,
	next_node: usize,
	/// How many transactions are to be offered for the first time, and how many again.
	fresh: usize,
	again: usize,
	/// How many were refused and have not been accepted since.
	gaps: usize,
}

impl Plan {
	/// A plan of which nothing has been offered yet.
	pub fn new(transactions: &Transactions, order: Order, seed: u64, spread: Spread, nodes: usize) -> Self {
		let arranged = transactions.of.iter().enumerate().map(|(number, places)| {
			let offsets = order.arrange(places.len(), number, seed);
			let fresh = offsets.into_iter().map(|offset| places.start as Index + offset).collect();
			Sender { fresh, ..Default::default() }
		});
		let senders: Vec<_> = arranged.collect();
		let turns: VecDeque<u32> =
			(0..senders.len() as u32).filter(|at| !senders[*at as usize].fresh.is_empty()).collect();
		let mut queued = vec![false; senders.len()];
		turns.iter().for_each(|at| queued[*at as usize] = true);
		Self {
			in_gap: vec![false; transactions.all.len()],
			sender_of: transactions.all.iter().map(|signed| signed.sender).collect(),
			fresh: transactions.all.len(),
			again: 0,
			gaps: 0,
			next_node: 0,
			senders,
			turns,
			queued,
			spread,
			nodes,
		}
	}

	/// The next offer: a transaction and its node. An account whose node is connected and has no room waits; it goes to
	/// another node only while its own is not connected. Without `fresh`, only transactions that are to be offered
	/// again are taken.
	pub fn next(
		&mut self,
		now: Micros,
		fresh: bool,
		connected: impl Fn(usize) -> bool,
		has_room: impl Fn(usize) -> bool,
	) -> Option<(Index, usize)> {
		for _ in 0..self.turns.len() {
			let number = self.turns.pop_front()?;
			let Some(node) = self.node_for(number as usize, &connected, &has_room) else {
				self.turns.push_back(number);
				continue;
			};
			let sender = &mut self.senders[number as usize];
			let next = match sender.gap {
				0 if !fresh => None,
				0 => sender.fresh.pop_front().inspect(|_| self.fresh -= 1),
				_ if sender.not_before > now => None,
				_ => match sender.lowest_before_again() {
					Some(at) => sender.fresh.remove(at).inspect(|_| self.fresh -= 1),
					None => sender.again.pop().map(|Reverse(index)| index).inspect(|_| self.again -= 1),
				},
			};
			let waits = !sender.again.is_empty() || (sender.gap == 0 && !sender.fresh.is_empty());
			self.queued[number as usize] = waits;
			if waits {
				self.turns.push_back(number);
			}
			if let Some(index) = next {
				if self.spread == Spread::AllNodes {
					self.next_node = (node + 1) % self.nodes;
				}
				return Some((index, node));
			}
		}
		None
	}

	fn node_for(
		&self,
		sender: usize,
		connected: &impl Fn(usize) -> bool,
		has_room: &impl Fn(usize) -> bool,
	) -> Option<usize> {
		match self.spread {
			Spread::AllNodes => (0..self.nodes).map(|n| (self.next_node + n) % self.nodes).find(|node| has_room(*node)),
			Spread::OneNodePerAccount => {
				let mut candidates = (0..self.nodes).map(|n| (sender + n) % self.nodes);
				candidates.find(|node| connected(*node)).filter(|node| has_room(*node))
			}
		}
	}

	/// Takes back an offer whose node was gone before it could be sent. It is made again at once.
	pub fn put_back(&mut self, index: Index) {
		let number = self.sender_of[index as usize];
		let sender = &mut self.senders[number as usize];
		if self.in_gap[index as usize] {
			sender.again.push(Reverse(index));
			self.again += 1;
		} else {
			sender.fresh.push_front(index);
			self.fresh += 1;
		}
		self.queue(number);
	}

	/// Lets a transaction be offered again, and holds back the later ones of its sender until it is accepted.
	pub fn offer_again(&mut self, index: Index, not_before: Micros) {
		let number = self.sender_of[index as usize];
		let sender = &mut self.senders[number as usize];
		if !std::mem::replace(&mut self.in_gap[index as usize], true) {
			sender.gap += 1;
			self.gaps += 1;
		}
		sender.again.push(Reverse(index));
		sender.not_before = not_before;
		self.again += 1;
		self.queue(number);
	}

	/// A transaction was accepted, or refused for good: its sender no longer waits for it.
	pub fn settled(&mut self, index: Index) {
		if !std::mem::take(&mut self.in_gap[index as usize]) {
			return;
		}
		let number = self.sender_of[index as usize];
		let sender = &mut self.senders[number as usize];
		sender.gap -= 1;
		self.gaps -= 1;
		if !sender.fresh.is_empty() || !sender.again.is_empty() {
			self.queue(number);
		}
	}

	fn queue(&mut self, number: u32) {
		if !std::mem::replace(&mut self.queued[number as usize], true) {
			self.turns.push_back(number);
		}
	}

	/// Whether a refused transaction that is to be offered again has not been accepted yet.
	pub fn has_gaps(&self) -> bool {
		self.gaps > 0
	}

	/// Whether no transaction is left to be offered, for the first time or again.
	pub fn is_exhausted(&self) -> bool {
		self.fresh == 0 && self.again == 0
	}

	/// The earliest time at which a transaction is to be offered again; `None` if there is none.
	pub fn next_again(&self) -> Option<Micros> {
		let waiting = self.senders.iter().filter(|sender| !sender.again.is_empty());
		waiting.map(|sender| sender.not_before).min()
	}
}
