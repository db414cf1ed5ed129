//! The metrics of the engine for operators: every counter, gauge and histogram, with the prefix `syndic_pbft_`.
//!
//! All methods do nothing when there is no registry, so that callers need no check.

use prometheus_endpoint::{
	exponential_buckets, register, Counter, CounterVec, Gauge, Histogram, HistogramOpts, Opts, PrometheusError,
	Registry, U64,
};
use std::time::Duration;
use syndic_primitives::{Height, View};

/// The engine's metrics; cheap to clone.
#[derive(Clone, Default)]
pub struct Metrics(Option<Inner>);

#[derive(Clone)]
struct Inner {
	height: Gauge<U64>,
	view: Gauge<U64>,
	set_id: Gauge<U64>,
	view_changes: Counter<U64>,
	peers: Gauge<U64>,
	received: CounterVec<U64>,
	rejected: CounterVec<U64>,
	dropped: CounterVec<U64>,
	sent_messages: CounterVec<U64>,
	sent_bytes: CounterVec<U64>,
	proposal_bytes: CounterVec<U64>,
	compact_blocks: CounterVec<U64>,
	compact_transactions: CounterVec<U64>,
	handshakes_refused: CounterVec<U64>,
	key_on_two_hosts: Counter<U64>,
	peers_refused: CounterVec<U64>,
	peers_permitted: Gauge<U64>,
	requests: CounterVec<U64>,
	evidence: Counter<U64>,
	blocks_built: Counter<U64>,
	build_seconds: Histogram,
	validate_seconds: Histogram,
	commit_seconds: Histogram,
	wal_sync_seconds: Histogram,
	wal_bytes: Counter<U64>,
}

impl std::fmt::Debug for Metrics {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		write!(f, "Metrics({})", if self.0.is_some() { "registered" } else { "none" })
	}
}

/// Registers a histogram with buckets from one millisecond to about half a minute.
fn seconds(registry: &Registry, name: &str, help: &str) -> Result<Histogram, PrometheusError> {
	let opts = HistogramOpts::new(name, help).buckets(exponential_buckets(0.001, 2.0, 16)?);
	register(Histogram::with_opts(opts)?, registry)
}

fn by(registry: &Registry, name: &str, help: &str, label: &str) -> Result<CounterVec<U64>, PrometheusError> {
	register(CounterVec::new(Opts::new(name, help), &[label])?, registry)
}

