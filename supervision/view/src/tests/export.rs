//! Exports, and every way to tamper with one.

use super::*;
use crate::{
	check::{check, CheckError, Checked, Fault},
	export::{Export, ExportError, Format, Manifest, MANIFEST, PROOFS, ROWS_JSON, ROWS_PARQUET},
	proof::Walk,
};
use serde_json::{json, Value};
use std::{fs, path::Path};
use tempfile::TempDir;

const BOTH: [Format; 2] = [Format::Jsonl, Format::Parquet];

fn export(plans: &[Plan], formats: &[Format]) -> (TempDir, Manifest) {
	let directory = TempDir::new().unwrap();
	let manifest = export_to(directory.path(), plans, formats);
	(directory, manifest)
}

fn export_to(directory: &Path, plans: &[Plan], formats: &[Format]) -> Manifest {
	let mut export = Export::create(directory, GENESIS, formats).unwrap();
	let mut walk = Walk::new(GENESIS, plans[0].set.clone());
	for block in chain(plans) {
		let proof = block.proof();
		let (_, rows) = walk.block(&proof).unwrap();
		export.block(&proof, &rows).unwrap();
	}
	export.finish().unwrap()
}

fn verify(directory: &TempDir) -> Result<Checked, CheckError> {
	check(directory.path(), GENESIS, Walk::new(GENESIS, set()), |_| {})
}

/// The error of the check after `change` was applied to the lines of a file.
fn refused(name: &str, change: impl FnOnce(&mut Vec<String>)) -> CheckError {
	let (directory, _) = export(&eventful(), &[Format::Jsonl]);
	let path = directory.path().join(name);
	let mut lines: Vec<String> = fs::read_to_string(&path).unwrap().lines().map(Into::into).collect();
	change(&mut lines);
	let text: String = lines.into_iter().map(|line| line + "\n").collect();
	fs::write(&path, text).unwrap();
	verify(&directory).unwrap_err()
}

fn lines(directory: &TempDir, name: &str) -> Vec<Value> {
	let text = fs::read_to_string(directory.path().join(name)).unwrap();
	text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn an_export_proves_itself() {
	for formats in [&BOTH[..], &BOTH[..1], &BOTH[1..]] {
		let (directory, manifest) = export(&eventful(), formats);
		let checked = verify(&directory).unwrap();
		assert_eq!((checked.from, checked.to, checked.rows), (Height(10), Height(13), manifest.rows));
		assert_eq!((manifest.from, manifest.to), (Height(10), Height(13)));
		assert_eq!(checked.formats, formats);
		assert_eq!(checked.last, chain(&eventful())[3].header.hash());
	}
	let (directory, manifest) = export(&eventful(), &BOTH);
	assert_eq!(lines(&directory, ROWS_JSON).len() as u64, manifest.rows);
	assert_eq!(lines(&directory, PROOFS).len(), 4);
}

#[test]
fn an_export_over_changes_of_the_set_proves_itself() {
	let newer = set_of(3, 12, [3, 4, 5, 6]);
	let plans = [
		Plan::of([]),
		Plan { next_set: newer.clone(), ..Plan::of([]) },
		Plan { set: newer.clone(), next_set: newer, ..Plan::of([transfer(1, 3, 5)]) },
	];
	let (directory, _) = export(&plans, &BOTH);
	verify(&directory).unwrap();
}

/// For each scalar and each empty list in a value, its path and a changed value.
fn changes(value: &Value, path: &str, found: &mut Vec<(String, Value)>) {
	let other = match value {
		Value::Object(members) => {
			for (name, member) in members {
				let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
				changes(member, &below, found);
			}
			return;
		}
		Value::Array(members) if !members.is_empty() => {
			for (index, member) in members.iter().enumerate() {
				changes(member, &format!("{path}[{index}]"), found);
			}
			return;
		}
		Value::Null => json!(77),
		Value::Bool(value) => json!(!value),
		Value::Number(number) => json!(number.as_u64().unwrap() + 1),
		Value::String(text) => json!(format!("{text}1")),
		Value::Array(_) => json!([1]),
	};
	found.push((path.into(), other));
}

/// The member at a path.
fn member<'a>(value: &'a mut Value, path: &str) -> &'a mut Value {
	let pointer = format!("/{}", path.replace(['.', '['], "/").replace(']', ""));
	value.pointer_mut(&pointer).unwrap()
}

