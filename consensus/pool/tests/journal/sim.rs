//! A disk in memory. A crash may lose what is not synced, and any operation can be made to fail or to wait.

use parking_lot::{Condvar, Mutex};
use std::{collections::BTreeMap, io, path::Path, sync::Arc, thread, time::Duration};
use syndic_pool::journal::disk::{Disk, DiskFile};

/// Operations of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
	List,
	Read,
	Create,
	Rename,
	Remove,
	Cut,
	SyncDir,
	Write,
	Sync,
}

type Fault = Box<dyn FnMut(Op) -> Option<io::Error> + Send>;

/// Numbers from a seed (xorshift64*).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
	pub fn new(seed: u64) -> Self {
		Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
	}

	pub fn below(&mut self, bound: u64) -> u64 {
		self.0 ^= self.0 >> 12;
		self.0 ^= self.0 << 25;
		self.0 ^= self.0 >> 27;
		(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
	}
}

#[derive(Clone, Default)]
struct Inode {
	bytes: Vec<u8>,
	durable: Vec<u8>,
}

#[derive(Clone)]
enum NameOp {
	Link(String, usize),
	Unlink(String),
	Rename(String, String, usize),
}

#[derive(Default)]
struct State {
	names: BTreeMap<String, usize>,
	durable_names: BTreeMap<String, usize>,
	pending: Vec<NameOp>,
	inodes: Vec<Inode>,
	ops: u64,
	syncs: u64,
	off_after: Option<u64>,
	fault: Option<Fault>,
	sync_delay: Duration,
	gated: bool,
}

#[derive(Clone, Default)]
pub struct SimDisk {
	state: Arc<(Mutex<State>, Condvar)>,
}

fn apply(names: &mut BTreeMap<String, usize>, op: &NameOp) {
	match op {
		NameOp::Link(name, inode) => {
			names.insert(name.clone(), *inode);
		}
		NameOp::Unlink(name) => {
			names.remove(name);
		}
		NameOp::Rename(from, to, inode) => {
			names.remove(from);
			names.insert(to.clone(), *inode);
		}
	}
}

fn off() -> io::Error {
	io::Error::other("the machine is off")
}

fn missing() -> io::Error {
	io::ErrorKind::NotFound.into()
}

impl State {
	fn begin(&mut self, op: Op) -> io::Result<()> {
		self.ops += 1;
		if self.off_after.is_some_and(|last| self.ops > last) {
			return Err(off());
		}
		match self.fault.as_mut().and_then(|fault| fault(op)) {
			Some(error) => Err(error),
			None => Ok(()),
		}
	}

	fn name_op(&mut self, op: NameOp) {
		apply(&mut self.names, &op);
		self.pending.push(op);
	}

	fn inode(&self, name: &str) -> io::Result<usize> {
		self.names.get(name).copied().ok_or_else(missing)
	}
}

/// Ends the wait when dropped. Drop it before the journal, whose drop waits for its last sync.
pub struct Gate(SimDisk);

impl Drop for Gate {
	fn drop(&mut self) {
		self.0.state.0.lock().gated = false;
		self.0.state.1.notify_all();
	}
}

impl SimDisk {
	/// A disk with these files, all of them durable.
	pub fn with_files(files: &BTreeMap<String, Vec<u8>>) -> Self {
		let disk = Self::default();
		let mut state = disk.state.0.lock();
		for (at, (name, bytes)) in files.iter().enumerate() {
			state.inodes.push(Inode { bytes: bytes.clone(), durable: bytes.clone() });
			state.names.insert(name.clone(), at);
		}
		state.durable_names = state.names.clone();
		drop(state);
		disk
	}

	/// Replaces all files by these.
	pub fn replace(&self, files: &BTreeMap<String, Vec<u8>>) {
		let Self { state: other } = Self::with_files(files);
		std::mem::swap(&mut *self.state.0.lock(), &mut *other.0.lock());
	}

	pub fn boxed(&self) -> Box<dyn Disk> {
		Box::new(self.clone())
	}

