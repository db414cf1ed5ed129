//! `syndic-load`: puts load on a network of Syndic nodes, and tells what became of every transaction.
//!
//! ```sh
//! syndic export-chain-spec --chain local > base.json
//! syndic-load spec --base base.json --accounts 200 --parameter blockPeriod=300 > spec.json
//! # … start the nodes with spec.json …
//! syndic-load run --url ws://127.0.0.1:9944 --url ws://127.0.0.1:9945 --transactions 10000 --in-flight 256
//! syndic-load run --url ws://127.0.0.1:9944 --rate 2000 --seconds 300 --retry-full --json report.json
//! syndic-load run --self-test --transactions 200000 --in-flight 1024
//! ```
//!
//! # What is counted
//!
//! A transaction is *accepted* when the node it was offered to answers without an error, *refused* when the answer is an
//! error, and *unanswered* when the connection ends first. It is *final* when a final block has its hash. The blocks come from
//! whichever of the nodes is alive, one height after the other, so the count does not depend on any of them.
//!
//! Of the accepted that are not final at the end, those are
//!
//! - *told*: with `--watch`, whose watcher was told `dropped`, `invalid` or `usurped`;
//! - *blocked*: of whose sender a lower nonce was refused, not answered, never offered, or told as above. The chain cannot include
//!   them, and it is the sender who has left the gap;
//! - *lost*: all others. There must be none.
//!
//! With `--retry-full` a sender leaves no gap: what was refused for want of room is offered again, the lowest nonce first, and
//! until that is accepted its sender offers nothing else. `--retry-unanswered` does the same for what had no answer.
//!
//! # The generator is not what is measured
//!
//! Signing is over before the first offer. A submission costs the generator some microseconds of processor time, which each report
//! names, with the time by which offers were late (`--rate`). `--self-test` runs the same load against nodes in the same
//! process which answer at once: what it reports is the generator's own limit.
//!
//! # The parts
//!
//! | what | where |
//! |---|---|
//! | accounts, and a chain spec that admits them | [`accounts`], [`spec`] |
//! | transactions | [`sign`] |
//! | what is offered next, where, in which order | [`plan`], [`order`] |
//! | the loop, and how connections and blocks reach it | [`run`](mod@run), [`driver`], [`connection`], [`follow`], [`wire`] |
//! | what became of each, and what it comes to | [`ledger`], [`report`], [`stats`], [`cpu`] |
//! | nodes that only pretend | [`sink`] |
#![forbid(unsafe_code)]

pub mod accounts;
pub mod connection;
pub mod cpu;
pub mod driver;
pub mod error;
pub mod follow;
pub mod ledger;
pub mod options;
pub mod order;
pub mod plan;
pub mod report;
pub mod run;
pub mod sign;
pub mod sink;
pub mod spec;
pub mod stats;
pub mod wire;
