//! One certificate, read in place (RFC 5280, section 4.1). Nothing in it has been believed yet.

use crate::{
	decode::{algorithm, bad_value, AlgorithmId, Input},
	extensions::Extensions,
	name::{name, RawUnits},
	oids, Fingerprint, KeyUsage, PublicKey, Refusal, SignatureAlgorithm, SignatureError, UnixTime,
	MAX_CERTIFICATE_BYTES, MAX_SERIAL_BYTES,
};
use der::{
	asn1::{AnyRef, BitStringRef, GeneralizedTime, IntRef, UtcTime},
	ErrorKind, Tag, TagNumber, Tagged,
};
use sha2::{Digest, Sha256};

/// A certificate whose form is good. Who signed it has not been checked.
pub(crate) struct UnverifiedCertificate<'a> {
	/// What is signed.
	signed: &'a [u8],
	signature: &'a [u8],
	pub algorithm: SignatureAlgorithm,
	pub fingerprint: Fingerprint,
	pub serial: &'a [u8],
	pub issuer: &'a [u8],
	pub subject: &'a [u8],
	pub common_names: usize,
	pub common_name: Option<&'a str>,
	pub units: RawUnits<'a>,
	pub not_before: UnixTime,
	pub not_after: UnixTime,
	pub key: PublicKey,
	pub extensions: Extensions<'a>,
}

impl<'a> UnverifiedCertificate<'a> {
	/// Reads a certificate, all of its bytes.
	pub fn parse(der: &'a [u8]) -> Result<Self, Refusal> {
		const FIELD: &str = "certificate";
		if der.len() > MAX_CERTIFICATE_BYTES {
			return Err(Refusal::TooLarge { found: der.len() });
		}
		let mut outer = Input::new(der, FIELD)?;
		let mut input = Input::new(outer.value(Tag::Sequence, FIELD)?, FIELD)?;
		if !outer.is_empty() {
			return Err(Refusal::TrailingBytes { found: outer.remaining() });
		}
		let (signed, content) = input.whole(Tag::Sequence, "tbsCertificate")?;
		let outer_algorithm = input.value(Tag::Sequence, "signatureAlgorithm")?;
		let signature: BitStringRef = input.decode("signatureValue")?;
		input.finish()?;
		let signature = signature.as_bytes().ok_or(Refusal::SignatureEncoding)?;
		Self::parse_signed(signed, content, outer_algorithm, signature)
	}

	fn parse_signed(
		signed: &'a [u8],
		content: &'a [u8],
		outer_algorithm: &'a [u8],
		signature: &'a [u8],
	) -> Result<Self, Refusal> {
		let tag = |constructed, number| Tag::ContextSpecific { constructed, number };
		let mut input = Input::new(content, "tbsCertificate")?;
		version(input.optional(tag(true, TagNumber::N0), "version")?)?;
		let serial = serial(input.decode("serialNumber")?)?;
		let algorithm = signature_algorithm(input.value(Tag::Sequence, "signature")?, outer_algorithm)?;
		let issuer = name(&mut input, "issuer")?;
		let (not_before, not_after) = validity(input.value(Tag::Sequence, "validity")?)?;
		let subject = name(&mut input, "subject")?;
		let key = PublicKey::parse(input.value(Tag::Sequence, "subjectPublicKeyInfo")?)?;
		if input.next_is(tag(false, TagNumber::N1)) || input.next_is(tag(false, TagNumber::N2)) {
			return Err(Refusal::UniqueId);
		}
		let extensions = match input.optional(tag(true, TagNumber::N3), "extensions")? {
			Some(extensions) => Extensions::parse(extensions)?,
			None => Extensions::default(),
		};
		input.finish()?;
		Ok(Self {
			signed,
			signature,
			algorithm,
			fingerprint: Fingerprint(Sha256::digest(signed).into()),
			serial,
			issuer: issuer.whole,
			subject: subject.whole,
			common_names: subject.common_names,
			common_name: subject.common_name,
			units: subject.units,
			not_before,
			not_after,
			key,
			extensions,
		})
	}

	/// Both ends belong to the time in which it is valid.
	pub fn check_valid_at(&self, now: UnixTime) -> Result<(), Refusal> {
		match () {
			_ if now < self.not_before => Err(Refusal::NotYetValid { not_before: self.not_before, now }),
			_ if now > self.not_after => Err(Refusal::Expired { not_after: self.not_after, now }),
			_ => Ok(()),
		}
	}

	/// Whether it may issue certificates.
	pub fn check_issuer(&self) -> Result<(), Refusal> {
		let constraints = self.extensions.basic_constraints.ok_or(Refusal::MissingBasicConstraints)?;
		if !constraints.ca {
			return Err(Refusal::NotCa);
		}
		let usage = self.extensions.key_usage.ok_or(Refusal::MissingKeyUsage)?;
		needs(usage, KeyUsage::KEY_CERT_SIGN)
	}

