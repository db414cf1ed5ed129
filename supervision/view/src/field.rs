//! A value of an event as JSON. Its members are in the order in which the runtime declares them and do not depend on
//! how a build's libraries order maps, so that two builds write the same bytes.

use serde::{
	ser::{SerializeMap, SerializeSeq},
	Serialize, Serializer,
};

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
	/// `null`: for `None`, and for types without fields.
	Null,
	/// A boolean.
	Bool(bool),
	/// A whole number of at most 32 bits, which every JSON reader represents exactly.
	Number(i64),
	/// Text: bytes in hex, accounts in SS58, numbers of more than 32 bits, names of variants.
	Text(String),
	/// Several values.
	List(Vec<Field>),
	/// Values by name, in order.
	Map(Vec<(String, Field)>),
}

impl Serialize for Field {
	fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
		match self {
			Self::Null => serializer.serialize_unit(),
			Self::Bool(value) => serializer.serialize_bool(*value),
			Self::Number(value) => serializer.serialize_i64(*value),
			Self::Text(value) => serializer.serialize_str(value),
			Self::List(values) => {
				let mut list = serializer.serialize_seq(Some(values.len()))?;
				for value in values {
					list.serialize_element(value)?;
				}
				list.end()
			}
			Self::Map(members) => {
				let mut map = serializer.serialize_map(Some(members.len()))?;
				for (name, value) in members {
					map.serialize_entry(name, value)?;
				}
				map.end()
			}
		}
	}
}
