//! Distinguished names (RFC 5280, section 4.1.2.4).
//!
//! Two names are the same where their encodings are: an authority that writes its name in two ways is two authorities.
//! Of the attributes only the common name and the organisational units are read; the units of a leaf's subject alone have
//! to be in an accepted form.

use crate::{
	decode::{bad_value, Input},
	oids,
	types::{Unit, Units},
	Refusal, MAX_COMMON_NAME_CHARACTERS, MAX_NAME_BYTES, MAX_UNITS, MAX_UNIT_CHARACTERS,
};
use der::{asn1::AnyRef, ErrorKind, Tag, Tagged};

/// What is read of a name.
pub(crate) struct ReadName<'a> {
	/// Its encoding, with tag and length.
	pub whole: &'a [u8],
	/// How many common names it has.
	pub common_names: usize,
	/// The last of them.
	pub common_name: Option<&'a str>,
	pub units: RawUnits<'a>,
}

/// A name's organisational units as they are encoded.
#[derive(Default)]
pub(crate) struct RawUnits<'a> {
	found: usize,
	first: [Option<AnyRef<'a>>; MAX_UNITS],
}

impl<'a> RawUnits<'a> {
	fn push(&mut self, value: AnyRef<'a>) {
		if let Some(slot) = self.first.get_mut(self.found) {
			*slot = Some(value);
		}
		self.found = self.found.saturating_add(1);
	}

	/// Their text, if there are not too many and each is in an accepted form.
	pub fn read(&self) -> Result<Units, Refusal> {
		if self.found > MAX_UNITS {
			return Err(Refusal::TooManyUnits { found: self.found });
		}
		let mut units = Units::default();
		for value in self.first.iter().flatten() {
			let text = text(*value)?.ok_or(Refusal::UnitForm(value.tag()))?;
			let found = text.chars().count();
			let unit = Unit::new(text).filter(|_| (1..=MAX_UNIT_CHARACTERS).contains(&found));
			let unit = unit.ok_or(Refusal::UnitLength { found })?;
			units.try_push(unit).map_err(|_| Refusal::TooManyUnits { found: self.found })?;
		}
		Ok(units)
	}
}

/// The text of a unit. Nothing where its character set is not accepted, or a character is not of it.
fn text(value: AnyRef<'_>) -> Result<Option<&str>, Refusal> {
	let Some(allowed) = allowed(value.tag()) else { return Ok(None) };
	let text = core::str::from_utf8(value.value())
		.map_err(|error| Refusal::Malformed { field: "subject", kind: ErrorKind::Utf8(error) })?;
	Ok(text.chars().all(allowed).then_some(text))
}

/// The characters of a character set that is accepted. No control characters, so that a name looks in a log as it is.
fn allowed(tag: Tag) -> Option<fn(char) -> bool> {
	match tag {
		Tag::Utf8String => Some(|character| !character.is_control()),
		Tag::PrintableString => {
			Some(|character| character.is_ascii_alphanumeric() || " '()+,-./:=?".contains(character))
		}
		_ => None,
	}
}

/// Reads the next value, a name.
pub(crate) fn name<'a>(input: &mut Input<'a>, field: &'static str) -> Result<ReadName<'a>, Refusal> {
	let (whole, content) = input.whole(Tag::Sequence, field)?;
	if whole.len() > MAX_NAME_BYTES {
		return Err(Refusal::NameTooLong { found: whole.len() });
	}
	if content.is_empty() {
		return Err(Refusal::EmptyName { field });
	}
	let mut name = ReadName { whole, common_names: 0, common_name: None, units: RawUnits::default() };
	let mut sets = Input::new(content, field)?;
	while !sets.is_empty() {
		let mut set = Input::new(sets.value(Tag::Set, field)?, field)?;
		if set.is_empty() {
			return Err(bad_value(field, Tag::Set));
		}
		let mut before: &[u8] = &[];
		while !set.is_empty() {
			let (attribute, content) = set.whole(Tag::Sequence, field)?;
			if attribute <= before {
				return Err(Refusal::Malformed { field, kind: ErrorKind::SetOrdering });
			}
			before = attribute;
			let mut attribute = Input::new(content, field)?;
			let kind = attribute.oid(field)?;
			let value: AnyRef = attribute.decode(field)?;
			attribute.finish()?;
			if kind == oids::COMMON_NAME {
				name.common_names += 1;
				name.common_name = Some(common_name(value, field)?);
			}
			if kind == oids::ORGANIZATIONAL_UNIT {
				name.units.push(value);
			}
		}
	}
	Ok(name)
}

fn common_name<'a>(value: AnyRef<'a>, field: &'static str) -> Result<&'a str, Refusal> {
	let allowed = allowed(value.tag()).ok_or(Refusal::CommonNameForm(value.tag()))?;
	let text = core::str::from_utf8(value.value())
		.map_err(|error| Refusal::Malformed { field, kind: ErrorKind::Utf8(error) })?;
	let found = text.chars().count();
	if !(1..=MAX_COMMON_NAME_CHARACTERS).contains(&found) {
		return Err(Refusal::CommonNameLength { found });
	}
	match text.chars().find(|character| !allowed(*character)) {
		Some(character) => Err(Refusal::CommonNameCharacter(character)),
		None => Ok(text),
	}
}
