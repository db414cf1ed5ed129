//! Every reason for which parameters are refused has an error of its own, whose documentation states the bounds.

use super::*;
use codec::Encode;
use scale_info::{TypeDef, TypeInfo};
use syndic_primitives::{parameters::TIMEOUT_MARGIN, Dissemination, ParameterError, MAX_VALIDATORS};

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
	assert_eq!(numbers().len(), 9);
	for name in numbers() {
		let mut bounds = None;
		for value in [0, u32::MAX] {
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
fn the_margin_in_the_documentation_is_the_one_that_counts() {
	let documentation = documentation(&Error::TimeoutWithinBlockPeriod);
	assert!(documentation.contains(&format!("{TIMEOUT_MARGIN} milliseconds more")), "{documentation}");
	let documentation = self::documentation(&Error::TooManyScheduled);
	assert!(documentation.contains(&format!("{} scheduled changes", crate::MAX_SCHEDULED)), "{documentation}");
	let documentation = self::documentation(&Error::CollectorsOutOfBounds);
	assert!(documentation.contains(&format!("within 1 and {MAX_VALIDATORS}.")), "{documentation}");
	let documentation = self::documentation(&Error::ActivationTooEarly);
	assert!(documentation.contains(&format!("at least {MIN_CHANGE_DELAY} blocks")), "{documentation}");
}

#[test]
fn a_call_with_bad_parameters_gets_that_error_and_changes_nothing() {
	let nothing = ParameterChanges::default;
	let collectors =
		|k| ParameterChanges { dissemination: Some(Dissemination::Collector { k }), ..ParameterChanges::default() };
	let cases: [(ParameterChanges, Error<Test>); 17] = [
		(ParameterChanges { block_period: Some(199), ..nothing() }, Error::BlockPeriodOutOfBounds),
		(ParameterChanges { block_period: Some(600_001), ..nothing() }, Error::BlockPeriodOutOfBounds),
		(ParameterChanges { base_timeout: Some(0), ..nothing() }, Error::BaseTimeoutOutOfBounds),
		(ParameterChanges { timeout_growth: Some(401), ..nothing() }, Error::TimeoutGrowthOutOfBounds),
		(ParameterChanges { timeout_ceiling: Some(u32::MAX), ..nothing() }, Error::TimeoutCeilingOutOfBounds),
		(ParameterChanges { max_transactions: Some(0), ..nothing() }, Error::MaxTransactionsOutOfBounds),
		(ParameterChanges { heartbeat: Some(0), ..nothing() }, Error::HeartbeatOutOfBounds),
		(ParameterChanges { leader_period: Some(0), ..nothing() }, Error::LeaderPeriodOutOfBounds),
		(ParameterChanges { timestamp_tolerance: Some(99), ..nothing() }, Error::TimestampToleranceOutOfBounds),
		(ParameterChanges { pipeline_depth: Some(9), ..nothing() }, Error::PipelineDepthOutOfBounds),
		(collectors(0), Error::CollectorsOutOfBounds),
		(collectors(257), Error::CollectorsOutOfBounds),
		(ParameterChanges { block_period: Some(2_701), ..nothing() }, Error::TimeoutWithinBlockPeriod),
		(ParameterChanges { base_timeout: Some(1_299), ..nothing() }, Error::TimeoutWithinBlockPeriod),
		(ParameterChanges { timeout_ceiling: Some(2_999), ..nothing() }, Error::CeilingUnderBase),
		(ParameterChanges { base_timeout: Some(20_001), ..nothing() }, Error::CeilingUnderBase),
		(ParameterChanges { heartbeat: Some(999), ..nothing() }, Error::HeartbeatUnderBlockPeriod),
	];
	new_test_ext().execute_with(|| {
		for (changes, error) in cases {
			assert_noop!(change(changes, None), error);
		}
		// Together what could not be alone.
		let together =
			ParameterChanges { block_period: Some(2_701), base_timeout: Some(3_001), ..ParameterChanges::default() };
		assert_ok!(change(together, None));
	});
}
