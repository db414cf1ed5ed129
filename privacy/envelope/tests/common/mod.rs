//! The common fixture of the envelope tests.
#![allow(dead_code)]

use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use syndic_envelope::{seal, Context, PanelKeys, PublicKey, Sealed, SecretKey, Share};

pub const GENESIS: [u8; 32] = [7; 32];
pub const SENDER: [u8; 32] = [9; 32];
pub const PAYLOAD: &[u8] = b"Pay 12,000,000 to the account of the other party on Friday.";
/// The panel's number.
pub const PANEL: u32 = 4;

pub fn rng(seed: u64) -> ChaCha20Rng {
	ChaCha20Rng::seed_from_u64(seed)
}

/// An envelope for two recipients and one panel of three officers with threshold two.
pub struct Scene {
	pub recipients: Vec<SecretKey>,
	pub officers: Vec<SecretKey>,
	pub sealed: Sealed,
}

impl Scene {
	pub fn new(seed: u64) -> Self {
		let mut rng = rng(seed);
		let recipients: Vec<_> = (0..2).map(|_| SecretKey::generate(&mut rng)).collect();
		let officers: Vec<_> = (0..3).map(|_| SecretKey::generate(&mut rng)).collect();
		let panel = PanelKeys { panel: PANEL, threshold: 2, officers: public(&officers) };
		let sealed = seal(GENESIS, SENDER, PAYLOAD, &public(&recipients), &[panel], &mut rng).unwrap();
		Self { recipients, officers, sealed }
	}

	pub fn context(&self) -> Context {
		Context { genesis: GENESIS, sender: SENDER, commitment: self.sealed.commitment }
	}

	pub fn share(&self, index: u32) -> Share {
		let panel = &self.sealed.panels[0];
		let at = index as usize;
		let points = (&self.sealed.key_point, &panel.points[..]);
		syndic_envelope::unwrap_share(&self.context(), PANEL, index, &self.officers[at], &panel.shares[at], points)
			.unwrap()
	}
}

pub fn public(keys: &[SecretKey]) -> Vec<PublicKey> {
	keys.iter().map(SecretKey::public).collect()
}
