//! `syndic verify-disclosure`: checks that a payload was sent under a commitment, and tells by whom, to whom and when.

use super::{not_proven, Question};
use codec::DecodeAll;
use pallet_privacy::types::Envelope;
use sc_cli::Result;
use serde::Deserialize;
use serde_json::{json, Value};
use sp_core::{bytes::to_hex, Bytes, H256};
use syndic_envelope::{commitment, SALT};
use syndic_light::{verify_read, ReadAnswer, VerifiedRead};
use syndic_runtime::{AccountId, BlockNumber};

/// The file that `syndic privacy prove` writes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bundle {
	/// The payload.
	payload: Bytes,
	/// The salt of its commitment.
	salt: Bytes,
	/// The envelope, read from the chain with a proof.
	read: ReadAnswer,
}

/// Why a payload is not proven.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum DisclosureError {
	#[error("read is of {contract}.{item}, it must be of Privacy.Envelopes")]
	OtherItem { contract: String, item: String },
	#[error("read.keys must be one commitment of 32 bytes")]
	Key,
	#[error("read.value is nothing: no envelope has this commitment")]
	NoEnvelope,
	#[error("read.value is no envelope of this version of Syndic: {0}")]
	Value(codec::Error),
	#[error("salt has {found} bytes, it must have {SALT}")]
	Salt { found: usize },
	#[error("payload and salt make the commitment {made:?}, the envelope's is {found:?}")]
	OtherPayload { made: H256, found: H256 },
}

/// The facts that were proven.
#[derive(Debug)]
struct VerifiedDisclosure {
	read: VerifiedRead,
	commitment: H256,
	envelope: Envelope<AccountId, BlockNumber>,
	length: usize,
}

fn check(bundle: &Bundle, read: VerifiedRead) -> std::result::Result<VerifiedDisclosure, DisclosureError> {
	if (read.contract.as_str(), read.item.as_str()) != ("Privacy", "Envelopes") {
		return Err(DisclosureError::OtherItem { contract: read.contract, item: read.item });
	}
	let found = match &read.keys[..] {
		[key] => H256(key[..].try_into().map_err(|_| DisclosureError::Key)?),
		_ => return Err(DisclosureError::Key),
	};
	let value = read.value.as_ref().ok_or(DisclosureError::NoEnvelope)?;
	let envelope = Envelope::decode_all(&mut &value[..]).map_err(DisclosureError::Value)?;
	let salt = bundle.salt[..].try_into().map_err(|_| DisclosureError::Salt { found: bundle.salt.len() })?;
	let made = H256(commitment(&salt, &bundle.payload));
	match made == found {
		true => Ok(VerifiedDisclosure { read, commitment: made, envelope, length: bundle.payload.len() }),
		false => Err(DisclosureError::OtherPayload { made, found }),
	}
}

/// `verify-disclosure`
#[derive(Debug, clap::Args)]
pub struct VerifyDisclosureCmd {
	#[command(flatten)]
	question: Question,

	/// Print the payload as well, as text or in hexadecimal digits.
	#[arg(long)]
	show_payload: bool,
}

impl VerifyDisclosureCmd {
	/// Prints what is proven, or fails with what is wrong.
	pub fn run(&self) -> Result<()> {
		let bundle: Bundle = self.question.answer()?;
		let read = verify_read(self.question.genesis(), &self.question.set()?, &bundle.read).map_err(not_proven)?;
		let verified = check(&bundle, read).map_err(not_proven)?;
		let payload = self.show_payload.then(|| match std::str::from_utf8(&bundle.payload) {
			Ok(text) => text.to_owned(),
			Err(_) => to_hex(&bundle.payload, false),
		});
		self.question.print(|| as_text(&verified, &payload), || as_json(&verified, &payload))
	}
}

/// A point in time, in ms since 1970, as RFC 3339 writes it.
fn time(ms: u64) -> String {
	match i64::try_from(ms).ok().and_then(chrono::DateTime::from_timestamp_millis) {
		Some(time) => time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
		None => format!("{ms} ms after 1970"),
	}
}

fn as_json(verified: &VerifiedDisclosure, payload: &Option<String>) -> Value {
	let VerifiedDisclosure { read, commitment, envelope, length } = verified;
	let certificate = read.certificate.as_ref();
	let recipients = envelope
		.recipients
		.iter()
		.map(|recipient| json!({ "account": recipient.account.to_string(), "institution": recipient.institution }));
	json!({
		"commitment": commitment,
		"length": length,
		"sender": envelope.sender.to_string(),
		"institution": envelope.institution,
		"recipients": recipients.collect::<Vec<_>>(),
		"sentAt": envelope.sent_at,
		"time": envelope.time,
		"provenAt": read.at,
		"setId": certificate.map(|certificate| certificate.set_id()),
		"signers": certificate.map(|certificate| certificate.signatures.len()),
		"payload": payload,
	})
}

