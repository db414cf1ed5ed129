//! Simulated nodes in this process. They answer each submission at once, and make blocks of the accepted transactions.
//!
//! They are used for `--self-test`, which measures the generator against something faster than any node, and for tests
//! of the generator: a sink can refuse, forget, repeat and hang up as a faulty node would.

use futures::{SinkExt, StreamExt};
use serde_json::{json, value::RawValue, Value};
use std::{
	collections::VecDeque,
	net::SocketAddr,
	sync::{Arc, Mutex, PoisonError},
	time::Duration,
};
use tokio::{
	net::{TcpListener, TcpStream},
	sync::{broadcast, mpsc},
};
use tokio_tungstenite::{accept_async, tungstenite::Message};

/// The name of the thread that all sinks run on.
pub const THREAD: &str = "sink";

/// How the sinks behave. By default they make no fault.
#[derive(Clone, Debug)]
pub struct Conduct {
	/// Time from one block to the next.
	pub block_period: Duration,
	/// Maximum number of waiting transactions. A further one is refused as by a full pool.
	pub capacity: usize,
	/// Maximum number of transactions in a block.
	pub per_block: usize,
	/// One of this many accepted transactions is forgotten.
	pub forgets_one_in: Option<usize>,
	/// One of this many transactions is in two blocks.
	pub repeats_one_in: Option<usize>,
	/// One of this many submissions is not answered: the connection ends instead. The transaction is kept.
	pub hangs_up_one_in: Option<usize>,
}

impl Default for Conduct {
	fn default() -> Self {
		Self {
			block_period: Duration::from_millis(300),
			capacity: usize::MAX,
			per_block: usize::MAX,
			forgets_one_in: None,
			repeats_one_in: None,
			hangs_up_one_in: None,
		}
	}
}

/// The state that the sinks share: one chain.
#[derive(Default)]
struct Chain {
	waiting: VecDeque<Waiting>,
	blocks: Vec<Vec<String>>,
	submitted: usize,
}

/// A transaction, in hexadecimal.
struct Waiting {
	text: String,
	watcher: Option<Watcher>,
}

struct Watcher {
	subscription: u64,
	connection: mpsc::UnboundedSender<String>,
}

struct Network {
	conduct: Conduct,
	chain: Mutex<Chain>,
	/// Final heights.
	heads: broadcast::Sender<usize>,
}

/// Sinks that run until this is dropped.
pub struct Sinks {
	/// The URLs at which they listen.
	pub urls: Vec<String>,
	stop: Option<tokio::sync::oneshot::Sender<()>>,
	thread: Option<std::thread::JoinHandle<()>>,
}

impl Sinks {
	/// Starts `count` sinks on free ports of the loopback.
	pub fn start(count: usize, conduct: Conduct) -> std::io::Result<Self> {
		let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
		let listeners: Vec<TcpListener> = runtime.block_on(async {
			let mut listeners = Vec::new();
			for _ in 0..count {
				listeners.push(TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?);
			}
			std::io::Result::Ok(listeners)
		})?;
		let addresses: std::io::Result<Vec<_>> = listeners.iter().map(TcpListener::local_addr).collect();
		let urls = addresses?.into_iter().map(|address| format!("ws://{address}")).collect();
		let (stop, stopped) = tokio::sync::oneshot::channel();
		let network = Arc::new(Network { conduct, chain: Default::default(), heads: broadcast::channel(64).0 });
		let thread = std::thread::Builder::new().name(THREAD.into()).spawn(move || {
			runtime.block_on(async {
				for listener in listeners {
					tokio::spawn(listen(listener, network.clone()));
				}
				tokio::spawn(make_blocks(network.clone()));
				let _ = stopped.await;
			});
		})?;
		Ok(Self { urls, stop: Some(stop), thread: Some(thread) })
	}
}

impl Drop for Sinks {
	fn drop(&mut self) {
		drop(self.stop.take());
		if let Some(thread) = self.thread.take() {
			let _ = thread.join();
		}
	}
}

