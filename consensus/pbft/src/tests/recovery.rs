//! Crashes: votes, locks, views and commits in the log keep their effect in every life of the process.

use super::{net::Net, *};
use crate::{Input, Message, Note, Output, TimerKind};

fn voted(phase: Phase, height: u32, view: u32, block_hash: BlockHash) -> Record {
	Record::Voted { set_id: SetId(0), height: Height(height), view: View(view), phase, block_hash }
}

fn words(out: &[Output]) -> Vec<&'static str> {
	out.iter().filter_map(|o| if let Output::Broadcast(m) = o { Some(m.name()) } else { None }).collect()
}

#[test]
fn a_prepare_is_not_given_to_another_block_after_a_crash() {
	let (mut machine, _) = machine(0, 4, vec![voted(Phase::Prepare, 1, 0, block(7))]);
	machine.handle(Input::Message(Message::PrePrepare(vote(1, Phase::PrePrepare, 1, 0, block(8)))));
	let out = machine.handle(judged(block(8), true));
	assert_eq!(words(&out), Vec::<&str>::new());
	let note = Note::VoteWithheld { height: Height(1), view: View(0), phase: Phase::Prepare };
	assert!(out.contains(&Output::Note(note.clone())), "{out:?}");
	let out = machine.handle(Input::Work(true));
	assert!(!out.contains(&Output::Note(note)), "said once");
}

#[test]
fn the_same_vote_is_said_again_and_not_written_again() {
	let (mut machine, _) = machine(0, 4, vec![voted(Phase::Prepare, 1, 0, block(7))]);
	machine.handle(Input::Message(Message::PrePrepare(vote(1, Phase::PrePrepare, 1, 0, block(7)))));
	let out = machine.handle(judged(block(7), true));
	assert_eq!(words(&out), vec!["prepare"]);
	assert!(!out.iter().any(|o| matches!(o, Output::Persist(_))), "{out:?}");
}

#[test]
fn a_leader_proposes_its_old_block_and_builds_no_new_one() {
	let (mut machine, out) = machine(1, 4, vec![voted(Phase::PrePrepare, 1, 0, block(7))]);
	let work = machine.handle(Input::Work(true));
	let builds = |out: &[Output]| out.iter().any(|o| matches!(o, Output::Build { .. }));
	assert!(!builds(&out) && !builds(&work));
	assert!(out.iter().any(|o| matches!(o, Output::Validate { block_hash, .. } if *block_hash == block(7))));
	let out = machine.handle(judged(block(7), true));
	assert_eq!(words(&out), vec!["pre-prepare", "prepare"]);
}

#[test]
fn a_view_that_was_left_stays_left() {
	let left = Record::View { set_id: SetId(0), view: View(3), entered: false };
	let (mut machine, out) = machine(0, 4, vec![left]);
	assert_eq!(words(&out), vec!["view-change"]);
	machine.handle(Input::Message(Message::PrePrepare(vote(1, Phase::PrePrepare, 1, 0, block(7)))));
	let out = machine.handle(judged(block(7), true));
	assert_eq!(words(&out), Vec::<&str>::new());
}

#[test]
fn a_lock_is_reported_after_a_crash() {
	let lock = certificate(&[0, 1, 2], Phase::Prepare, 1, 0, block(7));
	let older = certificate(&[0, 1, 2], Phase::Prepare, 1, 0, block(7));
	let records = vec![Record::Locked(prepared(older)), Record::Locked(prepared(lock.clone()))];
	let (mut machine, _) = machine(0, 4, records);
	(1..4).for_each(|i| drop(machine.handle(Input::PeerConnected(key(i)))));
	machine.handle(Input::Work(true));
	let out = machine.handle(Input::Timer(crate::Timer::Progress(Height(1), View(0))));
	let report = out.iter().find_map(|o| match o {
		Output::Broadcast(Message::ViewChange(m)) => Some(m.view_change.prepared.clone()),
		_ => None,
	});
	assert_eq!(report, Some(vec![prepared(lock)]));
}

/// Two blocks can be prepared in one view only if more members are faulty than a set tolerates. Even then a validator
/// sends a commit only for the block that it is locked on.
#[test]
fn nothing_is_committed_against_a_lock_of_the_same_view() {
	let lock = certificate(&[0, 1, 2], Phase::Prepare, 1, 0, block(7));
	let (mut machine, _) = machine(0, 4, vec![Record::Locked(prepared(lock))]);
	machine.handle(Input::Message(Message::PrePrepare(vote(1, Phase::PrePrepare, 1, 0, block(8)))));
	machine.handle(judged(block(8), true));
	let prepares = certificate(&[1, 2, 3], Phase::Prepare, 1, 0, block(8));
	let out = machine.handle(Input::Message(Message::Prepared(prepares)));
	assert_eq!(words(&out), Vec::<&str>::new());
	assert_eq!(machine.status().locked, Some((View(0), block(7))));
}

