#![allow(deprecated)]

use super::*;
use crate::{Credits, LastReported, Place, Report};
use frame_support::inherent::ProvideInherent;
use sp_inherents::InherentData;
use sp_runtime::{traits::ValidateUnsigned, transaction_validity::TransactionSource};
use syndic_primitives::{participation::INHERENT_IDENTIFIER, Certificate, Phase, SignerIndex, View};

fn commits(n: u8) -> u32 {
	Credits::<Test>::get().get(&key(n)).map_or(0, |credit| credit.commits)
}

fn seen(n: u8) -> u32 {
	Credits::<Test>::get()[&key(n)].last_seen.get()
}

#[test]
fn whoever_signed_is_credited_and_seen() {
	new_test_ext(4).execute_with(|| {
		run_to(2);
		assert_ok!(report([certificate(0, 1, 0, [1, 2, 4])]));
		assert_eq!([1, 2, 3, 4].map(commits), [1, 1, 0, 1]);
		assert_eq!([1, 2, 3, 4].map(seen), [1, 1, 0, 1]);
		assert_eq!(LastReported::<Test>::get(), Place { height: Height(1), set_id: SetId(0), view: View(0) });
		run_to(3);
		assert_ok!(report([certificate(0, 2, 0, [1, 2, 3, 4])]));
		assert_eq!([1, 2, 3, 4].map(commits), [2, 2, 1, 2]);
	});
}

#[test]
fn several_heights_are_reported_at_once_in_their_order() {
	new_test_ext(4).execute_with(|| {
		run_to(6);
		let of = |height| certificate(0, height, 0, [1, 2, 3]);
		assert_noop!(report([of(2)]), Error::<Test>::ReportOutOfOrder);
		assert_noop!(report([of(1), of(3)]), Error::<Test>::ReportOutOfOrder);
		assert_noop!(report([of(1), of(1)]), Error::<Test>::ReportOutOfOrder);
		assert_noop!(report([]), Error::<Test>::ReportOutOfOrder);
		assert_ok!(report([of(1), of(2), of(3), of(4)]));
		assert_noop!(report([of(4)]), Error::<Test>::ReportOutOfOrder);
		assert_ok!(report([of(5)]));
		assert_noop!(report([of(6)]), Error::<Test>::ReportOutOfOrder);
		assert_eq!([1, 2, 3, 4].map(commits), [5, 5, 5, 0]);
	});
}

#[test]
fn what_proves_nothing_is_refused() {
	new_test_ext(4).execute_with(|| {
		run_to(2);
		let good = certificate(0, 1, 0, [1, 2, 3]);
		let changed = |change: &dyn Fn(&mut Certificate)| {
			let mut certificate = good.clone();
			change(&mut certificate);
			report([certificate])
		};
		let bad: [&dyn Fn(&mut Certificate); 7] = [
			&|c| c.vote.phase = Phase::Prepare,
			&|c| c.vote.block_hash = hash(7),
			&|c| c.vote.view = View(1),
			&|c| c.signatures.truncate(2),
			&|c| c.signatures[1] = c.signatures[0].clone(),
			&|c| c.signatures[2].0 = SignerIndex(3),
			&|c| c.signatures.extend((4..200).map(|n| (SignerIndex(n), good.signatures[0].1.clone()))),
		];
		for (n, change) in bad.into_iter().enumerate() {
			assert_noop!(changed(change), Error::<Test>::BadCertificate);
			assert_eq!(commits(1), 0, "case {n}");
		}
		assert_noop!(changed(&|c| c.vote.set_id = SetId(1)), Error::<Test>::SetNotKnown);
		assert_ok!(report([good]));
	});
}

#[test]
fn a_set_that_is_over_decides_no_more() {
	new_test_ext(4).execute_with(|| {
		assert_ok!(remove(4, 20));
		run_reporting(20, 0, 0, &[1, 2, 3, 4]);
		run_to(22);
		let of = |set_id, height| certificate(set_id, height, 0, [1, 2, 3]);
		assert_noop!(report([of(0, 20)]), Error::<Test>::ReportOfWrongSet);
		assert_ok!(report([of(1, 20), of(1, 21)]));
	});
	new_test_ext(4).execute_with(|| {
		assert_ok!(remove(4, 20));
		run_reporting(19, 0, 0, &[1, 2, 3, 4]);
		run_to(21);
		assert_noop!(report([certificate(1, 19, 0, [1, 2, 3])]), Error::<Test>::ReportOfWrongSet);
	});
}

#[test]
fn a_report_that_is_half_right_changes_nothing() {
	new_test_ext(4).execute_with(|| {
		run_to(3);
		let mut second = certificate(0, 2, 0, [1, 2, 3]);
		second.signatures.pop();
		assert_noop!(report([certificate(0, 1, 0, [1, 2, 3]), second]), Error::<Test>::BadCertificate);
	});
}

