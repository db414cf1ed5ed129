//! What a committee costs, by the number of registered validators.
//!
//! A committee of fixed size commits. The others, the crowd, follow its blocks and attest them; their traffic shares
//! the nodes' uplinks with the consensus. What members send each other per block, and how long a block takes, must not
//! depend on the size of the crowd. Links between members have the same delays in every run, so that only the crowd
//! differs.

use crate::{
	audit::Audit,
	dice::Dice,
	invariant::{Invariant, Violation},
	meter::{mean, percentile, Meter, Traffic},
	network::Micros,
	world::{Followed, World},
};
use std::collections::BTreeMap;
use syndic_primitives::{Dissemination, Height};

/// Maximum relative difference between a figure and that of a committee without a crowd.
pub const TOLERANCE: f64 = 0.05;

/// Number of blocks before the first one that is counted.
const BEFORE: u32 = 3;
/// Number of blocks after the last one that is counted, until its height is over.
const AFTER: u32 = 10;

/// The network that is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale {
	/// How many are in the committee.
	pub committee: usize,
	/// How many are registered, the committee among them.
	pub registered: usize,
	/// How many blocks are counted.
	pub blocks: u32,
	/// How votes travel.
	pub dissemination: Dissemination,
	/// The block period, in ms.
	pub block_period: u32,
	/// What each node can send, in bytes per millisecond.
	pub uplink: u64,
	/// Bytes of a block's body.
	pub body: u64,
}

impl Scale {
	/// Two blocks a second of 500 transfers each, and uplinks of 1 Gbit/s: attestations of a block are still under way when
	/// the next one is voted on.
	pub fn of(committee: usize, registered: usize, dissemination: Dissemination) -> Self {
		Self { committee, registered, blocks: 48, dissemination, block_period: 500, uplink: 125_000, body: 100_000 }
	}
}

/// The figures of a measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
	/// Number of messages that members sent each other per block.
	pub messages: f64,
	/// Bytes of these messages per block, including the proposed blocks.
	pub bytes: f64,
	/// Traffic of all counted blocks, by the name of the message.
	pub kinds: BTreeMap<&'static str, Traffic>,
	/// How many blocks were counted.
	pub blocks: u32,
	/// Mean time from when a block stood ready until a member committed it, in ms.
	pub latency: f64,
	/// The time in ms that 99 % of these times do not exceed.
	pub latency_99: f64,
	/// The highest view in which anything was committed.
	pub highest_view: u32,
	/// Messages and bytes of announcements, requests and blocks that all nodes sent per block, beside the consensus.
	pub block_path: (f64, f64),
	/// Messages and bytes of attestations that all nodes sent per block.
	pub attestations: (f64, f64),
	/// Mean time from when the first node had a block final until the last one had it, in ms.
	pub spread: f64,
	/// Time from when the first node had a block final until a node knew that two thirds of all registered stand behind
	/// it, in ms. Of all nodes and blocks, 99 % do not exceed it.
	pub assured_99: f64,
}

impl Measured {
	/// The figures that differ from those of `base` by more than [`TOLERANCE`], in words. A view change is listed too.
	pub fn differs_from(&self, base: &Self) -> Vec<String> {
		let figures = [
			("messages", self.messages, base.messages),
			("bytes", self.bytes, base.bytes),
			("latency", self.latency, base.latency),
			("latency of 99 %", self.latency_99, base.latency_99),
		];
		let far = |(name, here, there): (&str, f64, f64)| {
			let change = relative(here, there);
			(change.abs() > TOLERANCE || !change.is_finite()).then(|| {
				let (change, most) = (change * 100.0, TOLERANCE * 100.0);
				format!("{name}: {here:.1} and not {there:.1}: {change:+.1} %, at most {most:.0} % are borne")
			})
		};
		let mut words: Vec<String> = figures.into_iter().filter_map(far).collect();
		if self.highest_view > 0 {
			words.push(format!("a view failed, though nothing was wrong: view {}", self.highest_view));
		}
		words
	}
}

/// The relative difference of `here` from `there`.
pub fn relative(here: f64, there: f64) -> f64 {
	(here - there) / there
}

/// Runs the network and measures it. The figures are the same every time.
pub fn measure(scale: &Scale, audit: Audit) -> Result<Measured, Violation> {
	let lacks = |what: &str| Violation { invariant: Invariant::Progress, node: 0, what: what.into() };
	let mut world = World::committee(scale, audit);
	let until = |world: &mut World, height: u32| {
		let deadline = world.now + 60_000_000 + Micros::from(height) * Micros::from(scale.block_period) * 4_000;
		while world.nodes.iter().any(|node| node.head().0 .0 < height) {
			if world.now > deadline {
				let late = world.nodes.iter().position(|node| node.head().0 .0 < height).unwrap_or(0);
				let what = format!("is at {} and not at {height}", world.nodes[late].head().0);
				return Err(Violation { invariant: Invariant::Progress, node: late, what });
			}
			world.run_until(world.now + 50_000)?;
		}
		Ok(())
	};
	let (first, last) = (BEFORE + 1, BEFORE + scale.blocks);
	world.meter = Some(Meter::new(Height(first)..=Height(last)));
	// Until then, nothing more is sent about the last counted block.
	until(&mut world, last + AFTER)?;
	let Some(meter) = world.meter.take() else { return Err(lacks("the meter is gone")) };
	let followed: Vec<Followed> = world.followed(Height(first), Height(last));
	let spread: Vec<Micros> = followed.iter().filter_map(|height| height.spread).collect();
	let assured: Vec<Micros> = followed.iter().flat_map(|height| &height.assured).copied().flatten().collect();
	let blocks = scale.blocks as usize;
	if spread.len() < blocks || assured.len() < blocks * scale.registered {
		return Err(lacks("not every node has every block and its assurance"));
	}
	let (total, counted) = (meter.total(), f64::from(scale.blocks));
	let per_block = |of: fn(&Followed) -> Traffic| {
		let sum = followed.iter().map(of).fold((0, 0), |(m, b), one| (m + one.messages, b + one.bytes));
		(sum.0 as f64 / counted, sum.1 as f64 / counted)
	};
	Ok(Measured {
		messages: total.messages as f64 / counted,
		bytes: total.bytes as f64 / counted,
		blocks: scale.blocks,
		latency: mean(&meter.latencies) / 1_000.0,
		latency_99: percentile(&meter.latencies, 99) as f64 / 1_000.0,
		highest_view: meter.highest_view,
		kinds: meter.kinds,
		block_path: per_block(|height| height.blocks),
		attestations: per_block(|height| height.attestations),
		spread: mean(&spread) / 1_000.0,
		assured_99: percentile(&assured, 99) as f64 / 1_000.0,
	})
}

/// The delay of a link in µs: 5 to 40 ms, as within a country. It depends on the two nodes alone.
pub(crate) fn delay(from: usize, to: usize) -> Micros {
	Dice::new(((from as u64) << 32) | to as u64).within(5_000, 40_000)
}
