use super::*;

#[test]
fn the_board_sets_panels_and_every_version_stays() {
	test(|| {
		assert_eq!(PanelVersion::<Test>::get(AUTHORITY), 1);
		assert_eq!(FirstPanel::<Test>::get(), Some(AUTHORITY));
		let first = Panels::<Test>::get(AUTHORITY, 1).expect("it is there");
		assert_eq!((first.threshold, first.since), (2, BLOCK));
		let expected = [Dave, Eve, Ferdie].map(|who| Officer { account: account(who), key_version: 1 });
		assert_eq!(first.officers, expected.to_vec());

		set_key(Eve);
		assert_ok!(set_panel(AUTHORITY, &[Eve, Dave], 2));
		let second = Panels::<Test>::get(AUTHORITY, 2).expect("it is there");
		assert_eq!(second.officers[0], Officer { account: account(Eve), key_version: 2 });
		assert_eq!(Panels::<Test>::get(AUTHORITY, 1), Some(first));
		let set = |version, officers| Event::PanelSet { panel: AUTHORITY, version, officers, threshold: 2 };
		assert_eq!(events(), [set(1, 3), set(2, 2)]);
	});
}

#[test]
fn the_first_panel_is_in_charge_of_whoever_is_in_no_remit() {
	test(|| {
		set_key(Two);
		assert_eq!(Privacy::panel_of(ALPHA), Some(AUTHORITY));
		assert_ok!(set_panel(OTHER, &[One, Two], 2));
		assert_eq!(Privacy::panel_of(ALPHA), Some(AUTHORITY), "the first is the first");
		assert_ok!(Privacy::set_remit(RuntimeOrigin::root(), ALPHA, OTHER));
		assert_eq!((Privacy::panel_of(ALPHA), Privacy::panel_of(BETA)), (Some(OTHER), Some(AUTHORITY)));
		assert_eq!(events().last(), Some(&Event::RemitSet { institution: ALPHA, panel: OTHER }));
		assert_ok!(Privacy::set_remit(RuntimeOrigin::root(), ALPHA, AUTHORITY));
		assert_eq!(Remits::<Test>::get(ALPHA), Some(AUTHORITY));
	});
	new_test_ext().execute_with(|| assert_eq!(Privacy::panel_of(ALPHA), None));
}

#[test]
fn a_panel_that_could_not_open_or_not_only_together_is_refused() {
	test(|| {
		let refused = |officers: &[Sr25519Keyring], threshold, error: Error<Test>| {
			assert_noop!(set_panel(AUTHORITY, officers, threshold), error);
		};
		refused(&[], 2, Error::TooFewOfficers);
		refused(&[Dave], 1, Error::TooFewOfficers);
		refused(&[Dave; 17], 2, Error::TooManyOfficers);
		refused(&[Dave, Eve], 1, Error::ThresholdOutOfBounds);
		refused(&[Dave, Eve], 3, Error::ThresholdOutOfBounds);
		refused(&[Dave, Eve, Dave], 2, Error::OfficerTwice);
		refused(&[Dave, Alice], 2, Error::NotRegulator);
		refused(&[Dave, AliceStash], 2, Error::NotRegulator);
		refused(&[Dave, One], 2, Error::NotRegulator);
		refused(&[Dave, Charlie], 2, Error::NotRegulator);
		assert_noop!(set_panel(99, &[Dave, Eve], 2), Error::<Test>::NotRegulator);
		assert_noop!(set_panel(OTHER, &[One, Two], 2), Error::<Test>::OfficerWithoutKey);
		revoke_key(Eve);
		refused(&[Dave, Eve], 2, Error::OfficerKeyRevoked);
		set_key(Eve);
		assert_ok!(set_panel(AUTHORITY, &[Dave, Eve], 2));
		suspend(AUTHORITY);
		refused(&[Dave, Eve], 2, Error::NotRegulator);
		assert_ok!(Identity::resume_institution(RuntimeOrigin::root(), AUTHORITY));
		PanelVersion::<Test>::insert(AUTHORITY, u32::MAX);
		refused(&[Dave, Eve], 2, Error::TooManyVersions);
		PanelVersion::<Test>::insert(AUTHORITY, 2);
	});
}

#[test]
fn only_the_board_sets_and_only_what_there_is() {
	test(|| {
		for origin in [signed(Dave), signed(Alice), RuntimeOrigin::none()] {
			let officers = vec![account(Dave), account(Eve)];
			assert_noop!(Privacy::set_panel(origin.clone(), AUTHORITY, officers, 2), BadOrigin);
			assert_noop!(Privacy::set_remit(origin.clone(), ALPHA, AUTHORITY), BadOrigin);
			assert_noop!(Privacy::reinstate(origin, ALPHA), BadOrigin);
		}
		let root = RuntimeOrigin::root;
		assert_noop!(Privacy::set_remit(root(), 99, AUTHORITY), Error::<Test>::UnknownInstitution);
		assert_noop!(Privacy::set_remit(root(), ALPHA, OTHER), Error::<Test>::UnknownPanel);
	});
}
