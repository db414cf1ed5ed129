//! The JSON-RPC methods, as a client sees them.

use super::world::{ciphertext, commitment, World};
use crate::{
	rpc::{Privacy, PrivacyApiServer},
	MAX_CIPHERTEXT,
};
use jsonrpsee::RpcModule;
use sc_rpc_api::DenyUnsafe;
use serde_json::{json, Value};

struct Client(RpcModule<Privacy>);

impl Client {
	fn new(world: &World, deny: DenyUnsafe) -> Self {
		let mut module = Privacy::new(world.service.clone()).into_rpc();
		module.extensions_mut().insert(deny);
		Self(module)
	}

	/// The answer, or the code and the text of the error.
	async fn call(&self, method: &str, params: Value) -> Result<Value, (i64, String)> {
		let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
		let (answer, _) = self.0.raw_json_request(&request, 1).await.expect("it is JSON");
		let answer: Value = serde_json::from_str(&answer).expect("it is JSON");
		match answer.get("error") {
			None => Ok(answer["result"].clone()),
			Some(error) => Err((error["code"].as_i64().unwrap(), error["message"].as_str().unwrap().to_string())),
		}
	}
}

fn hex_of(bytes: impl AsRef<[u8]>) -> String {
	format!("0x{}", hex::encode(bytes))
}

#[tokio::test]
async fn a_payload_is_submitted_sent_read_and_purged() {
	let mut world = World::new();
	let client = Client::new(&world, DenyUnsafe::No);
	let (one, bytes) = (hex_of(commitment(0)), hex_of(ciphertext(0)));
	let state = |answer: Value| answer["state"].as_str().unwrap().to_string();
	let status = || client.call("privacy_payloadStatus", json!([one]));
	assert_eq!(state(status().await.unwrap()), "unknown");
	let answer = client.call("privacy_submitPayload", json!([one, bytes])).await.unwrap();
	let hash = hex_of(crate::ciphertext_hash(&ciphertext(0)));
	assert_eq!(answer, json!({"commitment": one, "ciphertextHash": hash, "length": 200}));
	assert_eq!(state(status().await.unwrap()), "submitted");
	let (code, error) = client.call("privacy_payload", json!([one])).await.unwrap_err();
	assert!(code == 7101 && error.contains("waits for it"), "{code} {error}");
	world.chain.send(1, &[1, 2]);
	world.block().await;
	let answer = client.call("privacy_payload", json!([one])).await.unwrap();
	assert_eq!(answer, json!({"commitment": one, "ciphertext": bytes, "ciphertextHash": hash, "sentAt": 1}));
	let answer = status().await.unwrap();
	assert_eq!((answer["state"].as_str(), &answer["readers"]), (Some("stored"), &json!([1, 2])));
	let answer = client.call("privacy_status", json!([])).await.unwrap();
	assert_eq!((&answer["on"], &answer["institution"], &answer["stored"]), (&json!(true), &json!(1), &json!(1)));
	assert_eq!(answer["boundBytes"], json!(1 << 20));
	let answer = client.call("privacy_purge", json!([one])).await.unwrap();
	assert_eq!(answer, json!({"commitment": one, "removed": true}));
	assert_eq!(state(status().await.unwrap()), "purged");
	let (code, error) = client.call("privacy_payload", json!([one])).await.unwrap_err();
	assert!(code == 7104 && error.contains("cause: operator"), "{code} {error}");
}

#[tokio::test]
async fn what_is_not_here_says_why() {
	let mut world = World::new();
	let sender = world.chain.member(2);
	world.peers.connect(sender);
	let client = Client::new(&world, DenyUnsafe::No);
	world.chain.send(2, &[1, 2]);
	world.chain.send(2, &[2, 3]);
	world.block().await;
	let payload = |n: u64| client.call("privacy_payload", json!([hex_of(commitment(n))]));
	let (code, error) = payload(0).await.unwrap_err();
	assert!(code == 7103 && error.contains("1 nodes of institutions [1, 2] could be asked"), "{code} {error}");
	let (code, error) = payload(1).await.unwrap_err();
	assert!(code == 7102 && error.contains("(1)"), "{code} {error}");
	let (code, error) = payload(2).await.unwrap_err();
	assert!(code == 7101 && error.contains("no final envelope"), "{code} {error}");
	let status = |n: u64| client.call("privacy_payloadStatus", json!([hex_of(commitment(n))]));
	assert_eq!(status(0).await.unwrap()["state"], json!("missing"));
	assert_eq!(status(1).await.unwrap()["state"], json!("notReader"));
}

#[tokio::test]
async fn bad_parameters_are_named_with_their_bounds() {
	let world = World::new();
	let client = Client::new(&world, DenyUnsafe::No);
	let one = hex_of(commitment(0));
	let long = hex_of(vec![7; MAX_CIPHERTEXT + 1]);
	for (method, params, field, expected) in [
		("privacy_submitPayload", json!([one, long]), "ciphertext", "must have 49 to 262192"),
		("privacy_submitPayload", json!([one, "0x01"]), "ciphertext", "must have 49 to 262192"),
		("privacy_submitPayload", json!(["0x01", "0x01"]), "commitment", "64 hex digits"),
		("privacy_payload", json!([7]), "commitment", "64 hex digits"),
		("privacy_purge", json!(["x"]), "commitment", "64 hex digits"),
		("privacy_setService", json!(["on"]), "on", "true or false"),
	] {
		let (code, error) = client.call(method, params).await.unwrap_err();
		assert!(code == -32602 && error.starts_with(field) && error.contains(expected), "{method}: {code} {error}");
	}
	assert_eq!(world.service.standing().unwrap().stored, 0);
}

#[tokio::test]
async fn the_public_may_ask_how_it_stands_and_nothing_else() {
	let world = World::new();
	let client = Client::new(&world, DenyUnsafe::Yes);
	let one = hex_of(commitment(0));
	for (method, params) in [
		("privacy_submitPayload", json!([one, hex_of(ciphertext(0))])),
		("privacy_payload", json!([one])),
		("privacy_purge", json!([one])),
		("privacy_setService", json!([false])),
	] {
		let (_, error) = client.call(method, params).await.unwrap_err();
		assert!(error.contains("unsafe"), "{method}: {error}");
	}
	assert!(world.service.is_on() && world.service.standing().unwrap().stored == 0);
	assert!(client.call("privacy_status", json!([])).await.is_ok());
	assert!(client.call("privacy_payloadStatus", json!([one])).await.is_ok());
}

#[tokio::test]
async fn the_service_is_switched() {
	let world = World::new();
	let client = Client::new(&world, DenyUnsafe::No);
	let answer = client.call("privacy_setService", json!([false])).await.unwrap();
	assert_eq!(answer["on"], json!(false));
	let (code, _) =
		client.call("privacy_submitPayload", json!([hex_of(commitment(0)), hex_of(ciphertext(0))])).await.unwrap_err();
	assert_eq!(code, 7105);
	let answer = client.call("privacy_setService", json!([true])).await.unwrap();
	assert_eq!(answer["on"], json!(true));
}
