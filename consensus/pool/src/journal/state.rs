//! The state that callers and the writer share: which transactions are alive, and which wait to be written.

use super::{error::JournalError, format::ENTRY_OVERHEAD_BYTES, JournalLimits, JournalStats};
use futures::channel::oneshot;
use parking_lot::{Condvar, Mutex};
use std::{
	collections::{HashMap, HashSet, VecDeque},
	sync::Arc,
	time::{Duration, Instant},
};
use syndic_primitives::BlockHash;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Maximum number of bytes in the queue for the writer. While the queue is full, callers wait for room.
const QUEUE_BYTES: usize = 16 * 1024 * 1024;
/// Maximum number of removals in one work. When this many wait, the writer does not wait for more.
const MAX_REMOVALS: usize = 1 << 14;

pub(super) type Answer = Result<(), JournalError>;

/// A transaction that is alive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alive {
	/// Its sequence number: how many transactions this journal had taken before it.
	pub sequence: u64,
	/// Bytes of its frame.
	pub size: u64,
	/// The segment that it is in. `None` until it is on the disk.
	pub segment: Option<u64>,
}

/// A transaction that waits for the writer.
#[derive(Debug)]
pub(super) struct Queued {
	pub sequence: u64,
	pub hash: BlockHash,
	pub bytes: Vec<u8>,
	/// Its room in the queue, freed when the transaction is written.
	_room: OwnedSemaphorePermit,
}

/// The next work of the writer.
#[derive(Debug, Default)]
pub(super) struct Work {
	pub appends: Vec<Queued>,
	pub removals: Vec<u64>,
	/// Whether no handle is left and this is the last work.
	pub last: bool,
}

#[derive(Debug, Default)]
struct State {
	alive: HashMap<BlockHash, Alive>,
	next_sequence: u64,
	queue: VecDeque<Queued>,
	/// Callers that wait for a transaction to be on the disk, by its sequence number.
	waiting: HashMap<u64, Vec<oneshot::Sender<Answer>>>,
	/// Sequence numbers of transactions that have left, whose removal is not yet written.
	removals: Vec<u64>,
	closed: bool,
	stats: JournalStats,
}

#[derive(Debug)]
pub(super) struct Shared {
	state: Mutex<State>,
	wake: Condvar,
	room: Arc<Semaphore>,
	limits: JournalLimits,
}

impl Shared {
	pub fn new(limits: JournalLimits, alive: HashMap<BlockHash, Alive>, next_sequence: u64) -> Self {
		let stats = JournalStats {
			entries: alive.len() as u64,
			bytes: alive.values().map(|entry| entry.size).sum(),
			..JournalStats::default()
		};
		let state = Mutex::new(State { alive, next_sequence, stats, ..State::default() });
		Self { state, wake: Condvar::new(), room: Arc::new(Semaphore::new(QUEUE_BYTES)), limits }
	}

	/// Resolves when the transaction is on the disk.
	pub async fn append(&self, hash: BlockHash, bytes: Vec<u8>) -> Answer {
		// A caller that would be refused need not wait for room first.
		if let Some(answer) = self.state.lock().at_once(&self.limits, hash, bytes.len()) {
			return answer;
		}
		let size = ENTRY_OVERHEAD_BYTES + bytes.len();
		let room = self.room.clone().acquire_many_owned(size as u32).await.map_err(|_| JournalError::Closed)?;
		let answer = {
			let mut state = self.state.lock();
			if let Some(answer) = state.at_once(&self.limits, hash, bytes.len()) {
				return answer;
			}
			let (sender, answer) = oneshot::channel();
			state.submit(hash, bytes, room, sender);
			answer
		};
		self.wake.notify_one();
		answer.await.unwrap_or(Err(JournalError::Closed))
	}

	/// Takes a transaction out, and queues its removal for the writer.
	pub fn remove(&self, hash: &BlockHash) {
		let mut state = self.state.lock();
		let Some(entry) = state.take_out(hash) else { return };
		state.removals.push(entry.sequence);
		state.stats.removed += 1;
		if matches!(state.removals.len(), 1 | MAX_REMOVALS) {
			self.wake.notify_one();
		}
	}

	pub fn stats(&self) -> JournalStats {
		self.state.lock().stats
	}

	pub fn change_stats(&self, change: impl FnOnce(&mut JournalStats)) {
		change(&mut self.state.lock().stats)
	}

	/// Waits for work: returns at once for a transaction, and after `delay` if there are only removals.
	pub fn next_work(&self, delay: Duration, max_bytes: usize) -> Work {
		let mut state = self.state.lock();
		let mut deadline = None;
		while state.queue.is_empty() && !state.closed {
			if state.removals.is_empty() {
				self.wake.wait(&mut state);
				continue;
			}
			let deadline = *deadline.get_or_insert_with(|| Instant::now() + delay);
			if self.wake.wait_until(&mut state, deadline).timed_out() || state.removals.len() >= MAX_REMOVALS {
				break;
			}
		}
		state.work(max_bytes)
	}

	/// Removals that could not be written are queued again for the next work.
	pub fn put_back(&self, removals: impl IntoIterator<Item = u64>) {
		self.state.lock().removals.extend(removals);
	}

	/// These transactions are on the disk in segment `segment`.
	pub fn written(&self, appends: Vec<Queued>, segment: u64) {
		let mut state = self.state.lock();
		state.stats.appended += appends.len() as u64;
		let mut waiting = Vec::with_capacity(appends.len());
		for Queued { sequence, hash, .. } in &appends {
			if let Some(entry) = state.alive.get_mut(hash).filter(|entry| entry.sequence == *sequence) {
				entry.segment = Some(segment);
			}
			waiting.extend(state.waiting.remove(sequence).unwrap_or_default());
		}
		drop(state);
		answer(waiting, Ok(()));
	}

