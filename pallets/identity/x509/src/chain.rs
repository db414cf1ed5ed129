//! Roots, and the chains that lead to them (RFC 5280, section 6).

use crate::{
	certificate::UnverifiedCertificate, extensions::AuthorityKeyId, types::bounded, CommonName, Error, Fingerprint,
	Issuers, KeyId, Name, Position, PublicKey, Refusal, Serial, Unit, Units, UnixTime, MAX_CHAIN,
};
use codec::{Decode, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A root certificate that was checked: what is kept of it, to verify chains against.
///
/// It is made by [`Root::parse`] alone. It can be decoded, so that it can be stored, and decoding checks nothing: take
/// it from no place that others can write to. It is not `DecodeWithMemTracking`, so that it cannot be the argument of a
/// call by mistake; a call takes the certificate.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Root {
	fingerprint: Fingerprint,
	subject: Name,
	common_name: Option<CommonName>,
	serial: Serial,
	key: PublicKey,
	key_id: Option<KeyId>,
	path_length: Option<u8>,
	not_before: UnixTime,
	not_after: UnixTime,
}

impl Root {
	/// A root that an institution is admitted with: self-signed, a certificate authority with `keyCertSign`, valid now.
	pub fn parse(der: &[u8], now: UnixTime) -> Result<Self, Error> {
		Self::read(der, now).map_err(|refusal| refusal.of(Position::Root))
	}

	fn read(der: &[u8], now: UnixTime) -> Result<Self, Refusal> {
		let root = UnverifiedCertificate::parse(der)?;
		root.check_issuer()?;
		if root.issuer != root.subject {
			return Err(Refusal::NotSelfIssued);
		}
		root.check_valid_at(now)?;
		check_authority(&root, Issuer::of(&root))?;
		root.check_signature(&root.key)?;
		let key_id = root.extensions.subject_key_id;
		Ok(Self {
			fingerprint: root.fingerprint,
			subject: bounded(root.subject).ok_or(Refusal::NameTooLong { found: root.subject.len() })?,
			common_name: common_name(&root)?,
			serial: serial(&root)?,
			key: root.key,
			key_id: key_id.map(|id| bounded(id).ok_or(Refusal::KeyIdLength { found: id.len() })).transpose()?,
			path_length: root.extensions.basic_constraints.and_then(|constraints| constraints.path_length),
			not_before: root.not_before,
			not_after: root.not_after,
		})
	}

	/// Its identity.
	pub fn fingerprint(&self) -> Fingerprint {
		self.fingerprint
	}

	/// Its distinguished name, as encoded. Certificates that it issues name this as their issuer.
	pub fn subject(&self) -> &[u8] {
		&self.subject
	}

	/// Its common name, where it has just one.
	pub fn common_name(&self) -> Option<&CommonName> {
		self.common_name.as_ref()
	}

	/// Its serial number.
	pub fn serial(&self) -> &Serial {
		&self.serial
	}

	/// Its key.
	pub fn key(&self) -> PublicKey {
		self.key
	}

	/// The first second in which it is valid.
	pub fn not_before(&self) -> UnixTime {
		self.not_before
	}

	/// The last second in which it is valid.
	pub fn not_after(&self) -> UnixTime {
		self.not_after
	}

	fn as_issuer(&self) -> Issuer<'_> {
		Issuer {
			name: &self.subject,
			issuer: &self.subject,
			serial: self.serial.as_bytes(),
			key_id: self.key_id.as_ref().map(|id| id.as_slice()),
		}
	}
}

/// A leaf whose whole chain was verified: this key belonged to this name when it was checked.
///
/// It is made by [`verify_chain`] alone. What is said of decoding a [`Root`] holds for it too.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct VerifiedLeaf {
	key: PublicKey,
	common_name: CommonName,
	units: Units,
	serial: Serial,
	not_before: UnixTime,
	not_after: UnixTime,
	fingerprint: Fingerprint,
	issuers: Issuers,
}

impl VerifiedLeaf {
	/// Its key. Whoever enrols with the chain proves with a signature that it holds the key: see [`PublicKey::verify`].
	pub fn key(&self) -> PublicKey {
		self.key
	}

	/// Whom it was issued to.
	pub fn common_name(&self) -> &CommonName {
		&self.common_name
	}

	/// The organisational units in its subject, in the order in which they stand there.
	pub fn units(&self) -> &[Unit] {
		&self.units
	}

	/// The number that its issuer gave to it.
	pub fn serial(&self) -> &Serial {
		&self.serial
	}

	/// The first second in which the whole chain is valid: the latest beginning in it, that of the root included.
	pub fn not_before(&self) -> UnixTime {
		self.not_before
	}

	/// The last second in which the whole chain is valid: the earliest end in it, that of the root included.
	pub fn not_after(&self) -> UnixTime {
		self.not_after
	}

