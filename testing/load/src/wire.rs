//! JSON-RPC over WebSocket, with no layer in between: messages are sent and received as texts.

use futures::{SinkExt, StreamExt};
use serde::{de::DeserializeOwned, Deserialize};
use serde_json::{value::RawValue, Value};
use std::{borrow::Cow, collections::VecDeque, time::Duration};
use tokio::net::TcpStream;
use tokio_tungstenite::{
	connect_async_with_config,
	tungstenite::{protocol::WebSocketConfig, Message},
	MaybeTlsStream, WebSocketStream,
};

/// Maximum size of a message in bytes: an answer may be a pool's contents, or a large block, in hexadecimal.
const MAX_MESSAGE: usize = 256 << 20;

/// How long a node may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection.
pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
	/// The connection could not be made, or ended.
	#[error("{url}: {problem}")]
	Connection {
		/// The node.
		url: String,
		/// What happened.
		problem: String,
	},
	/// No answer in time.
	#[error("{url}: {method}: no answer within {within:?}")]
	Timeout {
		/// The node.
		url: String,
		/// The method.
		method: String,
		/// The timeout.
		within: Duration,
	},
	/// The node answered with an error.
	#[error("{url}: {method}: {error}")]
	Refused {
		/// The node.
		url: String,
		/// The method.
		method: String,
		/// The error, as the node sent it.
		error: String,
	},
	/// The answer does not have the expected form.
	#[error("{url}: {method}: the answer cannot be read: {problem}")]
	Answer {
		/// The node.
		url: String,
		/// The method.
		method: String,
		/// What is wrong with it.
		problem: String,
	},
}

/// A message from a node: an answer if it has an `id`, a notification if it has a `method`.
#[derive(Debug, Deserialize)]
pub struct Incoming<'a> {
	/// The id of the request that is answered.
	#[serde(default)]
	pub id: Option<u64>,
	/// The answer.
	#[serde(default, borrow)]
	pub result: Option<&'a RawValue>,
	/// The error, in place of an answer.
	#[serde(default, borrow)]
	pub error: Option<ErrorObject<'a>>,
	/// The kind of notification.
	#[serde(default, borrow)]
	pub method: Option<Cow<'a, str>>,
	/// The notification's content.
	#[serde(default, borrow)]
	pub params: Option<Notification<'a>>,
}

/// A notification of a subscription.
#[derive(Debug, Deserialize)]
pub struct Notification<'a> {
	/// The subscription's id, as the node answered it.
	#[serde(borrow)]
	pub subscription: &'a RawValue,
	/// The new value.
	#[serde(borrow)]
	pub result: &'a RawValue,
}

/// An error as JSON-RPC writes it.
#[derive(Debug, Deserialize)]
pub struct ErrorObject<'a> {
	/// The error's code.
	pub code: i64,
	/// The error's message.
	#[serde(borrow)]
	pub message: Cow<'a, str>,
	/// More data, of any form.
	#[serde(default, borrow)]
	pub data: Option<&'a RawValue>,
}

/// Opens a connection.
pub async fn connect(url: &str) -> Result<Socket, WireError> {
	let config = WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
	let failed = |problem: String| WireError::Connection { url: url.into(), problem };
	match tokio::time::timeout(CONNECT_TIMEOUT, connect_async_with_config(url, Some(config), true)).await {
		Ok(Ok((socket, _))) => Ok(socket),
		Ok(Err(error)) => Err(failed(error.to_string())),
		Err(_) => Err(failed(format!("no connection within {CONNECT_TIMEOUT:?}"))),
	}
}

/// A client that makes one call at a time, and keeps the notifications that come meanwhile.
pub struct Client {
	url: String,
	socket: Socket,
	next_id: u64,
	/// Notifications that came while another message was awaited: their results.
	told: VecDeque<String>,
	timeout: Duration,
}

impl Client {
	/// Connects. Each answer has to come within `timeout`.
	pub async fn connect(url: &str, timeout: Duration) -> Result<Self, WireError> {
		Ok(Self { url: url.into(), socket: connect(url).await?, next_id: 0, told: VecDeque::new(), timeout })
	}

	/// Calls a method.
	pub async fn call<T: DeserializeOwned>(&mut self, method: &str, params: Value) -> Result<T, WireError> {
		let within = self.timeout;
		match tokio::time::timeout(within, self.exchange(method, params)).await {
			Ok(answer) => answer,
			Err(_) => Err(WireError::Timeout { url: self.url.clone(), method: method.into(), within }),
		}
	}

	async fn exchange<T: DeserializeOwned>(&mut self, method: &str, params: Value) -> Result<T, WireError> {
		let id = self.next_id;
		self.next_id += 1;
		let request = serde_json::json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
		let sent = self.socket.send(Message::text(request.to_string())).await;
		sent.map_err(|error| self.broken(error.to_string()))?;
		loop {
			let text = self.receive().await?;
			let incoming: Incoming =
				serde_json::from_str(&text).map_err(|error| self.unreadable(method, error.to_string()))?;
			if let Some(Notification { result, .. }) = incoming.params {
				self.told.push_back(result.get().into());
				continue;
			}
			if incoming.id != Some(id) {
				continue;
			}
			if let Some(error) = incoming.error {
				let error = format!("{}: {}", error.code, error.message);
				return Err(WireError::Refused { url: self.url.clone(), method: method.into(), error });
			}
			let result = incoming.result.map_or("null", RawValue::get);
			return serde_json::from_str(result).map_err(|error| self.unreadable(method, error.to_string()));
		}
	}

	/// The next notification's result, or `None` if none comes for `within`.
	pub async fn next_told(&mut self, within: Duration) -> Result<Option<String>, WireError> {
		if let Some(result) = self.told.pop_front() {
			return Ok(Some(result));
		}
		let next = async {
			loop {
				let text = self.receive().await?;
				if let Ok(Incoming { params: Some(Notification { result, .. }), .. }) = serde_json::from_str(&text) {
					return Ok(result.get().to_owned());
				}
			}
		};
		match tokio::time::timeout(within, next).await {
			Ok(told) => told.map(Some),
			Err(_) => Ok(None),
		}
	}

	async fn receive(&mut self) -> Result<String, WireError> {
		loop {
			match self.socket.next().await {
				Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
				Some(Ok(Message::Close(_))) | None => return Err(self.broken("the connection ended".into())),
				Some(Ok(_)) => {}
				Some(Err(error)) => return Err(self.broken(error.to_string())),
			}
		}
	}

	/// The error for an answer of an unexpected form.
	pub fn unreadable(&self, method: &str, problem: String) -> WireError {
		WireError::Answer { url: self.url.clone(), method: method.into(), problem }
	}

	fn broken(&self, problem: String) -> WireError {
		WireError::Connection { url: self.url.clone(), problem }
	}
}
