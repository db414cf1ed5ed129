//! An item is found by the name that the metadata has for it.

use crate::{
	mock::{contract, *},
	BuiltInContract,
};
use codec::Encode;
use frame_support::traits::PalletInfoAccess;
use syndic_primitives::{
	builtin::{
		read::{MAX_ITEM_BYTES, MAX_KEY_BYTES},
		Address, ReadError,
	},
	Height,
};

fn key(item: &str, keys: &[Vec<u8>]) -> Result<Vec<u8>, ReadError> {
	Builtin::storage_key(&OTHER, item, keys)
}

#[test]
fn every_kind_of_item_is_where_frame_puts_it() {
	assert_eq!(key("Value", &[]), Ok(contract::Value::<Test>::hashed_key().to_vec()));
	assert_eq!(key("Safe", &[5u32.encode()]), Ok(contract::Safe::<Test>::hashed_key_for(5)));
	let double = [5u8.encode(), 6u16.encode()];
	assert_eq!(key("Double", &double), Ok(contract::Double::<Test>::hashed_key_for(5, 6)));
	let many = [1u8.encode(), 2u16.encode(), 3u32.encode(), 4u64.encode()];
	assert_eq!(key("Many", &many), Ok(contract::Many::<Test>::hashed_key_for((1, 2, 3, 4))));
	let suspended = crate::Suspended::<Test>::hashed_key_for(OTHER);
	assert_eq!(Builtin::storage_key(&Builtin::ADDRESS, "Suspended", &[OTHER.encode()]), Ok(suspended));
}

#[test]
fn what_is_read_is_what_is_stored() {
	new_test_ext().execute_with(|| {
		let read = |item: &str, keys: &[Vec<u8>]| Builtin::read(&OTHER, item, keys);
		assert_eq!(read("Value", &[]), Ok(None));
		contract::Value::<Test>::put((3, 4));
		contract::Double::<Test>::insert(5, 6, 7);
		assert_eq!(read("Value", &[]), Ok(Some((3u64, 4u32).encode())));
		assert_eq!(read("Double", &[5u8.encode(), 6u16.encode()]), Ok(Some(7u64.encode())));
		assert_eq!(read("Double", &[6u8.encode(), 6u16.encode()]), Ok(None));
		assert_eq!(Builtin::read(&Builtin::ADDRESS, "Suspended", &[OTHER.encode()]), Ok(None));
		crate::Suspended::<Test>::insert(OTHER, Height(9));
		assert_eq!(Builtin::read(&Builtin::ADDRESS, "Suspended", &[OTHER.encode()]), Ok(Some(Height(9).encode())));
	});
}

#[test]
fn what_there_is_not_is_named_with_what_there_is() {
	let contracts = vec![("Builtin".into(), Builtin::ADDRESS), ("Other".into(), OTHER)];
	let unknown = Address::repeat_byte(1);
	let cases = [
		(Builtin::storage_key(&unknown, "Value", &[]), ReadError::UnknownContract { address: unknown, contracts }),
		(
			key("value", &[]),
			ReadError::UnknownItem {
				contract: Other::name().into(),
				item: "value".into(),
				items: ["Value", "Ticks", "Safe", "Double", "Many"].map(Into::into).to_vec(),
			},
		),
		(key(&"x".repeat(129), &[]), ReadError::ItemTooLong { length: 129, bound: MAX_ITEM_BYTES }),
		(
			key("Value", &[vec![]]),
			ReadError::WrongKeyCount { contract: "Other".into(), item: "Value".into(), given: 1, expected: 0 },
		),
		(
			key("Double", &[vec![5]]),
			ReadError::WrongKeyCount { contract: "Other".into(), item: "Double".into(), given: 1, expected: 2 },
		),
		(
			key("Double", &[vec![5], vec![0; 1025]]),
			ReadError::KeyTooLong { index: 1, length: 1025, bound: MAX_KEY_BYTES },
		),
	];
	for (answer, error) in cases {
		assert_eq!(answer, Err(error));
	}
}
