//! The normal case: propose, prepare, commit, decide.

use crate::{
	book::Insertion,
	io::{Note, Output, Record, Rejection, Verdict},
	machine::Machine,
	message::{Keys, Message},
	mutant::{self, Mutant},
	round::{Judged, Lock, Proposal},
};
use syndic_primitives::{
	block::Header, BlockHash, Certificate, Height, Phase, SignedVote, VerifiedCertificate, View, Vote, VoteError,
};

impl<K: Keys> Machine<K> {
	/// Rule *vote*: a vote is kept if it is of this set, at a height in progress or the next one, and signed by a
	/// member; a pre-prepare must be signed by the leader. `settle` applies what follows from the vote.
	pub(crate) fn on_vote(&mut self, vote: SignedVote, out: &mut Vec<Output>) -> Result<(), Rejection> {
		let Vote { height, view, phase, .. } = vote.vote;
		let current = self.height();
		if height <= self.head.height {
			return Err(Rejection::Stale { found: height, committed: self.head.height });
		}
		let Some(at) = self.at(height) else {
			return Err(Rejection::TooFarAhead { height, view, current_height: current, current_view: self.view });
		};
		if self.rounds[at].book.contains(&vote) {
			return Err(Rejection::Duplicate);
		}
		if self.set().member(vote.signer).is_none() {
			return Err(VoteError::UnknownSigner { signer: vote.signer, members: self.set().size() }.into());
		}
		// Above the window the rules are not known yet; there the leader is checked when the window reaches the height.
		if phase == Phase::PrePrepare && at < self.window() {
			let leader = self.set().leader(height, view, self.rules.parameters.leader_period);
			if leader != vote.signer {
				return Err(Rejection::NotLeader { signer: vote.signer, height, view, leader });
			}
		}
		let mut signed = vote.clone();
		if mutant::is(Mutant::ViewNotSigned) {
			signed.vote.view = View::ZERO;
		}
		if !mutant::is(Mutant::SignatureNotChecked) {
			signed.verify(&self.genesis, &self.rules.set, &self.keys)?;
		}
		let signer = vote.signer;
		match self.rounds[at].book.insert(vote) {
			Insertion::New => Ok(()),
			Insertion::Known => Err(Rejection::Duplicate),
			Insertion::Conflict(evidence) => {
				out.push(Output::Evidence(*evidence));
				Err(Rejection::Equivocation(signer))
			}
		}
	}

	/// Inserts the votes of a verified certificate into the book of the round at index `at`.
	pub(crate) fn take_votes(&mut self, at: usize, certificate: &Certificate, out: &mut Vec<Output>) {
		for (signer, signature) in &certificate.signatures {
			let vote = SignedVote { vote: certificate.vote, signer: *signer, signature: signature.clone() };
			if self.rounds[at].book.contains(&vote) {
				continue;
			}
			if let Insertion::Conflict(evidence) = self.rounds[at].book.insert(vote) {
				out.push(Output::Evidence(*evidence));
			}
		}
	}

	/// Rule *committed*: a commit certificate from another validator decides like one made of votes received here.
	pub(crate) fn on_committed(&mut self, certificate: Certificate, out: &mut Vec<Output>) -> Result<(), Rejection> {
		let (found, committed) = (certificate.height(), self.head.height);
		if found <= committed {
			return Err(Rejection::Stale { found, committed });
		}
		let known =
			|at: usize| self.rounds[at].book.with_support(certificate.view(), Phase::Commit, self.quorum()).is_some();
		let duplicate = match found == self.height() {
			true => self.is_decided(),
			false => found <= self.furthest && self.at(found).is_none_or(known),
		};
		if duplicate {
			return Err(Rejection::Duplicate);
		}
		let certificate = certificate.verify(Phase::Commit, &self.genesis, &self.rules.set, &self.keys)?;
		self.learn_commit(certificate, out);
		Ok(())
	}

