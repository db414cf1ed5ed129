//! A client for a node's JSON-RPC: reads the chain's state, and submits transactions.
//!
//! State is decoded, and transactions are made, with this binary's own runtime. So the chain must have the same runtime
//! version, which is checked first.

use codec::{Decode, DecodeAll, Encode};
use frame_metadata::{RuntimeMetadata, RuntimeMetadataPrefixed};
use frame_system::{EventRecord, Phase};
use jsonrpsee::{
	core::client::{ClientT, SubscriptionClientT},
	rpc_params,
	ws_client::{WsClient, WsClientBuilder},
};
use sc_cli::{Error, Result};
use serde::{de::DeserializeOwned, Deserialize};
use serde_json::Value;
use sp_core::{
	bytes::{from_hex, to_hex},
	sr25519, Pair, H256,
};
use sp_runtime::{generic::Era, DispatchError, ModuleError, OpaqueExtrinsic};
use sp_version::RuntimeVersion;
use syndic_runtime::{
	AccountId, Hash, Header, Runtime, RuntimeCall, RuntimeEvent, Signature, SignedPayload, TxExtension,
	UncheckedExtrinsic, VERSION,
};

/// Maximum length of an answer in bytes: the largest payload in hexadecimal digits, and any block, are shorter.
const MAX_RESPONSE: u32 = 32 * 1024 * 1024;

/// The number of blocks for which a transaction is valid.
const LIFETIME: u64 = 64;

/// How to reach a node.
#[derive(Clone, Debug, clap::Args)]
pub struct RemoteArgs {
	/// The node's JSON-RPC, over WebSocket. Payloads go to one's own institution's node, and come from it.
	#[arg(long, value_name = "URL", default_value = "ws://127.0.0.1:9944")]
	pub url: String,
}

/// Who signs.
#[derive(Clone, Debug, clap::Args)]
pub struct SignerArgs {
	/// The secret phrase of the account that signs (sr25519), or a file with it. It is asked for if this is not given.
	#[arg(long, value_name = "PHRASE or PATH")]
	suri: Option<String>,
}

impl SignerArgs {
	/// The key pair.
	pub fn pair(&self) -> Result<sr25519::Pair> {
		let suri = sc_cli::utils::read_uri(self.suri.as_ref())?;
		// The error does not repeat the phrase.
		sr25519::Pair::from_string(&suri, None).map_err(|error| Error::Input(format!("--suri is no secret: {error:?}")))
	}
}

/// The account of a key pair.
pub fn account(pair: &sr25519::Pair) -> AccountId {
	pair.public().into()
}

/// A node.
pub struct Remote {
	client: WsClient,
	/// The hash of its chain's genesis block.
	pub genesis: Hash,
}

fn failed(what: &str, error: impl std::fmt::Display) -> Error {
	Error::Input(format!("{what}: {error}"))
}

