//! Private transactions, and the institutions whose nodes may have their ciphertexts.

use crate::{
	configs::{consensus::GoodStanding, governance::TwoThirdsOfBoard, BLOCKS_PER_DAY},
	AccountId, BlockNumber, Runtime, Supervision,
};
use alloc::{collections::btree_set::BTreeSet, vec::Vec};
use frame_support::traits::{ConstU32, Contains};
use pallet_identity::types::InstitutionId;
use pallet_privacy::{Act, Actor, Entry, Supervise};
use pallet_supervision::{Act as RecordedAct, Actor as RecordedActor};
use syndic_primitives::{PeerId, PeerIdBytes};

/// Maximum number of blocks for which a request for disclosure may wait for approvals: a week.
pub const MAX_REQUEST: BlockNumber = 7 * BLOCKS_PER_DAY;

/// The supervision contract, as the privacy contract sees it.
pub struct Supervised;

impl Supervise<AccountId, BlockNumber> for Supervised {
	fn is_open(case: u32, regulator: InstitutionId) -> bool {
		Supervision::case_is_open(case, regulator)
	}

	fn record(entry: Entry<AccountId, BlockNumber>) {
		let Entry { by, case, act, ground, until } = entry;
		let by = match by {
			Actor::Board => RecordedActor::Board,
			Actor::Officer { institution, account } => RecordedActor::Officer { institution, account },
			Actor::Account(account) => RecordedActor::Account(account),
		};
		let act = match act {
			Act::DisclosureRequested { commitment, request } => {
				RecordedAct::DisclosureRequested { commitment, request }
			}
			Act::DisclosureApproved { commitment, request } => RecordedAct::DisclosureApproved { commitment, request },
			Act::DisclosureOpened { commitment, request } => RecordedAct::DisclosureOpened { commitment, request },
			Act::ShareReleased { commitment, request } => RecordedAct::ShareReleased { commitment, request },
			Act::SenderBarred { institution, commitment } => RecordedAct::SenderBarred { institution, commitment },
			Act::SenderReinstated { institution } => RecordedAct::SenderReinstated { institution },
		};
		Supervision::record(by, case, act, ground, until);
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn open(regulator: InstitutionId) -> u32 {
		let case = pallet_supervision::NextCase::<Runtime>::get();
		let opened = pallet_supervision::Case {
			regulator,
			opened_by: AccountId::new([0; 32]),
			ground: Default::default(),
			opened: 0,
			until: BlockNumber::MAX,
			closed: None,
			freezes: 0,
		};
		pallet_supervision::Cases::<Runtime>::insert(case, opened);
		pallet_supervision::NextCase::<Runtime>::put(case.saturating_add(1));
		case
	}
}

impl pallet_privacy::Config for Runtime {
	type BoardOrigin = TwoThirdsOfBoard;
	type Supervision = Supervised;
	type MaxRequest = ConstU32<MAX_REQUEST>;
	type WeightInfo = pallet_privacy::weights::SubstrateWeight<Runtime>;
}

/// The institution of a node, from the list of nodes or else from the registrations of validators. `None` for an
/// unknown node, and for a node whose institution is suspended.
pub fn institution_of(peer: PeerIdBytes) -> Option<InstitutionId> {
	let peer = PeerId::from_multihash(&peer).ok()?;
	let listed = pallet_nodes::Nodes::<Runtime>::get(pallet_nodes::stored(&peer)).map(|node| node.institution);
	let registered = || {
		let validator = pallet_validators::PeerOwners::<Runtime>::get(&peer)?;
		pallet_validators::Registrations::<Runtime>::get(validator).map(|registration| registration.institution)
	};
	listed.or_else(registered).filter(GoodStanding::contains)
}

/// The nodes of an institution, ascending, each once: those for which [`institution_of`] returns this institution.
pub fn peers_of(institution: InstitutionId) -> Vec<PeerIdBytes> {
	let listed = pallet_nodes::Nodes::<Runtime>::iter().filter(|(_, node)| node.institution == institution);
	let registered = pallet_validators::Registrations::<Runtime>::iter_values()
		.filter(|registration| registration.institution == institution)
		.filter_map(|registration| registration.peer)
		.map(|peer| peer.as_bytes().to_vec());
	let peers: BTreeSet<_> = listed.map(|(peer, _)| peer.into_inner()).chain(registered).collect();
	peers.into_iter().filter(|peer| institution_of(peer.clone()) == Some(institution)).collect()
}
