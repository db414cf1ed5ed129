//! A state in memory, a certificate with real signatures, and every way to damage either.

mod assurance;

use crate::{verify_read, BlockAnswer, MemberAnswer, ReadAnswer, SetAnswer, SetAnswerError, VerifyError};
use codec::Encode;
use serde_json::json;
use sp_core::{Blake2Hasher, Bytes, Hasher, Pair, H256};
use sp_runtime::{generic::Digest, traits::Header as _, StateVersion};
use sp_state_machine::{prove_read, InMemoryBackend};
use std::collections::BTreeMap;
use syndic_primitives::{
	block::Header,
	builtin::{address, KeyHasher},
	crypto::ValidatorPair,
	storage_keys::{item_key, PARAMETERS, VALIDATOR_SET},
	BlockHash, Certificate, CertificateError, Height, Parameters, Phase, SetError, SetId, SignerIndex, ValidatorSet,
	View, Vote,
};

const GENESIS: BlockHash = BlockHash::repeat_byte(0xee);

fn pair(n: u8) -> ValidatorPair {
	ValidatorPair::from_seed(&[n; 32])
}

fn set_of(id: u64, members: [u8; 4]) -> ValidatorSet {
	ValidatorSet::new(SetId(id), Height(1), members.map(|n| pair(n).public()).to_vec()).unwrap()
}

fn set() -> ValidatorSet {
	set_of(2, [1, 2, 3, 4])
}

/// A state with the engine's items, entries of a map, and other entries around them.
fn state() -> InMemoryBackend<Blake2Hasher> {
	let mut top = BTreeMap::new();
	top.insert(VALIDATOR_SET.key().to_vec(), set().encode());
	top.insert(PARAMETERS.key().to_vec(), Parameters::default().encode());
	for n in 0..100u32 {
		let place = [&item_key("Builtin", "Suspended")[..], &KeyHasher::Identity.hash(&n.encode())].concat();
		top.insert(place, (n * 7).encode());
		top.insert(n.encode(), vec![9; 40]);
	}
	InMemoryBackend::from((sp_core::storage::Storage { top, ..Default::default() }, StateVersion::V1))
}

fn header_at(number: u32, state_root: BlockHash) -> Header {
	Header::new(number, Default::default(), state_root, BlockHash::repeat_byte(5), Digest::default())
}

fn certificate(header: &Header, genesis: &BlockHash, phase: Phase, signers: &[u8]) -> Bytes {
	let vote =
		Vote { set_id: SetId(2), height: Height(header.number), view: View(1), phase, block_hash: header.hash() };
	let sign = |n: &u8| (SignerIndex(u16::from(*n) - 1), pair(*n).sign(&vote.payload(genesis)));
	Bytes(Certificate { vote, signatures: signers.iter().map(sign).collect() }.encode())
}

/// The answer of a node for this key of its state after block 12.
fn answer(contract: &str, item: &str, keys: &[Vec<u8>]) -> ReadAnswer {
	let state = state();
	let mut key = item_key(contract, item).to_vec();
	keys.iter().for_each(|part| key.extend(KeyHasher::Identity.hash(part)));
	let header = header_at(12, *state.root());
	let proof = prove_read(state.clone(), [&key[..]]).unwrap();
	let value = sp_state_machine::Backend::storage(&state, &key).unwrap();
	ReadAnswer {
		genesis: GENESIS,
		at: BlockAnswer { height: Height(12), hash: header.hash() },
		address: address(0x1002),
		contract: contract.into(),
		item: item.into(),
		keys: keys.iter().cloned().map(Bytes).collect(),
		key: Bytes(key),
		value: value.map(Bytes),
		proof: Some(proof.into_iter_nodes().map(Bytes).collect()),
		certificate: Some(certificate(&header, &GENESIS, Phase::Commit, &[1, 2, 4])),
		header: Some(Bytes(header.encode())),
	}
}

fn current_set() -> ReadAnswer {
	answer("Validators", "CurrentSet", &[])
}

