//! `syndic-load`: puts load on a network of Syndic nodes, and reports what became of every transaction.
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
//! A transaction is *accepted* when the node it was offered to answers without an error, *refused* when the answer is
//! an error, and *unanswered* when the connection ends first. It is *final* when a final block has its hash. The blocks
//! come from any node that answers, one height after the other, so the count does not depend on one node.
//!
//! The accepted transactions that are not final at the end are
//!
//! - *told*: with `--watch`, the watcher was told `dropped`, `invalid` or `usurped`;
//! - *blocked*: a lower nonce of the same sender was refused, not answered, never offered, or told as above. The chain
//!   cannot include such a transaction, and its sender has left the gap;
//! - *lost*: all others. There must be none.
//!
//! With `--retry-full` a sender leaves no gap: transactions that were refused for want of room are offered again, the
//! lowest nonce first, and the sender offers no others until these are accepted. `--retry-unanswered` does the same for
//! unanswered ones.
//!
//! # The generator is not what is measured
//!
//! Signing is over before the first offer. A submission costs the generator some microseconds of processor time. Each
//! report states this time, and how late offers were (`--rate`). `--self-test` runs the same load against simulated
//! nodes in the same process, which answer at once: its report shows the generator's own limit.
//!
//! # The parts
//!
//! | what | where |
//! |---|---|
//! | accounts, and a chain spec that admits them | [`accounts`], [`spec`] |
//! | transactions | [`sign`] |
//! | which transaction is offered next, to which node, in which order | [`plan`], [`order`] |
//! | the loop, and how connections and blocks reach it | [`run`](mod@run), [`driver`], [`connection`], [`follow`], [`wire`] |
//! | the records of each transaction, and the report | [`ledger`], [`report`], [`stats`], [`cpu`] |
//! | simulated nodes | [`sink`] |
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
