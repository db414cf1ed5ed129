//! A chain in memory: every block is made in the state of an author, and executed in that of a replica.
#![allow(dead_code)]

use codec::{Decode, Encode};
use serde_json::Value;
use sp_core::traits::{Externalities, ReadRuntimeVersion, ReadRuntimeVersionExt};
use sp_io::TestExternalities;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use sp_runtime::{
	generic::Era,
	traits::{Block as _, Hash, Header as _},
	transaction_validity::{TransactionSource, TransactionValidity},
	DispatchError, MultiSignature, OpaqueExtrinsic,
};
use sp_version::RuntimeVersion;
use syndic_primitives::{
	api::{runtime_decl_for_proposer_api::ProposerApiV1, Applied},
	Possession,
};
use syndic_runtime::{
	genesis, presets, Balance, Block, Executive, Header, Nonce, Runtime, RuntimeCall, RuntimeEvent,
	RuntimeGenesisConfig, SignedPayload, System, TxExtension, UncheckedExtrinsic,
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
	/// The time of genesis, in ms.
	epoch: u64,
}

impl Chain {
	/// A chain with the genesis of a preset.
	pub fn new(name: &str) -> Self {
		Self::of(&preset(name), 0)
	}

	/// A chain with this genesis, with a block each second from the time `epoch` on (in ms).
	pub fn of(genesis: &Value, epoch: u64) -> Self {
		let (author, replica) = (state(genesis), state(genesis));
		let root = *author.backend.root();
		let head = Header::new(0, Default::default(), root, Default::default(), Default::default());
		Self { author, replica, head, nonces: Default::default(), epoch }
	}

	/// Makes the host function that reads a code's version return this version for any code.
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

	/// Runs `look` in the state after the last block.
	pub fn query<R>(&mut self, look: impl FnOnce() -> R) -> R {
		self.replica.execute_with(look)
	}

	/// The events of the last block.
	pub fn events(&mut self) -> Vec<RuntimeEvent> {
		self.query(|| System::read_events_no_consensus().map(|record| record.event).collect())
	}

	/// The result of the motion that the last block executed.
	pub fn motion_result(&mut self) -> Result<(), DispatchError> {
		let mut results = self.events().into_iter().filter_map(|event| match event {
			RuntimeEvent::Board(pallet_collective::Event::Executed { result, .. }) => Some(result),
			_ => None,
		});
		results.next().expect("a motion was executed")
	}

	/// The error of the last transaction in the last block that failed, if one did.
	pub fn failure(&mut self) -> Option<DispatchError> {
		self.events().into_iter().rev().find_map(|event| match event {
			RuntimeEvent::System(frame_system::Event::ExtrinsicFailed { dispatch_error, .. }) => Some(dispatch_error),
			_ => None,
		})
	}

	/// Makes a block with these calls, each signed by its account, and executes it in the other state.
	pub fn block(&mut self, calls: impl IntoIterator<Item = (Sr25519Keyring, RuntimeCall)>) -> &Header {
		let mut extrinsics = Vec::new();
		for (who, call) in calls {
			extrinsics.push(self.sign(who, call));
			*self.nonces.entry(who.to_string()).or_default() += 1;
		}
		self.block_of(extrinsics)
	}

	/// The account's next transaction, signed.
	pub fn sign(&mut self, who: Sr25519Keyring, call: impl Into<RuntimeCall>) -> UncheckedExtrinsic {
		self.sign_with_tip(who, call, 0)
	}

	/// As [`Self::sign`], with a tip.
	pub fn sign_with_tip(
		&mut self,
		who: Sr25519Keyring,
		call: impl Into<RuntimeCall>,
		tip: Balance,
	) -> UncheckedExtrinsic {
		let nonce = self.nonces.get(&who.to_string()).copied().unwrap_or_default();
		// The runtime knows the genesis hash within a block only.
		let blank = self.blank();
		self.replica.execute_with(|| {
			sp_io::storage::start_transaction();
			Executive::initialize_block(&blank);
			let extrinsic = sign(who, nonce, tip, call.into());
			sp_io::storage::rollback_transaction();
			extrinsic
		})
	}

	/// Makes a block with these transactions, and executes it in the other state.
	pub fn block_of(&mut self, extrinsics: Vec<UncheckedExtrinsic>) -> &Header {
		let block = self.make(extrinsics, |extrinsic| {
			Executive::apply_extrinsic(extrinsic).expect("it is valid").ok();
		});
		self.head = block.header.clone();
		self.replica.execute_with(|| Executive::execute_block(block.into()));
		for state in [&mut self.author, &mut self.replica] {
			state.commit_all().expect("a block ends its transactions");
		}
		&self.head
	}

	/// The header of the next block with which its author begins.
	fn blank(&self) -> Header {
		Header::new(self.head.number + 1, Default::default(), Default::default(), self.head.hash(), Default::default())
	}

	fn make(&mut self, mut extrinsics: Vec<UncheckedExtrinsic>, apply: impl Fn(UncheckedExtrinsic)) -> Block {
		let blank = self.blank();
		let now = pallet_timestamp::Call::set { now: self.epoch + u64::from(blank.number) * 1_000 };
		extrinsics.insert(0, UncheckedExtrinsic::new_bare(now.into()));
		self.author.execute_with(|| {
			Executive::initialize_block(&blank);
			extrinsics.iter().cloned().for_each(apply);
			Block::new(Executive::finalize_block(), extrinsics)
		})
	}

