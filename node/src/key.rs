//! Keys: the stock commands, the generator of consensus keys, and proofs that one holds such a key.

mod possession;

use clap::ValueEnum;
use possession::ProvePossessionCmd;
use sc_cli::{CliConfiguration, Error, KeySubcommand, KeystoreParams, Result, SharedParams, SubstrateCli};
use sc_keystore::LocalKeystore;
use sc_service::config::{BasePath, KeystoreConfig};
use sp_core::{
	crypto::{ExposeSecret, SecretString, Ss58Codec},
	ed25519, Pair,
};
use sp_keystore::Keystore;
use std::path::PathBuf;
use syndic_primitives::PBFT_KEY_TYPE;

/// Commands about keys.
#[derive(Debug, clap::Subcommand)]
#[allow(clippy::large_enum_variant)]
pub enum KeyCmd {
	#[command(flatten)]
	Stock(KeySubcommand),

	/// Make a consensus key, with which a validator votes (ed25519, type `pbft`).
	///
	/// Prints the public key, which the consortium takes into its validator set, and the secret phrase. With
	/// `--keystore-path`, or with `--base-path` and `--chain`, the key is also put into that node's keystore.
	GenerateConsensus(GenerateConsensusCmd),

	/// Prove that one holds a consensus key, so that its institution can register it as a validator.
	///
	/// Prints the public key and the proof, which an administrator of the institution sends with
	/// `validators.registerValidator`. The key is taken from a keystore (`--keystore-path`, or `--base-path` and
	/// `--chain`), or from `--suri`.
	ProvePossession(ProvePossessionCmd),
}

impl KeyCmd {
	/// Does what was asked.
	pub fn run<C: SubstrateCli>(&self, cli: &C) -> Result<()> {
		match self {
			Self::Stock(command) => command.run(cli),
			Self::GenerateConsensus(command) => command.run(cli),
			Self::ProvePossession(command) => command.run(cli),
		}
	}
}

/// How the key is printed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Output {
	/// For people.
	Text,
	/// For programs.
	Json,
}

/// `key generate-consensus`
#[derive(Debug, clap::Args)]
pub struct GenerateConsensusCmd {
	/// Take the key from this secret phrase, or from the first line of this file, instead of making a new one.
	#[arg(long, value_name = "PHRASE or PATH")]
	suri: Option<String>,

	/// How the key is printed.
	#[arg(long, value_enum, default_value = "text")]
	output_type: Output,

	#[command(flatten)]
	shared: SharedParams,

	#[command(flatten)]
	keystore: KeystoreParams,
}

impl CliConfiguration for GenerateConsensusCmd {
	fn shared_params(&self) -> &SharedParams {
		&self.shared
	}

	fn keystore_params(&self) -> Option<&KeystoreParams> {
		Some(&self.keystore)
	}
}

/// A key pair with the phrase from which it was made.
struct Generated {
	phrase: String,
	public: ed25519::Public,
}

impl GenerateConsensusCmd {
	fn run<C: SubstrateCli>(&self, cli: &C) -> Result<()> {
		// Every check comes before a key is shown or a directory made.
		let keystore = keystore_config(&self.shared, &self.keystore, cli)?;
		let password = match &keystore {
			Some((_, password)) => password.clone(),
			None => self.keystore.read_password()?,
		};
		let key = self.key(password.as_ref())?;
		if let Some((path, password)) = keystore {
			let shown = path.display().to_string();
			LocalKeystore::open(path, password)?
				.insert(PBFT_KEY_TYPE, &key.phrase, key.public.as_ref())
				.map_err(|()| Error::Input(format!("the key could not be written to the keystore {shown}")))?;
			eprintln!("Put into the keystore {shown}");
		}
		print(&key, self.output_type);
		Ok(())
	}

	fn key(&self, password: Option<&SecretString>) -> Result<Generated> {
		let password = password.map(|secret| secret.expose_secret().as_str());
		let Some(suri) = &self.suri else {
			let (pair, phrase, _) = ed25519::Pair::generate_with_phrase(password);
			return Ok(Generated { phrase, public: pair.public() });
		};
		let phrase = sc_cli::utils::read_uri(Some(suri))?;
		let pair = ed25519::Pair::from_string(&phrase, password)
			.map_err(|error| Error::Input(format!("--suri is not a secret phrase: {error:?}")))?;
		Ok(Generated { phrase, public: pair.public() })
	}
}

/// The keystore that the options name; `None` if they name none.
fn keystore_config<C: SubstrateCli>(
	shared: &SharedParams,
	keystore: &KeystoreParams,
	cli: &C,
) -> Result<Option<(PathBuf, Option<SecretString>)>> {
	let config_dir = match (&keystore.keystore_path, &shared.base_path) {
		// The directory is not used, because the keystore's own path takes precedence.
		(Some(_), _) => PathBuf::new(),
		(None, Some(base)) => {
			let chain = shared.chain_id(shared.is_dev());
			let spec = cli.load_spec(&chain)?;
			BasePath::new(base).config_dir(spec.id())
		}
		(None, None) => return Ok(None),
	};
	match keystore.keystore_config(&config_dir)? {
		KeystoreConfig::Path { path, password } => Ok(Some((path, password))),
		KeystoreConfig::InMemory => Ok(None),
	}
}

fn print(Generated { phrase, public }: &Generated, output: Output) {
	let public_hex = format!("0x{}", hex::encode(public));
	let ss58 = public.to_ss58check();
	match output {
		Output::Text => {
			println!("Secret phrase:       {phrase}");
			println!("Public key (hex):    {public_hex}");
			println!("Public key (SS58):   {ss58}");
		}
		Output::Json => {
			let json = serde_json::json!({ "secretPhrase": phrase, "publicKey": public_hex, "ss58PublicKey": ss58 });
			println!("{json:#}");
		}
	}
}
