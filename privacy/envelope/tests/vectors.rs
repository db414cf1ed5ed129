//! Test vectors. Other implementations must agree with `vectors.json`: the stored envelope opens here, and the same
//! seed makes the stored envelope again. `vectors-typescript.json` was made by another implementation, and opens here
//! as well.

mod common;

use common::{public, rng, GENESIS, PANEL, PAYLOAD, SENDER};
use serde_json::{json, Value};
use syndic_envelope::{
	combine, open, prove_dh, prove_possession, release, seal, unwrap_release, unwrap_secret, unwrap_share,
	verify_possession, Context, PanelKeys, Point, Possession, PublicKey, Secret, SecretKey, Wrap,
};

const STORED: &str = include_str!("vectors.json");
/// Written by the tests of the TypeScript helper, `clients/typescript`.
const TYPESCRIPT: &str = include_str!("vectors-typescript.json");

fn hex(bytes: impl AsRef<[u8]>) -> String {
	format!("0x{}", hex::encode(bytes))
}

fn bytes<const N: usize>(value: &Value) -> [u8; N] {
	hex::decode(&value.as_str().unwrap()[2..]).unwrap().try_into().unwrap()
}

fn wrap_json(wrap: &Wrap) -> Value {
	json!({ "enc": hex(wrap.enc), "sealed": hex(wrap.sealed) })
}

fn wrap(value: &Value) -> Wrap {
	Wrap { enc: bytes(&value["enc"]), sealed: bytes(&value["sealed"]) }
}

fn make() -> Value {
	let mut rng = rng(2026);
	let recipient = SecretKey::generate(&mut rng);
	let officers: Vec<_> = (0..3).map(|_| SecretKey::generate(&mut rng)).collect();
	let panel = PanelKeys { panel: PANEL, threshold: 2, officers: public(&officers) };
	let sealed = seal(GENESIS, SENDER, PAYLOAD, &[recipient.public()], &[panel], &mut rng).unwrap();
	let context = Context { genesis: GENESIS, sender: SENDER, commitment: sealed.commitment };
	let secret = unwrap_secret(&context, 0, &recipient, &sealed.recipients[0], &sealed.key_point).unwrap();
	let points = &sealed.panels[0].points;
	let share =
		unwrap_share(&context, PANEL, 1, &officers[1], &sealed.panels[0].shares[1], (&sealed.key_point, points));
	let released = release(&context, 3, &share.unwrap(), &officers[0].public(), &mut rng).unwrap();
	let account = [5; 32];
	let proof = prove_dh(&officers[1], &sealed.panels[0].shares[1], &mut rng).unwrap();
	let key = |key: &SecretKey| json!({ "key": hex(key.public().0), "secret": hex(*key.to_bytes()) });
	json!({
		"genesis": hex(GENESIS),
		"sender": hex(SENDER),
		"payload": hex(PAYLOAD),
		"salt": hex(open(&context, &secret, &sealed.ciphertext_hash, &sealed.ciphertext).unwrap().salt),
		"commitment": hex(sealed.commitment),
		"ciphertext": hex(&sealed.ciphertext),
		"ciphertextHash": hex(sealed.ciphertext_hash),
		"keyPoint": hex(sealed.key_point.0),
		"secret": hex(*secret.to_bytes()),
		"recipient": key(&recipient),
		"recipientWrap": wrap_json(&sealed.recipients[0]),
		"panel": PANEL,
		"threshold": 2,
		"officers": officers.iter().map(key).collect::<Vec<_>>(),
		"points": points.iter().map(|point| hex(point.0)).collect::<Vec<_>>(),
		"shares": sealed.panels[0].shares.iter().map(wrap_json).collect::<Vec<_>>(),
		"release": { "request": 3, "index": 1, "requester": 0, "wrap": wrap_json(&released) },
		"possession": {
			"account": hex(account),
			"version": 2,
			"proof": hex(prove_possession(&recipient, &GENESIS, &account, 2, &mut rng).0),
		},
		"dhProof": {
			"officer": 1,
			"dh": hex(proof.dh),
			"challenge": hex(proof.challenge),
			"response": hex(proof.response),
		},
	})
}

#[test]
fn what_is_made_is_what_is_stored() {
	let made = make();
	// SYNDIC_VECTORS=PATH writes the file anew, to that path.
	if let Ok(path) = std::env::var("SYNDIC_VECTORS") {
		std::fs::write(path, format!("{made:#}\n")).unwrap();
		return;
	}
	assert_eq!(made, serde_json::from_str::<Value>(STORED).unwrap());
}

#[test]
fn what_is_stored_opens() {
	opens(STORED);
}

#[test]
fn what_the_typescript_helper_made_opens() {
	opens(TYPESCRIPT);
}

fn opens(stored: &str) {
	let stored: Value = serde_json::from_str(stored).unwrap();
	let context = Context {
		genesis: bytes(&stored["genesis"]),
		sender: bytes(&stored["sender"]),
		commitment: bytes(&stored["commitment"]),
	};
	let secret_key = |value: &Value| SecretKey::from_bytes(bytes(&value["secret"]));
	let recipient = secret_key(&stored["recipient"]);
	assert_eq!(recipient.public(), PublicKey(bytes(&stored["recipient"]["key"])));
	let key_point = Point(bytes(&stored["keyPoint"]));
	let points: Vec<_> = stored["points"].as_array().unwrap().iter().map(|point| Point(bytes(point))).collect();
	let secret = unwrap_secret(&context, 0, &recipient, &wrap(&stored["recipientWrap"]), &key_point).unwrap();
	assert_eq!(*secret.to_bytes(), bytes(&stored["secret"]));
	assert_eq!(Secret::from_bytes(&bytes(&stored["secret"])).unwrap().key_point(), key_point);

	let officers: Vec<_> = stored["officers"].as_array().unwrap().iter().map(secret_key).collect();
	let own =
		unwrap_share(&context, PANEL, 0, &officers[0], &wrap(&stored["shares"][0]), (&key_point, &points)).unwrap();
	let released = wrap(&stored["release"]["wrap"]);
	let other = unwrap_release(&context, 3, 1, &officers[0], &released, (&key_point, &points)).unwrap();
	let combined = combine(&[own, other], 2, &key_point).unwrap();
	let ciphertext = hex::decode(&stored["ciphertext"].as_str().unwrap()[2..]).unwrap();
	let opened = open(&context, &combined, &bytes(&stored["ciphertextHash"]), &ciphertext).unwrap();
	assert_eq!(hex(&*opened.payload), stored["payload"].as_str().unwrap());
	assert_eq!(hex(opened.salt), stored["salt"].as_str().unwrap());

	let possession = &stored["possession"];
	let proof = Possession(bytes(&possession["proof"]));
	verify_possession(&recipient.public(), &context.genesis, &bytes(&possession["account"]), 2, &proof).unwrap();
}
