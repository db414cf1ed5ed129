//! What a node does about attestations, without a network. The keeper is told of events, and returns what is to be sent
//! and which peers have misbehaved.

use super::{
	book::{Book, FinalBlock, Place, Reached, Record},
	metrics::AssuranceMetrics,
	peers::{select, Peers},
	sign::Signer,
	store::Store,
	wire::{self, Gossip, Want, MAX_WANTS},
	AssuranceHandle, Ledger, ASKS, LOG_TARGET, SETTLED, WINDOW,
};
use codec::Encode;
use log::{debug, warn};
use sc_client_api::AuxStore;
use sc_network::PeerId;
use std::{
	collections::BTreeSet,
	time::{Duration, Instant},
};
use syndic_primitives::{
	crypto::verify_ed25519, AssuranceLevel, Attestation, BlockAttestations, BlockHash, Height, RosterIndex,
};

/// How long a block may be final without two thirds of the validators before the missing ones are logged; and the
/// minimum time between two such lines.
const SAID_AFTER: Duration = Duration::from_secs(10);
const SAID_EVERY: Duration = Duration::from_secs(60);
/// Maximum number of names in such a line.
const MAX_NAMES: usize = 16;

/// A misbehaviour of a peer: something that no honest peer does.
pub(super) type Offence = &'static str;

/// The state behind the protocol.
pub(super) struct Keeper<L, S> {
	genesis: BlockHash,
	ledger: L,
	store: Store<S>,
	signer: Signer,
	handle: AssuranceHandle,
	peers: Peers,
	metrics: AssuranceMetrics,
	/// The last height that was processed.
	last: Height,
	/// Heights that this node has committed and also attests, when there is time.
	deferred: BTreeSet<Height>,
	/// Peers that have misbehaved and are to be reported.
	offences: Vec<(PeerId, Offence)>,
	/// The number of the peer to ask next.
	turn: usize,
	said: Option<Instant>,
}

impl<L: Ledger, S: AuxStore> Keeper<L, S> {
	/// Creates a keeper with the stored attestations of the last blocks.
	pub fn new(
		genesis: BlockHash,
		ledger: L,
		store: Store<S>,
		signer: Signer,
		handle: AssuranceHandle,
		metrics: AssuranceMetrics,
	) -> Self {
		let last = ledger.finalised();
		let mut keeper = Self {
			genesis,
			ledger,
			store,
			signer,
			handle,
			peers: Peers::default(),
			metrics,
			last: Height(last.get().saturating_sub(WINDOW)),
			deferred: BTreeSet::new(),
			offences: Vec::new(),
			turn: 0,
			said: None,
		};
		keeper.handle.tell_finalised(last);
		for height in (keeper.last.get() + 1..=last.get()).map(Height) {
			keeper.restore(height);
		}
		keeper.last = last;
		keeper
	}

	/// Adds a block from before the start, with its stored attestations.
	fn restore(&mut self, height: Height) {
		let Some(block) = self.block(height) else { return };
		let hash = block.block.block_hash;
		let mut record = Record::new(block, None);
		match self.store.read(height, hash) {
			Ok(Some(recorded)) => {
				for (position, signature) in recorded.attestations.attestations {
					record.witnesses.add(position);
					record.attestations.insert(position, signature);
				}
				record.reached = recorded.reached;
			}
			Ok(None) => {}
			Err(error) => warn!(target: LOG_TARGET, "Cannot read the attestations of block {height}: {error}"),
		}
		let mut book = self.handle.book().write();
		book.open(record);
		book.settle(height, Instant::now());
	}

	fn block(&self, height: Height) -> Option<FinalBlock> {
		match self.ledger.final_block(height) {
			Ok(block) => block,
			Err(error) => {
				debug!(target: LOG_TARGET, "Block {height} can be neither attested nor counted: {error}");
				None
			}
		}
	}

	/// Processes blocks that have become final. While the node is far behind, blocks are skipped: no node waits for its
	/// attestations of them.
	pub fn on_finalised(&mut self, now: Instant) {
		let finalised = self.ledger.finalised();
		self.handle.tell_finalised(finalised);
		if finalised <= self.last || self.ledger.is_syncing() {
			return;
		}
		let first = self.last.next().get().max(finalised.get().saturating_sub(WINDOW - 1));
		self.last = finalised;
		self.signer.refresh(now);
		self.handle.tell_attesting(self.signer.keys().to_vec());
		for height in (first..=finalised.get()).map(Height) {
			let Some(block) = self.block(height) else { continue };
			self.open(block, now);
		}
		for (from, attestations) in self.peers.take_early(finalised) {
			self.take(from, attestations, now);
		}
	}

	fn open(&mut self, block: FinalBlock, now: Instant) {
		let height = block.block.height;
		let own = self.signer.positions(&block.roster);
		let (committed, others): (Vec<_>, Vec<_>) =
			own.into_iter().partition(|position| block.committed.has(*position));
		if !committed.is_empty() {
			self.deferred.insert(height);
		}
		let evicted = self.handle.book().write().open(Record::new(block, Some(now)));
		if let Some(evicted) = evicted.filter(|record| record.dirty) {
			self.write(std::slice::from_ref(&evicted));
		}
		for position in others {
			self.attest(height, position);
		}
		self.settle(height, now);
	}

