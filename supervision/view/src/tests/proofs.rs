//! The walk from block to block: certificates, headers, proofs, and changes of the set.

use super::*;
use crate::proof::{ProofError, Walk};
use syndic_light::VerifyError;
use syndic_primitives::CertificateError;

fn walk() -> Walk {
	Walk::new(GENESIS, set())
}

fn certificate(error: &ProofError) -> Option<&CertificateError> {
	match error {
		ProofError::Proof(VerifyError::Certificate(error)) => Some(error),
		_ => None,
	}
}

#[test]
fn blocks_are_proven_one_after_the_other() {
	let mut walk = walk();
	for block in chain(&eventful()) {
		let (proven, rows) = walk.block(&block.proof()).unwrap();
		assert_eq!((proven.height.get(), proven.hash), (block.header.number, block.header.hash()));
		assert!(!rows.is_empty());
	}
	assert_eq!(walk.due(), Some(Height(14)));
}

#[test]
fn a_block_that_is_left_out_or_there_twice_is_named() {
	let blocks = chain(&eventful());
	let mut walk = walk();
	walk.block(&blocks[0].proof()).unwrap();
	for (at, found) in [(0, Height(10)), (2, Height(12))] {
		let error = walk.block(&blocks[at].proof()).unwrap_err();
		assert_eq!(error, ProofError::OutOfOrder { expected: Height(11), found });
	}
	// After an error the same block is still due.
	walk.block(&blocks[1].proof()).unwrap();
}

#[test]
fn a_block_of_another_branch_is_refused() {
	let blocks = chain(&eventful());
	let other = Block::new(&Plan::of([]), 11, BlockHash::repeat_byte(1));
	let mut walk = walk();
	walk.block(&blocks[0].proof()).unwrap();
	let error = walk.block(&other.proof()).unwrap_err();
	let expected = blocks[0].header.hash();
	assert_eq!(error, ProofError::OtherParent { height: Height(11), found: BlockHash::repeat_byte(1), expected });
}

#[test]
fn a_header_that_is_another_is_refused() {
	let blocks = chain(&eventful());
	let mut proof = blocks[0].proof();
	proof.header = blocks[1].proof().header;
	assert!(matches!(walk().block(&proof), Err(ProofError::Proof(VerifyError::OtherHeader { .. }))));
	// With its own hash, the changed header is a block that nobody has signed.
	let mut header = blocks[0].header.clone();
	header.state_root = BlockHash::repeat_byte(7);
	let (hash, header) = (header.hash(), Bytes(header.encode()));
	let error = walk().block(&BlockProof { hash, header, ..blocks[0].proof() }).unwrap_err();
	assert!(matches!(certificate(&error), Some(CertificateError::WrongBlock { .. })), "{error}");
}

#[test]
fn a_certificate_that_is_none_is_refused() {
	let refused = |spoil: fn(&mut Certificate)| {
		let mut block = chain(&eventful()).swap_remove(0);
		spoil(&mut block.certificate);
		walk().block(&block.proof()).unwrap_err()
	};
	let error = refused(|certificate| certificate.signatures.truncate(2));
	assert_eq!(certificate(&error), Some(&CertificateError::NoQuorum { found: 2, quorum: 3 }));
	let error = refused(|certificate| certificate.vote.view = View(3));
	assert_eq!(certificate(&error), Some(&CertificateError::BadSignature { signer: SignerIndex(0) }));
	let error = refused(|certificate| certificate.vote.phase = syndic_primitives::Phase::Prepare);
	assert!(matches!(certificate(&error), Some(CertificateError::WrongPhase { .. })), "{error}");
	let mut cut = chain(&eventful())[0].proof();
	cut.certificate.0.pop();
	let error = walk().block(&cut).unwrap_err();
	assert!(matches!(certificate(&error), Some(CertificateError::Malformed(_))), "{error}");
}

#[test]
fn another_set_or_chain_is_refused() {
	let proof = chain(&eventful())[0].proof();
	let error = Walk::new(GENESIS, set_of(3, 1, [1, 2, 3, 4])).block(&proof).unwrap_err();
	assert!(error.is_other_set(), "{error}");
	let error = Walk::new(GENESIS, set_of(2, 1, [5, 6, 7, 8])).block(&proof).unwrap_err();
	assert_eq!(certificate(&error), Some(&CertificateError::BadSignature { signer: SignerIndex(0) }));
	let error = Walk::new(BlockHash::repeat_byte(1), set()).block(&proof).unwrap_err();
	assert_eq!(certificate(&error), Some(&CertificateError::BadSignature { signer: SignerIndex(0) }));
}

#[test]
fn every_node_of_a_proof_is_needed_as_it_is() {
	let proof = chain(&eventful())[0].proof();
	assert!(proof.proof.len() > 3, "there is something to leave out");
	for n in 0..proof.proof.len() {
		let (mut missing, mut altered) = (proof.clone(), proof.clone());
		missing.proof.remove(n);
		*altered.proof[n].0.last_mut().unwrap() ^= 1;
		for spoilt in [missing, altered] {
			let error = walk().block(&spoilt).unwrap_err();
			assert!(matches!(error, ProofError::Proof(VerifyError::IncompleteProof { .. })), "node {n}: {error}");
		}
	}
}

#[test]
fn genesis_has_no_rows() {
	let proof = BlockProof { height: Height(0), ..chain(&eventful())[0].proof() };
	assert_eq!(walk().block(&proof).unwrap_err(), ProofError::Genesis);
}

/// Set 2 decides blocks 10 and 11; block 11 names set 3, which decides from block 12 on.
fn changing() -> Vec<Plan> {
	let newer = set_of(3, 12, [3, 4, 5, 6]);
	let by_newer = || Plan { set: newer.clone(), next_set: newer.clone(), ..Plan::of([]) };
	vec![Plan::of([]), Plan { next_set: newer.clone(), ..Plan::of([]) }, by_newer(), by_newer()]
}

#[test]
fn each_block_proves_the_set_of_the_next_one() {
	let blocks = chain(&changing());
	let mut walk = walk();
	for block in &blocks {
		walk.block(&block.proof()).unwrap();
	}
	// The older set cannot decide block 12, even if the certificate is signed by it.
	let mut plans = changing();
	plans[2].set = set();
	let blocks = chain(&plans);
	let mut walk = self::walk();
	walk.block(&blocks[0].proof()).unwrap();
	walk.block(&blocks[1].proof()).unwrap();
	let error = walk.block(&blocks[2].proof()).unwrap_err();
	let wrong = CertificateError::WrongSet { found: SetId(2), expected: SetId(3) };
	assert_eq!(certificate(&error), Some(&wrong));
}

#[test]
fn a_set_that_an_order_has_put_in_force_has_to_be_known() {
	// Block 12 is decided by set 9, which no state before it names.
	let ordered = set_of(9, 12, [7, 8, 9, 10]);
	let by_order = || Plan { set: ordered.clone(), next_set: ordered.clone(), ..Plan::of([]) };
	let blocks = chain(&[Plan::of([]), Plan::of([]), by_order(), by_order()]);
	let through = |mut walk: Walk| blocks.iter().try_for_each(|block| walk.block(&block.proof()).map(drop));
	let error = through(walk()).unwrap_err();
	assert!(error.is_other_set(), "{error}");
	assert_eq!(through(walk().and(ordered.clone())), Ok(()));
	// A set that is known beforehand is accepted only at the height of its `since`.
	let later = set_of(9, 13, [7, 8, 9, 10]);
	assert!(through(walk().and(later)).unwrap_err().is_other_set());
}
