//! What benchmarks need, of this pallet and of others: people with a role and a key, and numbers to make keys with.

use crate::{
	types::{
		Dependencies, EncryptionKey, HolderName, Identity, Institution, InstitutionId, Kind, Role, Status,
		MAX_DEPENDENCIES,
	},
	Config, CurrentEncryptionKey, EncryptionKeys, Institutions, Pallet,
};
use sp_io::hashing::blake2_256;
use syndic_envelope::{
	rand_core::{CryptoRng, RngCore},
	SecretKey,
};
use syndic_x509::Fingerprint;

/// Numbers as if by chance, and always the same.
pub struct Stream(pub u64);

impl RngCore for Stream {
	fn next_u32(&mut self) -> u32 {
		self.next_u64() as u32
	}

	fn next_u64(&mut self) -> u64 {
		let mut bytes = [0; 8];
		self.fill_bytes(&mut bytes);
		u64::from_le_bytes(bytes)
	}

	fn fill_bytes(&mut self, bytes: &mut [u8]) {
		for chunk in bytes.chunks_mut(32) {
			self.0 = self.0.wrapping_add(1);
			let length = chunk.len();
			chunk.copy_from_slice(&blake2_256(&self.0.to_le_bytes())[..length]);
		}
	}
}

/// Nothing that is secret depends on it.
impl CryptoRng for Stream {}

impl<T: Config> Pallet<T> {
	/// Makes somebody of a role in an institution, which is made, too. The identity rests on as many certificates as it can.
	pub fn admit_to_measure(account: &T::AccountId, institution: InstitutionId, role: Role) {
		let kind = match role {
			Role::Regulator => Kind::Regulator,
			Role::Auditor => Kind::Auditor,
			_ => Kind::Bank,
		};
		let identities = Institutions::<T>::get(institution).map_or(0, |stored| stored.identities);
		let (name, status, quota) = (Default::default(), Status::Active, u32::MAX);
		Institutions::<T>::insert(institution, Institution { name, kind, status, quota, identities });
		let certificates = (0..MAX_DEPENDENCIES).map(|n| Fingerprint([n as u8; 32])).collect();
		let identity = Identity {
			institution,
			role,
			name: HolderName::truncate_from(alloc::vec![b'x'; 64]),
			certificates: Dependencies::truncate_from(certificates),
			not_after: None,
			since: 1_u32.into(),
			signed_at: 1_u32.into(),
		};
		Self::put_identity(account, identity);
	}

	/// Gives somebody its first encryption key.
	pub fn give_key_to_measure(account: &T::AccountId, secret: &SecretKey) {
		let key = EncryptionKey { key: secret.public(), since: 1_u32.into(), until: None, revoked: false };
		EncryptionKeys::<T>::insert(account, 1, key);
		CurrentEncryptionKey::<T>::insert(account, 1);
	}
}
