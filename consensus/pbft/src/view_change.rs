//! The view change: when a view is given up, how the next view begins, and the timers.

use crate::{
	io::{Note, Output, Record, Rejection, Timer, TimerKind, Verdict},
	machine::Machine,
	message::{Keys, Message, NewView, SignedNewView, SignedViewChange, ViewChange},
	mutant::{self, Mutant},
	new_view::{self, VerifiedNewView, VerifiedViewChange},
	round::{Lock, Proposal},
};
use syndic_primitives::{Dissemination, Phase, SignerIndex, VerifiedCertificate, View};

/// Number of times within one base timeout that unanswered messages are sent again (with `Dissemination::Broadcast`).
const RESENDS_PER_TIMEOUT: u32 = 2;
/// The same number with `Dissemination::Collector`: collectors have one such part of a base timeout before votes are
/// broadcast.
const RESENDS_TO_COLLECTORS: u32 = 4;

impl<K: Keys> Machine<K> {
	/// Rule *timer*: a view without progress is given up. A timer that fires late, for a height or view that is over,
	/// has no effect.
	pub(crate) fn on_timer(&mut self, timer: Timer, out: &mut Vec<Output>) {
		if self.timers.get(&timer.kind()) != Some(&timer) {
			return;
		}
		self.timers.remove(&timer.kind());
		match timer {
			Timer::Progress(height, view) => {
				if (height, view) == (self.height(), self.view) && !self.changing && !self.is_decided() {
					self.note_failure(out);
					self.give_up(view.next(), out);
				}
			}
			Timer::NewView(view) => {
				if self.changing && view == self.view {
					self.note_failure(out);
					self.give_up(view.next(), out);
				}
			}
			Timer::Resend => {
				self.fall_back(out);
				out.extend(self.own_words().into_iter().map(Output::Broadcast));
			}
		}
	}

	fn note_failure(&self, out: &mut Vec<Output>) {
		let status = self.status();
		let missing = |present: &[SignerIndex]| {
			(0..status.members as u16).map(SignerIndex).filter(|s| !present.contains(s)).collect::<Vec<_>>()
		};
		out.push(Output::Note(Note::ViewFailed {
			height: self.height(),
			view: self.view,
			leader: status.leader,
			missing_prepare: missing(&status.prepared_by),
			missing_commit: missing(&status.committed_by),
			proposed: status.proposal.is_some(),
		}));
	}

	/// Leaves the current view for a later one, which begins when its leader proves that a quorum asks for it. From
	/// here on nothing is signed in a lower view.
	fn give_up(&mut self, view: View, out: &mut Vec<Output>) {
		if self.me.is_none() || view <= self.view {
			return;
		}
		self.failures = self.failures.saturating_add(1);
		self.view = view;
		self.changing = true;
		self.rounds.iter_mut().for_each(|round| round.proposal = None);
		self.new_view = None;
		self.forget_lower_views();
		for kind in [TimerKind::Progress, TimerKind::NewView, TimerKind::Resend] {
			self.forget_timer(kind, out);
		}
		out.push(Output::Persist(Record::View { set_id: self.set_id(), view, entered: false }));
		self.send_view_change(out);
	}

	/// Sends the view-change for the view asked for if it could not be sent before: the chain had not caught up with
	/// the log, or the key was missing.
	pub(crate) fn ask_for_view(&mut self, out: &mut Vec<Output>) {
		let said = |me| self.view_changes.get(&me).is_some_and(|vc| vc.view_change().new_view == self.view);
		if self.changing && self.me.is_some_and(|me| !said(me)) {
			self.send_view_change(out);
		}
	}

