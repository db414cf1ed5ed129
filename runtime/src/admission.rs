//! Judges transactions that are offered to a pool.

use crate::{Executive, Identity, Runtime, UncheckedExtrinsic};
use alloc::vec::Vec;
use codec::{DecodeLimit, Encode};
use frame_support::{
	storage::{with_transaction, TransactionOutcome},
	traits::Get,
	MAX_EXTRINSIC_DEPTH,
};
use sp_runtime::{
	generic::Preamble,
	traits::StaticLookup,
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidity},
	DispatchError, OpaqueExtrinsic,
};
use syndic_primitives::{api::Verdict, peer::InstitutionId};

/// Judges each transaction by itself for the block after `at`, as if that block's time were `now` (in ms), or the
/// earliest possible time if that is later. The verdicts are in the order of `transactions`.
pub(crate) fn judge(
	source: TransactionSource,
	transactions: Vec<OpaqueExtrinsic>,
	at: crate::Hash,
	now: u64,
) -> Vec<Verdict> {
	let earliest = pallet_timestamp::Now::<Runtime>::get()
		.saturating_add(<Runtime as pallet_timestamp::Config>::MinimumPeriod::get());
	pallet_timestamp::Now::<Runtime>::put(earliest.max(now));
	transactions
		.into_iter()
		.map(|opaque| {
			let encoded = opaque.encode();
			match UncheckedExtrinsic::decode_all_with_depth_limit(MAX_EXTRINSIC_DEPTH, &mut &encoded[..]) {
				Ok(transaction) => {
					let institution = institution_of(&transaction);
					Verdict { validity: alone(source, transaction, at), institution }
				}
				// The transaction names an unknown call, or ends too early.
				Err(_) => Verdict { validity: Err(InvalidTransaction::Call.into()), institution: None },
			}
		})
		.collect()
}

/// Judges one transaction, and rolls back its changes of the state.
fn alone(source: TransactionSource, transaction: UncheckedExtrinsic, at: crate::Hash) -> TransactionValidity {
	let judged = with_transaction(|| {
		let validity = Executive::validate_transaction(source, transaction, at);
		TransactionOutcome::Rollback(Ok::<_, DispatchError>(validity))
	});
	// Opening a storage transaction fails only at the limit of nesting, and two are nested here.
	judged.unwrap_or_else(|_| Err(InvalidTransaction::Call.into()))
}

fn institution_of(transaction: &UncheckedExtrinsic) -> Option<InstitutionId> {
	match &transaction.preamble {
		Preamble::Signed(address, _, _) => {
			let signer = <Runtime as frame_system::Config>::Lookup::lookup(address.clone()).ok()?;
			Identity::check_identity(&signer).ok().map(|valid| valid.institution)
		}
		Preamble::Bare(_) | Preamble::General(_) => None,
	}
}