	/// Applies a verified commit certificate of any height above the last committed one. A certificate of a height
	/// above the first in progress shows the view of the other members (rule *follow*), and that this node is behind.
	pub(crate) fn learn_commit(&mut self, certificate: VerifiedCertificate, out: &mut Vec<Output>) {
		let height = certificate.height();
		if height <= self.head.height {
			return;
		}
		if height == self.height() {
			self.decide_by(certificate, out);
		} else if height > self.height() {
			if let Some(at) = self.at(height) {
				self.take_votes(at, &certificate, out);
			}
			if height > self.furthest {
				self.furthest = height;
				out.push(Output::Behind { height, block_hash: certificate.block_hash() });
			}
			self.follow(certificate.view(), out);
		}
	}

	/// Rule *decide*: a quorum of commits of one view, whichever view it is, commits the block. So does a commit
	/// certificate in the log: if the database has lost the block, the node fetches it again. Until then the machine
	/// signs nothing at that height.
	pub(crate) fn decide(&mut self, out: &mut Vec<Output>) {
		if self.is_decided() {
			return;
		}
		let (height, set_id) = (self.height(), self.set_id());
		if let Some(certificate) = self.remembered.remove(&height).filter(|c| c.set_id() == set_id) {
			return self.hand_over(certificate, out);
		}
		let quorum = self.quorum();
		let Some(book) = self.rounds.front().map(|round| &round.book) else { return };
		// This runs after every input, and mostly there are too few votes: check that cheaply first.
		if book.voices(Phase::Commit) < quorum {
			return;
		}
		let certificate =
			book.views(Phase::Commit).into_iter().rev().find_map(|v| book.certificate(v, Phase::Commit, quorum));
		if let Some(certificate) = certificate {
			if self.is_collector(certificate.height(), certificate.view()) {
				out.push(Output::Broadcast(Message::Committed(certificate.clone())));
			}
			self.decide_by(VerifiedCertificate::from_verified_votes(certificate), out);
		}
	}

	fn decide_by(&mut self, certificate: VerifiedCertificate, out: &mut Vec<Output>) {
		if self.is_decided() {
			return;
		}
		out.push(Output::Persist(Record::Committed(certificate.clone().into_inner())));
		self.hand_over(certificate, out);
	}

	fn hand_over(&mut self, certificate: VerifiedCertificate, out: &mut Vec<Output>) {
		if let Some(round) = self.rounds.front_mut() {
			round.decided = Some(certificate.block_hash());
		}
		self.watermark = self.watermark.max(certificate.height());
		let signers: Vec<_> = certificate.signatures.iter().map(|(signer, _)| *signer).collect();
		out.push(Output::Commit { holders: self.others(&signers), certificate });
	}

	/// Rule *window*: prepares and commits height by height, from the first height in progress. A block is prepared
	/// only as a child of the block that this validator prepared at the height below in this view. A block is committed
	/// only after this validator committed its parent in this view. So a quorum of commits proves a quorum of locks on
	/// every height below it in the window, and no gap opens below a committed height.
	pub(crate) fn vote_in_window(&mut self, out: &mut Vec<Output>) {
		let mut parent = self.head.hash;
		for at in 0..self.window() {
			if let Some(decided) = self.rounds[at].decided {
				// The children of the decided block can be judged only if it was executed here.
				if self.rounds[at].valid(&decided, &parent).is_none() {
					break;
				}
				parent = decided;
				continue;
			}
			self.lead(at, parent, out);
			self.adopt_proposal(at, parent, out);
			match self.rounds[at].valid_proposal(&parent) {
				Some(block_hash) if self.prepare(at, block_hash, out) => parent = block_hash,
				_ => break,
			}
		}
		let mut parent = self.head.hash;
		for at in 0..self.window() {
			if let Some(decided) = self.rounds[at].decided {
				parent = decided;
				continue;
			}
			let Some(block_hash) = self.rounds[at].valid_proposal(&parent) else { return };
			if !self.commit(at, block_hash, parent, out) && !mutant::is(Mutant::CommitOutOfOrder) {
				return;
			}
			parent = block_hash;
		}
	}