	/// Signs and sends the view-change for the view asked for, with the present commit certificate and locks.
	pub(crate) fn send_view_change(&mut self, out: &mut Vec<Output>) {
		let Some(me) = self.me else { return };
		let since = self.set().since();
		let committed = self.head.certificate.as_ref().filter(|c| c.set_id() == self.set_id());
		let certificate_lacks = committed.is_none() && self.height() > since;
		if certificate_lacks || self.head.height < self.watermark {
			// The view-change would report less than this validator knows to be committed. It is sent once the chain
			// here has caught up.
			return;
		}
		let view_change = ViewChange {
			set_id: self.set_id(),
			new_view: self.view,
			committed: committed.map(|c| c.clone().into_inner()),
			prepared: match mutant::is(Mutant::LockNotReported) {
				true => Vec::new(),
				false => self.locks_in_window().map(Lock::prepared_block).collect(),
			},
		};
		let Some(signature) = self.keys.sign(&view_change.payload(&self.genesis)) else {
			// The key (view, pre-prepare) marks this note as emitted: no vote is due in a view that has not begun, so
			// nothing else uses this key.
			self.note_silence(0, self.view, Phase::PrePrepare, Note::KeyMissing, out);
			return;
		};
		let message = SignedViewChange { view_change, signer: me, signature };
		self.view_changes.insert(me, VerifiedViewChange(message.clone()));
		out.push(Output::Note(Note::ViewChangeSent(self.view)));
		out.push(Output::Broadcast(Message::ViewChange(message)));
	}

	/// Rule *view-change*: a view-change is verified, and kept if it is the highest of its sender. Its commit
	/// certificate may be one that this node missed. If f + 1 members ask for higher views, rule *join* applies. A
	/// sender that is behind is sent what it may lack.
	pub(crate) fn on_view_change(&mut self, message: SignedViewChange, out: &mut Vec<Output>) -> Result<(), Rejection> {
		let signer = message.signer;
		if Some(signer) == self.me {
			return Err(Rejection::Duplicate);
		}
		let kept = self.view_changes.get(&signer).map(|vc| {
			let kept = vc.view_change();
			((kept.new_view, kept.next_height(self.set())), vc.0 == message)
		});
		let rank = (message.view_change.new_view, message.view_change.next_height(self.set()));
		let known = matches!(kept, Some((_, true)));
		if !known && kept.is_some_and(|(kept, _)| rank <= kept) {
			return Err(Rejection::Duplicate);
		}
		let verified =
			if known { VerifiedViewChange(message) } else { new_view::verify_view_change(message, &self.context())? };
		let view_change = verified.view_change();
		let over = view_change.new_view < self.view || (view_change.new_view == self.view && !self.changing);
		let behind = view_change.next_height(self.set()) <= self.head.height;
		if over || behind {
			if let Some(id) = self.set().member(signer).cloned() {
				let helpful = self.what_others_may_lack().into_iter();
				out.extend(helpful.map(|message| Output::Send(id.clone(), message)));
			}
		}
		if known {
			return Err(Rejection::Duplicate);
		}
		if let Some(certificate) = view_change.committed.clone() {
			self.learn_commit(VerifiedCertificate::from_verified_votes(certificate), out);
		}
		// The certificate may have shown that the view asked for is over.
		if verified.view_change().new_view > self.view || self.changing {
			self.view_changes.insert(signer, verified);
		}
		self.join(out);
		Ok(())
	}

	/// Rule *join*: f + 1 validators cannot all be faulty. If that many other members ask for views above the current
	/// one, this validator asks for the smallest of these views at once. (Castro and Liskov, OSDI 1999, §4.5.2.)
	fn join(&mut self, out: &mut Vec<Output>) {
		let higher = self.view_changes.iter().filter(|(signer, _)| Some(**signer) != self.me);
		let mut views: Vec<View> =
			higher.map(|(_, vc)| vc.view_change().new_view).filter(|view| *view > self.view).collect();
		views.sort_unstable();
		if views.len() > self.set().max_faulty() && !mutant::is(Mutant::NoJoin) {
			self.give_up(views[0], out);
		}
	}

	fn asking_for(&self, view: View) -> impl Iterator<Item = &SignedViewChange> + Clone {
		self.view_changes.values().map(|vc| &vc.0).filter(move |vc| vc.view_change.new_view == view)
	}

