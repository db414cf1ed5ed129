//! The normal case: propose, prepare, commit, decide.

use crate::{
	book::Insertion,
	io::{Note, Output, Record, Rejection},
	machine::{Machine, Proposal},
	message::{Keys, Message},
	mutant::{self, Mutant},
};
use syndic_primitives::{
	BlockHash, Certificate, Height, Phase, SignedVote, VerifiedCertificate, View, Vote, VoteError,
};

impl<K: Keys> Machine<K> {
	/// Rule *vote*: of this set, at the height in progress or the next one, by a member, signed; a pre-prepare by the
	/// leader. It is kept; what follows from it is found by `settle`.
	pub(crate) fn on_vote(&mut self, vote: SignedVote, out: &mut Vec<Output>) -> Result<(), Rejection> {
		let Vote { height, view, phase, .. } = vote.vote;
		let current = self.height();
		if height < current {
			return Err(Rejection::Stale { found: height, committed: self.head.height });
		}
		if height > current.next() {
			return Err(Rejection::TooFarAhead { height, view, current_height: current, current_view: self.view });
		}
		let book = if height == current { &self.round.book } else { &self.ahead };
		if book.contains(&vote) {
			return Err(Rejection::Duplicate);
		}
		if self.set().member(vote.signer).is_none() {
			return Err(VoteError::UnknownSigner { signer: vote.signer, members: self.set().size() }.into());
		}
		// The next height's rules are not known yet; its leaders are judged when it comes.
		if phase == Phase::PrePrepare && height == current {
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
		let book = if height == current { &mut self.round.book } else { &mut self.ahead };
		match book.insert(vote) {
			Insertion::New => Ok(()),
			Insertion::Known => Err(Rejection::Duplicate),
			Insertion::Conflict(evidence) => {
				out.push(Output::Evidence(*evidence));
				Err(Rejection::Equivocation(signer))
			}
		}
	}

	/// Rule *committed*: a certificate from elsewhere decides as well as one's own.
	pub(crate) fn on_committed(&mut self, certificate: Certificate, out: &mut Vec<Output>) -> Result<(), Rejection> {
		let (found, committed) = (certificate.height(), self.head.height);
		if found <= committed {
			return Err(Rejection::Stale { found, committed });
		}
		if self.round.decided && found == self.height() {
			return Err(Rejection::Duplicate);
		}
		let certificate = certificate.verify(Phase::Commit, &self.genesis, &self.rules.set, &self.keys)?;
		self.learn_commit(certificate, out);
		Ok(())
	}

	/// A commit certificate that has been verified, at any height above the last committed one.
	pub(crate) fn learn_commit(&mut self, certificate: VerifiedCertificate, out: &mut Vec<Output>) {
		if certificate.height() == self.height() {
			self.decide_by(certificate, out);
		} else if certificate.height() > self.height() {
			out.push(Output::Behind { height: certificate.height(), block_hash: certificate.block_hash() });
		}
	}

	/// Rule *decide*: a quorum of commits of one view, whichever view it is, commits the block. So does a certificate that
	/// the log remembers: whoever lost the block, and not that, fetches it, for until then it has nothing to say.
	pub(crate) fn decide(&mut self, out: &mut Vec<Output>) {
		if self.round.decided {
			return;
		}
		let (height, set_id) = (self.height(), self.set_id());
		if let Some(certificate) = self.remembered.remove(&height).filter(|c| c.set_id() == set_id) {
			return self.hand_over(certificate, out);
		}
		let quorum = self.quorum();
		let book = &self.round.book;
		let certificate =
			book.views(Phase::Commit).into_iter().rev().find_map(|v| book.certificate(v, Phase::Commit, quorum));
		if let Some(certificate) = certificate {
			self.decide_by(VerifiedCertificate::from_verified_votes(certificate), out);
		}
	}

	fn decide_by(&mut self, certificate: VerifiedCertificate, out: &mut Vec<Output>) {
		if self.round.decided {
			return;
		}
		out.push(Output::Persist(Record::Committed(certificate.clone().into_inner())));
		self.hand_over(certificate, out);
	}

	fn hand_over(&mut self, certificate: VerifiedCertificate, out: &mut Vec<Output>) {
		self.round.decided = true;
		self.watermark = self.watermark.max(certificate.height());
		let signers: Vec<_> = certificate.signatures.iter().map(|(signer, _)| *signer).collect();
		out.push(Output::Commit { holders: self.others(&signers), certificate });
	}

	/// Rule *lead*: the leader of a view in which nothing is proposed has one block built, and proposes it once. A
	/// block that it proposed before a crash it proposes again, and no other.
	pub(crate) fn lead(&mut self, out: &mut Vec<Output>) {
		if Some(self.leader()) != self.me || self.round.proposal.is_some() {
			return;
		}
		let (height, view) = (self.height(), self.view);
		if let Some(block_hash) = self.voted.get(&(height, view, Phase::PrePrepare)).copied() {
			let proposal = Proposal { block_hash, reproposed: true, holders: Vec::new() };
			self.ask_for_verdict(&proposal, out);
			if self.round.verdicts.get(&block_hash) == Some(&Some(true)) {
				self.pre_prepare(block_hash, out);
			}
		} else if self.work && self.round.building != Some(view) && height > self.watermark {
			self.round.building = Some(view);
			out.push(Output::Build { height, view });
		}
	}

	/// Rule *built*: what was asked for is proposed, if it is still wanted.
	pub(crate) fn on_built(&mut self, height: Height, view: View, block_hash: BlockHash, out: &mut Vec<Output>) {
		let wanted = (height, view) == (self.height(), self.view)
			&& self.round.building == Some(view)
			&& !self.changing
			&& !self.round.decided
			&& self.round.proposal.is_none();
		if wanted {
			self.round.verdicts.insert(block_hash, Some(true));
			self.pre_prepare(block_hash, out);
		}
	}

	fn pre_prepare(&mut self, block_hash: BlockHash, out: &mut Vec<Output>) {
		if self.cast(Phase::PrePrepare, block_hash, out) {
			self.round.proposal = Some(Proposal { block_hash, reproposed: false, holders: Vec::new() });
		}
	}

	/// Rule *proposal*: what the leader of this view pre-prepared; or, where its message is missing, what so many
	/// prepared that one of them is honest and must have had it from the leader. A new-view's re-proposal stands above
	/// both; see `propose_again`.
	pub(crate) fn adopt_proposal(&mut self, out: &mut Vec<Output>) {
		if self.round.proposal.is_none() {
			let leader = self.leader();
			let by_leader = self.round.book.get(self.view, Phase::PrePrepare, leader).map(|v| v.vote.block_hash);
			let honest = self.set().max_faulty() + 1;
			let block_hash = by_leader.or_else(|| self.round.book.with_support(self.view, Phase::Prepare, honest));
			self.round.proposal = block_hash.map(|block_hash| {
				let mut holders = self.round.book.signers(self.view, Phase::Prepare, &block_hash);
				holders.insert(0, leader);
				holders.dedup();
				Proposal { block_hash, reproposed: false, holders }
			});
		}
		if let Some(proposal) = self.round.proposal.clone() {
			self.ask_for_verdict(&proposal, out);
		}
	}

	/// Rule *validated*: the verdict is noted; an invalid block is left to the timer.
	pub(crate) fn on_validated(&mut self, height: Height, block_hash: BlockHash, valid: bool, out: &mut Vec<Output>) {
		if height != self.height() {
			return;
		}
		if let Some(verdict @ None) = self.round.verdicts.get_mut(&block_hash) {
			*verdict = Some(valid);
			if !valid {
				out.push(Output::Note(Note::ProposalInvalid { height, view: self.view, block_hash }));
			}
		}
	}

	/// The proposal of this view, if it was found valid.
	fn valid_proposal(&self) -> Option<BlockHash> {
		let block_hash = self.round.proposal.as_ref()?.block_hash;
		(self.round.verdicts.get(&block_hash) == Some(&Some(true))).then_some(block_hash)
	}

	/// Rule *prepare*: the proposal is valid and its body is here, and no lock speaks against it. A lock of a lower
	/// view does not, if I hold the new-view of this one: it proves that the lock's block was not committed, or proposes
	/// that very block. After a restart I have entered the view and lost the proof, and keep to my lock.
	pub(crate) fn prepare(&mut self, out: &mut Vec<Output>) {
		let Some(block_hash) = self.valid_proposal() else { return };
		let proven = self.new_view.is_some() || mutant::is(Mutant::LockNotChecked);
		let free = |lock: &VerifiedCertificate| (lock.view() < self.view && proven) || lock.block_hash() == block_hash;
		if self.round.lock.as_ref().is_none_or(free) {
			self.cast(Phase::Prepare, block_hash, out);
		}
	}

	/// Rule *commit*: a quorum prepared the valid proposal in this view; I lock on it, then say so.
	pub(crate) fn commit(&mut self, out: &mut Vec<Output>) {
		let Some(block_hash) = self.valid_proposal() else { return };
		let Some(certificate) = self.round.book.certificate(self.view, Phase::Prepare, self.quorum()) else {
			return;
		};
		if certificate.block_hash() != block_hash {
			return;
		}
		if self.round.lock.as_ref().is_none_or(|lock| lock.view() < self.view) {
			if !mutant::is(Mutant::LockNotWritten) {
				out.push(Output::Persist(Record::Locked(certificate.clone())));
			}
			self.round.lock = Some(VerifiedCertificate::from_verified_votes(certificate));
		}
		self.cast(Phase::Commit, block_hash, out);
	}

	/// Signs and sends one vote, after it is on the disk. At most one per (set, height, view, phase), in every life of
	/// the process: the same vote may be said again, another one never. Returns whether it has been said.
	fn cast(&mut self, phase: Phase, block_hash: BlockHash, out: &mut Vec<Output>) -> bool {
		let Some(me) = self.me else { return false };
		let (height, view, set_id) = (self.height(), self.view, self.set_id());
		if self.round.book.get(view, phase, me).is_some() {
			return true;
		}
		let before = self.voted.get(&(height, view, phase)).copied();
		let refused = match before {
			Some(other) => other != block_hash,
			None => height <= self.watermark,
		};
		if refused {
			self.note_silence(view, phase, Note::VoteWithheld { height, view, phase }, out);
			return false;
		}
		let vote = Vote { set_id, height, view, phase, block_hash };
		let signed = if mutant::is(Mutant::ViewNotSigned) { Vote { view: View::ZERO, ..vote } } else { vote };
		let Some(signature) = self.keys.sign(&signed.payload(&self.genesis)) else {
			self.note_silence(view, phase, Note::KeyMissing, out);
			return false;
		};
		let at = out.len();
		if before.is_none() {
			self.voted.insert((height, view, phase), block_hash);
			out.push(Output::Persist(Record::Voted { set_id, height, view, phase, block_hash }));
		}
		let vote = SignedVote { vote, signer: me, signature };
		self.round.book.insert(vote.clone());
		out.push(Output::Broadcast(match phase {
			Phase::PrePrepare => Message::PrePrepare(vote),
			Phase::Prepare | Phase::Commit => Message::Vote(vote),
		}));
		if mutant::is(Mutant::SentBeforeSynced) {
			out[at..].reverse();
		}
		true
	}

	/// Says once per view and phase why no vote is cast.
	pub(crate) fn note_silence(&mut self, view: View, phase: Phase, note: Note, out: &mut Vec<Output>) {
		if self.round.silent.insert((view, phase)) {
			out.push(Output::Note(note));
		}
	}
}
