//! Every reason for which parameters are refused has an error of its own, whose documentation states the bounds.

use super::*;
use codec::Encode;
use scale_info::{TypeDef, TypeInfo};
use std::collections::BTreeSet;
use syndic_primitives::{
	parameters::{rules, TIMEOUT_MARGIN},
	Dissemination, ParameterError, ProposalForm, MAX_VALIDATORS,
};

/// The documentation of an error as it stands in the metadata, as one line.
fn documentation(error: &Error<Test>) -> String {
	let TypeDef::Variant(variants) = Error::<Test>::type_info().type_def else { panic!("errors are an enum") };
	let index = error.encode()[0];
	let variant = variants.variants.iter().find(|variant| variant.index == index).expect("it is one of them");
	variant.docs.join(" ")
}

/// Every parameter that is a number, by its name in JSON.
fn numbers() -> Vec<String> {
	let json = serde_json::to_value(Parameters::default()).unwrap();
	let fields = json.as_object().unwrap().iter();
	fields.filter(|(_, value)| value.is_number()).map(|(name, _)| name.clone()).collect()
}

/// The default parameters with one of them set to something else.
fn with(name: &str, value: u32) -> Parameters {
	let mut json = serde_json::to_value(Parameters::default()).unwrap();
	json[name] = value.into();
	serde_json::from_value(json).unwrap()
}

#[test]
fn every_parameter_has_an_error_that_names_it_and_its_bounds() {
	assert_eq!(numbers().len(), 18);
	for name in numbers() {
		let mut bounds = None;
		let may_be_0 = ["committeeSize", "assumedFaulty"].contains(&&name[..]);
		for value in [0, u32::MAX].into_iter().skip(may_be_0.into()) {
			let Err(error) = with(&name, value).check() else { panic!("{name} may be {value}") };
			let ParameterError::OutOfBounds { name: reported, min, max, .. } = error else { panic!("{error}") };
			assert_eq!(reported, name);
			bounds = Some((min, max));
			let error = Error::<Test>::from(error);
			let expected = format!("{}{}OutOfBounds", name[..1].to_uppercase(), &name[1..]);
			assert_eq!(format!("{error:?}"), expected, "a parameter needs its own error");
			let documentation = documentation(&error);
			assert!(documentation.contains(&format!("({name}")), "{documentation}");
			assert!(documentation.contains(&format!("must be within {min} and {max}.")), "{documentation}");
		}
		// The bounds themselves are within.
		let (min, max) = bounds.unwrap();
		for value in [min, max] {
			assert!(!matches!(with(&name, value).check(), Err(ParameterError::OutOfBounds { .. })), "{name} {value}");
		}
	}
}

#[test]
fn the_figures_in_the_documentation_are_those_that_count() {
	let cases: Vec<(Error<Test>, String)> = vec![
		(Error::TimeoutWithinBlockPeriod, format!("{TIMEOUT_MARGIN} milliseconds more")),
		(Error::TimeoutTooShortForCollectors, format!("{} milliseconds more", rules::LONG_TIMEOUT_MARGIN)),
		(Error::TimeoutTooShortForCompact, format!("{} milliseconds more", rules::LONG_TIMEOUT_MARGIN)),
		(Error::TimeoutGrowsTooSlowly, format!("within {} views", rules::MAX_GROWTH_VIEWS)),
		(Error::CeilingTooFar, format!("at most {} times", rules::MAX_CEILING_TIMES)),
		(Error::ToleranceTooLoose, format!("at most {} times", rules::MAX_TOLERANCE_PERIODS)),
		(Error::WeightOverCeiling, format!("{} milliseconds at 100 percent", rules::FULL_BLOCK_TIME)),
		(Error::TransactionsOverWeight, format!("at most {} for each", rules::TRANSACTIONS_PER_WEIGHT)),
		(
			Error::TransactionsOverLength,
			format!("at most {} for each", rules::FULL_BLOCK_BYTES / 100 / rules::LEAST_TRANSACTION_BYTES),
		),
		(Error::WindowWithoutUse, format!("at most {} milliseconds", rules::MAX_WINDOW_PERIOD)),
		(Error::CommitteeTooSmall, format!("0 or at least {}:", rules::LEAST_COMMITTEE)),
		(Error::EraTooShortForElection, format!("at least {} blocks", rules::LEAST_ELECTION_ERA)),
		(Error::PhaseTooShort, format!("less {} blocks", rules::CLOSING_BLOCKS)),
		(Error::ContributionsOverPhase, format!("less {} blocks", rules::CLOSING_BLOCKS)),
		(Error::ActiveWindowOverEras, format!("at most {} eras", rules::MAX_ACTIVE_ERAS)),
		(Error::TooManyScheduled, format!("{} scheduled changes", crate::MAX_SCHEDULED)),
		(Error::CollectorsOutOfBounds, format!("within 1 and {MAX_VALIDATORS}.")),
		(Error::ActivationTooEarly, format!("at least {MIN_CHANGE_DELAY} blocks")),
		(Error::TooManyProfiles, format!("{} profiles", crate::profiles::MAX_PROFILES)),
		(Error::TooManyWindows, format!("at most {} windows", crate::calendar::MAX_WINDOWS)),
		(Error::BadProfileName, format!("1 to {} bytes", syndic_primitives::parameters::MAX_NAME_BYTES)),
		(Error::SignalNotNew, format!("less than {} blocks", crate::versions::MIN_SIGNAL_DISTANCE)),
	];
	for (error, expected) in cases {
		let documentation = documentation(&error);
		assert!(documentation.contains(&expected), "{expected}: {documentation}");
	}
}

