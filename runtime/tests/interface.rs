//! The interface on which stock tools rely: names, indices, extensions, runtime APIs.

use codec::{Decode, Encode};
use frame_metadata::{v15::RuntimeMetadataV15, RuntimeMetadata, RuntimeMetadataPrefixed};
use frame_support::traits::Get;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use syndic_primitives::{api::runtime_decl_for_pbft_api::PbftApiV2, Parameters, PBFT_KEY_TYPE};
use syndic_runtime::{presets, Block, Runtime, RuntimeCall, VERSION};

fn metadata() -> RuntimeMetadataV15 {
	let opaque = Runtime::metadata_at_version(15).expect("version 15 is supported");
	match RuntimeMetadataPrefixed::decode(&mut &opaque[..]).expect("it decodes").1 {
		RuntimeMetadata::V15(metadata) => metadata,
		_ => panic!("not version 15"),
	}
}

#[test]
fn the_name_and_the_address_format() {
	assert_eq!(VERSION.spec_name, "syndic");
	assert_eq!(<<Runtime as frame_system::Config>::SS58Prefix as Get<u16>>::get(), 42);
	assert_eq!(Runtime::metadata_versions(), [14, 15, 16]);
}

#[test]
fn pallets_keep_their_indices() {
	let pallets: Vec<_> = metadata().pallets.into_iter().map(|pallet| (pallet.index, pallet.name)).collect();
	let expected = [
		(0, "System"),
		(1, "Timestamp"),
		(2, "Balances"),
		(3, "TransactionPayment"),
		(4, "Utility"),
		(5, "Sudo"),
		(6, "Board"),
		(7, "Proxy"),
		(8, "Multisig"),
		(9, "Scheduler"),
		(10, "Builtin"),
		(11, "Identity"),
		(12, "Validators"),
		(13, "ConsensusConfig"),
		(14, "Supervision"),
		(15, "Nodes"),
		(16, "Recovery"),
		(17, "Classes"),
		(18, "Privacy"),
	];
	assert_eq!(pallets, expected.map(|(index, name)| (index, name.to_string())));
}

