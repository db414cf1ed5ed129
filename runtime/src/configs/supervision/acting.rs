//! Finds the accounts for which the calls in a call act.
//!
//! A call is made in the name of its sender, unless a surrounding call names another account: a call of a proxy, of a
//! multisig account, of a derived account, or of root. This file knows the pallets of the runtime. A new pallet whose
//! calls hold calls must be added here.

use crate::{AccountId, Address, Builtin, Multisig, OriginCaller, Runtime, RuntimeCall};
use alloc::vec::Vec;
use frame_support::ensure;
use frame_system::RawOrigin;
use pallet_supervision::{Refusal, MAX_ACTORS, MAX_DEPTH};
use sp_runtime::traits::StaticLookup;

/// The account of an address, if the address stands for one.
pub(crate) fn account(address: &Address) -> Option<AccountId> {
	<Runtime as frame_system::Config>::Lookup::lookup(address.clone()).ok()
}

/// Whether a call is an appeal against a freeze. Others may make an appeal in the name of a frozen account.
pub(crate) fn is_appeal(call: &RuntimeCall) -> bool {
	matches!(call, RuntimeCall::Supervision(pallet_supervision::Call::appeal { .. }))
}

/// Finds the accounts for which nested calls act.
pub struct Nested;

impl pallet_supervision::Acting<AccountId, RuntimeCall> for Nested {
	fn others(sender: &AccountId, call: &RuntimeCall) -> Result<Vec<AccountId>, Refusal> {
		let mut walk = Walk::default();
		walk.call(Some(sender), call)?;
		Ok(walk.others)
	}

	fn count(call: &RuntimeCall) -> u32 {
		// The number does not depend on the sender, because each account counts as often as it is named.
		let anybody = AccountId::new([0; 32]);
		Self::others(&anybody, call).map_or(MAX_ACTORS, |others| others.len() as u32)
	}
}

/// The traversal of a call and the calls in it.
#[derive(Default)]
struct Walk {
	/// The accounts, besides the sender, for which the calls visited so far act.
	others: Vec<AccountId>,
	/// Number of calls around the one that is visited.
	depth: u32,
	/// Whether a surrounding call is a call by address. A call by address within another one would not be made.
	by_address: bool,
}

impl Walk {
	/// Visits a call that `sender` makes; `None` stands for root and the board.
	fn call(&mut self, sender: Option<&AccountId>, call: &RuntimeCall) -> Result<(), Refusal> {
		ensure!(self.depth < MAX_DEPTH, Refusal::TooDeep);
		self.depth += 1;
		self.look(sender, call)?;
		self.depth -= 1;
		Ok(())
	}

	fn look(&mut self, sender: Option<&AccountId>, call: &RuntimeCall) -> Result<(), Refusal> {
		match call {
			RuntimeCall::Utility(call) => self.utility(sender, call),
			RuntimeCall::Proxy(call) => self.proxy(call),
			RuntimeCall::Multisig(call) => self.multisig(sender, call),
			RuntimeCall::Scheduler(call) => self.scheduler(sender, call),
			RuntimeCall::Sudo(call) => self.sudo(call),
			RuntimeCall::Balances(call) => self.balances(call),
			RuntimeCall::Board(
				pallet_collective::Call::propose { proposal, .. } | pallet_collective::Call::execute { proposal, .. },
			) => self.call(None, proposal),
			RuntimeCall::Classes(pallet_classes::Call::with_class { call, .. }) => self.call(sender, call),
			RuntimeCall::Builtin(pallet_builtin::Call::call { address, payload }) if !self.by_address => {
				// A call that cannot be decoded is not made.
				let Ok(call) = Builtin::decode_call(address, payload) else { return Ok(()) };
				self.by_address = true;
				self.call(sender, &call)?;
				self.by_address = false;
				Ok(())
			}
			// Cleaning up takes the account out of its institution, which may be frozen.
			RuntimeCall::Identity(pallet_identity::Call::clean_up { account }) => self.add(account.clone()),
			_ => Ok(()),
		}
	}

	fn add(&mut self, account: AccountId) -> Result<(), Refusal> {
		ensure!(self.others.len() < MAX_ACTORS as usize, Refusal::TooManyActors);
		self.others.push(account);
		Ok(())
	}

