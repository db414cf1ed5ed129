//! Decides which nodes to connect to. The reasons are in [`super`].

use sc_network::PeerId;
use std::{
	collections::HashMap,
	time::{Duration, Instant},
};
use syndic_primitives::ValidatorId;

/// How long a refused node is not dialled, unless the admitted list changes before.
const REST: Duration = Duration::from_secs(60);
/// How long a node that is not registered on the chain is not dialled. [`Dialer::keep_off`] extends the time while the
/// node stays unregistered.
const STRANGER_RESTS: Duration = Duration::from_secs(3);
/// How long after synchronisation has lost it a node is forgotten that never proved to be a validator.
const FORGET: Duration = Duration::from_secs(3600);
/// Maximum number of nodes to connect to.
const MAX_TARGETS: usize = 1024;
/// Maximum number of nodes to connect to for one key. A validator that moves leaves its old node in the list.
const MAX_TARGETS_PER_KEY: usize = 4;

/// A node that is a validator, or calls itself one.
#[derive(Debug)]
struct Target {
	/// The admitted key that it has proved to hold.
	key: Option<ValidatorId>,
	/// When the node was last connected by synchronisation or one of the validators' protocols, or registered.
	seen: Instant,
	/// Whether synchronisation has it connected now.
	synced: bool,
	/// Whether an admitted validator is registered with it.
	registered: bool,
	/// Whether it is in the reserved sets.
	reserved: bool,
	/// Until when it is not dialled, if it was refused or is not registered.
	rests_until: Option<Instant>,
}

/// Changes to the reserved sets of both protocols.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
	/// Peers to remove, before any are added.
	pub release: Vec<PeerId>,
	/// Peers to add.
	pub reserve: Vec<PeerId>,
}

/// Keeps the list of nodes to connect to.
#[derive(Debug, Default)]
pub(super) struct Dialer {
	/// Whether this node's own key is admitted.
	enabled: bool,
	targets: HashMap<PeerId, Target>,
}

impl Dialer {
	fn target(&mut self, peer: PeerId, now: Instant) -> &mut Target {
		self.targets.entry(peer).or_insert_with(|| Target {
			key: None,
			seen: now,
			synced: false,
			registered: false,
			reserved: false,
			rests_until: None,
		})
	}

	/// Synchronisation connected to a node that calls itself an authority.
	pub fn sync_connected(&mut self, peer: PeerId, now: Instant) {
		let target = self.target(peer, now);
		(target.synced, target.seen) = (true, now);
	}

	/// Synchronisation lost a node.
	pub fn sync_disconnected(&mut self, peer: &PeerId, now: Instant) {
		if let Some(target) = self.targets.get_mut(peer) {
			(target.synced, target.seen) = (false, now);
		}
	}

	/// Replaces the set of nodes with which admitted validators are registered.
	pub fn registered(&mut self, peers: Vec<PeerId>, now: Instant) {
		self.targets.values_mut().for_each(|target| target.registered = false);
		for peer in peers.into_iter().take(MAX_TARGETS) {
			let target = self.target(peer, now);
			(target.registered, target.seen) = (true, now);
		}
	}

	/// A node has proved to hold an admitted key.
	pub fn proved(&mut self, peer: PeerId, key: ValidatorId, now: Instant) {
		let target = self.target(peer, now);
		(target.key, target.seen) = (Some(key), now);
	}

	/// A substream of a node that was let in has closed.
	pub fn closed(&mut self, peer: &PeerId, now: Instant) {
		if let Some(target) = self.targets.get_mut(peer) {
			target.seen = now;
		}
	}

	/// A node was refused or disconnected by this node.
	pub fn refused(&mut self, peer: &PeerId, now: Instant) {
		if let Some(target) = self.targets.get_mut(peer) {
			target.key = None;
			target.rests_until = Some(now + REST);
		}
	}

	/// The admitted keys have changed. Nodes that were refused may be admitted now.
	pub fn admission_changed(&mut self, own_admitted: bool, is_admitted: impl Fn(&ValidatorId) -> bool) {
		self.enabled = own_admitted;
		for target in self.targets.values_mut() {
			target.rests_until = None;
			target.key = target.key.take().filter(&is_admitted);
		}
	}

