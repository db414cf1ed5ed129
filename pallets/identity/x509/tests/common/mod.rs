//! Certificates made byte by byte, so that one thing can be wrong with them and their signature still be right.
//!
//! The encoder is written out here rather than taken from the crate that the decoder rests on: it must be able to write
//! what is not DER.
#![allow(dead_code, missing_docs)]

use p256::ecdsa::signature::Signer;
use std::{fs, path::Path};
use syndic_x509::{Fingerprint, Root, UnixTime};

/// 1 July 2030. Everything that [`World`] makes is valid from 2026 through 2055.
pub const NOW: UnixTime = UnixTime::from_secs(1_909_094_400);

pub const ECDSA_WITH_SHA256: &str = "1.2.840.10045.4.3.2";
pub const ED25519: &str = "1.3.101.112";
pub const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
pub const PRIME256V1: &str = "1.2.840.10045.3.1.7";

pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
	let length = content.len();
	let mut bytes = vec![tag];
	match length {
		0..=0x7f => bytes.push(length as u8),
		0x80..=0xff => bytes.extend([0x81, length as u8]),
		_ => bytes.extend([0x82, (length >> 8) as u8, length as u8]),
	}
	bytes.extend(content);
	bytes
}

pub fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
	tlv(0x30, &parts.concat())
}

pub fn set(parts: &[Vec<u8>]) -> Vec<u8> {
	tlv(0x31, &parts.concat())
}

/// The content as it is: positive, minimal or neither.
pub fn integer(content: &[u8]) -> Vec<u8> {
	tlv(2, content)
}

pub fn oid(dotted: &str) -> Vec<u8> {
	let parts: Vec<u64> = dotted.split('.').map(|part| part.parse().unwrap()).collect();
	let mut content = vec![(parts[0] * 40 + parts[1]) as u8];
	for part in &parts[2..] {
		let mut digits = vec![(part & 0x7f) as u8];
		let mut rest = part >> 7;
		while rest > 0 {
			digits.insert(0, (rest & 0x7f) as u8 | 0x80);
			rest >>= 7;
		}
		content.extend(digits);
	}
	tlv(6, &content)
}

pub fn octets(content: &[u8]) -> Vec<u8> {
	tlv(4, content)
}

pub fn bits(unused: u8, content: &[u8]) -> Vec<u8> {
	tlv(3, &[&[unused], content].concat())
}

pub fn boolean(content: u8) -> Vec<u8> {
	tlv(1, &[content])
}

pub fn utf8(text: &str) -> Vec<u8> {
	tlv(0x0c, text.as_bytes())
}

pub fn utc_time(text: &str) -> Vec<u8> {
	tlv(0x17, text.as_bytes())
}

pub fn generalized_time(text: &str) -> Vec<u8> {
	tlv(0x18, text.as_bytes())
}

pub fn validity(not_before: Vec<u8>, not_after: Vec<u8>) -> Vec<u8> {
	sequence(&[not_before, not_after])
}

pub fn attribute(kind: &str, value: Vec<u8>) -> Vec<u8> {
	sequence(&[oid(kind), value])
}

/// A name of an organisation and these common names.
pub fn name_of(common_names: &[Vec<u8>]) -> Vec<u8> {
	let mut parts = vec![set(&[attribute("2.5.4.10", utf8("Bank of Examples"))])];
	parts.extend(common_names.iter().map(|name| set(&[attribute("2.5.4.3", name.clone())])));
	sequence(&parts)
}

pub fn name(common_name: &str) -> Vec<u8> {
	name_of(&[utf8(common_name)])
}

/// A name of a common name and these organisational units, in this order.
pub fn name_with_units(common_name: &str, units: &[Vec<u8>]) -> Vec<u8> {
	let mut parts: Vec<_> = units.iter().map(|unit| set(&[attribute("2.5.4.11", unit.clone())])).collect();
	parts.push(set(&[attribute("2.5.4.3", utf8(common_name))]));
	sequence(&parts)
}

pub fn algorithm(dotted: &str) -> Vec<u8> {
	sequence(&[oid(dotted)])
}

pub fn extension(dotted: &str, critical: bool, value: Vec<u8>) -> Vec<u8> {
	let mut parts = vec![oid(dotted)];
	if critical {
		parts.push(boolean(0xff));
	}
	parts.push(octets(&value));
	sequence(&parts)
}

