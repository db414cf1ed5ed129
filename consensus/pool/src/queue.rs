//! Queues of transactions that wait to be judged.
//!
//! Judging costs a call of the runtime, so the transactions that have come meanwhile are judged in one call. Clients
//! and peers wait in queues of their own, which are served in turn, so that a flood of one does not delay the other. A
//! full queue refuses at once. A client's transaction that has waited for longer than [`MAX_WAIT`] is refused rather
//! than answered late. A peer's transaction has no such limit: peers are not answered, and do not send it again.

use futures::channel::oneshot;
use parking_lot::{Condvar, Mutex};
use sp_runtime::{transaction_validity::TransactionSource, OpaqueExtrinsic};
use std::{
	collections::VecDeque,
	sync::Arc,
	time::{Duration, Instant},
};
use syndic_primitives::{api::Verdict, block::BlockNumber};

/// Maximum number of transactions that are judged in one call of the runtime.
const COMPANY: usize = 64;
/// Maximum number of transactions in one queue: as many as the SDK takes from peers at a time.
const MAX_WAITING: usize = 8_192;
/// Longest time that a client's transaction waits here. The client is to be answered within a second.
const MAX_WAIT: Duration = Duration::from_millis(150);

/// Why a transaction was not judged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotJudged {
	/// Too many transactions wait, or this one has waited too long.
	#[error("more transactions come than this node can judge")]
	Busy,
	/// The chain could not answer.
	#[error(transparent)]
	Chain(#[from] crate::chain::ChainError),
}

/// The verdict, and the height of the block after which it holds.
pub type Judged = Result<(Verdict, BlockNumber), NotJudged>;

/// Which queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
	/// The clients' queue.
	Client,
	/// The peers' queue.
	Peer,
}

/// A transaction that waits.
pub struct Waiting {
	/// The transaction.
	pub transaction: Arc<OpaqueExtrinsic>,
	/// The source of the transaction, as the runtime is told.
	pub source: TransactionSource,
	since: Instant,
	answer: oneshot::Sender<Judged>,
}

impl Waiting {
	/// Sends the answer. The receiver may be gone already.
	pub fn answer(self, judged: Judged) {
		let _ = self.answer.send(judged);
	}
}

#[derive(Default)]
struct State {
	clients: VecDeque<Waiting>,
	peers: VecDeque<Waiting>,
	peers_next: bool,
	closed: bool,
}

/// The queues of clients and peers.
#[derive(Default)]
pub struct Queue {
	state: Mutex<State>,
	more: Condvar,
}

impl Queue {
	/// Puts a transaction into a queue. The receiver gets an answer, or sees the channel close when the queue is
	/// closed.
	pub fn put(
		&self,
		from: From,
		source: TransactionSource,
		transaction: Arc<OpaqueExtrinsic>,
	) -> Result<oneshot::Receiver<Judged>, NotJudged> {
		let mut state = self.state.lock();
		let queue = match from {
			From::Client => &mut state.clients,
			From::Peer => &mut state.peers,
		};
		if queue.len() >= MAX_WAITING {
			return Err(NotJudged::Busy);
		}
		let (answer, answered) = oneshot::channel();
		queue.push_back(Waiting { transaction, source, since: Instant::now(), answer });
		drop(state);
		self.more.notify_one();
		Ok(answered)
	}

	/// Waits for the next transactions, all with one source. `None`: the queue is closed.
	pub fn take(&self) -> Option<Vec<Waiting>> {
		let mut state = self.state.lock();
		loop {
			if state.closed {
				return None;
			}
			let peers = match (state.clients.is_empty(), state.peers.is_empty()) {
				(true, true) => {
					self.more.wait(&mut state);
					continue;
				}
				(false, false) => state.peers_next,
				(clients_empty, _) => clients_empty,
			};
			state.peers_next = !peers;
			let queue = match peers {
				true => &mut state.peers,
				false => &mut state.clients,
			};
			let company = take_company(queue, if peers { Duration::MAX } else { MAX_WAIT });
			if !company.is_empty() {
				return Some(company);
			}
		}
	}

	/// Ends the judges. Waiting transactions get no answer; their receivers see the channel close.
	pub fn close(&self) {
		let mut state = self.state.lock();
		state.closed = true;
		state.clients.clear();
		state.peers.clear();
		drop(state);
		self.more.notify_all();
	}
}

/// Takes the next transactions as long as their source is the same. Those that have waited for longer than `longest`
/// are refused.
fn take_company(queue: &mut VecDeque<Waiting>, longest: Duration) -> Vec<Waiting> {
	let mut company: Vec<Waiting> = Vec::new();
	while company.len() < COMPANY {
		let fits = |waiting: &Waiting| company.first().is_none_or(|first| first.source == waiting.source);
		if !queue.front().is_some_and(fits) {
			break;
		}
		let Some(waiting) = queue.pop_front() else { break };
		match waiting.since.elapsed() > longest {
			true => waiting.answer(Err(NotJudged::Busy)),
			false => company.push(waiting),
		}
	}
	company
}

#[cfg(test)]
mod tests {
	use super::*;
	use futures::executor::block_on;
	use sp_runtime::transaction_validity::TransactionSource::External;

	fn transaction(n: u8) -> Arc<OpaqueExtrinsic> {
		Arc::new(OpaqueExtrinsic::from_blob(vec![n]))
	}

	#[test]
	fn clients_and_peers_take_turns_and_go_in_company() {
		let queue = Queue::default();
		let kept: Vec<_> = (0..200).map(|_| queue.put(From::Client, External, transaction(1)).unwrap()).collect();
		let peers: Vec<_> = (0..10).map(|_| queue.put(From::Peer, External, transaction(2)).unwrap()).collect();
		let sizes: Vec<_> = (0..5)
			.map(|_| {
				let company = queue.take().unwrap();
				(company[0].transaction.inner()[0], company.len())
			})
			.collect();
		assert_eq!(sizes, [(1, 64), (2, 10), (1, 64), (1, 64), (1, 8)]);
		drop((kept, peers));
	}

	#[test]
	fn a_full_queue_refuses_at_once_and_the_other_one_does_not() {
		let queue = Queue::default();
		let _kept: Vec<_> =
			(0..MAX_WAITING).map(|_| queue.put(From::Peer, External, transaction(1)).unwrap()).collect();
		assert_eq!(queue.put(From::Peer, External, transaction(1)).map(drop), Err(NotJudged::Busy));
		assert!(queue.put(From::Client, External, transaction(1)).is_ok());
	}

	#[test]
	fn what_has_waited_too_long_is_refused_not_judged() {
		let queue = Queue::default();
		let late = queue.put(From::Client, External, transaction(1)).unwrap();
		std::thread::sleep(MAX_WAIT + Duration::from_millis(20));
		let fresh = queue.put(From::Client, External, transaction(2)).unwrap();
		let company = queue.take().unwrap();
		assert_eq!(company.iter().map(|w| w.transaction.inner()[0]).collect::<Vec<_>>(), [2]);
		assert_eq!(block_on(late), Ok(Err(NotJudged::Busy)));
		drop((company, fresh));
	}

	#[test]
	fn closing_ends_those_who_wait_for_work() {
		let queue = Arc::new(Queue::default());
		let worker = std::thread::spawn({
			let queue = queue.clone();
			move || queue.take().is_none()
		});
		queue.close();
		assert!(worker.join().unwrap());
	}
}
