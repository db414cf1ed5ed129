//! The weights of this pallet's calls.
//!
//! They are not measured yet. Each is the database reads and writes that the code makes, at the price that the runtime
//! sets for one, plus an allowance for computing that is meant to be too high rather than too low: curves are computed
//! inside the runtime, in Wasm, without help of the host. The benchmarks in `benchmarking.rs` are there to replace them;
//! the test `costs` prints what things take natively.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{
		constants::{RocksDbWeight, WEIGHT_REF_TIME_PER_MICROS},
		RuntimeDbWeight, Weight,
	},
};
use pallet_identity::types::MAX_DEPENDENCIES;
use syndic_envelope::MAX_OFFICERS;

/// What this pallet's calls cost.
pub trait WeightInfo {
	/// The call `set_panel`, with so many officers.
	fn set_panel(officers: u32) -> Weight;
	/// The call `set_remit`.
	fn set_remit() -> Weight;
	/// The call `send`, with so many recipients and panels, and so many points and shares altogether.
	fn send(recipients: u32, panels: u32, points: u32, shares: u32) -> Weight;
	/// The call `request_disclosure`.
	fn request_disclosure() -> Weight;
	/// The call `approve_disclosure`.
	fn approve_disclosure() -> Weight;
	/// The call `release_share`.
	fn release_share() -> Weight;
	/// The call `accuse_wrap`.
	fn accuse_wrap() -> Weight;
	/// The call `accuse_payload`, with a ciphertext of so many bytes.
	fn accuse_payload(bytes: u32) -> Weight;
	/// The call `reinstate`.
	fn reinstate() -> Weight;
}

const fn micros(micros: u64) -> Weight {
	Weight::from_parts(micros * WEIGHT_REF_TIME_PER_MICROS, 0)
}

/// A point of a curve, decompressed, and that its order is not small: 150 µs in Wasm. Rounded up.
const DECOMPRESSION: Weight = micros(200);
/// A point of a curve, times a scalar: 400 µs in Wasm. Rounded up. That an order is prime is shown by one of these, too.
const MULTIPLICATION: Weight = micros(500);
/// A byte that is decoded, hashed and decrypted.
const BYTE: Weight = Weight::from_parts(WEIGHT_REF_TIME_PER_MICROS / 10, 0);
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

	/// So many points of prime order, and so many wraps.
	fn curve(&self, points: u32, wraps: u32) -> Weight {
		let point = DECOMPRESSION.saturating_add(MULTIPLICATION);
		point.saturating_mul(points.into()).saturating_add(DECOMPRESSION.saturating_mul(wraps.into()))
	}

	/// For each officer the identity, the number of the key, the key. Reads the version and the first panel; writes the
	/// panel and both.
	fn set_panel(&self, officers: u32) -> Weight {
		let officer = self.check().saturating_add(self.0.reads(2));
		officer.saturating_mul(officers.into()).saturating_add(LITTLE).saturating_add(self.0.reads_writes(2, 3))
	}

	/// Reads the institution and the panel's version; writes the remit. Or reads and writes a bar, and a record.
	fn board(&self) -> Weight {
		LITTLE.saturating_add(self.0.reads_writes(2, 1)).saturating_add(self.record())
	}

	/// The sender. For each recipient the identity, the number of the key, the key, the remit; for each panel the version,
	/// the panel; for each officer the number of the key, the key. Reads the bar, the envelope, the remit, the first panel,
	/// the number, the time; writes the envelope, the number twice.
	fn send(&self, recipients: u32, panels: u32, points: u32, shares: u32) -> Weight {
		let recipient = self.check().saturating_add(self.0.reads(3)).saturating_mul(recipients.into());
		let reads = 2 * u64::from(panels) + 2 * u64::from(shares);
		self.check()
			.saturating_add(recipient)
			.saturating_add(self.curve(points.saturating_add(1), recipients.saturating_add(shares)))
			.saturating_add(self.0.reads_writes(reads.saturating_add(6), 3))
	}

	/// What the supervision contract does for an entry: reads and writes the number and the record.
	fn record(&self) -> Weight {
		LITTLE.saturating_add(self.0.reads_writes(2, 2))
	}

	/// Who asks, and the one who has asked; reads the envelope, the panel, the case, the number and the number of the key,
	/// the key, the open requests and each of them; writes the request, the number, the open requests and each of them; with
	/// two records.
	fn disclosure(&self) -> Weight {
		let open = u64::from(crate::types::MAX_OPEN_REQUESTS);
		self.check()
			.saturating_mul(2)
			.saturating_add(self.0.reads_writes(8 + open, 3 + open))
			.saturating_add(self.record().saturating_mul(2))
	}

	/// Who accuses; reads the envelope, the bar, the conviction, the panel, the key, the genesis hash; writes the bar, the
	/// conviction, a record.
	fn accusation(&self) -> Weight {
		self.check().saturating_add(self.0.reads_writes(6, 2)).saturating_add(self.record())
	}

	/// The proof: three points, two of them of prime order, six multiplications. Then the share: as many points and
	/// multiplications as the panel's threshold, and one more.
	fn accuse_wrap(&self) -> Weight {
		let proof = self.curve(2, 1).saturating_add(MULTIPLICATION.saturating_mul(6));
		let share = self.curve(MAX_OFFICERS, 0).saturating_add(MULTIPLICATION);
		self.accusation().saturating_add(proof).saturating_add(share)
	}

	/// The key point, and the bytes.
	fn accuse_payload(&self, bytes: u32) -> Weight {
		self.accusation().saturating_add(MULTIPLICATION).saturating_add(BYTE.saturating_mul(bytes.into()))
	}
}

macro_rules! weight_info {
	($prices:expr) => {
		fn set_panel(officers: u32) -> Weight {
			Counted($prices).set_panel(officers)
		}
		fn set_remit() -> Weight {
			Counted($prices).board()
		}
		fn send(recipients: u32, panels: u32, points: u32, shares: u32) -> Weight {
			Counted($prices).send(recipients, panels, points, shares)
		}
		fn request_disclosure() -> Weight {
			Counted($prices).disclosure()
		}
		fn approve_disclosure() -> Weight {
			Counted($prices).disclosure()
		}
		fn release_share() -> Weight {
			Counted($prices).disclosure().saturating_add(Counted($prices).curve(0, 1))
		}
		fn accuse_wrap() -> Weight {
			Counted($prices).accuse_wrap()
		}
		fn accuse_payload(bytes: u32) -> Weight {
			Counted($prices).accuse_payload(bytes)
		}
		fn reinstate() -> Weight {
			Counted($prices).board()
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
