//! The state that the worker, the server and the RPC share: the store, the list of missing payloads, and the switch.

use crate::{
	chain::{ChainError, ChainView},
	ciphertext_hash,
	metrics::PayloadMetrics,
	rpc::Error,
	store::{Cause, Entry, Progress, Purged, State, Store, StoreError},
	worker::missing::{Missing, MissingList},
	LOG_TARGET,
};
use log::{error, info};
use parking_lot::Mutex;
use sc_network::PeerId;
use sp_core::H256;
use std::sync::{
	atomic::{AtomicBool, AtomicU64, Ordering},
	Arc,
};
use syndic_primitives::{peer::InstitutionId, privacy::EnvelopeInfo, BlockHash, Height};

/// The operator's settings, and the identity of the node.
#[derive(Clone, Debug)]
pub struct Options {
	/// Genesis hash of the chain.
	pub genesis: BlockHash,
	/// The PeerId of this node.
	pub local: PeerId,
	/// Whether the service is on when the node starts.
	pub on: bool,
	/// Number of blocks after its envelope for which a payload is kept; `None` keeps it until it is purged.
	pub retention: Option<u32>,
}

/// The payload service of one node; cheap to clone.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
	chain: Arc<dyn ChainView>,
	options: Options,
	on: AtomicBool,
	store: Mutex<Store>,
	missing: Mutex<MissingList>,
	cursor: AtomicU64,
	/// Whether a stored payload was lost, so that the worker has to look through all envelopes again.
	lost: AtomicBool,
	metrics: PayloadMetrics,
}

/// The last final block, and this node's institution in its state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
	pub height: Height,
	pub hash: BlockHash,
	/// This node's institution.
	pub own: Option<InstitutionId>,
}

/// The answer to another node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Served {
	/// The ciphertext.
	Payload(Vec<u8>),
	/// An empty answer; the value is the reason, a label of the metric.
	Nothing(&'static str),
}

/// The state of the service, for `privacy_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
	pub on: bool,
	pub supported: bool,
	pub institution: Option<InstitutionId>,
	pub stored: usize,
	pub submitted: usize,
	pub bytes: u64,
	pub bound: u64,
	pub missing: usize,
	pub cursor: u64,
	pub envelopes: u64,
}

impl Service {
	/// A service with an opened store. `lost` says whether a payload's file was set aside when the store was opened.
	pub fn new(chain: Arc<dyn ChainView>, options: Options, store: Store, lost: bool, metrics: PayloadMetrics) -> Self {
		let on = options.on;
		let service = Self(Arc::new(Inner {
			chain,
			options,
			on: AtomicBool::new(on),
			store: Mutex::new(store),
			missing: Mutex::default(),
			cursor: AtomicU64::new(0),
			lost: AtomicBool::new(lost),
			metrics,
		}));
		service.metrics().on(on);
		service.count();
		service
	}

	/// Whether the service is on, that is, serves and fetches payloads.
	pub fn is_on(&self) -> bool {
		self.0.on.load(Ordering::Relaxed)
	}

	/// Switches the service on or off. This does not affect consensus.
	pub fn set_on(&self, on: bool) {
		if self.0.on.swap(on, Ordering::Relaxed) != on {
			info!(target: LOG_TARGET, "The payload service was switched {}", if on { "on" } else { "off" });
		}
		self.metrics().on(on);
	}

	pub(crate) fn chain(&self) -> &dyn ChainView {
		&*self.0.chain
	}

	pub(crate) fn metrics(&self) -> &PayloadMetrics {
		&self.0.metrics
	}

	pub(crate) fn options(&self) -> &Options {
		&self.0.options
	}

	/// The last final block; `None` if its runtime has no API for envelopes.
	pub(crate) fn at(&self) -> Result<Option<At>, ChainError> {
		let (height, hash) = self.0.chain.finalised();
		if !self.0.chain.knows_envelopes(hash)? {
			return Ok(None);
		}
		let own = self.0.chain.institution_of(hash, &self.0.options.local)?;
		Ok(Some(At { height, hash, own }))
	}

	fn at_least(&self) -> Result<At, Error> {
		self.at()?.ok_or(Error::NotSupported)
	}

	/// Updates the metrics of the store.
	pub(crate) fn count(&self) {
		let store = self.0.store.lock();
		self.metrics().store(store.len(), store.submitted(), store.bytes(), store.limits().bytes);
	}

