//! Several engines in one process, over a network in memory. Everything else is real: machines, ed25519, logs on a disk.

use super::{
	super::{
		core::Node,
		follow,
		peers::{Ask, Fetched},
		start::{self, Validator},
		EngineError,
	},
	chain::{genesis, Law, MemoryChain},
};
use crate::{
	chain::{Chain, Head},
	keys::KeystoreKeys,
	metrics::Metrics,
	network::{event_queue, EventSender, NetworkCommand, NetworkEvent},
	status::{Role, StatusHandle},
};
use codec::Encode;
use parking_lot::Mutex;
use sc_network::PeerId;
use sp_keystore::{testing::MemoryKeystore, Keystore, KeystorePtr};
use std::{
	collections::{BTreeMap, BTreeSet, HashMap},
	path::PathBuf,
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc,
	},
	time::{Duration, Instant},
};
use syndic_pbft::{Keys, Message};
use syndic_primitives::{
	BlockHash, Height, Parameters, Phase, Rules, SetId, SignedVote, SignerIndex, ValidatorId, ValidatorSet, View, Vote,
	PBFT_KEY_TYPE,
};
use tokio::{sync::mpsc, task::JoinHandle};

/// What the network delivers instead of a message from one node to another; `None` drops it.
pub type Filter = dyn Fn(usize, usize, NetworkCommand) -> Option<NetworkCommand> + Send + Sync;

/// What node `to` receives for the transactions that it requested; `None` if nothing.
pub type Answer = dyn Fn(usize, Vec<u8>) -> Option<Vec<u8>> + Send + Sync;

type Place = (ValidatorId, SetId, Height, View, Phase);

/// What all nodes share.
pub struct Shared {
	pub keys: Vec<ValidatorId>,
	pub peers: Vec<PeerId>,
	chains: Mutex<Vec<Arc<MemoryChain>>>,
	senders: Mutex<BTreeMap<usize, EventSender>>,
	pub filter: Mutex<Box<Filter>>,
	/// What replaces the transactions that a node requested from another.
	pub answer: Mutex<Box<Answer>>,
	/// The nodes that have requested a whole block, and its height.
	pub fetched: Mutex<Vec<(usize, Height)>>,
	/// Every vote that any node has sent.
	votes: Mutex<HashMap<Place, BlockHash>>,
	pub conflicts: Mutex<Vec<String>>,
	pub reports: Mutex<Vec<(usize, PeerId, &'static str)>>,
	/// The keys that each node admits.
	admitted: Mutex<BTreeMap<usize, BTreeSet<ValidatorId>>>,
	/// If set, messages go from one node to another only if both nodes admit both, as in the real network.
	pub admission: AtomicBool,
	law: Law,
}

struct Running {
	engine: JoinHandle<Result<(), EngineError>>,
	router: JoinHandle<()>,
}

pub struct World {
	pub shared: Arc<Shared>,
	keystores: Vec<KeystorePtr>,
	running: BTreeMap<usize, Running>,
	pub status: Vec<StatusHandle>,
	pub dirs: Vec<PathBuf>,
	_dir: tempfile::TempDir,
}

/// Parameters with a short block period, so that tests are fast.
pub fn parameters() -> Parameters {
	Parameters { block_period: 200, base_timeout: 600, leader_period: 1, ..Parameters::default() }
}

pub fn keystore(n: usize) -> (KeystorePtr, ValidatorId) {
	let keystore = MemoryKeystore::new();
	let key = keystore.ed25519_generate_new(PBFT_KEY_TYPE, Some(&format!("//node{n}"))).expect("memory");
	(Arc::new(keystore), key.into())
}

/// The keys of the first nodes.
pub fn keys(n: usize) -> Vec<ValidatorId> {
	(0..n).map(|i| keystore(i).1).collect()
}

/// A law with the same rules at every height.
pub fn law(members: usize, parameters: Parameters) -> Law {
	let set = ValidatorSet::new(SetId(0), Height(1), keys(members)).expect("distinct");
	let rules = Rules { set, parameters, until: None };
	Arc::new(move |_| rules.clone())
}

impl World {
	/// Nodes that do not run yet.
	pub fn new(nodes: usize, law: Law) -> Self {
		let dir = tempfile::tempdir().expect("a directory");
		let (keystores, keys): (Vec<_>, Vec<_>) = (0..nodes).map(keystore).unzip();
		let shared = Shared {
			keys,
			peers: (0..nodes).map(|_| PeerId::random()).collect(),
			chains: Mutex::new((0..nodes).map(|_| MemoryChain::new(law.clone())).collect()),
			senders: Mutex::default(),
			filter: Mutex::new(Box::new(|_, _, command| Some(command))),
			answer: Mutex::new(Box::new(|_, bytes| Some(bytes))),
			fetched: Mutex::default(),
			votes: Mutex::default(),
			conflicts: Mutex::default(),
			reports: Mutex::default(),
			admitted: Mutex::default(),
			admission: AtomicBool::new(false),
			law,
		};
		Self {
			shared: Arc::new(shared),
			keystores,
			running: BTreeMap::new(),
			status: (0..nodes).map(|_| StatusHandle::new()).collect(),
			dirs: (0..nodes).map(|i| dir.path().join(format!("{i}/log"))).collect(),
			_dir: dir,
		}
	}

