//! A runtime with this pallet, the time, and nothing else; certificates from files; and proofs made with their keys.

use crate::{self as pallet_identity, genesis, proof, types::InstitutionId, Call, Event, Institutions};
use frame_support::{
	derive_impl,
	traits::{ConstU32, ConstU64, ContainsPair},
};
use frame_system::EnsureRoot;
use sp_core::H256;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{traits::IdentityLookup, AccountId32, BuildStorage, DispatchResultWithInfo, MultiSignature};
use std::path::Path;
use syndic_x509::{Fingerprint, Root, UnixTime};

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Timestamp = pallet_timestamp;
	#[runtime::pallet_index(11)]
	pub type Identity = pallet_identity;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlockU32<Test>;
	type AccountId = AccountId32;
	type Lookup = IdentityLookup<AccountId32>;
}

impl pallet_timestamp::Config for Test {
	type Moment = u64;
	type OnTimestampSet = ();
	type MinimumPeriod = ConstU64<1>;
	type WeightInfo = ();
}

/// Ferdie is of the board, whose only business here are remarks with an event.
pub struct Board;

impl ContainsPair<AccountId32, RuntimeCall> for Board {
	fn contains(who: &AccountId32, call: &RuntimeCall) -> bool {
		*who == account(Sr25519Keyring::Ferdie)
			&& matches!(call, RuntimeCall::System(frame_system::Call::remark_with_event { .. }))
	}
}

pub const PERIOD: u32 = 100;

impl pallet_identity::Config for Test {
	type BoardOrigin = EnsureRoot<AccountId32>;
	type AccountSignature = MultiSignature;
	type Exempt = Board;
	type Period = ConstU32<PERIOD>;
	type WeightInfo = ();
}

/// 1 July 2030, when most certificates here are valid.
pub const NOW: u64 = 1_909_094_400_000;
/// The block in which the tests begin.
pub const BLOCK: u32 = 1_000;
/// What each institution may send in a period.
pub const QUOTA: u32 = 50;

/// The institutions that are there from genesis on.
pub const ALPHA: InstitutionId = 0;
pub const BETA: InstitutionId = 1;
pub const AUTHORITY: InstitutionId = 2;
pub const AUDITOR: InstitutionId = 3;
/// The one under whose roots the X.509 crate's own certificates are.
pub const EXAMPLES: InstitutionId = 4;

pub fn account(who: Sr25519Keyring) -> AccountId32 {
	who.to_account_id()
}

pub fn signed(who: Sr25519Keyring) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(who))
}

