//! The functions of the node that the runtime may call: the SDK's, with checks of signatures that are remembered.

// What the SDK's macro makes asks for a `cfg` that only runtimes have, and has functions that only runtimes call.
#![allow(unexpected_cfgs, dead_code)]

use crate::signatures::{Checked, Scheme};
use sp_core::{ed25519, sr25519};
use sp_runtime_interface::{
	pass_by::{PassFatPointerAndRead, PassPointerAndRead},
	runtime_interface,
};
use std::sync::LazyLock;

/// The functions of the node that the runtime may call.
#[cfg(not(feature = "runtime-benchmarks"))]
pub type HostFunctions = sp_wasm_interface::ExtendedHostFunctions<sp_io::SubstrateHostFunctions, crypto::HostFunctions>;

/// The functions of the node that the runtime may call. Weights are measured with a check of each signature, because a
/// node that did not judge a transaction itself has to check it.
#[cfg(feature = "runtime-benchmarks")]
pub type HostFunctions = (sp_io::SubstrateHostFunctions, frame_benchmarking::benchmarking::HostFunctions);

/// The signatures that this process has checked. Host functions have no state of their own.
static CHECKED: LazyLock<Checked> = LazyLock::new(Checked::default);

/// Takes the place of the functions with the same names and versions in `sp_io::crypto`.
#[runtime_interface]
pub trait Crypto {
	fn ed25519_verify(
		signature: PassPointerAndRead<&ed25519::Signature, 64>,
		message: PassFatPointerAndRead<&[u8]>,
		key: PassPointerAndRead<&ed25519::Public, 32>,
	) -> bool {
		CHECKED.verify(Scheme::Ed25519, &key.0, &signature.0, message, || {
			sp_io::crypto::ed25519_verify(signature, message, key)
		})
	}

	/// Runtimes from before version 2 of this function accept what their version accepts, unremembered.
	fn sr25519_verify(
		signature: PassPointerAndRead<&sr25519::Signature, 64>,
		message: PassFatPointerAndRead<&[u8]>,
		key: PassPointerAndRead<&sr25519::Public, 32>,
	) -> bool {
		sr25519::Pair::verify_deprecated(signature, message, key)
	}

	#[version(2)]
	fn sr25519_verify(
		signature: PassPointerAndRead<&sr25519::Signature, 64>,
		message: PassFatPointerAndRead<&[u8]>,
		key: PassPointerAndRead<&sr25519::Public, 32>,
	) -> bool {
		CHECKED.verify(Scheme::Sr25519, &key.0, &signature.0, message, || {
			sp_io::crypto::sr25519_verify(signature, message, key)
		})
	}
}
