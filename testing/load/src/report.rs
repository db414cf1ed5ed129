//! The report of a run.

mod text;

use crate::{
	driver::Pacing,
	ledger::{Answer, Fate, Ledger, Told},
	options::{Pace, RunOptions},
	run::Used,
	sign::Transactions,
	stats::{Micros, Summary},
};
use serde::Serialize;
use std::{
	collections::{BTreeMap, HashMap},
	time::Duration,
};

/// Maximum number of lost transactions that are listed.
const EXAMPLES: usize = 20;
/// An answer that takes longer than this is late, in µs.
const LATE: Micros = 1_000_000;
/// Share of a run's time at each end that is not counted as steady state, in percent.
const MARGIN: u64 = 10;

/// All measurements of a run.
pub struct Measured<'a> {
	/// The options of the run.
	pub options: &'a RunOptions,
	/// The nodes.
	pub urls: &'a [String],
	/// The transactions.
	pub transactions: &'a Transactions,
	/// The senders' addresses.
	pub accounts: Vec<String>,
	/// The records of each transaction.
	pub ledger: &'a Ledger,
	/// The fate of each transaction.
	pub fates: Vec<Fate>,
	/// Figures of the offering.
	pub pacing: &'a Pacing,
	/// For each transaction in a pool, the nodes that have it. Asked only if transactions were lost.
	pub pools: HashMap<[u8; 32], Vec<usize>>,
	/// How long signing took.
	pub signing: Duration,
	/// Processor time while transactions were offered.
	pub used: Option<Used>,
	/// When the offering began, since 1970.
	pub unix_start: Duration,
}

/// The report.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
	/// How the load was made.
	pub load: Load,
	/// Transactions that were signed.
	pub transactions: usize,
	/// Submissions, repeated ones included.
	pub offered: usize,
	/// Transactions that a node accepted.
	pub accepted: usize,
	/// Transactions whose last answer was a refusal.
	pub refused: usize,
	/// Answers that were refusals, by reason.
	pub refusals: Vec<Refused>,
	/// Transactions without an answer.
	pub unanswered: usize,
	/// Transactions that were never offered.
	pub not_offered: usize,
	/// Accepted, and final.
	pub final_count: usize,
	/// Accepted, and neither final nor blocked, and the watcher was not told a reason.
	pub lost: usize,
	/// Lost transactions that were in some node's pool at the end.
	pub lost_in_pool: usize,
	/// Accepted, and waiting behind a nonce of the same sender that was refused, not answered, not offered or told.
	pub blocked: usize,
	/// Accepted, and their watchers were told that they have left the pool.
	pub told: BTreeMap<Told, usize>,
	/// With watches: the last statuses that watchers were told.
	pub watched: BTreeMap<Told, usize>,
	/// Final although they were not accepted.
	pub final_although: FinalAlthough,
	/// How many times a transaction was in one more block.
	pub duplicates: usize,
	/// Some of the lost transactions.
	pub lost_examples: Vec<LostExample>,
	/// Final transactions a second in steady state: without the first and the last tenth of the time. Equal to
	/// `tps_overall` if a run has not two blocks in between.
	pub tps: f64,
	/// Final transactions a second, from the first offer to the last finality.
	pub tps_overall: f64,
	/// In ms, from submission to the answer.
	pub answer_latency: Summary,
	/// In ms, from the accepted submission to finality.
	pub finality_latency: Summary,
	/// Answers that took longer than a second.
	pub late_answers: usize,
	/// The blocks from the first to the last with a transaction of this run.
	pub blocks: Blocks,
	/// The generator's own figures.
	pub generator: Generator,
	/// Second by second, from the first offer on.
	pub timeline: Vec<Second>,
}

/// How the load was made.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Load {
	/// How many nodes.
	pub nodes: usize,
	/// How many senders.
	pub accounts: u32,
	/// The rate, if one was given.
	pub rate: Option<f64>,
	/// How many transactions in flight, if no rate was given.
	pub in_flight: Option<usize>,
	/// The order of nonces.
	pub order: String,
	/// How transactions were spread.
	pub spread: String,
	/// Whether the transactions were watched.
	pub watch: bool,
	/// Whether the nodes were simulated.
	pub self_test: bool,
	/// When the offering began, in ms since 1970.
	pub unix_start_ms: u64,
	/// How long the offering took, in seconds.
	pub seconds: f64,
}

