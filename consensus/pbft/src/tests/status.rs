//! The machine's own account of its state: whom it waits for, how much it holds, and why it is silent.

use super::{net::Net, *};
use crate::{Message, Note, Rejection, Timer, TimerKind};
use syndic_primitives::{Dissemination, VoteError};

/// Member 0 of four, with work to do and all members in reach.
fn ready() -> Machine<Toy> {
	let (mut machine, _) = machine(0, 4, vec![]);
	machine.handle(Input::Work(true));
	(1..4).for_each(|n| drop(machine.handle(Input::PeerConnected(key(n)))));
	machine
}

fn waits_for(machine: &Machine<Toy>) -> Vec<u16> {
	machine.status().waiting_for().into_iter().map(|signer| signer.0).collect()
}

#[test]
fn it_waits_for_the_leader_then_for_votes() {
	let mut machine = ready();
	let say = |machine: &mut Machine<Toy>, signer, phase| {
		drop(machine.handle(Input::Message(Message::Vote(vote(signer, phase, 1, 0, block(1))))))
	};
	assert_eq!(waits_for(&machine), [1], "who leads height 1");
	machine.handle(Input::Message(Message::PrePrepare(vote(1, Phase::PrePrepare, 1, 0, block(1)))));
	assert_eq!(waits_for(&machine), [0, 1, 2, 3], "nobody has prepared, not even I");
	machine.handle(judged(block(1), true));
	assert_eq!(waits_for(&machine), [1, 2, 3]);
	say(&mut machine, 3, Phase::Prepare);
	assert_eq!(waits_for(&machine), [1, 2]);
	say(&mut machine, 1, Phase::Prepare);
	assert_eq!(waits_for(&machine), [1, 2, 3], "for commits now");
	say(&mut machine, 2, Phase::Commit);
	assert_eq!(waits_for(&machine), [1, 3]);
}

#[test]
fn while_it_changes_the_view_it_waits_for_a_quorum_then_for_the_leader() {
	let mut machine = ready();
	machine.handle(Input::Timer(Timer::Progress(Height(1), View(0))));
	assert!(machine.status().changing_view);
	assert_eq!(waits_for(&machine), [1, 2, 3]);
	machine.handle(Input::Message(Message::ViewChange(view_change(3, 1, None, vec![]))));
	assert_eq!(waits_for(&machine), [1, 2]);
	machine.handle(Input::Message(Message::ViewChange(view_change(1, 1, None, vec![]))));
	assert_eq!(waits_for(&machine), [2], "who leads height 1 in view 1");
}

/// After many views with a block in each, old verdicts are forgotten and the machine holds no more than its bound.
#[test]
fn it_holds_no_more_than_its_bound() {
	let mut machine = ready();
	let bound = Machine::<Toy>::footprint_bound(4, 1);
	for view in 0..60 {
		let certificate = certificate(&[1, 2, 3], Phase::Commit, 2, view, block(200));
		machine.handle(Input::Message(Message::Committed(certificate)));
		assert_eq!(machine.status().view, View(view));
		let proposed = block(view as u8);
		let leader = ((1 + view) % 4) as u16;
		machine.handle(Input::Message(Message::PrePrepare(vote(leader, Phase::PrePrepare, 1, view, proposed))));
		machine.handle(judged(proposed, view % 3 > 0));
		for signer in 1..4 {
			machine.handle(Input::Message(Message::Vote(vote(signer, Phase::Prepare, 1, view + 7, proposed))));
		}
		// Only one member asks for a later view; with two, rule *join* would apply.
		machine.handle(Input::Message(Message::ViewChange(view_change(3, view + 900, None, vec![]))));
		assert!(machine.footprint() <= bound, "{} in view {view}, at most {bound}", machine.footprint());
	}
	assert!(machine.footprint() > bound / 4, "{} of {bound}: the bound is far from what is held", machine.footprint());
}

/// Keys with a public key that can no longer sign.
struct Mute(Toy);

impl VerifySignature for Mute {
	fn verify(&self, signer: &ValidatorId, payload: &[u8], signature: &ValidatorSignature) -> bool {
		self.0.verify(signer, payload, signature)
	}
}

impl Keys for Mute {
	fn public(&self) -> Option<&ValidatorId> {
		self.0.public()
	}
	fn sign(&self, _: &[u8]) -> Option<ValidatorSignature> {
		None
	}
}

