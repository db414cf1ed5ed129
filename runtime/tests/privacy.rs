//! Private transactions in the real runtime: the board's panel, an envelope, its recorded disclosure, a sender that
//! cheats; and the runtime API for nodes.

use crate::common::{preset, Chain};
use pallet_privacy::{types::Status, ForPanel, ForRecipient};
use pallet_supervision::{Act, Actor, Records};
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use serde_json::json;
use sp_core::H256;
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie, Eve, One, Two};
use sp_runtime::DispatchError;
use syndic_envelope::{
	prove_dh, prove_possession, release, seal, unwrap_share, Context, PanelKeys, Place, PublicKey, Sealed, SecretKey,
};
use syndic_primitives::{privacy::runtime_decl_for_privacy_api::PrivacyApiV1, Height, PeerId, PeerIdBytes};
use syndic_runtime::{presets, Block, Identity, Runtime, RuntimeCall};

/// The supervisory authority. One and Two are its regulators.
const AUTHORITY: u32 = 5;
const PAYLOAD: &[u8] = b"what the third and the fourth do not learn";

/// The preset `local` with a supervisory authority.
fn genesis() -> serde_json::Value {
	let mut genesis = preset(presets::LOCAL);
	let institutions = genesis["identity"]["institutions"].as_array_mut().expect("it is a list");
	assert_eq!(institutions.len(), AUTHORITY as usize);
	institutions.push(json!({ "name": "Authority", "kind": "regulator", "roots": [], "quota": 1_000_000 }));
	let identities = genesis["identity"]["identities"].as_array_mut().expect("it is a list");
	for who in [One, Two] {
		let (account, name) = (who.to_account_id(), who.to_string());
		identities.push(json!({ "account": account, "institution": AUTHORITY, "role": "regulator", "name": name }));
	}
	genesis
}

fn rng() -> ChaCha20Rng {
	ChaCha20Rng::seed_from_u64(6)
}

fn secret(who: Sr25519Keyring) -> SecretKey {
	SecretKey::from_bytes(who.to_account_id().into())
}

fn public(who: Sr25519Keyring) -> PublicKey {
	secret(who).public()
}

/// A chain on which all accounts of these tests have a key, and One and Two are a panel.
fn prepared() -> Chain {
	let mut chain = Chain::of(&genesis(), 0);
	chain.run_to(1);
	let genesis = chain.query(Identity::genesis_hash);
	let set_key = |who: Sr25519Keyring| {
		let proof = prove_possession(&secret(who), &genesis, &who.to_account_id().into(), 1, &mut rng());
		(who, pallet_identity::Call::set_encryption_key { key: public(who), proof }.into())
	};
	chain.block([Alice, Bob, One, Two].map(set_key));
	assert_eq!(chain.failure(), None);
	let officers = vec![One.to_account_id(), Two.to_account_id()];
	let set_panel = pallet_privacy::Call::set_panel { regulator: AUTHORITY, officers, threshold: 2 };
	chain.motion(&[Alice, Bob, Charlie], set_panel);
	assert_eq!(chain.motion_result(), Ok(()));
	chain
}

/// An envelope from Alice to Bob.
fn sealed(chain: &mut Chain) -> Sealed {
	let panel = PanelKeys { panel: AUTHORITY, threshold: 2, officers: vec![public(One), public(Two)] };
	let genesis = chain.query(Identity::genesis_hash);
	let sender = Alice.to_account_id().into();
	seal(genesis, sender, PAYLOAD, &[public(Bob)], &[panel], &mut rng()).expect("it is sealed")
}

fn send(sealed: &Sealed) -> RuntimeCall {
	let panel = sealed.panels[0].clone();
	let recipient = ForRecipient { account: Bob.to_account_id(), version: 1, wrap: sealed.recipients[0] };
	pallet_privacy::Call::send {
		commitment: H256(sealed.commitment),
		ciphertext_hash: H256(sealed.ciphertext_hash),
		ciphertext_len: sealed.ciphertext.len() as u32,
		key_point: sealed.key_point,
		recipients: vec![recipient],
		panels: vec![ForPanel { panel: AUTHORITY, version: 1, points: panel.points, shares: panel.shares }],
	}
	.into()
}

fn context(chain: &mut Chain, sealed: &Sealed) -> Context {
	let genesis = chain.query(Identity::genesis_hash);
	Context { genesis, sender: Alice.to_account_id().into(), commitment: sealed.commitment }
}

