//! A connection that transactions are submitted through. It comes back by itself.

use crate::{
	ledger::{FinalBlock, Refusal, Told},
	plan::Index,
	sign::Transactions,
	stats::Micros,
	wire::{self, ErrorObject, Incoming, Socket},
};
use futures::{
	stream::{SplitSink, SplitStream},
	SinkExt, StreamExt,
};
use serde_json::value::RawValue;
use std::{
	collections::HashMap,
	sync::Arc,
	time::{Duration, Instant},
};
use tokio::sync::mpsc::{unbounded_channel, UnboundedReceiver, UnboundedSender};
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

/// How long to wait before connecting again.
const BACKOFF_MIN: Duration = Duration::from_millis(100);
/// The most that the wait grows to.
const BACKOFF_MAX: Duration = Duration::from_secs(1);

/// What happens beside the driver, told to it.
#[derive(Debug)]
pub enum Event {
	/// A connection stands. What is sent into `requests` is submitted through it.
	Up {
		/// Which connection.
		connection: usize,
		/// Where to put what is to be submitted.
		requests: UnboundedSender<Index>,
	},
	/// A connection ended: what was submitted through it and has no answer will have none.
	Down {
		/// Which connection.
		connection: usize,
	},
	/// A node answered a submission.
	Answer {
		/// Of which transaction.
		index: Index,
		/// Through which connection.
		connection: usize,
		/// When.
		at: Micros,
		/// Whether it was taken.
		answer: Result<(), Refusal>,
	},
	/// A watcher was told something that ends its watch.
	Told {
		/// Of which transaction.
		index: Index,
		/// Through which connection.
		connection: usize,
		/// What.
		told: Told,
	},
	/// A block is final.
	Block(FinalBlock),
}

/// What all connections of a run share.
pub struct Wiring {
	/// The transactions.
	pub transactions: Arc<Transactions>,
	/// Whether they are submitted by `author_submitAndWatchExtrinsic`.
	pub watch: bool,
	/// When the run began.
	pub began: Instant,
	/// Where events go.
	pub events: UnboundedSender<Event>,
}

impl Wiring {
	/// Time since the run began.
	pub fn now(&self) -> Micros {
		self.began.elapsed().as_micros() as Micros
	}
}

/// Connects, submits what is asked, and connects again when the connection ends, until nobody listens to its events.
pub async fn keep(url: String, connection: usize, wiring: Arc<Wiring>) {
	let mut backoff = BACKOFF_MIN;
	while !wiring.events.is_closed() {
		let Ok(socket) = wire::connect(&url).await else {
			tokio::time::sleep(backoff).await;
			backoff = (backoff * 2).min(BACKOFF_MAX);
			continue;
		};
		backoff = BACKOFF_MIN;
		let (requests, to_submit) = unbounded_channel();
		let _ = wiring.events.send(Event::Up { connection, requests });
		let (sink, stream) = socket.split();
		// Whichever ends first takes the other with it. A node that reads nothing blocks the one, not the other.
		tokio::select! {
			_ = submit(sink, to_submit, &wiring) => {}
			() = receive(stream, connection, &wiring) => {}
		}
		let _ = wiring.events.send(Event::Down { connection });
	}
}

async fn submit(
	mut sink: SplitSink<Socket, Message>,
	mut requests: UnboundedReceiver<Index>,
	wiring: &Wiring,
) -> Result<(), SocketError> {
	while let Some(index) = requests.recv().await {
		sink.feed(Message::text(request(index, wiring))).await?;
		// What waits already goes in the same system call.
		while let Ok(index) = requests.try_recv() {
			sink.feed(Message::text(request(index, wiring))).await?;
		}
		sink.flush().await?;
	}
	Ok(())
}

/// The request's text. Its id is the transaction's place, of which no two are on their way at once.
fn request(index: Index, wiring: &Wiring) -> String {
	let encoded = &wiring.transactions.all[index as usize].encoded;
	let method = if wiring.watch { "author_submitAndWatchExtrinsic" } else { "author_submitExtrinsic" };
	format!(r#"{{"jsonrpc":"2.0","id":{index},"method":"{method}","params":["0x{}"]}}"#, hex::encode(encoded))
}

async fn receive(mut stream: SplitStream<Socket>, connection: usize, wiring: &Wiring) {
	let mut watches = Watches { connection, ..Default::default() };
	while let Some(Ok(message)) = stream.next().await {
		let text = match &message {
			Message::Text(text) => text.as_str(),
			Message::Close(_) => return,
			_ => continue,
		};
		let at = wiring.now();
		let Ok(incoming) = serde_json::from_str::<Incoming>(text) else { continue };
		if let Some(notification) = incoming.params {
			watches.told(notification.subscription.get(), notification.result, wiring);
			continue;
		}
		let Some(index) = incoming.id.and_then(|id| Index::try_from(id).ok()) else { continue };
		if index as usize >= wiring.transactions.all.len() {
			continue;
		}
		let answer = incoming.error.map_or(Ok(()), |error| Err(refusal(error)));
		let watch = wiring.watch && answer.is_ok();
		let _ = wiring.events.send(Event::Answer { index, connection, at, answer });
		if let (true, Some(subscription)) = (watch, incoming.result) {
			watches.begin(subscription.get(), index, wiring);
		}
	}
}

fn refusal(error: ErrorObject) -> Refusal {
	let data = error.data.and_then(|data| serde_json::from_str::<String>(data.get()).ok());
	let message = match data {
		Some(data) => format!("{}: {data}", error.message),
		None => error.message.into_owned(),
	};
	Refusal { code: error.code, message }
}

/// The watches through one connection.
#[derive(Default)]
struct Watches {
	connection: usize,
	by_subscription: HashMap<String, Index>,
	/// What was told of a watch before the answer that began it.
	early: HashMap<String, Told>,
}

impl Watches {
	fn begin(&mut self, subscription: &str, index: Index, wiring: &Wiring) {
		match self.early.remove(subscription) {
			Some(told) => self.tell(index, told, wiring),
			None => drop(self.by_subscription.insert(subscription.into(), index)),
		}
	}

	fn told(&mut self, subscription: &str, status: &RawValue, wiring: &Wiring) {
		let Some(told) = last_word(status.get()) else { return };
		match self.by_subscription.remove(subscription) {
			Some(index) => self.tell(index, told, wiring),
			None => drop(self.early.insert(subscription.into(), told)),
		}
	}

	fn tell(&self, index: Index, told: Told, wiring: &Wiring) {
		let _ = wiring.events.send(Event::Told { index, connection: self.connection, told });
	}
}

/// What a status tells, if nothing comes after it: `"dropped"`, `{"finalized":"0x…"}`.
pub fn last_word(status: &str) -> Option<Told> {
	let word = status.trim_start_matches('{').trim_start().strip_prefix('"')?;
	match word.split('"').next()? {
		"finalized" => Some(Told::Finalized),
		"dropped" => Some(Told::Dropped),
		"invalid" => Some(Told::Invalid),
		"usurped" => Some(Told::Usurped),
		"finalityTimeout" => Some(Told::FinalityTimeout),
		_ => None,
	}
}
