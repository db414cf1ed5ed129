//! The engine's task: its state and its loop.

use super::{
	abstain::{Abstention, Gate, GatedKeys},
	admitted::Admitted,
	bodies::Bodies,
	follow::Stall,
	jobs::{Advance, Context, Done},
	pace::Pace,
	participation::Participation,
	peers::Ask,
	report::Reporter,
	timers::Timers,
	transactions::Transactions,
	EngineError, Pending, Signal,
};
use crate::{
	chain::{Chain, Head},
	metrics::Metrics,
	network::{EventReceiver, NetworkCommand},
	status::{Role, Snapshot, StatusHandle},
	wal::WriteAheadLog,
};
use std::{
	collections::{BTreeMap, BTreeSet, HashMap},
	sync::Arc,
	time::Duration,
};
use syndic_pbft::{Input, Keys, Machine};
use syndic_primitives::{BlockHash, Height, ValidatorId, MAX_PIPELINE_DEPTH};
use tokio::{
	sync::mpsc,
	task::{AbortHandle, JoinSet},
	time::{Instant, MissedTickBehavior},
};

/// How often the engine checks for changes that no event tells it of.
const TICK: Duration = Duration::from_millis(100);

/// Maximum number of abandoned blocks in the database, besides a full window. The state database takes 32 blocks at one
/// height.
const MAX_ABANDONED: usize = 12;

/// The parts of the engine that every node has.
pub(super) struct Node {
	pub(super) genesis: BlockHash,
	pub(super) chain: Arc<dyn Chain>,
	pub(super) peers: Arc<dyn Ask>,
	pub(super) pool: Arc<dyn Pending>,
	pub(super) transactions: Arc<dyn Transactions>,
	pub(super) metrics: Metrics,
	pub(super) status: StatusHandle,
	pub(super) signals: mpsc::Receiver<Signal>,
}

/// Returns the validators that are connected, as the network knows them.
pub(super) type Connected = Arc<dyn Fn() -> Vec<ValidatorId> + Send + Sync>;

/// A validator's engine.
pub(super) struct Engine<K> {
	pub(super) node: Node,
	pub(super) key: ValidatorId,
	pub(super) machine: Machine<GatedKeys<K>>,
	pub(super) wal: WriteAheadLog,
	pub(super) events: EventReceiver,
	pub(super) commands: mpsc::Sender<NetworkCommand>,
	pub(super) connected: Connected,
	pub(super) gate: Gate,
	/// Set while the gate is closed.
	pub(super) abstention: Option<Abstention>,
	pub(super) bodies: Arc<Bodies>,
	pub(super) timers: Timers,
	pub(super) pace: Pace,
	pub(super) report: Reporter,
	pub(super) stall: Stall,
	/// The last final block that the machine knows, and what was read from its state.
	pub(super) known: Box<Advance>,
	pub(super) jobs: JoinSet<Done>,
	pub(super) running: Running,
	/// From the jobs: proposals whose body this node lacks.
	pub(super) missing: (mpsc::Sender<Head>, mpsc::Receiver<Head>),
	/// The highest block beyond the next height that others have committed and this node has not.
	pub(super) behind: Option<Head>,
	/// When the proposals of the heights in progress were first seen.
	pub(super) proposed_at: BTreeMap<Height, Instant>,
	/// The timestamps of stored blocks that are not final, in ms.
	pub(super) times: HashMap<BlockHash, (Height, u64)>,
	/// The compact forms of blocks that were built here and are to be proposed in this form.
	pub(super) compact: Vec<(Head, Arc<Vec<u8>>)>,
	/// Proposals whose body has been broadcast. A repeated broadcast carries no body.
	pub(super) sent_bodies: Vec<(Height, BlockHash)>,
	/// Proposals whose body has been sent to one validator. The validator can have a proposal repeated at will, but not
	/// its body.
	pub(super) sent_to: BTreeSet<(Height, BlockHash, ValidatorId)>,
	pub(super) work: bool,
	/// The validators against which evidence was submitted, and the height at which it was.
	pub(super) accused: BTreeMap<ValidatorId, Height>,
	pub(super) admitted: Admitted,
	/// The commits of the last heights.
	pub(super) participation: Participation,
	/// Whether the status that RPC sees is older than the machine.
	pub(super) stale_status: bool,
}