	pub fn running(law: Law, nodes: usize) -> Self {
		let mut world = Self::new(nodes, law);
		(0..nodes).for_each(|i| world.start(i).expect("starts"));
		world
	}

	pub fn chain(&self, i: usize) -> Arc<MemoryChain> {
		self.shared.chains.lock()[i].clone()
	}

	fn node(&self, i: usize) -> Node {
		let (tx, signals) = mpsc::channel(super::super::SIGNALS);
		let chain = self.chain(i);
		chain.connect(tx);
		Node {
			genesis: genesis(),
			pool: chain.pool.clone(),
			transactions: chain.pool.clone(),
			chain,
			peers: Arc::new(Others(i, self.shared.clone())),
			metrics: Metrics::default(),
			status: self.status[i].clone(),
			signals,
		}
	}

	/// Starts a validator.
	pub fn start(&mut self, i: usize) -> Result<(), EngineError> {
		self.start_with(i, false)
	}

	pub fn start_with(&mut self, i: usize, accept_new_log: bool) -> Result<(), EngineError> {
		let key = self.shared.keys[i].clone();
		let (sender, events) = event_queue(Metrics::default());
		let (commands, mut receiver) = mpsc::channel(256);
		let shared = self.shared.clone();
		let connected = {
			let shared = shared.clone();
			Arc::new(move || {
				shared.senders.lock().keys().filter(|j| **j != i).map(|j| shared.keys[*j].clone()).collect()
			})
		};
		let validator = Validator {
			keys: KeystoreKeys::new(self.keystores[i].clone(), key.clone()),
			key,
			log_dir: self.dirs[i].clone(),
			accept_new_log,
			events,
			commands,
			connected,
		};
		let ready = start::open(self.node(i), validator)?;
		for (j, other) in shared.senders.lock().iter() {
			other.try_send(NetworkEvent::Connected(shared.keys[i].clone()));
			sender.try_send(NetworkEvent::Connected(shared.keys[*j].clone()));
		}
		shared.senders.lock().insert(i, sender);
		let router = tokio::spawn(async move {
			while let Some(command) = receiver.recv().await {
				shared.route(i, command);
			}
		});
		let engine = tokio::spawn(ready.run());
		self.running.insert(i, Running { engine, router });
		Ok(())
	}

	/// Starts a node without a key.
	pub fn follow(&mut self, i: usize) {
		let node = self.node(i);
		let engine = tokio::spawn(follow::run(node));
		self.running.insert(i, Running { engine, router: tokio::spawn(async {}) });
	}

	/// Ends a node as kill -9 does: the task ends where it is. The database loses the last `lost` finalities.
	pub async fn crash(&mut self, i: usize, lost: usize) {
		let Some(running) = self.running.remove(&i) else { return };
		running.engine.abort();
		running.router.abort();
		let _ = running.engine.await;
		self.shared.senders.lock().remove(&i);
		for other in self.shared.senders.lock().values() {
			other.try_send(NetworkEvent::Disconnected(self.shared.keys[i].clone()));
		}
		let mut chains = self.shared.chains.lock();
		chains[i] = chains[i].after_crash(lost);
	}

	/// Replaces the chain of a node that does not run.
	pub fn put_chain(&self, i: usize, chain: Arc<MemoryChain>) {
		self.shared.chains.lock()[i] = chain;
	}

