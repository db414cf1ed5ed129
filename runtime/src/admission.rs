//! Judges transactions that are offered to a pool, and applies those that a proposer has chosen: many in one call,
//! since a call costs more than a transaction.

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
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidity, TransactionValidityError},
	DispatchError, OpaqueExtrinsic,
};
use syndic_primitives::{
	api::{Applied, Verdict},
	peer::InstitutionId,
};

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
			let judged = decode(&opaque).map(|transaction| {
				let institution = institution_of(&transaction);
				Verdict { validity: alone(source, transaction, at), institution }
			});
			judged.unwrap_or_else(|error| Verdict { validity: Err(error), institution: None })
		})
		.collect()
}

/// Decodes a transaction. An error: it names an unknown call, or ends too early.
fn decode(opaque: &OpaqueExtrinsic) -> Result<UncheckedExtrinsic, TransactionValidityError> {
	let encoded = opaque.encode();
	UncheckedExtrinsic::decode_all_with_depth_limit(MAX_EXTRINSIC_DEPTH, &mut &encoded[..])
		.map_err(|_| InvalidTransaction::Call.into())
}

/// Maximum number of transactions in sequence that have no room in the block. The later ones of the call are not tried.
const MAX_WITHOUT_ROOM: u32 = 8;

/// Applies transactions to the block that is being built, one after the other. What a refused one has changed is rolled
/// back.
pub(crate) fn apply_many(transactions: Vec<OpaqueExtrinsic>) -> Vec<Applied> {
	let weight = || frame_system::Pallet::<Runtime>::block_weight().total().ref_time();
	let mut before = weight();
	let mut without_room = 0;
	let apply = |opaque: OpaqueExtrinsic| {
		if without_room == MAX_WITHOUT_ROOM {
			return Applied { result: Err(InvalidTransaction::ExhaustsResources.into()), ref_time: 0 };
		}
		let result = decode(&opaque).and_then(|transaction| {
			let applied = with_transaction(|| match Executive::apply_extrinsic(transaction) {
				Ok(_) => TransactionOutcome::Commit(Ok::<_, DispatchError>(Ok(()))),
				Err(error) => TransactionOutcome::Rollback(Ok(Err(error))),
			});
			applied.unwrap_or_else(|_| Err(InvalidTransaction::Call.into()))
		});
		without_room = match &result {
			Err(error) if error.exhausted_resources() => without_room + 1,
			_ => 0,
		};
		let after = weight();
		let ref_time = after.saturating_sub(before);
		before = after;
		Applied { result, ref_time }
	};
	transactions.into_iter().map(apply).collect()
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