#[test]
fn calls_keep_their_indices() {
	let validator = syndic_primitives::ValidatorId::from(Ed25519Keyring::Alice.public());
	let changes = pallet_consensus_config::ParameterChanges::default();
	let signature = Ed25519Keyring::Alice.sign(b"").into();
	let (height, block_hash) = (Default::default(), Default::default());
	let account = || Sr25519Keyring::Alice.to_account_id();
	let certificate = syndic_x509::Fingerprint([0; 32]);
	let (institution, chain, proof, consent) = (0, vec![], vec![], None);
	let enrol = pallet_identity::Call::enrol { account: account(), institution, chain, signed_at: 0, proof, consent };
	let (name, roots, kind) = (vec![], vec![], pallet_identity::types::Kind::Bank);
	let address = syndic_primitives::builtin::address(0x1003);
	let node = || (None, vec![]);
	let key = || validator.clone();
	let ((peer, addresses), proof_of_key) = (node(), Ed25519Keyring::Alice.sign(b"").into());
	let register =
		pallet_validators::Call::register_validator { validator: key(), proof: proof_of_key, peer, addresses };
	let (peer, addresses) = node();
	let update = pallet_validators::Call::update_node { validator: key(), peer, addresses };
	let (peer_id, addresses, node) = (|| vec![], || vec![], pallet_nodes::Kind::Observer);
	let subject = || pallet_supervision::Subject::Institution(0);
	let class = || syndic_primitives::ClassId(1);
	let set_class = pallet_classes::Call::set_class {
		class: class(),
		name: vec![],
		share: 0,
		priority: 0,
		max_size: 0,
		assurance: Default::default(),
		members: None,
	};
	let inner = Box::new(frame_system::Call::remark { remark: vec![] }.into());
	let (encryption_key, possession) = (syndic_envelope::PublicKey([0; 32]), syndic_envelope::Possession([0; 64]));
	let (commitment, place) = (sp_core::H256::zero(), syndic_envelope::Place::Recipient(0));
	let wrap = syndic_envelope::Wrap { enc: [0; 32], sealed: [0; 48] };
	let dh = syndic_envelope::DhProof { dh: [0; 32], challenge: [0; 32], response: [0; 32] };
	let send = pallet_privacy::Call::send {
		commitment,
		ciphertext_hash: commitment,
		ciphertext_len: 0,
		key_point: syndic_envelope::Point([0; 32]),
		recipients: vec![],
		panels: vec![],
	};
	let request = pallet_privacy::Call::request_disclosure { commitment, panel: 0, case: 0, ground: vec![], until: 0 };
	let calls: [(RuntimeCall, [u8; 2]); 57] = [
		(pallet_builtin::Call::call { address, payload: vec![] }.into(), [10, 0]),
		(pallet_builtin::Call::suspend { address }.into(), [10, 1]),
		(pallet_builtin::Call::resume { address }.into(), [10, 2]),
		(pallet_builtin::Call::authorize_upgrade { code_hash: Default::default() }.into(), [10, 3]),
		(pallet_identity::Call::admit_institution { name, kind, roots, quota: 0 }.into(), [11, 0]),
		(pallet_identity::Call::suspend_institution { institution }.into(), [11, 1]),
		(pallet_identity::Call::resume_institution { institution }.into(), [11, 2]),
		(pallet_identity::Call::remove_institution { institution }.into(), [11, 3]),
		(pallet_identity::Call::set_quota { institution, quota: 0 }.into(), [11, 4]),
		(pallet_identity::Call::add_root { institution, root: vec![] }.into(), [11, 5]),
		(pallet_identity::Call::remove_root { institution, root: certificate }.into(), [11, 6]),
		(enrol.into(), [11, 7]),
		(pallet_identity::Call::revoke_certificate { institution, certificate }.into(), [11, 8]),
		(pallet_identity::Call::revoke_identity { account: account() }.into(), [11, 9]),
		(pallet_identity::Call::leave {}.into(), [11, 10]),
		(pallet_identity::Call::clean_up { account: account() }.into(), [11, 11]),
		(pallet_identity::Call::set_encryption_key { key: encryption_key, proof: possession }.into(), [11, 12]),
		(pallet_identity::Call::revoke_encryption_key { version: 1 }.into(), [11, 13]),
		(pallet_validators::Call::add_validator { validator: validator.clone(), at: None }.into(), [12, 0]),
		(pallet_validators::Call::remove_validator { validator: validator.clone(), at: None }.into(), [12, 1]),
		(pallet_validators::Call::cancel_change {}.into(), [12, 2]),
		(register.into(), [12, 6]),
		(update.into(), [12, 7]),
		(pallet_validators::Call::deregister_validator { validator: key() }.into(), [12, 8]),
		(pallet_validators::Call::leave { validator: key() }.into(), [12, 9]),
		(pallet_validators::Call::suspend_validator { validator: key() }.into(), [12, 10]),
		(pallet_validators::Call::resume_validator { validator: key() }.into(), [12, 11]),
		(pallet_validators::Call::set_beneficiary { validator: key(), account: account() }.into(), [12, 12]),
		(pallet_validators::Call::declare_ready { validator: key(), height, block_hash, signature }.into(), [12, 3]),
		(pallet_consensus_config::Call::change { changes, at: None }.into(), [13, 0]),
		(pallet_consensus_config::Call::cancel { at: 0 }.into(), [13, 1]),
		(pallet_supervision::Call::open_case { ground: vec![], until: 0 }.into(), [14, 0]),
		(pallet_supervision::Call::close_case { case: 0, outcome: vec![] }.into(), [14, 1]),
		(pallet_supervision::Call::freeze { case: 0, subject: subject(), ground: vec![], until: 0 }.into(), [14, 2]),
		(pallet_supervision::Call::release { subject: subject(), ground: vec![] }.into(), [14, 3]),
		(pallet_supervision::Call::appeal { subject: subject(), reason: vec![] }.into(), [14, 4]),
		(pallet_supervision::Call::decide_appeal { subject: subject(), lift: true, ground: vec![] }.into(), [14, 5]),
		(pallet_supervision::Call::set_large_transfer { amount: 0, ground: vec![] }.into(), [14, 6]),
		(pallet_nodes::Call::register_node { peer_id: peer_id(), kind: node, addresses: addresses() }.into(), [15, 0]),
		(pallet_nodes::Call::remove_node { peer_id: peer_id() }.into(), [15, 1]),
		(
			pallet_nodes::Call::board_register_node {
				institution,
				peer_id: peer_id(),
				kind: node,
				addresses: addresses(),
			}
			.into(),
			[15, 2],
		),
		(pallet_nodes::Call::board_remove_node { peer_id: peer_id() }.into(), [15, 3]),
		(pallet_nodes::Call::set_enforced { enforced: true }.into(), [15, 4]),
		(set_class.into(), [17, 0]),
		(pallet_classes::Call::remove_class { class: class() }.into(), [17, 1]),
		(pallet_classes::Call::map_call { call: (0, 0), class: class() }.into(), [17, 2]),
		(pallet_classes::Call::unmap_call { call: (0, 0) }.into(), [17, 3]),
		(pallet_classes::Call::with_class { class: class(), call: inner }.into(), [17, 4]),
		(pallet_privacy::Call::set_panel { regulator: 0, officers: vec![], threshold: 2 }.into(), [18, 0]),
		(pallet_privacy::Call::set_remit { institution, panel: 0 }.into(), [18, 1]),
		(send.into(), [18, 2]),
		(request.into(), [18, 3]),
		(pallet_privacy::Call::approve_disclosure { request: 0 }.into(), [18, 4]),
		(pallet_privacy::Call::release_share { request: 0, wrap }.into(), [18, 5]),
		(pallet_privacy::Call::accuse_wrap { commitment, place, proof: dh }.into(), [18, 6]),
		(pallet_privacy::Call::accuse_payload { commitment, secret: [0; 32], ciphertext: vec![] }.into(), [18, 7]),
		(pallet_privacy::Call::reinstate { institution }.into(), [18, 8]),
	];
	for (call, index) in calls {
		assert_eq!(call.encode()[..2], index, "{call:?}");
	}
}

