//! The threads that ask the runtime whether transactions are valid.

use crate::{
	chain::{Chain, ChainError},
	metrics::Metrics,
	queue::{NotJudged, Queue, Waiting},
};
use sp_runtime::{transaction_validity::TransactionSource, OpaqueExtrinsic};
use std::{
	panic::{catch_unwind, AssertUnwindSafe},
	sync::Arc,
};
use syndic_primitives::{api::Verdict, BlockHash};

/// Starts a judge. The thread ends when the queue is closed.
pub(super) fn spawn<C: Chain>(queue: Arc<Queue>, chain: Arc<C>, metrics: Metrics) {
	let work = move || {
		while let Some(company) = queue.take() {
			answer(&*chain, company, &metrics);
		}
	};
	if let Err(error) = std::thread::Builder::new().name("pool-judge".into()).spawn(work) {
		log::error!(target: crate::LOG, "A thread of the pool cannot be started: {error}");
	}
}

fn answer<C: Chain>(chain: &C, company: Vec<Waiting>, metrics: &Metrics) {
	let Some(source) = company.first().map(|first| first.source) else { return };
	let at = chain.finalised();
	let transactions: Vec<_> = company.iter().map(|waiting| waiting.transaction.clone()).collect();
	let verdicts = ask(chain, at.hash, source, true, &transactions, metrics);
	for (waiting, verdict) in company.into_iter().zip(verdicts) {
		waiting.answer(verdict.map(|verdict| (verdict, at.height)).map_err(NotJudged::from));
	}
}

/// Asks the chain. Returns one answer for each transaction, even if the call fails.
pub(super) fn ask<C: Chain>(
	chain: &C,
	at: BlockHash,
	source: TransactionSource,
	now: bool,
	transactions: &[Arc<OpaqueExtrinsic>],
	metrics: &Metrics,
) -> Vec<Result<Verdict, ChainError>> {
	metrics.judged(transactions.len());
	// A host function that panics must not end the thread: no submission would be answered after that.
	let asked = catch_unwind(AssertUnwindSafe(|| chain.judge(at, source, now, transactions)));
	let mut verdicts = asked.unwrap_or_default();
	let failed = || Err(ChainError::of("judging a transaction")(&"the runtime panicked"));
	verdicts.resize_with(transactions.len(), failed);
	verdicts
}
