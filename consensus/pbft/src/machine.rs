//! The machine: its state, what goes in, and the one place where everything that may follow is derived.

use crate::{
	book::Book,
	io::{Input, Note, Output, Record, Rejection, Timer, TimerKind},
	message::{Keys, Message, SignedNewView},
	mutant::{self, Mutant},
	new_view::{Context, VerifiedNewView, VerifiedViewChange},
	status::Status,
};
use std::collections::{BTreeMap, BTreeSet};
use syndic_primitives::{
	BlockHash, Certificate, Height, Phase, Rules, SetId, SignerIndex, ValidatorId, ValidatorSet, VerifiedCertificate,
	View, Vote, MAX_VALIDATORS,
};

/// With what a machine starts: the chain as the node has it, and what its log remembers.
pub struct Config<K> {
	/// The hash of block 0, which names the chain.
	pub genesis: BlockHash,
	/// How to sign and check.
	pub keys: K,
	/// The last final block: height, hash, and the certificate that made it final; `None` for genesis alone.
	pub committed: (Height, BlockHash, Option<VerifiedCertificate>),
	/// Set and parameters of the height after it.
	pub rules: Rules,
	/// The log, oldest first.
	pub records: Vec<Record>,
}

/// The last final block.
#[derive(Clone, Debug)]
pub(crate) struct Head {
	pub height: Height,
	pub hash: BlockHash,
	pub certificate: Option<VerifiedCertificate>,
}

/// The height in progress.
#[derive(Debug, Default)]
pub(crate) struct Round {
	/// Votes for it.
	pub book: Book,
	/// The block that counts as proposed in this view.
	pub proposal: Option<Proposal>,
	/// Blocks that were handed out to be judged, and the verdicts that came back.
	pub verdicts: BTreeMap<BlockHash, Option<bool>>,
	/// Those of them whose body was not here, or that could not be judged.
	pub missing: BTreeSet<BlockHash>,
	/// The view for which a block was asked of the proposer.
	pub building: Option<View>,
	/// The prepared certificate of the highest view.
	pub lock: Option<VerifiedCertificate>,
	/// Where a vote was due and was not cast, so that it is said once.
	pub silent: BTreeSet<(View, Phase)>,
	/// It is committed; the client is finalising it.
	pub decided: bool,
}

/// A block proposed in the current view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proposal {
	pub block_hash: BlockHash,
	/// By a new-view, so that no pre-prepare is needed and no other block will do.
	pub reproposed: bool,
	pub holders: Vec<SignerIndex>,
}

/// How many verdicts are remembered of one height; one a view is what an honest network needs.
const MAX_VERDICTS: usize = 16;
/// How many validators in reach are remembered: those of a set, and of one that has nothing in common with it.
const MAX_REACHABLE: usize = 2 * MAX_VALIDATORS as usize;

/// One validator's, or one follower's, side of the protocol. See the crate's page.
pub struct Machine<K> {
	pub(crate) genesis: BlockHash,
	pub(crate) keys: K,
	pub(crate) rules: Rules,
	pub(crate) me: Option<SignerIndex>,
	pub(crate) head: Head,
	/// The view I am in, or, while `changing`, the one I have asked for.
	pub(crate) view: View,
	pub(crate) changing: bool,
	/// Views in a row that failed.
	pub(crate) failures: u32,
	pub(crate) work: bool,
	pub(crate) reachable: BTreeSet<ValidatorId>,
	pub(crate) round: Round,
	/// Votes for the height after the one in progress.
	pub(crate) ahead: Book,
	/// The highest view-change of each member.
	pub(crate) view_changes: BTreeMap<SignerIndex, VerifiedViewChange>,
	/// What began the current view, for those who missed it.
	pub(crate) new_view: Option<VerifiedNewView>,
	/// A new-view that begins at a height that I have yet to reach.
	pub(crate) postponed: Option<SignedNewView>,
	/// What I signed, in this set, above the last committed height.
	pub(crate) voted: BTreeMap<(Height, View, Phase), BlockHash>,
	/// Locks that the log remembers above the height in progress.
	pub(crate) locks: BTreeMap<Height, VerifiedCertificate>,
	/// Commits that the log remembers of heights that the database has lost.
	pub(crate) remembered: BTreeMap<Height, VerifiedCertificate>,
	/// What the log remembers of later sets, should the database have lost the blocks up to them.
	pub(crate) memory: Vec<Record>,
	/// The highest height that my log knows to be committed: nothing new is signed at or below it.
	pub(crate) watermark: Height,
	pub(crate) timers: BTreeMap<TimerKind, Timer>,
}

