//! An invariant that cannot fire is worth nothing. Here each invariant on what a node says and keeps is made to fire.

use syndic_pbft::{Keys, Message, PreparedBlock, Record, SignedViewChange, ViewChange};
use syndic_primitives::{
	block::Header, BlockHash, Certificate, Dissemination, Height, Phase, Rules, SetId, SignedVote, SignerIndex,
	VerifiedCertificate, View, Vote,
};
use syndic_simulator::{
	audit::Audit,
	blocks::{genesis, Blocks},
	dice::Dice,
	invariant::{without_panic, Checker, Invariant, Violation},
	keys::{key, ToyKeys},
	network::Weather,
	profile::Circumstances,
	run::verdict,
	world::World,
};

fn block(n: u8) -> BlockHash {
	BlockHash::repeat_byte(n)
}

fn signed(signer: u16, phase: Phase, height: u32, view: u32, block_hash: BlockHash) -> SignedVote {
	let vote = Vote { set_id: SetId(0), height: Height(height), view: View(view), phase, block_hash };
	let keys = ToyKeys(Some(key(signer.into())));
	SignedVote { vote, signer: SignerIndex(signer), signature: keys.sign(&vote.payload(&genesis())).unwrap() }
}

fn certificate(phase: Phase, height: u32, view: u32, block_hash: BlockHash) -> Certificate {
	let votes: Vec<_> = (0..3).map(|signer| signed(signer, phase, height, view, block_hash)).collect();
	Certificate { vote: votes[0].vote, signatures: votes.into_iter().map(|v| (v.signer, v.signature)).collect() }
}

fn locked(certificate: Certificate) -> Record {
	// The checker does not look at the header.
	let header = Header {
		parent_hash: genesis(),
		number: certificate.height().0,
		state_root: genesis(),
		extrinsics_root: genesis(),
		digest: Default::default(),
	};
	Record::Locked(PreparedBlock { certificate, header })
}

fn voted(phase: Phase, height: u32, view: u32, block_hash: BlockHash) -> Record {
	Record::Voted { set_id: SetId(0), height: Height(height), view: View(view), phase, block_hash }
}

fn rules() -> Rules {
	Blocks::new(4, Default::default(), 1, Dissemination::Broadcast).rules(Height(1))
}

fn finalise(checker: &mut Checker, node: usize, certificate: Certificate, valid: bool) -> Result<(), Violation> {
	checker.finalised(node, &VerifiedCertificate::from_verified_votes(certificate), &rules(), valid)
}

#[track_caller]
fn fires(result: Result<(), Violation>, invariant: Invariant) {
	assert_eq!(result.map_err(|violation| violation.invariant), Err(invariant));
}

#[test]
fn what_is_right_passes() {
	let mut checker = Checker::default();
	for phase in [Phase::Prepare, Phase::Commit] {
		if phase == Phase::Commit {
			checker.durable(0, &locked(certificate(Phase::Prepare, 1, 0, block(1)))).unwrap();
		}
		checker.durable(0, &voted(phase, 1, 0, block(1))).unwrap();
		checker.sent(0, &Message::Vote(signed(0, phase, 1, 0, block(1)))).unwrap();
	}
	for node in 0..4 {
		finalise(&mut checker, node, certificate(Phase::Commit, 1, 0, block(1)), true).unwrap();
	}
	assert_eq!(checker.highest(), Height(1));
	checker.holds(0, 10, 10).unwrap();
}

#[test]
fn two_blocks_at_one_height() {
	let mut checker = Checker::default();
	finalise(&mut checker, 0, certificate(Phase::Commit, 1, 0, block(1)), true).unwrap();
	let other = finalise(&mut checker, 1, certificate(Phase::Commit, 1, 1, block(2)), true);
	fires(other, Invariant::OneCertificatePerHeight);
	let mut checker = Checker::default();
	checker.durable(0, &Record::Committed(certificate(Phase::Commit, 1, 0, block(1)))).unwrap();
	let other = checker.durable(1, &Record::Committed(certificate(Phase::Commit, 1, 1, block(2))));
	fires(other, Invariant::OneCertificatePerHeight);
}

#[test]
fn a_height_left_out() {
	let mut checker = Checker::default();
	fires(finalise(&mut checker, 0, certificate(Phase::Commit, 2, 0, block(1)), true), Invariant::HeightOrder);
}

#[test]
fn a_block_that_does_not_execute() {
	let mut checker = Checker::default();
	fires(finalise(&mut checker, 0, certificate(Phase::Commit, 1, 0, block(1)), false), Invariant::Validity);
}

#[test]
fn certificates_that_do_not_verify() {
	type Change = fn(&mut Certificate);
	let cases: [(&str, Change); 4] = [
		("a signature too few", |c| c.signatures.truncate(2)),
		("a signer counted twice", |c| c.signatures[2] = c.signatures[1].clone()),
		("signed in another view", |c| c.vote.view = View(1)),
		("prepares, not commits", |c| *c = certificate(Phase::Prepare, 1, 0, block(1))),
	];
	for (name, change) in cases {
		let mut certificate = certificate(Phase::Commit, 1, 0, block(1));
		change(&mut certificate);
		let result = finalise(&mut Checker::default(), 0, certificate, true);
		assert_eq!(result.map_err(|v| v.invariant), Err(Invariant::CertificateVerifies), "{name}");
	}
}