	/// Runs `f` on the store, and updates the metrics of the store.
	pub(crate) fn with_store<R>(&self, f: impl FnOnce(&mut Store) -> R) -> R {
		let result = f(&mut self.0.store.lock());
		self.count();
		result
	}

	pub(crate) fn with_missing<R>(&self, f: impl FnOnce(&mut MissingList) -> R) -> R {
		f(&mut self.0.missing.lock())
	}

	/// Sets the cursor: the worker has looked through the envelopes below this number.
	pub(crate) fn set_cursor(&self, cursor: u64) {
		self.0.cursor.store(cursor, Ordering::Relaxed);
		self.metrics().progress(self.0.missing.lock().len(), cursor);
	}

	/// Whether payloads were lost since the last call.
	pub(crate) fn take_lost(&self) -> bool {
		self.0.lost.swap(false, Ordering::Relaxed)
	}

	/// Reports a file that was set aside, in log and metrics, and notes that a payload was lost.
	pub(crate) fn report_damage(&self, problem: &StoreError) {
		error!(target: LOG_TARGET, "{problem}");
		self.metrics().set_aside(1);
		self.0.lost.store(true, Ordering::Relaxed);
	}

	/// Reads a ciphertext from the store, and checks it. `None` if it is not stored, or is damaged, which is reported.
	pub(crate) fn read(&self, commitment: &H256) -> Result<Option<Vec<u8>>, StoreError> {
		let read = self.0.store.lock().read(commitment);
		if let Err(problem @ StoreError::Damaged { .. }) = &read {
			self.report_damage(problem);
			self.count();
			return Ok(None);
		}
		read
	}

	pub(crate) fn entry(&self, commitment: &H256) -> Option<Entry> {
		self.0.store.lock().entry(commitment)
	}

	pub(crate) fn purged(&self, commitment: &H256) -> Option<Purged> {
		self.0.store.lock().purged(commitment)
	}

	pub(crate) fn envelope(&self, at: &At, commitment: &H256) -> Result<Option<EnvelopeInfo>, ChainError> {
		self.0.chain.envelope_of(at.hash, *commitment)
	}

	pub(crate) fn missing(&self, commitment: &H256) -> Option<Missing> {
		self.0.missing.lock().of(commitment).cloned()
	}

	/// The progress that the previous run has stored.
	pub(crate) fn read_progress(&self) -> Result<Progress, StoreError> {
		let dir = self.0.store.lock().dir().to_path_buf();
		let (progress, problem) = Progress::read(&dir, self.0.options.genesis)?;
		if let Some(reason) = problem {
			error!(
				target: LOG_TARGET,
				"The cursor in {} is of no use, {reason}: all envelopes are looked through again", dir.display()
			);
		}
		Ok(progress)
	}

	pub(crate) fn write_progress(&self, progress: &Progress) -> Result<(), StoreError> {
		let dir = self.0.store.lock().dir().to_path_buf();
		progress.write(&dir, self.0.options.genesis)
	}

	/// The answer to another node that requests a payload.
	pub(crate) fn serve(&self, peer: &PeerId, commitment: &H256) -> Result<Served, Error> {
		let Some(at) = self.at()? else { return Ok(Served::Nothing("unknown-envelope")) };
		let Some(envelope) = self.envelope(&at, commitment)? else { return Ok(Served::Nothing("unknown-envelope")) };
		let asker = self.0.chain.institution_of(at.hash, peer)?;
		if !asker.is_some_and(|asker| envelope.readers.contains(&asker)) {
			return Ok(Served::Nothing("not-a-reader"));
		}
		// A stored ciphertext that is not the envelope's, because a client submitted a wrong one, must not be passed
		// on.
		if self.entry(commitment).is_none_or(|entry| entry.hash != envelope.ciphertext_hash) {
			return Ok(Served::Nothing("served-nothing"));
		}
		Ok(self.read(commitment)?.map_or(Served::Nothing("served-nothing"), Served::Payload))
	}

