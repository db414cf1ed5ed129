//! The options of a run.

use crate::{accounts, error::Error, order::Order, plan::Spread};
use std::path::PathBuf;

/// Puts load on a network, and tells what became of every transaction.
///
/// Transfers are signed beforehand. Either a given number is kept in flight (--in-flight), or they are offered at a given rate
/// whatever the nodes do (--rate). Latency counts from when a transaction was due.
///
/// The exit code is 0 only if every transaction that a node accepted is final, and none stands in two blocks.
#[derive(Clone, Debug, clap::Args)]
pub struct RunOptions {
	/// The RPC of a node, ws://…; several for several nodes.
	#[arg(long = "url", value_name = "URL", required_unless_present = "self_test")]
	pub urls: Vec<String>,
	/// Nodes whose final blocks are followed, through whichever answers. By default all of --url.
	#[arg(long = "follow", value_name = "URL")]
	pub follow: Vec<String>,
	/// How many transactions to sign and offer. By default what --rate offers in --seconds.
	#[arg(long, value_name = "N")]
	pub transactions: Option<u32>,
	/// For how long to offer. With --rate and without --transactions, only says how many: all of them are offered, also where
	/// some have to be offered again and it takes a little longer.
	#[arg(long, value_name = "S")]
	pub seconds: Option<u32>,
	/// How many accounts send, by turns.
	#[arg(long, value_name = "N", default_value_t = 200)]
	pub accounts: u32,
	/// The number of the first of them, so that runs at the same time have accounts of their own.
	#[arg(long, value_name = "N", default_value_t = 0)]
	pub first_account: u32,
	/// What accounts are derived from, as in `syndic-load spec`.
	#[arg(long, value_name = "URI", default_value = accounts::DEFAULT_ROOT)]
	pub root: String,
	/// Saturating: keep so many in flight, shared out evenly over the nodes. In flight means without an answer; with
	/// --watch, not final. 256 unless there is a --rate.
	#[arg(long, value_name = "N", conflicts_with = "rate")]
	pub in_flight: Option<u32>,
	/// Open loop: offer so many a second.
	#[arg(long, value_name = "R")]
	pub rate: Option<f64>,
	/// The order of a sender's nonces.
	#[arg(long, value_enum, default_value_t = Order::Sequential)]
	pub order: Order,
	/// Which node a transaction is offered to.
	#[arg(long, value_enum, default_value_t = Spread::OneNodePerAccount)]
	pub spread: Spread,
	/// Connections to each node.
	#[arg(long, value_name = "N", default_value_t = 1)]
	pub connections: u32,
	/// Submits by author_submitAndWatchExtrinsic, and counts what watchers are told. A node serves 1,024 watches a
	/// connection.
	#[arg(long)]
	pub watch: bool,
	/// Offers again what was refused for want of room (1016), after the lower nonces of its sender and before the higher
	/// ones. Without it, what is refused stays refused, and later ones that a node accepts all the same are counted as
	/// blocked. When --seconds are over it is still offered again, for as long as --settle at most.
	#[arg(long)]
	pub retry_full: bool,
	/// Offers again, to a node that is there, what had no answer because the connection ended. A node that says it has it
	/// already (1013) has accepted it.
	#[arg(long)]
	pub retry_unanswered: bool,
	/// How long a sender waits after a refusal, in ms. By default 200, and with --rate not at all.
	#[arg(long, value_name = "MS")]
	pub retry_after: Option<u32>,
	/// Lets transactions expire after so many blocks: a power of two from 4 on. By default they do not.
	#[arg(long, value_name = "BLOCKS")]
	pub mortal: Option<u64>,
	/// What random orders are drawn from.
	#[arg(long, value_name = "N", default_value_t = 1)]
	pub seed: u64,
	/// How long to wait at the end, at most, until all that was accepted is final.
	#[arg(long, value_name = "SECONDS", default_value_t = 60)]
	pub settle: u32,
	/// Writes the report to a file as JSON, too.
	#[arg(long, value_name = "FILE")]
	pub json: Option<PathBuf>,
	/// Exit code 0 also if transactions were lost.
	#[arg(long)]
	pub allow_lost: bool,
	/// Threads beside the one that decides what is offered.
	#[arg(long, value_name = "N", default_value_t = 1)]
	pub threads: u32,
	/// Runs against four nodes that only pretend, in this process, and answer at once: what the generator reaches at
	/// most.
	#[arg(long, conflicts_with_all = ["urls", "follow"])]
	pub self_test: bool,
}

/// How offers are paced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
	/// This many transactions are in flight.
	InFlight(usize),
	/// This many transactions are offered a second.
	Rate(f64),
}

impl RunOptions {
	/// How offers are paced.
	pub fn pace(&self) -> Pace {
		match (self.rate, self.in_flight) {
			(Some(rate), _) => Pace::Rate(rate),
			(None, in_flight) => Pace::InFlight(in_flight.unwrap_or(256) as usize),
		}
	}

	/// How many transactions are signed.
	pub fn total(&self) -> Result<usize, Error> {
		match (self.transactions, self.seconds, self.rate) {
			(Some(count), ..) => Ok(count as usize),
			(None, Some(seconds), Some(rate)) => Ok((f64::from(seconds) * rate).ceil() as usize),
			_ => Err(Error::Options(
				"--transactions is missing: without --rate and --seconds it cannot be told how many to sign".into(),
			)),
		}
	}

	/// After how many seconds no transaction is offered for the first time. `None`: no limit.
	pub fn limit(&self) -> Option<u32> {
		self.seconds.filter(|_| self.transactions.is_some())
	}

	/// Refuses options that are out of bounds or contradict each other.
	pub fn check(&self) -> Result<(), Error> {
		let bad = |problem: String| Err(Error::Options(problem));
		if self.accounts == 0 {
			return bad("--accounts 0: at least 1 is needed".into());
		}
		if self.rate.is_some_and(|rate| !(rate > 0.0 && rate <= 1e6)) {
			return bad(format!("--rate {}: more than 0 and at most 1000000 a second", self.rate.unwrap_or_default()));
		}
		if self.in_flight == Some(0) {
			return bad("--in-flight 0: at least 1 is needed".into());
		}
		if !(1..=64).contains(&self.connections) {
			return bad(format!("--connections {}: 1 to 64", self.connections));
		}
		if !(1..=64).contains(&self.threads) {
			return bad(format!("--threads {}: 1 to 64", self.threads));
		}
		if let Some(period) = self.mortal.filter(|period| !period.is_power_of_two() || !(4..=65_536).contains(period)) {
			return bad(format!("--mortal {period}: a power of two from 4 to 65536"));
		}
		match self.total()? {
			0 => bad("--transactions 0: at least 1 is needed".into()),
			1..=10_000_000 => Ok(()),
			total => bad(format!("{total} transactions: at most 10000000 are signed for one run")),
		}
	}
}
