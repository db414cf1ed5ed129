//! Extensions (RFC 5280, section 4.2): the five that are understood, and what becomes of the others.

use crate::{
	decode::{bad_value, Input},
	name::name,
	oids, Oid, Refusal, MAX_EXTENSIONS, MAX_KEY_ID_BYTES,
};
use core::fmt;
use der::{
	asn1::{BitStringRef, UintRef},
	ErrorKind, Tag, TagNumber,
};

/// What a key is meant for (RFC 5280, section 4.2.1.3): bit 0 of the standard is bit 0 here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage(u16);

impl KeyUsage {
	/// `digitalSignature`.
	pub const DIGITAL_SIGNATURE: Self = Self(1 << 0);
	/// `keyCertSign`.
	pub const KEY_CERT_SIGN: Self = Self(1 << 5);

	/// From bits; those above the ninth mean nothing and are dropped.
	pub const fn from_bits(bits: u16) -> Self {
		Self(bits & 0x1ff)
	}

	/// Whether all of these are among it.
	pub const fn contains(self, other: Self) -> bool {
		self.0 & other.0 == other.0
	}
}

impl fmt::Display for KeyUsage {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		const NAMES: [&str; 9] = [
			"digitalSignature",
			"nonRepudiation",
			"keyEncipherment",
			"dataEncipherment",
			"keyAgreement",
			"keyCertSign",
			"cRLSign",
			"encipherOnly",
			"decipherOnly",
		];
		let mut separator = "";
		for (_, name) in NAMES.iter().enumerate().filter(|(bit, _)| self.0 >> bit & 1 == 1) {
			write!(f, "{separator}{name}")?;
			separator = ", ";
		}
		Ok(())
	}
}

/// `BasicConstraints`.
#[derive(Clone, Copy)]
pub(crate) struct BasicConstraints {
	pub ca: bool,
	pub path_length: Option<u8>,
}

/// `AuthorityKeyIdentifier`.
#[derive(Clone, Copy, Default)]
pub(crate) struct AuthorityKeyId<'a> {
	pub key_id: Option<&'a [u8]>,
	/// The issuer's own issuer, and the serial number that it gave to the issuer.
	pub certificate: Option<(&'a [u8], &'a [u8])>,
}

/// The extensions that are understood.
#[derive(Default)]
pub(crate) struct Extensions<'a> {
	pub basic_constraints: Option<BasicConstraints>,
	pub key_usage: Option<KeyUsage>,
	pub subject_key_id: Option<&'a [u8]>,
	pub authority_key_id: Option<AuthorityKeyId<'a>>,
}

impl<'a> Extensions<'a> {
	/// Reads the content of the field `extensions`.
	pub fn parse(content: &'a [u8]) -> Result<Self, Refusal> {
		const FIELD: &str = "extensions";
		let mut outer = Input::new(content, FIELD)?;
		let mut input = Input::new(outer.value(Tag::Sequence, FIELD)?, FIELD)?;
		outer.finish()?;
		if input.is_empty() {
			return Err(bad_value(FIELD, Tag::Sequence));
		}
		let mut seen: [Option<Oid>; MAX_EXTENSIONS] = [None; MAX_EXTENSIONS];
		let mut found = Self::default();
		let mut count = 0;
		while !input.is_empty() {
			let mut extension = Input::new(input.value(Tag::Sequence, FIELD)?, FIELD)?;
			let oid = extension.oid(FIELD)?;
			let critical = match extension.next_is(Tag::Boolean) {
				true if extension.decode::<bool>(FIELD)? => true,
				// What is the default is left out in DER.
				true => {
					return Err(Refusal::Malformed {
						field: FIELD,
						kind: ErrorKind::Noncanonical { tag: Tag::Boolean },
					})
				}
				false => false,
			};
			let value = extension.value(Tag::OctetString, FIELD)?;
			extension.finish()?;
			if seen.contains(&Some(oid)) {
				return Err(Refusal::DuplicateExtension(oid));
			}
			*seen.get_mut(count).ok_or(Refusal::TooManyExtensions)? = Some(oid);
			count += 1;
			found.read(oid, critical, value)?;
		}
		if found.key_usage.is_some_and(|usage| usage.contains(KeyUsage::KEY_CERT_SIGN)) && !found.is_ca() {
			return Err(Refusal::CertSignWithoutCa);
		}
		Ok(found)
	}

	/// Whether it may issue certificates.
	pub fn is_ca(&self) -> bool {
		self.basic_constraints.is_some_and(|constraints| constraints.ca)
	}

