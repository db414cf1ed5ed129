//! Whole runs against simulated nodes, with every fault that the report has a line for.

use clap::Parser;
use std::time::Duration;
use syndic_load::{
	options::RunOptions,
	report::Report,
	run::run,
	sink::{Conduct, Sinks},
};

#[derive(Parser)]
struct Cli {
	#[command(flatten)]
	options: RunOptions,
}

fn options(line: &str) -> RunOptions {
	Cli::parse_from(std::iter::once("load").chain(line.split_whitespace())).options
}

/// Blocks every 50 ms.
fn quick() -> Conduct {
	Conduct { block_period: Duration::from_millis(50), ..Default::default() }
}

/// A run against four sinks with this conduct.
fn against(conduct: Conduct, line: &str) -> Report {
	let sinks = Sinks::start(4, conduct).expect("they start");
	let mut options = options(&format!("--accounts 20 {line} --url x"));
	options.urls = sinks.urls.clone();
	run(&options).expect("it runs")
}

fn assert_all_final(report: &Report, count: usize) {
	assert_eq!((report.accepted, report.final_count, report.lost, report.duplicates), (count, count, 0, 0), "{report}");
	assert!(report.is_good());
}

#[test]
fn all_is_final_in_each_order_and_spread() {
	for order in ["sequential", "shuffled", "reversed-tens"] {
		for spread in ["one-node-per-account", "all-nodes"] {
			let report =
				against(quick(), &format!("--transactions 1000 --in-flight 64 --order {order} --spread {spread}"));
			assert_all_final(&report, 1_000);
			assert_eq!((report.offered, report.refused, report.unanswered), (1_000, 0, 0));
			assert!(report.tps > 0.0 && report.blocks.transactions.max > 0.0, "{report}");
		}
	}
}

#[test]
fn a_rate_is_kept() {
	let report = against(quick(), "--rate 500 --seconds 2 --connections 2");
	assert_all_final(&report, 1_000);
	assert!((400.0..600.0).contains(&report.tps), "{report}");
	assert!((1.8..10.0).contains(&report.load.seconds), "{report}");
	assert_eq!(report.generator.held_back, 0);
	assert!(report.timeline.len() >= 2 && report.timeline[0].answered > 300, "{report}");
}

#[test]
fn time_that_is_up_ends_what_is_fresh_and_leaves_no_gap() {
	let conduct = Conduct { capacity: 50, per_block: 20, ..quick() };
	let report = against(conduct, "--transactions 100000 --rate 2000 --seconds 1 --retry-full");
	assert!(report.not_offered > 90_000, "{report}");
	assert_eq!((report.refused, report.blocked, report.lost), (0, 0, 0), "{report}");
	assert_eq!(report.refusals[0].code, 1016);
	// A rate alone determines how many transactions there are, and all of them are offered.
	let conduct = Conduct { hangs_up_one_in: Some(100), ..quick() };
	let report = against(conduct, "--rate 500 --seconds 1 --retry-unanswered");
	assert_eq!((report.accepted, report.not_offered), (500, 0), "{report}");
	assert!(report.offered > 500, "{report}");
}

#[test]
fn watchers_are_told() {
	let report = against(quick(), "--transactions 400 --in-flight 40 --watch");
	assert_all_final(&report, 400);
	assert_eq!(report.watched.values().sum::<usize>(), 400, "{report}");
}

#[test]
fn what_is_forgotten_is_lost_and_named() {
	let conduct = Conduct { forgets_one_in: Some(100), ..quick() };
	let report = against(conduct, "--transactions 1000 --in-flight 64 --settle 2");
	assert_eq!((report.accepted, report.lost, report.blocked, report.lost_in_pool), (1_000, 10, 0, 0), "{report}");
	assert_eq!(report.lost_examples.len(), 10);
	assert!(report.lost_examples.iter().all(|lost| lost.in_pool_of.is_empty() && lost.hash.len() == 66));
	assert!(!report.is_good());
}