	/// The results of `ProposerApi_apply_many` in the next block, after `before`. The block is dropped.
	pub fn apply_many(&mut self, transactions: Vec<OpaqueExtrinsic>, before: impl FnOnce()) -> Vec<Applied> {
		let blank = self.blank();
		self.author.execute_with(|| {
			sp_io::storage::start_transaction();
			Executive::initialize_block(&blank);
			before();
			let applied = <Runtime as ProposerApiV1<Block>>::apply_many(transactions);
			sp_io::storage::rollback_transaction();
			applied
		})
	}

	/// Makes a block as a proposer does, by `ProposerApi_apply_many`, and executes it in the other state with what was
	/// applied. Returns the result for each transaction.
	pub fn block_of_many(&mut self, transactions: Vec<OpaqueExtrinsic>) -> Vec<Applied> {
		let blank = self.blank();
		let now = pallet_timestamp::Call::set { now: self.epoch + u64::from(blank.number) * 1_000 };
		let inherent = UncheckedExtrinsic::new_bare(now.into());
		let (applied, header) = self.author.execute_with(|| {
			Executive::initialize_block(&blank);
			Executive::apply_extrinsic(inherent.clone()).expect("it is valid").expect("it sets the time");
			let applied = <Runtime as ProposerApiV1<Block>>::apply_many(transactions.clone());
			(applied, Executive::finalize_block())
		});
		let taken = transactions.iter().zip(&applied).filter(|(_, applied)| applied.result.is_ok());
		let decoded =
			taken.map(|(opaque, _)| UncheckedExtrinsic::decode(&mut &opaque.encode()[..]).expect("it was applied"));
		let block = Block::new(header, std::iter::once(inherent).chain(decoded).collect());
		self.head = block.header.clone();
		self.replica.execute_with(|| Executive::execute_block(block.into()));
		for state in [&mut self.author, &mut self.replica] {
			state.commit_all().expect("a block ends its transactions");
		}
		applied
	}

	/// The pool's judgement of a transaction after the last block.
	pub fn pool(&mut self, extrinsic: UncheckedExtrinsic) -> TransactionValidity {
		let parent = self.head.hash();
		self.replica.execute_with(|| {
			sp_io::storage::start_transaction();
			let validity = Executive::validate_transaction(TransactionSource::External, extrinsic, parent);
			sp_io::storage::rollback_transaction();
			validity
		})
	}

	/// Whether other nodes accept a block with this transaction from an author that does not check it; the error says
	/// why they do not.
	pub fn others_accept(mut self, extrinsic: UncheckedExtrinsic) -> Result<(), String> {
		let block = self.make(vec![extrinsic], |extrinsic| {
			Executive::apply_extrinsic(extrinsic).ok();
		});
		let execute = || self.replica.execute_with(|| Executive::execute_block(block.into()));
		std::panic::catch_unwind(std::panic::AssertUnwindSafe(execute)).map_err(|panic| {
			let text = panic.downcast_ref::<String>().cloned();
			text.unwrap_or_else(|| panic.downcast_ref::<&str>().copied().unwrap_or_default().to_string())
		})
	}

	/// Makes empty blocks up to this number.
	pub fn run_to(&mut self, number: u32) {
		while self.head.number < number {
			self.block([]);
		}
	}

	/// The call by which an institution's administrator registers a validator.
	pub fn registration(&mut self, who: Sr25519Keyring, institution: u32, key: Ed25519Keyring) -> RuntimeCall {
		if self.head.number == 0 {
			// The genesis hash is known from the first block on.
			self.block([]);
		}
		let genesis = self.query(|| System::block_hash(0));
		let proof = key.sign(&Possession { institution, account: who.to_account_id() }.payload(&genesis)).into();
		let validator = key.public().into();
		pallet_validators::Call::register_validator { validator, proof, peer: None, addresses: vec![] }.into()
	}

	/// Executes a motion of the board in one block: the first of `ayes` proposes it, all vote for it, the first closes
	/// it.
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

/// Signs a transaction. It must be called within a block's state.
fn sign(who: Sr25519Keyring, nonce: Nonce, tip: Balance, call: RuntimeCall) -> UncheckedExtrinsic {
	let extension: TxExtension = (
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckEra::from(Era::Immortal),
		pallet_identity::CheckIdentity::new(),
		pallet_supervision::CheckFreeze::new(),
		pallet_classes::CheckClass::new(),
		frame_system::CheckNonce::from(nonce),
		frame_system::CheckWeight::new(),
		syndic_runtime::payment::ChargePayment::from(tip),
		frame_metadata_hash_extension::CheckMetadataHash::new(false),
	);
	let payload = SignedPayload::new(call.clone(), extension.clone()).expect("the chain knows its genesis");
	let signature = payload.using_encoded(|bytes| who.sign(bytes));
	UncheckedExtrinsic::new_signed(call, who.to_account_id().into(), MultiSignature::Sr25519(signature), extension)
}
