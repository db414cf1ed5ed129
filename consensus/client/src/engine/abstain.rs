//! A validator whose log is new may have voted before without knowing: its disk was replaced, or somebody removed the
//! log. Two different votes for one height and view would be punished as equivocation. So the validator abstains until
//! the chain is past every height at which it can have voted.
//!
//! The other validators' chains tell which heights these are. Before a validator lost its log, it had voted at most a
//! full window above its own last final block, and that block was at most one height above what other validators had
//! final. A chain that no node has begun needs no waiting.

use super::EngineError;
use std::{
	fs::File,
	path::{Path, PathBuf},
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc,
	},
};
use syndic_pbft::Keys;
use syndic_primitives::{crypto::VerifySignature, Height, ValidatorId, ValidatorSignature, MAX_PIPELINE_DEPTH};

/// Keys that sign only while the gate is open.
pub(super) struct GatedKeys<K> {
	keys: K,
	gate: Gate,
}

impl<K> GatedKeys<K> {
	pub(super) fn new(keys: K, gate: Gate) -> Self {
		Self { keys, gate }
	}
}

impl<K: VerifySignature> VerifySignature for GatedKeys<K> {
	fn verify(&self, signer: &ValidatorId, payload: &[u8], signature: &ValidatorSignature) -> bool {
		self.keys.verify(signer, payload, signature)
	}
}

impl<K: Keys> Keys for GatedKeys<K> {
	fn public(&self) -> Option<&ValidatorId> {
		self.keys.public()
	}

	fn sign(&self, payload: &[u8]) -> Option<ValidatorSignature> {
		if !self.gate.is_open() {
			return None;
		}
		self.keys.sign(payload)
	}
}

/// While the gate is open, the validator may sign.
#[derive(Clone)]
pub(super) struct Gate(Arc<AtomicBool>);

impl Gate {
	pub(super) fn new(open: bool) -> Self {
		Self(Arc::new(AtomicBool::new(open)))
	}

	pub(super) fn is_open(&self) -> bool {
		self.0.load(Ordering::Acquire)
	}
}

/// Keeps the gate closed while the log is too young.
pub(super) struct Abstention {
	gate: Gate,
	/// The file that marks the log, across restarts, as still too young to be trusted.
	marker: PathBuf,
	/// The highest height that is known to be final on some node.
	tip: Option<Height>,
}

impl Abstention {
	/// The path of the marker of the log in `log_dir`.
	pub(super) fn marker_of(log_dir: &Path) -> PathBuf {
		log_dir.with_extension("new")
	}

	/// Marks the log as young.
	pub(super) fn mark(marker: &Path) -> Result<(), EngineError> {
		let file = |error| EngineError::File { path: marker.to_owned(), error };
		if let Some(parent) = marker.parent() {
			std::fs::create_dir_all(parent).map_err(file)?;
		}
		File::create(marker).and_then(|f| f.sync_all()).map_err(file)?;
		sync_parent(marker)
	}

	/// Removes the marker: the log is no longer young.
	pub(super) fn unmark(marker: &Path) -> Result<(), EngineError> {
		match std::fs::remove_file(marker) {
			Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
				Err(EngineError::File { path: marker.to_owned(), error })
			}
			_ => sync_parent(marker),
		}
	}

	pub(super) fn new(gate: Gate, marker: PathBuf) -> Self {
		Self { gate, marker, tip: None }
	}

	/// Whether other nodes must still be asked how far the chain is.
	pub(super) fn wants_tip(&self) -> bool {
		self.tip.is_none()
	}

	/// Takes the highest height that other nodes, or this one, have final. A lower height than before changes nothing.
	pub(super) fn set_tip(&mut self, tip: Height) {
		self.tip = Some(self.tip.map_or(tip, |known| known.max(tip)));
	}

	/// The first height at which the validator may vote, once it is known.
	pub(super) fn votes_from(&self) -> Option<Height> {
		// On a new chain this is height 1. Otherwise: a quorum that committed h has finalised h − 1, so the nodes that
		// are asked answer h − 1 at least. This validator alone may have finalised h, and may have voted at heights up
		// to h and a full window.
		let above = |tip: Height| Height(tip.0.saturating_add(2 + MAX_PIPELINE_DEPTH));
		self.tip.map(|tip| if tip == Height::ZERO { Height(1) } else { above(tip) })
	}

	/// Opens the gate if the height in progress is high enough. Returns whether it is open.
	pub(super) fn try_open(&mut self, height: Height) -> Result<bool, EngineError> {
		if self.votes_from().is_none_or(|from| height < from) {
			return Ok(false);
		}
		Self::unmark(&self.marker)?;
		self.gate.0.store(true, Ordering::Release);
		Ok(true)
	}
}

fn sync_parent(path: &Path) -> Result<(), EngineError> {
	let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) else { return Ok(()) };
	let sync = File::open(parent).and_then(|dir| dir.sync_all());
	sync.map_err(|error| EngineError::File { path: parent.to_owned(), error })
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_gate_opens_above_every_height_that_may_have_been_voted_at() {
		let dir = tempfile::tempdir().unwrap();
		let marker = Abstention::marker_of(&dir.path().join("deep/log"));
		Abstention::mark(&marker).unwrap();
		assert!(marker.exists());
		let gate = Gate::new(false);
		let mut abstention = Abstention::new(gate.clone(), marker.clone());
		assert!(!abstention.try_open(Height(9)).unwrap(), "nobody has said how far the chain is");
		abstention.set_tip(Height(7));
		abstention.set_tip(Height(3));
		for (height, open) in [(8, false), (16, false), (17, true)] {
			assert_eq!(abstention.try_open(Height(height)).unwrap(), open, "{height}");
			assert_eq!((gate.is_open(), marker.exists()), (open, !open));
		}
	}

	#[test]
	fn a_chain_that_has_not_begun_needs_no_waiting() {
		let dir = tempfile::tempdir().unwrap();
		let mut abstention = Abstention::new(Gate::new(false), dir.path().join("log.new"));
		abstention.set_tip(Height(0));
		assert!(abstention.try_open(Height(1)).unwrap());
	}
}
