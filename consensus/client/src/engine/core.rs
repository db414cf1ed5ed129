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

/// How often the engine looks at what no event tells of.
const TICK: Duration = Duration::from_millis(100);

/// So many blocks that are not final may be in the database besides a full window; the state database itself bears 32 at
/// one height.
const MAX_ABANDONED: usize = 12;

/// What every node has.
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

/// Who is connected, as the network knows.
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
	/// While the gate is closed.
	pub(super) abstention: Option<Abstention>,
	pub(super) bodies: Arc<Bodies>,
	pub(super) timers: Timers,
	pub(super) pace: Pace,
	pub(super) report: Reporter,
	pub(super) stall: Stall,
	/// The last final block that the machine knows of, and what follows from it.
	pub(super) known: Box<Advance>,
	pub(super) jobs: JoinSet<Done>,
	pub(super) running: Running,
	/// From the jobs: proposals whose body is not here.
	pub(super) missing: (mpsc::Sender<Head>, mpsc::Receiver<Head>),
	/// A block that others have committed beyond the next height.
	pub(super) behind: Option<Head>,
	/// When the proposals of the heights in progress were first seen.
	pub(super) proposed_at: BTreeMap<Height, Instant>,
	/// The times of blocks that are here and not final, in ms.
	pub(super) times: HashMap<BlockHash, (Height, u64)>,
	/// What was built here, in the compact form, if it is to be proposed so.
	pub(super) compact: Vec<(Head, Arc<Vec<u8>>)>,
	/// Proposals whose body has been sent; a repetition goes without.
	pub(super) sent_bodies: Vec<(Height, BlockHash)>,
	/// The same for what was sent to one validator: it can have proposals repeated as often as it likes, not their bodies.
	pub(super) sent_to: BTreeSet<(Height, BlockHash, ValidatorId)>,
	pub(super) work: bool,
	/// Against whom evidence was handed in, and at which height.
	pub(super) accused: BTreeMap<ValidatorId, Height>,
	pub(super) admitted: Admitted,
	/// Who committed the last heights.
	pub(super) participation: Participation,
	/// The status that RPC sees is older than the machine.
	pub(super) stale_status: bool,
}

/// Jobs of which there should be one at a time.
#[derive(Default)]
pub(super) struct Running {
	pub(super) build: bool,
	pub(super) advance: bool,
	pub(super) catch_up: bool,
	pub(super) tip: bool,
	/// Blocks that are judged or finalised, by hash.
	pub(super) blocks: HashMap<BlockHash, RunningBlock>,
}

/// A block that is judged or finalised.
pub(super) struct RunningBlock {
	pub(super) height: Height,
	/// As whose child it is judged; `None` when it is being finalised.
	pub(super) parent: Option<BlockHash>,
	pub(super) job: AbortHandle,
}

impl<K: Keys> Engine<K> {
	/// Runs until something fails.
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

	/// When a timer fires or a block may be built.
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

	/// Whether a height is due that does not come.
	fn is_waiting(&self) -> bool {
		let status = self.machine.status();
		status.me.is_some() && (self.work || status.proposal.is_some() || status.changing_view)
	}

	/// Feeds the machine and carries out what it answers. `from` is who pays if the input was nonsense.
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

	/// Whether the chain has gone further than the machine knows; if so, reads what it must know.
	pub(super) fn look_for_finality(&mut self) {
		if self.running.advance || self.node.chain.finalised().height <= self.known.head.height {
			return;
		}
		self.running.advance = true;
		self.jobs.spawn(self.context().advance(self.known.head.height));
	}

	/// Gets what others have committed and this node has not.
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

	/// Lets a validator with a new log vote, once that is safe.
	async fn open_gate(&mut self) -> Result<(), EngineError> {
		let Some(abstention) = &mut self.abstention else { return Ok(()) };
		if abstention.wants_tip() {
			let set = self.machine.set();
			let mut connected = (self.connected)();
			if set.index_of(&self.key).is_some() {
				// Others may be connected, and lag.
				connected.retain(|id| set.index_of(id).is_some());
			}
			// Who is not in the set has time to wait until somebody is there to ask.
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

	/// Whether a block that the machine wants may be built at all: not by a node that knows to be behind.
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

	/// Hands a command to the network, which always reads.
	pub(super) async fn command(&self, command: NetworkCommand) -> Result<(), EngineError> {
		self.commands.send(command).await.map_err(|_| EngineError::NetworkEnded)
	}

	/// Who may connect, now that the chain is where it is: [`Admitted`] decides.
	pub(super) async fn admit(&mut self) -> Result<(), EngineError> {
		if let Some((members, early)) = self.admitted.after(&self.known) {
			let all = members.iter().chain(&early).cloned().collect();
			self.command(NetworkCommand::Admit { members, early }).await?;
			self.jobs.spawn(self.context().homes(self.known.head.hash, all));
		}
		Ok(())
	}

	/// Removes abandoned blocks when too many pile up. Those in progress and those that this validator is locked on
	/// stay; what else it voted for is in its log.
	pub(super) fn discard_abandoned(&mut self) {
		let blocks = self.node.chain.unfinalised();
		if blocks.len() <= MAX_ABANDONED + MAX_PIPELINE_DEPTH as usize {
			return;
		}
		let keep = self.machine.blocks_in_use();
		// Higher ones first: nothing is removed on which something stands.
		let unwanted: Vec<_> = blocks
			.into_iter()
			.rev()
			.map(|block| block.hash)
			.filter(|hash| !keep.contains(hash) && !self.running.blocks.contains_key(hash))
			.collect();
		let chain = self.node.chain.clone();
		// It only makes room; nothing waits for it.
		drop(tokio::task::spawn_blocking(move || unwanted.into_iter().for_each(|hash| chain.discard(hash))));
	}
}
