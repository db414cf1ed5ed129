//! A chain in memory: every block is made in one state and executed in another, as an author and a replica do.
#![allow(dead_code)]

use codec::Encode;
use serde_json::Value;
use sp_core::traits::{Externalities, ReadRuntimeVersion, ReadRuntimeVersionExt};
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
	generic::Era,
	traits::{Block as _, Hash, Header as _},
	DispatchError, MultiSignature,
};
use sp_version::RuntimeVersion;
use syndic_runtime::{
	genesis, presets, Block, Executive, Header, Nonce, Runtime, RuntimeCall, RuntimeEvent, RuntimeGenesisConfig,
	SignedPayload, System, TxExtension, UncheckedExtrinsic,
};

/// A preset merged with the default genesis, as a chain spec does it (RFC 7386).
pub fn preset(name: &str) -> Value {
	let patch = presets::get(name).expect("there is such a preset");
	let mut genesis = serde_json::to_value(RuntimeGenesisConfig::default()).expect("it is JSON");
	merge(&mut genesis, serde_json::from_slice(&patch).expect("it is JSON"));
	genesis
}

fn merge(base: &mut Value, patch: Value) {
	match (base, patch) {
		(Value::Object(base), Value::Object(patch)) => {
			for (key, value) in patch {
				if value.is_null() {
					base.remove(&key);
				} else {
					merge(base.entry(key).or_insert(Value::Null), value);
				}
			}
		}
		(base, patch) => *base = patch,
	}
}

/// The state at genesis.
pub fn state(genesis: &Value) -> TestExternalities {
	let mut state = TestExternalities::default();
	let json = serde_json::to_vec(genesis).expect("it is JSON");
	state.execute_with(|| assert_eq!(genesis::build_state(json), Ok(())));
	state.commit_all().expect("the genesis is not in a transaction");
	state
}

/// A chain, after its last block.
pub struct Chain {
	author: TestExternalities,
	replica: TestExternalities,
	head: Header,
	nonces: std::collections::BTreeMap<String, Nonce>,
}

impl Chain {
	/// A chain with the genesis of a preset.
	pub fn new(name: &str) -> Self {
		let genesis = preset(name);
		let (author, replica) = (state(&genesis), state(&genesis));
		let root = *author.backend.root();
		let head = Header::new(0, Default::default(), root, Default::default(), Default::default());
		Self { author, replica, head, nonces: Default::default() }
	}

	/// Lets the runtime believe that any code has this version.
	pub fn any_code_is(&mut self, version: RuntimeVersion) {
		struct Says(RuntimeVersion);
		impl ReadRuntimeVersion for Says {
			fn read_runtime_version(&self, _: &[u8], _: &mut dyn Externalities) -> Result<Vec<u8>, String> {
				Ok(self.0.encode())
			}
		}
		for state in [&mut self.author, &mut self.replica] {
			state.register_extension(ReadRuntimeVersionExt::new(Says(version.clone())));
		}
	}

	/// The last block's header.
	pub fn head(&self) -> &Header {
		&self.head
	}

	/// Looks at the state after the last block.
	pub fn query<R>(&mut self, look: impl FnOnce() -> R) -> R {
		self.replica.execute_with(look)
	}

	/// The events of the last block.
	pub fn events(&mut self) -> Vec<RuntimeEvent> {
		self.query(|| System::read_events_no_consensus().map(|record| record.event).collect())
	}

	/// What the last block's motion came to.
	pub fn motion_result(&mut self) -> Result<(), DispatchError> {
		let mut results = self.events().into_iter().filter_map(|event| match event {
			RuntimeEvent::Board(pallet_collective::Event::Executed { result, .. }) => Some(result),
			_ => None,
		});
		results.next().expect("a motion was executed")
	}

	/// Why the last transaction of the last block failed, if one did.
	pub fn failure(&mut self) -> Option<DispatchError> {
		self.events().into_iter().rev().find_map(|event| match event {
			RuntimeEvent::System(frame_system::Event::ExtrinsicFailed { dispatch_error, .. }) => Some(dispatch_error),
			_ => None,
		})
	}

	/// Makes a block with these calls, each signed by its account, and executes it in the other state.
	pub fn block(&mut self, calls: impl IntoIterator<Item = (Sr25519Keyring, RuntimeCall)>) -> &Header {
		let number = self.head.number + 1;
		let blank = Header::new(number, Default::default(), Default::default(), self.head.hash(), Default::default());
		let nonces = &mut self.nonces;
		let block = self.author.execute_with(|| {
			Executive::initialize_block(&blank);
			let now = pallet_timestamp::Call::set { now: u64::from(number) * 1_000 };
			let mut extrinsics = vec![UncheckedExtrinsic::new_bare(now.into())];
			for (who, call) in calls {
				let nonce = nonces.entry(who.to_string()).or_default();
				extrinsics.push(sign(who, *nonce, call));
				*nonce += 1;
			}
			for extrinsic in &extrinsics {
				Executive::apply_extrinsic(extrinsic.clone()).expect("it is valid").ok();
			}
			Block::new(Executive::finalize_block(), extrinsics)
		});
		self.head = block.header.clone();
		self.replica.execute_with(|| Executive::execute_block(block.into()));
		for state in [&mut self.author, &mut self.replica] {
			state.commit_all().expect("a block ends its transactions");
		}
		&self.head
	}

	/// Makes empty blocks, up to this one.
	pub fn run_to(&mut self, number: u32) {
		while self.head.number < number {
			self.block([]);
		}
	}

	/// The board decides: one proposes, these vote for it, the last closes. In one block.
	pub fn motion(&mut self, ayes: &[Sr25519Keyring], call: impl Into<RuntimeCall>) {
		use pallet_collective::Call;
		let call: RuntimeCall = call.into();
		let hash = <Runtime as frame_system::Config>::Hashing::hash_of(&call);
		let index = self.query(pallet_collective::ProposalCount::<Runtime, pallet_collective::Instance1>::get);
		let length_bound = call.encoded_size() as u32;
		let board = |call: Call<Runtime, pallet_collective::Instance1>| RuntimeCall::Board(call);
		let threshold = ayes.len() as u32;
		let mut calls =
			vec![(ayes[0], board(Call::propose { threshold, proposal: Box::new(call.clone()), length_bound }))];
		for who in ayes {
			calls.push((*who, board(Call::vote { proposal: hash, index, approve: true })));
		}
		let proposal_weight_bound = syndic_runtime::configs::governance::MaxProposalWeight::get();
		calls.push((ayes[0], board(Call::close { proposal_hash: hash, index, proposal_weight_bound, length_bound })));
		self.block(calls);
	}
}

/// A transaction, within a block.
fn sign(who: Sr25519Keyring, nonce: Nonce, call: RuntimeCall) -> UncheckedExtrinsic {
	let extension: TxExtension = (
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckEra::from(Era::Immortal),
		frame_system::CheckNonce::from(nonce),
		frame_system::CheckWeight::new(),
		pallet_transaction_payment::ChargeTransactionPayment::from(0),
		frame_metadata_hash_extension::CheckMetadataHash::new(false),
	);
	let payload = SignedPayload::new(call.clone(), extension.clone()).expect("the chain knows its genesis");
	let signature = payload.using_encoded(|bytes| who.sign(bytes));
	UncheckedExtrinsic::new_signed(call, who.to_account_id().into(), MultiSignature::Sr25519(signature), extension)
}