async fn listen(listener: TcpListener, network: Arc<Network>) {
	while let Ok((stream, _)) = listener.accept().await {
		let network = network.clone();
		tokio::spawn(async move {
			let _ = stream.set_nodelay(true);
			serve(stream, &network).await;
		});
	}
}

async fn make_blocks(network: Arc<Network>) {
	let mut clock = tokio::time::interval(network.conduct.block_period);
	loop {
		clock.tick().await;
		let height = network.with_chain(|chain| chain.make_block(&network.conduct));
		let _ = network.heads.send(height);
	}
}

impl Network {
	fn with_chain<R>(&self, act: impl FnOnce(&mut Chain) -> R) -> R {
		act(&mut self.chain.lock().unwrap_or_else(PoisonError::into_inner))
	}
}

fn is_one_in(count: usize, of: Option<usize>) -> bool {
	of.is_some_and(|of| count % of == of - 1)
}

/// The result of a submission.
enum Taken {
	Yes,
	Full,
	HangUp,
}

impl Chain {
	fn make_block(&mut self, conduct: &Conduct) -> usize {
		let height = self.blocks.len() + 1;
		let count = self.waiting.len().min(conduct.per_block);
		let mut block = Vec::with_capacity(count);
		for (number, Waiting { text, watcher }) in self.waiting.drain(..count).enumerate() {
			if let Some(Watcher { subscription, connection }) = watcher {
				let result = json!({ "finalized": hash_of(height) });
				let _ = connection.send(notification("author_extrinsicUpdate", subscription, &result));
			}
			if is_one_in(number, conduct.repeats_one_in) {
				block.push(text.clone());
			}
			block.push(text);
		}
		self.blocks.push(block);
		height
	}

	fn submit(&mut self, text: &str, watcher: Option<Watcher>, conduct: &Conduct) -> Taken {
		if self.waiting.len() >= conduct.capacity {
			return Taken::Full;
		}
		self.submitted += 1;
		if !is_one_in(self.submitted, conduct.forgets_one_in) {
			self.waiting.push_back(Waiting { text: text.into(), watcher });
		}
		if is_one_in(self.submitted, conduct.hangs_up_one_in) {
			return Taken::HangUp;
		}
		Taken::Yes
	}
}

fn hash_of(height: usize) -> String {
	format!("0x{height:064x}")
}

fn height_of(hash: &Value) -> usize {
	let digits = hash.as_str().and_then(|hash| hash.strip_prefix("0x"));
	digits.and_then(|digits| usize::from_str_radix(digits.trim_start_matches('0'), 16).ok()).unwrap_or_default()
}

fn notification(method: &str, subscription: u64, result: &Value) -> String {
	let params = json!({ "subscription": subscription, "result": result });
	json!({ "jsonrpc": "2.0", "method": method, "params": params }).to_string()
}

async fn serve(stream: TcpStream, network: &Network) {
	let Ok(socket) = accept_async(stream).await else { return };
	let (mut sink, mut stream) = socket.split();
	let (outgoing, mut to_send) = mpsc::unbounded_channel::<String>();
	let send = async {
		while let Some(text) = to_send.recv().await {
			sink.feed(Message::text(text)).await?;
			while let Ok(text) = to_send.try_recv() {
				sink.feed(Message::text(text)).await?;
			}
			sink.flush().await?;
		}
		Ok::<(), tokio_tungstenite::tungstenite::Error>(())
	};
	let mut session = Session { network, outgoing, subscriptions: 0, heads: None };
	let receive = async {
		loop {
			let heads = session.heads.as_mut();
			let head = async {
				match heads {
					Some((subscription, heads)) => (*subscription, heads.recv().await),
					None => std::future::pending().await,
				}
			};
			tokio::select! {
				(subscription, head) = head => {
					let Ok(height) = head else { continue };
					let header = json!({ "number": format!("0x{height:x}") });
					let _ = session.outgoing.send(notification("chain_finalizedHead", subscription, &header));
				}
				message = stream.next() => match message {
					Some(Ok(Message::Text(text))) => if session.answer(text.as_str()).is_none() { return },
					Some(Ok(Message::Close(_)) | Err(_)) | None => return,
					Some(Ok(_)) => {}
				}
			}
		}
	};
	tokio::select! {
		_ = send => {}
		() = receive => {}
	}
}