impl Metrics {
	/// Registers everything, or, without a registry, nothing.
	pub fn register(registry: Option<&Registry>) -> Result<Self, PrometheusError> {
		let Some(r) = registry else { return Ok(Self(None)) };
		let counter = |name: &str, help: &str| register(Counter::new(name, help)?, r);
		let gauge = |name: &str, help: &str| register(Gauge::new(name, help)?, r);
		Ok(Self(Some(Inner {
			height: gauge("syndic_pbft_height", "Last committed height")?,
			view: gauge("syndic_pbft_view", "View within the current validator set")?,
			set_id: gauge("syndic_pbft_set_id", "Validator set in force")?,
			view_changes: counter("syndic_pbft_view_changes_total", "View-changes this validator asked for")?,
			peers: gauge("syndic_pbft_validators_connected", "Other validators connected on both protocols")?,
			received: by(r, "syndic_pbft_messages_received_total", "Messages received, by kind", "kind")?,
			rejected: by(r, "syndic_pbft_messages_rejected_total", "Messages refused, by reason", "reason")?,
			dropped: by(r, "syndic_pbft_messages_dropped_total", "Messages lost to a full queue, by queue", "queue")?,
			sent_messages: by(
				r,
				"syndic_pbft_messages_sent_total",
				"Messages sent, by kind, once per receiver",
				"kind",
			)?,
			sent_bytes: by(r, "syndic_pbft_sent_bytes_total", "Bytes handed to the network, by protocol", "protocol")?,
			proposal_bytes: by(
				r,
				"syndic_pbft_proposal_bytes_total",
				"Bytes of the blocks in proposals sent, by form, once per receiver",
				"form",
			)?,
			compact_blocks: by(
				r,
				"syndic_pbft_compact_blocks_total",
				"Compact proposals received, by what became of them",
				"outcome",
			)?,
			compact_transactions: by(
				r,
				"syndic_pbft_compact_transactions_total",
				"Transactions of compact proposals, by whether they were here or had to be asked for",
				"source",
			)?,
			handshakes_refused: by(
				r,
				"syndic_pbft_handshakes_refused_total",
				"Peers refused on the validators' protocols, by reason",
				"reason",
			)?,
			key_on_two_hosts: counter(
				"syndic_pbft_key_on_two_hosts_total",
				"Times that one consensus key, possibly our own, was seen on another host",
			)?,
			peers_refused: by(
				r,
				"syndic_pbft_peers_refused_total",
				"Attempts of nodes that are not registered, by what they were refused, or cut from",
				"at",
			)?,
			peers_permitted: gauge(
				"syndic_pbft_peers_permitted",
				"Nodes on the list of the registered; 0 while it is not enforced",
			)?,
			requests: by(r, "syndic_pbft_requests_total", "Requests served and made, by outcome", "outcome")?,
			evidence: counter("syndic_pbft_evidence_total", "Equivocations seen")?,
			blocks_built: counter("syndic_pbft_blocks_built_total", "Proposals built by this validator")?,
			build_seconds: seconds(r, "syndic_pbft_build_seconds", "Time to build a proposal")?,
			validate_seconds: seconds(r, "syndic_pbft_validate_seconds", "Time to judge a proposal")?,
			commit_seconds: seconds(r, "syndic_pbft_commit_seconds", "From a proposal's arrival to its commit")?,
			wal_sync_seconds: seconds(r, "syndic_pbft_wal_sync_seconds", "Time to write and sync the log")?,
			wal_bytes: counter("syndic_pbft_wal_bytes_total", "Bytes written to the log")?,
		})))
	}

	fn with(&self, f: impl FnOnce(&Inner)) {
		if let Some(inner) = &self.0 {
			f(inner)
		}
	}

	/// A block was committed.
	pub fn height(&self, height: Height) {
		self.with(|m| m.height.set(height.0.into()))
	}

	/// A view began, or this validator asked for one.
	pub fn view(&self, view: View) {
		self.with(|m| m.view.set(view.0.into()))
	}

	/// A set came into force.
	pub fn set_id(&self, id: syndic_primitives::SetId) {
		self.with(|m| m.set_id.set(id.0))
	}

	/// This validator sent a view-change.
	pub fn view_change(&self) {
		self.with(|m| m.view_changes.inc())
	}

	/// Sets the number of other connected validators.
	pub fn peers(&self, connected: usize) {
		self.with(|m| m.peers.set(connected as u64))
	}

	/// A message arrived and was decoded. `kind` is [`syndic_pbft::Message::name`], `proposal` or `compact-proposal`.
	pub fn received(&self, kind: &str) {
		self.with(|m| m.received.with_label_values(&[kind]).inc())
	}

	/// A message was refused. `reason` is [`syndic_pbft::Rejection::name`] or one of the network's own.
	pub fn rejected(&self, reason: &str) {
		self.with(|m| m.rejected.with_label_values(&[reason]).inc())
	}

	/// A message was lost because a queue was full.
	pub fn dropped(&self, queue: &str) {
		self.with(|m| m.dropped.with_label_values(&[queue]).inc())
	}

	/// A message was handed to the network for one receiver.
	pub fn sent(&self, kind: &str, protocol: &str, bytes: usize) {
		self.with(|m| {
			m.sent_messages.with_label_values(&[kind]).inc();
			m.sent_bytes.with_label_values(&[protocol]).inc_by(bytes as u64);
		})
	}

	/// A block was handed to the network, in this form, for one receiver.
	pub fn proposal_sent(&self, form: &str, bytes: usize) {
		self.with(|m| m.proposal_bytes.with_label_values(&[form]).inc_by(bytes as u64))
	}

