//! Proofs of possession, for benchmarks and tests.

use alloc::vec::Vec;
use p256::ecdsa::{signature::Signer, Signature, SigningKey};

/// A signature with a key of P-256, in DER.
pub(crate) fn p256(key: &[u8], message: &[u8]) -> Vec<u8> {
	let key = SigningKey::from_slice(key).expect("a key is 32 bytes below the order of the curve");
	let signature: Signature = key.sign(message);
	let (r, s) = (integer(&signature.r().to_bytes()), integer(&signature.s().to_bytes()));
	[&[0x30, (r.len() + s.len()) as u8], &r[..], &s[..]].concat()
}

/// A positive number of at most 32 bytes.
fn integer(bytes: &[u8]) -> Vec<u8> {
	let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len() - 1);
	let sign: &[u8] = if bytes[start] & 0x80 != 0 { &[0] } else { &[] };
	let content = [sign, &bytes[start..]].concat();
	[&[0x02, content.len() as u8], &content[..]].concat()
}
