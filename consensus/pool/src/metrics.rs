//! The metrics of the pool: `syndic_pool_*`.

use crate::{
	held::Origin,
	journal::{JournalError, JournalStats},
	room::Load,
};
use prometheus_endpoint::{
	register, Counter, CounterVec, Gauge, GaugeVec, Histogram, HistogramOpts, Opts, PrometheusError, Registry, U64,
};
use std::time::Duration;

/// The metrics of one pool. Without a registry nothing is counted.
#[derive(Clone, Default)]
pub struct Metrics(Option<Registered>);

#[derive(Clone)]
struct Registered {
	held: GaugeVec<U64>,
	held_bytes: GaugeVec<U64>,
	accepted: CounterVec<U64>,
	refused: CounterVec<U64>,
	left: CounterVec<U64>,
	judged: Counter<U64>,
	judge_calls: Counter<U64>,
	seconds_in_pool: Histogram,
	journal_seconds: Histogram,
	journal_entries: Gauge<U64>,
	journal_bytes: Gauge<U64>,
	journal_syncs: Gauge<U64>,
	journal_errors: Counter<U64>,
}

fn counters(name: &str, help: &str, label: &str, registry: &Registry) -> Result<CounterVec<U64>, PrometheusError> {
	register(CounterVec::new(Opts::new(name, help), &[label])?, registry)
}

fn gauges(name: &str, help: &str, label: &str, registry: &Registry) -> Result<GaugeVec<U64>, PrometheusError> {
	register(GaugeVec::new(Opts::new(name, help), &[label])?, registry)
}

fn histogram(name: &str, help: &str, buckets: &[f64], registry: &Registry) -> Result<Histogram, PrometheusError> {
	register(Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec()))?, registry)
}

impl Metrics {
	/// Registers all metrics.
	pub fn register(registry: Option<&Registry>) -> Result<Self, PrometheusError> {
		let Some(r) = registry else { return Ok(Self(None)) };
		let counter = |name: &str, help: &str| register(Counter::new(name, help)?, r);
		let gauge = |name: &str, help: &str| register(Gauge::new(name, help)?, r);
		Ok(Self(Some(Registered {
			held: gauges("syndic_pool_transactions", "Transactions in the pool, by state", "state", r)?,
			held_bytes: gauges("syndic_pool_bytes", "Bytes of the transactions in the pool, by state", "state", r)?,
			accepted: counters(
				"syndic_pool_accepted_total",
				"Transactions taken in, by who handed them in",
				"from",
				r,
			)?,
			refused: counters(
				"syndic_pool_refused_total",
				"Transactions refused at submission, by reason",
				"reason",
				r,
			)?,
			left: counters("syndic_pool_left_total", "Transactions that have left, by reason", "reason", r)?,
			judged: counter("syndic_pool_judged_total", "Transactions that the runtime was asked about")?,
			judge_calls: counter("syndic_pool_judge_calls_total", "Calls of the runtime to ask about transactions")?,
			seconds_in_pool: histogram(
				"syndic_pool_seconds_until_final",
				"Time from a transaction's coming in until it is final",
				&[0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 120.0],
				r,
			)?,
			journal_seconds: histogram(
				"syndic_pool_journal_seconds",
				"Time until an accepted transaction is on the disk",
				&[0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2.0],
				r,
			)?,
			journal_entries: gauge("syndic_pool_journal_transactions", "Transactions in the journal")?,
			journal_bytes: gauge("syndic_pool_journal_file_bytes", "Bytes of the journal's files")?,
			journal_syncs: gauge("syndic_pool_journal_syncs", "How often the journal was synced to the disk")?,
			journal_errors: counter("syndic_pool_journal_errors_total", "Transactions that could not be written")?,
		})))
	}

	fn with(&self, f: impl FnOnce(&Registered)) {
		if let Some(registered) = &self.0 {
			f(registered);
		}
	}

	pub(crate) fn held(&self, ready: Load, waiting: Load) {
		self.with(|m| {
			for (state, load) in [("ready", ready), ("waiting", waiting)] {
				m.held.with_label_values(&[state]).set(load.count);
				m.held_bytes.with_label_values(&[state]).set(load.bytes);
			}
		})
	}

	pub(crate) fn accepted(&self, origin: Origin) {
		let from = match origin {
			Origin::Client => "client",
			Origin::Peer => "peer",
			Origin::Node => "node",
			Origin::Journal => "journal",
		};
		self.with(|m| m.accepted.with_label_values(&[from]).inc())
	}

	pub(crate) fn refused(&self, reason: &str) {
		self.with(|m| m.refused.with_label_values(&[reason]).inc())
	}

	pub(crate) fn left(&self, reason: &str) {
		self.with(|m| m.left.with_label_values(&[reason]).inc())
	}

	pub(crate) fn finalised(&self, count: usize, after: impl Iterator<Item = Duration>) {
		self.with(|m| {
			m.left.with_label_values(&["final"]).inc_by(count as u64);
			after.for_each(|time| m.seconds_in_pool.observe(time.as_secs_f64()));
		})
	}

	pub(crate) fn judged(&self, count: usize) {
		self.with(|m| {
			m.judged.inc_by(count as u64);
			m.judge_calls.inc();
		})
	}

	pub(crate) fn journaled(&self, took: Duration) {
		self.with(|m| m.journal_seconds.observe(took.as_secs_f64()))
	}

	pub(crate) fn journal_failed(&self, error: &JournalError) {
		log::warn!(target: crate::LOG, "An offered transaction was not accepted, for it cannot be kept: {error}");
		self.with(|m| m.journal_errors.inc())
	}

	pub(crate) fn journal(&self, stats: &JournalStats) {
		self.with(|m| {
			m.journal_entries.set(stats.entries);
			m.journal_bytes.set(stats.file_bytes);
			m.journal_syncs.set(stats.syncs);
		})
	}
}
