//! The journal of accepted transactions: what came in by RPC is on the disk before its sender is told that it is
//! accepted, and is offered to the pool again after a crash.
//!
//! A journal is a directory of numbered segments; `format.rs` has their bytes. Transactions and notes of removal are
//! appended to the last one; the others are only read. `recovery.rs` reads them, `writer.rs` is the one thread that
//! writes.
//!
//! - **Answered means durable.** The writer takes all that is queued, writes it at once, syncs once, and answers all of
//!   it. The more callers there are, the more of them share a sync.
//! - **Removal is lazy.** That a transaction has left the pool is noted without a sync; after a crash it may be offered
//!   once more, which does no harm.
//! - **Bounded.** What is alive is bounded by [`JournalLimits`]; what waits for the writer by a queue with 16 MiB of
//!   room. When more bytes are dead than alive, by 1 MiB, the oldest segment is cleaned: what is alive in it is written
//!   again at the end and synced, then the segment is removed. So the files are at most about twice as long as what is
//!   alive, and one segment. Always the oldest, because a note of removal can only be dropped when what it removes is
//!   gone; and transactions that come first leave first, so the oldest has the most dead bytes as a rule.
//! - **A crash at any point loses nothing that was answered.** A segment gets its name when its header is on the disk,
//!   and goes when its living content is on the disk elsewhere; a transaction that is found twice counts once.
//! - **Errors heal.** After a failed write or sync the segment is cut back to what was surely on the disk, and a new one
//!   begins with the next write. The callers of the failed write are told. Only if the disk also refuses to cut, and the
//!   process ends before the next write, may such a transaction be found at the next start.
//! - **Damage is not fatal.** An incomplete write at the end is cut off. Any other damage is skipped: the frames behind
//!   it are found, the numbers of frames tell how many are missing, what can be read is written again, and the damaged
//!   file is kept under another name, the last 16 of such files. So is a journal of another chain or version.

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

/// How much may be alive in a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalLimits {
	/// Bytes: of each transaction its own and 65 more.
	pub bytes: u64,
	/// Transactions.
	pub entries: usize,
}

/// What a journal held when it was opened.
#[derive(Debug, Default)]
pub struct Recovered {
	/// Hash and encoding of each transaction that had not left the pool, oldest first. Some may be final by now.
	pub transactions: Vec<(BlockHash, Vec<u8>)>,
	/// How many transactions cannot be read, as far as can be told.
	pub unreadable: u64,
	/// What is wrong with which file.
	pub damage: Vec<Damage>,
}

/// Figures for metrics. Counts begin when the journal is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JournalStats {
	/// Transactions alive.
	pub entries: u64,
	/// Bytes of them.
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

/// The journal. When the last clone is dropped, what was handed in is written, and the thread ends.
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
	/// Opens the journal of the chain with this genesis in `dir`, or begins one. Damage is no error, it is reported in
	/// [`Recovered`]. An error means that nothing can be written here.
	pub fn open(dir: &Path, genesis: BlockHash, limits: JournalLimits) -> Result<(Self, Recovered), JournalError> {
		Self::open_on(Box::new(FileSystem::open(dir)?), genesis, limits)
	}

	/// The same on any disk.
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

	/// Resolves when the transaction is on the disk. At once if it is there already, or if there is no room for it.
	pub async fn append(&self, hash: BlockHash, bytes: Vec<u8>) -> Result<(), JournalError> {
		if bytes.len() > MAX_TRANSACTION_BYTES {
			return Err(JournalError::TooLong { found: bytes.len(), bound: MAX_TRANSACTION_BYTES });
		}
		self.handle.shared.append(hash, bytes).await
	}

	/// The transaction has left the pool. Its room is free at once; on the disk it is noted soon.
	pub fn remove(&self, hash: BlockHash) {
		self.handle.shared.remove(&hash);
	}

	/// Figures for metrics.
	pub fn stats(&self) -> JournalStats {
		self.handle.shared.stats()
	}
}