	/// Stores a submitted payload. Its envelope may be final already, or not be sent yet.
	pub(crate) fn submit(&self, commitment: H256, ciphertext: &[u8]) -> Result<Entry, Error> {
		if !self.is_on() {
			return Err(Error::Off);
		}
		let at = self.at_least()?;
		let own = at.own.ok_or_else(|| Error::NoInstitution(self.0.options.local))?;
		let Some(envelope) = self.envelope(&at, &commitment)? else {
			return Ok(self.with_store(|store| store.submit(commitment, ciphertext, at.height))?);
		};
		if !envelope.readers.contains(&own) {
			return Err(Error::NotReader { commitment, institution: Some(own) });
		}
		let found = ciphertext_hash(ciphertext);
		if (found, ciphertext.len()) != (envelope.ciphertext_hash, envelope.ciphertext_len as usize) {
			let (expected, length) = (envelope.ciphertext_hash, envelope.ciphertext_len);
			return Err(Error::WrongCiphertext { found, found_length: ciphertext.len(), expected, length });
		}
		let entry = self.with_store(|store| {
			if store.entry(&commitment).is_some_and(|entry| entry.hash != found) {
				store.discard(&commitment)?;
			}
			store.store(&envelope, ciphertext)
		})?;
		self.with_missing(|missing| missing.remove(envelope.number));
		Ok(entry)
	}

	/// A payload whose envelope is final, or why it is not here.
	pub(crate) fn payload(&self, commitment: H256) -> Result<(EnvelopeInfo, Vec<u8>), Error> {
		let at = self.at_least()?;
		let Some(envelope) = self.envelope(&at, &commitment)? else {
			let submitted = self.entry(&commitment).is_some();
			return Err(Error::UnknownEnvelope { commitment, submitted });
		};
		if let Some(Purged { height, cause }) = self.purged(&commitment) {
			return Err(Error::Purged { commitment, height, cause: cause.name() });
		}
		// A stored payload may be read even after the node was moved to another institution.
		if self.entry(&commitment).is_some_and(|entry| entry.hash == envelope.ciphertext_hash) {
			if let Some(ciphertext) = self.read(&commitment)? {
				return Ok((envelope, ciphertext));
			}
		}
		if !at.own.is_some_and(|own| envelope.readers.contains(&own)) {
			return Err(Error::NotReader { commitment, institution: at.own });
		}
		let (asked, attempts) = self.missing(&commitment).map_or((0, 0), |missing| (missing.asked, missing.attempts));
		Err(Error::NotHere { commitment, asked, attempts, readers: envelope.readers, off: !self.is_on() })
	}

	/// Removes a payload for good. Returns whether it was stored here.
	pub(crate) fn purge(&self, commitment: H256) -> Result<bool, Error> {
		let at = self.at_least()?;
		let here = self.entry(&commitment);
		let removed = match (self.envelope(&at, &commitment)?, here) {
			// Without an envelope the payload may be submitted again: in this way a wrong one can be replaced.
			(None, Some(Entry { state: State::Submitted { .. }, .. })) => {
				self.with_store(|store| store.discard(&commitment))?;
				true
			}
			(None, None) => return Err(Error::UnknownEnvelope { commitment, submitted: false }),
			(Some(envelope), None) if !at.own.is_some_and(|own| envelope.readers.contains(&own)) => {
				return Err(Error::NotReader { commitment, institution: at.own });
			}
			(envelope, _) => {
				let removed = self.with_store(|store| store.purge(&commitment, Cause::Operator, at.height))?;
				if let Some(envelope) = envelope {
					self.with_missing(|missing| missing.remove(envelope.number));
				}
				removed
			}
		};
		if removed {
			self.metrics().removed(Cause::Operator.name());
		}
		info!(target: LOG_TARGET, "The payload of {commitment:?} was purged by the operator");
		Ok(removed)
	}

	/// The state of the service.
	pub(crate) fn standing(&self) -> Result<Standing, Error> {
		let at = self.at()?;
		let envelopes = match &at {
			Some(at) => self.0.chain.envelope_count(at.hash)?,
			None => 0,
		};
		let missing = self.0.missing.lock().len();
		let store = self.0.store.lock();
		Ok(Standing {
			on: self.is_on(),
			supported: at.is_some(),
			institution: at.and_then(|at| at.own),
			stored: store.len(),
			submitted: store.submitted(),
			bytes: store.bytes(),
			bound: store.limits().bytes,
			missing,
			cursor: self.0.cursor.load(Ordering::Relaxed),
			envelopes,
		})
	}
}