#[test]
fn a_value_is_proven() {
	let read = verify_read(&GENESIS, &set(), &current_set()).unwrap();
	assert_eq!(read.at, current_set().at);
	assert_eq!((read.contract.as_str(), read.item.as_str(), read.keys.len()), ("Validators", "CurrentSet", 0));
	assert_eq!(read.value, Some(set().encode()));
	assert_eq!(read.certificate.unwrap().view(), View(1));
}

#[test]
fn an_entry_of_a_map_is_proven() {
	let answer = answer("Builtin", "Suspended", &[5u32.encode()]);
	let read = verify_read(&GENESIS, &set(), &answer).unwrap();
	assert_eq!((read.keys, read.value), (vec![5u32.encode()], Some(35u32.encode())));
}

#[test]
fn that_nothing_is_there_is_proven() {
	for answer in [answer("Validators", "ScheduledSet", &[]), answer("Builtin", "Suspended", &[200u32.encode()])] {
		assert_eq!(verify_read(&GENESIS, &set(), &answer).unwrap().value, None);
	}
}

#[test]
fn genesis_needs_no_certificate_but_its_hash() {
	let mut answer = current_set();
	let header = header_at(0, *state().root());
	answer.at = BlockAnswer { height: Height(0), hash: header.hash() };
	answer.header = Some(Bytes(header.encode()));
	answer.certificate = None;
	answer.genesis = header.hash();
	assert_eq!(verify_read(&header.hash(), &set(), &answer).unwrap().value, Some(set().encode()));
	answer.genesis = GENESIS;
	let other = VerifyError::OtherGenesis { found: header.hash(), expected: GENESIS };
	assert_eq!(verify_read(&GENESIS, &set(), &answer), Err(other));
}

#[test]
fn what_is_left_out_is_named() {
	let spoil: [(fn(&mut ReadAnswer), &str); 3] =
		[(|a| a.proof = None, "proof"), (|a| a.header = None, "header"), (|a| a.certificate = None, "certificate")];
	for (spoil, field) in spoil {
		let mut answer = current_set();
		spoil(&mut answer);
		assert_eq!(verify_read(&GENESIS, &set(), &answer), Err(VerifyError::Missing { field }));
	}
}

#[test]
fn every_node_of_the_proof_is_needed_as_it_is() {
	let count = current_set().proof.unwrap().len();
	assert!(count > 2, "there is something to leave out");
	for n in 0..count {
		let mut missing = current_set();
		missing.proof.as_mut().unwrap().remove(n);
		let mut altered = current_set();
		let node = &mut altered.proof.as_mut().unwrap()[n].0;
		*node.last_mut().unwrap() ^= 1;
		for answer in [missing, altered] {
			let error = verify_read(&GENESIS, &set(), &answer).unwrap_err();
			assert!(matches!(error, VerifyError::IncompleteProof { .. }), "node {n}: {error}");
		}
	}
	let mut empty = current_set();
	empty.proof = Some(vec![]);
	let node = *state().root();
	assert_eq!(verify_read(&GENESIS, &set(), &empty), Err(VerifyError::IncompleteProof { node }));
}

#[test]
fn another_value_is_no_proven_one() {
	let values = [None, Some(vec![]), Some(set_of(3, [1, 2, 3, 4]).encode())];
	for value in values {
		let mut answer = current_set();
		answer.value = value.map(Bytes);
		let error = verify_read(&GENESIS, &set(), &answer).unwrap_err();
		assert!(matches!(error, VerifyError::OtherValue { .. }), "{error}");
		assert!(error.to_string().contains("(142 bytes)"), "{error}");
	}
}

