//! Properties of the pure parts, and of the machine under any order of arrival.

use super::*;
use crate::{
	book::Book,
	new_view::{first_height, reproposals, verify_new_view, Context},
	Message, NewView,
};
use codec::{DecodeAll, Encode};
use proptest::{prelude::*, sample::subsequence};

/// The view in which the blocks of [`committed_block`] were committed.
const COMMITTED_IN: u32 = 5;
/// The view that all members ask for.
const ASKED: u32 = 9;

/// The headers of a chain from above a block up to height `to`. With salt 1 and from genesis the chain is the committed
/// one; other salts yield chains that were never committed.
fn chain_of(salt: u8, above: Option<(u32, BlockHash)>, to: u32) -> Vec<Header> {
	let (mut height, mut parent) = above.unwrap_or((0, genesis()));
	let mut chain = Vec::new();
	while height < to {
		height += 1;
		let header = header(height, parent, salt);
		parent = header.hash();
		chain.push(header);
	}
	chain
}

fn committed_block(height: u32) -> BlockHash {
	chain_of(1, None, height).last().map_or(genesis(), Header::hash)
}

fn locks(chain: Vec<Header>, view: u32, n: u16) -> Vec<PreparedBlock> {
	let signers: Vec<u16> = (0..rules(n).set.quorum() as u16).collect();
	let lock = |header: Header| PreparedBlock {
		certificate: certificate(&signers, Phase::Prepare, header.number, view, header.hash()),
		header,
	};
	chain.into_iter().map(lock).collect()
}

/// The state that one member reports in its view-change.
#[derive(Clone, Debug)]
struct Report {
	/// Number of heights that are final for the member.
	finalised: u32,
	/// Number of further heights at which the member is locked on the committed chain.
	locked: u32,
	/// Number of views between [`COMMITTED_IN`] and the locks: later for the committed chain, earlier for stray blocks.
	later: u32,
	/// Number of further heights, above these, at which the member is locked on blocks that were never committed, in an
	/// earlier view.
	stray: u32,
}

fn report() -> impl Strategy<Value = Report> {
	(0..4u32, 0..4u32, 0..3u32, 0..3u32).prop_map(|(finalised, locked, later, stray)| Report {
		finalised,
		locked,
		later,
		stray,
	})
}

fn say(signer: u16, n: u16, report: &Report) -> SignedViewChange {
	let quorum: Vec<u16> = (0..rules(n).set.quorum() as u16).collect();
	let height = report.finalised;
	let commit = certificate(&quorum, Phase::Commit, height, COMMITTED_IN, committed_block(height));
	let top = height + report.locked;
	let mine = chain_of(1, None, top).split_off(height as usize);
	let mut prepared = locks(mine, COMMITTED_IN + report.later, n);
	let stray = chain_of(2, Some((top, committed_block(top))), top + report.stray);
	prepared.extend(locks(stray, COMMITTED_IN - 1 - report.later, n));
	view_change_of(signer, ASKED, (height > 0).then_some(commit), prepared)
}

fn chosen(reports: &[SignedViewChange], n: u16) -> Vec<(Height, BlockHash)> {
	reproposals(reports.iter().map(|report| &report.view_change), &rules(n).set)
}

/// A quorum of members out of `n`, ascending.
fn quorum_of(n: u16) -> impl Strategy<Value = Vec<u16>> {
	subsequence((0..n).collect::<Vec<_>>(), rules(n).set.quorum())
}

/// The view-changes of a random quorum of a random set, ascending by signer.
fn said() -> impl Strategy<Value = (u16, Vec<SignedViewChange>)> {
	(1..8u16).prop_flat_map(|n| {
		(quorum_of(n), prop::collection::vec(report(), n as usize)).prop_map(move |(signers, reports)| {
			(n, signers.iter().map(|signer| say(*signer, n, &reports[*signer as usize])).collect())
		})
	})
}

/// The correct new-view that follows from these view-changes, signed by its leader.
fn new_view_of(n: u16, view_changes: Vec<SignedViewChange>) -> SignedNewView {
	let set = rules(n).set;
	let height = first_height(view_changes.iter().map(|vc| &vc.view_change), &set);
	let reproposals = chosen(&view_changes, n);
	let new_view = NewView { set_id: SetId(0), view: View(ASKED), view_changes, reproposals };
	let signer = set.leader(height, View(ASKED), 1);
	let mut message = SignedNewView { new_view, signer, signature: toy_signature(&key(0), b"") };
	resign_new_view(&mut message);
	message
}

