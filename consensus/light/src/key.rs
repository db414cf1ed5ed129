//! Whether a storage key belongs to an item, as far as that can be told without the runtime's metadata.

use sp_core::Bytes;
use syndic_primitives::{builtin::KeyHasher, storage_keys::item_key};

/// Whether `key` is the item's own key, followed by a hash of each of `keys`, in order, and by nothing else.
///
/// Only the metadata tells which hash function the item uses, so any of FRAME's is accepted. This does not mislead a
/// client that asked for certain keys: for other keys to give the same bytes takes a collision, or keys of another
/// length.
pub fn belongs(key: &[u8], contract: &str, item: &str, keys: &[Bytes]) -> bool {
	key.strip_prefix(&item_key(contract, item)).is_some_and(|rest| consists_of(rest, keys))
}

fn consists_of(rest: &[u8], keys: &[Bytes]) -> bool {
	let Some((first, others)) = keys.split_first() else { return rest.is_empty() };
	KeyHasher::ALL
		.iter()
		.any(|hasher| rest.strip_prefix(&hasher.hash(first)[..]).is_some_and(|rest| consists_of(rest, others)))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn every_hasher_and_any_number_of_keys() {
		let place = item_key("Pallet", "Map");
		assert!(belongs(&place, "Pallet", "Map", &[]));
		let (first, second) = (Bytes(vec![1, 2, 3]), Bytes(vec![4; 32]));
		for a in KeyHasher::ALL {
			let one = [&place[..], &a.hash(&first)].concat();
			assert!(belongs(&one, "Pallet", "Map", std::slice::from_ref(&first)), "{a:?}");
			for b in KeyHasher::ALL {
				let two = [&one[..], &b.hash(&second)].concat();
				assert!(belongs(&two, "Pallet", "Map", &[first.clone(), second.clone()]), "{a:?} {b:?}");
				assert!(!belongs(&two, "Pallet", "Map", &[second.clone(), first.clone()]), "{a:?} {b:?}");
				assert!(!belongs(&two, "Pallet", "Map", std::slice::from_ref(&first)), "{a:?} {b:?}");
			}
		}
	}

	#[test]
	fn other_items_entries_and_tails_do_not_belong() {
		let key = [&item_key("Pallet", "Map")[..], &KeyHasher::Twox64Concat.hash(&[7])].concat();
		let seven = [Bytes(vec![7])];
		assert!(belongs(&key, "Pallet", "Map", &seven));
		assert!(!belongs(&key, "Pallet", "Other", &seven));
		assert!(!belongs(&key, "Other", "Map", &seven));
		assert!(!belongs(&key, "Pallet", "Map", &[Bytes(vec![8])]));
		assert!(!belongs(&key, "Pallet", "Map", &[]));
		assert!(!belongs(&[&key[..], &[0]].concat(), "Pallet", "Map", &seven));
		assert!(!belongs(&key[..31], "Pallet", "Map", &seven));
	}
}