pub fn basic_constraints(ca: bool, path_length: Option<u8>) -> Vec<u8> {
	let mut parts = Vec::new();
	if ca {
		parts.push(boolean(0xff));
	}
	parts.extend(path_length.map(|length| integer(&[length])));
	extension("2.5.29.19", true, sequence(&parts))
}

/// `unused` and the octets as the standard numbers the bits: 0x80 is digitalSignature, 0x04 is keyCertSign.
pub fn key_usage(unused: u8, content: &[u8]) -> Vec<u8> {
	extension("2.5.29.15", true, bits(unused, content))
}

pub fn cert_sign() -> Vec<u8> {
	key_usage(2, &[0x04])
}

pub fn digital_signature() -> Vec<u8> {
	key_usage(7, &[0x80])
}

pub fn subject_key_id(id: &[u8]) -> Vec<u8> {
	extension("2.5.29.14", false, octets(id))
}

pub fn authority_key_id(parts: &[Vec<u8>]) -> Vec<u8> {
	extension("2.5.29.35", false, sequence(parts))
}

pub fn purposes(critical: bool, dotted: &[&str]) -> Vec<u8> {
	let oids: Vec<_> = dotted.iter().map(|purpose| oid(purpose)).collect();
	extension("2.5.29.37", critical, sequence(&oids))
}

#[derive(Clone)]
pub enum Key {
	P256(p256::ecdsa::SigningKey),
	Ed25519(ed25519_dalek::SigningKey),
}

impl Key {
	pub fn p256(seed: u8) -> Self {
		Self::P256(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap())
	}

	pub fn ed25519(seed: u8) -> Self {
		Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]))
	}

	pub fn public(&self) -> Vec<u8> {
		match self {
			Self::P256(key) => key.verifying_key().to_encoded_point(false).as_bytes().to_vec(),
			Self::Ed25519(key) => key.verifying_key().to_bytes().to_vec(),
		}
	}

	pub fn info(&self) -> Vec<u8> {
		let algorithm = match self {
			Self::P256(_) => sequence(&[oid(EC_PUBLIC_KEY), oid(PRIME256V1)]),
			Self::Ed25519(_) => algorithm(ED25519),
		};
		sequence(&[algorithm, bits(0, &self.public())])
	}

	pub fn algorithm(&self) -> Vec<u8> {
		algorithm(match self {
			Self::P256(_) => ECDSA_WITH_SHA256,
			Self::Ed25519(_) => ED25519,
		})
	}

	pub fn sign(&self, message: &[u8]) -> Vec<u8> {
		match self {
			Self::P256(key) => {
				let signature: p256::ecdsa::Signature = key.sign(message);
				signature_der(&signature.r().to_bytes(), &signature.s().to_bytes())
			}
			Self::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
		}
	}
}

/// `r` and `s` as the two integers of a signature in DER.
pub fn signature_der(r: &[u8], s: &[u8]) -> Vec<u8> {
	let positive = |bytes: &[u8]| {
		let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len() - 1);
		let sign: &[u8] = if bytes[start] & 0x80 != 0 { &[0] } else { &[] };
		integer(&[sign, &bytes[start..]].concat())
	};
	sequence(&[positive(r), positive(s)])
}

/// A certificate of which each field is what the test says, whatever that is.
#[derive(Clone)]
pub struct Draft {
	pub version: Vec<u8>,
	pub serial: Vec<u8>,
	pub inner_algorithm: Vec<u8>,
	pub issuer: Vec<u8>,
	pub validity: Vec<u8>,
	pub subject: Vec<u8>,
	pub key_info: Vec<u8>,
	pub unique_ids: Vec<u8>,
	pub extensions: Vec<Vec<u8>>,
	/// In place of what `extensions` would make.
	pub extensions_field: Option<Vec<u8>>,
	/// After the last field of the signed part.
	pub rest: Vec<u8>,
	pub outer_algorithm: Vec<u8>,
	pub signer: Key,
}

impl Draft {
	pub fn new(subject: &str, key: &Key, issuer: &str, signer: &Key) -> Self {
		Self {
			version: tlv(0xa0, &integer(&[2])),
			serial: integer(&[0x17, subject.len() as u8]),
			inner_algorithm: signer.algorithm(),
			issuer: name(issuer),
			validity: validity(utc_time("260101000000Z"), generalized_time("20551231235959Z")),
			subject: name(subject),
			key_info: key.info(),
			unique_ids: Vec::new(),
			extensions: Vec::new(),
			extensions_field: None,
			rest: Vec::new(),
			outer_algorithm: signer.algorithm(),
			signer: signer.clone(),
		}
	}

