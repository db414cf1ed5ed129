use super::*;
use crate::genesis::{GenesisError, GenesisIdentity};
use frame_support::traits::{GetStorageVersion, PalletInfoAccess};
use sp_runtime::BuildStorage;

type Config = crate::GenesisConfig<Test>;

fn identity(
	who: sp_keyring::Sr25519Keyring,
	institution: InstitutionId,
	role: Role,
) -> GenesisIdentity<sp_runtime::AccountId32> {
	GenesisIdentity { account: account(who), institution, role, name: "Somebody".into(), not_after: None }
}

fn with(identities: Vec<GenesisIdentity<sp_runtime::AccountId32>>) -> Config {
	Config { identities, ..mock::genesis() }
}

fn build(config: Config) -> sp_io::TestExternalities {
	let genesis = RuntimeGenesisConfig { identity: config, ..Default::default() };
	sp_io::TestExternalities::new(genesis.build_storage().unwrap())
}

#[test]
fn accounts_are_admitted_at_genesis_without_a_certificate() {
	let mut expiring = identity(Bob, AUTHORITY, Role::Regulator);
	expiring.not_after = Some(NOW / 1_000);
	build(with(vec![identity(Alice, ALPHA, Role::Administrator), expiring])).execute_with(|| {
		assert_eq!(Identity::check_state(), Ok(()));
		assert_eq!(NextInstitution::<Test>::get(), 5);
		assert_eq!(identities(ALPHA), 1);
		assert!(System::account_exists(&account(Alice)));
		assert_eq!(check(Alice), Ok(Valid { institution: ALPHA, role: Role::Administrator }));
		assert_eq!(check(Bob), Ok(Valid { institution: AUTHORITY, role: Role::Regulator }));
		set_time(NOW + 1_000);
		assert_eq!(check(Bob), Err(Refusal::Expired));
		assert!(check(Alice).is_ok());
		assert_ok!(Identity::revoke_identity(root_origin(), account(Alice)));
		assert_eq!(check(Alice), Err(Refusal::Revoked));
	});
}

#[test]
fn one_that_was_admitted_at_genesis_enrols_with_a_certificate() {
	build(with(vec![identity(Alice, ALPHA, Role::Administrator)])).execute_with(|| {
		System::set_block_number(1);
		set_time(NOW);
		enrol(Alice, ALPHA, "alpha-client");
		assert_eq!(check(Alice), Ok(Valid { institution: ALPHA, role: Role::Client }));
		assert_eq!(Identity::check_state(), Ok(()));
	});
}

#[test]
fn a_genesis_that_cannot_be_names_the_field() {
	let alter = |change: fn(&mut Config)| {
		let mut config = with(vec![identity(Alice, ALPHA, Role::Client), identity(Bob, BETA, Role::Client)]);
		change(&mut config);
		config.check().map_err(|error| error.to_string())
	};
	assert_eq!(alter(|_| ()), Ok(()));
	let cases: [(fn(&mut Config), &str); 9] = [
		(
			|genesis| genesis.institutions[1].name.clear(),
			"identity.institutions: entry 1: the name needs 1 to 64 bytes",
		),
		(|genesis| genesis.institutions[1].name = "x".repeat(65), "identity.institutions: entry 1: the name"),
		(|genesis| genesis.identities[1].name = "a\nb".into(), "identity.identities: entry 1: the name needs 1 to 256"),
		(
			|genesis| genesis.institutions[0].roots = vec![der("alpha-root").into(); 5],
			"identity.institutions: entry 0 has 5 roots, at most 4 are possible",
		),
		(
			|genesis| genesis.institutions[0].roots.push(der("alpha-root").into()),
			"identity.institutions: entry 0: roots 0 and 2 are the same",
		),
		(
			|genesis| genesis.institutions[2].roots.push(example("p256-leaf").into()),
			"identity.institutions: entry 2, root 1: root: ",
		),
		(
			|genesis| genesis.identities[1].account = account(Alice),
			"identity.identities: entries 0 and 1 are for the same account",
		),
		(
			|genesis| genesis.identities[1].institution = 5,
			"identity.identities: entry 1 is of institution 5, there are 5, counted from 0",
		),
		(
			|genesis| genesis.identities[1].role = Role::Regulator,
			"identity.identities: entry 1: there is no Regulator in an institution of the kind Bank",
		),
	];
	for (change, expected) in cases {
		let error = alter(change).expect_err(expected);
		assert!(error.starts_with(expected), "{error}");
	}
}

