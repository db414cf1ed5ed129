//! The decision on which peers are let in, as a pure function of its inputs.

use sc_network::PeerId;
use std::collections::HashSet;

/// The peers that are let in now.
#[derive(Debug)]
pub(super) struct Rule {
	/// The peers that the operator named, as long as this node does not follow the chain.
	bootstrap: HashSet<PeerId>,
	/// The list of the chain.
	list: List,
}

#[derive(Debug, PartialEq, Eq)]
enum List {
	/// The list could not be read yet.
	Unknown,
	/// The list is not enforced: every peer is let in.
	NotEnforced,
	/// The registered peers.
	Enforced(HashSet<PeerId>),
}

impl Rule {
	/// The rule before the list has been read.
	pub fn new(bootstrap: HashSet<PeerId>) -> Self {
		Self { bootstrap, list: List::Unknown }
	}

	pub fn permits(&self, peer: &PeerId) -> bool {
		match &self.list {
			List::NotEnforced => true,
			List::Enforced(list) => list.contains(peer) || self.bootstrap.contains(peer),
			List::Unknown => self.bootstrap.contains(peer),
		}
	}

	/// All peers that are let in; `None` if every peer is.
	pub fn permitted(&self) -> Option<HashSet<PeerId>> {
		match &self.list {
			List::NotEnforced => None,
			List::Enforced(list) => Some(list.union(&self.bootstrap).copied().collect()),
			List::Unknown => Some(self.bootstrap.clone()),
		}
	}

	/// Sets the list that was read; `None` if it is not enforced. Returns whether it differs from the list before.
	pub fn set(&mut self, list: Option<HashSet<PeerId>>) -> bool {
		let list = list.map_or(List::NotEnforced, List::Enforced);
		let changed = list != self.list;
		self.list = list;
		changed
	}

	/// Notes that this node follows the chain, and drops the operator's peers. Returns whether that excludes any of
	/// them.
	pub fn follows(&mut self) -> bool {
		let bootstrap = std::mem::take(&mut self.bootstrap);
		bootstrap.iter().any(|peer| !self.permits(peer))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn peers<const N: usize>() -> [PeerId; N] {
		std::array::from_fn(|_| PeerId::random())
	}

	#[test]
	fn before_anything_is_known_only_those_that_the_operator_named_are_let_in() {
		let [boot, stranger] = peers();
		let rule = Rule::new([boot].into());
		assert!(rule.permits(&boot));
		assert!(!rule.permits(&stranger));
	}

	#[test]
	fn everybody_is_let_in_while_the_list_is_not_enforced() {
		let [boot, stranger] = peers();
		let mut rule = Rule::new([boot].into());
		assert!(rule.set(None));
		assert!(rule.permits(&stranger));
		assert!(!rule.set(None), "nothing new");
		assert!(!rule.follows());
		assert_eq!(rule.permitted(), None);
		assert!(rule.permits(&boot) && rule.permits(&stranger));
	}

	#[test]
	fn an_enforced_list_decides_as_soon_as_it_is_read() {
		let [registered, other, stranger] = peers();
		let mut rule = Rule::new(HashSet::new());
		rule.set(None);
		assert!(rule.set(Some([registered, other].into())));
		assert!(rule.permits(&registered) && rule.permits(&other));
		assert!(!rule.permits(&stranger));
		assert!(rule.set(Some([registered, stranger].into())), "one goes, one comes");
		assert!(rule.permits(&stranger));
		assert!(!rule.permits(&other));
		assert!(!rule.set(Some([stranger, registered].into())), "in whatever order");
	}

	#[test]
	fn the_operators_list_serves_until_this_node_follows_the_chain_and_not_again() {
		let [boot, registered] = peers();
		let mut rule = Rule::new([boot].into());
		rule.set(Some([registered].into()));
		assert!(rule.permits(&boot), "its state may be old");
		assert_eq!(rule.permitted(), Some([boot, registered].into()));
		assert!(rule.follows(), "somebody has to go");
		assert!(!rule.permits(&boot));
		assert_eq!(rule.permitted(), Some([registered].into()));
		assert!(!rule.follows());
		rule.set(Some([registered, boot].into()));
		assert!(rule.permits(&boot), "registered like any other");
		rule.set(Some([registered].into()));
		assert!(!rule.permits(&boot));
	}

	#[test]
	fn an_empty_list_lets_nobody_in() {
		let [stranger] = peers();
		let mut rule = Rule::new(HashSet::new());
		rule.set(Some(HashSet::new()));
		assert!(!rule.permits(&stranger));
	}
}