/// The database lost blocks that the log knows to be committed: nothing new is signed at their heights.
#[test]
fn nothing_new_is_signed_below_the_logs_watermark() {
	let committed = Record::Committed(certificate(&[0, 1, 2], Phase::Commit, 2, 0, block(6)));
	let (mut machine, _) = machine(0, 4, vec![voted(Phase::Commit, 1, 0, block(5)), committed]);
	machine.handle(Input::Message(Message::PrePrepare(vote(1, Phase::PrePrepare, 1, 0, block(9)))));
	let out = machine.handle(judged(block(9), true));
	assert_eq!(words(&out), Vec::<&str>::new(), "{out:?}");
}

/// A view-change that would report less than the log knows is not sent.
#[test]
fn no_report_below_the_logs_watermark() {
	let committed = |height| certificate(&[0, 1, 2], Phase::Commit, height, 0, block(6));
	let left = Record::View { set_id: SetId(0), view: View(1), entered: false };
	let (mut machine, out) = machine(0, 4, vec![Record::Committed(committed(2)), left]);
	assert_eq!(words(&out), Vec::<&str>::new());
	let mut finalise = |h| machine.handle(finalised(VerifiedCertificate::from_verified_votes(committed(h)), rules(4)));
	assert_eq!(words(&finalise(1)), Vec::<&str>::new());
	assert_eq!(words(&finalise(2)), vec!["view-change"]);
}

fn voted_in(set: u64, height: u32) -> Record {
	Record::Voted {
		set_id: SetId(set),
		height: Height(height),
		view: View(0),
		phase: Phase::Prepare,
		block_hash: block(7),
	}
}

/// The database fell back behind a change of set: the votes signed in the later set count again when that set comes
/// into force.
#[test]
fn records_of_a_later_set_wait_for_it() {
	let left = Record::View { set_id: SetId(1), view: View(5), entered: false };
	let (mut machine, _) = machine(0, 4, vec![voted_in(1, 2), left]);
	assert!(machine.voted.is_empty());
	assert_eq!(machine.view, View(0));
	let proof = VerifiedCertificate::from_verified_votes(certificate(&[1, 2, 3], Phase::Commit, 1, 0, block(6)));
	machine.handle(finalised(proof, rules_of(SetId(1), Height(2), (0..4).map(key).collect())));
	assert_eq!(machine.voted.len(), 1);
	assert_eq!((machine.view, machine.changing), (View(5), true));
}

#[test]
fn records_of_an_earlier_set_mean_nothing() {
	let (machine, _) = Machine::new(Config {
		genesis: genesis(),
		keys: Toy(Some(key(0))),
		committed: (Height(1), block(6), None),
		rules: rules_of(SetId(1), Height(2), (0..4).map(key).collect()),
		records: vec![voted_in(0, 2), Record::View { set_id: SetId(0), view: View(5), entered: true }],
	});
	assert!(machine.voted.is_empty() && machine.memory.is_empty());
	assert_eq!(machine.view, View(0));
}

/// Crashes one node after each of its records, restarts it, and lets the network continue. The harness fails on any
/// second vote and on any fork.
#[test]
fn crashes_between_any_two_records() {
	for cut in 0..24 {
		let mut net = Net::new(4);
		while net.nodes[2].log.len() < cut && !net.queue.is_empty() {
			net.deliver(1);
		}
		let committed = net.nodes[2].chain.len();
		net.crash(2);
		net.start(2);
		net.sync(2);
		for _ in 0..20 {
			net.deliver(200);
			if net.nodes.iter().all(|n| n.chain.len() >= committed + 3) {
				break;
			}
			for i in 0..4 {
				net.fire(i, TimerKind::Resend);
			}
			(0..4).for_each(|i| net.sync(i));
		}
		assert!(net.nodes.iter().all(|n| n.chain.len() >= committed + 3), "cut at {cut}");
	}
}

/// The log holds the certificate of a block that the database lost. No other node may have finalised the block: a node
/// that waits for the others, and whose vote they need, would wait for ever. (Seeds 259 and 1626 of the simulator, four
/// validators.)
#[test]
fn what_the_log_knows_to_be_committed_is_fetched_and_finalised() {
	let committed = certificate(&[1, 2, 3], Phase::Commit, 1, 0, block(6));
	let left = Record::View { set_id: SetId(0), view: View(1), entered: false };
	let (mut machine, out) = machine(0, 4, vec![Record::Committed(committed.clone()), left]);
	let verified = VerifiedCertificate::from_verified_votes(committed);
	let commit = Output::Commit { certificate: verified.clone(), holders: vec![key(1), key(2), key(3)] };
	assert!(out.contains(&commit), "{out:?}");
	assert!(!out.iter().any(|o| matches!(o, Output::Persist(_))), "it is on the disk already: {out:?}");
	// The commit is emitted once; then the machine continues as usual.
	assert_eq!(machine.handle(Input::Work(true)), vec![]);
	assert_eq!(words(&machine.handle(finalised(verified, rules(4)))), vec!["view-change"]);
}