	/// All files as a reader sees them.
	pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
		let state = self.state.0.lock();
		state.names.iter().map(|(name, inode)| (name.clone(), state.inodes[*inode].bytes.clone())).collect()
	}

	/// The files, with only what was synced.
	pub fn durable_files(&self) -> BTreeMap<String, Vec<u8>> {
		let state = self.state.0.lock();
		state.durable_names.iter().map(|(name, inode)| (name.clone(), state.inodes[*inode].durable.clone())).collect()
	}

	/// The disk after a crash: all that was synced, and any part of the rest.
	pub fn crashed(&self, dice: &mut Dice) -> Self {
		let state = self.state.0.lock();
		let mut names = state.durable_names.clone();
		state.pending.iter().filter(|_| dice.below(2) == 0).for_each(|op| apply(&mut names, op));
		let files = names.into_iter().map(|(name, inode)| {
			let Inode { bytes, durable } = &state.inodes[inode];
			let mut left = durable.clone();
			if bytes.len() > durable.len() {
				let unsynced = &bytes[durable.len()..];
				let kept = dice.below(unsynced.len() as u64 + 1) as usize;
				left.extend_from_slice(&unsynced[..kept]);
				// The file may have grown before its content was written.
				if dice.below(2) == 0 {
					for block in left[durable.len()..].chunks_mut(512) {
						if dice.below(4) == 0 {
							block.fill(0);
						}
					}
				}
			}
			(name, left)
		});
		Self::with_files(&files.collect())
	}

	/// The disk after the process was killed: nothing is lost, and nothing more is durable.
	pub fn killed(&self) -> Self {
		let disk = Self::default();
		let state = self.state.0.lock();
		*disk.state.0.lock() = State {
			names: state.names.clone(),
			durable_names: state.durable_names.clone(),
			pending: state.pending.clone(),
			inodes: state.inodes.clone(),
			..State::default()
		};
		disk
	}

	/// After `ops` operations every further one fails and changes nothing.
	pub fn off_after(&self, ops: u64) {
		let mut state = self.state.0.lock();
		state.off_after = Some(ops);
	}

	pub fn is_off(&self) -> bool {
		let state = self.state.0.lock();
		state.off_after.is_some_and(|last| state.ops > last)
	}

	pub fn set_fault(&self, fault: impl FnMut(Op) -> Option<io::Error> + Send + 'static) {
		self.state.0.lock().fault = Some(Box::new(fault));
	}

	pub fn clear_fault(&self) {
		self.state.0.lock().fault = None;
	}

	/// Sets how long a sync of a file takes.
	pub fn set_sync_delay(&self, delay: Duration) {
		self.state.0.lock().sync_delay = delay;
	}

	/// Syncs of files wait until the gate is dropped.
	pub fn close_gate(&self) -> Gate {
		self.state.0.lock().gated = true;
		Gate(self.clone())
	}

	pub fn syncs(&self) -> u64 {
		self.state.0.lock().syncs
	}
}

impl Disk for SimDisk {
	fn dir(&self) -> &Path {
		Path::new("simulated")
	}

	fn list(&self) -> io::Result<Vec<String>> {
		let mut state = self.state.0.lock();
		state.begin(Op::List)?;
		Ok(state.names.keys().cloned().collect())
	}

	fn read(&self, name: &str, limit: u64) -> io::Result<Vec<u8>> {
		let mut state = self.state.0.lock();
		state.begin(Op::Read)?;
		let bytes = &state.inodes[state.inode(name)?].bytes;
		Ok(bytes[..bytes.len().min(limit as usize)].to_vec())
	}

	fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
		let mut state = self.state.0.lock();
		state.begin(Op::Create)?;
		let inode = state.inodes.len();
		state.inodes.push(Inode::default());
		state.name_op(NameOp::Link(name.to_owned(), inode));
		Ok(Box::new(SimFile { disk: self.clone(), inode }))
	}

	fn rename(&self, from: &str, to: &str) -> io::Result<()> {
		let mut state = self.state.0.lock();
		state.begin(Op::Rename)?;
		let inode = state.inode(from)?;
		state.name_op(NameOp::Rename(from.to_owned(), to.to_owned(), inode));
		Ok(())
	}

	fn remove(&self, name: &str) -> io::Result<()> {
		let mut state = self.state.0.lock();
		state.begin(Op::Remove)?;
		state.inode(name)?;
		state.name_op(NameOp::Unlink(name.to_owned()));
		Ok(())
	}

	fn cut(&self, name: &str, length: u64) -> io::Result<()> {
		let mut state = self.state.0.lock();
		state.begin(Op::Cut)?;
		let inode = state.inode(name)?;
		let inode = &mut state.inodes[inode];
		inode.bytes.truncate(length as usize);
		inode.durable = inode.bytes.clone();
		Ok(())
	}

	fn sync_dir(&self) -> io::Result<()> {
		let mut state = self.state.0.lock();
		state.begin(Op::SyncDir)?;
		state.syncs += 1;
		state.durable_names = state.names.clone();
		state.pending.clear();
		Ok(())
	}
}

struct SimFile {
	disk: SimDisk,
	inode: usize,
}

impl DiskFile for SimFile {
	/// A write that fails has written half of the bytes.
	fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
		let mut state = self.disk.state.0.lock();
		let was_off = state.off_after.is_some_and(|last| state.ops > last);
		let result = state.begin(Op::Write);
		let written = match result {
			Ok(()) => bytes,
			Err(_) if was_off => &[],
			Err(_) => &bytes[..bytes.len() / 2],
		};
		state.inodes[self.inode].bytes.extend_from_slice(written);
		result
	}

	/// A sync that fails has synced nothing, and the system forgets the unsynced bytes.
	fn sync(&mut self) -> io::Result<()> {
		let (lock, gate) = &*self.disk.state;
		let mut state = lock.lock();
		let delay = state.sync_delay;
		while state.gated {
			gate.wait(&mut state);
		}
		drop(state);
		thread::sleep(delay);
		let mut state = lock.lock();
		state.begin(Op::Sync)?;
		state.syncs += 1;
		let inode = &mut state.inodes[self.inode];
		let unsynced = inode.bytes[inode.durable.len()..].to_vec();
		inode.durable.extend(unsynced);
		Ok(())
	}
}
