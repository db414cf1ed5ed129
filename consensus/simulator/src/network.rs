//! Links between nodes: delay and bandwidth per direction, loss, duplication, reordering, clogging, partitions.

use crate::dice::Dice;

/// Virtual time in microseconds since the start.
pub type Micros = u64;

/// How bad the network is. Chances are per mille.
#[derive(Clone, Debug)]
pub struct Weather {
	/// Chance that a message is lost.
	pub loss: u64,
	/// Chance that a message arrives twice.
	pub duplication: u64,
	/// Chance that a message is late by up to [`Weather::straggle`], and so out of order.
	pub reordering: u64,
	/// Maximum extra delay of a late or second message, in µs.
	pub straggle: Micros,
	/// Minimum delay of a link in µs. The delay is drawn once per direction.
	pub delay_low: Micros,
	/// Maximum delay of a link in µs.
	pub delay_high: Micros,
	/// Bandwidth of a link per direction, in bytes per millisecond. Messages queue behind each other.
	pub bandwidth: u64,
}

impl Weather {
	/// Nothing goes wrong, and delays are half a millisecond to two.
	pub fn calm() -> Self {
		Self {
			loss: 0,
			duplication: 0,
			reordering: 0,
			straggle: 0,
			delay_low: 500,
			delay_high: 2_000,
			bandwidth: 125_000,
		}
	}
}

/// Which directions are cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Partition {
	/// Everything gets through.
	None,
	/// Nodes talk within their side only; `true` is one side.
	Sides(Vec<bool>),
	/// One node hears nobody, and nobody hears it.
	Isolated(usize),
	/// One node hears, and is not heard.
	Mute(usize),
	/// One node is heard, and does not hear.
	Deaf(usize),
	/// Nobody hears anybody.
	Severed,
}

impl Partition {
	/// A random partition, other than [`Partition::None`] and [`Partition::Severed`].
	pub fn draw(nodes: usize, dice: &mut Dice) -> Self {
		let one = dice.below(nodes as u64) as usize;
		match dice.below(5) {
			0 | 1 => Self::Sides((0..nodes).map(|_| dice.chance(500)).collect()),
			2 => Self::Isolated(one),
			3 => Self::Mute(one),
			_ => Self::Deaf(one),
		}
	}

	/// Whether something sent by `from` can reach `to`.
	pub fn passes(&self, from: usize, to: usize) -> bool {
		match self {
			Self::None => true,
			Self::Sides(side) => side.get(from) == side.get(to),
			Self::Isolated(one) => from != *one && to != *one,
			Self::Mute(one) => from != *one,
			Self::Deaf(one) => to != *one,
			Self::Severed => false,
		}
	}
}

#[derive(Clone, Debug)]
struct Link {
	delay: Micros,
	/// Messages wait until this time.
	clogged_until: Micros,
	/// When the last byte that was sent has left.
	busy_until: Micros,
}

/// The links between all nodes.
#[derive(Clone, Debug)]
pub struct Network {
	pub(crate) weather: Weather,
	nodes: usize,
	links: Vec<Link>,
	/// Bandwidth that each node has for all its links together, in bytes per millisecond, and for each node when the
	/// last byte has left. `None` if only the links bound it.
	uplinks: Option<(u64, Vec<Micros>)>,
	/// The present partition.
	pub partition: Partition,
}

impl Network {
	/// A full mesh of `nodes` nodes; each direction has its own delay.
	pub fn new(nodes: usize, weather: Weather, dice: &mut Dice) -> Self {
		let links = (0..nodes * nodes)
			.map(|_| Link {
				delay: dice.within(weather.delay_low, weather.delay_high),
				clogged_until: 0,
				busy_until: 0,
			})
			.collect();
		Self { weather, nodes, links, uplinks: None, partition: Partition::None }
	}

	/// From now on all messages of a node share an uplink of `bandwidth` bytes per millisecond.
	pub fn share_uplinks(&mut self, bandwidth: u64) {
		self.uplinks = Some((bandwidth, vec![0; self.nodes]));
	}

	/// Sets the delay of each direction.
	pub fn place(&mut self, mut delay: impl FnMut(usize, usize) -> Micros) {
		for (at, link) in self.links.iter_mut().enumerate() {
			link.delay = delay(at / self.nodes, at % self.nodes);
		}
	}