	/// Rule *new-view, leader*: when a quorum asks for a view, the leader of the first height of that view begins it.
	/// The leader must have reached the first height that is proposed again or, without re-proposals, the first height
	/// of the view. A leader that is behind has learnt from the same view-changes which blocks it lacks.
	pub(crate) fn lead_view_change(&mut self, out: &mut Vec<Output>) {
		let view = self.view;
		let quorum = self.set().quorum();
		if self.asking_for(view).count() < quorum {
			return;
		}
		let reports = || self.asking_for(view).map(|vc| &vc.view_change);
		let height = new_view::first_height(reports(), self.set());
		let leader = self.set().leader(height, view, self.rules.parameters.leader_period);
		let Some(me) = self.me.filter(|me| *me == leader) else { return };
		let reproposals = new_view::reproposals(reports(), self.set());
		if self.height() < new_view::lowest_height(&reproposals, height) {
			return;
		}
		let new_view = NewView {
			set_id: self.set_id(),
			view,
			reproposals,
			view_changes: self.asking_for(view).cloned().collect(),
		};
		let Some(signature) = self.keys.sign(&new_view.payload(&self.genesis)) else {
			out.push(Output::Note(Note::KeyMissing));
			return;
		};
		let message = SignedNewView { new_view, signer: me, signature };
		self.enter(view, Some(VerifiedNewView(message.clone())), out);
		out.push(Output::Broadcast(Message::NewView(message)));
	}

	/// Rule *new-view*: a new-view is verified as a whole and enters its view, if that view has not begun for this
	/// validator. A new-view whose lowest height this node has not reached is kept until it has.
	pub(crate) fn on_new_view(&mut self, message: SignedNewView, out: &mut Vec<Output>) -> Result<(), Rejection> {
		let view = message.new_view.view;
		// A validator that entered the view by a commit certificate may still take in the new-view.
		let begun = view == self.view && !self.changing;
		if view < self.view || (begun && self.new_view.is_some()) || view == View::ZERO {
			return Err(Rejection::Duplicate);
		}
		let reports = message.new_view.view_changes.iter().map(|vc| &vc.view_change);
		let height = new_view::first_height(reports, self.set());
		let beyond = self.height() < new_view::lowest_height(&message.new_view.reproposals, height);
		if self.postponed.as_ref() == Some(&message) && beyond {
			return Err(Rejection::Duplicate);
		}
		let known = |vc: &SignedViewChange| self.view_changes.get(&vc.signer).is_some_and(|verified| verified.0 == *vc);
		let verified =
			new_view::verify_new_view(message, &self.context(), known).map_err(|rejection| match rejection {
				// With the parameters of another height the view may have another leader, so this is no fault of the
				// sender.
				Rejection::NotLeader { .. } if height != self.height() => {
					let (current_height, current_view) = (self.height(), self.view);
					Rejection::TooFarAhead { height, view, current_height, current_view }
				}
				other => other,
			})?;
		if beyond {
			let reports = verified.new_view().view_changes.iter().map(|vc| &vc.view_change);
			let furthest = reports.filter_map(|vc| vc.committed.clone()).max_by_key(|c| c.height());
			if let Some(certificate) = furthest {
				self.learn_commit(VerifiedCertificate::from_verified_votes(certificate), out);
			}
			self.postponed = Some(verified.0);
			return Ok(());
		}
		if begun && view == self.view {
			self.new_view = Some(verified);
			self.propose_again();
			return Ok(());
		}
		self.enter(view, Some(verified), out);
		Ok(())
	}

	/// Begins a view. `proof` is its new-view, or `None` if a commit certificate of the view began it here.
	fn enter(&mut self, view: View, proof: Option<VerifiedNewView>, out: &mut Vec<Output>) {
		self.view = view;
		self.changing = false;
		self.rounds.iter_mut().for_each(|round| round.proposal = None);
		self.new_view = proof;
		self.forget_lower_views();
		self.view_changes.retain(|_, vc| vc.view_change().new_view > view);
		for kind in [TimerKind::Progress, TimerKind::NewView, TimerKind::Resend] {
			self.forget_timer(kind, out);
		}
		if self.me.is_some() {
			out.push(Output::Persist(Record::View { set_id: self.set_id(), view, entered: true }));
		}
		self.propose_again();
		let reproposed = self.rounds.iter().map_while(|r| r.proposal.as_ref()).map(|p| p.block_hash).collect();
		out.push(Output::Note(Note::ViewEntered { view, reproposed }));
	}

	/// Rule *follow*: a commit certificate of a view, at any height, proves that a quorum was in the view. A validator
	/// that missed the new-view enters the view with the certificate, and keeps to its locks. The crate's page says why
	/// that is safe.
	pub(crate) fn follow(&mut self, view: View, out: &mut Vec<Output>) {
		if view > self.view || (view == self.view && self.changing) {
			self.enter(view, None, out);
		}
	}

