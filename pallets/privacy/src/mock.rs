//! A runtime with this pallet, the identities and the time; a supervision that tests set and read; and people who seal and
//! open as their tools would.

use crate::{
	self as pallet_privacy,
	types::{Entry, ForPanel, ForRecipient, InstitutionId, PanelId},
	Supervise,
};
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU32, ConstU64, Nothing},
};
use frame_system::EnsureRoot;
use pallet_identity::{
	genesis::{GenesisIdentity, GenesisInstitution},
	types::{Kind, Role},
};
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use sp_core::H256;
use sp_keyring::Sr25519Keyring::{self, *};
use sp_runtime::{traits::IdentityLookup, AccountId32, BuildStorage, DispatchResult, MultiSignature};
use syndic_envelope::{prove_possession, seal, Context, PanelKeys, Possession, PublicKey, Sealed, SecretKey};

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
	#[runtime::pallet_index(18)]
	pub type Privacy = pallet_privacy;
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

impl pallet_identity::Config for Test {
	type BoardOrigin = EnsureRoot<AccountId32>;
	type AccountSignature = MultiSignature;
	type Exempt = Nothing;
	type Period = ConstU32<100>;
	type WeightInfo = ();
}

parameter_types! {
	/// The cases that are open, with the regulators that they are of.
	pub static OpenCases: Vec<(u32, InstitutionId)> = Vec::new();
	/// What was recorded.
	pub static Recorded: Vec<Entry<AccountId32, u32>> = Vec::new();
}

pub struct Supervision;

impl Supervise<AccountId32, u32> for Supervision {
	fn is_open(case: u32, regulator: InstitutionId) -> bool {
		OpenCases::get().contains(&(case, regulator))
	}

	fn record(entry: Entry<AccountId32, u32>) {
		Recorded::mutate(|recorded| recorded.push(entry));
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn open(regulator: InstitutionId) -> u32 {
		OpenCases::mutate(|open| open.push((1, regulator)));
		1
	}
}

pub const MAX_REQUEST: u32 = 100;

impl pallet_privacy::Config for Test {
	type BoardOrigin = EnsureRoot<AccountId32>;
	type Supervision = Supervision;
	type MaxRequest = ConstU32<MAX_REQUEST>;
	type WeightInfo = ();
}

/// The banks: Alice is of the first, Bob of the second, Charlie of the third.
pub const ALPHA: InstitutionId = 0;
pub const BETA: InstitutionId = 1;
pub const GAMMA: InstitutionId = 2;
/// The regulator of Dave, Eve and Ferdie.
pub const AUTHORITY: PanelId = 3;
/// The regulator of One and Two.
pub const OTHER: PanelId = 4;
/// The case that is open, of the first regulator.
pub const CASE: u32 = 7;
/// The block in which the tests begin.
pub const BLOCK: u32 = 10;
/// Its time.
pub const TIME: u64 = 1_909_094_400_000;

pub fn account(who: Sr25519Keyring) -> AccountId32 {
	who.to_account_id()
}

pub fn signed(who: Sr25519Keyring) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(who))
}

pub fn rng() -> ChaCha20Rng {
	ChaCha20Rng::seed_from_u64(6)
}

/// The secret half of an account's key of this number.
pub fn secret_key(who: Sr25519Keyring, version: u32) -> SecretKey {
	let mut bytes: [u8; 32] = account(who).into();
	// Not in the first byte, a part of which is no part of a key.
	bytes[9] ^= version as u8;
	SecretKey::from_bytes(bytes)
}

pub fn public_key(who: Sr25519Keyring, version: u32) -> PublicKey {
	secret_key(who, version).public()
}

pub fn genesis_hash() -> [u8; 32] {
	Identity::genesis_hash()
}

/// The number of an account's last key.
pub fn version(who: Sr25519Keyring) -> u32 {
	pallet_identity::CurrentEncryptionKey::<Test>::get(account(who))
}

/// Gives an account its next key.
pub fn set_key(who: Sr25519Keyring) {
	let version = version(who) + 1;
	let secret = secret_key(who, version);
	let proof: Possession = prove_possession(&secret, &genesis_hash(), &account(who).into(), version, &mut rng());
	assert_eq!(Identity::set_encryption_key(signed(who), secret.public(), proof), Ok(()));
}

pub fn revoke_key(who: Sr25519Keyring) {
	assert_eq!(Identity::revoke_encryption_key(signed(who), version(who)), Ok(()));
}

pub fn set_panel(regulator: PanelId, officers: &[Sr25519Keyring], threshold: u8) -> DispatchResult {
	Privacy::set_panel(RuntimeOrigin::root(), regulator, officers.iter().map(|who| account(*who)).collect(), threshold)
}

/// The accounts of a panel as it is now.
pub fn officers(panel: PanelId) -> (u32, u8, Vec<(Sr25519Keyring, u32)>) {
	let (version, stored) = Privacy::current_panel(panel).expect("it is there");
	let known = |account: &AccountId32| Sr25519Keyring::iter().find(|who| who.to_account_id() == *account);
	let officers = stored.officers.iter().map(|one| (known(&one.account).expect("it is known"), one.key_version));
	(version, stored.threshold, officers.collect())
}