#[test]
fn the_transaction_extensions_are_the_standard_ones_and_three_that_add_nothing() {
	let extensions = metadata().extrinsic.signed_extensions;
	let names: Vec<_> = extensions.iter().map(|extension| extension.identifier.as_str()).collect();
	let expected = [
		"CheckNonZeroSender",
		"CheckSpecVersion",
		"CheckTxVersion",
		"CheckGenesis",
		"CheckMortality",
		"CheckIdentity",
		"CheckFreeze",
		"CheckClass",
		"CheckNonce",
		"CheckWeight",
		"ChargeTransactionPayment",
		"CheckMetadataHash",
	];
	assert_eq!(names, expected);
	let metadata = metadata();
	let names = ["CheckIdentity", "CheckFreeze", "CheckClass"];
	let ours = extensions.iter().filter(|extension| names.contains(&&*extension.identifier));
	for ty in ours.flat_map(|extension| [extension.ty, extension.additional_signed]) {
		let ty = metadata.types.resolve(ty.id).expect("it is registered");
		let empty = match &ty.type_def {
			scale_info::TypeDef::Tuple(tuple) => tuple.fields.is_empty(),
			scale_info::TypeDef::Composite(composite) => composite.fields.iter().all(|field| {
				let field = metadata.types.resolve(field.ty.id).expect("it is registered");
				field.path.segments.last().is_some_and(|name| name == "PhantomData")
			}),
			_ => false,
		};
		assert!(empty, "{ty:?}");
	}
}

/// The wrapper of the charging extension has the same metadata and encoding as the standard extension.
#[test]
fn a_tip_is_encoded_as_ever() {
	let metadata = metadata();
	let extensions = &metadata.extrinsic.signed_extensions;
	let charge =
		extensions.iter().find(|extension| extension.identifier == "ChargeTransactionPayment").expect("it is there");
	let ty = metadata.types.resolve(charge.ty.id).expect("it is registered");
	assert_eq!(ty.path.segments, ["pallet_transaction_payment", "ChargeTransactionPayment"]);
	let standard = pallet_transaction_payment::ChargeTransactionPayment::<Runtime>::from(12_345);
	assert_eq!(syndic_runtime::payment::ChargePayment::from(12_345).encode(), standard.encode());
}

#[test]
fn the_runtime_apis_that_nodes_and_libraries_call() {
	let apis: Vec<_> = metadata().apis.into_iter().map(|api| api.name).collect();
	for name in [
		"Core",
		"Metadata",
		"BlockBuilder",
		"TaggedTransactionQueue",
		"OffchainWorkerApi",
		"SessionKeys",
		"AccountNonceApi",
		"TransactionPaymentApi",
		"TransactionPaymentCallApi",
		"GenesisBuilder",
		"PbftApi",
		"ValidatorsApi",
		"BuiltinApi",
		"NodesApi",
		"ClassesApi",
		"PrivacyApi",
	] {
		assert!(apis.iter().any(|api| api == name), "{name} is not among {apis:?}");
	}
}