#[test]
fn each_field_of_each_row_is_proven() {
	let (directory, _) = export(&eventful(), &[Format::Jsonl]);
	let mut tried = 0;
	for (at, row) in lines(&directory, ROWS_JSON).iter().enumerate() {
		let mut all = Vec::new();
		changes(row, "", &mut all);
		for (path, value) in all {
			// The change is made in the text, so that only this member differs, however a build orders members.
			let stated = value.to_string();
			let error = refused(ROWS_JSON, |lines| {
				let mut row: Value = serde_json::from_str(&lines[at]).unwrap();
				*member(&mut row, &path) = value;
				lines[at] = row.to_string();
			});
			let Fault::OtherField { height, index, field, stated: shown, .. } = &error.fault else {
				panic!("{path}: {error}")
			};
			assert_eq!((error.file, error.line), (ROWS_JSON, Some(at as u64 + 1)));
			assert_eq!((&json!(height), &json!(index)), (&row["height"], &row["proof"]["index"]), "{path}");
			assert_eq!((field, shown), (&path, &stated));
			tried += 1;
		}
	}
	assert!(tried > 100, "{tried}");
}

#[test]
fn a_row_that_is_gone_added_or_moved_is_named() {
	let count = lines(&export(&eventful(), &BOTH).0, ROWS_JSON).len();
	for at in 0..count {
		let error = refused(ROWS_JSON, |lines| drop(lines.remove(at)));
		assert!(matches!(error.fault, Fault::MissingRow { .. }), "{at}: {error}");
		assert_eq!(error.line, Some(at as u64 + 1));
		let error = refused(ROWS_JSON, |lines| lines.insert(at, lines[at].clone()));
		assert!(matches!(error.fault, Fault::AddedRow { .. } | Fault::OtherField { .. }), "{at}: {error}");
		assert_eq!(error.line, Some(at as u64 + 2));
	}
	let error = refused(ROWS_JSON, |lines| lines.swap(1, 2));
	assert_eq!(error.line, Some(2));
}

#[test]
fn a_row_that_only_means_the_same_is_refused() {
	let other_form = |error: CheckError| assert!(matches!(error.fault, Fault::OtherForm { .. }), "{error}");
	other_form(refused(ROWS_JSON, |lines| lines[1] = format!(" {}", lines[1])));
	// If a member occurs twice, some readers take the first one and others the last.
	other_form(refused(ROWS_JSON, |lines| lines[1] = lines[1].replacen('{', "{\"sentAmount\":\"9\",", 1)));
	let error = refused(ROWS_JSON, |lines| lines[1] = lines[1].replacen('{', "{\"more\":1,", 1));
	assert!(error.to_string().contains("more is 1, what is proven is not there"), "{error}");
	let error = refused(ROWS_JSON, |lines| lines[1].truncate(20));
	assert!(matches!(error.fault, Fault::Line(_)), "{error}");
}

#[test]
fn a_file_that_is_cut_off_is_refused() {
	let (directory, _) = export(&eventful(), &[Format::Jsonl]);
	for name in [ROWS_JSON, PROOFS] {
		let path = directory.path().join(name);
		let whole = fs::read(&path).unwrap();
		fs::write(&path, &whole[..whole.len() - 1]).unwrap();
		let error = verify(&directory).unwrap_err();
		assert!(matches!(error.fault, Fault::CutOff) && error.file == name, "{error}");
		fs::write(&path, whole).unwrap();
	}
	verify(&directory).unwrap();
}

#[test]
fn a_block_that_is_gone_is_named() {
	for at in 0..3 {
		let error = refused(PROOFS, |lines| drop(lines.remove(at)));
		let text = error.to_string();
		match at {
			// Without the first block's proof, its rows belong to a block that is not proven.
			0 => assert!(matches!(error.fault, Fault::AddedRow { .. }), "{text}"),
			_ => assert!(text.contains(&format!("block {} is due", at + 10)), "{text}"),
		}
	}
	// The last block is left out together with its rows. No later block shows that; the manifest does.
	let (directory, _) = export(&eventful(), &[Format::Jsonl]);
	for name in [PROOFS, ROWS_JSON] {
		let path = directory.path().join(name);
		let kept: String = fs::read_to_string(&path)
			.unwrap()
			.lines()
			.filter(|line| !line.contains("\"height\":13,"))
			.map(|line| format!("{line}\n"))
			.collect();
		fs::write(path, kept).unwrap();
	}
	let error = verify(&directory).unwrap_err();
	assert_eq!(error.to_string(), "manifest.json: to is 13, found is 12");
}

