//! The jobs that run beside the engine's task. Each job ends in a [`Done`], which the engine turns into an input.

use super::{
	bodies::Bodies,
	catch_up::{blocking, CaughtUp},
	peers::Ask,
	transactions::Transactions,
};
use crate::{
	chain::{BuildLimits, BuiltBlock, Chain, ChainError, Head, Home, InvalidBlock, ValidBlock},
	compact::{Assembly, CompactBlock, CompactError, MAX_MISSING},
	wal::COMMITS_PER_SEGMENT,
};
use codec::{Decode, Encode};
use sc_network::PeerId;
use std::{
	sync::Arc,
	time::{Duration, Instant},
};
use syndic_primitives::{
	block::Block, BlockHash, Equivocation, Height, Parameters, ProposalForm, Rules, ValidatorId, VerifiedCertificate,
	View,
};
use tokio::sync::mpsc;

/// Pause before a request is repeated: the first, and the longest. Each pause is twice as long as the one before.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// How long to wait for the transactions that were requested from the proposer, before also requesting the whole block.
const FOR_TRANSACTIONS: Duration = Duration::from_millis(750);

/// The result of a job.
pub(super) enum Done {
	/// A block was built, or there was nothing to build.
	Built {
		height: Height,
		view: View,
		result: Result<Option<BuiltBlock>, ChainError>,
		/// The block in the compact form, if it is to be proposed so.
		compact: Option<Arc<Vec<u8>>>,
		took: Duration,
	},
	/// A compact proposal has been put together, or could not be.
	Assembled(Assembled),
	/// A block was validated.
	Judged(Judged),
	/// A committed block is final, or a conflict was found.
	Committed(Result<(), ChainError>),
	/// The chain was read after a block became final.
	Advanced(Result<Box<Advance>, ChainError>),
	/// An attempt to catch up has ended.
	CaughtUp(CaughtUp),
	/// The highest block that other nodes claim.
	Tip(Option<Height>),
	/// The registered nodes of validators.
	Homes(Vec<Home>),
	/// Evidence against a validator was submitted, or could not be.
	Reported(ValidatorId, Result<(), ChainError>),
}

/// The verdict on a block.
pub(super) struct Judged {
	pub(super) block: Head,
	pub(super) parent: BlockHash,
	/// For a valid block, its body, its header and its timestamp.
	pub(super) verdict: Result<(Arc<Vec<u8>>, ValidBlock), InvalidBlock>,
	pub(super) took: Duration,
}

/// The outcome of putting together the block of a compact proposal.
pub(super) struct Assembled {
	pub(super) from: PeerId,
	/// How many of its transactions this node had, and how many it lacked.
	pub(super) here: usize,
	pub(super) missing: usize,
	pub(super) outcome: Outcome,
}

/// How putting together a block has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
	/// This node had all transactions.
	Here,
	/// The proposer sent the missing transactions.
	Sent,
	/// The block could not be put together, and is fetched whole.
	Missing,
	/// The proposer's bytes are no compact block.
	Malformed(CompactError),
}

/// What the engine must know of the last final block.
pub(super) struct Advance {
	pub(super) head: Head,
	pub(super) certificate: Option<VerifiedCertificate>,
	/// Certificates of the heights between the final block that was known before and this one, at most
	/// [`MOST_BETWEEN`].
	pub(super) between: Vec<VerifiedCertificate>,
	pub(super) rules: Rules,
	pub(super) scheduled: Vec<ValidatorId>,
	/// The committee of the next era.
	pub(super) coming: Vec<ValidatorId>,
	pub(super) timestamp: Option<u64>,
}

/// What the jobs share.
#[derive(Clone)]
pub(super) struct Context {
	pub(super) chain: Arc<dyn Chain>,
	pub(super) ask: Arc<dyn Ask>,
	pub(super) bodies: Arc<Bodies>,
	pub(super) transactions: Arc<dyn Transactions>,
	pub(super) genesis: BlockHash,
	/// Proposals that cannot be validated yet, because their body is missing.
	pub(super) missing: mpsc::Sender<Head>,
}

/// A proposal to validate.
pub(super) struct Case {
	pub(super) parent: Head,
	pub(super) block: Head,
	pub(super) reproposed: bool,
	pub(super) parameters: Parameters,
	pub(super) holders: Vec<ValidatorId>,
}

/// Maximum number of certificates that go to the log for heights that sync brought in a row: as many as the log keeps.
const MOST_BETWEEN: u32 = COMMITS_PER_SEGMENT as u32;

/// Reads what the engine must know of the last final block. `known` is the height of the final block that was known
/// before, if any.
pub(super) fn read_head(chain: &dyn Chain, known: Option<Height>) -> Result<Advance, ChainError> {
	let head = chain.finalised();
	let mut between = Vec::new();
	if let Some(known) = known {
		let first = head.height.0.saturating_sub(MOST_BETWEEN).max(known.0.saturating_add(1));
		for height in first..head.height.0 {
			between.extend(chain.certificate(Height(height))?);
		}
	}
	Ok(Advance {
		head,
		certificate: chain.certificate(head.height)?,
		between,
		rules: chain.rules_after(head.hash)?,
		scheduled: chain.scheduled_members(head.hash)?,
		coming: chain.next_committee(head.hash),
		timestamp: chain.timestamp(head.hash)?,
	})
}