	/// A compact proposal was received. `here` and `missing` count its transactions that this node had, and that it
	/// lacked.
	pub fn compact(&self, outcome: &str, here: usize, missing: usize) {
		self.with(|m| {
			m.compact_blocks.with_label_values(&[outcome]).inc();
			m.compact_transactions.with_label_values(&["here"]).inc_by(here as u64);
			m.compact_transactions.with_label_values(&["missing"]).inc_by(missing as u64);
		})
	}

	/// A peer was refused on the validators' protocols.
	pub fn handshake_refused(&self, reason: &str) {
		self.with(|m| m.handshakes_refused.with_label_values(&[reason]).inc())
	}

	/// One consensus key was seen on a second host.
	pub fn key_on_two_hosts(&self) {
		self.with(|m| m.key_on_two_hosts.inc())
	}

	/// A node that is not registered was refused a substream or a request, or was disconnected.
	pub fn peer_refused(&self, at: &str) {
		self.with(|m| m.peers_refused.with_label_values(&[at]).inc())
	}

	/// Sets the number of registered nodes; `None` while unregistered nodes are not refused.
	pub fn peers_permitted(&self, registered: Option<usize>) {
		self.with(|m| m.peers_permitted.set(registered.unwrap_or(0) as u64))
	}

	/// A request was served or made.
	pub fn request(&self, outcome: &str) {
		self.with(|m| m.requests.with_label_values(&[outcome]).inc())
	}

	/// An equivocation was seen: a validator signed two votes that conflict.
	pub fn evidence(&self) {
		self.with(|m| m.evidence.inc())
	}

	/// A proposal was built.
	pub fn built(&self, took: Duration) {
		self.with(|m| {
			m.blocks_built.inc();
			m.build_seconds.observe(took.as_secs_f64());
		})
	}

	/// A proposal was validated.
	pub fn validated(&self, took: Duration) {
		self.with(|m| m.validate_seconds.observe(took.as_secs_f64()))
	}

	/// A height was committed, `latency` after its proposal was first seen.
	pub fn committed(&self, latency: Duration) {
		self.with(|m| m.commit_seconds.observe(latency.as_secs_f64()))
	}

	/// The log was written and synced.
	pub fn wal_synced(&self, took: Duration, bytes: usize) {
		self.with(|m| {
			m.wal_sync_seconds.observe(took.as_secs_f64());
			m.wal_bytes.inc_by(bytes as u64);
		})
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn without_a_registry_nothing_happens() {
		let metrics = Metrics::register(None).unwrap();
		metrics.height(Height(3));
		metrics.received("commit");
	}

	#[test]
	fn every_name_has_the_prefix_and_values_arrive() {
		let registry = Registry::new();
		let metrics = Metrics::register(Some(&registry)).unwrap();
		metrics.height(Height(3));
		metrics.received("commit");
		metrics.received("commit");
		metrics.sent("prepare", "votes", 120);
		metrics.wal_synced(Duration::from_millis(2), 512);
		let families = registry.gather();
		assert!(families.iter().all(|f| f.get_name().starts_with("syndic_pbft_")));
		let value = |name: &str| {
			let family = families.iter().find(|f| f.get_name() == name).expect("registered");
			let metric = &family.get_metric()[0];
			metric.get_counter().get_value() + metric.get_gauge().get_value()
		};
		assert_eq!(value("syndic_pbft_height"), 3.0);
		assert_eq!(value("syndic_pbft_messages_received_total"), 2.0);
		assert_eq!(value("syndic_pbft_sent_bytes_total"), 120.0);
		assert_eq!(value("syndic_pbft_wal_bytes_total"), 512.0);
	}

	#[test]
	fn registering_twice_is_an_error_not_a_panic() {
		let registry = Registry::new();
		Metrics::register(Some(&registry)).unwrap();
		assert!(Metrics::register(Some(&registry)).is_err());
	}
}