/// The running jobs of which there should be one at a time.
#[derive(Default)]
pub(super) struct Running {
	pub(super) build: bool,
	pub(super) advance: bool,
	pub(super) catch_up: bool,
	pub(super) tip: bool,
	/// Blocks that are being validated or finalised, by hash.
	pub(super) blocks: HashMap<BlockHash, RunningBlock>,
}

/// A block that is being validated or finalised.
pub(super) struct RunningBlock {
	pub(super) height: Height,
	/// The parent with which the block is validated; `None` when the block is being finalised.
	pub(super) parent: Option<BlockHash>,
	pub(super) job: AbortHandle,
}

impl<K: Keys> Engine<K> {
	/// Runs until an error.
	pub(super) async fn run(mut self) -> Result<(), EngineError> {
		let mut tick = tokio::time::interval(TICK);
		tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
		loop {
			self.start_build();
			let alarm = self.next_alarm();
			tokio::select! {
				event = self.events.recv() => match event {
					Some(event) => self.on_event(event).await?,
					None => return Err(EngineError::NetworkEnded),
				},
				Some(done) = self.jobs.join_next() => match done {
					Ok(done) => self.on_done(done).await?,
					Err(error) if error.is_cancelled() => (),
					Err(error) => return Err(EngineError::Job(error.to_string())),
				},
				Some(block) = self.missing.1.recv() => {
					self.feed(Input::BodyMissing { height: block.height, block_hash: block.hash }, None).await?
				},
				signal = self.node.signals.recv() => match signal {
					Some(Signal::Finality) => self.look_for_finality(),
					Some(Signal::Transaction) => self.update_work().await?,
					None => return Err(EngineError::ClientEnded),
				},
				() = tokio::time::sleep_until(alarm) => self.on_alarm().await?,
				_ = tick.tick() => self.on_tick().await?,
			}
		}
	}

	/// When the next timer fires or the wanted block may be built, whichever is first.
	fn next_alarm(&self) -> Instant {
		let now = Instant::now();
		let far = now + Duration::from_secs(3600);
		let build = self.pace.due(now, super::now_ms()).filter(|_| self.may_build());
		[self.timers.next(), build].into_iter().flatten().min().unwrap_or(far)
	}

	async fn on_alarm(&mut self) -> Result<(), EngineError> {
		while let Some(timer) = self.timers.take_due(Instant::now()) {
			self.feed(Input::Timer(timer), None).await?;
		}
		Ok(())
	}

	async fn on_tick(&mut self) -> Result<(), EngineError> {
		self.look_for_finality();
		self.open_gate().await?;
		self.update_work().await?;
		self.look_for_missed();
		if let Some(abstention) = &self.abstention {
			let (set, connected) = (self.machine.set(), (self.connected)());
			if let Some(line) = self.report.abstaining(abstention.votes_from(), &connected, &self.key, set) {
				log::warn!(target: crate::LOG, "{line}");
			}
		} else if self.is_waiting() {
			if let Some(line) = self.report.stuck(&self.machine.status(), self.machine.set()) {
				log::warn!(target: crate::LOG, "{line}");
			}
		} else {
			self.report.progress();
		}
		if std::mem::take(&mut self.stale_status) {
			self.publish();
		}
		Ok(())
	}

	/// Whether this validator waits for a height to be decided.
	fn is_waiting(&self) -> bool {
		let status = self.machine.status();
		status.me.is_some() && (self.work || status.proposal.is_some() || status.changing_view)
	}

	/// Feeds the machine one input and carries out its outputs. `from` is the peer that is reported if the input was
	/// misbehaviour.
	pub(super) async fn feed(&mut self, input: Input, from: Option<sc_network::PeerId>) -> Result<(), EngineError> {
		let outputs = self.machine.handle(input);
		self.stale_status = true;
		self.carry_out(outputs, from).await
	}

	pub(super) fn context(&self) -> Context {
		Context {
			chain: self.node.chain.clone(),
			ask: self.node.peers.clone(),
			bodies: self.bodies.clone(),
			transactions: self.node.transactions.clone(),
			genesis: self.node.genesis,
			missing: self.missing.0.clone(),
		}
	}

	/// If the chain has advanced beyond what the machine knows, starts a job that reads what the machine must know of
	/// it.
	pub(super) fn look_for_finality(&mut self) {
		if self.running.advance || self.node.chain.finalised().height <= self.known.head.height {
			return;
		}
		self.running.advance = true;
		self.jobs.spawn(self.context().advance(self.known.head.height));
	}

