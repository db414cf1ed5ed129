//! What Syndic's runtime and its nodes share: numbers, validator sets, votes, certificates, evidence, parameters and
//! the storage keys at which the engine finds them.
//!
//! The rules this crate keeps:
//! - A vote signs `(domain, genesis hash, set id, height, view, phase, block hash)`; see [`vote`].
//! - A certificate names each signer once, in ascending order, and holds a quorum of valid signatures; see
//!   [`certificate`]. A checked value has another type than a received one.
//! - A set that has been built by [`ValidatorSet::new`] has distinct members and is not empty; at least one leads.
//! - Parameters are judged as a whole by [`Parameters::check`], by the runtime before it accepts them and by the node
//!   before it builds a genesis from them.
//!
//! The crate is `no_std`, and depends neither on FRAME nor on the client nor on how messages travel.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod api;
pub mod assurance;
pub mod block;
pub mod builtin;
pub mod certificate;
pub mod classes;
pub mod crypto;
pub mod digest;
pub mod evidence;
pub mod lifecycle;
pub mod lottery;
pub mod notice;
pub mod numbers;
pub mod parameters;
pub mod participation;
pub mod peer;
pub mod possession;
pub mod privacy;
pub mod readiness;
pub mod recovery;
pub mod risk;
pub mod roster;
pub mod set;
pub mod storage_keys;
pub mod vote;

pub use assurance::{AssuranceLevel, Attestation, BlockAttestations, Roster, Tally};
pub use certificate::{Certificate, CertificateError, VerifiedCertificate};
pub use classes::{ClassId, ClassInfo};
pub use crypto::{ValidatorId, ValidatorSignature, PBFT_KEY_TYPE};
pub use evidence::{Equivocation, EvidenceError};
pub use lifecycle::{RegisteredValidator, Status};
pub use notice::{NoticeError, DEFAULT_CHANGE_DELAY, MIN_CHANGE_DELAY};
pub use numbers::{Height, RosterIndex, SetId, SignerIndex, View};
pub use parameters::{Dissemination, Membership, ParameterError, Parameters, ProposalForm, ENGINE_VERSION};
pub use peer::{PeerId, PeerIdBytes, PeerIdError};
pub use possession::Possession;
pub use privacy::EnvelopeInfo;
pub use readiness::{Readiness, MAX_READINESS_AGE};
pub use recovery::{RecoveryError, RecoveryOrder, UncheckedRecovery, VerifiedRecovery};
pub use roster::{RosterEntry, Seat, MAX_ROSTER};
pub use set::{ScheduledSet, SetError, UncheckedSet, ValidatorSet};
pub use vote::{Phase, SignedVote, Vote, VoteError};

/// A block's hash. It commits to the transactions root and the state root, so a signature over it binds order and
/// result.
pub type BlockHash = sp_core::H256;

/// The engine's name in justifications and digests.
pub const ENGINE_ID: sp_runtime::ConsensusEngineId = *b"PBFT";

/// Maximum number of validators in a set. It bounds every message and every certificate.
pub const MAX_VALIDATORS: u32 = 256;

/// Maximum number of heights in progress at once, whatever the parameters say. Changes of the set or of the parameters
/// are scheduled at least one block further ahead than this, so that the boundary is known before the window reaches
/// it.
pub const MAX_PIPELINE_DEPTH: u32 = 8;

/// The set and the parameters that decide one height: a function of the state after the height below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
	/// The validators that vote.
	pub set: ValidatorSet,
	/// The parameters by which they vote.
	pub parameters: Parameters,
	/// The last height that these rules decide, if a change is scheduled: the window of heights in progress ends there.
	/// `None` if no change is scheduled; then none takes effect within [`MAX_PIPELINE_DEPTH`] heights.
	pub until: Option<Height>,
}
