//! Errors that keep a run from starting.

use std::path::PathBuf;

/// Why the tool could not do its work. The fate of a transaction is never an error: it is in the report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// A file could not be read or written.
	#[error("{path}: {error}")]
	File {
		/// The file.
		path: PathBuf,
		/// The reason.
		error: std::io::Error,
	},
	/// A thread, a socket or the report's output could not be had.
	#[error("{0}")]
	Io(#[from] std::io::Error),
	/// The file is no chain spec that accounts can be added to.
	#[error("{path}: {problem}")]
	Spec {
		/// The file.
		path: PathBuf,
		/// What is wrong with it.
		problem: String,
	},
	/// `--parameter` names an unknown parameter.
	#[error("--parameter {name}: there is no such parameter; there are {known}")]
	UnknownParameter {
		/// The name given.
		name: String,
		/// All names.
		known: String,
	},
	/// Options that contradict each other, or an option that is out of bounds.
	#[error("{0}")]
	Options(String),
	/// The root of the accounts is no secret URI.
	#[error("--root {root}: {problem}")]
	Root {
		/// The root given.
		root: String,
		/// What is wrong with it.
		problem: String,
	},
	/// None of the nodes answered.
	#[error("none of the {count} nodes answered within {seconds} s; the last one said: {last}")]
	NoNode {
		/// How many were tried.
		count: usize,
		/// How long they were tried, in seconds.
		seconds: u64,
		/// The last node's error.
		last: String,
	},
	/// The chain's transactions have another form than those that this tool signs.
	#[error("the chain has transaction version {theirs}, this tool signs for {ours}")]
	TransactionVersion {
		/// The chain's version.
		theirs: u32,
		/// The version of the runtime that this tool was built with.
		ours: u32,
	},
	/// A node did not answer as expected.
	#[error(transparent)]
	Wire(#[from] crate::wire::WireError),
}
