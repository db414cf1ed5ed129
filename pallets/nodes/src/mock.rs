//! A runtime with this pallet alone. Institutions 1 to 9 are known; what is required, which are suspended and how many
//! validators there must be is set by tests.

use crate as pallet_nodes;
use crate::InstitutionId;
use frame_support::{derive_impl, parameter_types, traits::ConstU32};
use frame_system::{EnsureRoot, RawOrigin};
use sp_runtime::BuildStorage;
use syndic_primitives::{PeerId, PeerIdBytes};

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(15)]
	pub type Nodes = pallet_nodes;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlockU32<Test>;
}

pub const MAX_NODES_PER_INSTITUTION: u32 = 3;
pub const MAX_NODES: u32 = 8;

parameter_types! {
	pub static Required: Vec<PeerIdBytes> = Vec::new();
	pub static LeastValidators: u32 = 0;
	pub static Suspended: Vec<InstitutionId> = Vec::new();
}

pub struct KnownInstitutions;

impl pallet_nodes::Institutions for KnownInstitutions {
	fn is_known(institution: InstitutionId) -> bool {
		(1..10).contains(&institution)
	}

	fn is_active(institution: InstitutionId) -> bool {
		(Self::is_known(institution) || cfg!(feature = "runtime-benchmarks"))
			&& !Suspended::get().contains(&institution)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make(_: InstitutionId) {}
}

/// Account `n` acts for institution `n / 10`.
pub struct EnsureInstitution;

impl frame_support::traits::EnsureOrigin<RuntimeOrigin> for EnsureInstitution {
	type Success = (InstitutionId, u64);

	fn try_origin(origin: RuntimeOrigin) -> Result<Self::Success, RuntimeOrigin> {
		match origin.clone().into() {
			Ok(RawOrigin::Signed(account)) if account >= 10 => Ok((account as u32 / 10, account)),
			_ => Err(origin),
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn try_successful_origin() -> Result<RuntimeOrigin, ()> {
		Ok(RuntimeOrigin::signed(10))
	}
}

impl pallet_nodes::Config for Test {
	type InstitutionOrigin = EnsureInstitution;
	type BoardOrigin = EnsureRoot<u64>;
	type Institutions = KnownInstitutions;
	type Required = Required;
	type LeastValidators = LeastValidators;
	#[cfg(not(feature = "runtime-benchmarks"))]
	type MaxNodesPerInstitution = ConstU32<MAX_NODES_PER_INSTITUTION>;
	#[cfg(not(feature = "runtime-benchmarks"))]
	type MaxNodes = ConstU32<MAX_NODES>;
	#[cfg(feature = "runtime-benchmarks")]
	type MaxNodesPerInstitution = ConstU32<1024>;
	#[cfg(feature = "runtime-benchmarks")]
	type MaxNodes = ConstU32<1024>;
	type WeightInfo = ();
}

/// The PeerId of a node.
pub fn peer(n: u8) -> PeerIdBytes {
	PeerId::of_ed25519(&[n; 32]).as_bytes().to_vec()
}

/// At block 1 of a chain without nodes.
pub fn new_test_ext() -> sp_io::TestExternalities {
	with_genesis(Default::default())
}

pub fn with_genesis(nodes: pallet_nodes::GenesisConfig<Test>) -> sp_io::TestExternalities {
	Required::set(Vec::new());
	LeastValidators::set(0);
	Suspended::set(Vec::new());
	let genesis = RuntimeGenesisConfig { nodes, ..Default::default() };
	let mut ext = sp_io::TestExternalities::new(genesis.build_storage().expect("the genesis is sound"));
	ext.execute_with(|| System::set_block_number(1));
	ext
}

/// This pallet's events.
pub fn events() -> Vec<crate::Event<Test>> {
	System::read_events_for_pallet()
}
