//! A committee, and a crowd that follows it.

use super::{Follow, Followed, Mesh, Setting, World};
use crate::{
	audit::Audit,
	blocks::Blocks,
	committee::{delay, Scale},
	dice::Dice,
	network::Weather,
	profile::Circumstances,
};
use std::collections::BTreeMap;
use syndic_primitives::{Height, Parameters};

impl World {
	/// A network in which nothing fails. The members are the first nodes; the delays between them do not depend on how
	/// many others there are.
	pub(crate) fn committee(scale: &Scale, audit: Audit) -> Self {
		let Scale { dissemination, block_period, .. } = *scale;
		let parameters = Parameters { dissemination, block_period, leader_period: 1, ..Parameters::default() };
		let circumstances = Circumstances {
			weather: Weather::calm(),
			cuts: 0,
			crashes: 0,
			pauses: 0,
			rolling: false,
			disk: 1_000,
			skew: 0,
			byzantine: Vec::new(),
			gone: 0,
			absent: 0,
			set_changes: false,
			far: 0,
			depth: parameters.pipeline_depth,
			dissemination: scale.dissemination,
			fault_phase: 0,
		};
		let blocks = Blocks::under(scale.committee, BTreeMap::new(), parameters, BTreeMap::new());
		let seats = (0..scale.registered).map(|node| (node, None)).collect();
		let setting = Setting { validators: scale.committee, seats, circumstances, blocks, mesh: Mesh::Members };
		let mut world = Self::assemble(setting, Dice::new(1), audit);
		world.network.place(delay);
		world.network.share_uplinks(scale.uplink);
		world.body = scale.body;
		world.follow = Some(Follow::new(scale.registered, &mut Dice::new(2)));
		world
	}

	/// The records of those heights from `first` to `last` that are over.
	pub(crate) fn followed(&self, first: Height, last: Height) -> Vec<Followed> {
		let heights = self.follow.iter().flat_map(|follow| follow.heights.range(first..=last));
		heights.map(|(_, followed)| followed.clone()).collect()
	}
}