	/// Waits until a node ends by itself, and returns its error.
	pub async fn ended(&mut self, i: usize) -> EngineError {
		let running = self.running.remove(&i).expect("it runs");
		let ended = tokio::time::timeout(Duration::from_secs(20), running.engine).await.expect("it ends");
		ended.expect("it does not panic").expect_err("it runs until something fails")
	}

	/// Sends a vote in the name of validator `as_who` to node `to`, without its engine.
	pub fn say(&self, as_who: usize, to: usize, vote: Vote) {
		let key = KeystoreKeys::new(self.keystores[as_who].clone(), self.shared.keys[as_who].clone());
		let signature = key.sign(&vote.payload(&genesis())).expect("it has its key");
		let message = Message::Vote(SignedVote { vote, signer: SignerIndex(as_who as u16), signature });
		let senders = self.shared.senders.lock();
		senders[&to].try_send(NetworkEvent::Message { from: self.shared.peers[as_who], message });
	}

	pub fn height(&self, i: usize) -> u32 {
		self.chain(i).finalised().height.0
	}

	pub fn role(&self, i: usize) -> Option<Role> {
		self.status[i].get().map(|s| s.role)
	}

	/// Waits until all of `nodes` are at `height`. Returns how long it took.
	pub async fn reach(&self, nodes: &[usize], height: u32, within: Duration) -> Duration {
		let started = Instant::now();
		while nodes.iter().any(|i| self.height(*i) < height) {
			let heights: Vec<_> = nodes.iter().map(|i| self.height(*i)).collect();
			let machines: Vec<_> = self.status.iter().map(|s| s.get().and_then(|s| s.machine.clone())).collect();
			assert!(started.elapsed() < within, "{nodes:?} at {heights:?}, not {height}: {machines:#?}");
			for (i, running) in &self.running {
				assert!(!running.engine.is_finished(), "engine {i} has ended");
			}
			tokio::time::sleep(Duration::from_millis(10)).await;
		}
		started.elapsed()
	}

	/// Checks what must hold at any time: all nodes have one chain, its certificates are valid, and no validator has
	/// signed two conflicting votes.
	pub fn check(&self) {
		let conflicts = self.shared.conflicts.lock();
		assert!(conflicts.is_empty(), "{conflicts:#?}");
		let chains = self.shared.chains.lock();
		let longest = chains.iter().map(|c| c.finals()).max_by_key(Vec::len).expect("some");
		for chain in chains.iter() {
			for ((head, certificate), (same, _)) in chain.finals().iter().zip(&longest) {
				assert_eq!(head, same);
				let (height, hash) = (head.height, head.hash);
				let set = (self.shared.law)(height).set;
				let verify = syndic_primitives::crypto::verify_ed25519;
				let proof = (**certificate).clone().verify_commit_of(height, hash, &genesis(), &set, &verify);
				assert!(proof.is_ok(), "{proof:?}");
			}
		}
	}
}

impl Shared {
	fn route(&self, from: usize, command: NetworkCommand) {
		match &command {
			NetworkCommand::Broadcast(message) | NetworkCommand::Send(_, message) => self.note(message),
			NetworkCommand::BroadcastProposal(vote, _)
			| NetworkCommand::BroadcastCompact(vote, _)
			| NetworkCommand::SendProposal(_, vote, _) => self.note_vote(vote),
			NetworkCommand::Report { peer, misbehaviour } => {
				self.reports.lock().push((from, *peer, misbehaviour));
			}
			NetworkCommand::Admit { members, early } => {
				self.admitted.lock().insert(from, members.iter().chain(early).cloned().collect());
			}
			NetworkCommand::Homes(_) => {}
		}
		let filter = self.filter.lock();
		for (to, sender) in self.senders.lock().iter().filter(|(to, _)| **to != from) {
			let addressed = match &command {
				NetworkCommand::Send(id, _) | NetworkCommand::SendProposal(id, ..) => *id == self.keys[*to],
				NetworkCommand::Broadcast(_)
				| NetworkCommand::BroadcastProposal(..)
				| NetworkCommand::BroadcastCompact(..) => true,
				_ => false,
			};
			let addressed = addressed && self.are_connected(from, *to);
			let Some(command) = addressed.then(|| filter(from, *to, command.clone())).flatten() else { continue };
			let from = self.peers[from];
			let event = match command {
				NetworkCommand::Broadcast(message) | NetworkCommand::Send(_, message) => {
					NetworkEvent::Message { from, message }
				}
				NetworkCommand::BroadcastProposal(pre_prepare, block)
				| NetworkCommand::SendProposal(_, pre_prepare, block) => NetworkEvent::Proposal { from, pre_prepare, block },
				NetworkCommand::BroadcastCompact(pre_prepare, block) => {
					NetworkEvent::CompactProposal { from, pre_prepare, block }
				}
				_ => continue,
			};
			sender.try_send(event);
		}
	}

