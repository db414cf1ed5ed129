//! The task that maintains the store: it looks through new envelopes, fetches missing payloads, and removes expired
//! ones.

mod fetch;
pub(crate) mod missing;
mod scan;

#[cfg(test)]
pub(crate) use fetch::fetch as fetch_from;
pub(crate) use fetch::Fetched;

use crate::{
	network::Peers,
	service::{At, Service},
	store::{is_expired, Cause, Entry, State, StoreError},
	LOG_TARGET,
};
use fetch::{fetch, holders, reach, turn};
use futures::{future::BoxFuture, stream::BoxStream, stream::FuturesUnordered, FutureExt, StreamExt};
use log::{debug, error, info, warn};
use missing::Missing;
use scan::{Problem, Scan};
use sp_core::H256;
use std::{
	sync::Arc,
	time::{Duration, Instant},
};
use syndic_primitives::{privacy::EnvelopeInfo, Height};
use tokio::time::{interval, MissedTickBehavior};

/// Maximum number of payloads that are fetched at the same time.
pub(crate) const CONCURRENT: usize = 4;
/// Interval of retries, retention and reports; it does not depend on finality.
const TICK: Duration = Duration::from_secs(1);
/// Maximum number of payloads that are removed in one tick.
const REMOVED_AT_ONCE: usize = 64;
/// Number of bytes of old files that are checked in one tick.
const CHECKED_AT_ONCE: u64 = 32 << 20;
/// Time for which a payload has been missing when the operator is first told.
pub(crate) const LONG: Duration = Duration::from_secs(60);
/// Minimum time between two log lines about the same missing payload, and between two about failures.
const REMINDER: Duration = Duration::from_secs(600);
/// Maximum number of missing payloads that the log names in one tick.
const TOLD_AT_ONCE: usize = 5;

/// The arguments of [`run`].
pub struct WorkerParams {
	/// The payload service.
	pub service: Service,
	/// Access to the other nodes.
	pub peers: Arc<dyn Peers>,
	/// Yields an item when there may be a new final block.
	pub finality: BoxStream<'static, ()>,
}

/// Runs the worker until the node stops. It calls the runtime and writes files, so it must run on a thread that may
/// block.
pub async fn run(params: WorkerParams) {
	let WorkerParams { service, peers, mut finality } = params;
	let mut worker = match Worker::new(service, peers) {
		Ok(worker) => worker,
		Err(error) => {
			error!(target: LOG_TARGET, "Payloads are not fetched, for the cursor cannot be read: {error}");
			return;
		}
	};
	let mut tick = interval(TICK);
	tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
	loop {
		tokio::select! {
			biased;
			Some((number, fetched)) = worker.fetches.next(), if !worker.fetches.is_empty() => {
				worker.on_fetched(number, fetched, Instant::now());
			}
			told = finality.next() => match told {
				Some(()) => {
					// Several blocks may have become final meanwhile; the state after the last one is enough.
					while let Some(Some(())) = finality.next().now_or_never() {}
					worker.on_finalised(Instant::now());
				}
				None => break,
			},
			_ = tick.tick() => worker.on_tick(Instant::now()),
			() = std::future::ready(()), if worker.has_more() => {
				worker.on_finalised(Instant::now());
				tokio::task::yield_now().await;
			}
		}
	}
	worker.save();
	debug!(target: LOG_TARGET, "The chain has ended");
}

/// The worker without its event loop, which is [`run`].
pub(crate) struct Worker {
	service: Service,
	peers: Arc<dyn Peers>,
	scan: Scan,
	pub(crate) fetches: FuturesUnordered<BoxFuture<'static, (u64, Fetched)>>,
	/// Whether there are more envelopes to look at now.
	has_more: bool,
	/// Whether the log has said that this node is registered for no institution.
	told_homeless: bool,
	/// Time of the last log line about a failure.
	told: Option<Instant>,
}

impl Worker {
	/// A worker that continues from the stored progress of the previous run.
	pub fn new(service: Service, peers: Arc<dyn Peers>) -> Result<Self, StoreError> {
		let scan = Scan::new(service.read_progress()?);
		service.set_cursor(scan.cursor());
		let fetches = FuturesUnordered::new();
		Ok(Self { service, peers, scan, fetches, has_more: false, told_homeless: false, told: None })
	}

	/// Whether there are more envelopes to look at now.
	pub fn has_more(&self) -> bool {
		self.has_more
	}

	/// Looks at new envelopes, and starts fetches.
	pub fn on_finalised(&mut self, now: Instant) {
		self.has_more = false;
		if !self.service.is_on() {
			return self.stop_fetching();
		}
		let Some(at) = self.at(now) else { return };
		if at.own.is_none() {
			if !self.told_homeless && self.service.chain().envelope_count(at.hash).is_ok_and(|count| count > 0) {
				self.told_homeless = true;
				warn!(
					target: LOG_TARGET,
					"This node fetches no payloads, for its PeerId {} is registered for no institution",
					self.service.options().local
				);
			}
			return;
		}
		match self.scan.step(&self.service, &at, now) {
			Ok(()) => self.has_more = self.scan.has_more(),
			// The step is repeated with the next block or tick.
			Err(problem) => self.tell_of_failure(&*problem, now),
		}
		self.start_fetches(&at, now);
	}