impl<K: Keys> Machine<K> {
	/// Takes up where the log left off. The outputs are to be carried out like those of [`Machine::handle`].
	pub fn new(config: Config<K>) -> (Self, Vec<Output>) {
		let Config { genesis, keys, committed: (height, hash, certificate), rules, records } = config;
		let me = keys.public().and_then(|key| rules.set.index_of(key));
		let mut machine = Self {
			genesis,
			keys,
			rules,
			me,
			head: Head { height, hash, certificate },
			view: View::ZERO,
			changing: false,
			failures: 0,
			work: false,
			reachable: BTreeSet::new(),
			round: Round::default(),
			ahead: Book::default(),
			view_changes: BTreeMap::new(),
			new_view: None,
			postponed: None,
			voted: BTreeMap::new(),
			locks: BTreeMap::new(),
			remembered: BTreeMap::new(),
			memory: Vec::new(),
			watermark: height,
			timers: BTreeMap::new(),
		};
		machine.recall(records);
		let mut out = vec![Output::Note(Note::SetChanged { set_id: machine.set().id(), me })];
		machine.follow_certificate(&mut out);
		machine.open_height();
		machine.settle(&mut out);
		(machine, out)
	}

	/// Rule *recall*: what was signed stays signed, a lock stays locked, a view that was left stays left, and what was
	/// committed is committed. What concerns a later set is recalled when that set comes.
	fn recall(&mut self, records: Vec<Record>) {
		let current = self.rules.set.id();
		for record in records {
			if let Record::Voted { height, .. } | Record::Locked(Certificate { vote: Vote { height, .. }, .. }) =
				&record
			{
				// Whoever has voted at a height had finalised the one below, also where sync had brought it.
				self.watermark = self.watermark.max(Height(height.0.saturating_sub(1)));
			}
			match record {
				Record::Committed(c) => {
					self.watermark = self.watermark.max(c.height());
					// It was verified before it was written.
					self.remembered.insert(c.height(), VerifiedCertificate::from_verified_votes(c));
				}
				other if other.set_id() > current => self.memory.push(other),
				other if other.set_id() < current => {}
				Record::Voted { .. } if mutant::is(Mutant::VotesForgotten) => {}
				Record::View { .. } if mutant::is(Mutant::ViewForgotten) => {}
				Record::Voted { height, view, phase, block_hash, .. } => {
					// The first one counts, should a log ever hold two.
					self.voted.entry((height, view, phase)).or_insert(block_hash);
				}
				Record::Locked(c) => {
					let higher = |old: &VerifiedCertificate| c.view() > old.view();
					if self.locks.get(&c.height()).is_none_or(higher) {
						self.locks.insert(c.height(), VerifiedCertificate::from_verified_votes(c));
					}
				}
				Record::View { view, entered, .. } => (self.view, self.changing) = (view, !entered),
			}
		}
		let committed = self.head.height;
		self.voted.retain(|(height, ..), _| *height > committed);
		self.locks.retain(|height, _| *height > committed);
		self.remembered.retain(|height, _| *height > committed);
	}

	/// Feeds the machine. The same inputs in the same order give the same outputs.
	pub fn handle(&mut self, input: Input) -> Vec<Output> {
		let mut out = Vec::new();
		match input {
			Input::Message(message) => {
				if let Err(rejection) = self.on_message(message, &mut out) {
					out.push(Output::Rejected(rejection));
				}
			}
			Input::Built { height, view, block_hash } => self.on_built(height, view, block_hash, &mut out),
			Input::BodyMissing { height, block_hash } => {
				if height == self.height() && self.round.verdicts.contains_key(&block_hash) {
					self.round.missing.insert(block_hash);
				}
			}
			Input::Validated { height, block_hash, valid } => self.on_validated(height, block_hash, valid, &mut out),
			Input::Timer(timer) => self.on_timer(timer, &mut out),
			Input::Work(work) => self.work = work,
			Input::Finalised { height, block_hash, certificate, next } => {
				self.on_finalised(Head { height, hash: block_hash, certificate }, next, &mut out)
			}
			Input::PeerConnected(id) => self.on_peer_connected(id, &mut out),
			Input::PeerDisconnected(id) => {
				self.reachable.remove(&id);
			}
		}
		self.settle(&mut out);
		out
	}

	fn on_message(&mut self, message: Message, out: &mut Vec<Output>) -> Result<(), Rejection> {
		let (found, current) = (message.set_id(), self.set().id());
		if found != current {
			return Err(Rejection::OtherSet { found, current });
		}
		match message {
			Message::PrePrepare(vote) if vote.vote.phase == Phase::PrePrepare => self.on_vote(vote, out),
			Message::Vote(vote) if vote.vote.phase != Phase::PrePrepare => self.on_vote(vote, out),
			Message::PrePrepare(vote) | Message::Vote(vote) => Err(Rejection::WrongPhase(vote.vote.phase)),
			Message::ViewChange(view_change) => self.on_view_change(view_change, out),
			Message::NewView(new_view) => self.on_new_view(new_view, out),
			Message::Committed(certificate) => self.on_committed(certificate, out),
		}
	}