fn collectors(k: u32) -> ParameterChanges {
	ParameterChanges { dissemination: Some(Dissemination::Collector { k }), ..ParameterChanges::default() }
}

/// What would harm a chain with the default parameters, ten validators and seven of them in the set, and the rule that it
/// breaks.
fn harmful() -> Vec<(ParameterChanges, Error<Test>)> {
	let nothing = ParameterChanges::default;
	let minutes = || ParameterChanges {
		block_period: Some(60_000),
		base_timeout: Some(70_000),
		timeout_ceiling: Some(140_000),
		..ParameterChanges::default()
	};
	let elected = || ParameterChanges { committee_size: Some(7), ..ParameterChanges::default() };
	vec![
		(ParameterChanges { block_period: Some(199), ..nothing() }, Error::BlockPeriodOutOfBounds),
		(ParameterChanges { base_timeout: Some(0), ..nothing() }, Error::BaseTimeoutOutOfBounds),
		(ParameterChanges { timeout_growth: Some(401), ..nothing() }, Error::TimeoutGrowthOutOfBounds),
		(ParameterChanges { timeout_ceiling: Some(u32::MAX), ..nothing() }, Error::TimeoutCeilingOutOfBounds),
		(ParameterChanges { max_transactions: Some(0), ..nothing() }, Error::MaxTransactionsOutOfBounds),
		(ParameterChanges { heartbeat: Some(0), ..nothing() }, Error::HeartbeatOutOfBounds),
		(ParameterChanges { leader_period: Some(0), ..nothing() }, Error::LeaderPeriodOutOfBounds),
		(ParameterChanges { timestamp_tolerance: Some(99), ..nothing() }, Error::TimestampToleranceOutOfBounds),
		(ParameterChanges { pipeline_depth: Some(9), ..nothing() }, Error::PipelineDepthOutOfBounds),
		(collectors(257), Error::CollectorsOutOfBounds),
		(ParameterChanges { block_weight_share: Some(9), ..nothing() }, Error::BlockWeightShareOutOfBounds),
		(ParameterChanges { block_length_share: Some(101), ..nothing() }, Error::BlockLengthShareOutOfBounds),
		(ParameterChanges { committee_size: Some(257), ..nothing() }, Error::CommitteeSizeOutOfBounds),
		(ParameterChanges { assumed_faulty: Some(334), ..nothing() }, Error::AssumedFaultyOutOfBounds),
		(ParameterChanges { committee_risk: Some(19), ..nothing() }, Error::CommitteeRiskOutOfBounds),
		(ParameterChanges { era_length: Some(31), ..nothing() }, Error::EraLengthOutOfBounds),
		(ParameterChanges { demote_after: Some(0), ..nothing() }, Error::DemoteAfterOutOfBounds),
		(ParameterChanges { active_window: Some(31), ..nothing() }, Error::ActiveWindowOutOfBounds),
		(ParameterChanges { engine_version: Some(1_001), ..nothing() }, Error::EngineVersionOutOfBounds),
		(ParameterChanges { block_period: Some(2_701), ..nothing() }, Error::TimeoutWithinBlockPeriod),
		(ParameterChanges { base_timeout: Some(20_001), ..nothing() }, Error::CeilingUnderBase),
		(ParameterChanges { heartbeat: Some(999), ..nothing() }, Error::HeartbeatUnderBlockPeriod),
		(ParameterChanges { base_timeout: Some(1_499), ..collectors(3) }, Error::TimeoutTooShortForCollectors),
		(
			ParameterChanges {
				base_timeout: Some(1_499),
				proposal_form: Some(ProposalForm::Compact),
				..ParameterChanges::default()
			},
			Error::TimeoutTooShortForCompact,
		),
		(ParameterChanges { base_timeout: Some(10_001), ..nothing() }, Error::NoRoomToGrow),
		(ParameterChanges { timeout_growth: Some(100), ..nothing() }, Error::TimeoutNeverGrows),
		(ParameterChanges { timeout_growth: Some(102), ..nothing() }, Error::TimeoutGrowsTooSlowly),
		(ParameterChanges { timeout_ceiling: Some(200_000), ..nothing() }, Error::CeilingTooFar),
		(
			ParameterChanges { empty_blocks: Some(false), heartbeat: Some(1_500), ..nothing() },
			Error::HeartbeatVoidsEmptyBlocks,
		),
		(
			ParameterChanges { block_period: Some(200), timestamp_tolerance: Some(20_000), ..nothing() },
			Error::ToleranceTooLoose,
		),
		(
			ParameterChanges { base_timeout: Some(1_300), timeout_ceiling: Some(3_000), ..nothing() },
			Error::WeightOverCeiling,
		),
		(
			ParameterChanges {
				base_timeout: Some(1_300),
				timeout_ceiling: Some(3_000),
				block_weight_share: Some(50),
				..ParameterChanges::default()
			},
			Error::LengthOverCeiling,
		),
		(ParameterChanges { block_weight_share: Some(30), ..nothing() }, Error::TransactionsOverWeight),
		(ParameterChanges { block_length_share: Some(10), ..nothing() }, Error::TransactionsOverLength),
		(ParameterChanges { pipeline_depth: Some(4), max_transactions: Some(7), ..nothing() }, Error::WindowNotFilled),
		(ParameterChanges { pipeline_depth: Some(2), block_period: Some(2_500), ..nothing() }, Error::WindowWithoutUse),
		(
			ParameterChanges { pipeline_depth: Some(4), leader_period: Some(2), ..nothing() },
			Error::LeaderPeriodUnderWindow,
		),
		(
			ParameterChanges { pipeline_depth: Some(8), timeout_ceiling: Some(9_000), ..nothing() },
			Error::WindowOverCeiling,
		),
		(ParameterChanges { leader_period: Some(100_000), ..nothing() }, Error::LeaderTooLong),
		(ParameterChanges { leader_period: Some(4_000), ..nothing() }, Error::LeaderPeriodOverEra),
		(ParameterChanges { demote_after: Some(500), ..nothing() }, Error::DemoteAfterOverEra),
		(ParameterChanges { era_length: Some(200_000), ..minutes() }, Error::EraTooLong),
		(
			ParameterChanges { empty_blocks: Some(false), heartbeat: Some(86_400_000), ..nothing() },
			Error::IdleEraTooLong,
		),
		(ParameterChanges { active_window: Some(50_000), ..minutes() }, Error::ActiveWindowTooLong),
		(ParameterChanges { committee_size: Some(3), ..nothing() }, Error::CommitteeTooSmall),
		(ParameterChanges { assumed_faulty: Some(0), ..elected() }, Error::NobodyAssumedFaulty),
		(ParameterChanges { era_length: Some(60), ..elected() }, Error::EraTooShortForElection),
		(ParameterChanges { era_length: Some(80), leader_period: Some(12), ..elected() }, Error::CommitteeTurnsOverEra),
		(ParameterChanges { era_length: Some(80), ..elected() }, Error::PhaseTooShort),
		(
			ParameterChanges { era_length: Some(100), active_window: Some(500), ..elected() },
			Error::ActiveWindowOverEras,
		),
		(ParameterChanges { committee_size: Some(7), ..collectors(8) }, Error::CollectorsOverCommittee),
		(ParameterChanges { committee_size: Some(11), ..nothing() }, Error::CommitteeOverMembership),
		(ParameterChanges { committee_size: Some(4), ..nothing() }, Error::CommitteeTooRisky { smallest: 7 }),
		(collectors(8), Error::CollectorsOverMembers),
		(collectors(2), Error::CollectorsMayAllFail),
		(ParameterChanges { engine_version: Some(2), ..nothing() }, Error::EngineVersionWithoutQuorum),
	]
}