	/// Does what is due on each tick: file checks, retention, retries, and reports to the operator.
	pub fn on_tick(&mut self, now: Instant) {
		self.check_files();
		if let Some(at) = self.at(now) {
			self.remove_expired(&at);
			self.judge_overdue(&at);
			if self.service.is_on() {
				self.scan.tick(&self.service, now);
				self.on_finalised(now);
				self.tell_of_missing(now);
			} else {
				self.stop_fetching();
			}
		}
		self.save();
		self.service.set_cursor(self.scan.cursor());
	}

	/// The last final block, if its runtime has envelopes. A failure is logged.
	fn at(&mut self, now: Instant) -> Option<At> {
		match self.service.at() {
			Ok(at) => at,
			Err(error) => {
				self.tell_of_failure(&error, now);
				None
			}
		}
	}

	fn stop_fetching(&mut self) {
		if !self.fetches.is_empty() {
			self.fetches.clear();
			self.service.with_missing(|missing| missing.release());
		}
	}

	fn start_fetches(&mut self, at: &At, now: Instant) {
		while self.fetches.len() < CONCURRENT {
			let Some(missing) = self.service.with_missing(|list| list.take_due(now)) else { return };
			let number = missing.envelope.number;
			match self.start_fetch(at, missing, now) {
				Ok(true) => {}
				Ok(false) => drop(self.service.with_missing(|list| list.remove(number))),
				Err(error) => {
					self.tell_of_failure(&*error, now);
					self.service.with_missing(|list| list.postpone(number, now));
				}
			}
		}
	}

	/// Begins an attempt to fetch one payload. Returns `false` if the payload is not wanted any longer.
	fn start_fetch(&mut self, at: &At, missing: Missing, now: Instant) -> Result<bool, Problem> {
		let Missing { envelope, attempts, .. } = missing;
		// The payload may have been submitted or purged since it was noted as missing.
		if !is_wanted(&self.service, at, &envelope)? {
			return Ok(false);
		}
		let coming = self.service.with_missing(|list| list.busy_lengths());
		self.service.with_store(|store| store.check_room_for(coming))?;
		let holders = holders(self.service.chain(), at.hash, &envelope, &self.service.options().local)?;
		let asked = turn(&holders, attempts);
		if asked.is_empty() {
			self.service.with_missing(|list| list.failed(envelope.number, 0, now));
			return Ok(true);
		}
		let (peers, metrics) = (self.peers.clone(), self.service.metrics().clone());
		let number = envelope.number;
		let fetching = fetch(peers, asked, envelope, reach(attempts), metrics);
		self.fetches.push(fetching.map(move |fetched| (number, fetched)).boxed());
		Ok(true)
	}

	/// Handles the end of an attempt.
	pub fn on_fetched(&mut self, number: u64, fetched: Fetched, now: Instant) {
		let envelope = self.service.with_missing(|list| list.get(number).map(|missing| missing.envelope.clone()));
		// The payload was purged or submitted meanwhile.
		let Some(envelope) = envelope else { return };
		match fetched {
			Fetched::Nobody { asked } => self.service.with_missing(|list| list.failed(number, asked, now)),
			Fetched::Got(ciphertext) => match self.service.with_store(|store| store.store(&envelope, &ciphertext)) {
				Ok(_) => {
					debug!(target: LOG_TARGET, "Fetched the payload of {:?}", envelope.commitment);
					self.service.with_missing(|list| list.remove(number));
				}
				Err(StoreError::Purged { .. }) => drop(self.service.with_missing(|list| list.remove(number))),
				Err(error) => {
					self.service.metrics().store_failed();
					self.tell_of_failure(&error, now);
					self.service.with_missing(|list| list.postpone(number, now));
				}
			},
		}
		if let Some(at) = self.at(now).filter(|_| self.service.is_on()) {
			self.start_fetches(&at, now);
		}
	}

	/// Logs a failure, at most once per [`REMINDER`]: a full store, a failing disk or a failing runtime call concern
	/// every payload.
	fn tell_of_failure(&mut self, problem: &(dyn std::error::Error + Send + Sync), now: Instant) {
		if self.told.is_none_or(|told| now.saturating_duration_since(told) >= REMINDER) {
			self.told = Some(now);
			error!(target: LOG_TARGET, "Payloads cannot be looked for, fetched or stored now: {problem}");
		}
	}

