//! Distinguished names (RFC 5280, section 4.1.2.4).
//!
//! Two names are the same where their encodings are: an authority that writes its name in two ways is two authorities.
//! Of the attributes only the common name is read.

use crate::{
	decode::{bad_value, Input},
	oids, Refusal, MAX_COMMON_NAME_CHARACTERS, MAX_NAME_BYTES,
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
	let mut name = ReadName { whole, common_names: 0, common_name: None };
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
		}
	}
	Ok(name)
}

/// No control characters, so that a name looks in a log as it is.
fn common_name<'a>(value: AnyRef<'a>, field: &'static str) -> Result<&'a str, Refusal> {
	let allowed: fn(char) -> bool = match value.tag() {
		Tag::Utf8String => |character| !character.is_control(),
		Tag::PrintableString => |character| character.is_ascii_alphanumeric() || " '()+,-./:=?".contains(character),
		other => return Err(Refusal::CommonNameForm(other)),
	};
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