#[test]
fn a_call_that_would_harm_the_chain_gets_the_error_of_its_rule_and_changes_nothing() {
	let mut rules = BTreeSet::new();
	new_test_ext().execute_with(|| {
		for (changes, error) in harmful() {
			assert!(rules.insert(error.encode()[0]), "{error:?} twice");
			assert_noop!(change(changes, None), error);
		}
		// Together what could not be alone.
		let together =
			ParameterChanges { block_period: Some(2_701), base_timeout: Some(3_001), ..ParameterChanges::default() };
		assert_ok!(change(together, None));
	});
	assert!(rules.len() >= 40, "{} rules", rules.len());
	assert_eq!(rules.len(), 56);
}

/// The five that are left need other validators than those.
#[test]
fn rules_that_depend_on_who_is_there_have_errors_too() {
	new_test_ext().execute_with(|| {
		Registered::set(keys(1..=10).into_iter().map(|key| (key, Some(1))).collect());
		let seven = ParameterChanges { committee_size: Some(7), ..ParameterChanges::default() };
		assert_noop!(change(seven, None), Error::<Test>::InstitutionsTooFew);

		// Of three hundred, of whom a third may be faulty, the largest committee that there can be does not keep it.
		let many: Vec<_> = (0..300u32)
			.map(|n| {
				let mut raw = [0; 32];
				raw[..4].copy_from_slice(&n.to_be_bytes());
				(sp_core::ed25519::Public::from(raw).into(), None)
			})
			.collect();
		Registered::set(many);
		let large = ParameterChanges {
			committee_size: Some(100),
			assumed_faulty: Some(333),
			committee_risk: Some(18),
			..ParameterChanges::default()
		};
		assert_noop!(change(large, None), Error::<Test>::NoCommitteeBears);

		// Nor do twelve blocks of one transaction hold the secrets of all.
		let tight = ParameterChanges {
			committee_size: Some(7),
			assumed_faulty: Some(1),
			era_length: Some(64),
			leader_period: Some(4),
			max_transactions: Some(1),
			..ParameterChanges::default()
		};
		assert_noop!(change(tight, None), Error::<Test>::ContributionsOverPhase);

		Set::set((0..100).map(|n| key(n + 1)).collect());
		let sharp = ParameterChanges { timeout_ceiling: Some(19_999), ..ParameterChanges::default() };
		assert_noop!(change(sharp, None), Error::<Test>::ProposalOverCeiling);
	});
	new_test_ext().execute_with(|| {
		// The four of the set do, and of the ten who are registered two others.
		Set::set(keys(1..=4));
		let support = |n| crate::Support { validator: key(n), version: 2, height: Height(1) };
		let mut supports: Vec<_> = (1..=6).map(support).collect();
		supports.sort_by(|a, b| a.validator.cmp(&b.validator));
		crate::Signals::<Test>::put(crate::Supports::truncate_from(supports));
		let version = ParameterChanges { engine_version: Some(2), ..ParameterChanges::default() };
		assert_noop!(change(version, None), Error::<Test>::EngineVersionWithoutRegistered);
	});
}

/// What polkadot.js shows of such an error beside its name: its bytes.
#[test]
fn the_smallest_committee_that_would_do_is_in_the_error() {
	let sp_runtime::DispatchError::Module(error) = Error::<Test>::CommitteeTooRisky { smallest: 300 }.into() else {
		panic!("it is a module's error");
	};
	assert_eq!(error.error[1..], [44, 1, 0]);
}