	/// Everything that may follow from the state, in order: a decision first, then what a leader owes, then what a
	/// voter owes, then the timers. Every handler ends here, so that no rule depends on the order of arrival.
	fn settle(&mut self, out: &mut Vec<Output>) {
		self.decide(out);
		self.ask_for_view(out);
		if !self.round.decided && self.me.is_some() {
			if self.changing {
				self.lead_view_change(out);
			}
			if !self.changing {
				self.lead(out);
				self.adopt_proposal(out);
				self.prepare(out);
				self.commit(out);
				// One's own vote may have been the last one needed.
				self.decide(out);
			}
		}
		self.set_timers(out);
	}

	/// Rule *finalised*: the height is over, the next one begins, under the rules that the chain gives for it.
	fn on_finalised(&mut self, head: Head, next: Rules, out: &mut Vec<Output>) {
		if head.height <= self.head.height {
			return;
		}
		let consecutive = head.height == self.height();
		self.watermark = self.watermark.max(head.height);
		self.head = head;
		let old_set = self.set().id();
		self.rules = next;
		self.me = self.keys.public().and_then(|key| self.rules.set.index_of(key));
		self.failures = self.failures.saturating_sub(1);
		let ahead = std::mem::take(&mut self.ahead);
		if self.set().id() != old_set {
			self.begin_set(out);
		} else {
			self.voted.retain(|(height, ..), _| *height > self.head.height);
			self.locks.retain(|height, _| *height > self.head.height);
		}
		self.remembered.retain(|height, _| *height > self.head.height);
		self.follow_certificate(out);
		self.open_height();
		if consecutive && self.set().id() == old_set {
			self.round.book = ahead;
		}
		self.forget_timer(TimerKind::Progress, out);
		if !self.changing {
			self.forget_timer(TimerKind::Resend, out);
		} else if self.me.is_some() {
			// The view-change that is out reports less than I know now.
			self.send_view_change(out);
		}
		if let Some(new_view) = self.postponed.take() {
			if let Err(rejection) = self.on_new_view(new_view, out) {
				out.push(Output::Rejected(rejection));
			}
		}
	}

	/// Rule *new set*: views start again at 0, and nothing of the old set counts.
	fn begin_set(&mut self, out: &mut Vec<Output>) {
		self.view = View::ZERO;
		self.changing = false;
		self.failures = 0;
		self.view_changes.clear();
		self.new_view = None;
		self.postponed = None;
		self.voted.clear();
		self.locks.clear();
		for kind in [TimerKind::NewView, TimerKind::Resend] {
			self.forget_timer(kind, out);
		}
		let memory = std::mem::take(&mut self.memory);
		self.recall(memory);
		out.push(Output::Note(Note::SetChanged { set_id: self.set().id(), me: self.me }));
	}

	fn open_height(&mut self) {
		self.round = Round { lock: self.locks.remove(&self.height()), ..Round::default() };
		self.propose_again();
	}

	/// Rule *peer*: whoever could not be reached is told what it may have missed.
	fn on_peer_connected(&mut self, id: ValidatorId, out: &mut Vec<Output>) {
		if Some(&id) == self.keys.public() {
			return;
		}
		// Whoever will join the set is connected before it does, and is not announced again.
		if self.reachable.len() < MAX_REACHABLE {
			self.reachable.insert(id.clone());
		}
		if self.set().index_of(&id).is_none() {
			return;
		}
		for message in self.what_others_may_lack() {
			out.push(Output::Send(id.clone(), message));
		}
	}

	/// My words on the present, which may be repeated to anybody at any time.
	pub(crate) fn what_others_may_lack(&self) -> Vec<Message> {
		let mut messages = Vec::new();
		if let Some(certificate) = &self.head.certificate {
			if certificate.set_id() == self.set().id() {
				messages.push(Message::Committed(certificate.clone().into_inner()));
			}
		}
		if let (Some(new_view), Some(_)) = (&self.new_view, self.me) {
			messages.push(Message::NewView(new_view.0.clone()));
		}
		messages.extend(self.own_words());
		messages
	}

	/// What I have said in this view at this height, or the view-change that I wait to be answered.
	pub(crate) fn own_words(&self) -> Vec<Message> {
		let Some(me) = self.me else { return Vec::new() };
		if self.changing {
			return self.view_changes.get(&me).map(|vc| Message::ViewChange(vc.0.clone())).into_iter().collect();
		}
		let vote = |phase| self.round.book.get(self.view, phase, me).cloned();
		let pre_prepare = vote(Phase::PrePrepare).map(Message::PrePrepare);
		let votes = [Phase::Prepare, Phase::Commit].into_iter().filter_map(vote).map(Message::Vote);
		pre_prepare.into_iter().chain(votes).collect()
	}