	/// Stops dialling the nodes that are not registered on the chain. To be called repeatedly, as long as that is so.
	pub fn keep_off(&mut self, now: Instant, is_registered: impl Fn(&PeerId) -> bool) {
		for (_, target) in self.targets.iter_mut().filter(|(peer, _)| !is_registered(peer)) {
			target.rests_until = target.rests_until.max(Some(now + STRANGER_RESTS));
		}
	}

	/// The changes to the reserved sets that are due now.
	pub fn plan(&mut self, now: Instant) -> Plan {
		let mut plan = Plan::default();
		for peer in self.forgettable(now) {
			if self.targets.remove(&peer).is_some_and(|target| target.reserved) {
				plan.release.push(peer);
			}
		}
		for (peer, target) in &mut self.targets {
			if target.rests_until.is_some_and(|until| until <= now) {
				target.rests_until = None;
			}
			let wanted = self.enabled && target.rests_until.is_none();
			if wanted != target.reserved {
				target.reserved = wanted;
				match wanted {
					true => plan.reserve.push(*peer),
					false => plan.release.push(*peer),
				}
			}
		}
		plan
	}

	/// The nodes to forget: those not seen for long, and those that are too many. Nodes not seen for longest go first,
	/// and nodes that proved to be validators go last.
	fn forgettable(&self, now: Instant) -> Vec<PeerId> {
		let mut order: Vec<(&PeerId, &Target)> = self.targets.iter().collect();
		order.sort_by_key(|(peer, target)| {
			(target.key.is_some(), target.registered, target.synced, target.seen, **peer)
		});
		// Sorted from the best to the worst.
		order.reverse();
		let mut per_key: HashMap<&ValidatorId, usize> = HashMap::new();
		let mut kept = 0;
		let mut forget = Vec::new();
		for (peer, target) in order {
			let too_old = target.key.is_none()
				&& !target.synced
				&& !target.registered
				&& now.saturating_duration_since(target.seen) >= FORGET;
			let one_of_many = target.key.as_ref().is_some_and(|key| {
				let count = per_key.entry(key).or_default();
				*count += 1;
				*count > MAX_TARGETS_PER_KEY && !target.synced && !target.registered
			});
			if too_old || one_of_many || kept >= MAX_TARGETS {
				forget.push(*peer);
			} else {
				kept += 1;
			}
		}
		forget
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::{crypto::UncheckedFrom, ed25519};

	fn key(n: u8) -> ValidatorId {
		ed25519::Public::unchecked_from([n; 32]).into()
	}

	fn sorted(mut plan: Plan) -> Plan {
		plan.release.sort();
		plan.reserve.sort();
		plan
	}

	#[test]
	fn nobody_is_dialled_before_our_own_key_is_admitted() {
		let (mut dialer, now, peer) = (Dialer::default(), Instant::now(), PeerId::random());
		dialer.sync_connected(peer, now);
		assert_eq!(dialer.plan(now), Plan::default());
		dialer.admission_changed(true, |_| true);
		assert_eq!(dialer.plan(now).reserve, [peer]);
		assert_eq!(dialer.plan(now), Plan::default(), "once");
		dialer.admission_changed(false, |_| true);
		assert_eq!(dialer.plan(now).release, [peer]);
	}

	#[test]
	fn who_is_not_registered_is_left_alone_until_it_is_again() {
		let (mut dialer, mut now) = (Dialer::default(), Instant::now());
		let (registered, stranger) = (PeerId::random(), PeerId::random());
		dialer.admission_changed(true, |_| true);
		for peer in [registered, stranger] {
			dialer.proved(peer, key(1), now);
		}
		assert_eq!(dialer.plan(now).reserve.len(), 2);
		dialer.keep_off(now, |peer| *peer == registered);
		assert_eq!(dialer.plan(now), Plan { release: vec![stranger], reserve: vec![] });
		for _ in 0..100 {
			now += STRANGER_RESTS / 3;
			dialer.keep_off(now, |peer| *peer == registered);
			assert_eq!(dialer.plan(now), Plan::default());
		}
		now += STRANGER_RESTS;
		dialer.keep_off(now, |_| true);
		assert_eq!(dialer.plan(now), Plan { release: vec![], reserve: vec![stranger] });
	}

	#[test]
	fn who_goes_away_stays_reserved_for_a_while_and_a_validator_for_ever() {
		let (mut dialer, start) = (Dialer::default(), Instant::now());
		let (stranger, validator) = (PeerId::random(), PeerId::random());
		dialer.admission_changed(true, |_| true);
		dialer.sync_connected(stranger, start);
		dialer.proved(validator, key(1), start);
		assert_eq!(dialer.plan(start).reserve.len(), 2);
		dialer.sync_disconnected(&stranger, start);
		dialer.closed(&validator, start);
		assert_eq!(dialer.plan(start + FORGET / 2), Plan::default());
		assert_eq!(dialer.plan(start + FORGET).release, [stranger]);
		assert_eq!(dialer.plan(start + FORGET * 100), Plan::default());
		dialer.admission_changed(true, |_| false);
		assert_eq!(dialer.plan(start + FORGET * 100).release, [validator], "its key left the set");
	}

	#[test]
	fn a_registered_node_is_dialled_before_anybody_has_seen_it_and_for_as_long_as_it_is_registered() {
		let (mut dialer, start) = (Dialer::default(), Instant::now());
		let [home, other] = [(); 2].map(|()| PeerId::random());
		dialer.registered(vec![home, other], start);
		assert_eq!(dialer.plan(start), Plan::default(), "we are not admitted");
		dialer.admission_changed(true, |_| true);
		assert_eq!(dialer.plan(start).reserve.len(), 2);
		assert_eq!(dialer.plan(start + FORGET * 10), Plan::default());
		dialer.registered(vec![home], start + FORGET * 10);
		assert_eq!(dialer.plan(start + FORGET * 10).release, [other]);
		assert_eq!(dialer.plan(start + FORGET * 20), Plan::default());
		dialer.registered((0..2 * MAX_TARGETS).map(|_| PeerId::random()).collect(), start);
		dialer.plan(start);
		assert_eq!(dialer.targets.len(), MAX_TARGETS);
	}

	#[test]
	fn who_was_refused_rests_until_the_list_changes_or_a_minute_has_passed() {
		let (mut dialer, now, peer) = (Dialer::default(), Instant::now(), PeerId::random());
		dialer.admission_changed(true, |_| true);
		dialer.sync_connected(peer, now);
		assert_eq!(dialer.plan(now).reserve, [peer]);
		dialer.refused(&peer, now);
		assert_eq!(dialer.plan(now).release, [peer]);
		assert_eq!(dialer.plan(now + REST / 2), Plan::default());
		assert_eq!(dialer.plan(now + REST).reserve, [peer]);
		dialer.refused(&peer, now + REST);
		assert_eq!(dialer.plan(now + REST).release, [peer]);
		dialer.admission_changed(true, |_| true);
		assert_eq!(dialer.plan(now + REST).reserve, [peer]);
	}

	#[test]
	fn the_list_is_bounded_and_validators_stay_longest() {
		let (mut dialer, now) = (Dialer::default(), Instant::now());
		dialer.admission_changed(true, |_| true);
		let validator = PeerId::random();
		dialer.proved(validator, key(1), now);
		dialer.plan(now);
		for n in 0..2 * MAX_TARGETS {
			dialer.sync_connected(PeerId::random(), now + Duration::from_millis(n as u64));
		}
		let plan = dialer.plan(now);
		assert_eq!((dialer.targets.len(), plan.reserve.len()), (MAX_TARGETS, MAX_TARGETS - 1));
		assert!(dialer.targets.contains_key(&validator));

		let mut dialer = Dialer::default();
		dialer.admission_changed(true, |_| true);
		let homes: Vec<PeerId> = (0..6).map(|_| PeerId::random()).collect();
		for (n, peer) in (0..).zip(&homes) {
			dialer.proved(*peer, key(1), now + Duration::from_secs(n));
		}
		let mut expected = homes[2..].to_vec();
		expected.sort();
		assert_eq!(sorted(dialer.plan(now)), Plan { release: vec![], reserve: expected }, "the last four");
	}
}
