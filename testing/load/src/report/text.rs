//! A report as text.

use super::{LostExample, Refused, Report};
use crate::stats::Summary;
use std::fmt;

impl fmt::Display for Report {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		let Self { load, generator, blocks, final_although: although, .. } = self;
		let pace = match (load.rate, load.in_flight) {
			(Some(rate), _) => format!("{rate} a second"),
			(None, in_flight) => format!("{} in flight", in_flight.unwrap_or_default()),
		};
		let nodes = if load.self_test { "pretended nodes" } else { "nodes" };
		writeln!(
			f,
			"load          {pace}, {} accounts, {} {nodes}, {}, {}, {:.1} s",
			load.accounts, load.nodes, load.order, load.spread, load.seconds
		)?;
		writeln!(
			f,
			"transactions  {} signed, {} submissions, {} never offered",
			self.transactions, self.offered, self.not_offered
		)?;
		writeln!(f, "accepted      {}", self.accepted)?;
		writeln!(f, "  final       {}", self.final_count)?;
		writeln!(f, "  lost        {} (of these {} are in a pool)", self.lost, self.lost_in_pool)?;
		writeln!(f, "  blocked     {}", self.blocked)?;
		for (told, count) in &self.told {
			writeln!(f, "  told        {count} {told:?}")?;
		}
		writeln!(f, "refused       {}", self.refused)?;
		for Refused { code, message, count } in &self.refusals {
			writeln!(f, "  answers     {count} times {code}: {message}")?;
		}
		writeln!(f, "unanswered    {}", self.unanswered)?;
		writeln!(
			f,
			"final although refused {}, refused when offered again {}, unanswered {}",
			although.refused, although.refused_again, although.unanswered
		)?;
		writeln!(f, "duplicates    {}", self.duplicates)?;
		writeln!(f, "TPS           {:.1} in steady state, {:.1} over all", self.tps, self.tps_overall)?;
		writeln!(f, "answer        {} ({} later than 1 s)", InMillis(&self.answer_latency), self.late_answers)?;
		writeln!(f, "finality      {}", InMillis(&self.finality_latency))?;
		writeln!(f, "blocks        {} to {}, each {}", blocks.first, blocks.last, InMillis(&blocks.time))?;
		let each = &blocks.transactions;
		writeln!(f, "  with        {:.1} transactions in the mean, p95 {}, most {}", each.mean, each.p95, each.max)?;
		write!(f, "generator     {:.0} submissions a second", generator.submissions_per_second)?;
		if let (Some(share), Some(each)) = (generator.cpu_share, generator.cpu_micros_per_submission) {
			write!(f, ", {:.0} % of one processor, {each:.1} µs a submission", share * 100.0)?;
		}
		if let Some(sinks) = generator.sink_cpu_seconds {
			write!(f, "; the pretended nodes took {sinks:.2} s")?;
		}
		writeln!(f, "; {} connections made anew, {} offers elsewhere", generator.reconnections, generator.elsewhere)?;
		if load.rate.is_some() {
			writeln!(f, "  late by     {}, {} offers held back", InMillis(&generator.lag), generator.held_back)?;
		}
		for lost in &self.lost_examples {
			let LostExample { hash, sender, nonce, node, offered_at, told, in_pool_of } = lost;
			write!(f, "lost {hash} of {sender}, nonce {nonce}, accepted by {node}, offered at {offered_at:.1} s")?;
			if let Some(told) = told {
				write!(f, ", told {told:?}")?;
			}
			let pools = if in_pool_of.is_empty() { "no pool".into() } else { in_pool_of.join(", ") };
			writeln!(f, "; in {pools}")?;
		}
		Ok(())
	}
}

/// Shows a summary of times in ms.
struct InMillis<'a>(&'a Summary);

impl fmt::Display for InMillis<'_> {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		let Summary { p50, p95, p99, max, .. } = self.0;
		write!(f, "p50 {p50:.1}, p95 {p95:.1}, p99 {p99:.1}, max {max:.1} ms")
	}
}
