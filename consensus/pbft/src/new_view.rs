//! View-changes and new-views: how they are checked, and what follows from a quorum of view-changes. These are pure
//! functions of the messages and the set; every replica computes the same result.
//!
//! Rules (Castro and Liskov, OSDI 1999, §4.4), named by the errors of the functions:
//! - a view-change is of this set, asks for a view above 0, and carries at most [`MAX_WINDOW`] prepared blocks. The
//!   first prepared block is at the height after the commit certificate and a child of the certificate's block; each
//!   further one is a child of the one before. Each prepared certificate is of a lower view than the one asked for.
//!   Every certificate verifies;
//! - a new-view holds at least a quorum of view-changes, all for its view, of distinct signers in ascending order; its
//!   signer leads its view at the height at which the view begins; and its re-proposals are those of
//!   [`reproposals`]: nothing added, nothing omitted.

use crate::{
	io::Rejection,
	message::{NewView, SignedNewView, SignedViewChange, ViewChange, MAX_WINDOW},
	mutant::{self, Mutant},
};
use syndic_primitives::{
	crypto::VerifySignature, BlockHash, Height, Phase, Rules, SignerIndex, ValidatorSet, VoteError,
};

/// What view-changes and new-views are checked against: the chain, the rules and the signature scheme.
pub(crate) struct Context<'a, S> {
	pub genesis: &'a BlockHash,
	pub rules: &'a Rules,
	pub scheme: &'a S,
}

/// A view-change that has passed [`verify_view_change`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VerifiedViewChange(pub SignedViewChange);

impl VerifiedViewChange {
	pub fn view_change(&self) -> &ViewChange {
		&self.0.view_change
	}
}

/// A new-view that has passed [`verify_new_view`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VerifiedNewView(pub SignedNewView);

impl VerifiedNewView {
	pub fn new_view(&self) -> &NewView {
		&self.0.new_view
	}
}

/// Checks a view-change, the cheap rules first. Errors: [`Rejection`] names the broken rule.
pub(crate) fn verify_view_change<S: VerifySignature>(
	message: SignedViewChange,
	cx: &Context<'_, S>,
) -> Result<VerifiedViewChange, Rejection> {
	let Context { genesis, rules, scheme } = *cx;
	let set = &rules.set;
	let SignedViewChange { view_change, signer, signature } = &message;
	let broken = |rule| Rejection::ViewChange { signer: *signer, rule };
	if view_change.set_id != set.id() {
		return Err(Rejection::OtherSet { found: view_change.set_id, current: set.id() });
	}
	let Some(key) = set.member(*signer) else {
		return Err(VoteError::UnknownSigner { signer: *signer, members: set.size() }.into());
	};
	if view_change.new_view.0 == 0 {
		return Err(broken("asks for view 0, which needs no asking"));
	}
	if view_change.prepared.len() > MAX_WINDOW {
		return Err(broken("more prepared blocks than heights in the deepest window"));
	}
	if view_change.committed.as_ref().is_some_and(|c| c.height() < set.since()) {
		return Err(broken("its commit certificate is from before its set"));
	}
	let mut height = view_change.next_height(set);
	// A view-change does not name the last block of the previous set. At the first height of a set no other block could
	// be a parent.
	let mut parent = view_change.committed.as_ref().map(|c| c.block_hash());
	for prepared in &view_change.prepared {
		if prepared.height() != height {
			return Err(broken("a prepared block is not at the height that comes next"));
		}
		if !prepared.is_of_one_block() {
			return Err(broken("a header is not that of the block prepared"));
		}
		if parent.is_some_and(|parent| parent != prepared.parent()) {
			return Err(broken("a prepared block is not a child of the one below"));
		}
		if prepared.view() >= view_change.new_view {
			return Err(broken("a prepared certificate is of the view asked for, or a later one"));
		}
		parent = Some(prepared.block_hash());
		height = height.next();
	}
	if !scheme.verify(key, &view_change.payload(genesis), signature) {
		return Err(VoteError::BadSignature { signer: *signer }.into());
	}
	if let Some(certificate) = view_change.committed.clone() {
		certificate.verify(Phase::Commit, genesis, set, scheme)?;
	}
	for prepared in &view_change.prepared {
		prepared.certificate.clone().verify(Phase::Prepare, genesis, set, scheme)?;
	}
	Ok(VerifiedViewChange(message))
}

/// The height at which a view begins: the one after the highest commit certificate in the view-changes.
pub(crate) fn first_height<'a>(view_changes: impl Iterator<Item = &'a ViewChange>, set: &ValidatorSet) -> Height {
	view_changes.map(|vc| vc.next_height(set)).max().unwrap_or(set.since())
}