/// The actor and the act of the last record.
fn last_record(chain: &mut Chain) -> (Actor<syndic_runtime::AccountId>, Act<syndic_runtime::AccountId>) {
	chain.query(|| {
		let last = pallet_supervision::NextRecord::<Runtime>::get() - 1;
		let record = Records::<Runtime>::get(last).expect("it is there");
		(record.by, record.act)
	})
}

#[test]
fn an_envelope_is_sent_and_nodes_are_told() {
	let mut chain = prepared();
	let sealed = sealed(&mut chain);
	chain.query(|| assert_eq!(<Runtime as PrivacyApiV1<Block>>::envelope_count(), 0));
	chain.block([(Alice, send(&sealed))]);
	assert_eq!(chain.failure(), None);
	let sent_at = Height(chain.head().number);
	chain.query(|| {
		assert_eq!(<Runtime as PrivacyApiV1<Block>>::envelope_count(), 1);
		let info = <Runtime as PrivacyApiV1<Block>>::envelope(0).expect("it is there");
		assert_eq!(<Runtime as PrivacyApiV1<Block>>::envelope_of(H256(sealed.commitment)), Some(info.clone()));
		assert_eq!((info.sent_at, info.sender, info.readers), (sent_at, 0, vec![0, 1, AUTHORITY]));
		assert_eq!(info.ciphertext_hash, H256(sealed.ciphertext_hash));
		assert_eq!(<Runtime as PrivacyApiV1<Block>>::envelope(1), None);
		assert_eq!(<Runtime as PrivacyApiV1<Block>>::envelope_of(H256::zero()), None);
	});
	chain.block([(Alice, send(&sealed))]);
	assert_eq!(chain.failure(), Some(pallet_privacy::Error::<Runtime>::CommitmentKnown.into()));
}

#[test]
fn a_disclosure_is_on_record_before_a_share_is_taken() {
	let mut chain = prepared();
	let sealed = sealed(&mut chain);
	let commitment = H256(sealed.commitment);
	chain.block([(Alice, send(&sealed))]);
	let request = || {
		let (ground, until) = (b"section 44".to_vec(), 100);
		pallet_privacy::Call::request_disclosure { commitment, panel: AUTHORITY, case: 0, ground, until }.into()
	};
	chain.block([(One, request())]);
	assert_eq!(chain.failure(), Some(pallet_privacy::Error::<Runtime>::CaseNotOpen.into()));
	chain.block([(Alice, request())]);
	assert_eq!(chain.failure(), Some(DispatchError::BadOrigin));
	let open_case = pallet_supervision::Call::open_case { ground: b"section 44".to_vec(), until: 200 };
	chain.block([(Two, open_case.into()), (One, request())]);
	assert_eq!(chain.failure(), None);

	let context = context(&mut chain, &sealed);
	let (panel, key_point) = (&sealed.panels[0], &sealed.key_point);
	let points = (key_point, &panel.points[..]);
	let share = unwrap_share(&context, AUTHORITY, 1, &secret(Two), &panel.shares[1], points).expect("it fits");
	let wrap = release(&context, 0, &share, &public(One), &mut rng()).expect("it is sealed");
	let hand_over = || RuntimeCall::from(pallet_privacy::Call::release_share { request: 0, wrap });
	let approve = || RuntimeCall::from(pallet_privacy::Call::approve_disclosure { request: 0 });
	chain.block([(Two, hand_over())]);
	assert_eq!(chain.failure(), Some(pallet_privacy::Error::<Runtime>::NotOpened.into()));
	chain.block([(Two, approve()), (Two, hand_over())]);
	assert_eq!(chain.failure(), Some(pallet_privacy::Error::<Runtime>::OpenedInThisBlock.into()));
	let opened = chain.head().number;
	let officer = |who: Sr25519Keyring| Actor::Officer { institution: AUTHORITY, account: who.to_account_id() };
	assert_eq!(last_record(&mut chain), (officer(Two), Act::DisclosureOpened { commitment, request: 0 }));
	chain.block([(Two, hand_over())]);
	assert_eq!(chain.failure(), None);
	assert_eq!(last_record(&mut chain), (officer(Two), Act::ShareReleased { commitment, request: 0 }));
	let stored = chain.query(|| pallet_privacy::Requests::<Runtime>::get(0)).expect("it is there");
	assert_eq!((stored.status, stored.releases[0].wrap), (Status::Opened(opened), wrap));
}