/// All outputs of member `me` of four, which cannot sign, until all members ask for view 1.
fn mute(me: u16) -> Vec<Output> {
	let (mut machine, mut out) = Machine::new(Config {
		genesis: genesis(),
		keys: Mute(Toy(Some(key(me)))),
		committed: (Height(0), genesis(), None),
		rules: rules(4),
		records: vec![],
	});
	let mut feed = |input| out.extend(machine.handle(input));
	feed(Input::Work(true));
	(0..4).for_each(|n| feed(Input::PeerConnected(key(n))));
	feed(Input::Message(Message::PrePrepare(vote(1, Phase::PrePrepare, 1, 0, block(1)))));
	feed(judged(block(1), true));
	feed(judged(block(1), true));
	feed(Input::Timer(Timer::Progress(Height(1), View(0))));
	(0..4).filter(|n| *n != me).for_each(|n| {
		feed(Input::Message(Message::ViewChange(view_change(n, 1, None, vec![]))));
	});
	out
}

#[test]
fn without_its_key_it_is_silent_and_says_so_once() {
	// Member 2 leads view 1 and cannot begin it.
	for (me, times) in [(0, 2), (2, 3)] {
		let out = mute(me);
		let sent = out.iter().find(|o| matches!(o, Output::Broadcast(_) | Output::Persist(Record::Voted { .. })));
		assert_eq!(sent, None);
		let told = out.iter().filter(|o| **o == Output::Note(Note::KeyMissing)).count();
		assert!(
			(2..=times).contains(&told),
			"member {me} says it {told} times: for its prepare, and for its view-change"
		);
	}
}

/// Four heights are locked when the window narrows to one. All four blocks are committed, one after the other.
#[test]
fn a_window_that_narrows_keeps_its_locks() {
	fn law(height: Height, rules: &Rules) -> Rules {
		let pipeline_depth = if height == Height(0) { 4 } else { 1 };
		Rules { parameters: Parameters { pipeline_depth, ..rules.parameters.clone() }, ..rules.clone() }
	}
	let parameters = Parameters { pipeline_depth: 4, dissemination: Dissemination::Broadcast, ..parameters() };
	let mut net = Net::with(4, Rules { parameters, ..rules(4) }, law);
	net.link = Box::new(|_, _, m| m.name() != "commit");
	net.deliver(10_000);
	let locked = net.nodes[0].machine.as_ref().expect("it runs").status().window;
	assert_eq!(locked.len(), 4);
	net.link = Box::new(|_, _, _| true);
	net.fire_all(0..4, &[TimerKind::Resend]);
	net.deliver_until(1, &[0, 1, 2, 3]);
	for _ in 0..6 {
		net.fire_all(0..4, &[TimerKind::Resend]);
		net.deliver(2_000);
	}
	net.deliver_until(6, &[0, 1, 2, 3]);
	let committed: Vec<_> = net.nodes[0].chain.iter().map(|c| c.block_hash()).take(4).collect();
	assert_eq!(committed, locked);
}

#[test]
fn who_is_no_member_is_told_so() {
	let mut machine = ready();
	let mut refused = |message| {
		let out = machine.handle(Input::Message(message));
		out.into_iter().find_map(|o| if let Output::Rejected(rejection) = o { Some(rejection) } else { None })
	};
	let unknown = Some(Rejection::Vote(VoteError::UnknownSigner { signer: SignerIndex(9), members: 4 }));
	assert_eq!(refused(Message::Vote(vote(9, Phase::Prepare, 1, 0, block(1)))), unknown);
	assert_eq!(refused(Message::ViewChange(view_change(9, 1, None, vec![]))), unknown);
	let view_changes: Vec<_> = (0..3).map(|n| view_change(n, 1, None, vec![])).collect();
	let new_view = crate::NewView { set_id: SetId(0), view: View(1), view_changes, reproposals: vec![] };
	let signature = toy_signature(&key(9), &new_view.payload(&genesis()));
	assert_eq!(refused(Message::NewView(SignedNewView { new_view, signer: SignerIndex(9), signature })), unknown);
}

#[test]
fn rejections_have_names_of_their_own() {
	let (height, view, signer) = (Height(1), View(1), SignerIndex(1));
	let all = [
		Rejection::OtherSet { found: SetId(1), current: SetId(0) },
		Rejection::Stale { found: height, committed: height },
		Rejection::TooFarAhead { height, view, current_height: height, current_view: view },
		Rejection::NotLeader { signer, height, view, leader: signer },
		Rejection::WrongPhase(Phase::Commit),
		VoteError::BadSignature { signer }.into(),
		VoteError::UnknownSigner { signer, members: 1 }.into(),
		syndic_primitives::CertificateError::BadSignature { signer }.into(),
		Rejection::ViewChange { signer, rule: "" },
		Rejection::NewView { view, signer, rule: "" },
		Rejection::Duplicate,
		Rejection::Equivocation(signer),
	];
	let mut names: Vec<_> = all.iter().map(Rejection::name).collect();
	names.sort_unstable();
	names.dedup();
	assert_eq!(names.len(), all.len());
}