	pub fn signed_part(&self) -> Vec<u8> {
		let extensions = match &self.extensions_field {
			Some(field) => field.clone(),
			None => tlv(0xa3, &sequence(&self.extensions)),
		};
		sequence(&[
			self.version.clone(),
			self.serial.clone(),
			self.inner_algorithm.clone(),
			self.issuer.clone(),
			self.validity.clone(),
			self.subject.clone(),
			self.key_info.clone(),
			self.unique_ids.clone(),
			extensions,
			self.rest.clone(),
		])
	}

	/// With the true signature of its signer over whatever it says.
	pub fn sign(&self) -> Vec<u8> {
		self.with_signature(bits(0, &self.signer.sign(&self.signed_part())))
	}

	pub fn with_signature(&self, signature: Vec<u8>) -> Vec<u8> {
		sequence(&[self.signed_part(), self.outer_algorithm.clone(), signature])
	}

	/// Puts this extension in the place of the one with the same identifier, or at the end.
	pub fn put(&mut self, extension: Vec<u8>) {
		self.drop_extension(&extension);
		self.extensions.push(extension);
	}

	/// Takes out the extension with the same identifier.
	pub fn drop_extension(&mut self, like: &[u8]) {
		// Header of two bytes, then the identifier: every extension here is shorter than 128 bytes.
		let identifier = |extension: &[u8]| extension[2..4 + usize::from(extension[3])].to_vec();
		self.extensions.retain(|extension| extension.len() > 127 || identifier(extension) != identifier(like));
	}
}

/// A root, intermediates below it, and a leaf at the end.
#[derive(Clone)]
pub struct World {
	pub root: Draft,
	/// The one below the root first.
	pub intermediates: Vec<Draft>,
	pub leaf: Draft,
	pub now: UnixTime,
}

impl World {
	/// With so many intermediates, all keys of one kind.
	pub fn new(intermediates: usize, key: fn(u8) -> Key) -> Self {
		let issuer_extensions = |own: u8, above: u8| {
			vec![basic_constraints(true, None), cert_sign(), subject_key_id(&[own; 20]), aki(above)]
		};
		let root_key = key(1);
		let mut root = Draft::new("Root", &root_key, "Root", &root_key);
		root.extensions = issuer_extensions(1, 1);
		let mut world =
			Self { root, intermediates: Vec::new(), leaf: Self::leaf("Root", &root_key, key(9), 1), now: NOW };
		let (mut above, mut above_key) = ("Root".to_string(), root_key);
		for number in 0..intermediates {
			let own = number as u8 + 2;
			let own_key = key(own);
			let subject = format!("Intermediate {}", "i".repeat(number + 1));
			let mut draft = Draft::new(&subject, &own_key, &above, &above_key);
			draft.extensions = issuer_extensions(own, own - 1);
			world.intermediates.push(draft);
			(above, above_key) = (subject, own_key);
		}
		world.leaf = Self::leaf(&above, &above_key, key(9), intermediates as u8 + 1);
		world
	}

	fn leaf(issuer: &str, signer: &Key, key: Key, above: u8) -> Draft {
		let mut leaf = Draft::new("Treasury", &key, issuer, signer);
		leaf.extensions =
			vec![basic_constraints(false, None), digital_signature(), subject_key_id(&[9; 20]), aki(above)];
		leaf
	}

	/// Leaf first, as `verify_chain` takes it.
	pub fn chain(&self) -> Vec<Vec<u8>> {
		[&self.leaf].into_iter().chain(self.intermediates.iter().rev()).map(Draft::sign).collect()
	}

	pub fn root(&self) -> Root {
		Root::parse(&self.root.sign(), NOW).unwrap()
	}
}

pub fn aki(above: u8) -> Vec<u8> {
	authority_key_id(&[tlv(0x80, &[above; 20])])
}

/// Nothing is revoked.
pub fn none_revoked(_: &Fingerprint) -> bool {
	false
}

/// A file beside the tests, which run in their package's folder.
pub fn fixture(file: &str) -> Vec<u8> {
	let path = Path::new("tests/fixtures").join(file);
	fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
