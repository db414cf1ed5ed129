//! What the worker, the server and the RPC share: the store, the list of what is missing, and the switch.

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

/// What an operator has said, and what the node is.
#[derive(Clone, Debug)]
pub struct Options {
	/// The chain.
	pub genesis: BlockHash,
	/// This node.
	pub local: PeerId,
	/// Whether payloads are served and fetched from the start.
	pub on: bool,
	/// For how many blocks after its envelope a payload is kept; nothing: until it is purged.
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
	/// Whether a stored payload was lost, so that envelopes have to be looked through again.
	lost: AtomicBool,
	metrics: PayloadMetrics,
}

/// The last final state, and this node in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
	pub height: Height,
	pub hash: BlockHash,
	/// This node's institution.
	pub own: Option<InstitutionId>,
}

/// What another node gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Served {
	/// The ciphertext.
	Payload(Vec<u8>),
	/// Nothing, for this reason.
	Nothing(&'static str),
}

/// How the service stands.
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
	/// Over an opened store. `lost` says whether files were set aside when it was opened.
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

	/// Whether payloads are served and fetched.
	pub fn is_on(&self) -> bool {
		self.0.on.load(Ordering::Relaxed)
	}

	/// Switches it. Consensus goes on either way.
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

	/// The last final state; nothing if its runtime does not know of envelopes.
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

	/// Tells what the store holds.
	pub(crate) fn count(&self) {
		let store = self.0.store.lock();
		self.metrics().store(store.len(), store.submitted(), store.bytes(), store.limits().bytes);
	}

	/// Does something with the store, and tells what it holds then.
	pub(crate) fn with_store<R>(&self, f: impl FnOnce(&mut Store) -> R) -> R {
		let result = f(&mut self.0.store.lock());
		self.count();
		result
	}

	pub(crate) fn with_missing<R>(&self, f: impl FnOnce(&mut MissingList) -> R) -> R {
		f(&mut self.0.missing.lock())
	}

	/// The worker has looked through the envelopes below this number.
	pub(crate) fn set_cursor(&self, cursor: u64) {
		self.0.cursor.store(cursor, Ordering::Relaxed);
		self.metrics().progress(self.0.missing.lock().len(), cursor);
	}

	/// Whether payloads were lost since this was asked last.
	pub(crate) fn take_lost(&self) -> bool {
		self.0.lost.swap(false, Ordering::Relaxed)
	}

	/// Tells of a file that was set aside.
	pub(crate) fn report_damage(&self, problem: &StoreError) {
		error!(target: LOG_TARGET, "{problem}");
		self.metrics().set_aside(1);
		self.0.lost.store(true, Ordering::Relaxed);
	}

	/// A ciphertext out of the store, checked.
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

	/// Progress as a former run has left it.
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

	/// What another node gets that asks for a payload.
	pub(crate) fn serve(&self, peer: &PeerId, commitment: &H256) -> Result<Served, Error> {
		let Some(at) = self.at()? else { return Ok(Served::Nothing("unknown-envelope")) };
		let Some(envelope) = self.envelope(&at, commitment)? else { return Ok(Served::Nothing("unknown-envelope")) };
		let asker = self.0.chain.institution_of(at.hash, peer)?;
		if !asker.is_some_and(|asker| envelope.readers.contains(&asker)) {
			return Ok(Served::Nothing("not-a-reader"));
		}
		// Whoever submitted another one for this commitment must not have it passed on.
		if self.entry(commitment).is_none_or(|entry| entry.hash != envelope.ciphertext_hash) {
			return Ok(Served::Nothing("served-nothing"));
		}
		Ok(self.read(commitment)?.map_or(Served::Nothing("served-nothing"), Served::Payload))
	}

	/// Takes a payload in, before its envelope is sent or after.
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
		// What is here may be had, also after the node was moved to another institution.
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

	/// Removes a payload for good. Returns whether it was here.
	pub(crate) fn purge(&self, commitment: H256) -> Result<bool, Error> {
		let at = self.at_least()?;
		let here = self.entry(&commitment);
		let removed = match (self.envelope(&at, &commitment)?, here) {
			// It can be submitted again, so this is how a wrong one is replaced.
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

	/// How the service stands.
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