/// Refusals of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct Refused {
	/// JSON-RPC's code.
	pub code: i64,
	/// The message.
	pub message: String,
	/// How many there were.
	pub count: usize,
}

/// Final transactions that were not accepted.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FinalAlthough {
	/// A node refused it, and every offer was answered: the sender believes that it failed.
	pub refused: usize,
	/// It was refused when it was offered again after an offer without an answer.
	pub refused_again: usize,
	/// There was no answer.
	pub unanswered: usize,
}

/// A transaction that was lost.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LostExample {
	/// Its hash.
	pub hash: String,
	/// Its sender.
	pub sender: String,
	/// Its nonce.
	pub nonce: u32,
	/// The node that accepted it.
	pub node: String,
	/// When it was offered, in seconds from the beginning.
	pub offered_at: f64,
	/// The last status that its watcher was told, if it was watched.
	pub told: Option<Told>,
	/// The nodes that had it in their pools at the end.
	pub in_pool_of: Vec<String>,
}

/// Figures of the blocks.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Blocks {
	/// The first height.
	pub first: u32,
	/// The last height.
	pub last: u32,
	/// Time from one timestamp to the next, in ms.
	pub time: Summary,
	/// Time from one finality to the next, as the generator saw them, in ms.
	pub finality: Summary,
	/// Transactions of this run in a block.
	pub transactions: Summary,
}

/// The generator's own figures, which show whether the generator was the limit.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Generator {
	/// Submissions a second.
	pub submissions_per_second: f64,
	/// Processor time during the offering, in seconds.
	pub cpu_seconds: Option<f64>,
	/// Processor time during the offering, as a share of one processor.
	pub cpu_share: Option<f64>,
	/// Processor time for each submission, in µs.
	pub cpu_micros_per_submission: Option<f64>,
	/// Processor time of the simulated nodes, in seconds.
	pub sink_cpu_seconds: Option<f64>,
	/// Open loop: how late offers were, in ms.
	pub lag: Summary,
	/// Open loop: offers that were due while no sender had anything to offer.
	pub held_back: usize,
	/// How long signing before the run took, in seconds.
	pub signing_seconds: f64,
	/// How many connections had to be made again.
	pub reconnections: usize,
	/// Offers to another node than the sender's own, because that was not connected.
	pub elsewhere: usize,
}

/// One second of a run.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Second {
	/// Its number, from 0.
	pub second: usize,
	/// Answered submissions that were made in it.
	pub answered: usize,
	/// Those of these submissions that were accepted.
	pub accepted: usize,
	/// Transactions that became final in it.
	pub final_count: usize,
	/// Time to the answer of the submissions made in it, in ms.
	pub answer_latency: Summary,
	/// Time to finality of the submissions made in it, in ms.
	pub finality_latency: Summary,
}

