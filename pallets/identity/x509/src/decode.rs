//! Reading DER field by field, with an error that names the field.
//!
//! The crate `der` refuses what is not DER in tags, lengths, integers, booleans and times. What it leaves open is closed
//! here: an object identifier's parts have no leading zeros, and nothing follows the last field of anything.

use crate::{Oid, Refusal};
use der::{asn1::AnyRef, Decode, ErrorKind, Header, Reader, SliceReader, Tag, Tagged};

/// Bytes that are read from front to back.
pub(crate) struct Input<'a> {
	reader: SliceReader<'a>,
	field: &'static str,
}

impl<'a> Input<'a> {
	/// Reads `bytes`; `field` is what they are the content of.
	pub fn new(bytes: &'a [u8], field: &'static str) -> Result<Self, Refusal> {
		Ok(Self { reader: SliceReader::new(bytes).map_err(malformed(field))?, field })
	}

	/// Whether all has been read.
	pub fn is_empty(&self) -> bool {
		self.reader.is_finished()
	}

	/// Whether this tag comes next.
	pub fn next_is(&self, tag: Tag) -> bool {
		self.reader.peek_tag() == Ok(tag)
	}

	/// The next value of a type that checks its own content.
	pub fn decode<T: Decode<'a>>(&mut self, field: &'static str) -> Result<T, Refusal> {
		self.reader.decode().map_err(malformed(field))
	}

	/// The content of the next value, which must have this tag.
	pub fn value(&mut self, tag: Tag, field: &'static str) -> Result<&'a [u8], Refusal> {
		let any: AnyRef = self.decode(field)?;
		any.tag().assert_eq(tag).map_err(malformed(field))?;
		Ok(any.value())
	}

	/// The content of the next value, if it has this tag.
	pub fn optional(&mut self, tag: Tag, field: &'static str) -> Result<Option<&'a [u8]>, Refusal> {
		self.next_is(tag).then(|| self.value(tag, field)).transpose()
	}

	/// The next value with its tag and length, and its content alone.
	pub fn whole(&mut self, tag: Tag, field: &'static str) -> Result<(&'a [u8], &'a [u8]), Refusal> {
		let header: Header = self.reader.peek_header().map_err(malformed(field))?;
		header.tag.assert_eq(tag).map_err(malformed(field))?;
		let whole = self.reader.tlv_bytes().map_err(malformed(field))?;
		let content = Input::new(whole, field)?.value(tag, field)?;
		Ok((whole, content))
	}

	/// The next value, an object identifier.
	pub fn oid(&mut self, field: &'static str) -> Result<Oid, Refusal> {
		let oid: Oid = self.decode(field)?;
		let mut first = true;
		for byte in oid.as_bytes() {
			if first && *byte == 0x80 {
				return Err(Refusal::Malformed { field, kind: ErrorKind::OidMalformed });
			}
			first = byte & 0x80 == 0;
		}
		Ok(oid)
	}

	/// How many bytes are left.
	pub fn remaining(&self) -> usize {
		u32::from(self.reader.remaining_len()) as usize
	}

	/// Nothing may be left.
	pub fn finish(self) -> Result<(), Refusal> {
		self.reader.finish(()).map_err(malformed(self.field))
	}
}

/// An `AlgorithmIdentifier`.
pub(crate) struct AlgorithmId<'a> {
	pub oid: Oid,
	pub parameters: Option<AnyRef<'a>>,
}

/// Reads the content of an `AlgorithmIdentifier`.
pub(crate) fn algorithm<'a>(content: &'a [u8], field: &'static str) -> Result<AlgorithmId<'a>, Refusal> {
	let mut input = Input::new(content, field)?;
	let oid = input.oid(field)?;
	let parameters = (!input.is_empty()).then(|| input.decode(field)).transpose()?;
	input.finish()?;
	Ok(AlgorithmId { oid, parameters })
}

/// Names the field in which something was not DER.
pub(crate) fn malformed(field: &'static str) -> impl Fn(der::Error) -> Refusal {
	move |error| Refusal::Malformed { field, kind: error.kind() }
}

/// A value of this type that its type does not allow.
pub(crate) fn bad_value(field: &'static str, tag: Tag) -> Refusal {
	Refusal::Malformed { field, kind: ErrorKind::Value { tag } }
}