	/// Ends partitions, clogs, losses, duplication and reordering. Each link keeps its own delay, and gets `far` µs
	/// more.
	pub fn heal(&mut self, far: Micros) {
		self.partition = Partition::None;
		self.weather = Weather { delay_low: self.weather.delay_low, ..Weather::calm() };
		for link in &mut self.links {
			link.clogged_until = 0;
			link.delay += far;
		}
	}

	/// Holds the messages from `from` to `to` back until the time `until`.
	pub fn clog(&mut self, from: usize, to: usize, until: Micros) {
		self.links[from * self.nodes + to].clogged_until = until;
	}

	/// Sends a message of `bytes` bytes at `now`. Returns when it arrives: never, once, or twice.
	pub fn send(&mut self, from: usize, to: usize, bytes: u64, now: Micros, dice: &mut Dice) -> Vec<Micros> {
		if !self.partition.passes(from, to) || dice.chance(self.weather.loss) {
			return Vec::new();
		}
		let link = &mut self.links[from * self.nodes + to];
		let mut leaves = now.max(link.busy_until).max(link.clogged_until);
		let mut takes = bytes * 1_000 / self.weather.bandwidth.max(1);
		if let Some((bandwidth, busy)) = &mut self.uplinks {
			leaves = leaves.max(busy[from]);
			let leaving = bytes * 1_000 / (*bandwidth).max(1);
			busy[from] = leaves + leaving;
			takes = takes.max(leaving);
		}
		link.busy_until = leaves + takes;
		let mut arrivals = vec![link.busy_until + link.delay];
		if dice.chance(self.weather.duplication) {
			arrivals.push(arrivals[0] + dice.below(self.weather.straggle + 1));
		}
		if dice.chance(self.weather.reordering) {
			arrivals[0] += dice.below(self.weather.straggle + 1);
		}
		arrivals
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn partitions_cut_what_they_say() {
		let sides = Partition::Sides(vec![true, true, false, false]);
		assert!(sides.passes(0, 1) && sides.passes(2, 3) && !sides.passes(1, 2) && !sides.passes(2, 1));
		assert!(Partition::Mute(1).passes(0, 1) && !Partition::Mute(1).passes(1, 0));
		assert!(!Partition::Deaf(1).passes(0, 1) && Partition::Deaf(1).passes(1, 0));
		assert!(!Partition::Isolated(1).passes(0, 1) && !Partition::Isolated(1).passes(1, 0));
	}

	#[test]
	fn bandwidth_makes_messages_queue() {
		let mut dice = Dice::new(1);
		let weather = Weather { bandwidth: 1_000, delay_low: 100, delay_high: 100, ..Weather::calm() };
		let mut network = Network::new(2, weather, &mut dice);
		assert_eq!(network.send(0, 1, 1_000, 0, &mut dice), vec![1_100]);
		assert_eq!(network.send(0, 1, 1_000, 0, &mut dice), vec![2_100]);
		assert_eq!(network.send(1, 0, 1_000, 0, &mut dice), vec![1_100], "the other direction is free");
	}

	#[test]
	fn a_shared_uplink_makes_messages_to_all_queue() {
		let mut dice = Dice::new(1);
		let mut network = Network::new(3, Weather::calm(), &mut dice);
		network.place(|from, to| (10 * from + to) as Micros);
		network.share_uplinks(1_000);
		assert_eq!(network.send(0, 1, 1_000, 0, &mut dice), vec![1_001]);
		assert_eq!(network.send(0, 2, 1_000, 0, &mut dice), vec![2_002]);
		assert_eq!(network.send(1, 2, 1_000, 0, &mut dice), vec![1_012], "another node's is free");
	}

	#[test]
	fn lost_and_doubled() {
		let mut dice = Dice::new(1);
		let storm = |loss, duplication| Weather { loss, duplication, ..Weather::calm() };
		let count = |weather, dice: &mut Dice| Network::new(2, weather, dice).send(0, 1, 1, 0, dice).len();
		assert_eq!(count(storm(1000, 0), &mut dice), 0);
		assert_eq!(count(storm(0, 1000), &mut dice), 2);
	}
}
