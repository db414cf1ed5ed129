//! What a committee costs does not depend on the number of registered validators, and a dependence would be seen.

use syndic_primitives::Dissemination;
use syndic_simulator::{
	audit::Audit,
	committee::{measure, Measured, Scale},
};

const COMMITTEE: usize = 16;
/// Six collectors: one more than may be faulty.
const FORMS: [Dissemination; 2] = [Dissemination::Broadcast, Dissemination::Collector { k: 6 }];

fn measured(scale: &Scale) -> Measured {
	measure(scale, Audit::default()).unwrap_or_else(|violation| panic!("{scale:?}: {violation}"))
}

fn of(registered: usize, dissemination: Dissemination, blocks: u32) -> Scale {
	Scale { blocks, ..Scale::of(COMMITTEE, registered, dissemination) }
}

/// Sixteen in the committee, and 16, 100 and 1,000 registered: messages, bytes and latency stay within 5 %.
#[test]
fn a_committee_costs_the_same_whatever_is_around_it() {
	for dissemination in FORMS {
		let base = measured(&of(COMMITTEE, dissemination, 12));
		assert!(base.messages > 300.0 && base.latency > 10.0, "{base:?}");
		for registered in [100, 1_000] {
			let found = measured(&of(registered, dissemination, 12));
			assert_eq!(found.differs_from(&base), Vec::<String>::new(), "{registered} registered, {dissemination:?}");
			// The crowd's traffic is counted elsewhere: each node of the crowd gets every block, and knows of two
			// thirds.
			let outside = (registered - COMMITTEE) as f64;
			assert!(found.block_path.1 > outside * 100_000.0, "{found:?}");
			assert!(found.attestations.0 > outside && found.assured_99 < 2_000.0, "{found:?}");
		}
	}
}

/// What n members broadcast for a block: a proposal to each other member, and two votes from each member to each other.
#[test]
fn messages_are_those_that_the_protocol_says() {
	let n = COMMITTEE as f64;
	let base = measured(&of(COMMITTEE, Dissemination::Broadcast, 12));
	assert_eq!(base.messages, (n - 1.0) + 2.0 * n * (n - 1.0));
	let collected = measured(&of(COMMITTEE, FORMS[1], 12));
	assert!(collected.messages < base.messages, "{} and {}", collected.messages, base.messages);
}

/// If the crowd takes so much of the members' uplinks that votes wait behind blocks, the figures show it.
#[test]
fn a_crowd_that_is_in_the_way_is_seen() {
	let narrow = |registered| Scale { uplink: 2_500, ..of(registered, Dissemination::Broadcast, 12) };
	let differs = measured(&narrow(100)).differs_from(&measured(&narrow(COMMITTEE)));
	assert!(differs.iter().any(|what| what.starts_with("latency")), "{differs:?}");
}

/// The same figures every time: they do not depend on the machine that counts.
#[test]
fn figures_are_the_same_every_time() {
	let scale = of(40, FORMS[1], 6);
	assert_eq!(measured(&scale), measured(&scale));
}