	/// Visits a call that is made in an account's name. `None` if there is no such account; the call is not made then.
	fn in_name_of(&mut self, account: Option<AccountId>, call: &RuntimeCall) -> Result<(), Refusal> {
		if let Some(account) = account.as_ref().filter(|_| !is_appeal(call)) {
			self.add(account.clone())?;
		}
		self.call(account.as_ref(), call)
	}

	fn utility(&mut self, sender: Option<&AccountId>, call: &pallet_utility::Call<Runtime>) -> Result<(), Refusal> {
		use pallet_utility::Call;
		match call {
			Call::batch { calls } | Call::batch_all { calls } | Call::force_batch { calls } => {
				calls.iter().try_for_each(|call| self.call(sender, call))
			}
			Call::as_derivative { index, call } => {
				let derived = sender.map(|sender| pallet_utility::derivative_account_id(sender.clone(), *index));
				self.in_name_of(derived, call)
			}
			Call::dispatch_as { as_origin, call } | Call::dispatch_as_fallible { as_origin, call } => {
				match &**as_origin {
					OriginCaller::system(RawOrigin::Signed(account)) => self.in_name_of(Some(account.clone()), call),
					_ => self.call(None, call),
				}
			}
			Call::with_weight { call, .. } => self.call(sender, call),
			Call::if_else { main, fallback } => {
				self.call(sender, main)?;
				self.call(sender, fallback)
			}
			_ => Ok(()),
		}
	}

	fn proxy(&mut self, call: &pallet_proxy::Call<Runtime>) -> Result<(), Refusal> {
		use pallet_proxy::Call;
		match call {
			Call::proxy { real, call, .. } | Call::proxy_announced { real, call, .. } => {
				self.in_name_of(account(real), call)
			}
			_ => Ok(()),
		}
	}

	fn multisig(&mut self, sender: Option<&AccountId>, call: &pallet_multisig::Call<Runtime>) -> Result<(), Refusal> {
		use pallet_multisig::Call;
		let of = |others: &[AccountId], threshold: u16| {
			let mut signers = others.to_vec();
			signers.extend(sender.cloned());
			signers.sort();
			Multisig::multi_account_id(&signers, threshold)
		};
		match call {
			Call::as_multi_threshold_1 { other_signatories, call } => {
				self.in_name_of(Some(of(other_signatories, 1)), call)
			}
			Call::as_multi { threshold, other_signatories, call, .. } => {
				self.in_name_of(Some(of(other_signatories, *threshold)), call)
			}
			// The approval holds the hash of a call only, so the call cannot be visited.
			Call::approve_as_multi { threshold, other_signatories, .. } => self.add(of(other_signatories, *threshold)),
			_ => Ok(()),
		}
	}

	fn scheduler(&mut self, sender: Option<&AccountId>, call: &pallet_scheduler::Call<Runtime>) -> Result<(), Refusal> {
		use pallet_scheduler::Call;
		match call {
			Call::schedule { call, .. }
			| Call::schedule_named { call, .. }
			| Call::schedule_after { call, .. }
			| Call::schedule_named_after { call, .. } => self.call(sender, call),
			_ => Ok(()),
		}
	}

	fn sudo(&mut self, call: &pallet_sudo::Call<Runtime>) -> Result<(), Refusal> {
		use pallet_sudo::Call;
		match call {
			Call::sudo { call } | Call::sudo_unchecked_weight { call, .. } => self.call(None, call),
			Call::sudo_as { who, call } => self.in_name_of(account(who), call),
			_ => Ok(()),
		}
	}

	/// Visits calls that take money from an account that is not their sender. Only root may make them, and root exists
	/// on a development chain only.
	fn balances(&mut self, call: &pallet_balances::Call<Runtime>) -> Result<(), Refusal> {
		use pallet_balances::Call;
		let from = match call {
			Call::force_transfer { source, .. } => source,
			Call::force_set_balance { who, .. } | Call::force_unreserve { who, .. } => who,
			_ => return Ok(()),
		};
		account(from).map_or(Ok(()), |from| self.add(from))
	}
}
