//! # PBFT, as Syndic runs it
//!
//! A deterministic state machine: [`Machine::handle`] takes an [`Input`] and answers with [`Output`]s. It does no I/O, has
//! no clock and no randomness; the same inputs in the same order give the same outputs. What drives it is
//! `consensus/client`.
//!
//! ## How to drive it
//! - Carry outputs out in order. What follows an [`Output::Persist`] may be done only when the record is on the disk.
//! - Finish all outputs of one input before the next input.
//! - After [`Output::Commit`], finalise the block, then feed [`Input::Finalised`] with the rules of the next height. Commits
//!   come height by height: the next one only when the one before is final here.
//! - After a crash, give [`Machine::new`] every record of the log.
//!
//! ## Terms
//! A *set* of n validators tolerates f = ⌊(n − 1)/3⌋ faulty ones; a *quorum* is q = n − f. The leader of (height, view) is
//! `members[(height / leader_period + view) mod n]`. A *prepared certificate* is q prepares, a *commit certificate* q
//! commits, of one (set, height, view, block). Views count within a set and start at 0 with each set. The *window* are
//! the heights in progress: as many as `pipeline_depth` above the last final one, and none of which the rules are not known
//! yet ([`syndic_primitives::Rules::until`]). What is *decided* is committed and being finalised; only the first height
//! of the window ever is.
//!
//! ## States
//! | state | is | what is said in it |
//! |---|---|---|
//! | *follower* | not a member of the set | nothing |
//! | *steady* | in a view that has begun | votes at the heights of the window |
//! | *changing* | has asked for a view that has not begun | that view-change, again and again |
//! | *decided* | steady or changing, and the first height is decided | as before, but nothing at that height |
//!
//! ## State × input → outputs
//! A rule that is not named for a state does nothing in it. After every input everything that has come to hold is
//! done, in the order of the second table, so that no rule depends on the order of arrival.
//!
//! | input | in states | condition | outputs | rule, in |
//! |---|---|---|---|---|
//! | pre-prepare, prepare, commit | all | of this set, in the window or one above, by a member (a pre-prepare by the leader), signed | kept; a conflict with a kept one: evidence | *vote*, `normal` |
//! | prepared | all | certificate verifies, in the window or one above | its votes are kept | *prepared*, `collector` |
//! | committed | all | certificate verifies; of the first height | persist, decide | *committed*, `normal` |
//! | | all | of a higher one | its votes are kept, behind; a later view is entered | *follow*, `view_change` |
//! | view-change | all | verifies, higher than the kept one of its sender | kept; who is behind is helped | *view-change*, `view_change` |
//! | new-view | all | verifies as a whole; I stand at one of its heights, or above | persist, enter | *new-view*, `view_change` |
//! | | all | begins above me | kept until I have caught up | *new-view*, `view_change` |
//! | built | steady | still wanted | persist, pre-prepare | *built*, `normal` |
//! | validated | all | asked for, of this parent | noted | *validated*, `normal` |
//! | body missing | all | of a block that is to be judged | the progress timer runs again | *timers*, `view_change` |
//! | progress timer | steady | of this height and view | persist, view-change for the next view | *timer*, `view_change` |
//! | new-view timer | changing | of this view | persist, view-change for the next view | *timer*, `view_change` |
//! | resend timer | steady, changing | | what I said in this view; collectors are passed by for a while | *fall back*, `collector` |
//! | peer connected | all | a member | the last certificate, the new-view, what I said in this view | *peer*, `machine` |
//! | work, peer disconnected | all | | timers start or stop | *timers*, `view_change` |
//! | finalised | all | above the last one | persist, if it was not decided here; the next height under its rules; its view is entered if it is later | *finalised*, `machine` |
//!
//! | then, in states | condition | outputs | rule, in |
//! |---|---|---|---|
//! | all but decided | q commits of one view, whichever, at the first height; or the log remembers a certificate of it | persist, decide | *decide*, `normal` |
//! | changing | asking for a view, and could not say so yet | view-change | *timer*, `view_change` |
//! | all | f + 1 others ask for views above mine | persist, view-change for the smallest | *join*, `view_change` |
//! | changing, not decided | q ask for the view I ask for, and I lead it | persist, new-view | *new-view, leader*, `view_change` |
//! | steady; at each height of the window, from below | I lead, nothing is proposed, there is work, and what it stands on is prepared by me | build | *lead*, `normal` |
//! | | pre-prepare by the leader, or f + 1 prepares for one block | validate | *proposal*, `normal` |
//! | | a new-view proposes a block again | validate that one, whoever proposes what | *re-proposal*, `view_change` |
//! | | valid, on what I prepared below in this view; no lock on another block but of a lower view whose new-view I hold | persist, prepare | *prepare*, `normal` |
//! | | q prepares for it in this view; committed below in this view | persist lock, persist, commit | *commit*, `normal` |
//! | steady, collector | q prepares in this view | prepared, to all | *collect*, `collector` |
//!
//! Votes go to all, or to collectors (rule *send*, `collector`). What makes view-changes and new-views valid, and what
//! is proposed again, is in `new_view`, as pure functions.
//!
//! ## Why two blocks are never committed at one height
//! *In a view*: two quorums share an honest validator, which prepares once.
//!
//! *Across views*: let C be committed at height g in view w. Then in no view u > w another block D gets q prepares at g. By
//! induction on u: among the q that prepared D and the q that committed C there is a common honest X. It was locked on
//! C, and all it can be locked on since is C. So it prepared D in u holding the new-view of u, and stood at one of its
//! heights. Among the q view-changes in that new-view and the q that committed C there is a common honest Y. It sent its
//! view-change after its commit, since nobody votes below a view it has asked for. Y either has g final, then the
//! new-view begins above g, and at g, if X may take part there at all, proposes the ancestor of what is committed, which is
//! C. Or Y reports its locks from its last final block up: it committed C only after it had committed everything below in
//! that view (rule *commit*), so the chain of its locks reaches g without a gap, and what is chosen at g is the block
//! with the certificate of the highest view: C, and not D.
//!
//! *Between heights*: who commits at g + 1 has committed the parent at g in the same view, or knows it to be committed. So q
//! commits at g + 1 are q locks on the parent at least, which is thereby as bound as if it were committed, and no gap opens
//! below a committed height.
//!
//! ## Where this departs from Castro and Liskov (OSDI 1999), and why it is safe
//! - *No checkpoints, no watermarks.* The commit certificate of h is a stable checkpoint of everything up to h, and is
//!   what view-changes report. State transfer is the transfer of blocks with their certificates.
//! - *Requests are blocks, each on the one before.* A proposal at h + 1 says on what at h it stands. Hence the rules that
//!   tie prepare and commit to the height below, and headers in view-changes: what is proposed again is a chain, and a
//!   certificate of a block beside it is left out. It was not committed, or the chain would lead through it.
//! - *A view is also entered by a commit certificate of that view*, at whatever height (rule *follow*). It proves that a
//!   quorum was in it. Who enters so has no new-view to show, and therefore keeps to its locks; the proof above
//!   rests on locks and on who holds a new-view, not on how others came into a view.
//! - *What is committed is proposed again up to the highest commit that is reported*, where headers allow. A faulty member
//!   may be the only one that holds the certificates of the heights below; see `new_view::reproposals`.
//! - *The leader prepares, too*, so that certificates are all of one kind.
//! - *Commits of any view decide*, also while a view change is under way: a certificate is a proof wherever one stands.
//! - *A block that f + 1 prepared counts as proposed*: one of them is honest and had it from the leader.
//! - *Votes may travel through collectors.* A certificate is taken apart into its votes; all rules are those of votes.
//! - *The progress timer runs only while a quorum can be reached*, and not while this node knows to be further behind
//!   than the window. Without a quorum no view could follow; to give one up would only silence the validator until others
//!   join it. Timers concern progress alone.
//!
//! ## What is durable
//! Each vote, each lock, each view that is entered or asked for, each commit certificate, also of blocks that sync brought:
//! see [`Record`]. The machine signs at most one vote per (set, height, view, phase) in every life of the process, and
//! nothing new at or below the highest height its log knows to be committed, even if the database has lost blocks.
//!
//! ## What is bounded
//! Votes: three views per member and phase, for the window and one height. View-changes: one per member. New-views: the
//! current one and one postponed. Verdicts: sixteen a height. Messages: see [`message`].

mod book;
mod collector;
pub mod io;
mod machine;
pub mod message;
#[cfg(not(mutants))]
mod mutant;
#[cfg(mutants)]
pub mod mutant;
mod new_view;
mod normal;
mod round;
pub mod status;
mod view_change;

#[cfg(test)]
mod tests;

pub use io::{Input, Note, Output, Record, Rejection, Timer, TimerKind, Verdict};
pub use machine::{Config, Machine};
pub use message::*;
pub use status::Status;