impl Report {
	/// Makes the report of what was measured.
	pub fn of(measured: &Measured) -> Self {
		let Measured { ledger, fates, pacing, options, .. } = measured;
		let count = |wanted: &dyn Fn(&Fate) -> bool| fates.iter().filter(|fate| wanted(fate)).count();
		let answers = |wanted: &dyn Fn(&Answer) -> bool| ledger.entries().iter().filter(|e| wanted(&e.answer)).count();
		let mut told = BTreeMap::new();
		for fate in fates {
			if let Fate::Told(word) = fate {
				*told.entry(*word).or_default() += 1;
			}
		}
		let mut watched = BTreeMap::new();
		for word in ledger.entries().iter().filter_map(|entry| entry.told) {
			*watched.entry(word).or_default() += 1;
		}
		let lost = lost(measured);
		let seconds = (pacing.ended - pacing.began) as f64 / 1e6;
		let submissions = ledger.submissions();
		let (rate, in_flight) = match options.pace() {
			Pace::Rate(rate) => (Some(rate), None),
			Pace::InFlight(count) => (None, Some(count)),
		};
		Self {
			load: Load {
				nodes: measured.urls.len(),
				accounts: options.accounts,
				rate,
				in_flight,
				order: format!("{:?}", options.order),
				spread: format!("{:?}", options.spread),
				watch: options.watch,
				self_test: options.self_test,
				unix_start_ms: measured.unix_start.as_millis() as u64,
				seconds,
			},
			transactions: fates.len(),
			offered: ledger.offers(),
			accepted: answers(&|answer| *answer == Answer::Accepted),
			refused: answers(&|answer| matches!(answer, Answer::Refused(_))),
			refusals: refusals(ledger),
			unanswered: answers(&|answer| matches!(answer, Answer::Unanswered | Answer::Pending)),
			not_offered: answers(&|answer| *answer == Answer::NotOffered),
			final_count: count(&|fate| *fate == Fate::Final),
			lost: lost.len(),
			lost_in_pool: lost.iter().filter(|index| measured.is_in_pool(**index)).count(),
			blocked: count(&|fate| *fate == Fate::Blocked),
			told,
			watched,
			final_although: final_although(measured),
			duplicates: ledger.duplicates(),
			lost_examples: lost.iter().take(EXAMPLES).map(|index| measured.example(*index)).collect(),
			tps: steady(ledger).unwrap_or_else(|| overall(ledger, pacing.began)),
			tps_overall: overall(ledger, pacing.began),
			answer_latency: Summary::of_micros(submissions.iter().map(|submission| submission.took).collect()),
			finality_latency: Summary::of_micros(finality(measured).map(|(_, took)| took).collect()),
			late_answers: submissions.iter().filter(|submission| submission.took > LATE).count(),
			blocks: blocks(ledger),
			generator: generator(measured, seconds),
			timeline: timeline(measured),
		}
	}

	/// Whether no accepted transaction was lost and none is in two blocks.
	pub fn is_good(&self) -> bool {
		self.lost == 0 && self.duplicates == 0
	}
}

fn lost(measured: &Measured) -> Vec<usize> {
	let fates = measured.fates.iter().enumerate();
	fates.filter(|(_, fate)| **fate == Fate::Lost).map(|(index, _)| index).collect()
}

impl Measured<'_> {
	fn is_in_pool(&self, index: usize) -> bool {
		self.pools.contains_key(&self.transactions.all[index].hash)
	}

	fn example(&self, index: usize) -> LostExample {
		let signed = &self.transactions.all[index];
		let entry = &self.ledger.entries()[index];
		let url = |node: usize| self.urls.get(node).cloned().unwrap_or_default();
		let pools = self.pools.get(&signed.hash).cloned().unwrap_or_default();
		LostExample {
			hash: format!("0x{}", hex::encode(signed.hash)),
			sender: self.accounts.get(signed.sender as usize).cloned().unwrap_or_default(),
			nonce: signed.nonce,
			node: url(usize::from(entry.node)),
			offered_at: entry.offered_at.saturating_sub(self.pacing.began) as f64 / 1e6,
			told: entry.told,
			in_pool_of: pools.into_iter().map(url).collect(),
		}
	}
}

fn refusals(ledger: &Ledger) -> Vec<Refused> {
	let reasons = ledger.reasons().iter().filter(|(_, count)| *count > 0);
	reasons.map(|(why, count)| Refused { code: why.code, message: why.message.clone(), count: *count }).collect()
}

fn final_although(measured: &Measured) -> FinalAlthough {
	let mut although = FinalAlthough::default();
	for (fate, entry) in measured.fates.iter().zip(measured.ledger.entries()) {
		match fate {
			Fate::FinalThoughRefused if entry.was_unanswered => although.refused_again += 1,
			Fate::FinalThoughRefused => although.refused += 1,
			Fate::FinalThoughUnanswered => although.unanswered += 1,
			_ => {}
		}
	}
	although
}

/// For each final transaction: when it was submitted, and how long it took.
fn finality<'a>(measured: &'a Measured) -> impl Iterator<Item = (Micros, Micros)> + 'a {
	let entries = measured.ledger.entries().iter();
	entries.filter_map(|entry| Some((entry.offered_at, entry.final_at?.saturating_sub(entry.offered_at))))
}

