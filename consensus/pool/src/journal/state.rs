//! What callers and the writer share: which transactions are alive, and what waits to be written.

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

/// How many bytes may wait for the writer. Whoever comes when they are there waits outside.
const QUEUE_BYTES: usize = 16 * 1024 * 1024;
/// How many removals the writer takes at once, and from how many on it does not wait for more.
const MAX_REMOVALS: usize = 1 << 14;

pub(super) type Answer = Result<(), JournalError>;

/// A transaction that is alive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alive {
	/// Its place among all that this journal has taken.
	pub sequence: u64,
	/// Bytes of its frame.
	pub size: u64,
	/// The segment it is in. `None` until it is on the disk.
	pub segment: Option<u64>,
}

/// A transaction that waits for the writer.
#[derive(Debug)]
pub(super) struct Queued {
	pub sequence: u64,
	pub hash: BlockHash,
	pub bytes: Vec<u8>,
	/// Its room in the queue, given back when it is written.
	_room: OwnedSemaphorePermit,
}

/// What the writer does next.
#[derive(Debug, Default)]
pub(super) struct Work {
	pub appends: Vec<Queued>,
	pub removals: Vec<u64>,
	/// No handle is left, and this is the last work.
	pub last: bool,
}

#[derive(Debug, Default)]
struct State {
	alive: HashMap<BlockHash, Alive>,
	next_sequence: u64,
	queue: VecDeque<Queued>,
	/// Who waits for a transaction that is not on the disk yet, by its sequence number.
	waiting: HashMap<u64, Vec<oneshot::Sender<Answer>>>,
	/// Sequence numbers of transactions that have left, not yet written.
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
		// Who would be refused does not wait first.
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

	/// Takes a transaction out, and leaves a note for the writer.
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

	/// Waits until there is something to write: at once for a transaction, after `delay` for removals alone.
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

	/// Removals that did not get onto the disk are written with the next work.
	pub fn put_back(&self, removals: impl IntoIterator<Item = u64>) {
		self.state.lock().removals.extend(removals);
	}

	/// These are on the disk, in segment `segment`.
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

	/// These could not be written; their room is given back.
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

	/// The sequence numbers of what is alive in a segment.
	pub fn alive_in(&self, segment: u64) -> HashSet<u64> {
		let state = self.state.lock();
		let there = state.alive.values().filter(|entry| entry.segment == Some(segment));
		there.map(|entry| entry.sequence).collect()
	}

	/// These have been copied into another segment.
	pub fn moved(&self, entries: impl IntoIterator<Item = (u64, BlockHash)>, to: u64) {
		let mut state = self.state.lock();
		for (sequence, hash) in entries {
			if let Some(entry) = state.alive.get_mut(&hash).filter(|entry| entry.sequence == sequence) {
				entry.segment = Some(to);
			}
		}
	}

	/// Forgets what can no longer be read. Returns how many these are.
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

	/// The writer has ended: whoever waits or comes is told so.
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
	/// What can be said without the disk.
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
			// It is on its way already.
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

	/// Takes as much as fits into one write, at least one transaction.
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
		// A removal comes after what it removes.
		let written = self.queue.front().map_or(u64::MAX, |next| next.sequence);
		let (ready, early): (Vec<u64>, Vec<u64>) = self.removals.drain(..).partition(|sequence| *sequence < written);
		let mut ready = ready.into_iter();
		work.removals.extend(ready.by_ref().take(MAX_REMOVALS));
		self.removals.extend(ready.chain(early));
		work.last = self.closed && self.queue.is_empty() && self.removals.is_empty();
		work
	}
}

/// Without the lock, for this wakes the callers.
fn answer(waiting: Vec<oneshot::Sender<Answer>>, answer: Answer) {
	for sender in waiting {
		// Who is gone needs no answer.
		let _ = sender.send(answer.clone());
	}
}