#[test]
fn heights_that_nobody_can_report_any_more_are_passed_over() {
	new_test_ext(4).execute_with(|| {
		run_to(17);
		assert_ok!(report([certificate(0, 1, 0, [1, 2, 3])]));
		run_to(30);
		assert_noop!(report([certificate(0, 2, 0, [1, 2, 3])]), Error::<Test>::ReportOutOfOrder);
		assert_ok!(report([certificate(0, 14, 0, [1, 2, 3])]));
	});
}

#[test]
fn the_author_reports_what_is_right_of_what_its_node_knows() {
	new_test_ext(4).execute_with(|| {
		run_to(9);
		let mut known: Vec<_> = (1..=8).map(|height| certificate(0, height, 0, [1, 2, 3])).collect();
		let select = |known: &Vec<Certificate>| {
			let mut data = InherentData::new();
			data.put_data(INHERENT_IDENTIFIER, known).expect("encodes");
			let Some(crate::Call::report_commits { report }) = Validators::create_inherent(&data) else {
				return vec![];
			};
			report.iter().map(|certificate| certificate.height().get()).collect::<Vec<_>>()
		};
		assert_eq!(select(&known), [1, 2, 3, 4]);
		known[2].signatures.pop();
		assert_eq!(select(&known), [1, 2], "up to the one that is wrong");
		assert_ok!(report(known.drain(..2)));
		assert_eq!(select(&known), [] as [u32; 0]);
		known.remove(0);
		assert_eq!(select(&known), [] as [u32; 0], "not beyond a gap");
		assert!(Validators::create_inherent(&InherentData::new()).is_none());
	});
}

#[test]
fn nobody_sends_a_report() {
	new_test_ext(4).execute_with(|| {
		run_to(2);
		let report = Report::truncate_from(vec![certificate(0, 1, 0, [1, 2, 3])]);
		assert_noop!(Validators::report_commits(RuntimeOrigin::signed(1), report.clone()), BadOrigin);
		assert_noop!(Validators::report_commits(RuntimeOrigin::root(), report.clone()), BadOrigin);
		let call = crate::Call::report_commits { report };
		assert!(Validators::validate_unsigned(TransactionSource::External, &call).is_err());
		assert!(Validators::pre_dispatch(&call).is_ok(), "it comes with a block");
		assert!(Validators::is_inherent(&call));
		let other = crate::Call::lift_ban { validator: key(1) };
		assert!(Validators::pre_dispatch(&other).is_err() && !Validators::is_inherent(&other));
	});
}

/// The window in which a validator must have been seen has 256 heights by default.
#[test]
fn who_has_not_committed_lately_is_not_counted_on() {
	new_test_ext(5).execute_with(|| {
		run_reporting(250, 0, 0, &[1, 2, 3, 5]);
		assert_eq!(Validators::unseen(), []);
		run_reporting(258, 0, 0, &[1, 2, 3, 5]);
		assert_eq!(Validators::unseen(), keys([4]));
		// Of five, four are there, which suffices. Of the four that would be left, three would be there.
		assert_ok!(remove(5, None));
		assert_ok!(cancel());
		// Six need five.
		assert_ok!(declare(6, 257));
		assert_ok!(add(6, None));
		assert_ok!(cancel());
		assert_noop!(add(7, None), Error::<Test>::QuorumOutOfReach);
		// It comes back.
		run_reporting(261, 0, 0, &[1, 2, 3, 4]);
		assert_eq!(Validators::unseen(), []);
		assert_ok!(add(7, None));
	});
}

#[test]
fn four_to_three_with_one_down_works_for_that_one_only() {
	new_test_ext(4).execute_with(|| {
		run_reporting(300, 0, 0, &[1, 2, 3]);
		assert_noop!(remove(1, None), Error::<Test>::QuorumOutOfReach);
		assert_ok!(remove(4, None));
		run_reporting(310, 0, 0, &[1, 2, 3]);
		assert_eq!(set().2, keys(1..=3));
		run_to(311);
		assert_ok!(report([certificate(1, 310, 0, [1, 2, 3])]));
		assert_eq!(Validators::unseen(), []);
	});
}

#[test]
fn who_joins_is_looked_at_from_then_on() {
	new_test_ext(4).execute_with(|| {
		run_reporting(300, 0, 0, &[1, 2, 3, 4]);
		assert_ok!(declare(5, 299));
		assert_ok!(add(5, 310));
		run_reporting(310, 0, 0, &[1, 2, 3, 4]);
		assert_eq!(seen(5), 309);
		for height in 310..570 {
			run_to(height + 1);
			assert_ok!(report([certificate(1, height, 0, [1, 2, 3, 4])]));
		}
		assert_eq!(Validators::unseen(), keys([5]));
	});
}
