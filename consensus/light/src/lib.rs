//! Checks the answers of a node, without trusting it, and with neither a runtime nor a database.
//!
//! The client has to know two things beforehand: the hash of the chain's genesis, and the validator set of the block in
//! question, from a trusted source or from a block that was checked before. [`verify_read`] follows an answer of the
//! RPC `builtin_read` with `proof` from this set to the value:
//!
//! ```text
//! the set's keys ─ signed ─> certificate ─ names ─> header ─ holds ─> state root ─ proof ─> value, at the item's key
//! ```
//!
//! [`verify_assurance`] does the same with an answer of `pbft_assurance`: see [`assurance`].
//!
//! The result says *what* was proven; the client has to compare it with what it asked for. The state does not tell
//! which contract is at an address, so answers are checked by the contract's name, from which its storage keys are
//! made.

pub mod answer;
pub mod assurance;
mod key;
mod verify;

#[cfg(test)]
mod tests;

pub use answer::{BlockAnswer, MemberAnswer, ReadAnswer, SetAnswer, SetAnswerError};
pub use assurance::{verify_assurance, AssuranceAnswer, AssuranceError, VerifiedAssurance};
pub use verify::{decode_header, finality, verify_read, ProvenState, VerifiedRead, VerifyError};
