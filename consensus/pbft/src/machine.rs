//! The machine: its state, its inputs, and the one place that derives everything that follows from the state.

use crate::{
	io::{Input, Note, Output, Record, Rejection, Timer, TimerKind, Verdict},
	message::{Keys, Message, SignedNewView, MAX_WINDOW},
	mutant::{self, Mutant},
	new_view::{Context, VerifiedNewView, VerifiedViewChange},
	round::{Judged, Lock, Proposal, Round, MAX_VERDICTS},
	status::Status,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use syndic_primitives::{
	BlockHash, Height, Phase, Rules, SetId, SignerIndex, ValidatorId, ValidatorSet, VerifiedCertificate, View,
	MAX_VALIDATORS,
};

/// What a machine starts with: the state of the node's chain, and the records of its log.
pub struct Config<K> {
	/// The hash of block 0, which names the chain.
	pub genesis: BlockHash,
	/// Signs payloads and verifies signatures.
	pub keys: K,
	/// The last final block: height, hash, and the certificate that made it final; `None` for genesis alone.
	pub committed: (Height, BlockHash, Option<VerifiedCertificate>),
	/// Set and parameters of the height after the last final block.
	pub rules: Rules,
	/// The records of the log, oldest first.
	pub records: Vec<Record>,
}

/// The last final block.
#[derive(Clone, Debug)]
pub(crate) struct Head {
	pub height: Height,
	pub hash: BlockHash,
	pub certificate: Option<VerifiedCertificate>,
}

/// Maximum number of reachable validators that are remembered: enough for this set and a next set without common
/// members.
const MAX_REACHABLE: usize = 4 * MAX_VALIDATORS as usize;

/// The protocol as one validator or one follower runs it. See the crate's page.
pub struct Machine<K> {
	pub(crate) genesis: BlockHash,
	pub(crate) keys: K,
	pub(crate) rules: Rules,
	pub(crate) me: Option<SignerIndex>,
	pub(crate) head: Head,
	/// The current view or, while `changing`, the view that this validator has asked for.
	pub(crate) view: View,
	pub(crate) changing: bool,
	/// Number of failed views that the timeouts grow with: each failed view adds one, each final block subtracts one.
	pub(crate) failures: u32,
	pub(crate) work: bool,
	pub(crate) reachable: BTreeSet<ValidatorId>,
	/// Number of validators in `reachable` that are members of this set, this validator not included.
	pub(crate) members_in_reach: usize,
	/// The heights in progress, starting after the last final one, and one more height, whose votes are kept for later.
	pub(crate) rounds: VecDeque<Round>,
	/// The highest height at which this set is known to have committed a block; above the height in progress while this
	/// node is behind.
	pub(crate) furthest: Height,
	/// Votes below this height are broadcast, because the collectors stayed silent.
	pub(crate) broadcast_until: Height,
	/// The highest view-change of each member.
	pub(crate) view_changes: BTreeMap<SignerIndex, VerifiedViewChange>,
	/// The new-view that began the current view, kept for members that missed it.
	pub(crate) new_view: Option<VerifiedNewView>,
	/// A new-view whose lowest height this node has not reached yet.
	pub(crate) postponed: Option<SignedNewView>,
	/// The votes that this validator signed in this set above the last committed height.
	pub(crate) voted: BTreeMap<(Height, View, Phase), BlockHash>,
	/// Locks from the log for heights above those in progress.
	pub(crate) locks: BTreeMap<Height, Lock>,
	/// Commit certificates from the log for heights whose blocks the database has lost.
	pub(crate) remembered: BTreeMap<Height, VerifiedCertificate>,
	/// Records from the log that belong to later sets; present if the database has lost the blocks up to those sets.
	pub(crate) memory: Vec<Record>,
	/// The highest height that this node knows to be committed; nothing new is signed at or below it.
	pub(crate) watermark: Height,
	pub(crate) timers: BTreeMap<TimerKind, Timer>,
}

impl<K: Keys> Machine<K> {
	/// Continues from the state in the log. Carry out the outputs like those of [`Machine::handle`].
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
			members_in_reach: 0,
			rounds: VecDeque::new(),
			furthest: height,
			broadcast_until: Height::ZERO,
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
		machine.follow_head(&mut out);
		machine.open_heights();
		machine.settle(&mut out);
		(machine, out)
	}

	/// Rule *recall*: signed votes, locks, views that were left, and commits all keep their effect after a restart.
	/// Records of a later set are applied when that set comes into force.
	fn recall(&mut self, records: Vec<Record>) {
		let current = self.rules.set.id();
		for record in records {
			match record {
				Record::Committed(c) => {
					self.watermark = self.watermark.max(c.height());
					// The certificate was verified before it was written.
					self.remembered.insert(c.height(), VerifiedCertificate::from_verified_votes(c));
				}
				other if other.set_id() > current => self.memory.push(other),
				other if other.set_id() < current => {}
				Record::Voted { .. } if mutant::is(Mutant::VotesForgotten) => {}
				Record::View { .. } if mutant::is(Mutant::ViewForgotten) => {}
				Record::Voted { height, view, phase, block_hash, .. } => {
					// If a log holds two votes for one place, the first one counts.
					self.voted.entry((height, view, phase)).or_insert(block_hash);
				}
				Record::Locked(prepared) => {
					let higher = |old: &Lock| prepared.view() > old.certificate.view();
					if self.locks.get(&prepared.height()).is_none_or(higher) {
						self.locks.insert(prepared.height(), Lock::recalled(prepared));
					}
				}
				Record::View { view, entered, .. } => (self.view, self.changing) = (view, !entered),
			}
		}
		let committed = self.head.height;
		self.voted.retain(|(height, ..), _| *height > committed);
		self.locks.retain(|height, _| *height > committed);
		self.remembered.retain(|height, _| *height > committed);
		// A validator that votes or locks at a height has voted at the height below in the same view, or knew that
		// height to be committed. It may know that from sync, in which case the log holds no certificate of it.
		let voted = self.voted.keys().map(|(height, view, _)| (*height, *view));
		let locked = self.locks.iter().map(|(height, lock)| (*height, lock.certificate.view()));
		for (height, view) in voted.chain(locked) {
			let below = Height(height.0.saturating_sub(1));
			let voted_below =
				[Phase::Prepare, Phase::Commit].iter().any(|p| self.voted.contains_key(&(below, view, *p)));
			if below > committed && !voted_below {
				self.watermark = self.watermark.max(below);
			}
		}
	}

	/// Applies one input and returns the outputs to carry out, in order. The same inputs in the same order give the
	/// same outputs.
	pub fn handle(&mut self, input: Input) -> Vec<Output> {
		let mut out = Vec::new();
		match input {
			Input::Message(message) => {
				if let Err(rejection) = self.on_message(message, &mut out) {
					out.push(Output::Rejected(rejection));
				}
			}
			Input::Built { view, header } => self.on_built(view, *header, &mut out),
			Input::BodyMissing { height, block_hash } => {
				if let Some(round) = self.at(height).and_then(|at| self.rounds.get_mut(at)) {
					if round.verdicts.contains_key(&block_hash) {
						round.missing.insert(block_hash);
					}
				}
			}
			Input::Validated { height, block_hash, parent, verdict } => {
				self.on_validated(height, block_hash, parent, verdict, &mut out)
			}
			Input::Timer(timer) => self.on_timer(timer, &mut out),
			Input::Work(work) => self.work = work,
			Input::Finalised { height, block_hash, certificate, between, next } => {
				self.on_finalised(Head { height, hash: block_hash, certificate }, between, next, &mut out)
			}
			Input::PeerConnected(id) => self.on_peer_connected(id, &mut out),
			Input::PeerDisconnected(id) => {
				self.reachable.remove(&id);
				self.count_in_reach();
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
			Message::Prepared(certificate) => self.on_prepared(certificate, out),
		}
	}

	/// Applies every rule that the state now allows, in order: decisions first, then the duties of a leader, then the
	/// votes, then the timers. Every handler ends here, so that no rule depends on the order in which inputs arrive.
	fn settle(&mut self, out: &mut Vec<Output>) {
		self.decide(out);
		self.ask_for_view(out);
		if self.me.is_some() {
			if self.changing && !self.is_decided() {
				self.lead_view_change(out);
			}
			if !self.changing {
				self.vote_in_window(out);
				self.collect(out);
				// This validator's own vote may have completed a quorum.
				self.decide(out);
			}
		}
		self.set_timers(out);
	}

	/// Rule *finalised*: the height is over, and the next one begins under the rules that the chain gives for it.
	fn on_finalised(&mut self, head: Head, between: Vec<VerifiedCertificate>, next: Rules, out: &mut Vec<Output>) {
		if head.height <= self.head.height {
			return;
		}
		let decided = self.rounds.front().and_then(|round| round.decided);
		let was_member = self.me.is_some();
		let over = (head.height.0 - self.head.height.0) as usize;
		self.watermark = self.watermark.max(head.height);
		self.head = head;
		let old_set = self.set().id();
		self.rules = next;
		self.me = self.keys.public().and_then(|key| self.rules.set.index_of(key));
		// Certificates from sync must be in the log like those decided here, for each height. In a crash the database
		// may lose the blocks, and the other validators may lose theirs at the same moment.
		if was_member || self.me.is_some() {
			let came = between.iter().chain(&self.head.certificate).filter(|c| Some(c.block_hash()) != decided);
			out.extend(came.map(|c| Output::Persist(Record::Committed(c.clone().into_inner()))));
		}
		self.failures = self.failures.saturating_sub(1);
		self.rounds.drain(..over.min(self.rounds.len()));
		if self.set().id() != old_set {
			self.begin_set(out);
		} else {
			self.voted.retain(|(height, ..), _| *height > self.head.height);
			self.locks.retain(|height, _| *height > self.head.height);
		}
		self.remembered.retain(|height, _| *height > self.head.height);
		self.furthest = self.furthest.max(self.head.height);
		self.follow_head(out);
		self.open_heights();
		self.forget_timer(TimerKind::Progress, out);
		if !self.changing {
			self.forget_timer(TimerKind::Resend, out);
		} else if self.me.is_some() {
			// The view-change sent earlier reports less than this validator knows now.
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
		self.count_in_reach();
		self.rounds.clear();
		self.furthest = self.head.height;
		self.broadcast_until = Height::ZERO;
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

	/// Opens the heights of the window, as many as `pipeline_depth`, and one more. Locks move between heights in
	/// progress and `locks`.
	fn open_heights(&mut self) {
		let wanted = (self.rules.parameters.pipeline_depth as usize).clamp(1, MAX_WINDOW) + 1;
		while self.rounds.len() > wanted {
			let top = self.height_at(self.rounds.len() - 1);
			if let Some(lock) = self.rounds.pop_back().and_then(|round| round.lock) {
				self.locks.insert(top, lock);
			}
		}
		while self.rounds.len() < wanted {
			let lock = self.locks.remove(&self.height_at(self.rounds.len()));
			self.rounds.push_back(Round::new(lock));
		}
		// A lock whose block is not a child of the committed block can no longer be committed.
		let head = self.head.hash;
		if let Some(first) = self.rounds.front_mut() {
			first.lock = first.lock.take().filter(|lock| lock.header.parent_hash == head);
		}
		self.propose_again();
	}

	/// Rule *peer*: a member that has become reachable is sent what it may have missed.
	fn on_peer_connected(&mut self, id: ValidatorId, out: &mut Vec<Output>) {
		if Some(&id) == self.keys.public() {
			return;
		}
		// A validator of a later set may connect before that set begins, and its connection is not announced again.
		if self.reachable.len() < MAX_REACHABLE {
			self.reachable.insert(id.clone());
			self.count_in_reach();
		}
		if self.set().index_of(&id).is_none() {
			return;
		}
		for message in self.what_others_may_lack() {
			out.push(Output::Send(id.clone(), message));
		}
	}

	/// Counts the reachable members again. The connections do not change with the set: members connect before their set
	/// begins, and former members stay connected.
	fn count_in_reach(&mut self) {
		self.members_in_reach = self.reachable.iter().filter(|id| self.set().index_of(id).is_some()).count();
	}

	/// Messages that bring another member up to date; they may be sent again to any member at any time.
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

	/// The votes that this validator sent in this view at the heights in progress or, while `changing`, its
	/// view-change.
	pub(crate) fn own_words(&self) -> Vec<Message> {
		let Some(me) = self.me else { return Vec::new() };
		if self.changing {
			return self.view_changes.get(&me).map(|vc| Message::ViewChange(vc.0.clone())).into_iter().collect();
		}
		let said = |round: &Round, phase| round.book.get(self.view, phase, me).cloned();
		let mut words = Vec::new();
		for round in &self.rounds {
			words.extend(said(round, Phase::PrePrepare).map(Message::PrePrepare));
			words.extend([Phase::Prepare, Phase::Commit].into_iter().filter_map(|p| said(round, p)).map(Message::Vote));
		}
		words
	}

	/// Whether [`Machine::own_words`] is not empty.
	pub(crate) fn has_own_words(&self) -> bool {
		let Some(me) = self.me else { return false };
		if self.changing {
			return self.view_changes.contains_key(&me);
		}
		self.rounds.iter().any(|round| round.book.has_any(self.view, me))
	}

	/// A snapshot of the state, for operators.
	pub fn status(&self) -> Status {
		let round = self.rounds.front();
		let proposal = round.and_then(|round| round.proposal.as_ref()).map(|p| p.block_hash);
		let by = |phase| match (round, proposal) {
			(Some(round), Some(hash)) => round.book.signers(self.view, phase, &hash),
			_ => Vec::new(),
		};
		let verdict = |round: &Round, hash| round.verdicts.get(&hash).and_then(|judged| judged.verdict.clone());
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
			valid: round.zip(proposal).and_then(|(r, hash)| verdict(r, hash)).map(|v| matches!(v, Verdict::Valid(_))),
			prepared_by: by(Phase::Prepare),
			committed_by: by(Phase::Commit),
			locked: self.locks_in_window().next().map(|lock| (lock.certificate.view(), lock.certificate.block_hash())),
			window: self.rounds.iter().map_while(|r| r.proposal.as_ref()).map(|p| p.block_hash).collect(),
			view_changes: self.view_changes.iter().map(|(s, vc)| (*s, vc.view_change().new_view)).collect(),
			reachable,
		}
	}

	/// Number of messages, votes, verdicts and locks that the machine holds; see [`Machine::footprint_bound`].
	pub fn footprint(&self) -> usize {
		self.rounds.iter().map(Round::footprint).sum::<usize>()
			+ self.view_changes.len()
			+ self.voted.len()
			+ self.locks.len()
			+ usize::from(self.new_view.is_some())
			+ usize::from(self.postponed.is_some())
	}

	/// The maximum of [`Machine::footprint`] in a set of `members` validators with a window of `depth` heights,
	/// whatever others send. Records that a log brings back for heights that the database has lost add to it, until
	/// those heights are final again.
	pub fn footprint_bound(members: usize, depth: usize) -> usize {
		const PHASES: usize = 3;
		let book = PHASES * crate::book::VOTES_PER_SIGNER * members;
		// Each height has a book, verdicts, silences, own votes and a lock.
		(depth + 1) * (book + MAX_VERDICTS + PHASES + PHASES + 1) + members + 2
	}

	/// Forgets the votes signed in earlier views: nothing more is signed in these views. Votes above `top` stay.
	pub(crate) fn forget_lower_views(&mut self) {
		let (view, top) = (self.view, self.height_at(MAX_WINDOW));
		self.voted.retain(|(at, signed_in, _), _| *at > top || *signed_in >= view);
		for round in &mut self.rounds {
			round.silent.retain(|(signed_in, _)| *signed_in >= view);
		}
	}

	/// The set in force.
	pub fn set(&self) -> &ValidatorSet {
		&self.rules.set
	}

	/// The rules of the first height in progress.
	pub fn rules(&self) -> &Rules {
		&self.rules
	}

	/// The first height in progress.
	pub fn height(&self) -> Height {
		self.head.height.next()
	}

	/// The height of the round at index `at`.
	pub(crate) fn height_at(&self, at: usize) -> Height {
		Height(self.head.height.0.saturating_add(1).saturating_add(at as u32))
	}

	/// The index of the round of a height, if votes for that height are kept.
	pub(crate) fn at(&self, height: Height) -> Option<usize> {
		// This does not use `height()`: no height follows the last one that a `u32` can hold.
		let at = height.0.checked_sub(self.head.height.0)?.checked_sub(1)? as usize;
		(at < self.rounds.len()).then_some(at)
	}

	/// Number of heights that may be voted on: limited by the parameters, by the last height whose rules are known, and
	/// by the last height that a `u32` can hold.
	pub(crate) fn window(&self) -> usize {
		let last = self.rules.until.map_or(u32::MAX, |until| until.0);
		let known = last.saturating_sub(self.head.height.0) as usize;
		self.rounds.len().saturating_sub(1).min(known)
	}

	/// Whether the first height is committed and its block is being finalised.
	pub(crate) fn is_decided(&self) -> bool {
		self.rounds.front().is_some_and(|round| round.decided.is_some())
	}

	/// The blocks in use: proposed in this view, locked, or committed and not final yet.
	pub fn blocks_in_use(&self) -> BTreeSet<BlockHash> {
		let proposed = self.rounds.iter().filter_map(|round| round.proposal.as_ref().map(|p| p.block_hash));
		let locked = self.rounds.iter().filter_map(|r| r.lock.as_ref().map(|lock| lock.certificate.block_hash()));
		proposed.chain(locked).chain(self.rounds.iter().filter_map(|round| round.decided)).collect()
	}

	/// The locks of this validator from the last final block up, each on a child of the block before. A lock above a
	/// gap, or on a child of another block, is left out: its block was not committed, since no honest validator commits
	/// at a height before it is locked below.
	pub(crate) fn locks_in_window(&self) -> impl Iterator<Item = &Lock> {
		let mut parent = self.head.hash;
		self.rounds.iter().map_while(move |round| {
			let lock = round.lock.as_ref().filter(|lock| lock.header.parent_hash == parent)?;
			parent = lock.certificate.block_hash();
			Some(lock)
		})
	}

	/// Leader of the first height in progress in the current view.
	pub(crate) fn leader(&self) -> SignerIndex {
		self.leader_of(self.height())
	}

	/// Leader of a height in the current view.
	pub(crate) fn leader_of(&self, height: Height) -> SignerIndex {
		self.set().leader(height, self.view, self.rules.parameters.leader_period)
	}

	/// Number of votes that make a certificate.
	pub(crate) fn quorum(&self) -> usize {
		self.set().quorum() - usize::from(mutant::is(Mutant::QuorumMinusOne))
	}

	pub(crate) fn set_id(&self) -> SetId {
		self.rules.set.id()
	}

	pub(crate) fn context(&self) -> Context<'_, K> {
		Context { genesis: &self.genesis, rules: &self.rules, scheme: &self.keys }
	}

	/// The keys of the members at these positions, this validator excepted.
	pub(crate) fn others(&self, signers: &[SignerIndex]) -> Vec<ValidatorId> {
		signers.iter().filter(|s| Some(**s) != self.me).filter_map(|s| self.set().member(*s)).cloned().collect()
	}

	/// Emits [`Output::Validate`] for a block, once per parent.
	pub(crate) fn ask_for_verdict(&mut self, at: usize, proposal: &Proposal, parent: BlockHash, out: &mut Vec<Output>) {
		let round = &mut self.rounds[at];
		let block_hash = proposal.block_hash;
		match round.verdicts.get(&block_hash) {
			// A block has one parent, so a block that is valid on another parent is not valid on this one.
			Some(Judged { verdict: Some(Verdict::Valid(_)), .. }) => return,
			Some(judged) if judged.parent == parent => return,
			_ => (),
		}
		round.make_room();
		round.missing.remove(&block_hash);
		round.verdicts.insert(block_hash, Judged { parent, verdict: None });
		out.push(Output::Validate {
			height: self.height_at(at),
			block_hash,
			parent,
			reproposed: proposal.reproposed,
			holders: self.others(&proposal.holders),
		});
	}
}