#[test]
fn a_proof_that_does_not_hold_is_named_by_line_and_block() {
	let spoil = |path: &str, value: Value| {
		refused(PROOFS, |lines| {
			let mut proof: Value = serde_json::from_str(&lines[2]).unwrap();
			*member(&mut proof, path) = value;
			lines[2] = proof.to_string();
		})
	};
	for (path, value) in [
		("height", json!(13)),
		("hash", json!(GENESIS)),
		("header", json!("0x00")),
		("certificate", json!("0x00")),
		("proof", json!([])),
	] {
		let error = spoil(path, value);
		assert!(matches!(error.fault, Fault::Block { .. }), "{path}: {error}");
		assert_eq!((error.file, error.line), (PROOFS, Some(3)));
	}
	let error = spoil("header", json!(1));
	assert!(matches!(error.fault, Fault::Line(_)), "{error}");
}

#[test]
fn the_set_and_the_chain_are_the_verifiers_to_name() {
	let (directory, _) = export(&eventful(), &BOTH);
	let other = Walk::new(GENESIS, set_of(2, 1, [5, 6, 7, 8]));
	let error = check(directory.path(), GENESIS, other, |_| {}).unwrap_err();
	assert!(error.to_string().contains("proofs.jsonl, line 1: block 10: certificate: bad signature"), "{error}");
	let elsewhere = BlockHash::repeat_byte(1);
	let error = check(directory.path(), elsewhere, Walk::new(elsewhere, set()), |_| {}).unwrap_err();
	assert!(error.to_string().starts_with("manifest.json: genesis is 0xeeee"), "{error}");
}

#[test]
fn what_the_manifest_says_is_checked() {
	let refused = |field: &str, value: Value| {
		refused(MANIFEST, |lines| {
			let mut manifest: Value = serde_json::from_str(&lines[0]).unwrap();
			manifest[field] = value;
			lines[0] = manifest.to_string();
		})
		.to_string()
	};
	assert!(refused("from", json!(9)).contains("from is 9, found is 10"));
	assert!(refused("to", json!(99)).contains("to is 99, found is 13"));
	assert!(refused("rows", json!(1)).contains("rows is 1, found is"));
	assert!(refused("format", json!("other/1")).contains("format is other/1"));
	let version = refused("specVersion", json!(999));
	assert!(version.contains("made under specVersion 999") && version.contains("version 999"), "{version}");
	// A file that the manifest names must exist.
	assert!(refused("formats", json!(["jsonl", "parquet"])).starts_with("rows.parquet: "));
	let (directory, _) = export(&eventful(), &BOTH);
	fs::remove_file(directory.path().join(MANIFEST)).unwrap();
	assert_eq!(verify(&directory).unwrap_err().file, MANIFEST);
}

#[test]
fn an_export_is_not_written_over_another() {
	let (directory, _) = export(&eventful(), &[Format::Jsonl]);
	let again = Export::create(directory.path(), GENESIS, &BOTH);
	assert!(matches!(again, Err(ExportError::File { .. })));
	let empty = TempDir::new().unwrap();
	assert!(matches!(Export::create(empty.path(), GENESIS, &[]), Err(ExportError::NoFormat)));
	let nothing = Export::create(empty.path(), GENESIS, &BOTH).unwrap();
	assert!(matches!(nothing.finish(), Err(ExportError::Empty)));
}

/// The error of the check if the Parquet file is that of another chain of blocks than the other files.
fn refused_parquet(plans: &[Plan]) -> CheckError {
	let (directory, _) = export(&eventful(), &BOTH);
	let (other, _) = export(plans, &[Format::Parquet]);
	fs::copy(other.path().join(ROWS_PARQUET), directory.path().join(ROWS_PARQUET)).unwrap();
	verify(&directory).unwrap_err()
}

#[test]
fn parquet_has_the_same_rows_and_they_are_proven_too() {
	let (directory, manifest) = export(&eventful(), &[Format::Parquet]);
	assert_eq!(verify(&directory).unwrap().rows, manifest.rows);

	// With another amount every hash differs as well, and the first difference is the hash of block 10.
	let mut plans = eventful();
	plans[0].events[0].1 = transfer(1, 3, 501);
	let error = refused_parquet(&plans);
	let text = error.to_string();
	assert_eq!((error.file, error.line), (ROWS_PARQUET, Some(1)));
	assert!(text.contains("block 10, row 0: hash is"), "{text}");
	// The Parquet file has fewer blocks.
	let error = refused_parquet(&eventful()[..3]);
	assert!(matches!(error.fault, Fault::MissingRow { height: Height(13), index: 0, .. }), "{error}");
	// The Parquet file has more blocks.
	let mut plans = eventful();
	plans.push(Plan::of([]));
	let error = refused_parquet(&plans);
	assert!(error.to_string().contains("row 0 of block 14 does not belong here: the end of the file"), "{error}");
}