/// Runs a future to its end on one thread, because these commands wait for a node most of the time.
pub fn block_on<T>(work: impl std::future::Future<Output = Result<T>>) -> Result<T> {
	tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

impl Remote {
	/// Connects, and checks that the chain runs this runtime.
	pub async fn connect(args: &RemoteArgs) -> Result<Self> {
		let client = WsClientBuilder::default()
			.max_response_size(MAX_RESPONSE)
			.max_request_size(MAX_RESPONSE)
			.build(&args.url)
			.await
			.map_err(|error| failed(&args.url, error))?;
		let mut remote = Self { client, genesis: Hash::zero() };
		remote.genesis = remote.ask("chain_getBlockHash", rpc_params![0]).await?;
		let theirs: RuntimeVersion = remote.ask("state_getRuntimeVersion", rpc_params![]).await?;
		if (theirs.spec_version, theirs.transaction_version) != (VERSION.spec_version, VERSION.transaction_version) {
			return Err(Error::Input(format!(
				"the chain runs version {} of the runtime with transactions of version {}, this binary has {} and {}: use the \
				 binary of that version",
				theirs.spec_version, theirs.transaction_version, VERSION.spec_version, VERSION.transaction_version
			)));
		}
		Ok(remote)
	}

	/// Calls a method.
	pub async fn ask<T: DeserializeOwned>(
		&self,
		method: &str,
		params: jsonrpsee::core::params::ArrayParams,
	) -> Result<T> {
		self.client.request(method, params).await.map_err(|error| failed(method, error))
	}

	/// The last final block.
	pub async fn finalised(&self) -> Result<Hash> {
		self.ask("chain_getFinalizedHead", rpc_params![]).await
	}

	/// The value at a key after the last final block; `None` if there is none.
	pub async fn read<T: Decode>(&self, key: Vec<u8>) -> Result<Option<T>> {
		let at = self.finalised().await?;
		self.read_at(key, at).await
	}

	/// The value at a key after a block; `None` if there is none.
	async fn read_at<T: Decode>(&self, key: Vec<u8>, at: Hash) -> Result<Option<T>> {
		let stored: Option<String> = self.ask("state_getStorage", rpc_params![to_hex(&key, false), at]).await?;
		let Some(stored) = stored else { return Ok(None) };
		let bytes = from_hex(&stored).map_err(|error| failed("state_getStorage", error))?;
		T::decode_all(&mut &bytes[..]).map(Some).map_err(|error| failed("state_getStorage", error))
	}

	/// Sends a call, and waits until its block is final. Returns the events of the transaction.
	pub async fn submit(&self, pair: &sr25519::Pair, call: impl Into<RuntimeCall>) -> Result<Vec<RuntimeEvent>> {
		let transaction = self.sign(pair, call.into()).await?;
		let bytes = to_hex(&transaction.encode(), false);
		let mut statuses = self
			.client
			.subscribe::<Value, _>("author_submitAndWatchExtrinsic", rpc_params![bytes], "author_unwatchExtrinsic")
			.await
			.map_err(|error| failed("the transaction was refused", error))?;
		while let Some(status) = statuses.next().await {
			let status = status.map_err(|error| failed("author_submitAndWatchExtrinsic", error))?;
			if let Some(hash) = status.get("finalized") {
				let hash = H256::deserialize(hash).map_err(|error| failed("author_submitAndWatchExtrinsic", error))?;
				return self.events_of(&transaction, hash).await;
			}
			let over = ["invalid", "dropped", "usurped", "finalityTimeout"];
			if over.iter().any(|word| status.as_str() == Some(word) || status.get(word).is_some()) {
				return Err(Error::Input(format!("the transaction will not be included: {status}")));
			}
		}
		Err(Error::Input("the node has closed the connection before the transaction was final".into()))
	}

	async fn sign(&self, pair: &sr25519::Pair, call: RuntimeCall) -> Result<UncheckedExtrinsic> {
		let signer = account(pair);
		let at = self.finalised().await?;
		let header: Header = self.ask("chain_getHeader", rpc_params![at]).await?;
		let nonce: u32 = self.ask("system_accountNextIndex", rpc_params![signer.to_string()]).await?;
		let era = Era::mortal(LIFETIME, header.number.into());
		let extension = extension(nonce, era);
		let (spec, transaction) = (VERSION.spec_version, VERSION.transaction_version);
		let implicit = ((), spec, transaction, self.genesis, at, (), (), (), (), (), (), None);
		let payload = SignedPayload::from_raw(call, extension, implicit);
		let signature = payload.using_encoded(|bytes| pair.sign(bytes));
		let (call, extension, _) = payload.deconstruct();
		Ok(UncheckedExtrinsic::new_signed(call, signer.into(), Signature::Sr25519(signature), extension))
	}

	/// The events of a transaction in a block, or the error with which it failed.
	async fn events_of(&self, transaction: &UncheckedExtrinsic, block: Hash) -> Result<Vec<RuntimeEvent>> {
		#[derive(Deserialize)]
		struct SignedBlock {
			block: Body,
		}
		#[derive(Deserialize)]
		struct Body {
			extrinsics: Vec<OpaqueExtrinsic>,
		}
		let body: SignedBlock = self.ask("chain_getBlock", rpc_params![block]).await?;
		let ours = transaction.encode();
		let index = body.block.extrinsics.iter().position(|extrinsic| extrinsic.encode() == ours);
		let index = index.ok_or_else(|| Error::Input(format!("the transaction is not in block {block:?}")))? as u32;
		let key = syndic_primitives::storage_keys::item_key("System", "Events").to_vec();
		let records: Option<Vec<EventRecord<RuntimeEvent, Hash>>> = self.read_at(key, block).await?;
		let ours = records.unwrap_or_default().into_iter();
		let ours: Vec<_> = ours.filter(|record| record.phase == Phase::ApplyExtrinsic(index)).collect();
		let failure = ours.iter().find_map(|record| match &record.event {
			RuntimeEvent::System(frame_system::Event::ExtrinsicFailed { dispatch_error, .. }) => Some(dispatch_error),
			_ => None,
		});
		match failure {
			Some(error) => Err(Error::Input(explain(error))),
			None => Ok(ours.into_iter().map(|record| record.event).collect()),
		}
	}
}

fn extension(nonce: u32, era: Era) -> TxExtension {
	(
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckEra::from(era),
		pallet_identity::CheckIdentity::new(),
		pallet_supervision::CheckFreeze::new(),
		pallet_classes::CheckClass::new(),
		frame_system::CheckNonce::from(nonce),
		frame_system::CheckWeight::new(),
		syndic_runtime::payment::ChargePayment::from(0),
		frame_metadata_hash_extension::CheckMetadataHash::new(false),
	)
}

/// An error of the runtime, with its name and documentation from the metadata.
fn explain(error: &DispatchError) -> String {
	let DispatchError::Module(ModuleError { index, error: variant, .. }) = error else {
		return format!("{error:?}");
	};
	let RuntimeMetadataPrefixed(_, RuntimeMetadata::V14(metadata)) = Runtime::metadata() else {
		return format!("{error:?}");
	};
	let pallet = metadata.pallets.iter().find(|pallet| pallet.index == *index);
	let named = pallet.and_then(|pallet| {
		let errors = metadata.types.resolve(pallet.error.as_ref()?.ty.id)?;
		let scale_info::TypeDef::Variant(variants) = &errors.type_def else { return None };
		let found = variants.variants.iter().find(|found| found.index == variant[0])?;
		Some(format!("{}.{}: {}", pallet.name, found.name, found.docs.join(" ")))
	});
	named.unwrap_or_else(|| format!("{error:?}"))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn errors_are_told_in_the_runtimes_words() {
		let error: DispatchError = pallet_identity::Error::<Runtime>::NotEnrolled.into();
		assert_eq!(explain(&error), "Identity.NotEnrolled: The account has no identity.");
		assert_eq!(explain(&DispatchError::BadOrigin), "BadOrigin");
	}
}
