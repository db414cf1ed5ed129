//! The journal of accepted transactions. A transaction that came in by RPC is on the disk before its sender is told
//! that it is accepted, and is offered to the pool again after a crash.
//!
//! A journal is a directory of numbered segments; `format.rs` specifies their bytes. Transactions and notes of removal
//! are appended to the last segment; the other segments are only read. `recovery.rs` reads them. `writer.rs` is the one
//! thread that writes.
//!
//! A transaction is *alive* until it has left the pool. The bytes of other transactions and of notes of removal are
//! *dead*.
//!
//! - **Answered means durable.** The writer takes all that is queued, writes it in one write, syncs once, and answers
//!   all of the callers. The more callers there are, the more of them share a sync.
//! - **Removal is lazy.** A note that a transaction has left the pool is written without a sync. After a crash such a
//!   transaction may be offered once more, which does no harm.
//! - **Bounded.** [`JournalLimits`] bounds the transactions alive; a queue of 16 MiB bounds those that wait for the
//!   writer. When there are over 1 MiB more dead bytes than living ones, the oldest segment is cleaned: its living
//!   transactions are written again at the end and synced, then the segment is removed. So the files have at most about
//!   twice the living bytes, and one segment. Cleaning always takes the oldest segment, because a note of removal can
//!   only be dropped when the transaction that it removes is gone. Transactions that come first usually leave first, so
//!   the oldest segment usually has the most dead bytes.
//! - **A crash at any point loses no answered transaction.** A segment gets its name when its header is on the disk,
//!   and is removed when its living transactions are on the disk in another segment. A transaction that is found twice
//!   counts once.
//! - **Errors heal.** After a failed write or sync, the segment is cut back to the length that is known to be on the
//!   disk, and the next write begins a new segment. The callers of the failed write are told. A transaction of the
//!   failed write may be found at the next start only if the disk also refuses to cut, and the process ends before the
//!   next write.
//! - **Damage is not fatal.** An incomplete write at the end is cut off. Any other damage is skipped: the frames behind
//!   it are found, the numbers of frames tell how many are missing, and the readable transactions are written again.
//!   The damaged file is kept under another name, up to 16 such files. A journal of another chain or version is kept in
//!   the same way.

pub mod disk;
mod error;
mod files;
mod format;
mod recovery;
mod state;
mod writer;

pub use error::{Damage, JournalError};
pub use format::MAX_TRANSACTION_BYTES;

use disk::{Disk, FileSystem};
use error::io_error;
use state::Shared;
use std::{
	path::Path,
	sync::Arc,
	thread::{self, JoinHandle},
};
use syndic_primitives::BlockHash;
use writer::Writer;

/// Bounds on the transactions alive in a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalLimits {
	/// Bytes: the length of each transaction, and 65 more for each.
	pub bytes: u64,
	/// Transactions.
	pub entries: usize,
}

/// The contents of a journal when it was opened.
#[derive(Debug, Default)]
pub struct Recovered {
	/// Hash and encoding of each transaction that had not left the pool, oldest first. Some may be final by now.
	pub transactions: Vec<(BlockHash, Vec<u8>)>,
	/// How many transactions cannot be read, estimated from the numbers of frames.
	pub unreadable: u64,
	/// The damage that was found, by file.
	pub damage: Vec<Damage>,
}

/// Figures for metrics. Counts begin when the journal is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JournalStats {
	/// Transactions alive.
	pub entries: u64,
	/// Bytes of their frames.
	pub bytes: u64,
	/// Bytes of the files.
	pub file_bytes: u64,
	/// Transactions written.
	pub appended: u64,
	/// Transactions that have left.
	pub removed: u64,
	/// Writes that failed.
	pub failures: u64,
	/// Transactions that could no longer be read when their segment was cleaned.
	pub lost: u64,
	/// Syncs of files and of the directory.
	pub syncs: u64,
	/// Duration of the last sync of transactions, in microseconds.
	pub last_sync_micros: u64,
	/// Duration of all syncs of transactions, in microseconds.
	pub sync_micros: u64,
}

/// The journal. When the last clone is dropped, the queued transactions are written, and the thread ends.
#[derive(Clone, Debug)]
pub struct Journal {
	handle: Arc<Handle>,
}

#[derive(Debug)]
struct Handle {
	shared: Arc<Shared>,
	writer: Option<JoinHandle<()>>,
}

impl Drop for Handle {
	fn drop(&mut self) {
		self.shared.close();
		if let Some(Err(_)) = self.writer.take().map(JoinHandle::join) {
			log::error!(target: crate::LOG, "The transaction journal's thread has panicked");
		}
	}
}

impl Journal {
	/// Opens the journal of the chain with this genesis in `dir`, or begins one. Damage is no error: [`Recovered`]
	/// reports it. An error means that nothing can be written here.
	pub fn open(dir: &Path, genesis: BlockHash, limits: JournalLimits) -> Result<(Self, Recovered), JournalError> {
		Self::open_on(Box::new(FileSystem::open(dir)?), genesis, limits)
	}

	/// As [`Self::open`], on any disk.
	pub fn open_on(
		disk: Box<dyn Disk>,
		genesis: BlockHash,
		limits: JournalLimits,
	) -> Result<(Self, Recovered), JournalError> {
		let found = recovery::recover(&*disk, genesis)?;
		let dir = disk.dir().to_owned();
		let shared = Arc::new(Shared::new(limits, found.alive, found.next_sequence));
		let mut writer =
			Writer::new(disk, genesis, shared.clone(), found.segments, found.next_segment, found.next_frame);
		writer.prepare(found.damaged)?;
		let thread = thread::Builder::new().name("transaction-journal".into()).spawn(move || writer.run());
		let writer = Some(thread.map_err(io_error("start a thread for", dir))?);
		Ok((Self { handle: Arc::new(Handle { shared, writer }) }, found.recovered))
	}

	/// Resolves when the transaction is on the disk: at once if it is there already. Fails at once if there is no room
	/// for it.
	pub async fn append(&self, hash: BlockHash, bytes: Vec<u8>) -> Result<(), JournalError> {
		if bytes.len() > MAX_TRANSACTION_BYTES {
			return Err(JournalError::TooLong { found: bytes.len(), bound: MAX_TRANSACTION_BYTES });
		}
		self.handle.shared.append(hash, bytes).await
	}

	/// The transaction has left the pool. Its room is free at once; the note on the disk follows soon.
	pub fn remove(&self, hash: BlockHash) {
		self.handle.shared.remove(&hash);
	}

	/// Figures for metrics.
	pub fn stats(&self) -> JournalStats {
		self.handle.shared.stats()
	}
}
