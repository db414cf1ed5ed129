//! The paths of our types do not end like those of stock types. Some libraries recognise types by the end of their
//! path, and have decoders of their own for them. A type of ours with the same end would be decoded wrongly, and every
//! block that holds one.

use codec::Decode;
use frame_metadata::{v15::RuntimeMetadataV15, RuntimeMetadata, RuntimeMetadataPrefixed};
use std::collections::BTreeSet;
use syndic_runtime::Runtime;

/// The ends of the paths of stock types.
const STOCK: &str = include_str!("data/stock_types.txt");

/// Names of types that FRAME generates in each pallet, with the same meaning in ours.
const GENERATED: [&str; 5] = ["Call", "Error", "Event", "HoldReason", "Origin"];

/// Names that scalecodec recognises behind any single segment.
const KNOWN_ALONE: [&str; 3] = ["Call", "Event", "EventRecord"];

/// The index of our first pallet; the stock pallets have lower ones.
const FIRST_OF_OURS: u8 = 10;

fn metadata() -> RuntimeMetadataV15 {
	let opaque = Runtime::metadata_at_version(15).expect("version 15 is supported");
	match RuntimeMetadataPrefixed::decode(&mut &opaque[..]).expect("it decodes").1 {
		RuntimeMetadata::V15(metadata) => metadata,
		_ => panic!("not version 15"),
	}
}

/// The paths of all types of our crates, and those of all other types.
fn paths() -> (BTreeSet<Vec<String>>, BTreeSet<Vec<String>>) {
	let metadata = metadata();
	let path = |id: u32| metadata.types.resolve(id).expect("it is registered").path.segments.clone();
	let pallets = metadata.pallets.iter().filter(|pallet| pallet.index >= FIRST_OF_OURS);
	let ours: BTreeSet<String> = pallets
		.flat_map(|pallet| {
			let calls = pallet.calls.as_ref().map(|calls| calls.ty.id);
			let event = pallet.event.as_ref().map(|event| event.ty.id);
			let error = pallet.error.as_ref().map(|error| error.ty.id);
			calls.into_iter().chain(event).chain(error)
		})
		.map(|id| path(id)[0].clone())
		.collect();
	let all = metadata.types.types.iter().map(|ty| ty.ty.path.segments.clone()).filter(|path| !path.is_empty());
	all.partition(|path| path[0].starts_with("syndic_") || ours.contains(&path[0]))
}

/// The last two segments of a path, as in the list of stock types.
fn end(path: &[String]) -> String {
	path[path.len().saturating_sub(2)..].join("::")
}

/// Whether a macro of the SDK generates types with this path, always of the same meaning, for each pallet or kind of
/// key.
fn is_generated(path: &[String]) -> bool {
	let [.., module, name] = path else { return false };
	match module.as_str() {
		"pallet" => GENERATED.contains(&name.as_str()),
		"app" => ["Public", "Signature"].contains(&name.as_str()),
		_ => false,
	}
}

#[test]
fn no_type_of_ours_ends_as_a_stock_type() {
	let (ours, others) = paths();
	let mut stock: BTreeSet<String> = STOCK.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
	assert!(stock.len() > 700 && stock.contains("vote::Vote") && stock.contains("types::Data"), "{}", stock.len());
	stock.extend(others.iter().map(|path| end(path)));
	assert!(ours.len() > 80, "{}", ours.len());
	let taken: Vec<_> = ours
		.iter()
		.filter(|path| !is_generated(path) && stock.contains(&end(path)))
		.map(|path| path.join("::"))
		.collect();
	assert!(
		taken.is_empty(),
		"give these another path, with #[scale_info(replace_segment(..))] or in another module: {taken:?}"
	);
}

#[test]
fn no_type_of_ours_has_a_name_that_is_known_behind_any_crate() {
	let taken = |path: &&Vec<String>| path.len() == 2 && KNOWN_ALONE.contains(&path[1].as_str());
	assert_eq!(paths().0.iter().find(taken), None);
}
