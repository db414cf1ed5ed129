//! # Hostile input
//!
//! Targets, each a function of bytes that panics when a rule is broken: [`decoders`] runs every decoder of
//! `consensus/pbft` and `consensus/primitives`; [`machine`] runs a whole [`syndic_pbft::Machine`] under inputs that are
//! made of the bytes. Decoders that belong to `consensus/client` are tested there, with the same [`runner`].
//!
//! ## Two ways to run them
//! - *Short, on stable Rust, in every run of the tests*: [`runner`] replays the corpus of a target, then a stated
//!   number of mutations of it, from a fixed seed. `SYNDIC_FUZZ_INPUTS` sets another number, `SYNDIC_FUZZ_SEED` another
//!   seed:
//!   `SYNDIC_FUZZ_INPUTS=1000000 cargo test --locked --release --workspace --test short machine`
//! - *Long, guided by coverage*: `scripts/fuzz machine 600` runs libFuzzer for ten minutes; `scripts/fuzz --help` says
//!   more. It needs only stable Rust and a C++ compiler. The inputs that it finds are packed into the corpus.
//!
//! `bolero` would be one harness for both ways. On stable Rust, however, it draws its seeds from the system and does
//! not mutate the corpus. `cargo-fuzz` has to be installed. Hence there are [`runner`] and, for libFuzzer's counters, a
//! wrapper around rustc.
//!
//! ## How far the machine's rules reach
//! The short run finds those deliberate faults of `syndic_pbft::mutant` that one machine alone can show: a quorum too
//! small, a signer counted twice, signatures that are not checked or do not cover the view, a vote that leaves before
//! its record, a lock that is not written, votes or views forgotten, a new-view that is accepted without checks, a book
//! without bound. Faults that take several machines are left to the simulator.
//!
//! ## The corpus
//! Each target has its own corpus, and every run of the tests replays all of it:
//! - *Named inputs*, each a file in `corpus/<target>`: the golden files of `consensus/pbft`, messages of a recorded
//!   run, and every input that ever broke a rule. This command writes the first two:
//!   `cargo test --locked --release --workspace --test seeds -- --ignored`
//! - *Packed inputs*, one on each line of `corpus/<target>.hex`: what libFuzzer kept after minimising.
//!
//! [`corpus`] reads both. `scripts/fuzz` unpacks the corpus for libFuzzer into the target folder, and packs new inputs
//! when it ends. To pack a folder of inputs by hand, each of them a file:
//! `cargo run --release -p syndic-fuzz --bin fuzz-corpus -- pack consensus/fuzz/corpus/machine FOLDER`
//!
//! An input that breaks a rule is not packed. Copy it into `corpus/<target>` under a name that says what it breaks.
//! `scripts/check-tree` fails if the corpus has more than 60 files.

pub mod choices;
pub mod corpus;
pub mod decoders;
pub mod keys;
pub mod machine;
pub mod runner;