fn accepts(n: u16, message: SignedNewView) -> bool {
	let (genesis, rules) = (genesis(), rules(n));
	verify_new_view(message, &Context { genesis: &genesis, rules: &rules, scheme: &Toy(None) }, |_| false).is_ok()
}

/// Changes one field of a new-view.
type Alteration = fn(&mut SignedNewView);

/// Forgeries that a faulty leader could sign.
const ALTERATIONS: [Alteration; 13] = [
	|m| m.new_view.set_id = SetId(1),
	|m| m.new_view.view = View(ASKED + 1),
	|m| m.new_view.view = View(ASKED - 1),
	|m| m.signer = SignerIndex(m.signer.0 + 1),
	|m| drop(m.new_view.view_changes.pop()),
	|m| m.new_view.view_changes.push(m.new_view.view_changes[0].clone()),
	|m| m.new_view.view_changes.insert(0, m.new_view.view_changes[0].clone()),
	|m| m.new_view.view_changes[0].view_change.new_view = View(ASKED + 1),
	|m| m.new_view.view_changes[0].signature = toy_signature(&key(0), b"another thing"),
	|m| m.new_view.view_changes[0].view_change.prepared.extend(locks(chain_of(3, None, 1), 0, 4)),
	|m| m.new_view.reproposals.push((Height(99), block(9))),
	|m| m.new_view.reproposals.insert(0, (Height(0), block(9))),
	|m| match m.new_view.reproposals.pop() {
		Some((height, _)) => m.new_view.reproposals.push((height, block(9))),
		None => m.new_view.reproposals.push((Height(1), block(9))),
	},
];