	fn remove_expired(&mut self, at: &At) {
		let Some(retention) = self.service.options().retention else { return };
		let expired = self.service.with_store(|store| store.expired(retention, at.height, REMOVED_AT_ONCE));
		for commitment in expired {
			match self.service.with_store(|store| store.purge(&commitment, Cause::Retention, at.height)) {
				Ok(_) => self.service.metrics().removed(Cause::Retention.name()),
				Err(error) => error!(target: LOG_TARGET, "Cannot remove an expired payload: {error}"),
			}
		}
		let lost: Vec<Missing> = self.service.with_missing(|list| {
			let old = list.iter_mut().filter(|missing| is_expired(missing.envelope.sent_at, retention, at.height));
			let old: Vec<u64> = old.map(|missing| missing.envelope.number).collect();
			old.into_iter().filter_map(|number| list.remove(number)).collect()
		});
		for missing in lost {
			self.service.metrics().removed("never-received");
			warn!(
				target: LOG_TARGET,
				"The payload of {:?} (sent in block {}) never came, and its retention is over",
				missing.envelope.commitment, missing.envelope.sent_at
			);
		}
	}

	/// Judges submitted payloads whose envelopes should be final by now. A payload whose envelope is not final is
	/// removed.
	fn judge_overdue(&mut self, at: &At) {
		let overdue = self.service.with_store(|store| store.overdue(at.height, REMOVED_AT_ONCE));
		for commitment in overdue {
			let judged = match self.service.envelope(at, &commitment) {
				Ok(Some(envelope)) => is_wanted(&self.service, at, &envelope).map(drop),
				Ok(None) => self.discard(&commitment, at.height),
				Err(_) => continue,
			};
			if let Err(error) = judged {
				error!(target: LOG_TARGET, "Cannot remove or keep a submitted payload: {error}");
			}
		}
	}

	fn discard(&self, commitment: &H256, now: Height) -> Result<(), StoreError> {
		self.service.with_store(|store| store.discard(commitment))?;
		self.service.metrics().removed("never-sent");
		info!(
			target: LOG_TARGET,
			"The payload submitted for {commitment:?} was removed at block {now}: no such envelope has become final"
		);
		Ok(())
	}

	fn check_files(&mut self) {
		for problem in self.service.with_store(|store| store.check_some(CHECKED_AT_ONCE)) {
			self.service.report_damage(&problem);
		}
	}

	fn tell_of_missing(&mut self, now: Instant) {
		let told: Vec<Missing> = self.service.with_missing(|list| {
			let due = list.iter_mut().filter(|missing| {
				let since = missing.told.map_or(missing.since + LONG, |told| told + REMINDER);
				missing.attempts > 0 && since <= now
			});
			let due = due.take(TOLD_AT_ONCE);
			due.map(|missing| {
				missing.told = Some(now);
				missing.clone()
			})
			.collect()
		});
		for Missing { envelope, since, attempts, asked, .. } in told {
			warn!(
				target: LOG_TARGET,
				"The payload of {:?} (sent in block {} by institution {}) is missing for {} s after {attempts} attempts; {asked} \
				 nodes of institutions {:?} could be asked last",
				envelope.commitment,
				envelope.sent_at,
				envelope.sender,
				now.saturating_duration_since(since).as_secs(),
				envelope.readers
			);
		}
	}

	/// Stores the worker's progress, if it has changed.
	pub fn save(&mut self) {
		self.scan.save(&self.service);
	}
}

/// Whether the payload of a final envelope has to be fetched. A payload that was submitted here is confirmed if it is
/// the envelope's and this node may read it, and removed otherwise.
fn is_wanted(service: &Service, at: &At, envelope: &EnvelopeInfo) -> Result<bool, StoreError> {
	let commitment = &envelope.commitment;
	let is_reader = at.own.is_some_and(|own| envelope.readers.contains(&own));
	if let Some(Entry { hash, state: State::Submitted { .. }, .. }) = service.entry(commitment) {
		if is_reader && hash == envelope.ciphertext_hash {
			match service.with_store(|store| store.confirm(envelope)) {
				Err(problem @ StoreError::Damaged { .. }) => service.report_damage(&problem),
				other => return other.map(|()| false),
			}
		} else {
			service.with_store(|store| store.discard(commitment))?;
			service.metrics().removed("not-the-payload");
			let why = match is_reader {
				true => format!("its hash is {hash:?}, the envelope's {:?}", envelope.ciphertext_hash),
				false => "this node's institution is none of the envelope's readers".to_string(),
			};
			warn!(target: LOG_TARGET, "The payload submitted for {commitment:?} was removed: {why}");
		}
	}
	let retention = service.options().retention;
	let is_expired = retention.is_some_and(|blocks| is_expired(envelope.sent_at, blocks, at.height));
	let is_here = service.entry(commitment).is_some();
	Ok(is_reader && !is_here && !is_expired && service.purged(commitment).is_none())
}
