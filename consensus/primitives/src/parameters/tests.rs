use super::{stored::ParametersV1, *};
use crate::Height;
use codec::Encode;
use std::collections::BTreeSet;

type Change = fn(&mut Parameters);

fn with(change: Change) -> Parameters {
	let mut parameters = Parameters::default();
	change(&mut parameters);
	parameters
}

/// The name of a rule: the error's name, with the parameter's name where several rules share an error.
fn rule(error: &ParameterError) -> String {
	let text = format!("{error:?}");
	let name = text.split([' ', '{']).next().unwrap_or_default();
	match error {
		ParameterError::OutOfBounds { name, .. } => format!("{name}OutOfBounds"),
		_ => name.into(),
	}
}

/// The defaults with a committee of 7; they pass the check.
fn elected(p: &mut Parameters) {
	p.committee_size = 7;
}

/// Ten validators of ten institutions, seven of them in the set, with engines of the first version.
fn ten() -> Membership {
	Membership { members: vec![1; 7], registered: vec![1; 10], institutions: 10 }
}

/// Changes that would harm any chain, each with the rule that it breaks.
fn harmful() -> Vec<(Change, &'static str)> {
	vec![
		(|p| p.block_period = 199, "blockPeriodOutOfBounds"),
		(|p| p.base_timeout = 499, "baseTimeoutOutOfBounds"),
		(|p| p.timeout_growth = 401, "timeoutGrowthOutOfBounds"),
		(|p| p.timeout_ceiling = 3_600_001, "timeoutCeilingOutOfBounds"),
		(|p| p.max_transactions = 0, "maxTransactionsOutOfBounds"),
		(|p| p.heartbeat = u32::MAX, "heartbeatOutOfBounds"),
		(|p| p.leader_period = 0, "leaderPeriodOutOfBounds"),
		(|p| p.timestamp_tolerance = 99, "timestampToleranceOutOfBounds"),
		(|p| p.pipeline_depth = 9, "pipelineDepthOutOfBounds"),
		(|p| p.dissemination = Dissemination::Collector { k: 0 }, "collectorsOutOfBounds"),
		(|p| p.block_weight_share = 9, "blockWeightShareOutOfBounds"),
		(|p| p.block_length_share = 101, "blockLengthShareOutOfBounds"),
		(|p| p.committee_size = 257, "committeeSizeOutOfBounds"),
		(|p| p.assumed_faulty = 334, "assumedFaultyOutOfBounds"),
		(|p| p.committee_risk = 0, "committeeRiskOutOfBounds"),
		(|p| p.era_length = 31, "eraLengthOutOfBounds"),
		(|p| p.demote_after = 0, "demoteAfterOutOfBounds"),
		(|p| p.active_window = 31, "activeWindowOutOfBounds"),
		(|p| p.engine_version = 0, "engineVersionOutOfBounds"),
		(|p| p.base_timeout = 1_299, "TimeoutWithinBlockPeriod"),
		(|p| p.timeout_ceiling = 2_999, "CeilingUnderBase"),
		(|p| p.heartbeat = 999, "HeartbeatUnderBlockPeriod"),
		(
			|p| (p.base_timeout, p.dissemination) = (1_499, Dissemination::Collector { k: 2 }),
			"TimeoutTooShortForCollectors",
		),
		(|p| (p.base_timeout, p.proposal_form) = (1_499, ProposalForm::Compact), "TimeoutTooShortForCompact"),
		(|p| p.timeout_ceiling = 5_999, "NoRoomToGrow"),
		(|p| p.timeout_growth = 100, "TimeoutNeverGrows"),
		(|p| p.timeout_growth = 106, "TimeoutGrowsTooSlowly"),
		(|p| p.timeout_ceiling = 180_001, "CeilingTooFar"),
		(|p| (p.empty_blocks, p.heartbeat) = (false, 1_999), "HeartbeatVoidsEmptyBlocks"),
		(|p| (p.block_period, p.timestamp_tolerance) = (200, 10_001), "ToleranceTooLoose"),
		(|p| (p.base_timeout, p.timeout_ceiling) = (1_300, 3_299), "WeightOverCeiling"),
		(
			|p| (p.base_timeout, p.timeout_ceiling, p.block_weight_share, p.max_transactions) = (1_300, 3_300, 50, 10),
			"LengthOverCeiling",
		),
		(|p| p.max_transactions = 15_001, "TransactionsOverWeight"),
		(|p| (p.block_length_share, p.max_transactions) = (5, 1_967), "TransactionsOverLength"),
		(|p| p.leader_period = 86_401, "LeaderTooLong"),
		(|p| (p.pipeline_depth, p.max_transactions) = (4, 7), "WindowNotFilled"),
		(|p| (p.pipeline_depth, p.block_period) = (2, 2_001), "WindowWithoutUse"),
		(|p| (p.pipeline_depth, p.leader_period) = (4, 3), "LeaderPeriodUnderWindow"),
		(|p| (p.pipeline_depth, p.timeout_ceiling) = (8, 13_799), "WindowOverCeiling"),
		(|p| p.leader_period = 3_601, "LeaderPeriodOverEra"),
		(|p| p.demote_after = 361, "DemoteAfterOverEra"),
		(
			|p| (p.block_period, p.base_timeout, p.timeout_ceiling, p.era_length) = (60_000, 70_000, 140_000, 129_601),
			"EraTooLong",
		),
		(|p| (p.empty_blocks, p.heartbeat) = (false, 2_160_001), "IdleEraTooLong"),
		(
			|p| {
				(p.block_period, p.base_timeout, p.timeout_ceiling) = (60_000, 70_000, 140_000);
				p.active_window = 43_201;
			},
			"ActiveWindowTooLong",
		),
		(|p| p.committee_size = 3, "CommitteeTooSmall"),
		(|p| (elected(p), p.assumed_faulty = 0).1, "NobodyAssumedFaulty"),
		(|p| (elected(p), p.era_length = 63).1, "EraTooShortForElection"),
		(|p| (elected(p), p.era_length = 69).1, "CommitteeTurnsOverEra"),
		(|p| (elected(p), (p.era_length, p.leader_period) = (80, 10)).1, "PhaseTooShort"),
		(|p| (elected(p), (p.era_length, p.active_window) = (100, 401)).1, "ActiveWindowOverEras"),
		(|p| (elected(p), p.dissemination = Dissemination::Collector { k: 8 }).1, "CollectorsOverCommittee"),
	]
}