#[test]
fn another_key_item_or_contract_is_not_taken_for_the_one_named() {
	let other = |error: &VerifyError| matches!(error, VerifyError::OtherKey { .. });
	let spoil: [fn(&mut ReadAnswer); 5] = [
		// The proof of another item under the name of this one, complete in itself.
		|a| *a = ReadAnswer { item: a.item.clone(), contract: a.contract.clone(), ..super_parameters() },
		|a| a.item = "ScheduledSet".into(),
		|a| a.contract = "Board".into(),
		|a| a.key.0.push(0),
		|a| a.keys = vec![Bytes(vec![1])],
	];
	for (n, spoil) in spoil.into_iter().enumerate() {
		let mut answer = current_set();
		spoil(&mut answer);
		let error = verify_read(&GENESIS, &set(), &answer).unwrap_err();
		assert!(other(&error), "{n}: {error}");
	}
	let mut entry = answer("Builtin", "Suspended", &[5u32.encode()]);
	entry.keys = vec![Bytes(6u32.encode())];
	assert!(other(&verify_read(&GENESIS, &set(), &entry).unwrap_err()));
	// An item that is not on the way of this proof.
	let mut unproven = current_set();
	(unproven.item, unproven.contract) = ("CurrentParameters".into(), "ConsensusConfig".into());
	unproven.key = Bytes(PARAMETERS.key().to_vec());
	let error = verify_read(&GENESIS, &set(), &unproven).unwrap_err();
	assert!(matches!(error, VerifyError::IncompleteProof { .. } | VerifyError::OtherValue { .. }), "{error}");
}

fn super_parameters() -> ReadAnswer {
	answer("ConsensusConfig", "CurrentParameters", &[])
}

#[test]
fn another_header_is_refused() {
	// A header with the same state and another height, which is not the certificate's block.
	let header = header_at(13, *state().root());
	let mut answer = current_set();
	answer.header = Some(Bytes(header.encode()));
	let error = verify_read(&GENESIS, &set(), &answer).unwrap_err();
	assert!(matches!(error, VerifyError::OtherHeader { found_height: Height(13), .. }), "{error}");
	answer.at = BlockAnswer { height: Height(13), hash: header.hash() };
	let error = verify_read(&GENESIS, &set(), &answer).unwrap_err();
	assert!(matches!(error, VerifyError::Certificate(CertificateError::WrongBlock { .. })), "{error}");

	// A header of the right height over another state, without a certificate of its own.
	let forged = header_at(12, BlockHash::repeat_byte(7));
	let mut answer = current_set();
	answer.header = Some(Bytes(forged.encode()));
	answer.at.hash = forged.hash();
	let error = verify_read(&GENESIS, &set(), &answer).unwrap_err();
	assert!(matches!(error, VerifyError::Certificate(CertificateError::WrongBlock { .. })), "{error}");

	let mut longer = current_set();
	longer.header.as_mut().unwrap().0.push(0);
	assert!(matches!(verify_read(&GENESIS, &set(), &longer), Err(VerifyError::Header(_))));
}

#[test]
fn a_certificate_that_is_none_is_refused() {
	use CertificateError::{BadSignature, NoQuorum, WrongPhase, WrongSet};
	let header = header_at(12, *state().root());
	let check = |set: &ValidatorSet, bytes: Bytes| {
		let mut answer = current_set();
		answer.certificate = Some(bytes);
		verify_read(&GENESIS, set, &answer).unwrap_err()
	};
	let good = || current_set().certificate.unwrap();
	let short = certificate(&header, &GENESIS, Phase::Commit, &[1, 2]);
	assert_eq!(check(&set(), short), VerifyError::Certificate(NoQuorum { found: 2, quorum: 3 }));
	let prepared = certificate(&header, &GENESIS, Phase::Prepare, &[1, 2, 3]);
	let wrong_phase = WrongPhase { found: Phase::Prepare, expected: Phase::Commit };
	assert_eq!(check(&set(), prepared), VerifyError::Certificate(wrong_phase));
	let newer = set_of(3, [1, 2, 3, 4]);
	let wrong_set = WrongSet { found: SetId(2), expected: SetId(3) };
	assert_eq!(check(&newer, good()), VerifyError::Certificate(wrong_set));
	let strangers = set_of(2, [5, 6, 7, 8]);
	let bad = VerifyError::Certificate(BadSignature { signer: SignerIndex(0) });
	assert_eq!(check(&strangers, good()), bad);
	// A certificate of another chain, presented as one of this chain.
	let foreign = certificate(&header, &BlockHash::repeat_byte(1), Phase::Commit, &[1, 2, 3]);
	assert_eq!(check(&set(), foreign), bad);
	let mut cut = good();
	cut.0.pop();
	assert!(matches!(check(&set(), cut), VerifyError::Certificate(CertificateError::Malformed(_))));
}