impl Context {
	pub(super) async fn advance(self, known: Height) -> Done {
		Done::Advanced(blocking(&self.chain, move |chain| read_head(chain, Some(known)).map(Box::new)).await)
	}

	pub(super) async fn build(self, parent: Head, view: View, limits: BuildLimits) -> Done {
		let started = Instant::now();
		let height = parent.height.next();
		let wanted = limits.parameters.proposal_form == ProposalForm::Compact;
		let result = blocking(&self.chain, move |chain| chain.build(parent, &limits)).await;
		let took = started.elapsed();
		let compact = match &result {
			Ok(Some(built)) if wanted => {
				let bytes = built.bytes.clone();
				blocking(&self.chain, move |_| Ok(compact_form(&bytes))).await.ok().flatten()
			}
			_ => None,
		};
		Done::Built { height, view, result, compact, took }
	}

	/// Puts together a block from the transaction hashes of a compact proposal, after [`Bodies::begin`].
	pub(super) async fn assemble(self, from: PeerId, block: Head, bytes: Arc<Vec<u8>>) -> Done {
		let mut assembled = Assembled { from, here: 0, missing: 0, outcome: Outcome::Missing };
		let whole = self.whole(block, bytes, &mut assembled).await;
		match whole {
			Some(bytes) => self.bodies.complete(block, Arc::new(bytes)),
			None => self.bodies.give_up(&block.hash),
		}
		Done::Assembled(assembled)
	}

	async fn whole(&self, block: Head, bytes: Arc<Vec<u8>>, assembled: &mut Assembled) -> Option<Vec<u8>> {
		let transactions = self.transactions.clone();
		let begun = blocking(&self.chain, move |_| {
			let compact = CompactBlock::from_bytes(&bytes);
			Ok(compact.map(|compact| Assembly::new(compact, |hash| transactions.find(hash))))
		});
		let mut assembly = match begun.await.ok()? {
			Ok(assembly) => assembly,
			Err(error) => {
				assembled.outcome = Outcome::Malformed(error);
				return None;
			}
		};
		let positions = assembly.missing();
		assembled.missing = positions.len();
		assembled.here = assembly.transactions() - positions.len();
		if positions.is_empty() {
			let whole = blocking(&self.chain, move |_| Ok(assembly.finish())).await.ok().flatten();
			assembled.outcome = if whole.is_some() { Outcome::Here } else { Outcome::Missing };
			return whole;
		}
		if positions.len() > MAX_MISSING {
			return None;
		}
		self.bodies.asking(&block.hash);
		let answer = self.ask.transactions(assembled.from, block, positions).await?;
		let whole = blocking(&self.chain, move |_| {
			let right = assembly.complete(&answer);
			Ok(right.then(|| assembly.finish()).flatten())
		});
		let whole = whole.await.ok().flatten();
		match whole {
			Some(_) => assembled.outcome = Outcome::Sent,
			None => self.wrong(Some(assembled.from)),
		}
		whole
	}

	pub(super) async fn catch_up(self) -> Done {
		Done::CaughtUp(super::catch_up::run(self.chain, self.ask, self.genesis).await)
	}

	pub(super) async fn tip(self, validators: Vec<ValidatorId>, as_many: usize) -> Done {
		Done::Tip(self.ask.furthest(&validators, as_many).await)
	}

	pub(super) async fn homes(self, at: BlockHash, validators: Vec<ValidatorId>) -> Done {
		let found = blocking(&self.chain, move |chain| Ok(chain.homes(at, &validators))).await;
		Done::Homes(found.unwrap_or_default())
	}

	pub(super) async fn report(self, offender: ValidatorId, evidence: Equivocation) -> Done {
		Done::Reported(offender, blocking(&self.chain, move |chain| chain.report(&evidence)).await)
	}

	/// Validates a block as soon as its body is available. The job ends without a verdict only when the engine aborts
	/// it.
	pub(super) async fn judge(self, case: Case) -> Done {
		let mut pause = PAUSE.0;
		let block = case.block;
		loop {
			let (from, bytes) = self.body(block, &case.holders, true).await;
			let started = Instant::now();
			let body = bytes.clone();
			let Case { parent, reproposed, .. } = case;
			let parameters = case.parameters.clone();
			let validate = move |chain: &dyn Chain| chain.validate(parent, block.hash, &body, reproposed, &parameters);
			let verdict = match blocking(&self.chain, validate).await {
				Ok(valid) => Ok((bytes, valid)),
				Err(ChainError::Invalid(error)) if error.is_corrupt_body() => {
					log::debug!(target: crate::LOG, "Body of block {block} is not its own: {error}");
					self.bodies.drop_corrupt(block);
					self.wrong(from);
					wait(&mut pause).await;
					continue;
				}
				Err(ChainError::Invalid(error)) => Err(error),
				Err(error) => {
					// The failure is not the block's, so it gives no verdict.
					log::warn!(target: crate::LOG, "Block {block} cannot be judged, trying again: {error}");
					// The engine is told that the body is missing, so that the progress timer runs. If the queue is
					// full, the next attempt tells it.
					let _ = self.missing.try_send(block);
					wait(&mut pause).await;
					continue;
				}
			};
			return Done::Judged(Judged { block, parent: parent.hash, verdict, took: started.elapsed() });
		}
	}