fn as_text(verified: &VerifiedDisclosure, payload: &Option<String>) -> String {
	let VerifiedDisclosure { read, commitment, envelope, length } = verified;
	let finality = match &read.certificate {
		Some(certificate) => {
			format!("committed by {} members of set {}", certificate.signatures.len(), certificate.set_id())
		}
		None => "genesis".into(),
	};
	let mut lines = vec![
		format!("Commitment: {commitment:?}, of a payload of {length} bytes"),
		format!("Sent:       {}, in block {}", time(envelope.time), envelope.sent_at),
		format!("By:         {} of institution {}", envelope.sender, envelope.institution),
	];
	for recipient in &envelope.recipients {
		lines.push(format!("To:         {} of institution {}", recipient.account, recipient.institution));
	}
	lines.push(format!("Proven by:  block {} {:?}, {finality}", read.at.height, read.at.hash));
	if let Some(payload) = payload {
		lines.push(format!("Payload:    {payload}"));
	}
	lines.join("\n")
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::Encode;
	use syndic_envelope::Point;
	use syndic_light::BlockAnswer;
	use syndic_primitives::Height;

	const SALTED: [u8; SALT] = [3; SALT];

	fn envelope() -> Envelope<AccountId, BlockNumber> {
		Envelope {
			number: 0,
			sender: AccountId::new([1; 32]),
			institution: 1,
			ciphertext_hash: H256::zero(),
			ciphertext_len: 60,
			key_point: Point([0; 32]),
			recipients: Default::default(),
			panels: Default::default(),
			sent_at: 7,
			time: 1_700_000_000_123,
		}
	}

	fn read(contract: &str, key: Vec<Vec<u8>>, value: Option<Vec<u8>>) -> VerifiedRead {
		let at = BlockAnswer { height: Height(9), hash: H256::zero() };
		VerifiedRead { at, contract: contract.into(), item: "Envelopes".into(), keys: key, value, certificate: None }
	}

	fn bundle(payload: &[u8], salt: &[u8]) -> Bundle {
		let read = ReadAnswer {
			genesis: H256::zero(),
			at: BlockAnswer { height: Height(9), hash: H256::zero() },
			address: Default::default(),
			contract: String::new(),
			item: String::new(),
			keys: vec![],
			key: Bytes(vec![]),
			value: None,
			proof: None,
			header: None,
			certificate: None,
		};
		Bundle { payload: Bytes(payload.to_vec()), salt: Bytes(salt.to_vec()), read }
	}

	#[test]
	fn the_payload_that_was_sent_is_proven_and_no_other() {
		let made = commitment(&SALTED, b"the contract");
		let (key, value) = (vec![made.to_vec()], Some(envelope().encode()));
		let good = || read("Privacy", key.clone(), value.clone());
		let verified = check(&bundle(b"the contract", &SALTED), good()).expect("it is the one");
		assert_eq!((verified.commitment, verified.length), (H256(made), 12));
		let text = as_text(&verified, &None);
		assert!(text.contains("2023-11-14T22:13:20.123Z, in block 7"), "{text}");

		let error = |bundle: Bundle, read| check(&bundle, read).expect_err("refused");
		let other = H256(commitment(&SALTED, b"the Contract"));
		let refused = DisclosureError::OtherPayload { made: other, found: H256(made) };
		assert_eq!(error(bundle(b"the Contract", &SALTED), good()), refused);
		assert_eq!(error(bundle(b"the contract", &SALTED[1..]), good()), DisclosureError::Salt { found: 31 });
		let elsewhere = read("Identity", key.clone(), value.clone());
		assert!(matches!(error(bundle(b"the contract", &SALTED), elsewhere), DisclosureError::OtherItem { .. }));
		let nothing = read("Privacy", key.clone(), None);
		assert_eq!(error(bundle(b"the contract", &SALTED), nothing), DisclosureError::NoEnvelope);
		let short = read("Privacy", vec![vec![1; 31]], value);
		assert_eq!(error(bundle(b"the contract", &SALTED), short), DisclosureError::Key);
		let garbage = read("Privacy", key, Some(vec![1; 9]));
		assert!(matches!(error(bundle(b"the contract", &SALTED), garbage), DisclosureError::Value(_)));
	}
}
