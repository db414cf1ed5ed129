//! The rows that events become.

use super::*;
use crate::{
	events::{describe, ss58},
	facts::{identity_key, FactError},
	proof::Walk,
	rows::Row,
};
use frame_support::traits::PalletInfoAccess;
use serde_json::{json, Value};
use syndic_primitives::{AssuranceLevel, ClassId};
use syndic_runtime::Runtime;

fn rows_of(plan: Plan) -> Vec<Row> {
	let [block] = &chain(&[plan])[..] else { panic!() };
	Walk::new(GENESIS, set()).block(&block.proof()).unwrap().1
}

fn json_of(plan: Plan) -> Vec<Value> {
	rows_of(plan).iter().map(|row| serde_json::to_value(row).unwrap()).collect()
}

fn kinds(rows: &[Value]) -> Vec<&str> {
	rows.iter().map(|row| row["kind"].as_str().unwrap()).collect()
}

#[test]
fn keys_are_those_of_the_runtime() {
	assert_eq!(identity_key(&account(5)), pallet_identity::Identities::<Runtime>::hashed_key_for(account(5)));
	assert_eq!(NOW.key(), pallet_timestamp::Now::<Runtime>::hashed_key());
	assert_eq!(RUNTIME_VERSION.key(), frame_system::LastRuntimeUpgrade::<Runtime>::hashed_key());
	assert_eq!(VALIDATOR_SET.pallet, syndic_runtime::Validators::name());
	sp_io::TestExternalities::default().execute_with(|| {
		frame_system::Pallet::<Runtime>::set_block_number(1);
		frame_system::Pallet::<Runtime>::deposit_event(transfer(1, 2, 3));
		let stored = sp_io::storage::get(&EVENTS.key()).unwrap();
		let expected: Vec<Event> =
			vec![EventRecord { phase: Phase::Initialization, event: transfer(1, 2, 3), topics: Vec::new() }];
		assert_eq!(stored, expected.encode());
	});
}

#[test]
fn a_block_without_events_tells_who_has_committed_it() {
	let rows = json_of(Plan::of([]));
	assert_eq!(kinds(&rows), ["participation"]);
	let key = |n: u8| sp_core::bytes::to_hex(pair(n).public().as_ref(), false);
	let hash = rows[0]["hash"].clone();
	let expected = json!({
		"height": 10,
		"hash": hash,
		"time": 1_010_000,
		"kind": "participation",
		"setId": 2,
		"view": 1,
		"signers": [{ "index": 0, "key": key(1) }, { "index": 1, "key": key(2) }, { "index": 3, "key": key(4) }],
		"missing": [{ "index": 2, "key": key(3) }],
		"proof": { "block": hash, "index": 0 },
	});
	assert_eq!(rows[0], expected);
}

#[test]
fn members_stand_in_one_order_whatever_the_build() {
	let rows = rows_of(Plan::of([transfer(1, 3, 5)]));
	let hash = rows[1].hash;
	let expected = format!(
		r#"{{"height":10,"hash":"{hash:?}","time":1010000,"kind":"volume","institution":0,"sentCount":1,"sentAmount":"5","receivedCount":0,"receivedAmount":"0","proof":{{"block":"{hash:?}","index":1}}}}"#
	);
	assert_eq!(serde_json::to_string(&rows[1]).unwrap(), expected);
}

#[test]
fn volumes_are_summed_by_institution_and_nobodys_come_first() {
	let rows = json_of(Plan::of([transfer(1, 3, 5), transfer(2, 1, 7), transfer(6, 3, 1), transfer(3, 3, 100)]));
	let volumes: Vec<_> = rows
		.iter()
		.filter(|row| row["kind"] == "volume")
		.map(|row| {
			let cell = |name: &str| row[name].clone();
			json!([
				cell("institution"),
				cell("sentCount"),
				cell("sentAmount"),
				cell("receivedCount"),
				cell("receivedAmount")
			])
		})
		.collect();
	let expected = [json!([null, 1, "1", 0, "0"]), json!([0, 2, "12", 1, "7"]), json!([1, 1, "100", 3, "106"])];
	assert_eq!(volumes, expected);
}

#[test]
fn what_is_large_is_what_the_regulator_has_set() {
	let events = || [transfer(1, 3, THRESHOLD - 1), transfer(3, 5, THRESHOLD), transfer(6, 6, THRESHOLD + 1)];
	let large =
		|plan| -> Vec<Value> { json_of(plan).into_iter().filter(|row| row["kind"] == "largeTransfer").collect() };
	let rows = large(Plan::of(events()));
	assert_eq!(rows.len(), 2);
	let cells = |row: &Value| {
		["event", "extrinsic", "from", "fromInstitution", "to", "toInstitution", "amount", "threshold"]
			.map(|name| row[name].clone())
	};
	let (three, five) = (ss58(&account(3)), ss58(&account(5)));
	assert_eq!(
		cells(&rows[0]),
		[json!(1), json!(2), json!(three), json!(1), json!(five), json!(null), json!("1000000"), json!("1000000")]
	);
	assert_eq!(rows[1]["amount"], json!("1000001"));
	for threshold in [None, Some(0)] {
		assert_eq!(large(Plan { threshold, ..Plan::of(events()) }), Vec::<Value>::new());
	}
}