	/// Finalises a committed block, with the body from any source. Ends also if the block has become final otherwise.
	pub(super) async fn commit(self, certificate: VerifiedCertificate, holders: Vec<ValidatorId>) -> Done {
		let block = Head { height: certificate.height(), hash: certificate.block_hash() };
		let mut pause = PAUSE.0;
		loop {
			let certificate = certificate.clone();
			let finalised = self.chain.finalised().height >= block.height || self.chain.holds(block.hash);
			let mut sender = None;
			let result = if finalised {
				blocking(&self.chain, move |chain| chain.finalise(&certificate)).await
			} else {
				let (from, bytes) = self.body_or_finality(block, &holders).await;
				sender = from;
				blocking(&self.chain, move |chain| match bytes {
					Some(bytes) => chain.import_and_finalise(&bytes, &certificate),
					None => chain.finalise(&certificate),
				})
				.await
			};
			match result {
				Ok(()) => return Done::Committed(Ok(())),
				Err(error @ ChainError::Conflict { .. }) => return Done::Committed(Err(error)),
				Err(ChainError::Invalid(error)) if error.is_corrupt_body() => {
					self.bodies.drop_corrupt(block);
					self.wrong(sender);
				}
				Err(error) => {
					log::warn!(target: crate::LOG, "Block {block} is committed and cannot be final yet: {error}");
				}
			}
			wait(&mut pause).await;
		}
	}

	/// The body of a block, requested until a node sends it. `tell`: whether to tell the engine that the body is
	/// missing.
	async fn body(&self, block: Head, holders: &[ValidatorId], tell: bool) -> (Option<PeerId>, Arc<Vec<u8>>) {
		let (mut pause, mut told) = (PAUSE.0, !tell);
		let mut patience = FOR_TRANSACTIONS;
		loop {
			// Registered before looking, so that no arrival in between is missed.
			let arrival = self.bodies.arrival();
			let coming = self.bodies.coming(&block.hash);
			if let Some(bytes) = self.bodies.need(&block.hash) {
				return (None, bytes);
			}
			if let Some(bytes) = self.stored(block).await {
				return (None, bytes);
			}
			if coming == Some(false) {
				// The block is being put together from transactions that this node has, which takes negligible time.
				arrival.await;
				continue;
			}
			if !std::mem::replace(&mut told, true) {
				// If the queue is full, the engine has been told of other blocks; this block is tried again in the next
				// round.
				told = self.missing.try_send(block).is_ok();
			}
			if coming.is_some() && !patience.is_zero() {
				let began = Instant::now();
				let _ = tokio::time::timeout(patience, arrival).await;
				patience = patience.saturating_sub(began.elapsed());
				continue;
			}
			tokio::select! {
				fetched = self.ask.block(holders, block) => match fetched {
					Some((from, bytes)) => return (from, Arc::new(bytes)),
					None => wait(&mut pause).await,
				},
				() = arrival => (),
			}
		}
	}

	/// As [`Self::body`], but without a body if the height has become final meanwhile.
	async fn body_or_finality(&self, block: Head, holders: &[ValidatorId]) -> (Option<PeerId>, Option<Arc<Vec<u8>>>) {
		let finality = async {
			while self.chain.finalised().height < block.height {
				tokio::time::sleep(PAUSE.0).await;
			}
		};
		tokio::select! {
			(from, bytes) = self.body(block, holders, false) => (from, Some(bytes)),
			() = finality => (None, None),
		}
	}

	fn wrong(&self, from: Option<PeerId>) {
		if let Some(peer) = from {
			self.ask.wrong(peer)
		}
	}

	async fn stored(&self, block: Head) -> Option<Arc<Vec<u8>>> {
		blocking(&self.chain, move |chain| Ok(chain.body(block.hash))).await.ok().flatten()
	}
}

/// The encoded compact form of a block that was built here. `None` if [`CompactBlock::of`] has none.
fn compact_form(bytes: &[u8]) -> Option<Arc<Vec<u8>>> {
	let block = Block::decode(&mut &bytes[..]).ok()?;
	CompactBlock::of(&block).map(|compact| Arc::new(compact.encode()))
}

/// Waits for `pause`, then doubles it up to the longest pause.
async fn wait(pause: &mut Duration) {
	tokio::time::sleep(*pause).await;
	*pause = (*pause * 2).min(PAUSE.1);
}
