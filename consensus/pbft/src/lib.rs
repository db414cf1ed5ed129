//! # PBFT, as Syndic runs it
//!
//! A deterministic state machine: [`Machine::handle`] takes an [`Input`] and answers with [`Output`]s. It does no I/O, has
//! no clock and no randomness; the same inputs in the same order give the same outputs. What drives it is
//! `consensus/client`.
//!
//! ## How to drive it
//! - Carry outputs out in order. What follows an [`Output::Persist`] may be done only when the record is on the disk.
//! - Finish all outputs of one input before the next input.
//! - After [`Output::Commit`], finalise the block, then feed [`Input::Finalised`] with the rules of the next height. The
//!   machine says nothing about a height before the one below it is finalised here.
//! - After a crash, give [`Machine::new`] every record of the log.
//!
//! ## Terms
//! A *set* of n validators tolerates f = ⌊(n − 1)/3⌋ faulty ones; a *quorum* is q = n − f. The leader of (height, view) is
//! `members[(height / leader_period + view) mod n]`. A *prepared certificate* is q prepares, a *commit certificate* q
//! commits, of one (set, height, view, block). Views count within a set and start at 0 with each set.
//!
//! ## Rules, and where they are
//! | input | condition | outputs | rule, in |
//! |---|---|---|---|
//! | pre-prepare, prepare, commit | of this set, this height or the next, by a member (a pre-prepare by the leader), signed | kept; a conflict with a kept one: evidence | *vote*, `normal` |
//! | (any) | I lead, view has begun, nothing proposed, there is work | build | *lead*, `normal` |
//! | built | still wanted | persist, pre-prepare | *built*, `normal` |
//! | (any) | pre-prepare by the leader, or f + 1 prepares for one block | validate | *proposal*, `normal` |
//! | validated | valid, no lock on another block: of this view, or, where the new-view is not at hand, of any | persist, prepare | *prepare*, `normal` |
//! | body missing | of a block that is to be judged | the progress timer runs again | *timers*, `view_change` |
//! | (any) | q prepares for the valid proposal in this view | persist lock, persist, commit | *commit*, `normal` |
//! | (any) | q commits of one view, whichever | persist, decide | *decide*, `normal` |
//! | (any) | the log remembers a certificate of this height | decide | *decide*, `normal` |
//! | (any) | asking for a view, and could not say so yet | view-change | *timer*, `view_change` |
//! | committed | certificate verifies | decide, or: behind | *committed*, `normal` |
//! | finalised | above the last one | next height under its rules | *finalised*, `machine` |
//! | progress timer, new-view timer | still of this height and view | persist, view-change for the next view | *timer*, `view_change` |
//! | view-change | verifies, higher than the kept one of its sender | kept; who is behind is helped | *view-change*, `view_change` |
//! | (any) | f + 1 others ask for views above mine | persist, view-change for the smallest | *join*, `view_change` |
//! | (any) | q ask for the view I ask for, and I lead it | persist, new-view | *new-view, leader*, `view_change` |
//! | new-view | verifies as a whole | persist, enter; its re-proposal is the proposal | *new-view*, *re-proposal*, `view_change` |
//! | finalised | its certificate is of a later view | persist, enter | *follow*, `view_change` |
//! | resend timer, peer connected | | what I said in this view, the last certificate, the new-view | *peer*, `machine` |
//!
//! What makes view-changes and new-views valid is in `new_view`, as pure functions.
//!
//! ## Why two blocks are never committed at one height
//! Within a view: two quorums share an honest validator, which prepares once. Across views: if B was committed at h in
//! view v, q validators locked on B before they sent their commits. A later view w begins with q view-changes for w.
//! They share an honest validator with those q, which sent its view-change after its commit, since nobody votes below a view
//! it has asked for; so it reports B's certificate, or that h is committed. In the first case the certificate
//! of the highest view among the reports is for B, by induction over the views from v to w; in the second the view begins
//! above h, and nobody who knows h to be committed votes there any more.
//!
//! ## Where this departs from Castro and Liskov (OSDI 1999), and why it is safe
//! - *Heights go one by one.* h + 1 begins when h is final here. There are no checkpoints or watermarks: the commit
//!   certificate of h is a stable checkpoint of everything below.
//! - *A view is also entered by a commit certificate of that view* (rule *follow*). It proves that q validators were in the
//!   view at that height. A block committed above it in a lower view would need q validators that had left that height
//!   before; the two quorums would share an honest one.
//! - *The leader prepares, too*, so that certificates are all of one kind.
//! - *Commits of any view decide*, also while a view change is under way: a certificate is a proof wherever one stands.
//! - *A block that f + 1 prepared counts as proposed*: one of them is honest and had it from the leader.
//! - *The progress timer runs only while a quorum can be reached.* Without one no view could follow; to give one up would
//!   only silence the validator until others join it. Timers concern progress alone.
//!
//! ## What is durable
//! Each vote, each lock, each view that is entered or asked for, each commit certificate: see [`Record`]. The machine signs
//! at most one vote per (set, height, view, phase) in every life of the process, and nothing new at or below the highest
//! height its log knows to be committed, even if the database has lost blocks.
//!
//! ## What is bounded
//! Votes: three views per member and phase, for two heights. View-changes: one per member. New-views: the current one
//! and one postponed. Verdicts: sixteen a height. Messages: see [`message`].

mod book;
pub mod io;
mod machine;
pub mod message;
#[cfg(not(mutants))]
mod mutant;
#[cfg(mutants)]
pub mod mutant;
mod new_view;
mod normal;
pub mod status;
mod view_change;

#[cfg(test)]
mod tests;

pub use io::{Input, Note, Output, Record, Rejection, Timer, TimerKind};
pub use machine::{Config, Machine};
pub use message::*;
pub use status::Status;
