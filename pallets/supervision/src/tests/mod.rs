mod appeals;
mod cases;
mod expiry;
mod extension;
mod freezes;
mod records;

use crate::{mock::*, Act, Actor, Case, CaseId, Error, Event, Freeze, Ground, Subject};
use frame_support::{assert_noop, assert_ok, traits::fungible::Inspect};
use sp_runtime::{DispatchError::BadOrigin, DispatchResult};

/// Regulators of institution 8, and one of institution 9.
const OFFICER: u64 = 80;
const COLLEAGUE: u64 = 82;
const STRANGER: u64 = 90;
/// A client of institution 1, and its administrator.
const CLIENT: u64 = 13;
const ADMINISTRATOR: u64 = 11;

const LAW: &[u8] = "§ 6 Abs. 1 GwG".as_bytes();

fn text(text: &[u8]) -> Ground {
	Ground::truncate_from(text.to_vec())
}

fn account(who: u64) -> Subject<u64> {
	Subject::Account(who)
}

fn institution(id: u32) -> Subject<u64> {
	Subject::Institution(id)
}

fn officer(account: u64) -> Actor<u64> {
	Actor::Officer { institution: (account / 10) as u32, account }
}

/// A case of the officer's institution, open as long as possible.
fn open() -> CaseId {
	open_by(OFFICER)
}

fn open_by(officer: u64) -> CaseId {
	let number = crate::NextCase::<Test>::get();
	let until = System::block_number() + MAX_CASE;
	assert_ok!(Supervision::open_case(RuntimeOrigin::signed(officer), LAW.to_vec(), until));
	number
}

fn close(officer: u64, case: CaseId) -> DispatchResult {
	Supervision::close_case(RuntimeOrigin::signed(officer), case, b"settled".to_vec())
}

fn freeze_by(officer: u64, case: CaseId, subject: Subject<u64>, until: u32) -> DispatchResult {
	Supervision::freeze(RuntimeOrigin::signed(officer), case, subject, LAW.to_vec(), until)
}

fn freeze(case: CaseId, subject: Subject<u64>, until: u32) -> DispatchResult {
	freeze_by(OFFICER, case, subject, until)
}

fn release(officer: u64, subject: Subject<u64>) -> DispatchResult {
	Supervision::release(RuntimeOrigin::signed(officer), subject, b"paid".to_vec())
}

fn appeal(who: u64, subject: Subject<u64>) -> DispatchResult {
	Supervision::appeal(RuntimeOrigin::signed(who), subject, b"not mine".to_vec())
}

fn decide(subject: Subject<u64>, lift: bool) -> DispatchResult {
	Supervision::decide_appeal(RuntimeOrigin::root(), subject, lift, b"heard".to_vec())
}

fn frozen(subject: Subject<u64>) -> Option<Freeze<u64, u32>> {
	crate::Freezes::<Test>::get(subject)
}

fn case(number: CaseId) -> Case<u64, u32> {
	crate::Cases::<Test>::get(number).expect("there is such a case")
}

/// Pays one unit.
fn pay(from: u64, to: u64) -> DispatchResult {
	Balances::transfer_allow_death(RuntimeOrigin::signed(from), to, 1)
}

/// The last event.
fn last() -> (Actor<u64>, Option<CaseId>, Act<u64>, Ground, Option<u32>) {
	match events().pop() {
		Some(Event::Recorded { by, case, act, ground, until, .. }) => (by, case, act, ground, until),
		other => panic!("{other:?}"),
	}
}