/// The blocks that must be proposed again, ascending by height without a gap.
///
/// *Above* the highest reported commit: at each height the block with the prepared certificate of the highest view, as
/// long as there is one and it is a child of the block chosen below, or of the committed block. Suppose that a block
/// was committed at one of these heights in a lower view. Then a quorum is locked on it and on everything below it,
/// down to the height at which the view begins. Every quorum of view-changes holds one of those locks at each of these
/// heights, and no other block can have a certificate of a higher view. So the committed block is chosen, and it is a
/// child of the block chosen below. A block that is left out was not committed.
///
/// *Up to* the highest reported commit: its block and the ancestors of that block, as far down as headers are reported.
/// These blocks are committed, and no other block could be proposed at their heights; but a faulty member may be the
/// only one with the certificates that prove it. If no correct member has finalised such a height, a correct member
/// among those that committed reports its lock there, so that all can commit the block anew. If a correct member has
/// finalised the height, the others get the block from that member.
pub(crate) fn reproposals<'a>(
	view_changes: impl Iterator<Item = &'a ViewChange> + Clone,
	set: &ValidatorSet,
) -> Vec<(Height, BlockHash)> {
	let mut chosen = Vec::new();
	if mutant::is(Mutant::ReproposalAltered) {
		return chosen;
	}
	let prepared_at =
		|height| view_changes.clone().flat_map(|vc| &vc.prepared).filter(move |prepared| prepared.height() == height);
	let first = first_height(view_changes.clone(), set);
	let furthest = view_changes.clone().filter(|vc| vc.next_height(set) == first);
	let committed = furthest.filter_map(|vc| vc.committed.as_ref()).map(|c| c.block_hash()).next();

	let (mut height, mut ancestor) = (first, committed);
	while let Some(block_hash) = ancestor.filter(|_| chosen.len() < MAX_WINDOW) {
		height = Height(height.0.saturating_sub(1));
		ancestor = prepared_at(height).find(|prepared| prepared.block_hash() == block_hash).map(|prepared| {
			chosen.push((height, block_hash));
			prepared.parent()
		});
	}
	chosen.reverse();

	let (mut height, mut parent, below) = (first, committed, chosen.len());
	while chosen.len() < below + MAX_WINDOW {
		let highest = prepared_at(height).max_by_key(|prepared| (prepared.view(), prepared.block_hash()));
		let Some(highest) = highest.filter(|highest| parent.is_none_or(|parent| parent == highest.parent())) else {
			break;
		};
		chosen.push((height, highest.block_hash()));
		parent = Some(highest.block_hash());
		height = height.next();
	}
	chosen
}

/// The lowest first height in progress with which a replica can enter a view by its new-view: the first height that is
/// proposed again or, without re-proposals, the first height of the view.
pub(crate) fn lowest_height(reproposals: &[(Height, BlockHash)], first: Height) -> Height {
	reproposals.first().map_or(first, |(height, _)| *height)
}

/// Members that should hold a block that is proposed again: those that prepared it, according to the certificates in
/// the view-changes. Ascending, without duplicates.
pub(crate) fn holders(new_view: &NewView, height: Height, block_hash: &BlockHash) -> Vec<SignerIndex> {
	let mut signers: Vec<SignerIndex> = new_view
		.view_changes
		.iter()
		.flat_map(|vc| &vc.view_change.prepared)
		.filter(|prepared| prepared.height() == height && prepared.block_hash() == *block_hash)
		.flat_map(|prepared| prepared.certificate.signatures.iter().map(|(signer, _)| *signer))
		.collect();
	signers.sort_unstable();
	signers.dedup();
	signers
}

/// Checks a new-view. `known` says which view-changes have been verified already. The leader is that of the height at
/// which the view begins; `cx.rules` must be the rules of that height or a later one. Errors: [`Rejection`] names the
/// broken rule.
pub(crate) fn verify_new_view<S: VerifySignature>(
	message: SignedNewView,
	cx: &Context<'_, S>,
	known: impl Fn(&SignedViewChange) -> bool,
) -> Result<VerifiedNewView, Rejection> {
	let Context { genesis, rules, scheme } = *cx;
	let set = &rules.set;
	let SignedNewView { new_view, signer, signature } = &message;
	let broken = |rule| Rejection::NewView { view: new_view.view, signer: *signer, rule };
	if new_view.set_id != set.id() {
		return Err(Rejection::OtherSet { found: new_view.set_id, current: set.id() });
	}
	let Some(key) = set.member(*signer) else {
		return Err(VoteError::UnknownSigner { signer: *signer, members: set.size() }.into());
	};
	if mutant::is(Mutant::NewViewNotChecked) {
		return Ok(VerifiedNewView(message));
	}
	if new_view.view_changes.len() < set.quorum() {
		return Err(broken("fewer view-changes than a quorum"));
	}
	if new_view.view_changes.windows(2).any(|pair| pair[1].signer <= pair[0].signer) {
		return Err(broken("view-changes not in ascending order of distinct signers"));
	}
	if new_view.view_changes.iter().any(|vc| vc.view_change.new_view != new_view.view) {
		return Err(broken("a view-change for another view"));
	}
	let view_changes = || new_view.view_changes.iter().map(|vc| &vc.view_change);
	let height = first_height(view_changes(), set);
	let leader = set.leader(height, new_view.view, rules.parameters.leader_period);
	if leader != *signer {
		return Err(Rejection::NotLeader { signer: *signer, height, view: new_view.view, leader });
	}
	if new_view.reproposals != reproposals(view_changes(), set) {
		return Err(broken("re-proposals are not those that follow from the view-changes"));
	}
	if !scheme.verify(key, &new_view.payload(genesis), signature) {
		return Err(VoteError::BadSignature { signer: *signer }.into());
	}
	for view_change in &new_view.view_changes {
		if !known(view_change) {
			verify_view_change(view_change.clone(), cx)?;
		}
	}
	Ok(VerifiedNewView(message))
}
