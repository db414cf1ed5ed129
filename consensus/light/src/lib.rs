//! Checks what a node answers, without trusting it, and with neither a runtime nor a database.
//!
//! What has to be known beforehand are two things: the hash of the chain's genesis, and the validator set of the block in
//! question, from somebody who is trusted or from a block that was checked before. Then [`verify_read`] follows an
//! answer of the RPC `builtin_read` with `proof` from the one to the other:
//!
//! ```text
//! the set's keys ─ signed ─> certificate ─ names ─> header ─ holds ─> state root ─ proof ─> value, at the item's key
//! ```
//!
//! [`verify_assurance`] does the same with an answer of `pbft_assurance`: see [`assurance`].
//!
//! It says *what* was proven; that this is what was asked for is the asker's to compare. Which contract is at an address is
//! not in the state: answers are checked by the contract's name, which its storage keys are made of.

pub mod answer;
pub mod assurance;
mod key;
mod verify;

#[cfg(test)]
mod tests;

pub use answer::{BlockAnswer, MemberAnswer, ReadAnswer, SetAnswer, SetAnswerError};
pub use assurance::{verify_assurance, AssuranceAnswer, AssuranceError, VerifiedAssurance};
pub use verify::{decode_header, finality, verify_read, ProvenState, VerifiedRead, VerifyError};
