//! The board decides on classes, and on what belongs to them.

use super::*;
use crate::{migrations::Ship, types::MAX_INSTITUTIONS, Classes as StoredClasses, MappedCalls};
use frame_support::traits::OnRuntimeUpgrade;

#[test]
fn four_ship_and_share_the_whole_block() {
	test(|| {
		let classes = Classes::classes();
		let names: Vec<_> = classes.iter().map(|class| String::from_utf8(class.name.clone()).unwrap()).collect();
		assert_eq!(names, ["retail", "settlement", "custody", "reporting"]);
		assert_eq!(classes.iter().map(|class| u32::from(class.share)).sum::<u32>(), 100);
		assert_eq!(classes.iter().map(|class| class.id.0).collect::<Vec<_>>(), [0, 1, 2, 3]);
		let first = classes.iter().max_by_key(|class| class.priority).unwrap();
		assert_eq!(first.id, SETTLEMENT);
		assert!(classes.iter().all(|class| class.priority >= classes[0].priority), "retail is last");
		assert_eq!(classes[3].assurance, AssuranceLevel::Regulator);
	});
}

#[test]
fn an_upgrade_ships_them_once() {
	sp_io::TestExternalities::default().execute_with(|| {
		assert_eq!(Classes::classes(), []);
		Ship::<Test>::on_runtime_upgrade();
		assert_eq!(Classes::classes().len(), 4);
		assert_ok!(Wanted { name: "payments", ..Wanted::new(SETTLEMENT) }.set());
		let before = Classes::classes();
		Ship::<Test>::on_runtime_upgrade();
		assert_eq!(Classes::classes(), before, "what the board decided stays");
	});
}

#[test]
fn a_class_is_made_changed_and_removed() {
	test(|| {
		assert_ok!(Wanted::new(NEW).set());
		let made = class(NEW).expect("it is there");
		assert_eq!((made.share, made.priority, made.max_size), (0, 50, 4_096));
		let members = Some(Members { kinds: vec![1], institutions: vec![4, 5] });
		assert_ok!(Wanted { share: 0, members: members.clone(), ..Wanted::new(NEW) }.set());
		let stored = StoredMembers { kinds: vec![1].try_into().unwrap(), institutions: vec![4, 5].try_into().unwrap() };
		assert_eq!(class(NEW).unwrap().members, Some(stored.clone()));
		assert_ok!(Classes::remove_class(RuntimeOrigin::root(), NEW));
		assert_eq!(class(NEW), None);
		let set = |members| Event::ClassSet {
			class: NEW,
			name: called("collateral"),
			share: 0,
			priority: 50,
			max_size: 4_096,
			assurance: AssuranceLevel::Validators,
			members,
		};
		let removed = Event::ClassRemoved { class: NEW, name: called("collateral") };
		assert_eq!(events(), [set(None), set(Some(stored)), removed]);
	});
}

#[test]
fn nobody_but_the_board_decides() {
	test(|| {
		let who = || RuntimeOrigin::signed(10);
		let level = AssuranceLevel::Committee;
		assert_noop!(Classes::set_class(who(), NEW, b"mine".to_vec(), 0, 100, 4_096, level, None), BadOrigin);
		assert_noop!(Classes::remove_class(who(), REPORTING), BadOrigin);
		assert_noop!(Classes::map_call(who(), (0, 0), SETTLEMENT), BadOrigin);
		assert_noop!(Classes::unmap_call(who(), (0, 0)), BadOrigin);
	});
}