#[test]
fn every_error_and_event_of_ours_is_documented() {
	let metadata = metadata();
	for pallet in metadata.pallets.iter().filter(|pallet| pallet.index >= 10) {
		let types = pallet.error.iter().map(|error| error.ty.id).chain(pallet.event.iter().map(|event| event.ty.id));
		for id in types.chain(pallet.calls.iter().map(|calls| calls.ty.id)) {
			let ty = metadata.types.resolve(id).expect("it is registered");
			let scale_info::TypeDef::Variant(variants) = &ty.type_def else { panic!("{ty:?}") };
			for variant in &variants.variants {
				assert!(!variant.docs.is_empty(), "{}: {} is not documented", pallet.name, variant.name);
			}
		}
	}
}

#[test]
fn the_consensus_api_answers_from_the_state() {
	let mut chain = crate::common::Chain::new(presets::LOCAL);
	chain.query(|| {
		type Api = Runtime;
		let set = <Api as PbftApiV2<Block>>::validator_set();
		assert_eq!((set.id().get(), set.since().get(), set.size(), set.quorum()), (0, 1, 4, 3));
		assert_eq!(<Api as PbftApiV2<Block>>::scheduled_set(), None);
		assert_eq!(<Api as PbftApiV2<Block>>::parameters(), Parameters::default());
		assert_eq!(<Api as PbftApiV2<Block>>::scheduled_parameters(), []);
	});
}

#[test]
fn the_registered_validators_are_told_with_their_status() {
	use syndic_primitives::{api::runtime_decl_for_validators_api::ValidatorsApiV1, Status};
	use syndic_runtime::AccountId;
	let mut chain = crate::common::Chain::new(presets::LOCAL);
	chain.query(|| {
		let mut all = <Runtime as ValidatorsApiV1<Block, AccountId>>::registrations();
		all.sort_by_key(|registered| registered.institution);
		let bob = &all[1];
		assert_eq!(
			(all.len(), bob.status, bob.account.clone()),
			(4, Status::Active, Sr25519Keyring::Bob.to_account_id())
		);
		let peer = bob.peer.as_ref().expect("its node is known").to_string();
		assert_eq!(peer, "12D3KooWHdiAxVd8uMQR1hGWXccidmfCwLqcMpGwR6QcTP6QRMuD");
		let status_of =
			|key: Ed25519Keyring| <Runtime as ValidatorsApiV1<Block, AccountId>>::status_of(key.public().into());
		assert_eq!(status_of(Ed25519Keyring::Bob), Some(Status::Active));
		assert_eq!(status_of(Ed25519Keyring::Eve), None);
	});
}

#[test]
fn session_keys_are_the_consensus_key() {
	use sp_session::runtime_decl_for_session_keys::SessionKeysV2;
	let key = Ed25519Keyring::Alice.public();
	let decoded = <Runtime as SessionKeysV2<Block>>::decode_session_keys(key.0.to_vec());
	assert_eq!(decoded, Some(vec![(key.0.to_vec(), PBFT_KEY_TYPE)]));
	assert_eq!(<Runtime as SessionKeysV2<Block>>::decode_session_keys(vec![1; 31]), None);
}

#[test]
fn fee_queries_are_answered() {
	use pallet_transaction_payment_rpc_runtime_api::runtime_decl_for_transaction_payment_call_api::TransactionPaymentCallApiV3;
	let mut chain = crate::common::Chain::new(presets::LOCAL);
	chain.block([]);
	chain.query(|| {
		let dest = Sr25519Keyring::Bob.to_account_id().into();
		let call: RuntimeCall = pallet_balances::Call::transfer_allow_death { dest, value: 1 }.into();
		let length = call.encoded_size() as u32;
		let info = <Runtime as TransactionPaymentCallApiV3<Block, u128, RuntimeCall>>::query_call_info(call, length);
		assert_eq!(info.partial_fee, 0, "quotas take the place of fees");
		assert!(info.weight.ref_time() > 0);
	});
}