	fn are_connected(&self, one: usize, other: usize) -> bool {
		let admitted = self.admitted.lock();
		let admits_both = |node: &usize| {
			admitted.get(node).is_some_and(|keys| [one, other].iter().all(|at| keys.contains(&self.keys[*at])))
		};
		!self.admission.load(Ordering::SeqCst) || [one, other].iter().all(admits_both)
	}

	fn note(&self, message: &Message) {
		match message {
			Message::PrePrepare(vote) | Message::Vote(vote) => self.note_vote(vote),
			_ => {}
		}
	}

	fn note_vote(&self, signed: &SignedVote) {
		let vote = &signed.vote;
		let signer = (self.law)(vote.height).set.member(signed.signer).cloned().expect("a member");
		let place = (signer, vote.set_id, vote.height, vote.view, vote.phase);
		let before = *self.votes.lock().entry(place.clone()).or_insert(vote.block_hash);
		if before != vote.block_hash {
			self.conflicts.lock().push(format!("{place:?}: {before} and {}", vote.block_hash));
		}
	}

	/// The validators that have voted at `height`.
	pub fn voters(&self, height: u32) -> BTreeSet<ValidatorId> {
		let votes = self.votes.lock();
		votes.keys().filter(|(_, _, at, ..)| at.0 == height).map(|(signer, ..)| signer.clone()).collect()
	}
}

/// [`Ask`] of one node over the other nodes.
struct Others(usize, Arc<Shared>);

impl Others {
	/// The other nodes that run, with their chains.
	fn chains(&self) -> Vec<(usize, Arc<MemoryChain>)> {
		let alive: Vec<usize> = self.1.senders.lock().keys().copied().filter(|j| *j != self.0).collect();
		let chains = self.1.chains.lock();
		alive.into_iter().map(|j| (j, chains[j].clone())).collect()
	}
}

#[async_trait::async_trait]
impl Ask for Others {
	async fn block(&self, _: &[ValidatorId], block: Head) -> Option<Fetched> {
		self.1.fetched.lock().push((self.0, block.height));
		self.chains().into_iter().find_map(|(j, chain)| Some((Some(self.1.peers[j]), chain.body(block.hash)?.to_vec())))
	}

	async fn transactions(&self, from: PeerId, block: Head, positions: Vec<u32>) -> Option<Vec<u8>> {
		let shared = &self.1;
		let at = shared.peers.iter().position(|peer| *peer == from)?;
		let (_, chain) = self.chains().into_iter().find(|(j, _)| *j == at)?;
		let picked = crate::compact::pick(&chain.body(block.hash)?, &positions)?;
		let answer = (shared.answer.lock())(self.0, picked)?;
		Some(answer)
	}

	async fn certificate(&self, height: Height) -> Option<Fetched> {
		self.chains().into_iter().find_map(|(j, chain)| {
			let (_, certificate) = chain.finals().get(height.0 as usize - 1)?.clone();
			Some((Some(self.1.peers[j]), certificate.into_inner().encode()))
		})
	}

	async fn furthest(&self, validators: &[ValidatorId], as_many: usize) -> Option<Height> {
		let claims = self.chains().into_iter();
		let of = |j: usize| validators.is_empty() || validators.contains(&self.1.keys[j]);
		let claims: Vec<_> = claims.filter(|(j, _)| of(*j)).map(|(_, chain)| chain.finalised().height).collect();
		claims.iter().copied().max().filter(|_| claims.len() >= as_many)
	}

	fn wrong(&self, peer: PeerId) {
		self.1.reports.lock().push((self.0, peer, "wrong"));
	}
}