	/// Starts a job that fetches blocks that others have committed and this node has not, if finality has stalled.
	fn look_for_missed(&mut self) {
		let finalised = self.node.chain.finalised();
		if self.behind.is_some_and(|behind| behind.height <= finalised.height) {
			self.behind = None;
		}
		let due = self.stall.is_due(finalised, self.behind.is_none() && self.node.chain.is_syncing());
		if due && !self.running.catch_up {
			self.running.catch_up = true;
			self.jobs.spawn(self.context().catch_up());
		}
	}

	/// Lets a validator with a new log vote once that is safe.
	async fn open_gate(&mut self) -> Result<(), EngineError> {
		let Some(abstention) = &mut self.abstention else { return Ok(()) };
		if abstention.wants_tip() {
			let set = self.machine.set();
			let mut connected = (self.connected)();
			if set.index_of(&self.key).is_some() {
				// Only members count: other validators may be connected too, and may lag behind.
				connected.retain(|id| set.index_of(id).is_some());
			}
			// A validator outside the set can wait until there is a peer to ask.
			let (enough, as_many) = match set.index_of(&self.key) {
				Some(_) => (connected.len() + 1 >= set.quorum(), set.quorum() - 1),
				None => (true, 1),
			};
			if enough && !self.running.tip {
				self.running.tip = true;
				let job = self.context().tip(connected, as_many);
				self.jobs.spawn(job);
			}
			return Ok(());
		}
		if abstention.try_open(self.machine.height())? {
			self.abstention = None;
			self.say_role();
			self.update_work().await?;
		}
		Ok(())
	}

	/// Tells the machine whether there is something to order.
	pub(super) async fn update_work(&mut self) -> Result<(), EngineError> {
		let there_is = self.pace.empty_is_due(super::now_ms()) || self.node.pool.ready() > 0;
		let work = there_is && self.gate.is_open();
		if work != self.work {
			self.work = work;
			self.feed(Input::Work(work), None).await?;
		}
		Ok(())
	}

	/// Whether a block that the machine wants may be built now. A node that knows it is behind builds none.
	pub(super) fn may_build(&self) -> bool {
		!self.running.build && self.behind.is_none() && self.work
	}

	pub(super) fn role(&self) -> Role {
		match self.machine.set().index_of(&self.key) {
			None => Role::Waiting,
			Some(at) if self.gate.is_open() => Role::Validator(at),
			Some(at) => Role::Abstaining(at),
		}
	}

	pub(super) fn say_role(&mut self) {
		let role = self.role();
		self.report.role(role, &self.key, self.machine.set());
	}

	pub(super) fn publish(&self) {
		self.node.status.set(Snapshot {
			role: self.role(),
			key: Some(self.key.clone()),
			finalised: self.known.head,
			rules: self.known.rules.clone(),
			machine: Some(self.machine.status()),
			connected: (self.connected)(),
			syncing: self.node.chain.is_syncing(),
		});
	}

	/// Sends a command to the network, whose task always reads.
	pub(super) async fn command(&self, command: NetworkCommand) -> Result<(), EngineError> {
		self.commands.send(command).await.map_err(|_| EngineError::NetworkEnded)
	}

	/// Tells the network which validators may connect after the last final block. [`Admitted`] decides which.
	pub(super) async fn admit(&mut self) -> Result<(), EngineError> {
		if let Some((members, early)) = self.admitted.after(&self.known) {
			let all = members.iter().chain(&early).cloned().collect();
			self.command(NetworkCommand::Admit { members, early }).await?;
			self.jobs.spawn(self.context().homes(self.known.head.hash, all));
		}
		Ok(())
	}

	/// Removes abandoned blocks when there are too many. The blocks in progress and those that this validator is locked
	/// on stay; the bodies of the other blocks that it voted for are in its log.
	pub(super) fn discard_abandoned(&mut self) {
		let blocks = self.node.chain.unfinalised();
		if blocks.len() <= MAX_ABANDONED + MAX_PIPELINE_DEPTH as usize {
			return;
		}
		let keep = self.machine.blocks_in_use();
		// By descending height, so that no block is removed while another block stands on it.
		let unwanted: Vec<_> = blocks
			.into_iter()
			.rev()
			.map(|block| block.hash)
			.filter(|hash| !keep.contains(hash) && !self.running.blocks.contains_key(hash))
			.collect();
		let chain = self.node.chain.clone();
		// Nothing waits for the removal: it only makes room.
		drop(tokio::task::spawn_blocking(move || unwanted.into_iter().for_each(|hash| chain.discard(hash))));
	}
}