	/// Rule *lead*: the leader of a view without a proposal has one block built, and proposes it once. A leader that
	/// signed a pre-prepare before a crash proposes that block again, and no other.
	fn lead(&mut self, at: usize, parent: BlockHash, out: &mut Vec<Output>) {
		let (height, view) = (self.height_at(at), self.view);
		if Some(self.leader_of(height)) != self.me || self.rounds[at].proposal.is_some() {
			return;
		}
		if let Some(block_hash) = self.voted.get(&(height, view, Phase::PrePrepare)).copied() {
			let proposal = Proposal { block_hash, reproposed: true, holders: Vec::new() };
			self.ask_for_verdict(at, &proposal, parent, out);
			if self.rounds[at].valid(&block_hash, &parent).is_some() {
				self.pre_prepare(at, block_hash, out);
			}
		} else if self.work && self.rounds[at].building != Some((view, parent)) && height > self.watermark {
			self.rounds[at].building = Some((view, parent));
			out.push(Output::Build { height, view, parent });
		}
	}

	/// Rule *built*: the block that [`Output::Build`] asked for is proposed, if it is still wanted.
	pub(crate) fn on_built(&mut self, view: View, header: Header, out: &mut Vec<Output>) {
		let (height, block_hash) = (Height(header.number), header.hash());
		let Some(at) = self.at(height).filter(|at| *at < self.window()) else { return };
		let round = &mut self.rounds[at];
		let wanted = view == self.view
			&& round.building == Some((view, header.parent_hash))
			&& !self.changing
			&& round.decided.is_none()
			&& round.proposal.is_none();
		if wanted {
			let parent = header.parent_hash;
			round.make_room();
			round.verdicts.insert(block_hash, Judged { parent, verdict: Some(Verdict::Valid(Box::new(header))) });
			self.pre_prepare(at, block_hash, out);
		}
	}

	fn pre_prepare(&mut self, at: usize, block_hash: BlockHash, out: &mut Vec<Output>) {
		if self.cast(at, Phase::PrePrepare, block_hash, out) {
			self.rounds[at].proposal = Some(Proposal { block_hash, reproposed: false, holders: Vec::new() });
		}
	}

	/// Rule *proposal*: the proposal is the block that the leader of this view pre-prepared. If the pre-prepare is
	/// missing, the proposal is a block that f + 1 members prepared: one of them is honest and knows it from the
	/// leader. A new-view's re-proposal takes precedence over both; see `propose_again`.
	fn adopt_proposal(&mut self, at: usize, parent: BlockHash, out: &mut Vec<Output>) {
		if self.rounds[at].proposal.is_none() {
			let leader = self.leader_of(self.height_at(at));
			let honest = self.set().max_faulty() + 1;
			let view = self.view;
			let book = &self.rounds[at].book;
			let by_leader = book.get(view, Phase::PrePrepare, leader).map(|v| v.vote.block_hash);
			let block_hash = by_leader.or_else(|| book.with_support(view, Phase::Prepare, honest));
			let proposal = block_hash.map(|block_hash| {
				let mut holders = book.signers(view, Phase::Prepare, &block_hash);
				holders.insert(0, leader);
				holders.dedup();
				Proposal { block_hash, reproposed: false, holders }
			});
			self.rounds[at].proposal = proposal;
		}
		if let Some(proposal) = self.rounds[at].proposal.clone() {
			self.ask_for_verdict(at, &proposal, parent, out);
		}
	}

	/// Rule *validated*: the verdict is kept. An invalid block has no other effect; the view ends when the progress
	/// timer fires.
	pub(crate) fn on_validated(
		&mut self,
		height: Height,
		block_hash: BlockHash,
		parent: BlockHash,
		verdict: Verdict,
		out: &mut Vec<Output>,
	) {
		let view = self.view;
		let Some(at) = self.at(height) else { return };
		match self.rounds[at].verdicts.get_mut(&block_hash) {
			Some(judged) if judged.verdict.is_none() && judged.parent == parent => {
				if verdict == Verdict::Invalid {
					out.push(Output::Note(Note::ProposalInvalid { height, view, block_hash }));
				}
				judged.verdict = Some(verdict);
			}
			_ => (),
		}
	}

