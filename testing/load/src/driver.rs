//! The loop of a run: makes the offers that are due, and records the answers.

use crate::{
	connection::Event,
	ledger::{Answer, Fate, Ledger, Refusal, Told},
	options::{Pace, RunOptions},
	plan::{Index, Plan, Spread},
	sign::Transactions,
	stats::Micros,
};
use std::{
	collections::HashSet,
	sync::Arc,
	time::{Duration, Instant},
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

/// Maximum number of events that are handled at a time.
const BATCH: usize = 4_096;
/// The longest and the shortest wait for events between two rounds of the loop.
const IDLE: Duration = Duration::from_millis(100);
const TIMER: Duration = Duration::from_millis(1);
/// Offering ends when, for this long, no node has accepted or refused a transaction (µs).
const STANDSTILL: Micros = 120_000_000;
/// After this many blocks without a transaction of this run, unanswered transactions are no longer expected.
const QUIET_BLOCKS: usize = 5;

/// A connection, as the driver sees it.
#[derive(Default)]
struct Slot {
	requests: Option<UnboundedSender<Index>>,
	/// Submitted and not yet answered; with watches, submitted and not yet ended.
	open: HashSet<Index>,
	/// How many times it was opened.
	ups: usize,
}

/// All connections, node by node.
struct Slots {
	all: Vec<Slot>,
	per_node: usize,
	/// How many transactions may be open at one node. Each node has the same share, so that a node which stands still
	/// does not take all.
	limit: usize,
}

impl Slots {
	fn new(options: &RunOptions, nodes: usize) -> Self {
		let per_node = options.connections as usize;
		let limit = match options.pace() {
			Pace::InFlight(limit) => limit.div_ceil(nodes),
			Pace::Rate(_) => usize::MAX,
		};
		Self { all: (0..nodes * per_node).map(|_| Slot::default()).collect(), per_node, limit }
	}

	fn of(&self, node: usize) -> &[Slot] {
		&self.all[node * self.per_node..(node + 1) * self.per_node]
	}

	fn is_connected(&self, node: usize) -> bool {
		self.of(node).iter().any(|slot| slot.requests.is_some())
	}

	fn has_room(&self, node: usize) -> bool {
		self.is_connected(node) && self.of(node).iter().map(|slot| slot.open.len()).sum::<usize>() < self.limit
	}

	/// The connection through which a node is offered a transaction: the one numbered `first`, or the next open one.
	fn choose(&self, node: usize, first: usize) -> usize {
		let mut candidates = (0..self.per_node).map(|n| node * self.per_node + (first + n) % self.per_node);
		candidates.find(|slot| self.all[*slot].requests.is_some()).unwrap_or(node * self.per_node)
	}
}

/// Figures of the offering.
#[derive(Clone, Debug, Default)]
pub struct Pacing {
	/// When the offering began.
	pub began: Micros,
	/// When the offering ended.
	pub ended: Micros,
	/// Open loop: for each offer, how much later it was made than it was due.
	pub lags: Vec<Micros>,
	/// Open loop: how many were due while no sender could offer anything.
	pub held_back: usize,
	/// How many connections had to be made anew.
	pub reconnections: usize,
	/// How many offers went to another node than the sender's own.
	pub elsewhere: usize,
}

/// The state of a run.
pub struct Driver<'a> {
	options: &'a RunOptions,
	transactions: Arc<Transactions>,
	plan: Plan,
	/// The record of each transaction.
	pub ledger: Ledger,
	slots: Slots,
	nodes: usize,
	/// How many answers are awaited.
	pending: usize,
	events: UnboundedReceiver<Event>,
	began: Instant,
	last_answer: Micros,
	/// Figures of the offering.
	pub pacing: Pacing,
}

impl<'a> Driver<'a> {
	/// A run in which nothing has been offered yet. Times count from `began`.
	pub fn new(
		options: &'a RunOptions,
		transactions: Arc<Transactions>,
		nodes: usize,
		events: UnboundedReceiver<Event>,
		began: Instant,
	) -> Self {
		Self {
			plan: Plan::new(&transactions, options.order, options.seed, options.spread, nodes),
			ledger: Ledger::new(&transactions),
			options,
			transactions,
			slots: Slots::new(options, nodes),
			nodes,
			pending: 0,
			events,
			began,
			last_answer: 0,
			pacing: Pacing::default(),
		}
	}

