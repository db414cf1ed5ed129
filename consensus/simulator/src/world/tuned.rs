//! A network under given parameters, with transactions to order and clocks that differ.

use super::{Mesh, Setting, World};
use crate::{audit::Audit, blocks::Blocks, dice::Dice, network::Weather, profile::Circumstances, tuning::Trial};
use std::collections::BTreeMap;

/// Maximum deviation of a clock from virtual time, in µs, in either direction.
const APART: u64 = 25_000;
/// What a node can send, in bytes per millisecond: 100 Mbit/s.
const UPLINK: u64 = 12_500;
/// Bytes of a block beside its transactions.
const EMPTY: u64 = 1_000;

impl World {
	/// Makes the network of a trial. The stages of [`crate::tuning`] make the faults.
	pub(crate) fn tuned(trial: &Trial, audit: Audit) -> Self {
		let deepest = trial.all().map(|parameters| parameters.pipeline_depth).max().unwrap_or(1);
		let circumstances = Circumstances {
			weather: Weather { delay_low: 500, delay_high: 40_000, ..Weather::calm() },
			cuts: 0,
			crashes: 0,
			pauses: 0,
			rolling: false,
			disk: 5_000,
			skew: 20,
			byzantine: Vec::new(),
			gone: 0,
			absent: 0,
			set_changes: false,
			far: 0,
			depth: deepest,
			dissemination: trial.first.dissemination,
			fault_phase: 0,
		};
		let validators = trial.validators;
		let blocks = Blocks::under(validators, BTreeMap::new(), trial.first.clone(), trial.changes.clone());
		let seats = (0..validators).map(|node| (node, None)).collect();
		let setting = Setting { validators, seats, circumstances, blocks, mesh: Mesh::Full };
		let mut world = Self::assemble(setting, Dice::new(trial.seed), audit);
		for node in 0..validators {
			world.nodes[node].offset = world.dice.below(2 * APART + 1) as i64 - APART as i64;
		}
		world.network.share_uplinks(UPLINK);
		world.body = EMPTY;
		world.load = Some(trial.load);
		world.absentees = Some(Vec::new());
		world
	}

	/// Stops `count` validators until the network heals.
	pub(crate) fn lose(&mut self, count: usize) {
		let mut present: Vec<usize> = self.healthy().collect();
		for _ in 0..count.min(present.len()) {
			let node = present.swap_remove(self.dice.below(present.len() as u64) as usize);
			self.audit.note(self.now, || format!("node {node} is gone"));
			self.gone.insert(node);
			self.crash(node);
		}
	}

	/// The highest view in which an honest node has a block final.
	pub(crate) fn highest_final_view(&self) -> u32 {
		let chains = self.honest().flat_map(|node| &self.nodes[node].chain);
		chains.map(|certificate| certificate.view().0).max().unwrap_or(0)
	}
}