	/// Applies rule *follow* to the certificate of the last final block.
	pub(crate) fn follow_head(&mut self, out: &mut Vec<Output>) {
		let Some(certificate) = &self.head.certificate else { return };
		if certificate.set_id() == self.set_id() {
			self.follow(certificate.view(), out);
		}
	}

	/// Rule *re-proposal*: at each height for which the new-view proposes a block again, that block is the proposal,
	/// and no other.
	pub(crate) fn propose_again(&mut self) {
		let Some(proof) = self.new_view.as_ref().filter(|_| !mutant::is(Mutant::LockNotChecked)) else { return };
		let proof = proof.new_view();
		for (height, block_hash) in &proof.reproposals {
			let at = height.0.checked_sub(self.head.height.0.saturating_add(1));
			let Some(round) = at.and_then(|at| self.rounds.get_mut(at as usize)) else { continue };
			if round.proposal.as_ref().is_some_and(|p| p.reproposed && p.block_hash == *block_hash) {
				continue;
			}
			// A quorum prepared the block. The reason for an invalid verdict, such as the block's time, may be gone by
			// now: judge it again.
			if round.verdicts.get(block_hash).is_some_and(|judged| judged.verdict == Some(Verdict::Invalid)) {
				round.verdicts.remove(block_hash);
			}
			round.proposal = Some(Proposal {
				block_hash: *block_hash,
				reproposed: true,
				holders: new_view::holders(proof, *height, block_hash),
			});
		}
	}

	/// Sets and clears the timers according to the state.
	///
	/// The progress timer runs while there is something to order and a quorum can be reached, and not while this node
	/// judges a proposal or is behind. Without a quorum in reach no later view could begin; giving up the current one
	/// would only silence this validator. The new-view timer runs while a quorum asks for the view or a higher one, so
	/// that the views of the members do not drift apart without a quorum.
	pub(crate) fn set_timers(&mut self, out: &mut Vec<Output>) {
		let in_reach = 1 + self.members_in_reach;
		let judging = self.rounds.front().is_some_and(|round| round.is_judging());
		let active = self.me.is_some() && !self.is_decided();
		// Committed blocks need no other view; they come from the members that have them. A commit above the window
		// shows that such members exist.
		let behind = self.furthest > self.height_at(self.window());
		let quorum = self.set().quorum();
		let parameters = &self.rules.parameters;
		let timeout = parameters.timeout(if mutant::is(Mutant::TimerNeverGrows) { 0 } else { self.failures });
		let resends = match parameters.dissemination {
			Dissemination::Broadcast => RESENDS_PER_TIMEOUT,
			Dissemination::Collector { .. } => RESENDS_TO_COLLECTORS,
		};
		let resend = (parameters.base_timeout / resends).max(1);

		let progress = (active && !self.changing && self.work && in_reach >= quorum && !judging && !behind)
			.then_some((Timer::Progress(self.height(), self.view), timeout));
		// A member that asks for a higher view has given up this one as well.
		let given_up = self.view_changes.values().filter(|vc| vc.view_change().new_view >= self.view).count();
		let new_view = (active && self.changing && given_up >= quorum).then_some((Timer::NewView(self.view), timeout));
		let unanswered = self.has_own_words() && !mutant::is(Mutant::NoResend);
		let resend = (active && unanswered).then_some((Timer::Resend, resend));
		for (kind, wanted) in
			[(TimerKind::Progress, progress), (TimerKind::NewView, new_view), (TimerKind::Resend, resend)]
		{
			match wanted {
				None => self.forget_timer(kind, out),
				Some((timer, after)) if self.timers.get(&kind) != Some(&timer) => {
					self.timers.insert(kind, timer);
					out.push(Output::SetTimer(timer, after));
				}
				Some(_) => {}
			}
		}
	}

	/// Clears the timer of this kind, if it runs.
	pub(crate) fn forget_timer(&mut self, kind: TimerKind, out: &mut Vec<Output>) {
		if self.timers.remove(&kind).is_some() {
			out.push(Output::ClearTimer(kind));
		}
	}
}