	fn read(&mut self, oid: Oid, critical: bool, value: &'a [u8]) -> Result<(), Refusal> {
		match oid {
			oids::BASIC_CONSTRAINTS => self.basic_constraints = Some(basic_constraints(value)?),
			oids::KEY_USAGE => self.key_usage = Some(key_usage(value)?),
			oids::EXTENDED_KEY_USAGE => purposes(value)?,
			oids::SUBJECT_KEY_ID => {
				const FIELD: &str = "subjectKeyIdentifier";
				let mut input = Input::new(value, FIELD)?;
				self.subject_key_id = Some(key_id(input.value(Tag::OctetString, FIELD)?)?);
				input.finish()?;
			}
			oids::AUTHORITY_KEY_ID => self.authority_key_id = Some(authority_key_id(value)?),
			// A constraint that is not kept is as good as none: refused even where its issuer did not say critical.
			oids::NAME_CONSTRAINTS | oids::POLICY_CONSTRAINTS | oids::INHIBIT_ANY_POLICY => {
				return Err(Refusal::Constraint(oid));
			}
			_ if critical => return Err(Refusal::UnknownCritical(oid)),
			_ => (),
		}
		Ok(())
	}
}

fn basic_constraints(value: &[u8]) -> Result<BasicConstraints, Refusal> {
	const FIELD: &str = "basicConstraints";
	let mut outer = Input::new(value, FIELD)?;
	let mut input = Input::new(outer.value(Tag::Sequence, FIELD)?, FIELD)?;
	outer.finish()?;
	let ca = match input.next_is(Tag::Boolean) {
		true if input.decode::<bool>(FIELD)? => true,
		true => return Err(Refusal::Malformed { field: FIELD, kind: ErrorKind::Noncanonical { tag: Tag::Boolean } }),
		false => false,
	};
	let mut path_length = None;
	if !input.is_empty() {
		let number: UintRef = input.decode(FIELD)?;
		// Whatever is above 255 is above every chain that is accepted.
		path_length = Some(match number.as_bytes() {
			[length] => *length,
			_ => u8::MAX,
		});
	}
	input.finish()?;
	match path_length {
		Some(_) if !ca => Err(Refusal::PathLengthWithoutCa),
		_ => Ok(BasicConstraints { ca, path_length }),
	}
}

/// A list of named bits: in DER it ends with the last bit that is set.
fn key_usage(value: &[u8]) -> Result<KeyUsage, Refusal> {
	const FIELD: &str = "keyUsage";
	let mut input = Input::new(value, FIELD)?;
	let bits: BitStringRef = input.decode(FIELD)?;
	input.finish()?;
	let ends_with_a_one =
		bits.raw_bytes().last().is_some_and(|last| last.trailing_zeros() == u32::from(bits.unused_bits()));
	if bits.bit_len() > 9 || !ends_with_a_one {
		return Err(bad_value(FIELD, Tag::BitString));
	}
	let usage = bits.bits().enumerate().fold(0, |usage, (bit, set)| usage | u16::from(set) << bit);
	Ok(KeyUsage::from_bits(usage))
}

/// Where purposes are named, critical or not, one must be to authenticate a client, or any.
fn purposes(value: &[u8]) -> Result<(), Refusal> {
	const FIELD: &str = "extKeyUsage";
	let mut outer = Input::new(value, FIELD)?;
	let mut input = Input::new(outer.value(Tag::Sequence, FIELD)?, FIELD)?;
	outer.finish()?;
	let first = input.oid(FIELD)?;
	let good = |oid| matches!(oid, oids::CLIENT_AUTH | oids::ANY_PURPOSE);
	let mut allowed = good(first);
	while !input.is_empty() {
		allowed |= good(input.oid(FIELD)?);
	}
	match allowed {
		true => Ok(()),
		false => Err(Refusal::Purpose(first)),
	}
}

fn key_id(bytes: &[u8]) -> Result<&[u8], Refusal> {
	match bytes.len() {
		1..=MAX_KEY_ID_BYTES => Ok(bytes),
		found => Err(Refusal::KeyIdLength { found }),
	}
}

fn authority_key_id(value: &[u8]) -> Result<AuthorityKeyId<'_>, Refusal> {
	const FIELD: &str = "authorityKeyIdentifier";
	let tag = |constructed, number| Tag::ContextSpecific { constructed, number };
	let mut outer = Input::new(value, FIELD)?;
	let mut input = Input::new(outer.value(Tag::Sequence, FIELD)?, FIELD)?;
	outer.finish()?;
	let named_key = input.optional(tag(false, TagNumber::N0), FIELD)?.map(key_id).transpose()?;
	let issuer = input.optional(tag(true, TagNumber::N1), FIELD)?;
	let serial = input.optional(tag(false, TagNumber::N2), FIELD)?;
	input.finish()?;
	let certificate = match (issuer, serial) {
		(None, None) => None,
		(Some(names), Some(serial)) => {
			// Of the forms of a name only one can be compared with a certificate: directoryName.
			let mut names = Input::new(names, FIELD)?;
			let mut directory_name = Input::new(names.value(tag(true, TagNumber::N4), FIELD)?, FIELD)?;
			names.finish()?;
			let issuer = name(&mut directory_name, FIELD)?.whole;
			directory_name.finish()?;
			// The zero in front, where there is one, only makes the number positive.
			let serial = match serial {
				[0, rest @ ..] if rest.first().is_some_and(|first| first & 0x80 != 0) => rest,
				other => other,
			};
			Some((issuer, serial))
		}
		// RFC 5280: both or none.
		_ => return Err(bad_value(FIELD, Tag::Sequence)),
	};
	Ok(AuthorityKeyId { key_id: named_key, certificate })
}