	/// Rule *prepare*: the proposal is valid, its body is here, and no lock forbids it. A lock on another block does
	/// not forbid it if the lock is of a lower view and this validator holds the new-view of the current view: that
	/// new-view proves that the lock's block was not committed, or proposes that very block. After a restart the
	/// new-view is lost although the view is entered, so the validator keeps to its lock.
	fn prepare(&mut self, at: usize, block_hash: BlockHash, out: &mut Vec<Output>) -> bool {
		let proven = self.new_view.is_some() || mutant::is(Mutant::LockNotChecked);
		let free = |lock: &Lock| {
			(lock.certificate.view() < self.view && proven) || lock.certificate.block_hash() == block_hash
		};
		self.rounds[at].lock.as_ref().is_none_or(free) && self.cast(at, Phase::Prepare, block_hash, out)
	}

	/// Rule *commit*: a quorum prepared the valid proposal in this view; this validator locks on it, then sends its
	/// commit.
	fn commit(&mut self, at: usize, block_hash: BlockHash, parent: BlockHash, out: &mut Vec<Output>) -> bool {
		let (view, quorum) = (self.view, self.quorum());
		let round = &mut self.rounds[at];
		if let Some(said) = self.me.and_then(|me| round.book.get(view, Phase::Commit, me)) {
			return said.vote.block_hash == block_hash;
		}
		let Some(certificate) = round.book.certificate(view, Phase::Prepare, quorum) else { return false };
		let Some(header) = round.valid(&block_hash, &parent).filter(|_| certificate.block_hash() == block_hash) else {
			return false;
		};
		if round.lock.as_ref().is_none_or(|lock| lock.certificate.view() < view) {
			let header = header.clone();
			let lock = Lock { certificate: VerifiedCertificate::from_verified_votes(certificate), header };
			if !mutant::is(Mutant::LockNotWritten) {
				out.push(Output::Persist(Record::Locked(lock.prepared_block())));
			}
			round.lock = Some(lock);
		}
		// A lock of this view on another block is possible only with more than f faulty members, or with a log that was
		// tampered with.
		let locked = round.lock.as_ref().is_some_and(|lock| lock.certificate.block_hash() == block_hash);
		locked && self.cast(at, Phase::Commit, block_hash, out)
	}

	/// Signs and sends one vote, after its record. In every life of the process at most one vote is signed per (set,
	/// height, view, phase): the same vote may be sent again, another vote never. Returns whether this vote has been
	/// sent, now or before.
	fn cast(&mut self, at: usize, phase: Phase, block_hash: BlockHash, out: &mut Vec<Output>) -> bool {
		let Some(me) = self.me else { return false };
		let (height, view, set_id) = (self.height_at(at), self.view, self.set_id());
		if let Some(said) = self.rounds[at].book.get(view, phase, me) {
			return said.vote.block_hash == block_hash;
		}
		let before = self.voted.get(&(height, view, phase)).copied();
		let refused = match before {
			Some(other) => other != block_hash,
			None => height <= self.watermark,
		};
		if refused {
			self.note_silence(at, view, phase, Note::VoteWithheld { height, view, phase }, out);
			return false;
		}
		let vote = Vote { set_id, height, view, phase, block_hash };
		let signed = if mutant::is(Mutant::ViewNotSigned) { Vote { view: View::ZERO, ..vote } } else { vote };
		let Some(signature) = self.keys.sign(&signed.payload(&self.genesis)) else {
			self.note_silence(at, view, phase, Note::KeyMissing, out);
			return false;
		};
		let from = out.len();
		if before.is_none() {
			self.voted.insert((height, view, phase), block_hash);
			out.push(Output::Persist(Record::Voted { set_id, height, view, phase, block_hash }));
		}
		let vote = SignedVote { vote, signer: me, signature };
		self.rounds[at].book.insert(vote.clone());
		match phase {
			Phase::PrePrepare => out.push(Output::Broadcast(Message::PrePrepare(vote))),
			Phase::Prepare | Phase::Commit => self.send_vote(vote, out),
		}
		if mutant::is(Mutant::SentBeforeSynced) {
			out[from..].reverse();
		}
		true
	}

	/// Emits a note on why no vote is cast, once per view and phase.
	pub(crate) fn note_silence(&mut self, at: usize, view: View, phase: Phase, note: Note, out: &mut Vec<Output>) {
		if self.rounds.get_mut(at).is_some_and(|round| round.silent.insert((view, phase))) {
			out.push(Output::Note(note));
		}
	}
}
