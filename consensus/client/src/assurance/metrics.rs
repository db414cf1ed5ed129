//! The metrics of assurance for operators, with the prefix `syndic_pbft_assurance_`.

use prometheus_endpoint::{
	exponential_buckets, register, CounterVec, Gauge, GaugeVec, HistogramOpts, HistogramVec, Opts, PrometheusError,
	Registry, U64,
};
use std::time::Duration;
use syndic_primitives::{AssuranceLevel, Height};

/// The metrics; cheap to clone. They do nothing where there is no registry.
#[derive(Clone, Default)]
pub struct AssuranceMetrics(Option<Inner>);

#[derive(Clone)]
struct Inner {
	seconds: HistogramVec,
	height: GaugeVec<U64>,
	attestations: CounterVec<U64>,
	sent_bytes: CounterVec<U64>,
	peers: Gauge<U64>,
	missing: Gauge<U64>,
}

impl AssuranceMetrics {
	/// Registers everything, or, without a registry, nothing.
	pub fn register(registry: Option<&Registry>) -> Result<Self, PrometheusError> {
		let Some(r) = registry else { return Ok(Self(None)) };
		let opts = |name: &str, help: &str| Opts::new(format!("syndic_pbft_assurance_{name}"), help);
		let seconds = HistogramOpts::new("syndic_pbft_assurance_seconds", "From finality to a level, by level")
			// Five milliseconds to three minutes.
			.buckets(exponential_buckets(0.005, 2.0, 16)?);
		Ok(Self(Some(Inner {
			seconds: register(HistogramVec::new(seconds, &["level"])?, r)?,
			height: register(
				GaugeVec::new(opts("height", "The highest block that has reached a level, by level"), &["level"])?,
				r,
			)?,
			attestations: register(
				CounterVec::new(
					opts("attestations_total", "Attestations made and received, by outcome"),
					&["outcome"],
				)?,
				r,
			)?,
			sent_bytes: register(
				CounterVec::new(opts("sent_bytes_total", "Bytes handed to the network, by kind"), &["kind"])?,
				r,
			)?,
			peers: register(Gauge::with_opts(opts("peers", "Nodes that attestations are exchanged with"))?, r)?,
			missing: register(
				Gauge::with_opts(opts(
					"missing",
					"Entries of the roster that do not stand behind the last block of which that can be said",
				))?,
				r,
			)?,
		})))
	}

	fn with(&self, f: impl FnOnce(&Inner)) {
		if let Some(inner) = &self.0 {
			f(inner)
		}
	}

	/// A block has reached a level.
	pub(super) fn reached(&self, level: AssuranceLevel, height: Height, after: Option<Duration>) {
		self.with(|m| {
			let gauge = m.height.with_label_values(&[level.name()]);
			gauge.set(gauge.get().max(height.get().into()));
			if let Some(after) = after {
				m.seconds.with_label_values(&[level.name()]).observe(after.as_secs_f64());
			}
		})
	}

	/// Attestations were received or made.
	pub(super) fn attestations(&self, outcome: &str, count: usize) {
		if count > 0 {
			self.with(|m| m.attestations.with_label_values(&[outcome]).inc_by(count as u64))
		}
	}

	/// A notification was handed to the network.
	pub(super) fn sent(&self, kind: &str, bytes: usize) {
		self.with(|m| m.sent_bytes.with_label_values(&[kind]).inc_by(bytes as u64))
	}

	/// Sets the number of peers.
	pub(super) fn peers(&self, count: usize) {
		self.with(|m| m.peers.set(count as u64))
	}

	/// Sets the number of missing entries of the roster.
	pub(super) fn missing(&self, count: usize) {
		self.with(|m| m.missing.set(count as u64))
	}
}
