//! Events as JSON, by the types that the runtime declares: a pallet that is added later needs no code here.
//!
//! | in the runtime | in JSON |
//! |---|---|
//! | an account | text, SS58 |
//! | bytes, hashes, keys | text, `0x` and hex |
//! | a number of up to 32 bits | a number |
//! | a longer number | text, decimal |
//! | `None`, `()` | `null` |
//! | `Some(value)`, a type around a single unnamed value | the value |
//! | a variant without fields | text, its name |
//! | a variant with fields | an object with one member: the variant's name, and its fields |
//! | named fields, unnamed fields, lists | an object, a list, a list |

use crate::field::Field;
use codec::Encode;
use scale_info::{form::PortableForm, meta_type, PortableRegistry, Registry, TypeDef, TypeDefPrimitive};
use scale_value::{scale::decode_as_type, Composite, Primitive, Value, ValueDef, Variant};
use sp_core::crypto::{AccountId32, Ss58Codec};
use std::sync::LazyLock;
use syndic_runtime::{configs::system::SS58_PREFIX, RuntimeEvent};

/// An event as names and JSON fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
	/// The pallet's name in the runtime.
	pub pallet: String,
	/// The event's name.
	pub name: String,
	/// The event's fields.
	pub fields: Field,
}

/// An event cannot be written as JSON, because its encoding does not fit the types that the runtime declares.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {event} can't be told in JSON: {reason}")]
pub struct EventError {
	/// The event's index in the block.
	pub event: u32,
	/// What is wrong with the event.
	pub reason: String,
}

/// The types of the runtime's events, and the type id of `RuntimeEvent`.
static TYPES: LazyLock<(PortableRegistry, u32)> = LazyLock::new(|| {
	let mut registry = Registry::new();
	let event = registry.register_type(&meta_type::<RuntimeEvent>()).id;
	(registry.into(), event)
});

/// The name of an event's pallet.
pub fn pallet_of(event: &RuntimeEvent) -> Option<&'static str> {
	let index = *event.encode().first()?;
	let Some(TypeDef::Variant(pallets)) = type_def(TYPES.1) else { return None };
	pallets.variants.iter().find(|pallet| pallet.index == index).map(|pallet| pallet.name.as_str())
}

/// Describes the event at an index of the block.
pub fn describe(index: u32, event: &RuntimeEvent) -> Result<Described, EventError> {
	let (types, id) = &*TYPES;
	let bad = |reason: String| EventError { event: index, reason };
	let value = decode_as_type(&mut &event.encode()[..], *id, types).map_err(|error| bad(error.to_string()))?;
	let ValueDef::Variant(Variant { name: pallet, values }) = value.value else {
		return Err(bad("it is of no pallet".into()));
	};
	match values.into_values().next().map(|inner| inner.value) {
		Some(ValueDef::Variant(Variant { name, values })) => Ok(Described { pallet, name, fields: composite(values) }),
		_ => Err(bad(format!("the event of {pallet} has no name"))),
	}
}

fn field(Value { value, context }: Value<u32>) -> Field {
	if is_account(context) {
		if let Some(account) = bytes(&value).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()) {
			return Field::Text(ss58(&account.into()));
		}
	}
	if is_bytes(context) {
		if let Some(bytes) = bytes(&value) {
			return Field::Text(sp_core::bytes::to_hex(&bytes, false));
		}
	}
	match value {
		// A list stays a list even if it has one member.
		ValueDef::Composite(values) if is_list(context) => Field::List(values.into_values().map(field).collect()),
		ValueDef::Composite(values) => composite(values),
		ValueDef::Variant(variant) => self::variant(variant, is_option(context)),
		ValueDef::BitSequence(bits) => Field::List(bits.iter().map(Field::Bool).collect()),
		ValueDef::Primitive(value) => primitive(value, context),
	}
}

fn composite(values: Composite<u32>) -> Field {
	match values {
		Composite::Named(members) if members.is_empty() => Field::Null,
		Composite::Named(members) => {
			Field::Map(members.into_iter().map(|(name, value)| (name, field(value))).collect())
		}
		Composite::Unnamed(mut values) => match (values.pop(), values.is_empty()) {
			(None, _) => Field::Null,
			(Some(only), true) => field(only),
			(Some(last), false) => Field::List(values.into_iter().chain([last]).map(field).collect()),
		},
	}
}

fn variant(Variant { name, values }: Variant<u32>, is_option: bool) -> Field {
	match (is_option, name.as_str()) {
		(true, "None") => Field::Null,
		(true, _) => composite(values),
		(false, _) if values.is_empty() => Field::Text(name),
		(false, _) => Field::Map(vec![(name, composite(values))]),
	}
}

fn primitive(value: Primitive, context: u32) -> Field {
	// The type decides whether a number is written as a number or as text, not the value, so that a column has one
	// form.
	let short = is_short(context);
	let number = |value: Option<i64>, text: String| match value {
		Some(value) if short => Field::Number(value),
		_ => Field::Text(text),
	};
	match value {
		Primitive::Bool(value) => Field::Bool(value),
		Primitive::Char(value) => Field::Text(value.into()),
		Primitive::String(value) => Field::Text(value),
		Primitive::U128(value) => number(value.try_into().ok(), value.to_string()),
		Primitive::I128(value) => number(value.try_into().ok(), value.to_string()),
		Primitive::U256(bytes) | Primitive::I256(bytes) => Field::Text(sp_core::bytes::to_hex(&bytes, false)),
	}
}

/// An account in SS58, with the chain's prefix.
pub fn ss58(account: &AccountId32) -> String {
	account.to_ss58check_with_version(SS58_PREFIX.into())
}

fn type_def(id: u32) -> Option<&'static TypeDef<PortableForm>> {
	TYPES.0.resolve(id).map(|found| &found.type_def)
}

fn is_named(id: u32, path: &[&str]) -> bool {
	TYPES.0.resolve(id).is_some_and(|found| found.path.segments == path)
}

fn is_account(id: u32) -> bool {
	is_named(id, &["sp_core", "crypto", "AccountId32"])
}

fn is_option(id: u32) -> bool {
	is_named(id, &["Option"])
}

/// The member type of a list; `None` if the type is no list.
fn member_type(id: u32) -> Option<u32> {
	match type_def(id)? {
		TypeDef::Sequence(sequence) => Some(sequence.type_param.id),
		TypeDef::Array(array) => Some(array.type_param.id),
		_ => None,
	}
}

fn is_list(id: u32) -> bool {
	member_type(id).is_some()
}

fn is_bytes(id: u32) -> bool {
	let member = member_type(id).and_then(type_def);
	matches!(member, Some(TypeDef::Primitive(TypeDefPrimitive::U8)))
}

fn is_short(id: u32) -> bool {
	use TypeDefPrimitive::{I16, I32, I8, U16, U32, U8};
	match type_def(id) {
		Some(TypeDef::Compact(compact)) => is_short(compact.type_param.id),
		Some(TypeDef::Primitive(kind)) => matches!(kind, U8 | U16 | U32 | I8 | I16 | I32),
		_ => false,
	}
}

/// The bytes of a list of bytes, or of a type around a list of bytes.
fn bytes(value: &ValueDef<u32>) -> Option<Vec<u8>> {
	let ValueDef::Composite(Composite::Unnamed(values)) = value else { return None };
	if let [Value { value: inner @ ValueDef::Composite(_), .. }] = &values[..] {
		return bytes(inner);
	}
	values
		.iter()
		.map(|value| match &value.value {
			ValueDef::Primitive(Primitive::U128(byte)) => u8::try_from(*byte).ok(),
			_ => None,
		})
		.collect()
}
