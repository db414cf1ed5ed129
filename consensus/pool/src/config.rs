//! What a pool holds, at most.

use crate::{book::Bounds, room::Load};
use std::time::Duration;

/// What is let in of peers, in pools: they have accepted it already, and a pool that leaves it out waits for their turn to
/// lead.
const PEERS: u64 = 2;

/// What part of the pool may wait for gaps: one of so many.
const WAITING: u64 = 2;

/// Bounds of a pool.
#[derive(Clone, Copy, Debug)]
pub struct Config {
	/// What it holds.
	pub limit: Load,
	/// How many transactions one account may have in it, and how far ahead of the state its nonces may be.
	pub account: usize,
	/// How many of an account may wait for an earlier one.
	pub waiting: usize,
	/// How much of the pool one institution may have, in percent.
	pub institution: u8,
	/// For how long a transaction waits for an earlier one of its account.
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

	/// What is let in of clients.
	pub(crate) fn of_clients(&self) -> Bounds {
		Bounds {
			account: self.account,
			waiting: self.waiting,
			all_waiting: self.limit.part(WAITING),
			institution: self.limit.percent(self.institution),
		}
	}

	/// What is let in of peers.
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

	/// The room for what peers send.
	pub(crate) fn peers_limit(&self) -> Load {
		self.limit.times(PEERS)
	}
}