	/// Its identity.
	pub fn fingerprint(&self) -> Fingerprint {
		self.fingerprint
	}

	/// The certificates above it: its issuer first, the root last.
	pub fn issuers(&self) -> &[Fingerprint] {
		&self.issuers
	}

	/// Whether this certificate is the leaf, or above it: whether the leaf falls with it.
	pub fn depends_on(&self, certificate: &Fingerprint) -> bool {
		self.fingerprint == *certificate || self.issuers.contains(certificate)
	}
}

/// Verifies a chain: the leaf first, each next certificate the issuer of the one before, the last one issued by one of
/// the roots. The root itself is left out.
///
/// `revoked` is asked about every certificate that the answer would rest on, the root among them.
///
/// Where several roots have the name that the last certificate names as its issuer, as when a root was renewed, any of
/// them will do.
///
/// The cost is bounded by [`MAX_CHAIN`] certificates and as many signatures, and one signature more for each further
/// root of the same name. Signatures are checked last: what breaks another rule costs none.
pub fn verify_chain(
	chain: &[impl AsRef<[u8]>],
	roots: &[Root],
	now: UnixTime,
	revoked: &mut dyn FnMut(&Fingerprint) -> bool,
) -> Result<VerifiedLeaf, Error> {
	if chain.len() > MAX_CHAIN {
		return Err(Error::ChainTooLong { found: chain.len() });
	}
	let mut read: [Option<UnverifiedCertificate>; MAX_CHAIN] = [const { None }; MAX_CHAIN];
	for (index, (slot, der)) in read.iter_mut().zip(chain).enumerate() {
		*slot = Some(admit(index, der.as_ref(), roots, now).map_err(|refusal| refusal.of(Position::at(index)))?);
	}
	// The positions are those of `chain`, for no slot before the last is empty.
	let certificates = || read.iter().flatten().enumerate();
	let (Some((_, leaf)), Some((last, top))) = (certificates().next(), certificates().last()) else {
		return Err(Error::EmptyChain);
	};
	for (index, certificate) in certificates() {
		check_new(certificate.fingerprint, certificate.key, certificates().take(index))
			.and_then(|()| match certificates().nth(index + 1) {
				Some((_, issuer)) => check_link(certificate, Issuer::of(issuer)),
				None => Ok(()),
			})
			.and_then(|()| {
				let constraints = certificate.extensions.basic_constraints;
				check_path(index, constraints.and_then(|constraints| constraints.path_length))
			})
			.and_then(|()| check_revoked(certificate.fingerprint, revoked))
			.map_err(|refusal| refusal.of(Position::at(index)))?;
	}

	let mut refused = Refusal::UnknownIssuer.of(Position::at(last));
	let mut found = None;
	for root in roots.iter().filter(|root| check_link(top, root.as_issuer()).is_ok()) {
		match check_under(root, top, last, certificates(), now, revoked) {
			Ok(()) => {
				found = Some(root);
				break;
			}
			// Of several roots with one name, one that is found wanting says more than one whose key does not fit.
			Err(_) if matches!(refused, Error::Certificate { position: Position::Root, .. }) => (),
			Err(error) => refused = error,
		}
	}
	let root = found.ok_or(refused)?;
	for ((index, certificate), (_, issuer)) in certificates().zip(certificates().skip(1)) {
		certificate.check_signature(&issuer.key).map_err(|refusal| refusal.of(Position::at(index)))?;
	}

	let at_leaf = |refusal: Refusal| refusal.of(Position::Leaf);
	let above = certificates().skip(1).map(|(_, certificate)| certificate.fingerprint);
	Ok(VerifiedLeaf {
		key: leaf.key,
		common_name: common_name(leaf)
			.and_then(|name| name.ok_or(Refusal::CommonNames { found: leaf.common_names }))
			.map_err(at_leaf)?,
		units: leaf.units.read().map_err(at_leaf)?,
		serial: serial(leaf).map_err(at_leaf)?,
		not_before: certificates().fold(root.not_before, |time, (_, certificate)| time.max(certificate.not_before)),
		not_after: certificates().fold(root.not_after, |time, (_, certificate)| time.min(certificate.not_after)),
		fingerprint: leaf.fingerprint,
		issuers: Issuers::truncate_from(above.chain([root.fingerprint]).collect()),
	})
}

/// Reads a certificate of a chain, and checks what can be checked of it alone.
fn admit<'a>(index: usize, der: &'a [u8], roots: &[Root], now: UnixTime) -> Result<UnverifiedCertificate<'a>, Refusal> {
	let certificate = UnverifiedCertificate::parse(der)?;
	if roots.iter().any(|root| root.fingerprint == certificate.fingerprint) {
		return Err(Refusal::RootInChain);
	}
	match index {
		0 => {
			certificate.check_leaf()?;
			if certificate.common_names != 1 {
				return Err(Refusal::CommonNames { found: certificate.common_names });
			}
			certificate.units.read()?;
		}
		_ => certificate.check_issuer()?,
	}
	if certificate.issuer == certificate.subject {
		return Err(Refusal::SelfIssued);
	}
	certificate.check_valid_at(now)?;
	Ok(certificate)
}