/// An envelope before it is sent, to be changed by a test.
#[derive(Clone)]
pub struct Letter {
	pub commitment: H256,
	pub ciphertext_hash: H256,
	pub ciphertext_len: u32,
	pub ciphertext: Vec<u8>,
	pub key_point: syndic_envelope::Point,
	pub recipients: Vec<ForRecipient<AccountId32>>,
	pub panels: Vec<ForPanel>,
}

impl Letter {
	/// A good one, sealed for the last keys of the recipients and of the panels' officers.
	pub fn new(sender: Sr25519Keyring, recipients: &[Sr25519Keyring], panels: &[PanelId]) -> Self {
		Self::of(b"a payload", sender, recipients, panels)
	}

	pub fn of(payload: &[u8], sender: Sr25519Keyring, recipients: &[Sr25519Keyring], panels: &[PanelId]) -> Self {
		let keys: Vec<_> = recipients.iter().map(|who| public_key(*who, version(*who))).collect();
		let panel_keys: Vec<_> = panels.iter().map(|panel| Self::keys_of(*panel)).collect();
		let sender = account(sender).into();
		let sealed = seal(genesis_hash(), sender, payload, &keys, &panel_keys, &mut rng()).expect("it is sealed");
		let Sealed { commitment, ciphertext_hash, ciphertext, key_point, recipients: wraps, panels: shares } = sealed;
		let recipients = recipients.iter().zip(wraps);
		let shares = shares.into_iter().map(|sealed| ForPanel {
			panel: sealed.panel,
			version: officers(sealed.panel).0,
			points: sealed.points,
			shares: sealed.shares,
		});
		Self {
			commitment: H256(commitment),
			ciphertext_hash: H256(ciphertext_hash),
			ciphertext_len: ciphertext.len() as u32,
			ciphertext,
			key_point,
			recipients: recipients
				.map(|(who, wrap)| ForRecipient { account: account(*who), version: version(*who), wrap })
				.collect(),
			panels: shares.collect(),
		}
	}

	fn keys_of(panel: PanelId) -> PanelKeys {
		let (_, threshold, officers) = officers(panel);
		let officers = officers.into_iter().map(|(who, version)| public_key(who, version)).collect();
		PanelKeys { panel, threshold, officers }
	}

	pub fn send(&self, sender: Sr25519Keyring) -> DispatchResult {
		let Self { commitment, ciphertext_hash, ciphertext_len, key_point, recipients, panels, .. } = self.clone();
		Privacy::send(signed(sender), commitment, ciphertext_hash, ciphertext_len, key_point, recipients, panels)
	}

	/// What its wraps are bound to.
	pub fn context(&self, sender: Sr25519Keyring) -> Context {
		Context { genesis: genesis_hash(), sender: account(sender).into(), commitment: self.commitment.0 }
	}
}

/// This pallet's events.
pub fn events() -> Vec<crate::Event<Test>> {
	System::read_events_for_pallet()
}

fn genesis() -> pallet_identity::GenesisConfig<Test> {
	let institution =
		|name: &str, kind| GenesisInstitution { name: name.into(), kind, roots: vec![], quota: 1_000_000 };
	let identity = |(who, institution, role): (Sr25519Keyring, InstitutionId, Role)| GenesisIdentity {
		account: account(who),
		institution,
		role,
		name: format!("{who}"),
		not_after: None,
	};
	let people = [
		(Alice, ALPHA, Role::Client),
		(Bob, BETA, Role::Client),
		(Charlie, GAMMA, Role::Client),
		(Dave, AUTHORITY, Role::Regulator),
		(Eve, AUTHORITY, Role::Regulator),
		(Ferdie, AUTHORITY, Role::Regulator),
		(One, OTHER, Role::Regulator),
		(Two, OTHER, Role::Regulator),
		(AliceStash, AUTHORITY, Role::Client),
	];
	pallet_identity::GenesisConfig {
		institutions: vec![
			institution("Alpha Bank", Kind::Bank),
			institution("Beta Bank", Kind::Bank),
			institution("Gamma Bank", Kind::Bank),
			institution("Authority", Kind::Regulator),
			institution("Other Authority", Kind::Regulator),
		],
		identities: people.map(identity).to_vec(),
	}
}

/// At block [`BLOCK`], with the people above and nothing else.
pub fn new_test_ext() -> sp_io::TestExternalities {
	OpenCases::set(vec![(CASE, AUTHORITY)]);
	Recorded::set(Vec::new());
	let genesis = RuntimeGenesisConfig { identity: genesis(), ..Default::default() };
	let mut ext = sp_io::TestExternalities::new(genesis.build_storage().expect("the genesis is sound"));
	ext.execute_with(|| {
		System::set_block_number(BLOCK);
		frame_system::BlockHash::<Test>::insert(0, H256::repeat_byte(7));
		pallet_timestamp::Now::<Test>::put(TIME);
	});
	ext
}

/// With keys for all but Two, and a panel of Dave, Eve and Ferdie, two of whom open. The state is checked at the end.
pub fn test(run: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		for who in [Alice, Bob, Charlie, Dave, Eve, Ferdie, One] {
			set_key(who);
		}
		assert_eq!(set_panel(AUTHORITY, &[Dave, Eve, Ferdie], 2), Ok(()));
		run();
		assert_eq!(Privacy::check_state(), Ok(()));
	})
}
