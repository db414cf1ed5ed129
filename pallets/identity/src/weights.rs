//! The weights of this pallet's calls and of its transaction extension.
//!
//! Each is the database reads and writes that the code makes, at the price that the runtime sets for one, plus an
//! allowance for computing.
//!
//! The allowance for certificates is derived from times that were measured natively, as the x509 crate's test `speed`
//! and this crate's test `costs` print them, times ten and rounded up: curves are computed inside the runtime, in Wasm,
//! without help of the host. On a busy machine of two cores a signature over P-256 took 360 µs, one over Ed25519 75 µs,
//! reading a certificate 10 µs; the dearest enrolment, with its eight signatures over P-256, 4.0 ms. The benchmarks in
//! `benchmarking.rs` are there to replace them by times of the runtime itself.

use crate::types::{MAX_DEPENDENCIES, MAX_ROOTS};
use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{
		constants::{RocksDbWeight, WEIGHT_REF_TIME_PER_MICROS},
		RuntimeDbWeight, Weight,
	},
};

/// What this pallet's calls and its transaction extension cost.
pub trait WeightInfo {
	/// The call `admit_institution`, with so many roots of so many bytes altogether.
	fn admit_institution(roots: u32, bytes: u32) -> Weight;
	/// The calls `suspend_institution` and `resume_institution`, and `set_quota`.
	fn change_institution() -> Weight;
	/// The call `remove_institution`.
	fn remove_institution() -> Weight;
	/// The call `add_root`, with one of so many bytes.
	fn add_root(bytes: u32) -> Weight;
	/// The call `remove_root`.
	fn remove_root() -> Weight;
	/// The call `enrol`, with so many certificates, of so many bytes with the signature. Verified once.
	fn enrol(certificates: u32, bytes: u32) -> Weight;
	/// The call `revoke_certificate`.
	fn revoke_certificate() -> Weight;
	/// The call `revoke_identity`.
	fn revoke_identity() -> Weight;
	/// The call `leave`.
	fn leave() -> Weight;
	/// The call `clean_up`.
	fn clean_up() -> Weight;
	/// The call `set_encryption_key`.
	fn set_encryption_key() -> Weight;
	/// The call `revoke_encryption_key`.
	fn revoke_encryption_key() -> Weight;
	/// The transaction extension `CheckIdentity`.
	fn check_identity() -> Weight;
}

const fn micros(micros: u64) -> Weight {
	Weight::from_parts(micros * WEIGHT_REF_TIME_PER_MICROS, 0)
}

/// A certificate that is read, and its signature verified.
const CERTIFICATE: Weight = micros(8_000);
/// A signature over a curve that the runtime computes.
const SIGNATURE: Weight = micros(6_000);
/// An account's signature, which the host verifies: twice, as it is and as a wallet wraps it.
const CONSENT: Weight = micros(400);
/// A byte that is decoded, read and hashed, twice.
const BYTE: Weight = Weight::from_parts(WEIGHT_REF_TIME_PER_MICROS / 10, 0);
/// A proof of possession: two points of Curve25519 are decompressed, which costs 150 µs each in Wasm, and three times a
/// scalar is multiplied with one, 400 µs each. Rounded up to twice as much.
const POSSESSION: Weight = micros(3_000);
/// Little more than decoding.
const LITTLE: Weight = micros(50);

/// Reads and writes at the runtime's price, and an allowance for computing.
pub struct SubstrateWeight<T>(PhantomData<T>);

/// As [`SubstrateWeight`], for any price.
struct Counted(RuntimeDbWeight);

impl Counted {
	/// Whether an identity is good: reads the identity, its institution, the time, and a revocation for each certificate.
	fn check(&self) -> Weight {
		LITTLE.saturating_add(self.0.reads(3 + u64::from(MAX_DEPENDENCIES)))
	}

	/// And reads what is used of the quota, then the institution and what is used again to count, and writes it. Whether
	/// it is exempt is two reads more: the board, and a key.
	fn extension(&self) -> Weight {
		self.check().saturating_add(self.0.reads_writes(5, 1))
	}

