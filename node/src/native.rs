//! Questions to the runtime that are answered without Wasm.
//!
//! A call of the Wasm runtime maps, fills and gives back memory, whatever it is asked. Under a flood the pool asks for
//! the class of each transaction before it decides whether to judge it, so that question is answered by the same code,
//! compiled into the node, on the same state. Consensus does not depend on the answer. If the chain's runtime has another version
//! than the one in the node, the Wasm runtime is asked.

use crate::service::{Backend, Client};
use codec::{Codec, DecodeLimit, Encode};
use frame_support::MAX_EXTRINSIC_DEPTH;
use sc_client_api::backend::{Backend as _, StateBackend, TrieCacheContext};
use sp_api::CallApiAt;
use sp_core::{traits::CallContext, Hasher};
use sp_panic_handler::AbortGuard;
use sp_runtime::OpaqueExtrinsic;
use sp_state_machine::{Ext, OverlayedChanges};
use sp_version::RuntimeVersion;
use std::{
	panic::{catch_unwind, AssertUnwindSafe},
	sync::{Arc, Mutex, PoisonError},
};
use syndic_pool::{ChainError, Class, Classify};
use syndic_primitives::{block::Block, BlockHash};
use syndic_runtime::{configs::classes, UncheckedExtrinsic, VERSION};

type State = <Backend as sc_client_api::backend::Backend<Block>>::State;

/// The state after a block.
struct After {
	at: BlockHash,
	/// `None`: another runtime decides there.
	state: Option<State>,
}

/// Tells the classes of transactions as the runtime in the node does.
pub struct NativeClasses {
	client: Arc<Client>,
	backend: Arc<Backend>,
	last: Mutex<Option<After>>,
}

impl NativeClasses {
	/// Reads states from `backend`.
	pub fn new(client: Arc<Client>, backend: Arc<Backend>) -> Self {
		Self { client, backend, last: Mutex::new(None) }
	}

	fn state_after(&self, at: BlockHash) -> After {
		let version = self.client.runtime_version_at(at, CallContext::Offchain);
		let is_same = version.is_ok_and(|version| is_same(&version, &VERSION));
		// A state that is pruned meanwhile, or a failing disk, is reported by the call of the Wasm runtime.
		let state = is_same.then(|| self.backend.state_at(at, TrieCacheContext::Untrusted).ok()).flatten();
		After { at, state }
	}
}

impl Classify for NativeClasses {
	fn class_of(&self, at: BlockHash, transaction: &OpaqueExtrinsic) -> Option<Result<Class, ChainError>> {
		let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
		let after = match last.take() {
			Some(after) if after.at == at => after,
			_ => self.state_after(at),
		};
		let class = after.state.as_ref().map(|state| class_in(state, transaction));
		*last = Some(after);
		class
	}
}

/// Whether two runtimes are the same as far as their versions tell.
fn is_same(one: &RuntimeVersion, other: &RuntimeVersion) -> bool {
	let of = |version: &RuntimeVersion| (version.spec_name.clone(), version.spec_version, version.transaction_version);
	of(one) == of(other)
}

/// The class of a transaction in this state.
fn class_in<H>(state: &impl StateBackend<H>, transaction: &OpaqueExtrinsic) -> Result<Class, ChainError>
where
	H: Hasher<Out: Ord + Codec + 'static>,
{
	let failed = ChainError::of("telling a transaction's class");
	let encoded = transaction.encode();
	let decoded = UncheckedExtrinsic::decode_all_with_depth_limit(MAX_EXTRINSIC_DEPTH, &mut &encoded[..]);
	let transaction = decoded.map_err(|error| failed(&error))?;
	let mut changes = OverlayedChanges::default();
	let mut state = Ext::new(&mut changes, state, None);
	// In the Wasm runtime a panic ends the call, and not the node.
	let _guard = AbortGuard::force_unwind();
	let class = catch_unwind(AssertUnwindSafe(|| {
		sp_externalities::set_and_run_with_externalities(&mut state, || classes::class_of(&transaction))
	}));
	class.map_err(|_| failed(&"the runtime panicked"))
}

#[cfg(test)]
mod tests {
	use super::*;
	use pallet_classes::MappedCalls;
	use sp_io::TestExternalities;
	use syndic_primitives::ClassId;
	use syndic_runtime::{Runtime, RuntimeCall};

	fn bare(call: impl Into<RuntimeCall>) -> OpaqueExtrinsic {
		let encoded = UncheckedExtrinsic::new_bare(call.into()).encode();
		OpaqueExtrinsic::try_from_encoded_extrinsic(&encoded).expect("it is one")
	}

	/// An enrolment has the class of its call although nobody signs it.
	fn enrolment() -> RuntimeCall {
		let account = sp_keyring::Sr25519Keyring::Eve.to_account_id();
		let (chain, proof) = (vec![], vec![]);
		pallet_identity::Call::enrol { account, institution: 0, chain, signed_at: 0, proof, consent: None }.into()
	}

	#[test]
	fn the_class_is_read_in_the_state_that_is_asked_for() {
		let before = TestExternalities::default();
		let mut after = TestExternalities::default();
		let index = enrolment().using_encoded(|bytes| (bytes[0], bytes[1]));
		after.execute_with(|| MappedCalls::<Runtime>::insert(index, ClassId(7)));
		after.commit_all().expect("no transaction is open");
		assert_eq!(class_in(&before.backend, &bare(enrolment())), Ok(Some(ClassId(0))));
		assert_eq!(class_in(&after.backend, &bare(enrolment())), Ok(Some(ClassId(7))));
		let duty = frame_system::Call::remark { remark: vec![] };
		assert_eq!(class_in(&after.backend, &bare(duty)), Ok(None), "no business");
	}

	#[test]
	fn what_cannot_be_read_is_an_error() {
		let state = TestExternalities::default();
		for bytes in [vec![], vec![4, 250], vec![0x84, 1, 2, 3]] {
			assert!(class_in(&state.backend, &OpaqueExtrinsic::from_blob(bytes)).is_err());
		}
	}

	#[test]
	fn another_version_is_another_runtime() {
		assert!(is_same(&VERSION, &VERSION));
		assert!(!is_same(&RuntimeVersion { spec_version: VERSION.spec_version + 1, ..VERSION }, &VERSION));
		assert!(!is_same(&RuntimeVersion { spec_name: "other".into(), ..VERSION }, &VERSION));
	}
}
