//! A recovery order as a file, which people hand to each other and to their nodes.

use sc_cli::{Error, Result};
use serde::{Deserialize, Serialize};
use sp_core::{crypto::Ss58Codec, ecdsa, ed25519, sr25519, ByteArray};
use sp_runtime::{AccountId32, BoundedVec, MultiSignature};
use std::{
	fs::File,
	io::{Read, Write},
	path::Path,
};
use syndic_primitives::{
	recovery::MAX_RECOVERY_SIGNATURES, BlockHash, Height, RecoveryOrder, SetId, UncheckedRecovery, ValidatorId,
	MAX_VALIDATORS,
};

/// Maximum length of the file in bytes. The largest order with the most signatures is shorter.
const MAX_BYTES: u64 = 1024 * 1024;

/// The file's content.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderFile {
	order: Order,
	#[serde(default)]
	signatures: Vec<Signature>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Order {
	genesis: BlockHash,
	height: Height,
	block_hash: BlockHash,
	set_id: SetId,
	members: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
	account: String,
	signature: String,
}

/// Reads an order from a file, and checks its signatures.
pub(super) fn read(path: &Path) -> Result<UncheckedRecovery> {
	let named = |error: &dyn std::fmt::Display| Error::Input(format!("{}: {error}", path.display()));
	let mut text = String::new();
	File::open(path)
		.and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text))
		.map_err(|error| named(&error))?;
	if text.len() as u64 > MAX_BYTES {
		return Err(named(&format!("longer than {MAX_BYTES} bytes")));
	}
	parse(&text).map_err(|error| named(&error))
}

fn parse(text: &str) -> std::result::Result<UncheckedRecovery, String> {
	let mut json = serde_json::Deserializer::from_str(text);
	let file: OrderFile = serde_path_to_error::deserialize(&mut json).map_err(|error| error.to_string())?;
	let OrderFile { order, signatures } = file;
	let members = members(&order.members).map_err(|error| format!("order.members: {error}"))?;
	let Order { genesis, height, block_hash, set_id, .. } = order;
	let order = RecoveryOrder { genesis, height, block_hash, set_id, members };
	let mut recovery = UncheckedRecovery { order, signatures: BoundedVec::new() };
	for (at, Signature { account, signature }) in signatures.iter().enumerate() {
		add(&mut recovery, account, signature).map_err(|error| format!("signatures[{at}]: {error}"))?;
	}
	Ok(recovery)
}

/// Writes an order to a file.
pub(super) fn write(path: &Path, recovery: &UncheckedRecovery) -> Result<()> {
	let order = &recovery.order;
	let signature = |signature: &MultiSignature| match signature {
		MultiSignature::Ed25519(signature) => hex(signature.as_ref()),
		MultiSignature::Sr25519(signature) => hex(signature.as_ref()),
		MultiSignature::Ecdsa(signature) => hex(signature.as_ref()),
		other => format!("{other:?}"),
	};
	let file = OrderFile {
		order: Order {
			genesis: order.genesis,
			height: order.height,
			block_hash: order.block_hash,
			set_id: order.set_id,
			members: order.members.iter().map(|member| hex(member.as_ref())).collect(),
		},
		signatures: recovery
			.signatures
			.iter()
			.map(|(account, by)| Signature { account: account.to_ss58check(), signature: signature(by) })
			.collect(),
	};
	let text = serde_json::to_string_pretty(&file).map_err(|error| Error::Input(error.to_string()))?;
	let named = |error: std::io::Error| Error::Input(format!("{}: {error}", path.display()));
	// The file is replaced atomically, because it may hold signatures that took days to get.
	let beside = path.with_extension("json.new");
	let written = File::create(&beside).and_then(|mut file| {
		writeln!(file, "{text}")?;
		file.sync_all()
	});
	written.and_then(|()| std::fs::rename(&beside, path)).map_err(named)
}

/// Validators' consensus keys.
pub(super) fn members<S: AsRef<str>>(
	keys: &[S],
) -> std::result::Result<BoundedVec<ValidatorId, sp_runtime::traits::ConstU32<MAX_VALIDATORS>>, String> {
	let keys: std::result::Result<Vec<_>, String> = keys
		.iter()
		.map(|key| {
			let bytes = unhex(key.as_ref())?;
			ValidatorId::from_slice(&bytes).map_err(|()| format!("{} is not a consensus key of 32 bytes", key.as_ref()))
		})
		.collect();
	BoundedVec::try_from(keys?)
		.map_err(|keys| format!("{} validators, at most {MAX_VALIDATORS} are possible", keys.len()))
}

/// Adds a signature, after checking that it is the account's over this order.
pub(super) fn add(
	recovery: &mut UncheckedRecovery,
	account: &str,
	signature: &str,
) -> std::result::Result<AccountId32, String> {
	let account = self::account(account)?;
	if recovery.signatures.iter().any(|(signer, _)| *signer == account) {
		return Err(format!("{} has signed already", account.to_ss58check()));
	}
	let bytes = unhex(signature)?;
	let signed = candidates(&bytes).into_iter().find(|signature| recovery.order.is_signed(&account, signature));
	let signature = signed.ok_or_else(|| {
		format!(
			"not a signature of {} over this order ({} bytes). It must be over the text that `syndic recovery show` prints, \
			 byte for byte",
			account.to_ss58check(),
			bytes.len()
		)
	})?;
	recovery
		.signatures
		.try_push((account.clone(), signature))
		.map_err(|_| format!("more than {MAX_RECOVERY_SIGNATURES} signatures"))?;
	Ok(account)
}