#[test]
fn what_waits_in_a_pool_at_the_end_is_lost_and_told_apart() {
	let conduct = Conduct { per_block: 1, block_period: Duration::from_secs(1), ..Default::default() };
	let report = against(conduct, "--transactions 100 --in-flight 64 --settle 1");
	assert!(report.lost > 90 && report.lost == report.lost_in_pool, "{report}");
}

#[test]
fn what_stands_in_two_blocks_is_found() {
	let conduct = Conduct { repeats_one_in: Some(2), ..quick() };
	let report = against(conduct, "--transactions 200 --in-flight 64");
	assert!(report.duplicates > 0 && !report.is_good(), "{report}");
	assert_eq!(report.final_count, 200);
}

#[test]
fn a_full_pool_refuses_and_the_refused_are_offered_again() {
	let conduct = Conduct { capacity: 20, per_block: 20, ..quick() };
	let report = against(conduct.clone(), "--transactions 400 --in-flight 64 --retry-full --retry-after 20");
	assert_all_final(&report, 400);
	assert_eq!(report.refusals.len(), 1, "{report}");
	assert_eq!(report.refusals[0].code, 1016);
	assert_eq!(report.offered, 400 + report.refusals[0].count);

	let report = against(conduct, "--transactions 400 --in-flight 64 --settle 3");
	assert!(report.refused > 0, "{report}");
	assert_eq!((report.offered, report.accepted + report.refused), (400, 400));
	// The sinks do not check nonces, so a gap stops no transaction.
	assert_eq!((report.final_count, report.lost), (report.accepted, 0));
}

#[test]
fn a_connection_that_ends_leaves_no_answer() {
	let conduct = Conduct { hangs_up_one_in: Some(100), ..quick() };
	let line = "--transactions 1000 --in-flight 16";
	let report = against(conduct.clone(), line);
	assert!(report.unanswered >= 5 && report.lost == 0, "{report}");
	assert_eq!(report.accepted + report.unanswered, 1_000);
	assert_eq!(report.final_although.refused, 0);
	assert!(report.final_although.unanswered >= 5, "{report}");
	assert!(report.generator.reconnections >= 5, "{report}");

	// Some of the transactions that are offered again were kept, and are in two blocks: the sinks do not compare.
	let report = against(conduct, &format!("{line} --retry-unanswered"));
	assert_eq!((report.accepted, report.unanswered, report.lost), (1_000, 0, 0), "{report}");
}

#[test]
fn a_report_reads_as_text_and_as_json() {
	let report = against(quick(), "--transactions 100 --in-flight 16");
	let text = report.to_string();
	assert!(text.contains("accepted      100\n  final       100\n  lost        0 "), "{text}");
	let json = serde_json::to_value(&report).expect("it is JSON");
	assert_eq!((&json["finalCount"], &json["lost"]), (&100.into(), &0.into()));
	assert!(json["answerLatency"]["p95"].is_number() && json["timeline"].is_array(), "{json}");
}

#[test]
fn options_that_make_no_sense_are_refused() {
	for (line, words) in [
		("--in-flight 8", "--transactions is missing"),
		("--transactions 0", "--transactions 0: at least 1"),
		("--transactions 1 --rate 0", "--rate 0: more than 0"),
		("--transactions 1 --accounts 0", "--accounts 0: at least 1"),
		("--transactions 1 --mortal 5", "--mortal 5: a power of two"),
		("--transactions 1 --connections 0", "--connections 0: 1 to 64"),
		("--transactions 20000000", "20000000 transactions: at most 10000000"),
	] {
		let error = run(&options(&format!("{line} --url ws://127.0.0.1:1"))).expect_err("it is refused").to_string();
		assert!(error.starts_with(words), "{line}: {error}");
	}
}

#[test]
fn a_self_test_is_fast_and_loses_nothing() {
	let report = run(&options("--self-test --transactions 20000 --in-flight 512")).expect("it runs");
	assert_all_final(&report, 20_000);
	// The bound is far below what is reached, so that a busy machine does not matter, and above what any network of
	// nodes takes.
	assert!(report.generator.submissions_per_second > 5_000.0, "{report}");
}
