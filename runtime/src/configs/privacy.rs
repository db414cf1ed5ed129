//! Private transactions, and whose nodes may have their ciphertexts.

use crate::{
	configs::{consensus::GoodStanding, governance::TwoThirdsOfBoard, BLOCKS_PER_DAY},
	AccountId, BlockNumber, Runtime,
};
use alloc::{collections::btree_set::BTreeSet, vec::Vec};
use frame_support::traits::{ConstU32, Contains};
use pallet_identity::types::InstitutionId;
use pallet_privacy::{Entry, Supervise};
use syndic_primitives::{PeerId, PeerIdBytes};

/// For how many blocks at most a request for disclosure may wait for approvals: a week.
pub const MAX_REQUEST: BlockNumber = 7 * BLOCKS_PER_DAY;

/// The supervision contract, as the privacy contract sees it.
pub struct Supervised;

impl Supervise<AccountId, BlockNumber> for Supervised {
	fn is_open(_: u32, _: InstitutionId) -> bool {
		false
	}

	fn record(_: Entry<AccountId, BlockNumber>) {}

	#[cfg(feature = "runtime-benchmarks")]
	fn open(_: InstitutionId) -> u32 {
		0
	}
}

impl pallet_privacy::Config for Runtime {
	type BoardOrigin = TwoThirdsOfBoard;
	type Supervision = Supervised;
	type MaxRequest = ConstU32<MAX_REQUEST>;
	type WeightInfo = pallet_privacy::weights::SubstrateWeight<Runtime>;
}

/// Whose node this is: by the list of nodes, or else by the registrations of validators. A node of an institution that is
/// suspended is nobody's.
pub fn institution_of(peer: PeerIdBytes) -> Option<InstitutionId> {
	let peer = PeerId::from_multihash(&peer).ok()?;
	let listed = pallet_nodes::Nodes::<Runtime>::get(pallet_nodes::stored(&peer)).map(|node| node.institution);
	let registered = || {
		let validator = pallet_validators::PeerOwners::<Runtime>::get(&peer)?;
		pallet_validators::Registrations::<Runtime>::get(validator).map(|registration| registration.institution)
	};
	listed.or_else(registered).filter(GoodStanding::contains)
}

/// The nodes of an institution, ascending, each once: those for which [`institution_of`] gives it.
pub fn peers_of(institution: InstitutionId) -> Vec<PeerIdBytes> {
	let listed = pallet_nodes::Nodes::<Runtime>::iter().filter(|(_, node)| node.institution == institution);
	let registered = pallet_validators::Registrations::<Runtime>::iter_values()
		.filter(|registration| registration.institution == institution)
		.filter_map(|registration| registration.peer)
		.map(|peer| peer.as_bytes().to_vec());
	let peers: BTreeSet<_> = listed.map(|(peer, _)| peer.into_inner()).chain(registered).collect();
	peers.into_iter().filter(|peer| institution_of(peer.clone()) == Some(institution)).collect()
}