	/// Signs an attestation, and passes it on to peers.
	fn attest(&mut self, height: Height, position: RosterIndex) {
		let mut book = self.handle.book().write();
		let Some(record) = book.get(height).filter(|record| !record.attestations.contains_key(&position)) else {
			return;
		};
		let Some(entry) = record.roster.entry(position) else { return };
		let Some(signature) = self.signer.sign(&entry.validator, &record.block.payload(&self.genesis)) else { return };
		if book.add(height, position, signature) {
			self.metrics.attestations("made", 1);
			let full = self.peers.pass_on(height, position, None);
			self.metrics.attestations("not-passed-on", full);
		}
	}

	/// Attests the blocks that this node has committed as well, because the certificates of other nodes may lack its
	/// commit. This is not urgent, because a quorum has committed.
	fn attest_deferred(&mut self, now: Instant) {
		for height in std::mem::take(&mut self.deferred) {
			let roster = self.handle.book().read().get(height).map(|record| record.roster.clone());
			for position in roster.map(|roster| self.signer.positions(&roster)).unwrap_or_default() {
				self.attest(height, position);
			}
			self.settle(height, now);
		}
	}

	fn settle(&mut self, height: Height, now: Instant) {
		let news: Vec<Reached> = self.handle.book().write().settle(height, now);
		for reached in news {
			self.metrics.reached(reached.level, height, reached.after);
			self.handle.tell_reached(reached);
		}
	}

	/// Processes a notification.
	pub fn on_notification(&mut self, from: PeerId, bytes: &[u8], now: Instant) {
		match wire::decode(bytes) {
			Ok(Gossip::Attestations(blocks)) => {
				let count = blocks.iter().map(|block| block.attestations.len()).sum::<usize>() + blocks.len();
				if !self.peers.spend(&from, count, now) {
					return self.metrics.attestations("over-budget", count);
				}
				for block in blocks {
					self.take(from, block, now);
				}
			}
			Ok(Gossip::Want(wants)) => self.answer(from, &wants, now),
			Err(wrong) => {
				debug!(target: LOG_TARGET, "{from} sent {wrong}");
				self.metrics.attestations("undecodable", 1);
				self.offences.push((from, "assurance: undecodable or oversize message"));
			}
		}
	}

	/// Processes the attestations of one block. What costs nothing is checked first, then each signature; new
	/// attestations are passed on.
	fn take(&mut self, from: PeerId, attestations: BlockAttestations, now: Instant) {
		let BlockAttestations { block, attestations: all } = attestations;
		let place = self.handle.book().read().place(&block);
		match place {
			Place::Here => {}
			Place::Past => return self.metrics.attestations("late", all.len()),
			Place::Far => return self.metrics.attestations("far", all.len()),
			Place::Early => {
				let count = all.len();
				let kept = self.peers.keep_early(&from, BlockAttestations { block, attestations: all });
				return self.metrics.attestations(if kept { "early" } else { "early-full" }, count);
			}
			Place::OtherBlock => {
				self.metrics.attestations("other-block", all.len());
				return self.offences.push((from, "assurance: attests a block that is not final"));
			}
		}
		let payload = block.payload(&self.genesis);
		let mut fresh = 0;
		for (position, signature) in all {
			self.peers.knows(&from, block.height, position);
			let key = {
				let book = self.handle.book().read();
				let Some(record) = book.get(block.height) else { return };
				if record.attestations.contains_key(&position) {
					self.metrics.attestations("known", 1);
					continue;
				}
				record.roster.entry(position).map(|entry| entry.validator.clone())
			};
			let holds = key.is_some_and(|key| verify_ed25519(&key, &payload, &signature));
			if !holds {
				self.metrics.attestations("invalid", 1);
				self.offences.push((from, "assurance: an attestation that its attester has not signed"));
				break;
			}
			if self.handle.book().write().add(block.height, position, signature) {
				fresh += 1;
				let full = self.peers.pass_on(block.height, position, Some(&from));
				self.metrics.attestations("not-passed-on", full);
			}
		}
		self.metrics.attestations("received", fresh);
		if fresh > 0 {
			self.settle(block.height, now);
		}
	}

	/// Queues for a peer the attestations that it has asked for.
	fn answer(&mut self, from: PeerId, wants: &[Want], now: Instant) {
		if !self.peers.may_ask(&from, now) {
			return self.metrics.attestations("asked-too-often", wants.len());
		}
		let book = self.handle.book().read();
		for want in wants {
			let Some(record) = book.get(want.height) else { continue };
			for position in record.attestations.keys().filter(|position| want.lacks(**position)) {
				if !self.peers.queue(&from, want.height, *position) {
					return;
				}
			}
		}
	}

	pub fn on_connected(&mut self, peer: PeerId, now: Instant) {
		self.peers.connected(peer, now);
		self.count_peers();
	}

	pub fn on_disconnected(&mut self, peer: &PeerId) {
		self.peers.disconnected(peer);
		self.count_peers();
	}

