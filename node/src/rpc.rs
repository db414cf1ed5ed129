//! The node's own JSON-RPC, beside the stock one.

use crate::service::{Backend, Client, Pool};
use jsonrpsee::RpcModule;
use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
use sp_blockchain::HeaderBackend;
use sp_keystore::KeystorePtr;
use std::sync::Arc;
use substrate_frame_rpc_system::{System, SystemApiServer};
use syndic_client::{AssuranceHandle, StatusHandle};
use syndic_payloads::{Privacy, PrivacyApiServer};
use syndic_rpc::{
	Assurance, AssuranceApiServer, Builtin, BuiltinApiServer, Committee, CommitteeApiServer, DatabaseView, Pbft,
	PbftApiServer,
};
use syndic_supervision_view::{Supervision, SupervisionApiServer};

/// The parts from which answers are made.
pub struct Deps {
	pub client: Arc<Client>,
	pub backend: Arc<Backend>,
	pub pool: Arc<Pool>,
	pub keystore: KeystorePtr,
	pub status: StatusHandle,
	pub assurance: AssuranceHandle,
	pub payloads: syndic_payloads::Service,
}

/// Account nonces, fees, consensus, assurance, built-in contracts, the supervisor's view, payloads of private transactions.
pub fn create(deps: &Deps) -> Result<RpcModule<()>, sc_service::Error> {
	let Deps { client, backend, pool, keystore, status, assurance, payloads } = deps;
	let genesis = client.info().genesis_hash;
	let view = DatabaseView::new(client.clone(), backend.clone());
	let builtin = Builtin::new(view.clone(), genesis);
	let committee = Committee::new(view.clone());
	let status = status.clone();
	let assured = Assurance::new(view.clone(), genesis, assurance.clone());
	let supervision = Supervision::new(view.clone(), genesis, assurance.finalised());
	let pbft = Pbft::new(view, genesis, keystore.clone(), Arc::new(move || status.get()));
	let pbft = pbft.with_assurance(assurance.clone());

	let mut module = RpcModule::new(());
	let merged = module
		.merge(System::new(client.clone(), pool.clone()).into_rpc())
		.and_then(|()| module.merge(TransactionPayment::new(client.clone()).into_rpc()))
		.and_then(|()| module.merge(pbft.into_rpc()))
		.and_then(|()| module.merge(committee.into_rpc()))
		.and_then(|()| module.merge(assured.into_rpc()))
		.and_then(|()| module.merge(builtin.into_rpc()))
		.and_then(|()| module.merge(supervision.into_rpc()))
		.and_then(|()| module.merge(Privacy::new(payloads.clone()).into_rpc()));
	merged.map_err(|error| sc_service::Error::Application(Box::new(error)))?;
	Ok(module)
}