	/// Whether it may stand at the beginning of a chain.
	pub fn check_leaf(&self) -> Result<(), Refusal> {
		if self.extensions.is_ca() {
			return Err(Refusal::LeafIsCa);
		}
		match self.extensions.key_usage {
			Some(usage) => needs(usage, KeyUsage::DIGITAL_SIGNATURE),
			None => Ok(()),
		}
	}

	/// Whether the key has signed it, with the algorithm that it names.
	pub fn check_signature(&self, issuer: &PublicKey) -> Result<(), Refusal> {
		if self.algorithm != issuer.algorithm() {
			return Err(Refusal::IssuerAlgorithm { found: self.algorithm, issuer: issuer.algorithm() });
		}
		// The fingerprint is the SHA-256 of what is signed, which is what ECDSA needs.
		issuer.verify_hashed(self.signed, &self.fingerprint.0, self.signature).map_err(|error| match error {
			SignatureError::Key => Refusal::KeyEncoding,
			SignatureError::Form => Refusal::SignatureEncoding,
			SignatureError::Mismatch => Refusal::BadSignature,
		})
	}
}

fn needs(found: KeyUsage, needed: KeyUsage) -> Result<(), Refusal> {
	match found.contains(needed) {
		true => Ok(()),
		false => Err(Refusal::LacksKeyUsage { found, needed }),
	}
}

/// Version 1 is what is meant where none is encoded.
fn version(content: Option<&[u8]>) -> Result<(), Refusal> {
	const FIELD: &str = "version";
	let Some(content) = content else { return Err(Refusal::Version { found: 1 }) };
	let mut input = Input::new(content, FIELD)?;
	let version: u8 = input.decode(FIELD)?;
	input.finish()?;
	match version {
		2 => Ok(()),
		_ => Err(Refusal::Version { found: u16::from(version) + 1 }),
	}
}

/// Its bytes without the one that only says that it is positive.
fn serial(number: IntRef<'_>) -> Result<&[u8], Refusal> {
	match number.as_bytes() {
		[] | [0] => Err(Refusal::SerialNotPositive),
		[first, ..] if first & 0x80 != 0 => Err(Refusal::SerialNotPositive),
		bytes if bytes.len() > MAX_SERIAL_BYTES => Err(Refusal::SerialTooLong { found: bytes.len() }),
		[0, rest @ ..] => Ok(rest),
		bytes => Ok(bytes),
	}
}

/// The algorithm is named twice, in the signed part and around it, and byte for byte alike. Neither has parameters.
fn signature_algorithm(inner: &[u8], outer: &[u8]) -> Result<SignatureAlgorithm, Refusal> {
	let AlgorithmId { oid, parameters } = algorithm(inner, "signature")?;
	let found = match oid {
		oids::ECDSA_WITH_SHA256 => SignatureAlgorithm::EcdsaP256Sha256,
		oids::ED25519 => SignatureAlgorithm::Ed25519,
		_ => return Err(Refusal::SignatureAlgorithm(oid)),
	};
	if parameters.is_some() {
		return Err(Refusal::Parameters(oid));
	}
	let envelope = algorithm(outer, "signatureAlgorithm")?;
	match inner == outer {
		true => Ok(found),
		false if envelope.oid == oid => Err(Refusal::Parameters(oid)),
		false => Err(Refusal::AlgorithmMismatch { inner: oid, outer: envelope.oid }),
	}
}

fn validity(content: &[u8]) -> Result<(UnixTime, UnixTime), Refusal> {
	let mut input = Input::new(content, "validity")?;
	let not_before = time(&mut input, "notBefore")?;
	let not_after = time(&mut input, "notAfter")?;
	input.finish()?;
	match not_before <= not_after {
		true => Ok((not_before, not_after)),
		false => Err(Refusal::ValidityReversed { not_before, not_after }),
	}
}

/// RFC 5280, section 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050; seconds, and `Z`, always. Times before
/// 1970 are malformed here.
fn time(input: &mut Input<'_>, field: &'static str) -> Result<UnixTime, Refusal> {
	let any: AnyRef = input.decode(field)?;
	let found = any.tag();
	let date = match found {
		Tag::UtcTime => any.decode_as::<UtcTime>().map(|time| time.to_date_time()),
		Tag::GeneralizedTime => any.decode_as::<GeneralizedTime>().map(|time| time.to_date_time()),
		_ => {
			let kind = ErrorKind::TagUnexpected { expected: None, actual: found };
			return Err(Refusal::Malformed { field, kind });
		}
	}
	.map_err(|_| bad_value(field, found))?;
	if found == Tag::GeneralizedTime && date.year() <= UtcTime::MAX_YEAR {
		return Err(Refusal::TimeForm { field, year: date.year(), found });
	}
	Ok(UnixTime::from_secs(date.unix_duration().as_secs()))
}
