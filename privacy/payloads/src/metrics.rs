//! Prometheus metrics of the payload service: counters and gauges with the prefix `syndic_privacy_`.
//!
//! All methods do nothing if there is no registry, so that callers need not check.

use prometheus_endpoint::{register, Counter, CounterVec, Gauge, Opts, PrometheusError, Registry, U64};

/// The metrics; cheap to clone.
#[derive(Clone, Default)]
pub struct PayloadMetrics(Option<Inner>);

#[derive(Clone)]
struct Inner {
	on: Gauge<U64>,
	stored: Gauge<U64>,
	submitted: Gauge<U64>,
	bytes: Gauge<U64>,
	bound_bytes: Gauge<U64>,
	missing: Gauge<U64>,
	cursor: Gauge<U64>,
	requests: CounterVec<U64>,
	fetches: CounterVec<U64>,
	removed: CounterVec<U64>,
	set_aside: Counter<U64>,
	store_failures: Counter<U64>,
}

impl std::fmt::Debug for PayloadMetrics {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		write!(f, "PayloadMetrics({})", if self.0.is_some() { "registered" } else { "none" })
	}
}

impl PayloadMetrics {
	/// Registers all metrics; without a registry, none.
	pub fn register(registry: Option<&Registry>) -> Result<Self, PrometheusError> {
		let Some(r) = registry else { return Ok(Self(None)) };
		let counter = |name: &str, help: &str| register(Counter::new(name, help)?, r);
		let gauge = |name: &str, help: &str| register(Gauge::new(name, help)?, r);
		let by = |name: &str, help: &str, label: &str| register(CounterVec::new(Opts::new(name, help), &[label])?, r);
		Ok(Self(Some(Inner {
			on: gauge("syndic_privacy_service_on", "1 while payloads are served and fetched")?,
			stored: gauge("syndic_privacy_payloads_stored", "Payloads on disk")?,
			submitted: gauge("syndic_privacy_payloads_submitted", "Of these, those whose envelope is not final yet")?,
			bytes: gauge("syndic_privacy_payload_bytes", "Bytes of payloads on disk")?,
			bound_bytes: gauge("syndic_privacy_payload_bytes_bound", "Bytes of payloads that the store may hold")?,
			missing: gauge(
				"syndic_privacy_payloads_missing",
				"Payloads for this node's institution that are not here",
			)?,
			cursor: gauge("syndic_privacy_envelopes_seen", "Envelopes that were looked through")?,
			requests: by("syndic_privacy_requests_total", "Requests of other nodes, by outcome", "outcome")?,
			fetches: by("syndic_privacy_fetches_total", "Requests to other nodes, by outcome", "outcome")?,
			removed: by("syndic_privacy_payloads_removed_total", "Payloads removed from disk, by cause", "cause")?,
			set_aside: counter("syndic_privacy_files_set_aside_total", "Damaged or foreign files found in the store")?,
			store_failures: counter("syndic_privacy_store_failures_total", "Payloads that could not be stored")?,
		})))
	}

	fn with(&self, f: impl FnOnce(&Inner)) {
		if let Some(inner) = &self.0 {
			f(inner)
		}
	}

	/// Sets whether the service is on.
	pub fn on(&self, on: bool) {
		self.with(|m| m.on.set(on.into()))
	}

	/// Sets the contents of the store: number of payloads, number of those submitted, bytes, and the bound in bytes.
	pub fn store(&self, stored: usize, submitted: usize, bytes: u64, bound: u64) {
		self.with(|m| {
			m.stored.set(stored as u64);
			m.submitted.set(submitted as u64);
			m.bytes.set(bytes);
			m.bound_bytes.set(bound);
		})
	}

	/// Sets the number of missing payloads, and the worker's cursor.
	pub fn progress(&self, missing: usize, cursor: u64) {
		self.with(|m| {
			m.missing.set(missing as u64);
			m.cursor.set(cursor);
		})
	}

	/// Counts a request of another node, by outcome.
	pub fn request(&self, outcome: &str) {
		self.with(|m| m.requests.with_label_values(&[outcome]).inc())
	}

	/// Counts a request to another node, by outcome.
	pub fn fetch(&self, outcome: &str) {
		self.with(|m| m.fetches.with_label_values(&[outcome]).inc())
	}

	/// Counts a removed payload, by cause.
	pub fn removed(&self, cause: &str) {
		self.with(|m| m.removed.with_label_values(&[cause]).inc())
	}

	/// Counts files that were set aside.
	pub fn set_aside(&self, files: usize) {
		self.with(|m| m.set_aside.inc_by(files as u64))
	}

	/// Counts a payload that could not be stored.
	pub fn store_failed(&self) {
		self.with(|m| m.store_failures.inc())
	}
}