	fn now(&self) -> Micros {
		self.began.elapsed().as_micros() as Micros
	}

	/// Waits until each node has a connection, for `within` at most. Returns whether any node has one.
	pub async fn connect(&mut self, within: Duration) -> bool {
		let deadline = Instant::now() + within;
		while (0..self.nodes).any(|node| !self.slots.is_connected(node)) && Instant::now() < deadline {
			self.take_events(IDLE).await;
		}
		(0..self.nodes).any(|node| self.slots.is_connected(node))
	}

	/// Offers until no transaction is left to offer, or the time is up. Refused transactions that are to be offered
	/// again get some more time, so that their senders leave no gap.
	pub async fn offer(&mut self) {
		let began = self.now();
		self.pacing.began = began;
		self.last_answer = began;
		let seconds = |seconds: u32| Micros::from(seconds) * 1_000_000;
		let limit = self.options.limit().map_or(Micros::MAX, |limit| began + seconds(limit));
		let stop =
			self.options.seconds.map_or(Micros::MAX, |limit| began + seconds(limit) + seconds(self.options.settle));
		let pace = self.options.pace();
		let mut due = 0u64;
		loop {
			let now = self.now();
			let at = |offer: u64| match pace {
				Pace::Rate(rate) => began + (offer as f64 / rate * 1e6) as Micros,
				Pace::InFlight(_) => now,
			};
			// Every offer that was due in time is made, however late.
			let nothing_left = self.plan.is_exhausted() || (at(due) >= limit && !self.plan.has_gaps());
			let standstill = now.saturating_sub(self.last_answer) > STANDSTILL;
			if now >= stop || standstill || (nothing_left && (self.pending == 0 || !self.offers_again())) {
				break;
			}
			let wait = match pace {
				Pace::InFlight(_) => {
					while self.offer_next(now, now < limit) {}
					let again = self.plan.next_again().map_or(IDLE, |at| Duration::from_micros(at.saturating_sub(now)));
					again.clamp(TIMER, IDLE)
				}
				Pace::Rate(_) => {
					while at(due) <= now && !self.plan.is_exhausted() {
						let fresh = at(due) < limit;
						if self.offer_next(at(due), fresh) {
							self.pacing.lags.push(now - at(due));
						} else if fresh {
							self.pacing.held_back += 1;
						}
						due += 1;
					}
					Duration::from_micros(at(due).saturating_sub(now)).clamp(TIMER, IDLE)
				}
			};
			self.take_events(wait).await;
		}
		self.pacing.ended = self.now();
	}

	fn offers_again(&self) -> bool {
		self.options.retry_full || self.options.retry_unanswered
	}

	/// Waits until all accepted transactions are final, or the time for it is up.
	pub async fn settle(&mut self) {
		let deadline = self.now() + Micros::from(self.options.settle) * 1_000_000;
		let mut seen = usize::MAX;
		while self.now() < deadline {
			// Fates change only with blocks, and take long to compute.
			let blocks = self.ledger.blocks().len();
			if self.pending == 0 && blocks != seen {
				if self.is_settled() {
					break;
				}
				seen = blocks;
			}
			self.take_events(IDLE).await;
		}
		for slot in &mut self.slots.all {
			for index in slot.open.drain() {
				if self.ledger.entries()[index as usize].answer == Answer::Pending {
					self.ledger.unanswered(index);
				}
			}
		}
	}

	fn is_settled(&self) -> bool {
		let fates = self.ledger.fates(&self.transactions);
		if fates.contains(&Fate::Lost) {
			return false;
		}
		if !fates.iter().any(|fate| matches!(fate, Fate::Unanswered | Fate::Blocked)) {
			return true;
		}
		let mut latest = self.ledger.blocks().iter().rev().take(QUIET_BLOCKS);
		latest.len() == QUIET_BLOCKS && latest.all(|block| block.ours == 0 && block.seen_at > self.pacing.ended)
	}

