//! `builtin_*`: the built-in contracts, and their storage items with proofs.

use crate::{
	answers::{BlockAnswer, ContractAnswer, ContractsAnswer},
	blocks,
	contracts::ContractView,
	error::Error,
	params::{self, BlockRef},
	BuiltinApiServer,
};
use jsonrpsee::core::{JsonValue, RpcResult};
use sp_core::Bytes;
use syndic_light::ReadAnswer;
use syndic_primitives::{BlockHash, Height};

/// Answers requests about one node's contracts.
pub struct Builtin<V> {
	chain: V,
	genesis: BlockHash,
}

/// The proof of an answer: the header, the certificate that makes it final, and the nodes of the state's trie.
struct Proof {
	header: Bytes,
	certificate: Option<Bytes>,
	nodes: Vec<Bytes>,
}

impl<V: ContractView> Builtin<V> {
	/// Answers over this chain.
	pub fn new(chain: V, genesis: BlockHash) -> Self {
		Self { chain, genesis }
	}

	fn contracts_answer(&self, at: Option<JsonValue>) -> Result<ContractsAnswer, Error> {
		let at = blocks::at(&self.chain, params::optional_hash("at", at)?)?;
		let registry = self.chain.registry(at.height, at.hash)?;
		let since = |address| registry.suspended.iter().find(|(one, _)| *one == address).map(|(_, since)| *since);
		let contracts = registry
			.contracts
			.iter()
			.map(|contract| ContractAnswer::new(contract.clone(), since(contract.address)))
			.collect();
		Ok(ContractsAnswer { at, contracts })
	}

	fn read_answer(
		&self,
		address: JsonValue,
		item: JsonValue,
		keys: Option<JsonValue>,
		at: Option<JsonValue>,
		proof: Option<JsonValue>,
	) -> Result<ReadAnswer, Error> {
		let address = params::address("address", &address)?;
		let item = params::item("item", item)?;
		let keys = params::keys("keys", keys)?;
		let at = params::optional_hash("at", at)?;
		let proof = params::flag("proof", proof)?;
		let at = match at {
			// A block that is not final has no certificate.
			Some(hash) if proof => blocks::final_block(&self.chain, "at", BlockRef::Hash(hash))?,
			at => blocks::at(&self.chain, at)?,
		};
		let BlockAnswer { height, hash } = at;
		let key = self.chain.storage_key(height, hash, address, &item, &keys)??;
		let registry = self.chain.registry(height, hash)?;
		let contract = registry.contracts.into_iter().find(|contract| contract.address == address);
		let value = self.chain.value(height, hash, &key)?.map(Bytes);
		let (mut header, mut certificate, mut nodes) = (None, None, None);
		if proof {
			let proof = self.proof_of(at, &key)?;
			(header, certificate, nodes) = (Some(proof.header), proof.certificate, Some(proof.nodes));
		}
		Ok(ReadAnswer {
			genesis: self.genesis,
			at,
			address,
			contract: contract.map(|contract| contract.name).unwrap_or_default(),
			item,
			keys: keys.into_iter().map(Bytes).collect(),
			key: Bytes(key),
			value,
			proof: nodes,
			header,
			certificate,
		})
	}

	fn proof_of(&self, at: BlockAnswer, key: &[u8]) -> Result<Proof, Error> {
		let BlockAnswer { height, hash } = at;
		let certificate = match height {
			// Genesis has no certificate.
			Height::ZERO => None,
			_ => Some(Bytes(blocks::certificate(&self.chain, at)?)),
		};
		let header = self.chain.header(hash)?.ok_or(Error::UnknownBlock { field: "at", hash })?;
		let nodes = self.chain.proof(height, hash, &[key])?.into_iter().map(Bytes).collect();
		Ok(Proof { header: Bytes(header), certificate, nodes })
	}
}

impl<V: ContractView> BuiltinApiServer for Builtin<V> {
	fn contracts(&self, at: Option<JsonValue>) -> RpcResult<ContractsAnswer> {
		Ok(self.contracts_answer(at)?)
	}

	fn read(
		&self,
		address: JsonValue,
		item: JsonValue,
		keys: Option<JsonValue>,
		at: Option<JsonValue>,
		proof: Option<JsonValue>,
	) -> RpcResult<ReadAnswer> {
		Ok(self.read_answer(address, item, keys, at, proof)?)
	}
}
