//! # PBFT, as Syndic runs it
//!
//! A deterministic state machine: [`Machine::handle`] takes an [`Input`] and answers with [`Output`]s. It does no I/O,
//! has no clock and no randomness; the same inputs in the same order give the same outputs. `consensus/client` drives
//! it.
//!
//! ## How to drive it
//! - Carry out outputs in order. Do what follows an [`Output::Persist`] only when the record is on the disk.
//! - Finish all outputs of one input before the next input.
//! - After [`Output::Commit`], finalise the block, then feed [`Input::Finalised`] with the rules of the next height.
//!   The machine commits height by height: it commits the next height only after the one before is final here.
//! - After a crash, give [`Machine::new`] every record of the log.
//!
//! ## Terms
//! A *set* of n validators tolerates f = ⌊(n − 1)/3⌋ faulty ones; a *quorum* is q = n − f. The leader of (height, view)
//! is `leaders[(height / leader_period + view) mod |leaders|]`, where `leaders` are the members that are not demoted,
//! in order. A *prepared certificate* is q prepares, a *commit certificate* q commits, of one (set, height, view,
//! block). Views count within a set and start at 0 with each set. The *window* is the heights in progress: at most
//! `pipeline_depth` heights above the last final one, and only heights whose rules are known
//! ([`syndic_primitives::Rules::until`]). A height is *decided* while its block is committed and being finalised; only
//! the first height of the window can be decided.
//!
//! ## States
//! | state | meaning | what the machine sends in it |
//! |---|---|---|
//! | *follower* | not a member of the set | nothing |
//! | *steady* | in a view that has begun | votes at the heights of the window |
//! | *changing* | has asked for a view that has not begun | its view-change, sent again until the view begins |
//! | *decided* | steady or changing, and the first height is decided | the same, except that it signs no vote at that height |
//!
//! ## State × input → outputs
//! A rule does nothing in a state that its row does not name. After every input the machine applies the rules of the
//! second table, in the order of that table, so that no rule depends on the order in which inputs arrive.
//!
//! | input | in states | condition | outputs | rule, in |
//! |---|---|---|---|---|
//! | pre-prepare, prepare, commit | all | of this set, in the window or one above, by a member (a pre-prepare by the leader), signed | the vote is kept; if it conflicts with a kept one: evidence | *vote*, `normal` |
//! | prepared | all | certificate verifies, in the window or one above | its votes are kept | *prepared*, `collector` |
//! | committed | all | certificate verifies; of the first height | persist, decide | *committed*, `normal` |
//! | | all | of a higher height | its votes are kept; [`Output::Behind`]; its view is entered if it is later | *follow*, `view_change` |
//! | view-change | all | verifies, higher than the kept one of its sender | kept; a sender that is behind is sent what it may lack | *view-change*, `view_change` |
//! | new-view | all | verifies as a whole; I have reached the lowest of its heights | persist, enter | *new-view*, `view_change` |
//! | | all | verifies as a whole; its lowest height is above mine | kept until I have caught up | *new-view*, `view_change` |
//! | built | steady | view and parent are still those asked for, nothing is proposed | persist, pre-prepare | *built*, `normal` |
//! | validated | all | asked for, with this parent | the verdict is kept | *validated*, `normal` |
//! | body missing | all | of a block that is to be judged | the progress timer runs again | *timers*, `view_change` |
//! | progress timer | steady | of this height and view | persist, view-change for the next view | *timer*, `view_change` |
//! | new-view timer | changing | of this view | persist, view-change for the next view | *timer*, `view_change` |
//! | resend timer | steady, changing | | my messages of this view are sent again; votes are broadcast for a while, not sent to collectors | *fall back*, `collector` |
//! | peer connected | all | a member | the last certificate, the new-view, my messages of this view | *peer*, `machine` |
//! | work, peer disconnected | all | | timers start or stop | *timers*, `view_change` |
//! | finalised | all | above the last one | persist certificates of blocks that were not decided here; the next height begins under its rules; the view of the certificate is entered if it is later | *finalised*, `machine` |
//!
//! | then, in states | condition | outputs | rule, in |
//! |---|---|---|---|
//! | all but decided | q commits of any one view at the first height, or a commit certificate of that height in the log | persist, decide | *decide*, `normal` |
//! | changing | the view-change for the view asked for has not been sent yet | view-change | *timer*, `view_change` |
//! | all | f + 1 others ask for views above mine | persist, view-change for the smallest | *join*, `view_change` |
//! | changing, not decided | q ask for the view I ask for, and I lead it | persist, new-view | *new-view, leader*, `view_change` |
//! | steady; at each height of the window, from below | I lead, nothing is proposed, there is work, and I have prepared the parent (or it is final) | build | *lead*, `normal` |
//! | | pre-prepare by the leader, or f + 1 prepares for one block | validate | *proposal*, `normal` |
//! | | a new-view proposes a block again | validate that block, whatever else is proposed | *re-proposal*, `view_change` |
//! | | the proposal is valid and a child of the block that I prepared below in this view; I have no lock on another block, or that lock is of a lower view and I hold the new-view of this view | persist, prepare | *prepare*, `normal` |
//! | | q prepares for the proposal in this view, and I have committed the block below in this view | persist lock, persist, commit | *commit*, `normal` |
//! | steady, collector | q prepares in this view | prepared, to all | *collect*, `collector` |
//!
//! Votes go to all, or to collectors (rule *send*, `collector`). The module `new_view` decides, in pure functions,
//! which view-changes and new-views are valid and which blocks are proposed again.
//!
//! ## Why two blocks are never committed at one height
//! *In a view*: two quorums share an honest validator, which prepares once.
//!
//! *Across views*: let C be committed at height g in view w. Then in no view u > w another block D gets q prepares at
//! g. The proof is by induction on u. Among the q that prepared D and the q that committed C there is a common honest
//! X. X was locked on C, and every later lock of X at g is on C as well. So X prepared D in u while it held the
//! new-view of u, and X had reached the heights of that new-view. Among the q view-changes in that new-view and the q
//! that committed C there is a common honest Y. Y sent its view-change after its commit, since an honest validator does
//! not vote below a view it has asked for. If Y has g final, the new-view begins above g. At g, if X may take part
//! there at all, the new-view then proposes the ancestor of the committed block again, which is C. Otherwise Y reports
//! its locks from its last final block up. Y committed C only after it had committed everything below in that view
//! (rule *commit*), so the chain of its locks reaches g without a gap. The block chosen at g is then the one with the
//! certificate of the highest view: C, and not D.
//!
//! *Between heights*: a validator that commits at g + 1 has committed the parent at g in the same view, or knows that
//! the parent is committed. So q commits at g + 1 prove that q validators are locked on the parent, or know that it is
//! committed. The parent is thereby bound as if it were committed, and no gap opens below a committed height.
//!
//! ## Where this departs from Castro and Liskov (OSDI 1999), and why it is safe
//! - *No checkpoints, no watermarks.* The commit certificate of h is a stable checkpoint of everything up to h, and is
//!   what view-changes report. State transfer is the transfer of blocks with their certificates.
//! - *Requests are blocks, each a child of the one before.* A proposal at h + 1 names its parent at h. Hence the rules
//!   that tie prepare and commit to the height below, and the headers in view-changes. The blocks that are proposed
//!   again form a chain, and a certificate of a block beside that chain is left out. That block was not committed, for
//!   otherwise the chain would lead through it.
//! - *A view is also entered by a commit certificate of that view*, at any height (rule *follow*). The certificate
//!   proves that a quorum was in the view. A validator that enters this way holds no new-view, and therefore keeps to
//!   its locks. The proof above rests on locks and on which validators hold a new-view, not on how the others came into
//!   the view.
//! - *Committed blocks are proposed again, up to the highest reported commit*, where headers allow. A faulty member may
//!   be the only one that holds the certificates of the heights below; see `new_view::reproposals`.
//! - *The leader prepares, too*, so that certificates are all of one kind.
//! - *Commits of any view decide*, also while a view change is under way: a commit certificate is a proof in whichever
//!   view this validator is.
//! - *A block that f + 1 prepared counts as proposed*: one of them is honest and received it from the leader.
//! - *Votes may travel through collectors.* The machine takes a certificate apart into its votes, and applies the rules
//!   for votes to them.
//! - *The progress timer runs only while a quorum can be reached*, and not while this node knows that it is further
//!   behind than the window. Without a quorum no later view could begin; giving up the current one would only silence
//!   the validator until others join it. Timers affect progress, never safety.
//!
//! ## What is durable
//! The log holds each vote, each lock, each view that is entered or asked for, and each commit certificate, including
//! those of blocks that sync brought: see [`Record`]. The machine signs at most one vote per (set, height, view, phase)
//! in every life of the process. It signs nothing new at or below the highest height that its log knows to be
//! committed, even if the database has lost blocks.
//!
//! ## What is bounded
//! Votes: three views per member and phase, for each height of the window and one above it. View-changes: one per
//! member. New-views: the current one and one postponed. Verdicts: sixteen per height. Messages: see [`message`].

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