	/// Makes one offer that was due at `at`. Returns whether there was one to make. Without `fresh`, transactions are
	/// only offered again.
	fn offer_next(&mut self, at: Micros, fresh: bool) -> bool {
		loop {
			let slots = &self.slots;
			if !(0..self.nodes).any(|node| slots.has_room(node)) {
				return false;
			}
			let next = self.plan.next(at, fresh, |node| slots.is_connected(node), |node| slots.has_room(node));
			let Some((index, node)) = next else { return false };
			let sender = self.transactions.all[index as usize].sender as usize;
			let first = match self.options.spread {
				Spread::OneNodePerAccount => sender / self.nodes,
				Spread::AllNodes => self.ledger.offers() / self.nodes,
			};
			let slot = self.slots.choose(node, first);
			let requests = self.slots.all[slot].requests.as_ref();
			if requests.is_some_and(|requests| requests.send(index).is_ok()) {
				self.ledger.offered(index, node, at);
				self.slots.all[slot].open.insert(index);
				self.pending += 1;
				let is_own = self.options.spread == Spread::AllNodes || node == sender % self.nodes;
				self.pacing.elsewhere += usize::from(!is_own);
				return true;
			}
			// The connection has just ended. Its `Down` event comes later.
			self.slots.all[slot].requests = None;
			self.plan.put_back(index);
		}
	}

	async fn take_events(&mut self, within: Duration) {
		let mut events = Vec::new();
		let _ = tokio::time::timeout(within, self.events.recv_many(&mut events, BATCH)).await;
		for event in events {
			self.handle(event);
		}
	}

	fn handle(&mut self, event: Event) {
		match event {
			Event::Up { connection, requests } => {
				let slot = &mut self.slots.all[connection];
				slot.requests = Some(requests);
				self.pacing.reconnections += usize::from(slot.ups > 0);
				slot.ups += 1;
			}
			Event::Down { connection } => self.down(connection),
			Event::Answer { index, connection, at, answer } => self.answered(index, connection, at, answer),
			Event::Told { index, connection, told } => {
				self.slots.all[connection].open.remove(&index);
				self.ledger.told(index, told);
			}
			Event::Block(block) => self.ledger.block(block),
		}
	}

	fn down(&mut self, connection: usize) {
		let slot = &mut self.slots.all[connection];
		slot.requests = None;
		for index in std::mem::take(&mut slot.open) {
			if self.ledger.entries()[index as usize].answer != Answer::Pending {
				self.ledger.told(index, Told::Nothing);
				continue;
			}
			self.pending -= 1;
			self.ledger.unanswered(index);
			if self.options.retry_unanswered {
				self.plan.offer_again(index, 0);
			} else {
				self.plan.settled(index);
			}
		}
	}

	fn answered(&mut self, index: Index, connection: usize, at: Micros, answer: Result<(), Refusal>) {
		let entry = &self.ledger.entries()[index as usize];
		let is_awaited = entry.answer == Answer::Pending && self.slots.all[connection].open.contains(&index);
		if !is_awaited {
			return;
		}
		self.last_answer = at;
		self.pending -= 1;
		let has_it = entry.was_unanswered;
		match answer {
			Err(refusal) if has_it && refusal.code == Refusal::ALREADY_IMPORTED => {
				self.slots.all[connection].open.remove(&index);
				self.ledger.accepted(index, at);
				self.plan.settled(index);
			}
			Err(refusal) => {
				self.slots.all[connection].open.remove(&index);
				let again = self.options.retry_full && refusal.code == Refusal::FULL;
				self.ledger.refused(index, at, refusal);
				if again {
					self.plan.offer_again(index, at + self.retry_after());
				} else {
					self.plan.settled(index);
				}
			}
			Ok(()) => {
				if !self.options.watch {
					self.slots.all[connection].open.remove(&index);
				}
				self.ledger.accepted(index, at);
				self.plan.settled(index);
			}
		}
	}

	fn retry_after(&self) -> Micros {
		let default = if self.options.rate.is_some() { 0 } else { 200 };
		Micros::from(self.options.retry_after.unwrap_or(default)) * 1_000
	}
}