/// The signatures that the bytes may be: wallets do not tell the scheme, or tell it in a byte before the signature.
fn candidates(bytes: &[u8]) -> Vec<MultiSignature> {
	let by_length = |bytes: &[u8]| {
		let sr = sr25519::Signature::from_slice(bytes).map(MultiSignature::Sr25519);
		let ed = ed25519::Signature::from_slice(bytes).map(MultiSignature::Ed25519);
		let ec = ecdsa::Signature::from_slice(bytes).map(MultiSignature::Ecdsa);
		[sr, ed, ec].into_iter().flatten().collect::<Vec<_>>()
	};
	let mut found = by_length(bytes);
	if let Some((0..=2, rest)) = bytes.split_first() {
		found.extend(by_length(rest));
	}
	found
}

fn account(text: &str) -> std::result::Result<AccountId32, String> {
	if text.starts_with("0x") {
		let bytes = unhex(text)?;
		return <[u8; 32]>::try_from(bytes)
			.map(Into::into)
			.map_err(|_| format!("{text} is not an account of 32 bytes"));
	}
	AccountId32::from_ss58check(text).map_err(|error| format!("{text} is not an account: {error}"))
}

pub(super) fn hex(bytes: &[u8]) -> String {
	format!("0x{}", hex::encode(bytes))
}

fn unhex(text: &str) -> std::result::Result<Vec<u8>, String> {
	let digits = text.strip_prefix("0x").ok_or_else(|| format!("{text} does not begin with 0x"))?;
	hex::decode(digits).map_err(|error| format!("{text}: {error}"))
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

	fn order() -> UncheckedRecovery {
		let keys = [Ed25519Keyring::Alice, Ed25519Keyring::Bob].map(|key| hex(key.public().as_ref()));
		let order = RecoveryOrder {
			genesis: BlockHash::repeat_byte(1),
			height: Height(7),
			block_hash: BlockHash::repeat_byte(2),
			set_id: SetId(3),
			members: members(&keys).unwrap(),
		};
		UncheckedRecovery { order, signatures: BoundedVec::new() }
	}

	#[test]
	fn a_file_holds_what_was_written() {
		let directory = tempfile::tempdir().unwrap();
		let path = directory.path().join("order.json");
		let mut recovery = order();
		let payload = recovery.order.payload();
		let wrapped = format!("<Bytes>{payload}</Bytes>");
		for (who, text) in [(Sr25519Keyring::Alice, &payload), (Sr25519Keyring::Bob, &wrapped)] {
			let signature = hex(who.sign(text.as_bytes()).as_ref());
			add(&mut recovery, &who.to_account_id().to_ss58check(), &signature).unwrap();
		}
		let ed = Ed25519Keyring::Charlie;
		// A signature with the byte of its scheme in front.
		let signature = format!("0x00{}", hex::encode(ed.sign(payload.as_bytes())));
		add(&mut recovery, &hex(ed.public().as_ref()), &signature).unwrap();
		write(&path, &recovery).unwrap();
		assert_eq!(read(&path).unwrap(), recovery);
		assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
	}

	#[test]
	fn a_signature_must_be_the_accounts_over_this_order_and_the_first() {
		let mut recovery = order();
		let alice = Sr25519Keyring::Alice;
		let account = alice.to_account_id().to_ss58check();
		let good = hex(alice.sign(recovery.order.payload().as_bytes()).as_ref());
		let bob = Sr25519Keyring::Bob.to_account_id().to_ss58check();
		for (account, signature, part) in [
			(account.as_str(), "0x00", "not a signature of 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"),
			(&bob, &good, "not a signature of 5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"),
			("5Grw", &good, "5Grw is not an account"),
			("0x0102", &good, "not an account of 32 bytes"),
			(&account, "abc", "does not begin with 0x"),
		] {
			let error = add(&mut recovery, account, signature).unwrap_err();
			assert!(error.contains(part), "{error}");
		}
		add(&mut recovery, &account, &good).unwrap();
		assert!(add(&mut recovery, &account, &good).unwrap_err().contains("has signed already"));
	}

	#[test]
	fn an_error_names_the_field() {
		let key = hex(&[1; 32]);
		let text = |members: &str, signatures: &str| {
			format!(
				r#"{{"order":{{"genesis":"{key}","height":1,"blockHash":"{key}","setId":0,"members":[{members}]}},"signatures":[{signatures}]}}"#
			)
		};
		assert!(parse(&text(&format!("\"{key}\""), "")).is_ok());
		for (text, part) in [
			(text("\"0x01\"", ""), "order.members: 0x01 is not a consensus key of 32 bytes"),
			(text("1", ""), "order.members[0]"),
			(text("", r#"{"account":"5Grw","signature":"0x"}"#), "signatures[0]: 5Grw is not an account"),
			(text("", "").replace("setId", "set"), "unknown field `set`"),
			("{".into(), "EOF"),
		] {
			let error = parse(&text).unwrap_err();
			assert!(error.contains(part), "{error} lacks {part}");
		}
	}
}