/// Final transactions a second, from the first block after the first tenth to the last block before the last tenth. The
/// transactions of the first of these blocks do not count, because they were made before. `None` if a run is too short
/// for two such blocks.
fn steady(ledger: &Ledger) -> Option<f64> {
	let ours: Vec<_> = ledger.blocks().iter().filter(|block| block.ours > 0).collect();
	let (first, last) = (ours.first()?, ours.last()?);
	let margin = (last.seen_at - first.seen_at) * MARGIN / 100;
	let window = (first.seen_at + margin)..=(last.seen_at - margin);
	let inside: Vec<_> = ledger.blocks().iter().filter(|block| window.contains(&block.seen_at)).collect();
	let (from, after) = inside.split_first()?;
	let to = after.last()?;
	let count: u64 = after.iter().map(|block| u64::from(block.ours)).sum();
	Some(per_second(count as usize, to.seen_at - from.seen_at))
}

fn overall(ledger: &Ledger, began: Micros) -> f64 {
	let ours = ledger.blocks().iter().filter(|block| block.ours > 0);
	let (mut count, mut end) = (0, began);
	for block in ours {
		count += block.ours as usize;
		end = block.seen_at;
	}
	per_second(count, end.saturating_sub(began))
}

fn per_second(count: usize, time: Micros) -> f64 {
	if time == 0 {
		return 0.0;
	}
	count as f64 * 1e6 / time as f64
}

fn blocks(ledger: &Ledger) -> Blocks {
	let all = ledger.blocks();
	let has_ours = |block: &crate::ledger::BlockRow| block.ours > 0;
	let (Some(first), Some(last)) = (all.iter().position(has_ours), all.iter().rposition(has_ours)) else {
		return Blocks::default();
	};
	let between = &all[first..=last];
	let steps = || between.windows(2);
	let times = steps().filter_map(|pair| Some(pair[1].timestamp?.saturating_sub(pair[0].timestamp?) * 1_000));
	Blocks {
		first: between[0].height,
		last: between[between.len() - 1].height,
		time: Summary::of_micros(times.collect()),
		finality: Summary::of_micros(steps().map(|pair| pair[1].seen_at.saturating_sub(pair[0].seen_at)).collect()),
		transactions: Summary::of_counts(between.iter().map(|block| u64::from(block.ours)).collect()),
	}
}

fn generator(measured: &Measured, seconds: f64) -> Generator {
	let Measured { ledger, pacing, options, used, .. } = measured;
	let offered = ledger.offers().max(1) as f64;
	let cpu = used.map(|used| used.generator.as_secs_f64());
	Generator {
		submissions_per_second: if seconds > 0.0 { ledger.offers() as f64 / seconds } else { 0.0 },
		cpu_seconds: cpu,
		cpu_share: cpu.filter(|_| seconds > 0.0).map(|cpu| cpu / seconds),
		cpu_micros_per_submission: cpu.map(|cpu| cpu * 1e6 / offered),
		sink_cpu_seconds: used.filter(|_| options.self_test).map(|used| used.sinks.as_secs_f64()),
		lag: Summary::of_micros(pacing.lags.clone()),
		held_back: pacing.held_back,
		signing_seconds: measured.signing.as_secs_f64(),
		reconnections: pacing.reconnections,
		elsewhere: pacing.elsewhere,
	}
}

fn timeline(measured: &Measured) -> Vec<Second> {
	let began = measured.pacing.began;
	let second = |at: Micros| (at.saturating_sub(began) / 1_000_000) as usize;
	let submissions = measured.ledger.submissions();
	let finals = measured.ledger.entries().iter().filter_map(|entry| entry.final_at);
	let last = submissions.iter().map(|submission| submission.at).chain(finals.clone()).map(second).max();
	let mut rows = vec![(Second::default(), Vec::new(), Vec::new()); last.map_or(0, |last| last + 1)];
	for submission in submissions {
		let (row, answers, _) = &mut rows[second(submission.at)];
		row.answered += 1;
		row.accepted += usize::from(submission.accepted);
		answers.push(submission.took);
	}
	finals.for_each(|at| rows[second(at)].0.final_count += 1);
	for (at, took) in finality(measured) {
		if let Some((_, _, times)) = rows.get_mut(second(at)) {
			times.push(took);
		}
	}
	let rows = rows.into_iter().enumerate().map(|(second, (row, answers, times))| Second {
		second,
		answer_latency: Summary::of_micros(answers),
		finality_latency: Summary::of_micros(times),
		..row
	});
	rows.collect()
}