/// The same for several heights; the last one is decided by the next set.
#[test]
fn commits_of_the_log_follow_one_after_the_other() {
	let one = certificate(&[1, 2, 3], Phase::Commit, 1, 0, block(6));
	let two = certificate(&[1, 2, 3], Phase::Commit, 2, 0, block(7));
	let of_another_set = |c: &Certificate| {
		let mut c = c.clone();
		c.vote.set_id = SetId(1);
		c
	};
	let records = [one.clone(), two.clone(), of_another_set(&certificate(&[1, 2, 3], Phase::Commit, 3, 0, block(8)))];
	let (mut machine, out) = machine(0, 4, records.map(Record::Committed).to_vec());
	let commits = |out: &[Output]| {
		let commits =
			out.iter()
				.filter_map(|o| if let Output::Commit { certificate, .. } = o { Some(certificate) } else { None });
		commits.map(|c| c.height().0).collect::<Vec<_>>()
	};
	assert_eq!(commits(&out), [1]);
	let out = machine.handle(finalised(VerifiedCertificate::from_verified_votes(one), rules(4)));
	assert_eq!(commits(&out), [2]);
	// In this chain set 0 decides height 3, so the log's certificate by set 1 has no effect there.
	let out = machine.handle(finalised(VerifiedCertificate::from_verified_votes(two), rules(4)));
	assert_eq!(commits(&out), [0; 0]);
}

/// The log records that a view was entered, but not its new-view. A lock of an earlier view holds until the new-view is
/// received.
#[test]
fn a_lock_holds_in_a_view_whose_proof_was_lost() {
	let lock = Record::Locked(prepared(certificate(&[0, 2, 3], Phase::Prepare, 1, 0, block(7))));
	let entered = Record::View { set_id: SetId(0), view: View(1), entered: true };
	for (proposed, said) in [(block(8), vec![]), (block(7), vec!["prepare"])] {
		let (mut machine, _) = machine(0, 4, vec![lock.clone(), entered.clone()]);
		let leader = machine.status().leader.0;
		machine.handle(Input::Message(Message::PrePrepare(vote(leader, Phase::PrePrepare, 1, 1, proposed))));
		let out = machine.handle(judged(proposed, true));
		assert_eq!(words(&out), said, "{proposed}");
	}
}

/// Sync brought height 1, so the log has no certificate of it, and the database lost the block. A vote at height 2
/// shows that height 1 was final here. No view-change is sent that would report less, and so leave out the lock.
#[test]
fn a_vote_shows_that_the_height_below_was_final() {
	let first = certificate(&[1, 2, 3], Phase::Commit, 1, 0, block(6));
	let header = header(2, block(6), 7);
	let lock = PreparedBlock { certificate: certificate(&[0, 2, 3], Phase::Prepare, 2, 0, header.hash()), header };
	let left = Record::View { set_id: SetId(0), view: View(1), entered: false };
	for records in [
		vec![Record::Locked(lock.clone()), left.clone()],
		vec![voted(Phase::Prepare, 2, 0, lock.block_hash()), Record::Locked(lock.clone()), left],
	] {
		let (mut machine, out) = machine(0, 4, records);
		assert_eq!(words(&out), Vec::<&str>::new());
		let out = machine.handle(finalised(VerifiedCertificate::from_verified_votes(first.clone()), rules(4)));
		let reports = out.iter().find_map(|o| match o {
			Output::Broadcast(Message::ViewChange(m)) => Some(m.view_change.prepared.clone()),
			_ => None,
		});
		assert_eq!(reports, Some(vec![lock.clone()]));
	}
}

/// A crash may lose blocks that sync brought, on all nodes in the same moment: the log has their certificates.
#[test]
fn what_sync_brought_is_written_before_anything_follows_from_it() {
	let commit = VerifiedCertificate::from_verified_votes(certificate(&[1, 2, 3], Phase::Commit, 1, 0, block(7)));
	let record = Output::Persist(Record::Committed(commit.clone().into_inner()));
	let (mut member, _) = machine(0, 4, vec![]);
	let out = member.handle(finalised(commit.clone(), rules(4)));
	assert_eq!(out.first(), Some(&record));
	let (mut follower, _) = machine(9, 4, vec![]);
	let out = follower.handle(finalised(commit.clone(), rules(4)));
	assert!(!out.contains(&record), "who has no vote has no log");
	// A certificate that was decided here is in the log already, and is not written again.
	let (mut member, _) = machine(0, 4, vec![]);
	let out = member.handle(Input::Message(Message::Committed(commit.clone().into_inner())));
	assert!(out.contains(&record));
	let out = member.handle(finalised(commit, rules(4)));
	assert!(!out.contains(&record), "{out:?}");
}