#[test]
fn another_chain_is_named() {
	let expected = BlockHash::repeat_byte(1);
	let error = VerifyError::OtherChain { found: GENESIS, expected };
	assert_eq!(verify_read(&expected, &set(), &current_set()), Err(error));
}

#[test]
fn too_much_is_not_looked_at() {
	let spoil: [(fn(&mut ReadAnswer), &str); 3] = [
		(|a| a.header = Some(Bytes(vec![0; 300_000])), "header"),
		(|a| a.proof = Some(vec![Bytes(vec![0; 1 << 20]); 17]), "proof"),
		(|a| a.keys = vec![Bytes(vec![]); 9], "keys"),
	];
	for (spoil, name) in spoil {
		let mut answer = current_set();
		spoil(&mut answer);
		let error = verify_read(&GENESIS, &set(), &answer).unwrap_err();
		assert!(matches!(error, VerifyError::TooMuch { field, .. } if field == name), "{error}");
	}
}

#[test]
fn nodes_that_are_not_needed_do_no_harm_and_nonsense_no_panic() {
	let mut more = current_set();
	more.proof.as_mut().unwrap().push(Bytes(vec![1, 2, 3]));
	assert!(verify_read(&GENESIS, &set(), &more).is_ok());

	// A root whose bytes are no node.
	let nonsense = vec![0xff; 9];
	let root = Blake2Hasher::hash(&nonsense);
	let header = header_at(12, root);
	let mut answer = current_set();
	answer.at.hash = header.hash();
	answer.certificate = Some(certificate(&header, &GENESIS, Phase::Commit, &[1, 2, 3]));
	answer.header = Some(Bytes(header.encode()));
	answer.proof = Some(vec![Bytes(nonsense)]);
	let error = verify_read(&GENESIS, &set(), &answer).unwrap_err();
	assert!(matches!(error, VerifyError::BadProof(_)), "{error}");
}

#[test]
fn answers_are_the_same_in_json() {
	let answer = current_set();
	let json = serde_json::to_value(&answer).unwrap();
	assert_eq!(json["at"], json!({ "height": 12, "hash": answer.at.hash }));
	assert_eq!(json["address"], json!("0x0000000000000000000000000000000000001002"));
	assert_eq!(json["key"], json!("0x88dcde934c658227ee1dfafcd6e16903b6c79f1d5e57605782e9e8ec5bcb7fa4"));
	assert_eq!(serde_json::from_value::<ReadAnswer>(json).unwrap(), answer);
}

#[test]
fn a_set_is_read_from_what_pbft_validators_answers() {
	let member = |n: u8| json!({ "index": n - 1, "key": H256::from_slice(pair(n).public().as_ref()) });
	let answer = |members: Vec<serde_json::Value>| {
		let json =
			json!({ "at": { "height": 9, "hash": GENESIS }, "setId": 2, "since": 1, "quorum": 3, "members": members });
		serde_json::from_value::<SetAnswer>(json).unwrap()
	};
	assert_eq!(ValidatorSet::try_from(answer((1..=4).map(member).collect())), Ok(set()));
	let swapped = answer(vec![member(2), member(1)]);
	let error = SetAnswerError::OutOfOrder { position: 0, index: SignerIndex(1) };
	assert_eq!(ValidatorSet::try_from(swapped), Err(error));
	assert_eq!(ValidatorSet::try_from(answer(vec![])), Err(SetAnswerError::Set(SetError::Empty)));
	let mut twice = answer(vec![member(1), member(2)]);
	twice.members[1] = MemberAnswer { index: SignerIndex(1), ..twice.members[0] };
	let duplicate = SetError::Duplicate { first: 0, second: 1 };
	assert_eq!(ValidatorSet::try_from(twice), Err(SetAnswerError::Set(duplicate)));
}
