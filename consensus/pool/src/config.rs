//! The bounds of a pool.

use crate::{book::Bounds, room::Load};
use std::time::Duration;

/// Factor on the bounds for transactions from peers. Peers have accepted them already, and a transaction that is left
/// out here has to wait until a node that holds it leads.
const PEERS: u64 = 2;

/// Transactions that wait for gaps may take 1/`WAITING` of the pool.
const WAITING: u64 = 2;

/// The bounds of a pool.
#[derive(Clone, Copy, Debug)]
pub struct Config {
	/// Transactions in the pool: their number and bytes.
	pub limit: Load,
	/// Maximum number of transactions of one account, and how far ahead of the state its nonces may be.
	pub account: usize,
	/// Maximum number of transactions of one account that wait for an earlier one.
	pub waiting: usize,
	/// Maximum share of the pool for one institution, in percent.
	pub institution: u8,
	/// How long a transaction waits for an earlier one of its account before it is dropped.
	pub gap_expiry: Duration,
}

impl Config {
	/// The usual bounds of a pool of this size: a quarter for one account, three quarters for one institution.
	pub fn new(transactions: usize, bytes: usize) -> Self {
		Self {
			limit: Load { count: transactions as u64, bytes: bytes as u64 },
			account: (transactions / 4).max(64),
			waiting: (transactions / 16).max(64),
			institution: 75,
			gap_expiry: Duration::from_secs(600),
		}
	}

	/// The bounds for transactions from clients.
	pub(crate) fn of_clients(&self) -> Bounds {
		Bounds {
			account: self.account,
			waiting: self.waiting,
			all_waiting: self.limit.part(WAITING),
			institution: self.limit.percent(self.institution),
		}
	}

	/// The bounds for transactions from peers.
	pub(crate) fn of_peers(&self) -> Bounds {
		let Bounds { account, waiting, all_waiting, institution } = self.of_clients();
		let factor = PEERS as usize;
		Bounds {
			account: account.saturating_mul(factor),
			waiting: waiting.saturating_mul(factor),
			all_waiting: all_waiting.times(PEERS),
			institution: institution.times(PEERS),
		}
	}

	/// The room for transactions from peers.
	pub(crate) fn peers_limit(&self) -> Load {
		self.limit.times(PEERS)
	}
}
