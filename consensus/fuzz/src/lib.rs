//! # Hostile input
//!
//! Targets, each a function of bytes that panics when a rule is broken: [`decoders`], every decoder of `consensus/pbft` and
//! `consensus/primitives`; [`machine`], a whole [`syndic_pbft::Machine`] under inputs that are made out of the bytes.
//! Decoders that belong to `consensus/client` are tested there, with the same [`runner`].
//!
//! ## Two ways to run them
//! - *Short, on stable, in every run of the tests*: [`runner`] replays the corpus of a target, then mutates it, a stated
//!   number of times, from a fixed seed. `SYNDIC_FUZZ_INPUTS` is another number, `SYNDIC_FUZZ_SEED` another seed:
//!   `SYNDIC_FUZZ_INPUTS=1000000 cargo test --release -p syndic-fuzz machine`
//! - *Long, guided by coverage*: `scripts/fuzz machine 600` runs libFuzzer for ten minutes, `scripts/fuzz --help` says
//!   more. It needs nothing but stable Rust and a C++ compiler. What it finds is packed into the corpus.
//!
//! `bolero` would be one harness for both, but on stable it draws its seeds from the system and does not mutate the
//! corpus, and `cargo-fuzz` has to be installed: hence [`runner`], and a wrapper around rustc for libFuzzer's counters.
//!
//! ## How far the machine's rules reach
//! Of the deliberate faults of `syndic_pbft::mutant` the short run finds those that one machine alone can show: a quorum
//! too small, a signer counted twice, signatures not checked or not over the view, a vote that leaves before its record, a
//! lock that is not written, votes or views forgotten, a new-view that is believed, a book without bound. What takes
//! several machines is the simulator's.
//!
//! ## The corpus
//! Each target has its own corpus, and every run of the tests replays all of it:
//! - *Named inputs*, each a file in `corpus/<target>`: the golden files of `consensus/pbft` and messages of a recorded run
//!   (`cargo test -p syndic-fuzz --test seeds -- --ignored` writes both), and every input that ever broke a rule.
//! - *Packed inputs*, one on each line of `corpus/<target>.hex`: what libFuzzer kept after minimising.
//!
//! [`corpus`] reads both. `scripts/fuzz` unpacks the corpus for libFuzzer into the target folder, and packs new inputs when
//! it ends. To pack a folder of inputs by hand, each of them a file:
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