#[test]
fn what_is_not_durable() {
	let mut checker = Checker::default();
	let vote = Message::Vote(signed(0, Phase::Prepare, 1, 0, block(1)));
	fires(checker.sent(0, &vote), Invariant::DurableBeforeSent);
	// A record on another node's disk does not count.
	checker.durable(1, &voted(Phase::Prepare, 1, 0, block(1))).unwrap();
	fires(checker.sent(0, &vote), Invariant::DurableBeforeSent);
	// A commit without its lock.
	checker.durable(0, &voted(Phase::Commit, 1, 0, block(1))).unwrap();
	fires(checker.sent(0, &Message::Vote(signed(0, Phase::Commit, 1, 0, block(1)))), Invariant::DurableBeforeSent);
	let view_change = ViewChange { set_id: SetId(0), new_view: View(1), committed: None, prepared: vec![] };
	let signature = ToyKeys(Some(key(0))).sign(&view_change.payload(&genesis())).unwrap();
	let message = Message::ViewChange(SignedViewChange { view_change, signer: SignerIndex(0), signature });
	fires(checker.sent(0, &message), Invariant::DurableBeforeSent);
}

#[test]
fn two_votes_at_one_place() {
	let mut checker = Checker::default();
	for n in [1, 2] {
		checker.durable(0, &voted(Phase::Prepare, 1, 0, block(n))).unwrap();
	}
	checker.sent(0, &Message::Vote(signed(0, Phase::Prepare, 1, 0, block(1)))).unwrap();
	fires(checker.sent(0, &Message::Vote(signed(0, Phase::Prepare, 1, 0, block(2)))), Invariant::SingleVote);
}

#[test]
fn locks_that_give_way() {
	let mut checker = Checker::default();
	checker.durable(0, &locked(certificate(Phase::Prepare, 1, 1, block(1)))).unwrap();
	// A lock does not give way to a certificate of a lower view, or of the same one.
	for view in [0, 1] {
		let lower = locked(certificate(Phase::Prepare, 1, view, block(2)));
		fires(checker.clone().durable(0, &lower), Invariant::LockDiscipline);
	}
	// A lock does not give way to a vote in a view that was not entered.
	checker.durable(0, &voted(Phase::Prepare, 1, 2, block(2))).unwrap();
	let vote = Message::Vote(signed(0, Phase::Prepare, 1, 2, block(2)));
	fires(checker.sent(0, &vote), Invariant::LockDiscipline);
	checker.durable(0, &Record::View { set_id: SetId(0), view: View(2), entered: true }).unwrap();
	checker.sent(0, &vote).unwrap();
}

/// A height is not voted on before the height below it is, in the same view, or is decided.
#[test]
fn a_gap_in_the_window() {
	let mut checker = Checker::default();
	let say = |checker: &mut Checker, phase, height, view| {
		checker.durable(0, &voted(phase, height, view, block(1))).unwrap();
		checker.sent(0, &Message::Vote(signed(0, phase, height, view, block(1))))
	};
	say(&mut checker, Phase::Prepare, 1, 0).unwrap();
	say(&mut checker, Phase::Prepare, 2, 0).unwrap();
	fires(say(&mut checker, Phase::Prepare, 3, 1), Invariant::WindowOrder);
	fires(say(&mut checker, Phase::Prepare, 4, 0), Invariant::WindowOrder);
	checker.durable(0, &locked(certificate(Phase::Prepare, 2, 0, block(1)))).unwrap();
	fires(say(&mut checker, Phase::Commit, 2, 0), Invariant::WindowOrder);
	checker.durable(0, &Record::Committed(certificate(Phase::Commit, 1, 0, block(1)))).unwrap();
	say(&mut checker, Phase::Commit, 2, 0).unwrap();
}

#[test]
fn a_machine_that_holds_too_much() {
	fires(Checker::default().holds(0, 11, 10), Invariant::Bounded);
}

#[test]
fn a_panic_is_a_violation_and_not_the_end_of_a_run() {
	fires(without_panic(|| panic!("height {} overflows", u32::MAX)), Invariant::NoPanic);
	fires(without_panic(|| panic!("plain words")), Invariant::NoPanic);
	assert_eq!(without_panic(|| Ok(())), Ok(()));
}

/// Six seconds of four validators without other faults. `gone` are down from the middle on, `absent` after healing.
fn four(absent: usize, gone: usize) -> Result<(), Violation> {
	let circumstances = Circumstances {
		weather: Weather::calm(),
		cuts: 0,
		crashes: 0,
		pauses: 0,
		rolling: false,
		disk: 1_000,
		skew: 0,
		byzantine: Vec::new(),
		gone,
		absent,
		set_changes: false,
		far: 0,
		depth: 1,
		dissemination: Dissemination::Broadcast,
		fault_phase: 6_000_000,
	};
	verdict(&mut World::under(4, circumstances, Dice::new(1), Audit::default()), 4)
}

/// Two of four stay down when the network heals, which is one more than the protocol tolerates.
#[test]
fn a_network_that_does_not_go_on() {
	assert_eq!(four(1, 0), Ok(()));
	fires(four(2, 0), Invariant::Progress);
}

/// With one of four gone there still is a quorum, so that the chain goes on where the check expects it to stall.
#[test]
fn a_network_that_goes_on_when_it_should_not() {
	assert_eq!(four(0, 2), Ok(()));
	fires(four(0, 1), Invariant::StallWithoutQuorum);
}