pub fn file(name: &str) -> Vec<u8> {
	let path = Path::new("tests/fixtures").join(name);
	std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A certificate of this crate's own files.
pub fn der(name: &str) -> Vec<u8> {
	file(&format!("{name}.der"))
}

/// A certificate of the X.509 crate's files.
pub fn example(name: &str) -> Vec<u8> {
	file(&format!("../../x509/tests/fixtures/{name}.der"))
}

/// The chain of a certificate, without the root.
pub fn chain(leaf: &str) -> Vec<Vec<u8>> {
	let direct = ["alpha-second", "worst-1"].contains(&leaf) || !leaf.starts_with("alpha");
	let issuer = (!direct).then(|| der("alpha-issuer"));
	[der(leaf)].into_iter().chain(issuer).collect()
}

/// The fingerprint of a root.
pub fn root(name: &str) -> Fingerprint {
	Root::parse(&der(name), UnixTime::from_millis(NOW)).expect("it is a root").fingerprint()
}

/// A signature with the key of a certificate.
pub fn prove(leaf: &str, message: &[u8]) -> Vec<u8> {
	use ed25519_dalek::Signer;
	let key = file(&format!("{leaf}.key"));
	match leaf {
		"alpha-second" | "beta-administrator" => {
			let key = ed25519_dalek::SigningKey::from_bytes(&key.try_into().expect("a key is 32 bytes"));
			key.sign(message).to_bytes().to_vec()
		}
		_ => proof::p256(&key, message),
	}
}

/// The arguments of an enrolment, to be changed by a test.
#[derive(Clone)]
pub struct Enrolment {
	pub account: AccountId32,
	pub institution: InstitutionId,
	pub chain: Vec<Vec<u8>>,
	pub signed_at: u32,
	pub proof: Vec<u8>,
	pub consent: Option<MultiSignature>,
}

impl Enrolment {
	/// A good one, signed in the current block.
	pub fn new(who: Sr25519Keyring, institution: InstitutionId, leaf: &str) -> Self {
		Self::of_chain(who, institution, leaf, chain(leaf))
	}

	/// With the key of `leaf`, whatever the chain is.
	pub fn of_chain(who: Sr25519Keyring, institution: InstitutionId, leaf: &str, chain: Vec<Vec<u8>>) -> Self {
		let signed_at = System::block_number();
		let payload = Identity::enrolment_payload(&account(who), institution, &chain, signed_at);
		let consent = Some(MultiSignature::Sr25519(who.sign(&payload)));
		Self { account: account(who), institution, chain, signed_at, proof: prove(leaf, &payload), consent }
	}

	pub fn call(&self) -> Call<Test> {
		let Self { account, institution, chain, signed_at, proof, consent } = self.clone();
		Call::enrol { account, institution, chain, signed_at, proof, consent }
	}

	pub fn send(&self, origin: RuntimeOrigin) -> DispatchResultWithInfo<frame_support::dispatch::PostDispatchInfo> {
		use sp_runtime::traits::Dispatchable;
		RuntimeCall::from(self.call()).dispatch(origin)
	}

	/// As nobody.
	pub fn send_unsigned(&self) -> sp_runtime::DispatchResult {
		self.send(RuntimeOrigin::none()).map(|_| ()).map_err(|error| error.error)
	}
}

/// Enrols an account by itself.
pub fn enrol(who: Sr25519Keyring, institution: InstitutionId, leaf: &str) {
	assert_eq!(Enrolment::new(who, institution, leaf).send_unsigned(), Ok(()));
}

pub fn set_time(milliseconds: u64) {
	pallet_timestamp::Now::<Test>::put(milliseconds);
}

/// This pallet's events since the beginning.
pub fn events() -> Vec<Event<Test>> {
	System::read_events_for_pallet()
}

/// What remains of an institution's count.
pub fn identities(institution: InstitutionId) -> u32 {
	Institutions::<Test>::get(institution).expect("it is there").identities
}

/// A genesis of five institutions and nobody in them.
pub fn genesis() -> pallet_identity::GenesisConfig<Test> {
	use crate::types::Kind;
	let institution = |name: &str, kind, roots: &[Vec<u8>]| genesis::GenesisInstitution {
		name: name.into(),
		kind,
		roots: roots.iter().map(|der| der.clone().into()).collect(),
		quota: QUOTA,
	};
	pallet_identity::GenesisConfig {
		institutions: vec![
			institution("Alpha Bank", Kind::Bank, &[der("alpha-root"), der("alpha-second-root")]),
			institution("Beta Bank", Kind::Bank, &[der("beta-root")]),
			institution("Authority", Kind::Regulator, &[der("authority-root")]),
			institution("Auditor", Kind::Auditor, &[der("auditor-root")]),
			institution("Bank of Examples", Kind::Bank, &[example("p256-root"), example("ed25519-root")]),
		],
		identities: vec![],
	}
}

/// At block [`BLOCK`], at the time [`NOW`], with the institutions of [`genesis`]. The state is checked at the end.
pub fn test(run: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		run();
		assert_eq!(Identity::check_state(), Ok(()));
	})
}

pub fn new_test_ext() -> sp_io::TestExternalities {
	let genesis = RuntimeGenesisConfig { identity: genesis(), ..Default::default() };
	let mut ext = sp_io::TestExternalities::new(genesis.build_storage().expect("the genesis is sound"));
	ext.execute_with(|| {
		System::set_block_number(BLOCK);
		frame_system::BlockHash::<Test>::insert(0, H256::repeat_byte(7));
		set_time(NOW);
	});
	ext
}