	/// These transactions could not be written; their room is freed.
	pub fn refused(&self, appends: Vec<Queued>, error: &JournalError) {
		let mut state = self.state.lock();
		let mut waiting = Vec::with_capacity(appends.len());
		for Queued { sequence, hash, .. } in &appends {
			if state.alive.get(hash).is_some_and(|entry| entry.sequence == *sequence) {
				state.take_out(hash);
			}
			waiting.extend(state.waiting.remove(sequence).unwrap_or_default());
		}
		drop(state);
		answer(waiting, Err(error.clone()));
	}

	/// The sequence numbers of the transactions that are alive in a segment.
	pub fn alive_in(&self, segment: u64) -> HashSet<u64> {
		let state = self.state.lock();
		let there = state.alive.values().filter(|entry| entry.segment == Some(segment));
		there.map(|entry| entry.sequence).collect()
	}

	/// These transactions have been copied into segment `to`.
	pub fn moved(&self, entries: impl IntoIterator<Item = (u64, BlockHash)>, to: u64) {
		let mut state = self.state.lock();
		for (sequence, hash) in entries {
			if let Some(entry) = state.alive.get_mut(&hash).filter(|entry| entry.sequence == sequence) {
				entry.segment = Some(to);
			}
		}
	}

	/// Forgets the transactions in a segment that can no longer be read. Returns their number.
	pub fn lost_in(&self, segment: u64) -> u64 {
		let mut state = self.state.lock();
		let lost = state.alive.iter().filter(|(_, entry)| entry.segment == Some(segment));
		let lost: Vec<BlockHash> = lost.map(|(hash, _)| *hash).collect();
		for hash in &lost {
			state.take_out(hash);
		}
		lost.len() as u64
	}

	/// No handle is left.
	pub fn close(&self) {
		self.state.lock().closed = true;
		self.wake.notify_one();
	}

	/// The writer has ended: waiting and later callers get [`JournalError::Closed`].
	pub fn end(&self) {
		let mut state = self.state.lock();
		state.closed = true;
		let dropped = (std::mem::take(&mut state.queue), std::mem::take(&mut state.waiting));
		drop(state);
		self.room.close();
		drop(dropped);
	}
}

impl State {
	/// The answer, if it can be given without the disk.
	fn at_once(&self, limits: &JournalLimits, hash: BlockHash, length: usize) -> Option<Answer> {
		if self.closed {
			return Some(Err(JournalError::Closed));
		}
		match self.alive.get(&hash) {
			Some(entry) => entry.segment.map(|_| Ok(())),
			None => {
				let full = |found, bound, unit| Some(Err(JournalError::Full { found, bound, unit }));
				let bytes = self.stats.bytes + (ENTRY_OVERHEAD_BYTES + length) as u64;
				let entries = self.stats.entries + 1;
				match () {
					() if bytes > limits.bytes => full(bytes, limits.bytes, "bytes"),
					() if entries > limits.entries as u64 => full(entries, limits.entries as u64, "transactions"),
					() => None,
				}
			}
		}
	}

	fn submit(&mut self, hash: BlockHash, bytes: Vec<u8>, room: OwnedSemaphorePermit, sender: oneshot::Sender<Answer>) {
		let sequence = match self.alive.get(&hash) {
			// The same transaction is in the queue already.
			Some(entry) => entry.sequence,
			None => {
				let sequence = self.next_sequence;
				self.next_sequence += 1;
				let size = (ENTRY_OVERHEAD_BYTES + bytes.len()) as u64;
				self.alive.insert(hash, Alive { sequence, size, segment: None });
				self.stats.entries += 1;
				self.stats.bytes += size;
				self.queue.push_back(Queued { sequence, hash, bytes, _room: room });
				sequence
			}
		};
		self.waiting.entry(sequence).or_default().push(sender);
	}

	fn take_out(&mut self, hash: &BlockHash) -> Option<Alive> {
		let entry = self.alive.remove(hash)?;
		self.stats.entries -= 1;
		self.stats.bytes -= entry.size;
		Some(entry)
	}

	/// Takes as much as fits into one write, but at least one transaction.
	fn work(&mut self, max_bytes: usize) -> Work {
		let mut work = Work::default();
		let mut bytes = 0;
		while let Some(next) = self.queue.front() {
			bytes += ENTRY_OVERHEAD_BYTES + next.bytes.len();
			if bytes > max_bytes && !work.appends.is_empty() {
				break;
			}
			work.appends.extend(self.queue.pop_front());
		}
		// A removal must come after the transaction that it removes.
		let written = self.queue.front().map_or(u64::MAX, |next| next.sequence);
		let (ready, early): (Vec<u64>, Vec<u64>) = self.removals.drain(..).partition(|sequence| *sequence < written);
		let mut ready = ready.into_iter();
		work.removals.extend(ready.by_ref().take(MAX_REMOVALS));
		self.removals.extend(ready.chain(early));
		work.last = self.closed && self.queue.is_empty() && self.removals.is_empty();
		work
	}
}

/// Called without the lock, because it wakes the callers.
fn answer(waiting: Vec<oneshot::Sender<Answer>>, answer: Answer) {
	for sender in waiting {
		// A caller that is gone needs no answer.
		let _ = sender.send(answer.clone());
	}
}