#[test]
fn each_cell_of_parquet_is_proven() {
	use crate::rows::Content;
	let blocks = chain(&eventful());
	let spoil = |change: &dyn Fn(&mut crate::rows::Row)| {
		let directory = TempDir::new().unwrap();
		let mut export = Export::create(directory.path(), GENESIS, &[Format::Parquet]).unwrap();
		let mut walk = Walk::new(GENESIS, set());
		for block in &blocks {
			let proof = block.proof();
			let (_, mut rows) = walk.block(&proof).unwrap();
			rows.iter_mut().for_each(change);
			export.block(&proof, &rows).unwrap();
		}
		export.finish().unwrap();
		let error = verify(&directory).unwrap_err();
		let Fault::OtherField { field, .. } = error.fault else { panic!("{error}") };
		field
	};
	let in_volume = |change: fn(&mut crate::rows::Volume)| {
		spoil(&move |row| {
			if let Content::Volume(volume) = &mut row.content {
				change(volume)
			}
		})
	};
	let in_large = |change: fn(&mut crate::rows::LargeTransfer)| {
		spoil(&move |row| {
			if let Content::LargeTransfer(large) = &mut row.content {
				change(large)
			}
		})
	};
	let in_event = |change: fn(&mut crate::rows::EventRow)| {
		spoil(&move |row| {
			if let Content::Membership(event) | Content::Parameters(event) = &mut row.content {
				change(event)
			}
		})
	};
	let in_participation = |change: fn(&mut crate::rows::Participation)| {
		spoil(&move |row| {
			if let Content::Participation(one) = &mut row.content {
				change(one)
			}
		})
	};
	assert_eq!(spoil(&|row| row.time += 1), "time");
	assert_eq!(spoil(&|row| row.height = Height(row.height.get() + 1)), "height");
	assert_eq!(spoil(&|row| row.hash = GENESIS), "hash");
	assert_eq!(spoil(&|row| row.proof.index += 1), "index");
	assert_eq!(in_volume(|row| row.institution = row.institution.map(|n| n + 1)), "institution");
	assert_eq!(in_volume(|row| row.institution = None), "institution");
	assert_eq!(in_volume(|row| row.sent_count += 1), "sentCount");
	assert_eq!(in_volume(|row| row.sent_amount.push('0')), "sentAmount");
	assert_eq!(in_volume(|row| row.received_count += 1), "receivedCount");
	assert_eq!(in_volume(|row| row.received_amount.push('0')), "receivedAmount");
	assert_eq!(in_large(|row| row.event += 1), "event");
	assert_eq!(in_large(|row| row.extrinsic = None), "extrinsic");
	assert_eq!(in_large(|row| row.from.push('1')), "from");
	assert_eq!(in_large(|row| row.from_institution = Some(9)), "fromInstitution");
	assert_eq!(in_large(|row| row.to.push('1')), "to");
	assert_eq!(in_large(|row| row.to_institution = Some(9)), "toInstitution");
	assert_eq!(in_large(|row| row.amount.push('1')), "amount");
	assert_eq!(in_large(|row| row.threshold.push('1')), "threshold");
	assert_eq!(in_event(|row| row.pallet.push('1')), "pallet");
	assert_eq!(in_event(|row| row.name.push('1')), "name");
	assert_eq!(in_event(|row| row.fields = crate::field::Field::Null), "fields");
	assert_eq!(in_participation(|row| row.set_id = SetId(9)), "setId");
	assert_eq!(in_participation(|row| row.view = View(9)), "view");
	assert_eq!(in_participation(|row| drop(row.signers.pop())), "signers");
	assert_eq!(in_participation(|row| row.missing = row.signers.clone()), "missing");
}

#[test]
fn a_file_that_is_no_parquet_of_an_export_is_refused() {
	use ::parquet::{file::writer::SerializedFileWriter, schema::parser::parse_message_type};
	let (directory, _) = export(&eventful(), &BOTH);
	let path = directory.path().join(ROWS_PARQUET);
	let whole = fs::read(&path).unwrap();
	for bytes in [&b""[..], b"PAR1PAR1", &whole[..whole.len() - 9], &whole[9..]] {
		fs::write(&path, bytes).unwrap();
		let error = verify(&directory).unwrap_err();
		assert_eq!(error.file, ROWS_PARQUET, "{error}");
	}
	let schema = parse_message_type("message rows { required int32 height; }").unwrap();
	let file = fs::File::create(&path).unwrap();
	SerializedFileWriter::new(file, schema.into(), Default::default()).unwrap().close().unwrap();
	assert!(matches!(verify(&directory).unwrap_err().fault, Fault::Columns));
}
