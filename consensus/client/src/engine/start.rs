//! Starts a validator: opens its log, brings the database up to date with the log, and creates the machine.

use super::{
	abstain::{Abstention, Gate, GatedKeys},
	admitted::Admitted,
	bodies::Bodies,
	core::{Connected, Engine, Node, Running},
	follow::Stall,
	jobs::read_head,
	pace::Pace,
	participation::Participation,
	report::{short, Reporter},
	timers::Timers,
	EngineError,
};
use crate::{
	chain::{Chain, ChainError, Head},
	network::{EventReceiver, NetworkCommand},
	wal::{Identity, Recovered, WriteAheadLog},
};
use codec::Decode;
use std::{
	collections::{BTreeMap, BTreeSet, HashMap},
	path::PathBuf,
	sync::Arc,
};
use syndic_pbft::{Config, Keys, Machine, Output, Record};
use syndic_primitives::{
	block::Header, BlockHash, Certificate, Height, Phase, ProposalForm, ValidatorId, VerifiedCertificate,
};
use tokio::{sync::mpsc, task::JoinSet};

/// Capacity of the queue of proposals whose body is missing.
const MISSING: usize = 32;

/// What a node needs in order to be a validator.
pub(super) struct Validator<K> {
	pub(super) key: ValidatorId,
	pub(super) keys: K,
	pub(super) log_dir: PathBuf,
	pub(super) accept_new_log: bool,
	pub(super) events: EventReceiver,
	pub(super) commands: mpsc::Sender<NetworkCommand>,
	pub(super) connected: Connected,
}

/// A validator's engine, with the outputs of the machine's start that must be carried out first.
pub(super) struct Ready<K> {
	engine: Engine<K>,
	outputs: Vec<Output>,
}

impl<K: Keys> Ready<K> {
	/// Runs until an error.
	pub(super) async fn run(self) -> Result<(), EngineError> {
		let Self { mut engine, outputs } = self;
		engine.admit().await?;
		engine.carry_out(outputs, None).await?;
		engine.say_role();
		engine.publish();
		engine.update_work().await?;
		engine.run().await
	}
}

/// Creates a validator's engine that continues where its log ends. Blocks.
pub(super) fn open<K: Keys>(node: Node, validator: Validator<K>) -> Result<Ready<K>, EngineError> {
	let Validator { key, keys, log_dir, accept_new_log, events, commands, connected } = validator;
	let (wal, recovered, abstention) = open_log(&node, &key, &log_dir, accept_new_log)?;
	replay(&*node.chain, &recovered)?;

	// Checked again, because the log may have advanced the chain.
	node.chain.check_orders()?;
	let known = Box::new(read_head(&*node.chain, None)?);
	refuse_decided(&*node.chain, &recovered, known.head)?;
	let bodies = Arc::new(Bodies::default());
	take_up_proposals(&*node.chain, &recovered, &known, &bodies);

	let gate = Gate::new(abstention.is_none());
	let abstention = abstention.map(|marker| Abstention::new(gate.clone(), marker));
	let (machine, outputs) = Machine::new(Config {
		genesis: node.genesis,
		keys: GatedKeys::new(keys, gate.clone()),
		committed: (known.head.height, known.head.hash, known.certificate.clone()),
		rules: known.rules.clone(),
		records: recovered.records,
	});
	node.transactions.expect(known.rules.parameters.proposal_form == ProposalForm::Compact);
	node.metrics.height(known.head.height);
	node.metrics.set_id(known.rules.set.id());
	let engine = Engine {
		key,
		machine,
		wal,
		events,
		commands,
		connected,
		gate,
		abstention,
		bodies,
		timers: Timers::default(),
		pace: Pace::new(known.head.height, known.timestamp, &known.rules),
		report: Reporter::new(),
		stall: Stall::new(known.head),
		known,
		jobs: JoinSet::new(),
		running: Running::default(),
		missing: mpsc::channel(MISSING),
		behind: None,
		proposed_at: BTreeMap::new(),
		times: HashMap::new(),
		compact: Vec::new(),
		sent_bodies: Vec::new(),
		sent_to: BTreeSet::new(),
		work: false,
		accused: BTreeMap::new(),
		admitted: Admitted::default(),
		participation: Participation::from_chain(&*node.chain)?,
		stale_status: true,
		node,
	};
	Ok(Ready { engine, outputs })
}

/// Opens the log. Returns the path of the marker if the log is too young to vote with.
fn open_log(
	node: &Node,
	key: &ValidatorId,
	log_dir: &std::path::Path,
	accept_new_log: bool,
) -> Result<(WriteAheadLog, Recovered, Option<PathBuf>), EngineError> {
	let marker = Abstention::marker_of(log_dir);
	let marked_before = marker.exists();
	if !marked_before && has_no_log(log_dir) {
		// Marked before the log is created: a crash between the two must not leave a log that looks old.
		Abstention::mark(&marker)?;
	}
	let identity = Identity { genesis: node.genesis, key: key.clone() };
	let opened = WriteAheadLog::open(log_dir, identity);
	let young = match &opened {
		Ok((_, recovered)) => !accept_new_log && (recovered.fresh || marked_before),
		// Whatever the error is, a log that was not completely created must not look old at the next start.
		Err(_) => true,
	};
	if !young {
		Abstention::unmark(&marker)?;
	}
	let (wal, recovered) = opened?;
	if recovered.cut_bytes > 0 {
		log::info!(
			target: crate::LOG,
			"The last {} bytes of the log were not written to their end and are cut off; nothing was sent that depends on them",
			recovered.cut_bytes,
		);
	}
	if young && node.chain.finalised().height > Height::ZERO {
		log::warn!(
			target: crate::LOG,
			"No log of key {} was found at {}, but the chain is at {}. This validator may have voted before, so it does not vote \
			 until the chain has passed every height at which it can have. If the chain stands still without it, and its log is \
			 lost for good, start it once with --pbft-new-log",
			short(key),
			log_dir.display(),
			node.chain.finalised(),
		);
	}
	Ok((wal, recovered, young.then_some(marker)))
}

