//! A connection through which transactions are submitted. It reconnects by itself.

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

/// The first wait before connecting again.
const BACKOFF_MIN: Duration = Duration::from_millis(100);
/// The longest wait before connecting again.
const BACKOFF_MAX: Duration = Duration::from_secs(1);

/// An event at a connection or on the chain, sent to the driver.
#[derive(Debug)]
pub enum Event {
	/// A connection is open. Transactions sent into `requests` are submitted through it.
	Up {
		/// The connection's number.
		connection: usize,
		/// The channel for transactions to be submitted.
		requests: UnboundedSender<Index>,
	},
	/// A connection ended. Submissions through it that have no answer yet will get none.
	Down {
		/// The connection's number.
		connection: usize,
	},
	/// A node answered a submission.
	Answer {
		/// The transaction.
		index: Index,
		/// Through which connection.
		connection: usize,
		/// When the answer came.
		at: Micros,
		/// Whether the transaction was accepted.
		answer: Result<(), Refusal>,
	},
	/// A watcher was told a status that ends its watch.
	Told {
		/// The transaction.
		index: Index,
		/// Through which connection.
		connection: usize,
		/// The status.
		told: Told,
	},
	/// A block is final.
	Block(FinalBlock),
}

/// The state that all connections of a run share.
pub struct Wiring {
	/// The transactions.
	pub transactions: Arc<Transactions>,
	/// Whether they are submitted by `author_submitAndWatchExtrinsic`.
	pub watch: bool,
	/// When the run began.
	pub began: Instant,
	/// The channel for events.
	pub events: UnboundedSender<Event>,
}

impl Wiring {
	/// Time since the run began.
	pub fn now(&self) -> Micros {
		self.began.elapsed().as_micros() as Micros
	}
}

/// Connects and submits the requested transactions. Connects again when the connection ends, until the receiver of
/// events is closed.
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
		// The end of either half ends the other. A node that reads nothing blocks `submit` but not `receive`.
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
		// Transactions that wait already go in the same system call.
		while let Ok(index) = requests.try_recv() {
			sink.feed(Message::text(request(index, wiring))).await?;
		}
		sink.flush().await?;
	}
	Ok(())
}

/// The text of a request. Its id is the transaction's index, so no two open requests have the same id.
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
	/// Statuses that came before the answer that began their watch.
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

/// The last status of a watch, as in `"dropped"` or `{"finalized":"0x…"}`. `None` if `status` is not a last one.
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