	/// Where the machine stands.
	pub fn status(&self) -> Status {
		let proposal = self.round.proposal.as_ref().map(|p| p.block_hash);
		let by = |phase| proposal.map_or(Vec::new(), |hash| self.round.book.signers(self.view, phase, &hash));
		let mut reachable: Vec<SignerIndex> =
			self.reachable.iter().filter_map(|id| self.set().index_of(id)).chain(self.me).collect();
		reachable.sort_unstable();
		Status {
			set_id: self.set().id(),
			members: self.set().size(),
			quorum: self.set().quorum(),
			me: self.me,
			committed: self.head.height,
			committed_hash: self.head.hash,
			view: self.view,
			changing_view: self.changing,
			failures: self.failures,
			leader: self.leader(),
			proposal,
			valid: proposal.and_then(|hash| self.round.verdicts.get(&hash).copied().flatten()),
			prepared_by: by(Phase::Prepare),
			committed_by: by(Phase::Commit),
			locked: self.round.lock.as_ref().map(|c| (c.view(), c.block_hash())),
			view_changes: self.view_changes.iter().map(|(s, vc)| (*s, vc.view_change().new_view)).collect(),
			reachable,
		}
	}

	/// How many messages, votes, verdicts and memories the machine holds; see [`Machine::footprint_bound`].
	pub fn footprint(&self) -> usize {
		let round = &self.round;
		round.book.len()
			+ self.ahead.len()
			+ round.verdicts.len()
			+ round.silent.len()
			+ self.view_changes.len()
			+ self.voted.len()
			+ self.locks.len()
			+ usize::from(self.new_view.is_some())
			+ usize::from(self.postponed.is_some())
	}

	/// The most that [`Machine::footprint`] can be in a set of `members`, whatever anybody sends. What a log brings
	/// back from heights that the database has lost comes on top, and goes as those heights come back.
	pub fn footprint_bound(members: usize) -> usize {
		const PHASES: usize = 3;
		let books = 2 * PHASES * crate::book::VOTES_PER_SIGNER * members;
		books + MAX_VERDICTS + PHASES + members + PHASES + 2
	}

	/// Forgets what was signed in views that are over: nothing is signed in them any more.
	pub(crate) fn forget_lower_views(&mut self) {
		let view = self.view;
		let height = self.height();
		self.voted.retain(|(at, signed_in, _), _| *at > height || *signed_in >= view);
		self.round.silent.retain(|(signed_in, _)| *signed_in >= view);
	}

	/// The set in force.
	pub fn set(&self) -> &ValidatorSet {
		&self.rules.set
	}

	/// The rules of the height in progress.
	pub fn rules(&self) -> &Rules {
		&self.rules
	}

	/// The height in progress.
	pub fn height(&self) -> Height {
		self.head.height.next()
	}

	/// Who leads it in the present view.
	pub(crate) fn leader(&self) -> SignerIndex {
		self.set().leader(self.height(), self.view, self.rules.parameters.leader_period)
	}

	/// How many votes make a certificate.
	pub(crate) fn quorum(&self) -> usize {
		self.set().quorum() - usize::from(mutant::is(Mutant::QuorumMinusOne))
	}

	pub(crate) fn set_id(&self) -> SetId {
		self.rules.set.id()
	}

	pub(crate) fn context(&self) -> Context<'_, K> {
		Context { genesis: &self.genesis, rules: &self.rules, scheme: &self.keys }
	}

	/// The keys behind positions, me excepted.
	pub(crate) fn others(&self, signers: &[SignerIndex]) -> Vec<ValidatorId> {
		signers.iter().filter(|s| Some(**s) != self.me).filter_map(|s| self.set().member(*s)).cloned().collect()
	}

	/// Hands a block out to be judged, once.
	pub(crate) fn ask_for_verdict(&mut self, proposal: &Proposal, out: &mut Vec<Output>) {
		if self.round.verdicts.contains_key(&proposal.block_hash) {
			return;
		}
		if self.round.verdicts.len() >= MAX_VERDICTS {
			let keep = self.round.lock.as_ref().map(|c| c.block_hash());
			self.round.verdicts.retain(|hash, _| Some(*hash) == keep);
			self.round.missing.retain(|hash| Some(*hash) == keep);
		}
		self.round.verdicts.insert(proposal.block_hash, None);
		out.push(Output::Validate {
			height: self.height(),
			block_hash: proposal.block_hash,
			reproposed: proposal.reproposed,
			holders: self.others(&proposal.holders),
		});
	}
}
