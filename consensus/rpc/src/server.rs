//! The `pbft` interface over a chain, a keystore, and an engine if there is one.

use crate::{
	answers::{
		to_hex, BlockAnswer, CertificateAnswer, EngineAnswer, ParametersAnswer, ReadinessAnswer, Role, StatusAnswer,
		ValidatorsAnswer,
	},
	blocks,
	chain::ChainView,
	error::Error,
	params, PbftApiServer,
};
use jsonrpsee::{
	core::{JsonValue, RpcResult},
	Extensions,
};
use sc_rpc_api::check_if_safe;
use sp_core::ed25519;
use sp_keystore::{Keystore, KeystorePtr};
use std::sync::Arc;
use syndic_client::{AssuranceHandle, Snapshot};
use syndic_primitives::{
	readiness::Readiness, BlockHash, Certificate, Height, ValidatorId, ValidatorSet, PBFT_KEY_TYPE,
};

/// Gives the engine's last snapshot; `None` until there is one.
pub type StatusSource = Arc<dyn Fn() -> Option<Arc<Snapshot>> + Send + Sync>;

/// Answers requests about one node.
pub struct Pbft<V> {
	chain: V,
	genesis: BlockHash,
	keystore: KeystorePtr,
	engine: StatusSource,
	assurance: Option<AssuranceHandle>,
}

impl<V: ChainView> Pbft<V> {
	/// Answers over these parts.
	pub fn new(chain: V, genesis: BlockHash, keystore: KeystorePtr, engine: StatusSource) -> Self {
		Self { chain, genesis, keystore, engine, assurance: None }
	}

	/// Adds the node's attestations, so that its status names the missing entries of the roster.
	pub fn with_assurance(self, assurance: AssuranceHandle) -> Self {
		Self { assurance: Some(assurance), ..self }
	}

	fn finalised(&self) -> BlockAnswer {
		blocks::finalised(&self.chain)
	}

	/// The block that `at` names, or the last final one.
	fn block_at(&self, at: Option<JsonValue>) -> Result<BlockAnswer, Error> {
		blocks::at(&self.chain, params::optional_hash("at", at)?)
	}

	/// The set after a block; `None` if its state is not here. It is used to add keys to positions, which an answer can
	/// do without.
	fn set_after(&self, height: Height, hash: BlockHash) -> Option<ValidatorSet> {
		self.chain.consensus_state(height, hash).ok().map(|state| state.set)
	}

	fn keys(&self) -> Vec<ed25519::Public> {
		self.keystore.ed25519_public_keys(PBFT_KEY_TYPE)
	}

	fn status_answer(&self) -> StatusAnswer {
		let assurance = self.assurance.as_ref().map(|handle| handle.standing().into());
		let Some(snapshot) = (self.engine)() else {
			let finalised = self.finalised();
			return StatusAnswer {
				role: Role::Starting,
				key: None,
				finalised,
				is_syncing: false,
				connected: Vec::new(),
				assurance,
				engine: None,
			};
		};
		StatusAnswer {
			role: snapshot.role.into(),
			key: snapshot.key.as_ref().map(to_hex),
			finalised: BlockAnswer { height: snapshot.finalised.height, hash: snapshot.finalised.hash },
			is_syncing: snapshot.syncing,
			connected: snapshot.connected.iter().map(to_hex).collect(),
			assurance,
			engine: snapshot.machine.clone().map(|status| EngineAnswer::new(status, &snapshot.rules.set)),
		}
	}

	fn certificate_answer(&self, block: JsonValue) -> Result<CertificateAnswer, Error> {
		let block = blocks::final_block(&self.chain, "block", params::block("block", block)?)?;
		let bytes = blocks::certificate(&self.chain, block)?;
		let BlockAnswer { height, hash } = block;
		let certificate = Certificate::from_bytes(&bytes)
			.map_err(|error| Error::Database(format!("the certificate of block {height} {hash:?}: {error}")))?;
		let named = |at, hash| self.set_after(at, hash).filter(|set| set.id() == certificate.set_id());
		let parent = self.chain.hash_at(height.previous())?;
		let set = parent.and_then(|parent| named(height.previous(), parent));
		// The first block of a set that a recovery order put in force has that set in its own state.
		let set = set.or_else(|| named(height, hash).filter(|set| set.since() == height));
		Ok(CertificateAnswer::new(&certificate, &self.genesis, set.as_ref()))
	}

	fn readiness_answer(&self, key: Option<JsonValue>) -> Result<ReadinessAnswer, Error> {
		let held = self.keys();
		let key: ed25519::Public = match (params::optional_key("key", key)?, &held[..]) {
			(Some(key), _) => held
				.iter()
				.copied()
				.find(|held| ValidatorId::from(*held) == key)
				.ok_or_else(|| Error::ForeignKey(hex::encode(&key)))?,
			(None, []) => return Err(Error::NoKey),
			(None, [key]) => *key,
			(None, several) => return Err(Error::SeveralKeys(several.len())),
		};
		let BlockAnswer { height, hash } = self.finalised();
		let statement = Readiness { height, block_hash: hash };
		let signature = self
			.keystore
			.ed25519_sign(PBFT_KEY_TYPE, &key, &statement.payload(&self.genesis))
			.map_err(|error| Error::Keystore(error.to_string()))?
			.ok_or_else(|| Error::ForeignKey(hex::encode(key)))?;
		Ok(ReadinessAnswer { key: to_hex(key), height, block_hash: hash, signature: to_hex(signature) })
	}
}

impl<V: ChainView> PbftApiServer for Pbft<V> {
	fn status(&self) -> RpcResult<StatusAnswer> {
		Ok(self.status_answer())
	}

	fn validators(&self, at: Option<JsonValue>) -> RpcResult<ValidatorsAnswer> {
		let at = self.block_at(at)?;
		let state = self.chain.consensus_state(at.height, at.hash).map_err(Error::from)?;
		Ok(ValidatorsAnswer::new(at, state))
	}

	fn parameters(&self, at: Option<JsonValue>) -> RpcResult<ParametersAnswer> {
		let at = self.block_at(at)?;
		let state = self.chain.consensus_state(at.height, at.hash).map_err(Error::from)?;
		let record = self.chain.parameter_record(at.hash).map_err(Error::from)?;
		Ok(ParametersAnswer::new(at, state, record))
	}

	fn certificate(&self, block: JsonValue) -> RpcResult<CertificateAnswer> {
		Ok(self.certificate_answer(block)?)
	}

	fn readiness(&self, extensions: &Extensions, key: Option<JsonValue>) -> RpcResult<ReadinessAnswer> {
		check_if_safe(extensions)?;
		Ok(self.readiness_answer(key)?)
	}
}