proptest! {
	#![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

	/// Neither the order nor the number of copies of the view-changes matters.
	#[test]
	fn what_is_proposed_again_depends_on_the_reports_and_not_on_their_order(
		(n, reports) in said(),
		order in Just((0..16usize).collect::<Vec<_>>()).prop_shuffle(),
	) {
		let shuffled: Vec<_> = order.iter().map(|at| reports[at % reports.len()].clone()).collect();
		let every = (0..reports.len()).all(|at| order.iter().any(|other| other % reports.len() == at));
		prop_assert!(every, "each is there at least once");
		prop_assert_eq!(chosen(&shuffled, n), chosen(&reports, n));
	}

	/// A quorum committed the chain up to `height`; up to f members may lie, and all others that committed report their
	/// locks. Whichever quorum of view-changes is used, the committed blocks are proposed again, and no other blocks at
	/// their heights.
	#[test]
	fn a_view_change_never_drops_what_is_committed(
		(n, committers, heard, liars, reports) in (1..8u16).prop_flat_map(|n| (
			Just(n),
			quorum_of(n),
			quorum_of(n),
			subsequence((0..n).collect::<Vec<_>>(), rules(n).set.max_faulty()),
			prop::collection::vec(report(), n as usize),
		)),
		height in 1..4u32,
	) {
		let report = |signer: &u16| {
			let mut report = reports[*signer as usize].clone();
			report.finalised = report.finalised.min(height);
			if committers.contains(signer) && !liars.contains(signer) {
				report.locked = report.locked.max(height - report.finalised);
			}
			say(*signer, n, &report)
		};
		let view_changes: Vec<_> = heard.iter().map(report).collect();
		let first = first_height(view_changes.iter().map(|vc| &vc.view_change), &rules(n).set);
		let again = chosen(&view_changes, n);
		for (at, block_hash) in again.iter().filter(|(at, _)| at.0 <= height) {
			prop_assert_eq!(*block_hash, committed_block(at.0), "in its place at {}", at);
		}
		for at in first.0..=height {
			prop_assert!(again.contains(&(Height(at), committed_block(at))), "dropped at {}: {:?}", at, again);
		}
	}

	#[test]
	fn a_new_view_is_what_its_leader_must_make_of_the_view_changes((n, reports) in said()) {
		let message = new_view_of(n, reports);
		prop_assert!(accepts(n, message.clone()));
		for (number, alter) in ALTERATIONS.iter().enumerate() {
			let mut altered = message.clone();
			alter(&mut altered);
			resign_new_view(&mut altered);
			prop_assert!(!accepts(n, altered), "alteration {} was accepted", number);
		}
	}

	/// A new-view with any byte changed is refused.
	#[test]
	fn a_new_view_is_signed_as_a_whole((n, reports) in said(), at in any::<prop::sample::Index>(), flip in 1..=u8::MAX) {
		let message = new_view_of(n, reports);
		let mut bytes = message.encode();
		let at = at.index(bytes.len());
		bytes[at] ^= flip;
		if let Ok(altered) = SignedNewView::decode_all(&mut &bytes[..]) {
			prop_assert!(!accepts(n, altered), "byte {} was accepted", at);
		}
	}

	/// For votes without conflicts the book does not depend on their order, and a certificate names each signer once.
	#[test]
	fn a_book_does_not_depend_on_the_order_of_votes(
		votes in prop::collection::vec((0..7u16, 0..6u32, 0..2usize), 1..80),
		order in any::<prop::sample::Index>(),
	) {
		const PHASES: [Phase; 2] = [Phase::Prepare, Phase::Commit];
		let cast = |(signer, view, phase): &(u16, u32, usize)| {
			vote(*signer, PHASES[*phase], 1, *view, block(u8::from(signer * 3 % 7 < 2)))
		};
		let mut other = votes.clone();
		other.rotate_left(order.index(votes.len()));
		other.reverse();
		let (mut one, mut two) = (Book::default(), Book::default());
		votes.iter().for_each(|v| drop(one.insert(cast(v))));
		other.iter().for_each(|v| drop(two.insert(cast(v))));
		prop_assert_eq!(one.len(), two.len());
		for phase in PHASES {
			prop_assert_eq!(one.views(phase), two.views(phase));
			for (view, quorum) in (0..6).flat_map(|view| (1..8).map(move |quorum| (View(view), quorum))) {
				let certificate = one.certificate(view, phase, quorum);
				prop_assert_eq!(&certificate, &two.certificate(view, phase, quorum));
				let signers = certificate.map(|c| c.signatures).unwrap_or_default();
				prop_assert!(signers.windows(2).all(|pair| pair[0].0 < pair[1].0), "{:?}", signers);
			}
		}
	}

	/// With two heights in progress and any order of messages, the same blocks are committed, in the order of heights.
	#[test]
	fn the_order_of_messages_does_not_change_what_is_committed(
		order in Just((0..18usize).collect::<Vec<_>>()).prop_shuffle(),
		verdicts_wait in any::<bool>(),
	) {
		let blocks = chain_of(1, None, 2);
		let all: Vec<Message> = blocks.iter().flat_map(honest_messages).collect();
		prop_assert_eq!(all.len(), order.len());
		let deep = Rules { parameters: Parameters { pipeline_depth: 2, ..parameters() }, ..rules(4) };
		let (mut machine, _) = Machine::new(Config {
			genesis: genesis(),
			keys: Toy(Some(key(0))),
			committed: (Height(0), genesis(), None),
			rules: deep.clone(),
			records: vec![],
		});
		let (mut committed, mut waiting) = (Vec::new(), Vec::new());
		for at in order {
			waiting.push(Input::Message(all[at].clone()));
			while let Some(input) = waiting.pop() {
				for output in machine.handle(input) {
					match output {
						Output::Validate { height, block_hash, parent, .. } => {
							let verdict = Verdict::Valid(Box::new(blocks[height.0 as usize - 1].clone()));
							let input = Input::Validated { height, block_hash, parent, verdict };
							waiting.insert(if verdicts_wait { 0 } else { waiting.len() }, input);
						}
						Output::Commit { certificate, .. } => {
							committed.push(certificate.block_hash());
							waiting.insert(0, finalised(certificate, deep.clone()));
						}
						_ => {}
					}
				}
			}
		}
		prop_assert_eq!(committed, blocks.iter().map(Header::hash).collect::<Vec<_>>());
	}
}

/// The messages of the three other members on a block in view 0: pre-prepare, votes and prepared certificates.
fn honest_messages(header: &Header) -> Vec<Message> {
	let (height, block_hash) = (header.number, header.hash());
	let leader = rules(4).set.leader(Height(height), View(0), 1).0;
	let mut messages = vec![Message::PrePrepare(vote(leader, Phase::PrePrepare, height, 0, block_hash))];
	for phase in [Phase::Prepare, Phase::Commit] {
		messages.extend([1, 2, 3].map(|signer| Message::Vote(vote(signer, phase, height, 0, block_hash))));
	}
	messages.push(Message::Prepared(certificate(&[1, 2, 3], Phase::Prepare, height, 0, block_hash)));
	messages.push(messages[1].clone());
	messages
}
