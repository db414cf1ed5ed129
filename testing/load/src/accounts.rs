//! The accounts that send. They are derived from one root, so that the chain spec and the runs agree on them.

use crate::error::Error;
use sp_core::{
	crypto::{DeriveJunction, Pair as _},
	sr25519::Pair,
};
use syndic_runtime::AccountId;

/// The default root: the accounts are `//load/0`, `//load/1` and so on.
pub const DEFAULT_ROOT: &str = "//load";

/// The key pairs of `count` accounts from number `first` on. `polkadot.js` derives the same from `{root}/{number}`.
pub fn derive(root: &str, first: u32, count: u32) -> Result<Vec<Pair>, Error> {
	let bad = |problem: String| Error::Root { root: root.into(), problem };
	// The root is derived once: its secret phrase costs 2,048 rounds of a hash.
	let base = Pair::from_string(root, None).map_err(|error| bad(format!("{error:?}")))?;
	let derive = |number: u32| {
		let path = std::iter::once(DeriveJunction::soft(u64::from(number)));
		base.derive(path, None).map(|(pair, _)| pair).map_err(|error| bad(format!("{error:?}")))
	};
	(first..first.saturating_add(count)).map(derive).collect()
}

/// The account of a key pair.
pub fn account(pair: &Pair) -> AccountId {
	pair.public().into()
}