type InContext = (Change, fn(&mut Membership), &'static str);

/// Changes that would harm the chain with a given membership.
fn harmful_in_context() -> Vec<InContext> {
	fn asks_2(p: &mut Parameters) {
		p.engine_version = 2;
	}
	vec![
		(|p| p.committee_size = 11, |_| {}, "CommitteeOverMembership"),
		(elected, |m| m.institutions = 3, "InstitutionsTooFew"),
		(|p| (p.committee_size, p.assumed_faulty) = (4, 200), |_| {}, "CommitteeTooRisky"),
		(
			|p| (p.committee_size, p.assumed_faulty) = (4, 333),
			|m| (m.registered, m.institutions) = (vec![1; 1_000], 1_000),
			"NoCommitteeBears",
		),
		(
			|p| {
				elected(p);
				(p.era_length, p.leader_period, p.max_transactions, p.assumed_faulty) = (64, 4, 1, 1);
			},
			|m| (m.registered, m.institutions) = (vec![1; 13], 13),
			"ContributionsOverPhase",
		),
		(|p| p.dissemination = Dissemination::Collector { k: 8 }, |_| {}, "CollectorsOverMembers"),
		(|p| p.dissemination = Dissemination::Collector { k: 2 }, |_| {}, "CollectorsMayAllFail"),
		(|_| {}, |m| m.members = vec![1; 66], "ProposalOverCeiling"),
		(asks_2, |m| (m.members[0], m.registered) = (2, vec![2; 10]), "EngineVersionWithoutQuorum"),
		(asks_2, |m| m.members = vec![2; 7], "EngineVersionWithoutRegistered"),
	]
}

#[test]
fn the_default_is_accepted() {
	assert_eq!(Parameters::default().check(), Ok(()));
	assert_eq!(Parameters::default().check_for(None, &ten()), Ok(()));
	assert_eq!(with(elected).check(), Ok(()));
	assert_eq!(with(elected).check_for(None, &ten()), Ok(()));
}

#[test]
fn what_would_harm_the_chain_is_refused_by_its_own_rule() {
	let mut rules = BTreeSet::new();
	let mut note = |error: ParameterError, expected: &str| {
		assert_eq!(rule(&error), expected, "{error}");
		assert!(rules.insert(expected.to_owned()), "{expected} twice");
	};
	for (change, expected) in harmful() {
		note(with(change).check().expect_err(expected), expected);
	}
	for (change, context, expected) in harmful_in_context() {
		let parameters = with(change);
		assert_eq!(parameters.check(), Ok(()), "{expected} depends on who is there");
		let mut membership = ten();
		context(&mut membership);
		note(parameters.check_for(None, &membership).expect_err(expected), expected);
	}
	assert_eq!(rules.len(), 61);
}

/// The networks of the end-to-end tests: short periods, low ceilings, long leaders, a small committee.
#[test]
fn what_tests_run_by_is_accepted() {
	let network = |block_period, base_timeout, timeout_ceiling, leader_period| Parameters {
		block_period,
		base_timeout,
		timeout_ceiling,
		leader_period,
		..Parameters::default()
	};
	let four = Membership { members: vec![1; 4], registered: vec![1; 4], institutions: 4 };
	let one = Membership { members: vec![1], registered: vec![1], institutions: 1 };
	let window = network(200, 3_000, 12_000, 1_000);
	let cases = [
		(Parameters::default(), &one),
		(Parameters::default(), &four),
		(network(200, 2_000, 8_000, 10), &four),
		(network(200, 1_000, 4_000, 5), &four),
		(network(500, 1_000, 4_000, 10), &four),
		(network(500, 2_000, 8_000, 1_000), &four),
		(network(300, 2_500, 8_000, 3), &four),
		(Parameters { era_length: 100, active_window: 32, ..network(300, 2_000, 8_000, 3) }, &four),
		(Parameters { era_length: 60, ..network(500, 2_000, 8_000, 10) }, &four),
		(Parameters { pipeline_depth: 4, ..window.clone() }, &four),
		(Parameters { pipeline_depth: 4, dissemination: Dissemination::Collector { k: 2 }, ..window }, &four),
		(Parameters { proposal_form: ProposalForm::Compact, ..network(500, 5_000, 20_000, 2) }, &four),
		(Parameters { max_transactions: 20, ..network(1_000, 4_000, 12_000, 10) }, &four),
		(
			Parameters {
				committee_size: 4,
				assumed_faulty: 100,
				era_length: 64,
				active_window: 64,
				..network(600, 4_000, 12_000, 3)
			},
			&ten(),
		),
	];
	for (number, (parameters, membership)) in cases.into_iter().enumerate() {
		assert_eq!(parameters.check(), Ok(()), "number {number}");
		assert_eq!(parameters.check_for(None, membership), Ok(()), "number {number}");
	}
}

/// One step back from each bound the parameters pass the check: the bounds of the rules are where the errors say.
#[test]
fn what_just_keeps_to_the_rules_is_accepted() {
	let accepted: Vec<Change> = vec![
		|p| p.base_timeout = 1_300,
		|p| (p.base_timeout, p.dissemination) = (1_500, Dissemination::Collector { k: 2 }),
		|p| (p.base_timeout, p.proposal_form) = (1_500, ProposalForm::Compact),
		|p| p.timeout_ceiling = 6_000,
		|p| p.timeout_ceiling = 180_000,
		|p| p.timeout_growth = 107,
		|p| (p.empty_blocks, p.heartbeat) = (false, 2_000),
		|p| (p.block_period, p.timestamp_tolerance) = (200, 10_000),
		|p| (p.base_timeout, p.timeout_ceiling, p.block_length_share) = (1_300, 3_300, 95),
		|p| p.max_transactions = 15_000,
		|p| (p.block_length_share, p.max_transactions) = (5, 1_966),
		|p| (p.leader_period, p.era_length, p.demote_after) = (86_400, 86_400, 1),
		|p| (p.pipeline_depth, p.max_transactions) = (4, 8),
		|p| (p.pipeline_depth, p.block_period) = (2, 2_000),
		|p| (p.pipeline_depth, p.leader_period) = (4, 4),
		|p| (p.pipeline_depth, p.timeout_ceiling) = (8, 13_800),
		|p| p.demote_after = 360,
		|p| (p.empty_blocks, p.heartbeat) = (false, 2_160_000),
		|p| p.committee_size = 4,
		|p| (elected(p), p.era_length = 82).1,
		|p| (elected(p), (p.era_length, p.active_window) = (100, 400)).1,
		|p| (elected(p), p.dissemination = Dissemination::Collector { k: 7 }).1,
	];
	for (number, change) in accepted.into_iter().enumerate() {
		assert_eq!(with(change).check(), Ok(()), "number {number}");
	}
}

#[test]
fn an_engine_runs_by_what_an_older_runtime_accepted() {
	for (change, rule) in harmful() {
		let bound = rule.ends_with("OutOfBounds") || with(change).check() == with(change).check_engine();
		assert_eq!(with(change).check_engine().is_err(), bound, "{rule}");
	}
	assert!(with(|p| p.timeout_growth = 100).check_engine().is_ok());
}

#[test]
fn what_was_fit_before_does_not_stand_in_the_way() {
	let before = with(elected);
	let few = Membership { members: vec![1; 4], registered: vec![1; 4], institutions: 4 };
	assert!(before.check_for(None, &few).is_err());
	let slower = Parameters { block_period: 1_200, ..before.clone() };
	assert_eq!(slower.check_for(Some(&before), &few), Ok(()));
	let larger = Parameters { committee_size: 8, ..before.clone() };
	assert!(larger.check_for(Some(&before), &few).is_err());
}

#[test]
fn an_era_has_room_for_everybodys_secret() {
	let short = with(|p| {
		elected(p);
		(p.era_length, p.leader_period, p.max_transactions, p.assumed_faulty) = (64, 4, 1, 1);
	});
	let of = |n| Membership { members: vec![1; 7], registered: vec![1; n], institutions: n as u32 };
	assert_eq!(short.check_for(None, &of(12)), Ok(()));
	let error = ParameterError::ContributionsOverPhase { transactions: 1, phase: 12, bound: 12, registered: 13 };
	assert_eq!(short.check_for(None, &of(13)), Err(error.clone()));
	let before = Parameters { max_transactions: 2, ..short.clone() };
	assert_eq!(short.check_for(Some(&before), &of(13)), Err(error), "it is judged where the limit of a block changes");
	let all = Parameters { committee_size: 0, ..short };
	assert_eq!(all.check_for(None, &of(13)), Ok(()));
}

#[test]
fn a_version_needs_a_quorum_and_two_thirds_and_may_go_back() {
	let asks = with(|p| p.engine_version = 2);
	let mut membership = ten();
	membership.members[..5].fill(2);
	membership.registered[..7].fill(3);
	assert_eq!(asks.check_for(None, &membership), Ok(()));
	membership.registered[0] = 1;
	let error = ParameterError::EngineVersionWithoutRegistered { version: 2, supporters: 6, needed: 7 };
	assert_eq!(asks.check_for(None, &membership), Err(error));
	let back = Parameters::default();
	assert_eq!(back.check_for(Some(&asks), &membership), Ok(()));
}

#[test]
fn the_smallest_committee_that_would_do_is_named() {
	let parameters = with(|p| p.committee_size = 4);
	let error = parameters.check_for(None, &ten()).unwrap_err();
	let expected = ParameterError::CommitteeTooRisky { size: 4, registered: 10, faulty: 2, exponent: 3, smallest: 7 };
	assert_eq!(error, expected);
	assert_eq!(with(|p| p.committee_size = 7).check_for(None, &ten()), Ok(()));
}

fn old() -> ParametersV1 {
	ParametersV1 {
		block_period: 700,
		base_timeout: 2_000,
		timeout_growth: 200,
		timeout_ceiling: 9_000,
		max_transactions: 10,
		empty_blocks: false,
		heartbeat: 5_000,
		leader_period: 3,
		timestamp_tolerance: 1_000,
		pipeline_depth: 4,
		dissemination: Dissemination::Collector { k: 2 },
	}
}

#[test]
fn what_an_older_runtime_stored_decodes() {
	let expected = Parameters {
		block_period: 700,
		base_timeout: 2_000,
		timeout_growth: 200,
		timeout_ceiling: 9_000,
		max_transactions: 10,
		empty_blocks: false,
		heartbeat: 5_000,
		leader_period: 3,
		timestamp_tolerance: 1_000,
		pipeline_depth: 4,
		dissemination: Dissemination::Collector { k: 2 },
		..Parameters::default()
	};
	assert_eq!(Parameters::decode_stored(&old().encode()), Ok(expected.clone()));
	assert_eq!(Parameters::decode_stored(&expected.encode()), Ok(expected.clone()));

	let broadcast = ParametersV1 { dissemination: Dissemination::Broadcast, ..old() };
	let of_before = vec![(Height(20), old()), (Height(30), broadcast.clone())];
	let of_today = vec![(Height(20), expected), (Height(30), broadcast.into())];
	assert_eq!(Parameters::decode_schedule(&of_before.encode()), Ok(of_today.clone()));
	assert_eq!(Parameters::decode_schedule(&of_today.encode()), Ok(of_today));
	assert_eq!(Parameters::decode_schedule(&[0]), Ok(vec![]));
}

#[test]
fn what_is_of_neither_layout_does_not_decode() {
	let (old, new) = (old().encode(), Parameters::default().encode());
	for length in 0..old.len() {
		assert!(Parameters::decode_stored(&old[..length]).is_err(), "{length} bytes");
	}
	for length in (0..new.len()).filter(|length| *length != 38) {
		assert!(Parameters::decode_stored(&new[..length]).is_err(), "{length} bytes");
	}
	assert!(Parameters::decode_stored(&[&old[..], &[0]].concat()).is_err());
	assert!(Parameters::decode_stored(&[&new[..], &[0]].concat()).is_err());
	let schedule = vec![(Height(2), Parameters::default()); 2].encode();
	for length in 0..schedule.len() {
		assert!(Parameters::decode_schedule(&schedule[..length]).is_err(), "{length} bytes");
	}
	// A length prefix without the bytes it announces causes no allocation.
	assert!(Parameters::decode_schedule(&[0xfe, 0xff, 0xff, 0xff]).is_err());
}

#[test]
fn timeouts_grow_to_the_ceiling_and_no_further() {
	let p = Parameters { base_timeout: 1_000, timeout_growth: 200, timeout_ceiling: 5_000, ..Parameters::default() };
	assert_eq!([0, 1, 2, 3, 4, u32::MAX].map(|k| p.timeout(k)), [1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
	let flat = Parameters { timeout_growth: 100, ..p };
	assert_eq!(flat.timeout(u32::MAX), 1_000);
}