#[test]
fn each_mistake_has_its_own_error() {
	let members = |kinds: usize, institutions: u32| {
		Some(Members { kinds: vec![0; kinds], institutions: (0..institutions).collect() })
	};
	let new = || Wanted::new(NEW);
	let cases: Vec<(Wanted, Error<Test>)> = vec![
		(Wanted { class: ClassId(16), ..new() }, Error::ClassOutOfBounds),
		(Wanted { name: "", ..new() }, Error::NameLength),
		(Wanted { name: "a-name-of-more-than-thirty-two-characters", ..new() }, Error::NameLength),
		(Wanted { name: "two words", ..new() }, Error::NameForm),
		(Wanted { name: "Bü", ..new() }, Error::NameForm),
		(Wanted { name: "custody", ..new() }, Error::NameTaken),
		(Wanted { share: 1, ..new() }, Error::SharesExceedBlock),
		(Wanted { share: 255, ..Wanted::new(RETAIL) }, Error::SharesExceedBlock),
		(Wanted { priority: 101, ..new() }, Error::PriorityOutOfBounds),
		(Wanted { max_size: 1_023, ..new() }, Error::MaxSizeOutOfBounds),
		(Wanted { max_size: MAX_SIZE + 1, ..new() }, Error::MaxSizeOutOfBounds),
		(Wanted { members: members(0, 0), ..new() }, Error::NoMembers),
		(Wanted { members: members(9, 0), ..new() }, Error::TooManyKinds),
		(Wanted { members: members(1, MAX_INSTITUTIONS + 1), ..new() }, Error::TooManyInstitutions),
		(Wanted { members: members(1, 0), share: 40, ..Wanted::new(RETAIL) }, Error::DefaultClassClosed),
		(Wanted { share: 0, ..Wanted::new(RETAIL) }, Error::DefaultClassClosed),
	];
	test(|| {
		for (wanted, error) in cases {
			assert_noop!(wanted.set(), error);
		}
		let root = RuntimeOrigin::root;
		assert_noop!(Classes::remove_class(root(), RETAIL), Error::<Test>::DefaultClassNeeded);
		assert_noop!(Classes::remove_class(root(), NEW), Error::<Test>::UnknownClass);
		assert_noop!(Classes::map_call(root(), (0, 0), NEW), Error::<Test>::UnknownClass);
		assert_noop!(Classes::map_call(root(), (17, 4), SETTLEMENT), Error::<Test>::WrapperMapped);
		assert_noop!(Classes::unmap_call(root(), (0, 0)), Error::<Test>::NotMapped);
		// The bounds themselves are fine.
		let last = Wanted { class: ClassId(15), priority: 100, max_size: MAX_SIZE, ..new() };
		assert_ok!(last.set());
		assert_ok!(Wanted { name: "retail", share: 40, max_size: 1_024, ..Wanted::new(RETAIL) }.set());
	});
}

#[test]
fn a_class_is_not_removed_while_calls_are_mapped_to_it() {
	test(|| {
		let root = RuntimeOrigin::root;
		assert_ok!(Classes::map_call(root(), (0, 0), REPORTING));
		assert_noop!(Classes::remove_class(root(), REPORTING), Error::<Test>::ClassInUse);
		assert_ok!(Classes::unmap_call(root(), (0, 0)));
		assert_ok!(Classes::remove_class(root(), REPORTING));
		let name = || called("reporting");
		let expected = [
			Event::CallMapped { call: (0, 0), class: REPORTING, name: name() },
			Event::CallUnmapped { call: (0, 0) },
			Event::ClassRemoved { class: REPORTING, name: name() },
		];
		assert_eq!(events(), expected);
	});
}

#[test]
fn so_many_calls_are_mapped_and_no_more() {
	test(|| {
		let map = |call: u8, class| Classes::map_call(RuntimeOrigin::root(), (1, call), class);
		for call in 0..MAX_MAPPED_CALLS as u8 {
			assert_ok!(map(call, SETTLEMENT));
		}
		assert_noop!(map(200, SETTLEMENT), Error::<Test>::TooManyMappedCalls);
		// One that is mapped already can be mapped anew.
		assert_ok!(map(0, REPORTING));
		assert_eq!(MappedCalls::<Test>::get((1, 0)), Some(REPORTING));
		assert_eq!(StoredClasses::<Test>::count(), 4);
	});
}