#[test]
fn a_root_is_judged_at_the_beginning_of_its_validity() {
	let mut config = mock::genesis();
	config.institutions[0].roots = vec![example("future-root").into(), example("old-root").into()];
	assert_eq!(config.check(), Ok(()));
	config.institutions[0].roots = vec![example("root-rsa").into()];
	assert!(matches!(config.check(), Err(GenesisError::Root { index: 0, root: 0, .. })));
}

#[test]
#[should_panic(expected = "identity.identities: entries 0 and 1 are for the same account")]
fn it_does_not_build_either() {
	build(with(vec![identity(Alice, ALPHA, Role::Client); 2]));
}

#[test]
fn json_reads_as_it_is_documented() {
	let json = serde_json::json!({
		"institutions": [{ "name": "Alpha Bank", "kind": "bank", "roots": ["0x0102"], "quota": 9 }],
		"identities": [
			{ "account": account(Alice), "institution": 0, "role": "administrator", "name": "Alice" },
			{ "account": account(Bob), "institution": 0, "role": "client", "name": "Bob", "notAfter": 77 },
		],
	});
	let parsed: Config = serde_json::from_value(json.clone()).unwrap();
	assert_eq!(parsed.institutions[0].roots[0].0, [1, 2]);
	assert_eq!(parsed.identities[1].not_after, Some(77));
	assert_eq!(serde_json::to_value(&parsed).unwrap(), json);
	let mut unknown = json;
	unknown["identities"][0]["rôle"] = "client".into();
	let error = serde_json::from_value::<Config>(unknown).err().expect("it is refused").to_string();
	assert!(error.contains("unknown field `rôle`"), "{error}");
}

#[test]
fn the_contract_is_where_it_says() {
	assert_eq!(<Identity as PalletInfoAccess>::name(), "Identity");
	assert_eq!(pallet_builtin::registry::check(&[Identity::info()]), Ok(()));
	assert_eq!(syndic_primitives::builtin::number(&Identity::ADDRESS), Some(0x1001));
	assert_eq!(Identity::in_code_storage_version(), <Identity as pallet_builtin::BuiltInContract>::VERSION);
}

#[test]
fn check_state_finds_what_is_wrong() {
	let cases: [(fn(), &str); 7] = [
		(|| Institutions::<Test>::remove(ALPHA), "an identity is of no institution"),
		(
			|| Identities::<Test>::mutate_extant(account(Alice), |identity| identity.role = Role::Auditor),
			"an identity's role is not of the kind of its institution",
		),
		(
			|| Identities::<Test>::mutate_extant(account(Alice), |identity| identity.certificates = Default::default()),
			"an identity rests on no certificate",
		),
		(
			|| {
				System::dec_sufficients(&account(Alice));
			},
			"an account with an identity does not exist",
		),
		(
			|| Departures::<Test>::insert(account(Alice), Departure { nonce: 1, signed_at: 1 }),
			"an account has departed and has an identity",
		),
		(
			|| Institutions::<Test>::mutate_extant(BETA, |stored| stored.identities = 1),
			"an institution has another number of identities than it counts",
		),
		(|| NextInstitution::<Test>::put(4), "NextInstitution was given to an institution already"),
	];
	for (harm, error) in cases {
		new_test_ext().execute_with(|| {
			enrol(Alice, ALPHA, "alpha-client");
			assert_eq!(Identity::check_state(), Ok(()));
			harm();
			assert_eq!(Identity::check_state(), Err(error));
		});
	}
	let cases: [(fn(), &str); 4] = [
		(|| Roots::<Test>::insert(9, Roots::<Test>::get(ALPHA)), "there are roots of no institution"),
		(|| Roots::<Test>::mutate(ALPHA, |roots| roots[1] = roots[0].clone()), "an institution has a root twice"),
		(
			|| RevokedCertificates::<Test>::insert(ALPHA, root("alpha-root"), Revocation { since: 1, by: None }),
			"an institution has a root that is revoked",
		),
		(|| Usage::<Test>::insert(9, Used::default()), "there is a quota of no institution"),
	];
	for (harm, error) in cases {
		new_test_ext().execute_with(|| {
			harm();
			assert_eq!(Identity::check_state(), Err(error));
		});
	}
}