/// Whether the directory is empty or holds only the lock file.
fn has_no_log(log_dir: &std::path::Path) -> bool {
	let Ok(entries) = std::fs::read_dir(log_dir) else { return true };
	entries.flatten().all(|entry| entry.file_name() == crate::wal::LOCK_FILE)
}

/// Finalises the blocks that the log holds and the database lacks. The database writes in the background, so after a
/// crash it may lack blocks that this validator has committed. Their bodies and certificates are in the log.
fn replay(chain: &dyn Chain, recovered: &Recovered) -> Result<(), EngineError> {
	let mut certificates: Vec<&Certificate> = recovered
		.records
		.iter()
		.filter_map(|record| match record {
			Record::Committed(certificate) => Some(certificate),
			_ => None,
		})
		.collect();
	certificates.sort_by_key(|c| c.height());
	certificates.dedup_by_key(|c| c.height());
	let bodies: HashMap<BlockHash, &Arc<Vec<u8>>> =
		recovered.blocks.iter().map(|(_, hash, bytes)| (*hash, bytes)).collect();
	let mut replayed = 0;
	for certificate in certificates {
		let finalised = chain.finalised();
		if certificate.height() <= finalised.height {
			continue;
		}
		let block = Head { height: certificate.height(), hash: certificate.block_hash() };
		// This validator verified the certificate before it logged it.
		let verified = VerifiedCertificate::from_verified_votes(certificate.clone());
		let result = match (chain.holds(block.hash), bodies.get(&block.hash)) {
			_ if block.height != finalised.height.next() => Err(ChainError::OutOfOrder { block, finalised }),
			(true, _) => chain.finalise(&verified),
			(false, Some(bytes)) => chain.import_and_finalise(bytes, &verified),
			(false, None) => Err(ChainError::Unknown(block)),
		};
		match result {
			Ok(()) => replayed += 1,
			Err(error @ ChainError::Conflict { .. }) => return Err(error.into()),
			Err(error) => {
				log::warn!(target: crate::LOG, "Block {block} was committed before and must come from others: {error}");
				break;
			}
		}
	}
	if replayed > 0 {
		log::info!(
			target: crate::LOG,
			"The database lacked {replayed} committed blocks, which the log had; final is {}",
			chain.finalised(),
		);
	}
	Ok(())
}

/// Checks the log where an order of the board replaces the set. Fails if the log proves that the replaced set has
/// decided the next height already. Logs a warning if this validator has sent a commit at that height, which may have
/// contributed to a decision that this node does not know.
pub(super) fn refuse_decided(chain: &dyn Chain, recovered: &Recovered, head: Head) -> Result<(), EngineError> {
	let Some(replaced) = chain.replaced_set(head.hash)? else { return Ok(()) };
	let next = head.height.next();
	for record in &recovered.records {
		match record {
			Record::Committed(certificate)
				if certificate.height() > head.height && certificate.set_id() == replaced.id() =>
			{
				let decided = Head { height: certificate.height(), hash: certificate.block_hash() };
				return Err(ChainError::GoneOn { height: head.height, decided, set_id: replaced.id() }.into());
			}
			Record::Voted { set_id, height, phase: Phase::Commit, block_hash, .. }
				if *height == next && *set_id == replaced.id() =>
			{
				log::warn!(
					target: crate::LOG,
					"In set {set_id} this validator has sent a commit for block {height} ({block_hash}). If a quorum has, \
					 one of those that are lost may have seen it final. That block will not be part of this chain",
				);
			}
			_ => (),
		}
	}
	Ok(())
}

/// Loads the logged bodies of blocks above the last final one, and validates these blocks again: this validator's votes
/// promise that it holds them.
fn take_up_proposals(chain: &dyn Chain, recovered: &Recovered, known: &super::jobs::Advance, bodies: &Bodies) {
	let mut blocks: Vec<_> = recovered.blocks.iter().filter(|(height, ..)| *height > known.head.height).collect();
	blocks.sort_by_key(|(height, ..)| *height);
	for (height, hash, bytes) in blocks {
		let block = Head { height: *height, hash: *hash };
		bodies.keep(block, bytes.clone());
		let Ok(header) = Header::decode(&mut &bytes[..]) else { continue };
		let parent = Head { height: Height(height.0 - 1), hash: header.parent_hash };
		if parent.height == known.head.height && parent != known.head {
			continue;
		}
		if let Err(error) = chain.validate(parent, *hash, bytes, true, &known.rules.parameters) {
			log::warn!(target: crate::LOG, "Block {block} of the log is not taken up: {error}");
		}
	}
}
