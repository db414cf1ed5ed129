//! `key prove-possession`: the proof with which an institution registers a validator.

use super::{keystore_config, Output};
use sc_cli::{CliConfiguration, Error, KeystoreParams, Result, SharedParams, SubstrateCli};
use sc_keystore::LocalKeystore;
use sp_core::{
	crypto::{AccountId32, ExposeSecret, SecretString},
	ed25519, Pair,
};
use sp_keystore::Keystore;
use syndic_primitives::{BlockHash, Possession, PBFT_KEY_TYPE};

/// `key prove-possession`
#[derive(Debug, clap::Args)]
pub struct ProvePossessionCmd {
	/// The number of the institution whose validator it is to be.
	#[arg(long, value_name = "NUMBER")]
	institution: u32,

	/// The account that will send `validators.registerValidator`: an administrator of that institution.
	#[arg(long, value_name = "ADDRESS")]
	account: AccountId32,

	/// The hash of the chain's genesis block: what `chain_getBlockHash` answers for 0.
	#[arg(long, value_name = "HASH", value_parser = block_hash)]
	genesis: BlockHash,

	/// Take the key from this secret phrase, or from the first line of this file, instead of a keystore.
	#[arg(long, value_name = "PHRASE or PATH")]
	suri: Option<String>,

	/// Which of the keystore's consensus keys, if it holds several: 32 bytes in hexadecimal digits.
	#[arg(long, value_name = "PUBLIC KEY", value_parser = public_key, conflicts_with = "suri")]
	key: Option<ed25519::Public>,

	/// How the proof is printed.
	#[arg(long, value_enum, default_value = "text")]
	output_type: Output,

	#[command(flatten)]
	shared: SharedParams,

	#[command(flatten)]
	keystore: KeystoreParams,
}

impl CliConfiguration for ProvePossessionCmd {
	fn shared_params(&self) -> &SharedParams {
		&self.shared
	}

	fn keystore_params(&self) -> Option<&KeystoreParams> {
		Some(&self.keystore)
	}
}

/// 32 bytes in hexadecimal digits, with `0x` or without.
fn bytes32(text: &str) -> std::result::Result<[u8; 32], String> {
	let digits = text.strip_prefix("0x").unwrap_or(text);
	let bytes = hex::decode(digits).map_err(|error| error.to_string())?;
	let count = bytes.len();
	bytes.try_into().map_err(|_| format!("{count} bytes, there must be 32"))
}

fn block_hash(text: &str) -> std::result::Result<BlockHash, String> {
	bytes32(text).map(BlockHash::from)
}

fn public_key(text: &str) -> std::result::Result<ed25519::Public, String> {
	bytes32(text).map(ed25519::Public::from)
}

impl ProvePossessionCmd {
	pub(super) fn run<C: SubstrateCli>(&self, cli: &C) -> Result<()> {
		let (key, proof) = match &self.suri {
			Some(suri) => self.with_phrase(suri, self.keystore.read_password()?.as_ref())?,
			None => {
				let (path, password) = keystore_config(&self.shared, &self.keystore, cli)?
					.ok_or_else(|| Error::Input("name the key: --keystore-path, --base-path, or --suri".into()))?;
				if !path.is_dir() {
					return Err(Error::Input(format!("there is no keystore at {}", path.display())));
				}
				self.with_keystore(&LocalKeystore::open(path, password)?)?
			}
		};
		print(&key, &proof, self.output_type);
		Ok(())
	}

	/// The bytes that are signed.
	fn payload(&self) -> Vec<u8> {
		Possession { institution: self.institution, account: &self.account }.payload(&self.genesis)
	}

	fn with_phrase(
		&self,
		suri: &str,
		password: Option<&SecretString>,
	) -> Result<(ed25519::Public, ed25519::Signature)> {
		let phrase = sc_cli::utils::read_uri(Some(&suri.to_string()))?;
		let password = password.map(|secret| secret.expose_secret().as_str());
		let pair = ed25519::Pair::from_string(&phrase, password)
			.map_err(|error| Error::Input(format!("--suri is not a secret phrase: {error:?}")))?;
		Ok((pair.public(), pair.sign(&self.payload())))
	}

	fn with_keystore(&self, keystore: &dyn Keystore) -> Result<(ed25519::Public, ed25519::Signature)> {
		let keys = keystore.ed25519_public_keys(PBFT_KEY_TYPE);
		let key = match (self.key, keys.as_slice()) {
			(Some(key), keys) if keys.contains(&key) => key,
			(Some(key), _) => {
				return Err(Error::Input(format!("the keystore has no consensus key 0x{}", hex::encode(key))))
			}
			(None, [key]) => *key,
			(None, []) => {
				return Err(Error::Input("the keystore has no consensus key; see key generate-consensus".into()))
			}
			(None, keys) => {
				let keys: Vec<_> = keys.iter().map(|key| format!("0x{}", hex::encode(key))).collect();
				return Err(Error::Input(format!("the keystore has {}; say which with --key", keys.join(", "))));
			}
		};
		let proof = keystore.ed25519_sign(PBFT_KEY_TYPE, &key, &self.payload());
		let proof = proof.map_err(|error| Error::Input(format!("the keystore does not sign: {error}")))?;
		proof.map(|proof| (key, proof)).ok_or_else(|| Error::Input("the keystore has lost the key".into()))
	}
}

