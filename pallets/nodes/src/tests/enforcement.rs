use super::*;

#[test]
fn everybody_is_let_in_until_the_list_is_enforced() {
	new_test_ext().execute_with(|| {
		assert_ok!(register(1, 2, Kind::FullNode));
		assert_ok!(register(2, 1, Kind::Validator));
		assert_eq!(Nodes::permitted_peers(), None);
		assert_ok!(enforce(true));
		assert_eq!(Nodes::permitted_peers(), Some(vec![peer(1), peer(2)]));
		assert_ok!(register(1, 3, Kind::Observer));
		assert_eq!(Nodes::permitted_peers().map(|peers| peers.len()), Some(3));
		assert_ok!(remove(1, 2));
		assert_eq!(Nodes::permitted_peers(), Some(vec![peer(1), peer(3)]));
		assert_ok!(enforce(false));
		assert_eq!(Nodes::permitted_peers(), None);
		assert_eq!(events().last(), Some(&Event::EnforcementChanged { enforced: false }));
	});
}

#[test]
fn nodes_of_a_suspended_institution_are_not_let_in() {
	new_test_ext().execute_with(|| {
		assert_ok!(register(1, 1, Kind::Validator));
		assert_ok!(register(2, 2, Kind::Validator));
		assert_ok!(enforce(true));
		Suspended::set(vec![2]);
		assert_eq!(Nodes::permitted_peers(), Some(vec![peer(1)]));
		Suspended::set(vec![]);
		assert_eq!(Nodes::permitted_peers().map(|peers| peers.len()), Some(2));
	});
}

#[test]
fn required_nodes_are_let_in_and_stay() {
	new_test_ext().execute_with(|| {
		Required::set(vec![peer(5), peer(1)]);
		assert_ok!(register(1, 1, Kind::Validator));
		assert_ok!(enforce(true));
		assert_eq!(Nodes::permitted_peers(), Some(vec![peer(1), peer(5)]), "each once");
		Suspended::set(vec![1]);
		assert_eq!(Nodes::permitted_peers(), Some(vec![peer(1), peer(5)]));
		assert_noop!(remove(1, 1), Error::<Test>::RequiredNode);
		assert_noop!(board_remove(1), Error::<Test>::RequiredNode);
		Required::set(vec![peer(5)]);
		assert_ok!(remove(1, 1));
	});
}

#[test]
fn a_list_that_lets_nobody_in_is_not_enforced() {
	new_test_ext().execute_with(|| {
		assert_noop!(enforce(true), Error::<Test>::NobodyPermitted);
		assert_ok!(register(1, 1, Kind::FullNode));
		Suspended::set(vec![1]);
		assert_noop!(enforce(true), Error::<Test>::NobodyPermitted);
		Suspended::set(vec![]);
		assert_ok!(enforce(true));
		assert_noop!(remove(1, 1), Error::<Test>::NobodyPermitted);
		assert_ok!(enforce(false));
		assert_ok!(remove(1, 1));
	});
	new_test_ext().execute_with(|| {
		Required::set(vec![peer(5)]);
		assert_ok!(enforce(true));
		assert_eq!(Nodes::permitted_peers(), Some(vec![peer(5)]), "the required ones are enough");
	});
}

#[test]
fn a_list_without_a_quorum_of_validators_is_not_enforced() {
	new_test_ext().execute_with(|| {
		LeastValidators::set(3);
		for n in 1..=2 {
			assert_ok!(register(u64::from(n), n, Kind::Validator));
		}
		assert_ok!(register(3, 3, Kind::FullNode));
		assert_noop!(enforce(true), Error::<Test>::TooFewValidators);
		assert_ok!(register(4, 4, Kind::Validator));
		Suspended::set(vec![4]);
		assert_noop!(enforce(true), Error::<Test>::TooFewValidators);
		Suspended::set(vec![]);
		assert_ok!(enforce(true));

		assert_noop!(remove(1, 1), Error::<Test>::TooFewValidators);
		assert_noop!(board_remove(1), Error::<Test>::TooFewValidators);
		assert_ok!(remove(3, 3));
		assert_ok!(register(5, 5, Kind::Validator));
		assert_ok!(remove(1, 1));
		assert_eq!(Nodes::check_state(), Ok(()));
	});
}

/// Whatever made the validators too few, other nodes can be cut all the same.
#[test]
fn who_is_no_validator_can_be_removed_from_a_list_that_is_short_already() {
	new_test_ext().execute_with(|| {
		assert_ok!(register(1, 1, Kind::Validator));
		assert_ok!(register(2, 2, Kind::Validator));
		assert_ok!(register(3, 3, Kind::FullNode));
		assert_ok!(enforce(true));
		LeastValidators::set(3);
		assert_ok!(remove(3, 3));
		assert_noop!(remove(2, 2), Error::<Test>::TooFewValidators);
		Suspended::set(vec![2]);
		assert_ok!(board_remove(2));
	});
}