	fn count_peers(&self) {
		self.handle.tell_peers(self.peers.count());
		self.metrics.peers(self.peers.count());
	}

	/// Returns the peers that have misbehaved since the last call.
	pub fn offences(&mut self) -> Vec<(PeerId, Offence)> {
		std::mem::take(&mut self.offences)
	}

	/// Whether [`Keeper::flush`] would send anything.
	pub fn has_pending(&self) -> bool {
		self.peers.has_pending()
	}

	/// Returns what is to be sent now: at most one notification for each peer.
	pub fn flush(&mut self) -> Vec<(PeerId, Vec<u8>)> {
		let book = self.handle.book().read();
		let look_up = |height: Height, positions: &BTreeSet<RosterIndex>| {
			let record = book.get(height)?;
			Some(BlockAttestations { block: record.block, attestations: select(&record.attestations, positions) })
		};
		let out = self.peers.flush(look_up);
		let out: Vec<_> = out.into_iter().map(|(peer, gossip)| (peer, gossip.encode())).collect();
		out.iter().for_each(|(_, bytes)| self.metrics.sent("attestations", bytes.len()));
		out
	}

	/// Does what is due each second: attests the deferred blocks, asks a peer for missing attestations, and logs which
	/// entries of the roster are missing. Returns what is to be sent.
	pub fn tick(&mut self, now: Instant) -> Vec<(PeerId, Vec<u8>)> {
		self.on_finalised(now);
		self.attest_deferred(now);
		let missing = self.handle.standing().missing;
		self.metrics.missing(missing.len());
		self.say_whom_it_misses(now);
		self.ask(now).into_iter().collect()
	}

	/// Asks one peer, another one each time, for the missing attestations of blocks that have been final for a while.
	/// Each block is asked about up to three times, at growing intervals.
	fn ask(&mut self, now: Instant) -> Option<(PeerId, Vec<u8>)> {
		let peer = self.peers.nth(self.turn)?;
		let mut book = self.handle.book().write();
		let mut wants = Vec::new();
		// The newest blocks come first, because clients ask about them most.
		for record in book.records_mut().rev() {
			if wants.len() == MAX_WANTS {
				break;
			}
			let due = ASKS.get(record.asked).is_some_and(|after| record.age(now) >= *after);
			if due && !record.is_complete() {
				record.asked += 1;
				let has = |position| record.attestations.contains_key(&position) || record.witnesses.has(position);
				wants.push(Want::new(record.block.height, record.roster.size(), has));
			}
		}
		if wants.is_empty() {
			return None;
		}
		self.turn = self.turn.wrapping_add(1);
		let bytes = Gossip::Want(wants).encode();
		self.metrics.sent("want", bytes.len());
		Some((peer, bytes))
	}

	fn say_whom_it_misses(&mut self, now: Instant) {
		if self.said.is_some_and(|last| now.saturating_duration_since(last) < SAID_EVERY) {
			return;
		}
		let line = {
			let book = self.handle.book().read();
			let old_enough = |record: &&Record| record.finalised.is_some() && record.age(now) >= SAID_AFTER;
			let Some(record) = book.records().rev().find(old_enough) else { return };
			if record.reached.iter().any(|(level, _)| *level == AssuranceLevel::Validators) {
				return;
			}
			line(&book, record)
		};
		self.said = Some(now);
		warn!(target: LOG_TARGET, "{line}");
	}

	/// Stores the records that have changed.
	pub fn save(&mut self) {
		let dirty: Vec<Record> = {
			let mut book = self.handle.book().write();
			let changed = book.records_mut().filter(|record| record.dirty);
			changed
				.map(|record| {
					record.dirty = false;
					record.clone()
				})
				.collect()
		};
		if !dirty.is_empty() {
			self.write(&dirty);
		}
	}

	fn write(&mut self, records: &[Record]) {
		if let Err(error) = self.store.write(records, self.last) {
			warn!(target: LOG_TARGET, "Cannot store attestations: {error}");
		}
	}

	/// For tests.
	#[cfg(test)]
	pub fn handle(&self) -> &AssuranceHandle {
		&self.handle
	}
}

/// The log line about the entries of the roster that are missing behind a block.
fn line(book: &Book, record: &Record) -> String {
	let Attestation { height, .. } = record.block;
	let missing: Vec<_> = record.missing().filter_map(|position| record.roster.entry(position)).collect();
	let names: Vec<String> = missing
		.iter()
		.take(MAX_NAMES)
		.map(|entry| match book.last_of(&entry.validator) {
			Some(last) => format!("{} (last at block {last})", entry.validator),
			None => entry.validator.to_string(),
		})
		.collect();
	let more = match missing.len().saturating_sub(MAX_NAMES) {
		0 => String::new(),
		more => format!(" and {more} more"),
	};
	format!(
		"Block {height} has been final for {} s, and two thirds of the {} on the roster do not stand behind it here. Missing: {}{more}",
		SAID_AFTER.as_secs(),
		record.roster.size(),
		names.join(", "),
	)
}

/// A block must be settled before a line can report what it lacks.
const _: () = assert!(SETTLED.as_secs() < SAID_AFTER.as_secs());