/// One connection.
struct Session<'a> {
	network: &'a Network,
	outgoing: mpsc::UnboundedSender<String>,
	subscriptions: u64,
	heads: Option<(u64, broadcast::Receiver<usize>)>,
}

/// A JSON-RPC request.
#[derive(serde::Deserialize)]
struct Request<'a> {
	id: u64,
	#[serde(borrow)]
	method: &'a str,
	#[serde(borrow)]
	params: &'a RawValue,
}

impl Session<'_> {
	/// Answers a request. `None`: the connection is to end instead.
	fn answer(&mut self, text: &str) -> Option<()> {
		let Ok(Request { id, method, params }) = serde_json::from_str(text) else { return Some(()) };
		let watch = method == "author_submitAndWatchExtrinsic";
		if watch || method == "author_submitExtrinsic" {
			return self.submit(id, params.get(), watch);
		}
		let params: Value = serde_json::from_str(params.get()).unwrap_or_default();
		let result = self.look_up(method, params.get(0).unwrap_or(&Value::Null));
		let _ = self.outgoing.send(json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string());
		Some(())
	}

	fn submit(&mut self, id: u64, params: &str, watch: bool) -> Option<()> {
		// The text between the quotes is taken as it is: nothing is decoded.
		let text = params.trim_matches(|c| matches!(c, '[' | ']' | '"' | ' '));
		self.subscriptions += u64::from(watch);
		let subscription = self.subscriptions;
		let watcher = watch.then(|| Watcher { subscription, connection: self.outgoing.clone() });
		let conduct = &self.network.conduct;
		let answer = match self.network.with_chain(|chain| chain.submit(text, watcher, conduct)) {
			Taken::Yes if watch => format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{subscription}}}"#),
			Taken::Yes => format!(r#"{{"jsonrpc":"2.0","id":{id},"result":"0x00"}}"#),
			Taken::Full => {
				let error = r#"{"code":1016,"message":"Immediately Dropped","data":"The pool is full"}"#;
				format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#)
			}
			Taken::HangUp => return None,
		};
		let _ = self.outgoing.send(answer);
		Some(())
	}

	fn look_up(&mut self, method: &str, param: &Value) -> Value {
		let height = self.network.with_chain(|chain| chain.blocks.len());
		match method {
			"system_accountNextIndex" => json!(0),
			"state_getRuntimeVersion" => {
				let version = syndic_runtime::VERSION;
				json!({ "specVersion": version.spec_version, "transactionVersion": version.transaction_version })
			}
			"chain_getBlockHash" => json!(hash_of(param.as_u64().unwrap_or_default() as usize)),
			"chain_getFinalizedHead" => json!(hash_of(height)),
			"chain_getHeader" => json!({ "number": format!("0x{:x}", height_of(param)) }),
			"chain_getBlock" => {
				let at = height_of(param).wrapping_sub(1);
				let extrinsics = self.network.with_chain(|chain| chain.blocks.get(at).cloned());
				json!({ "block": { "extrinsics": extrinsics.unwrap_or_default() } })
			}
			"chain_subscribeFinalizedHeads" => {
				self.subscriptions += 1;
				self.heads = Some((self.subscriptions, self.network.heads.subscribe()));
				json!(self.subscriptions)
			}
			"author_pendingExtrinsics" => {
				self.network.with_chain(|chain| chain.waiting.iter().map(|waiting| waiting.text.clone()).collect())
			}
			_ => Value::Null,
		}
	}
}
