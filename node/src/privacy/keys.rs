//! Encryption keys in files, and on the chain.

use crate::remote::{account, Remote, RemoteArgs, SignerArgs};
use rand_core::{CryptoRng, OsRng, UnwrapErr};
use sc_cli::{Error, Result};
use serde::{Deserialize, Serialize};
use std::{
	fs::{self, OpenOptions},
	io::Write,
	os::unix::fs::OpenOptionsExt,
	path::{Path, PathBuf},
};
use syndic_envelope::{prove_possession, PublicKey, SecretKey};
use syndic_runtime::Runtime;
use zeroize::{Zeroize, Zeroizing};

/// The operating system's source of randomness.
pub fn rng() -> impl CryptoRng {
	UnwrapErr(OsRng)
}

/// A file with a key, in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
	/// The public key, by which people can recognise a file.
	key: String,
	secret: String,
}

impl Drop for KeyFile {
	fn drop(&mut self) {
		self.secret.zeroize();
	}
}

/// Which key.
#[derive(Clone, Debug, clap::Args)]
pub struct KeyArgs {
	/// The file with the encryption key, as `syndic privacy generate-key` makes it.
	#[arg(long = "key", value_name = "FILE")]
	file: PathBuf,
}

impl KeyArgs {
	/// The key in this file.
	pub fn of(file: PathBuf) -> Self {
		Self { file }
	}

	/// The key in the file. An error does not repeat the file's content.
	pub fn read(&self) -> Result<SecretKey> {
		let at = |error: &str| Error::Input(format!("--key {}: {error}", self.file.display()));
		let text = Zeroizing::new(fs::read_to_string(&self.file).map_err(|error| at(&error.to_string()))?);
		let file: KeyFile = serde_json::from_str(&text).map_err(|_| at("is not a file of generate-key"))?;
		let mut bytes = Zeroizing::new([0; 32]);
		let digits = |text: &str| text.strip_prefix("0x").unwrap_or(text).len() == 64;
		let decode = |text: &str, bytes: &mut [u8; 32]| {
			hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), bytes).is_ok()
		};
		if !digits(&file.secret) || !decode(&file.secret, &mut bytes) {
			return Err(at("secret must be 0x and 64 hexadecimal digits"));
		}
		let secret = SecretKey::from_bytes(*bytes);
		match decode(&file.key, &mut bytes) && secret.public() == PublicKey(*bytes) {
			true => Ok(secret),
			false => Err(at("key is not the public half of secret")),
		}
	}
}

/// Writes a new file that only its owner can read. Fails if the file exists.
pub fn write_secret(path: &Path, content: &[u8]) -> Result<()> {
	let at = |error: std::io::Error| Error::Input(format!("{}: {error}", path.display()));
	let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(at)?;
	file.write_all(content).and_then(|()| file.sync_all()).map_err(at)
}

/// `privacy generate-key`
#[derive(Debug, clap::Args)]
pub struct GenerateKeyCmd {
	/// Where the key is written. There must be no such file.
	#[arg(long, value_name = "FILE")]
	out: PathBuf,
}

impl GenerateKeyCmd {
	/// Writes the file, and prints the public key.
	pub fn run(&self) -> Result<()> {
		let secret = SecretKey::generate(&mut rng());
		let hex = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
		let file = KeyFile { key: hex(&secret.public().0), secret: hex(&*secret.to_bytes()) };
		let text = Zeroizing::new(serde_json::to_vec_pretty(&file).map_err(|error| Error::Input(error.to_string()))?);
		write_secret(&self.out, &text)?;
		println!("{}", file.key);
		Ok(())
	}
}

/// `privacy register-key`
#[derive(Debug, clap::Args)]
pub struct RegisterKeyCmd {
	#[command(flatten)]
	key: KeyArgs,

	#[command(flatten)]
	signer: SignerArgs,

	#[command(flatten)]
	remote: RemoteArgs,
}

impl RegisterKeyCmd {
	/// Registers the key, and prints its version.
	pub async fn run(&self) -> Result<()> {
		let (key, pair) = (self.key.read()?, self.signer.pair()?);
		let remote = Remote::connect(&self.remote).await?;
		let who = account(&pair);
		let current = pallet_identity::CurrentEncryptionKey::<Runtime>::hashed_key_for(&who);
		let version = remote.read::<u32>(current).await?.unwrap_or(0).saturating_add(1);
		let proof = prove_possession(&key, &remote.genesis.0, who.as_ref(), version, &mut rng());
		let call = pallet_identity::Call::<Runtime>::set_encryption_key { key: key.public(), proof };
		remote.submit(&pair, call).await?;
		println!("Version {version} of the encryption key of {who} is registered.");
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_key_file_is_private_read_back_and_never_overwritten() {
		use std::os::unix::fs::PermissionsExt;
		let dir = tempfile::tempdir().unwrap();
		let out = dir.path().join("officer.json");
		GenerateKeyCmd { out: out.clone() }.run().unwrap();
		assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
		let args = KeyArgs { file: out.clone() };
		let key = args.read().unwrap();
		assert!(GenerateKeyCmd { out: out.clone() }.run().is_err());
		assert_eq!(args.read().unwrap().public(), key.public());
	}

	#[test]
	fn a_file_that_holds_no_key_is_refused_and_not_repeated() {
		let dir = tempfile::tempdir().unwrap();
		let file = dir.path().join("key.json");
		let secret = "11".repeat(32);
		let zero = "00".repeat(32);
		let cases = [
			("nonsense".to_string(), "generate-key"),
			(format!(r#"{{"key":"0x{zero}","secret":"0x{secret}0"}}"#), "64 hexadecimal digits"),
			(format!(r#"{{"key":"0x{zero}","secret":"0x{secret}"}}"#), "public half"),
			(format!(r#"{{"key":"0x","secret":"{secret}"}}"#), "public half"),
		];
		for (text, expected) in cases {
			fs::write(&file, &text).unwrap();
			let error = KeyArgs { file: file.clone() }.read().unwrap_err().to_string();
			assert!(error.contains(expected) && !error.contains(&secret), "{error}");
		}
	}
}
