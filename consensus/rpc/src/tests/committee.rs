//! Requests about committees, in JSON.

use super::*;
use crate::{committee::decimal, Committee, CommitteeApiServer, CommitteeView};
use syndic_primitives::{
	api::{CommitteeState, NextCommittee},
	RosterEntry, Seat,
};

/// Ten validators and a regulator's observer. The first four validators are the committee, and the next committee is
/// elected.
impl CommitteeView for Chain {
	fn committee(&self, _: Height, _: BlockHash) -> Result<(CommitteeState, Vec<RosterEntry>), ChainError> {
		let entry = |n: u8| {
			let seat = if n == 11 { Seat::Observer } else { Seat::Validator };
			let institution = (n > 1).then_some(u32::from(n));
			RosterEntry { validator: id(n), institution, regulator: n == 11, seat }
		};
		let mut roster: Vec<_> = (1..=11).map(entry).collect();
		roster.sort();
		let next = NextCommittee {
			era: 3,
			since: Height(193),
			members: [7, 2, 9, 1].map(id).to_vec(),
			alternates: [4, 3].map(id).to_vec(),
		};
		let state = CommitteeState {
			era: 2,
			since: Height(129),
			length: 64,
			size: 4,
			registered: 10,
			assumed_faulty: 2,
			risk: syndic_primitives::risk::scaled(10, 2, 4),
			next: Some(next),
		};
		Ok((state, roster))
	}
}

async fn asked(params: Value) -> Value {
	ask(&Committee::new(Chain::new()).into_rpc(), "pbft_committee", params).await
}

#[tokio::test]
async fn the_committee_and_the_next_one() {
	let answer = asked(json!([])).await;
	assert_eq!(answer["at"]["height"], json!(4));
	assert_eq!((&answer["era"], &answer["since"], &answer["length"]), (&json!(2), &json!(129), &json!(64)));
	assert_eq!((&answer["size"], &answer["setId"]), (&json!(4), &json!(2)));
	let first = json!({ "index": 0, "key": hex_of(1), "institution": null, "regulator": false, "leads": true });
	assert_eq!(answer["members"][0], first);
	assert_eq!(answer["members"][3]["institution"], json!(4));
	assert_eq!((&answer["next"]["era"], &answer["next"]["since"]), (&json!(3), &json!(193)));
	let seven = json!({ "key": hex_of(7), "institution": 7, "regulator": false });
	assert_eq!(answer["next"]["members"][0], seven);
	assert_eq!(answer["next"]["alternates"].as_array().unwrap().len(), 2);
	assert_eq!(answer["scheduled"]["members"].as_array().unwrap().len(), 5);
	assert_eq!((&answer["registered"], &answer["observers"]), (&json!(10), &json!(1)));
	assert_eq!(answer["assumedFaulty"], json!(2));
	assert_eq!((&answer["risk"], &answer["bound"]), (&json!("0.133333333333333334"), &json!("0.001")));
	assert_eq!((&answer["sizes"], &answer["smallestSize"]), (&json!([]), &json!(7)));
}

#[tokio::test]
async fn sizes_are_judged() {
	let answer = asked(json!([null, [4, 7, 11]])).await;
	let expected = json!([
		{ "size": 4, "risk": "0.133333333333333334", "accepted": false },
		{ "size": 7, "risk": "0", "accepted": true },
		{ "size": 11, "risk": "1", "accepted": false },
	]);
	assert_eq!(answer["sizes"], expected);
	assert_eq!(asked(json!([null, 7])).await["sizes"], json!([{ "size": 7, "risk": "0", "accepted": true }]));
}

#[tokio::test]
async fn what_is_no_size_is_named() {
	for size in [json!(0), json!(257), json!("4"), json!([4, -1]), json!(vec![4; 17]), json!({})] {
		let answer = asked(json!([null, size])).await;
		let error = answer["error"].as_str().unwrap_or_else(|| panic!("{size}: {answer}"));
		assert!(error.starts_with("size is ") && error.contains("within 1 and 256"), "{error}");
	}
	let pruned = asked(json!([hash(1)])).await;
	assert!(pruned["error"].as_str().unwrap().contains("is pruned here"), "{pruned}");
}

#[test]
fn probabilities_in_decimals() {
	let cases = [(0, "0"), (1, "0.000000000000000001"), (10u64.pow(18), "1"), (10u64.pow(15), "0.001")];
	for (scaled, text) in cases {
		assert_eq!(decimal(scaled), text);
	}
}