fn print(key: &ed25519::Public, proof: &ed25519::Signature, output: Output) {
	let (key, proof) = (format!("0x{}", hex::encode(key)), format!("0x{}", hex::encode(proof)));
	match output {
		Output::Text => {
			println!("Public key (hex):    {key}");
			println!("Proof:               {proof}");
		}
		Output::Json => println!("{:#}", serde_json::json!({ "publicKey": key, "proof": proof })),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::cli::Cli;
	use clap::Parser;
	use sp_keystore::testing::MemoryKeystore;
	use syndic_primitives::{
		crypto::{verify_ed25519, ValidatorPair},
		ValidatorId,
	};

	const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
	const GENESIS: &str = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

	/// The command, as clap parses it.
	fn command(more: &[&str]) -> std::result::Result<ProvePossessionCmd, clap::Error> {
		#[derive(Parser)]
		struct Just {
			#[command(flatten)]
			command: ProvePossessionCmd,
		}
		let given = ["x", "--institution", "4", "--account", ALICE, "--genesis", GENESIS];
		Just::try_parse_from(given.iter().chain(more)).map(|just| just.command)
	}

	/// Whether the chain would accept the proof.
	fn holds((key, proof): (ed25519::Public, ed25519::Signature)) -> bool {
		let account: AccountId32 = ALICE.parse().expect("it is an address");
		let possession = Possession { institution: 4, account };
		let genesis = BlockHash::repeat_byte(0xaa);
		possession.verify(&genesis, &ValidatorId::from(key), &proof.into(), &verify_ed25519)
	}

	fn pair(phrase: &str) -> ed25519::Pair {
		ed25519::Pair::from_string(phrase, None).expect("it is a phrase")
	}

	fn keystore(phrases: &[&str]) -> MemoryKeystore {
		let keystore = MemoryKeystore::new();
		for phrase in phrases {
			keystore.insert(PBFT_KEY_TYPE, phrase, pair(phrase).public().as_ref()).expect("it is in memory");
		}
		keystore
	}

	#[test]
	fn a_proof_from_a_phrase_is_what_the_chain_checks() {
		let made = command(&[]).unwrap().with_phrase("//Eve", None).unwrap();
		assert_eq!(ValidatorId::from(made.0), ValidatorPair::from_string("//Eve", None).unwrap().public());
		assert!(holds(made));
		let other = ["--institution", "5", "--account", ALICE, "--genesis", GENESIS];
		assert!(command(&other).is_err(), "one institution");
	}

	#[test]
	fn a_proof_from_a_keystore_is_the_same() {
		let made = command(&[]).unwrap().with_keystore(&keystore(&["//Eve"])).unwrap();
		assert_eq!(made, command(&[]).unwrap().with_phrase("//Eve", None).unwrap());
	}

	#[test]
	fn where_there_are_several_keys_one_is_named() {
		let two = keystore(&["//Eve", "//Bob"]);
		let bob = pair("//Bob").public();
		let named = |key: &[u8]| command(&["--key", &hex::encode(key)]).unwrap();
		let error = command(&[]).unwrap().with_keystore(&two).unwrap_err().to_string();
		assert!(error.contains("--key") && error.contains(&hex::encode(bob)), "{error}");
		let made = named(bob.as_ref()).with_keystore(&two).unwrap();
		assert_eq!(made.0, bob);
		assert!(holds(made));
		let error = named(&[7; 32]).with_keystore(&two).unwrap_err().to_string();
		assert!(error.contains("has no consensus key 0x0707"), "{error}");
		let error = command(&[]).unwrap().with_keystore(&keystore(&[])).unwrap_err().to_string();
		assert!(error.contains("generate-consensus"), "{error}");
	}

	#[test]
	fn what_is_no_hash_key_or_address_is_refused() {
		for bad in [["--genesis", "0xaa"], ["--genesis", "Alice"], ["--key", "0x01"], ["--account", "Alice"]] {
			let given = ["x", "--institution", "4", bad[0], bad[1]];
			let others = [["--account", ALICE], ["--genesis", GENESIS]];
			let rest = others.iter().filter(|[name, _]| *name != bad[0]).flatten();
			let whole: Vec<_> = ["syndic", "key", "prove-possession"].iter().chain(&given[1..]).chain(rest).collect();
			let error = Cli::try_parse_from(whole).expect_err("it is refused").to_string();
			assert!(error.contains("invalid value"), "{error}");
		}
	}
}