/// Neither the certificate nor its key has stood in the chain before.
fn check_new<'a>(
	fingerprint: Fingerprint,
	key: PublicKey,
	before: impl Iterator<Item = (usize, &'a UnverifiedCertificate<'a>)>,
) -> Result<(), Refusal> {
	for (index, certificate) in before {
		let first = Position::at(index);
		if certificate.fingerprint == fingerprint {
			return Err(Refusal::RepeatedCertificate { first });
		}
		if certificate.key == key {
			return Err(Refusal::RepeatedKey { first });
		}
	}
	Ok(())
}

/// What a certificate can name of its issuer.
struct Issuer<'a> {
	name: &'a [u8],
	issuer: &'a [u8],
	serial: &'a [u8],
	key_id: Option<&'a [u8]>,
}

impl<'a> Issuer<'a> {
	fn of(certificate: &UnverifiedCertificate<'a>) -> Self {
		Self {
			name: certificate.subject,
			issuer: certificate.issuer,
			serial: certificate.serial,
			key_id: certificate.extensions.subject_key_id,
		}
	}
}

/// Whether a certificate names this issuer.
fn check_link(certificate: &UnverifiedCertificate, issuer: Issuer) -> Result<(), Refusal> {
	match certificate.issuer == issuer.name {
		true => check_authority(certificate, issuer),
		false => Err(Refusal::WrongIssuer),
	}
}

/// RFC 5280, section 4.2.1.1: what is there must fit. An issuer without a name for its key fits any.
fn check_authority(certificate: &UnverifiedCertificate, issuer: Issuer) -> Result<(), Refusal> {
	let AuthorityKeyId { key_id, certificate } = certificate.extensions.authority_key_id.unwrap_or_default();
	let key_fits = key_id.zip(issuer.key_id).is_none_or(|(named, own)| named == own);
	let certificate_fits = certificate.is_none_or(|(name, serial)| name == issuer.issuer && serial == issuer.serial);
	match key_fits && certificate_fits {
		true => Ok(()),
		false => Err(Refusal::AuthorityKeyId),
	}
}

/// How many intermediates are below the certificate at this index. None of them is self-issued, so all of them count.
fn check_path(index: usize, allowed: Option<u8>) -> Result<(), Refusal> {
	let found = index.saturating_sub(1);
	match allowed {
		Some(allowed) if found > usize::from(allowed) => Err(Refusal::PathTooLong { found, allowed }),
		_ => Ok(()),
	}
}

fn check_revoked(fingerprint: Fingerprint, revoked: &mut dyn FnMut(&Fingerprint) -> bool) -> Result<(), Refusal> {
	match revoked(&fingerprint) {
		true => Err(Refusal::Revoked(fingerprint)),
		false => Ok(()),
	}
}

/// Whether this root issued the last certificate of the chain, and may be believed.
fn check_under<'a>(
	root: &Root,
	top: &UnverifiedCertificate,
	last: usize,
	certificates: impl Iterator<Item = (usize, &'a UnverifiedCertificate<'a>)>,
	now: UnixTime,
	revoked: &mut dyn FnMut(&Fingerprint) -> bool,
) -> Result<(), Error> {
	let at_root = |refusal: Refusal| refusal.of(Position::Root);
	if now < root.not_before {
		return Err(at_root(Refusal::NotYetValid { not_before: root.not_before, now }));
	}
	if now > root.not_after {
		return Err(at_root(Refusal::Expired { not_after: root.not_after, now }));
	}
	check_new(root.fingerprint, root.key, certificates).map_err(at_root)?;
	check_path(last + 1, root.path_length).map_err(at_root)?;
	check_revoked(root.fingerprint, revoked).map_err(at_root)?;
	top.check_signature(&root.key).map_err(|refusal| refusal.of(Position::at(last)))
}

fn common_name(certificate: &UnverifiedCertificate) -> Result<Option<CommonName>, Refusal> {
	match certificate.common_name {
		Some(name) if certificate.common_names == 1 => {
			let found = name.chars().count();
			CommonName::new(name).map(Some).ok_or(Refusal::CommonNameLength { found })
		}
		_ => Ok(None),
	}
}

fn serial(certificate: &UnverifiedCertificate) -> Result<Serial, Refusal> {
	Serial::new(certificate.serial).ok_or(Refusal::SerialTooLong { found: certificate.serial.len() })
}
