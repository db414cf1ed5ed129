//! A network in which some validators run twice.

use super::{Mesh, Setting, World};
use crate::{
	audit::Audit,
	blocks::Blocks,
	byzantine::{twin::Twin, Actor},
	dice::Dice,
	network::{Micros, Partition, Weather},
	profile::Circumstances,
	twins::Scenario,
};
use std::collections::BTreeMap;
use syndic_primitives::Dissemination;

/// Minimum and maximum delay of a link, in µs. A block takes three delays and 200 ms, so that a cut of the network
/// falls between the steps of a height more often than between heights.
const DELAY: (Micros, Micros) = (20_000, 250_000);

impl World {
	/// Makes the nodes of a scenario: one for each validator, and then the second half of each twin. Both halves count
	/// as faulty, so that only the other nodes are checked.
	pub fn twins(scenario: &Scenario, audit: Audit) -> Self {
		let twin = |faulty: bool| faulty.then(|| Box::new(Twin) as Box<dyn Actor>);
		let seats = (0..scenario.validators)
			.map(|validator| (validator, twin(scenario.twins.contains(&validator))))
			.chain(scenario.twins.iter().map(|validator| (*validator, twin(true))))
			.collect();
		let circumstances = Circumstances {
			weather: Weather { delay_low: DELAY.0, delay_high: DELAY.1, ..Weather::calm() },
			cuts: 0,
			crashes: 0,
			pauses: 0,
			rolling: false,
			disk: 1_000,
			skew: 50,
			byzantine: Vec::new(),
			gone: 0,
			absent: 0,
			set_changes: false,
			far: 0,
			depth: scenario.depth,
			dissemination: Dissemination::Broadcast,
			fault_phase: scenario.phases.iter().map(|phase| phase.lasts).sum(),
		};
		let (dice, validators) = (Dice::new(scenario.seed), scenario.validators);
		let blocks = Blocks::new(validators, BTreeMap::new(), scenario.depth, Dissemination::Broadcast);
		let setting = Setting { validators, seats, circumstances, blocks, mesh: Mesh::Full };
		let mut world = Self::assemble(setting, dice, audit);
		world.audit.note(0, || format!("twins: {scenario:?}"));
		world
	}

	/// From now on a node hears only the nodes of its own side.
	pub(crate) fn cut(&mut self, sides: &[bool]) {
		self.audit.note(self.now, || format!("sides: {sides:?}"));
		self.network.partition = Partition::Sides(sides.to_vec());
	}

	/// Ends all faulty nodes for good.
	pub(crate) fn silence(&mut self) {
		for node in 0..self.nodes.len() {
			if !self.nodes[node].is_honest() {
				self.audit.note(self.now, || format!("node {node} is silenced"));
				self.gone.insert(node);
				self.crash(node);
			}
		}
	}
}
