//! The data behind answers about assurance: attestations from the database, block bodies, and the class of a
//! transaction.

use crate::{
	chain::{ChainError, ChainView, DatabaseView},
	contracts::ContractView,
};
use codec::{DecodeAll, Encode};
use sc_client_api::{Backend, BlockBackend};
use sp_api::{CallApiAt, CallApiAtParams, CallContext, RuntimeApiInfo};
use std::cell::RefCell;
use syndic_client::assurance::{recorded, Recorded};
use syndic_primitives::{api::ClassesApi, block::Block, BlockHash, ClassId, ClassInfo, Height};

/// The part of a chain that requests about assurance need. `hash` is always a known block.
pub trait AssuranceView: ChainView + ContractView {
	/// The stored record of a block's attestations.
	fn recorded(&self, height: Height, hash: BlockHash) -> Result<Option<Recorded>, ChainError>;
	/// The block's extrinsics in SCALE; `None` if its body is not here.
	fn extrinsics(&self, hash: BlockHash) -> Result<Option<Vec<Vec<u8>>>, ChainError>;
	/// The class of a transaction, according to the runtime after a block; `None` for an inherent, and if the runtime
	/// has no classes.
	fn class_of(&self, height: Height, hash: BlockHash, extrinsic: &[u8]) -> Result<Option<ClassInfo>, ChainError>;
}

impl<C, B> AssuranceView for DatabaseView<C, B>
where
	Self: ContractView,
	B: Backend<Block> + 'static,
	C: BlockBackend<Block> + CallApiAt<Block> + 'static,
{
	fn recorded(&self, height: Height, hash: BlockHash) -> Result<Option<Recorded>, ChainError> {
		Ok(recorded(&*self.backend, height, hash)?)
	}

	fn extrinsics(&self, hash: BlockHash) -> Result<Option<Vec<Vec<u8>>>, ChainError> {
		let body = self.client.block_body(hash)?;
		Ok(body.map(|body| body.iter().map(Encode::encode).collect()))
	}

	fn class_of(&self, height: Height, hash: BlockHash, extrinsic: &[u8]) -> Result<Option<ClassInfo>, ChainError> {
		if !self.backend.have_state_at(hash, height.get()) {
			return Err(ChainError::Pruned { height, hash });
		}
		let runtime = |reason: String| ChainError::Runtime { height, hash, reason };
		// The call is by name, so that a runtime without the API gives no error but no class.
		let version = self.client.runtime_version_at(hash, CallContext::Offchain);
		let version = version.map_err(|error| runtime(error.to_string()))?;
		if version.api_version(&<dyn ClassesApi<Block> as RuntimeApiInfo>::ID).is_none() {
			return Ok(None);
		}
		let call = |function, arguments| {
			let (overlayed_changes, extensions) = (RefCell::default(), RefCell::default());
			self.client
				.call_api_at(CallApiAtParams {
					at: hash,
					function,
					arguments,
					overlayed_changes: &overlayed_changes,
					call_context: CallContext::Offchain,
					recorder: &None,
					extensions: &extensions,
				})
				.map_err(|error| runtime(error.to_string()))
		};
		let class = call("ClassesApi_class_of", extrinsic.to_vec())?;
		let class = Option::<ClassId>::decode_all(&mut &class[..]).map_err(|error| runtime(error.to_string()))?;
		let Some(class) = class else { return Ok(None) };
		let classes = call("ClassesApi_classes", Vec::new())?;
		let classes = Vec::<ClassInfo>::decode_all(&mut &classes[..]).map_err(|error| runtime(error.to_string()))?;
		Ok(classes.into_iter().find(|info| info.id == class))
	}
}