	/// Certificates that are verified.
	fn certificates(&self, certificates: u32, bytes: u32) -> Weight {
		CERTIFICATE.saturating_mul(certificates.into()).saturating_add(BYTE.saturating_mul(bytes.into()))
	}

	/// Reads NextInstitution; writes it, the institution, its roots.
	fn admit(&self, roots: u32, bytes: u32) -> Weight {
		LITTLE.saturating_add(self.certificates(roots, bytes)).saturating_add(self.0.reads_writes(2, 3))
	}

	/// Reads and writes the institution.
	fn change(&self) -> Weight {
		LITTLE.saturating_add(self.0.reads_writes(1, 1))
	}

	/// Reads the institution; writes it, its roots, its usage.
	fn remove(&self) -> Weight {
		LITTLE.saturating_add(self.0.reads_writes(1, 3))
	}

	/// Who asks; reads the institution, its roots, a revocation, the time; writes the roots, a revocation.
	fn root(&self) -> Weight {
		self.check().saturating_add(self.0.reads_writes(4, 2))
	}

	/// A chain with the proof of possession and the account's consent; every other root is tried in vain. Reads the
	/// institution, the roots, the time, the genesis hash, the identity, a departure, a revocation for each certificate,
	/// the account, the usage; writes the identity, the institution, the departure, the account, the usage.
	fn enrol(&self, certificates: u32, bytes: u32) -> Weight {
		LITTLE
			.saturating_add(self.certificates(certificates, bytes))
			.saturating_add(SIGNATURE.saturating_mul(u64::from(MAX_ROOTS)))
			.saturating_add(CONSENT)
			.saturating_add(self.0.reads_writes(11 + u64::from(MAX_DEPENDENCIES), 6))
	}

	/// Who asks; reads the institution, the identity, a revocation; writes a revocation, the roots.
	fn revoke(&self) -> Weight {
		self.check().saturating_add(self.0.reads_writes(4, 2))
	}

	/// Whether the identity is good; reads the account, the number of the key, the key; writes the identity, the
	/// institution, the departure, the account, the key.
	fn leave(&self) -> Weight {
		self.check().saturating_add(self.0.reads_writes(4, 5))
	}

	/// Who asks, and the proof; reads the number of the key before, that key twice, the genesis hash; writes the key before,
	/// the key, its number.
	fn set_key(&self) -> Weight {
		self.check().saturating_add(POSSESSION).saturating_add(self.0.reads_writes(4, 3))
	}

	/// Who asks; reads and writes the key.
	fn revoke_key(&self) -> Weight {
		self.check().saturating_add(self.0.reads_writes(1, 1))
	}
}

macro_rules! weight_info {
	($prices:expr) => {
		fn admit_institution(roots: u32, bytes: u32) -> Weight {
			Counted($prices).admit(roots, bytes)
		}
		fn change_institution() -> Weight {
			Counted($prices).change()
		}
		fn remove_institution() -> Weight {
			Counted($prices).remove()
		}
		fn add_root(bytes: u32) -> Weight {
			Counted($prices).certificates(1, bytes).saturating_add(Counted($prices).root())
		}
		fn remove_root() -> Weight {
			Counted($prices).root()
		}
		fn enrol(certificates: u32, bytes: u32) -> Weight {
			Counted($prices).enrol(certificates, bytes)
		}
		fn revoke_certificate() -> Weight {
			Counted($prices).revoke()
		}
		fn revoke_identity() -> Weight {
			Counted($prices).revoke()
		}
		fn leave() -> Weight {
			Counted($prices).leave()
		}
		fn clean_up() -> Weight {
			Counted($prices).leave()
		}
		fn set_encryption_key() -> Weight {
			Counted($prices).set_key()
		}
		fn revoke_encryption_key() -> Weight {
			Counted($prices).revoke_key()
		}
		fn check_identity() -> Weight {
			Counted($prices).extension()
		}
	};
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	weight_info!(T::DbWeight::get());
}

/// For tests.
impl WeightInfo for () {
	weight_info!(RocksDbWeight::get());
}