#[test]
fn a_cheat_is_proven_and_the_institution_is_barred_on_record() {
	let mut chain = prepared();
	let mut cheat = sealed(&mut chain);
	cheat.panels[0].shares.swap(0, 1);
	chain.block([(Alice, send(&cheat))]);
	let proof = prove_dh(&secret(One), &cheat.panels[0].shares[0], &mut rng()).expect("it is on the curve");
	let (commitment, place) = (H256(cheat.commitment), Place::Officer { panel: AUTHORITY, index: 0 });
	chain.block([(One, pallet_privacy::Call::accuse_wrap { commitment, place, proof }.into())]);
	assert_eq!(chain.failure(), None);
	let barred = (Actor::Account(One.to_account_id()), Act::SenderBarred { institution: 0, commitment });
	assert_eq!(last_record(&mut chain), barred);
	chain.block([(Eve, send(&cheat))]);
	assert_eq!(chain.failure(), Some(pallet_privacy::Error::<Runtime>::SenderBarred.into()), "Eve is of it, too");
	chain.motion(&[Alice, Bob, Charlie], pallet_privacy::Call::reinstate { institution: 0 });
	assert_eq!(chain.motion_result(), Ok(()));
	assert_eq!(last_record(&mut chain), (Actor::Board, Act::SenderReinstated { institution: 0 }));
}

/// The longest proof exceeds the maximum size of a transaction of the default class, and fits that of the class
/// `reporting`.
#[test]
fn the_longest_proof_fits_into_a_transaction() {
	use frame_support::dispatch::GetDispatchInfo;
	let mut chain = prepared();
	let ciphertext = vec![7; syndic_envelope::MAX_PAYLOAD + syndic_envelope::OVERHEAD];
	let accuse: RuntimeCall =
		pallet_privacy::Call::accuse_payload { commitment: H256::zero(), secret: [0; 32], ciphertext }.into();
	let charged = accuse.get_dispatch_info().call_weight.ref_time();
	let limits = <Runtime as frame_system::Config>::BlockWeights::get();
	assert!(charged * 10 < limits.max_block.ref_time(), "{charged}");
	let direct = chain.sign(Bob, accuse.clone());
	assert!(chain.pool(direct).is_err());
	let class = syndic_primitives::ClassId(3);
	let reported = pallet_classes::Call::with_class { class, call: Box::new(accuse) };
	let reported = chain.sign(Bob, reported);
	assert!(chain.pool(reported).is_ok());
}

fn peer(text: &str) -> PeerIdBytes {
	text.parse::<PeerId>().expect("it is one").as_bytes().to_vec()
}

#[test]
fn whose_a_node_is_is_found_on_the_list_and_by_the_validators() {
	// The nodes of the first and of the fourth validator, and another.
	let alices = peer("12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp");
	let daves = peer("12D3KooWSsChzF81YDUKpe9Uk5AHV5oqAaXAcWNSPYgoLauUk4st");
	let other = peer("12D3KooWSuTq6MG9gPt7qZqLFKkYrfxMewTZhj9nmRHJkPwzWDG2");
	let mut chain = Chain::of(&genesis(), 0);
	let whose = |chain: &mut Chain, peer: &PeerIdBytes| {
		chain.query(|| <Runtime as PrivacyApiV1<Block>>::institution_of(peer.clone()))
	};
	let nodes =
		|chain: &mut Chain, institution| chain.query(|| <Runtime as PrivacyApiV1<Block>>::peers_of(institution));
	assert_eq!([&alices, &daves, &other].map(|peer| whose(&mut chain, peer)), [Some(0), Some(3), None]);
	assert_eq!(whose(&mut chain, &b"no PeerId".to_vec()), None);
	assert_eq!((nodes(&mut chain, 0), nodes(&mut chain, AUTHORITY)), (vec![alices.clone()], vec![]));

	let register = |peer: &PeerIdBytes| {
		let (peer_id, kind) = (peer.clone(), pallet_nodes::Kind::FullNode);
		pallet_nodes::Call::register_node { peer_id, kind, addresses: vec![] }
	};
	// The validator's node is on the list as well. The answer names it once.
	chain.block([(Alice, register(&other).into()), (Alice, register(&alices).into())]);
	assert_eq!(chain.failure(), None);
	assert_eq!(whose(&mut chain, &other), Some(0));
	let mut both = vec![alices.clone(), other.clone()];
	both.sort();
	assert_eq!(nodes(&mut chain, 0), both);

	chain.motion(&[Alice, Bob, Charlie], pallet_identity::Call::suspend_institution { institution: 0 });
	assert_eq!(chain.motion_result(), Ok(()));
	assert_eq!([&alices, &other].map(|peer| whose(&mut chain, peer)), [None, None]);
	assert_eq!(nodes(&mut chain, 0), Vec::<PeerIdBytes>::new());
}