#[test]
fn events_are_told_by_kind_in_their_order() {
	let mut plan = eventful().swap_remove(2);
	plan.events.push((Phase::Finalization, RuntimeEvent::System(frame_system::Event::CodeUpdated { hash: GENESIS })));
	plan.events
		.push((Phase::Finalization, RuntimeEvent::System(frame_system::Event::NewAccount { account: account(1) })));
	let rows = json_of(plan);
	let kinds_in_order = ["participation", "volume", "volume", "membership", "membership", "parameters", "parameters"];
	assert_eq!(kinds(&rows), kinds_in_order);
	let validator = sp_core::bytes::to_hex(pair(9).public().as_ref(), false);
	assert_eq!(rows[3]["pallet"], "Validators");
	assert_eq!(rows[3]["name"], "Banned");
	assert_eq!((&rows[3]["event"], &rows[3]["extrinsic"]), (&json!(0), &json!(1)));
	assert_eq!(rows[3]["fields"], json!({ "validator": validator, "height": 8, "view": 2 }));
	let enrolled = json!({
		"account": ss58(&account(3)),
		"institution": 1,
		"role": "Operator",
		"certificate": format!("0x{}", "00".repeat(32)),
		"renewed": true,
	});
	assert_eq!(rows[4]["fields"], enrolled);
	assert_eq!(rows[5]["fields"], json!({ "address": format!("0x{}", "00".repeat(20)) }));
	assert_eq!(rows[6]["name"], "CodeUpdated");
	assert_eq!((&rows[6]["event"], &rows[6]["extrinsic"]), (&json!(4), &json!(null)));
	assert_eq!(rows[6]["fields"], json!({ "hash": GENESIS }));
	for (index, row) in rows.iter().enumerate() {
		assert_eq!(row["proof"], json!({ "block": row["hash"], "index": index }));
	}
}

#[test]
fn values_have_one_form_each() {
	let fields = |event: RuntimeEvent| serde_json::to_value(describe(0, &event).unwrap().fields).unwrap();
	// A number of a type longer than 32 bits is text, even if its value is small.
	let ended = pallet_validators::Event::EraEnded { era: 3, paid: 4 };
	assert_eq!(fields(RuntimeEvent::Validators(ended)), json!({ "era": 3, "paid": "4" }));
	let changed = pallet_validators::Event::SetChanged { id: SetId(5), since: Height(6), size: 7 };
	assert_eq!(fields(RuntimeEvent::Validators(changed)), json!({ "id": "5", "since": 6, "size": 7 }));
	// A variant with fields is an object, one without is its name, and a list of bytes is hex.
	let error =
		sp_runtime::DispatchError::Module(sp_runtime::ModuleError { index: 2, error: [1, 0, 0, 0], message: None });
	let failed = |dispatch_error| {
		let dispatch_info = Default::default();
		fields(RuntimeEvent::System(frame_system::Event::ExtrinsicFailed { dispatch_error, dispatch_info }))
			["dispatch_error"]
			.clone()
	};
	assert_eq!(failed(error), json!({ "Module": { "index": 2, "error": "0x01000000" } }));
	assert_eq!(failed(sp_runtime::DispatchError::BadOrigin), json!("BadOrigin"));
	let admitted = pallet_identity::Event::InstitutionAdmitted {
		institution: 1,
		name: b"Bank".to_vec().try_into().unwrap(),
		kind: pallet_identity::types::Kind::Bank,
	};
	assert_eq!(
		fields(RuntimeEvent::Identity(admitted)),
		json!({ "institution": 1, "name": "0x42616e6b", "kind": "Bank" })
	);
	// A list stays a list, even if it has one member.
	let members = |institutions: &[u32]| {
		let institutions = institutions.to_vec().try_into().unwrap();
		let members = pallet_classes::StoredMembers { kinds: Default::default(), institutions };
		let set = pallet_classes::Event::ClassSet {
			class: ClassId(1),
			name: b"a".to_vec().try_into().unwrap(),
			share: 20,
			priority: 3,
			max_size: 4096,
			assurance: AssuranceLevel::Committee,
			members: Some(members),
		};
		fields(RuntimeEvent::Classes(set))["members"].clone()
	};
	assert_eq!(members(&[]), json!({ "kinds": [], "institutions": [] }));
	assert_eq!(members(&[4]), json!({ "kinds": [], "institutions": [4] }));
	assert_eq!(members(&[4, 5]), json!({ "kinds": [], "institutions": [4, 5] }));
}

#[test]
fn a_block_of_another_runtime_is_refused_and_both_versions_are_named() {
	let spec_version = VERSION.spec_version + 1;
	let [block] = &chain(&[Plan { spec_version, ..Plan::of([]) }])[..] else { panic!() };
	let error = Walk::new(GENESIS, set()).block(&block.proof()).unwrap_err();
	let other = FactError::OtherVersion { found: spec_version, native: VERSION.spec_version };
	assert_eq!(error, other.into());
	assert!(
		error.to_string().contains(&format!("use the syndic whose runtime is of version {spec_version}")),
		"{error}"
	);
}
