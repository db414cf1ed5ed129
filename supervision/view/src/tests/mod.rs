//! A chain of blocks with real states, headers and signatures, for the tests of rows, proofs, exports and RPC.

mod export;
mod proofs;
mod rows;
mod rpc;

use crate::{
	facts::{Event, FactError, Facts, KeysRead, EVENTS, LARGE_TRANSFER, NOW, RUNTIME_VERSION},
	proof::BlockProof,
};
use codec::{Compact, Encode};
use frame_system::{EventRecord, Phase};
use pallet_identity::types::{Identity, InstitutionId, Role};
use sp_core::{crypto::AccountId32, storage::Storage, Blake2Hasher, Bytes, Pair};
use sp_runtime::{traits::Header as _, StateVersion};
use sp_state_machine::{prove_read, Backend, InMemoryBackend};
use std::collections::BTreeMap;
use syndic_primitives::{
	block::Header, crypto::ValidatorPair, storage_keys::VALIDATOR_SET, BlockHash, Certificate, Height, SetId,
	SignerIndex, ValidatorSet, View, Vote,
};
use syndic_runtime::{BlockNumber, RuntimeEvent, VERSION};

pub(super) const GENESIS: BlockHash = BlockHash::repeat_byte(0xee);
pub(super) const THRESHOLD: u128 = 1_000_000;

pub(super) fn account(n: u8) -> AccountId32 {
	AccountId32::new([n; 32])
}

pub(super) fn pair(n: u8) -> ValidatorPair {
	ValidatorPair::from_seed(&[n; 32])
}

pub(super) fn set_of(id: u64, since: u32, members: [u8; 4]) -> ValidatorSet {
	ValidatorSet::new(SetId(id), Height(since), members.map(|n| pair(n).public()).to_vec()).unwrap()
}

/// The set that decides the first blocks.
pub(super) fn set() -> ValidatorSet {
	set_of(2, 1, [1, 2, 3, 4])
}

pub(super) fn transfer(from: u8, to: u8, amount: u128) -> RuntimeEvent {
	RuntimeEvent::Balances(pallet_balances::Event::Transfer { from: account(from), to: account(to), amount })
}

/// The contents of a block.
#[derive(Clone)]
pub(super) struct Plan {
	pub events: Vec<(Phase, RuntimeEvent)>,
	pub threshold: Option<u128>,
	pub spec_version: u32,
	/// The set that decides the block, according to its certificate, and the members that sign.
	pub set: ValidatorSet,
	pub signers: Vec<u16>,
	/// The set that decides the next block, according to this block's state.
	pub next_set: ValidatorSet,
}

impl Plan {
	pub fn of(events: impl IntoIterator<Item = RuntimeEvent>) -> Self {
		let events = (1..).map(Phase::ApplyExtrinsic).zip(events).collect();
		let (set, next_set) = (set(), set());
		Self {
			events,
			threshold: Some(THRESHOLD),
			spec_version: VERSION.spec_version,
			set,
			signers: vec![0, 1, 3],
			next_set,
		}
	}
}

/// A block, with its state.
pub(super) struct Block {
	pub header: Header,
	pub state: InMemoryBackend<Blake2Hasher>,
	pub certificate: Certificate,
}

/// The institution of an account: accounts 1 and 2 belong to institution 0, account 3 to institution 1, account 4 to
/// institution 7. The other accounts have no identity.
fn institution(n: u8) -> Option<InstitutionId> {
	match n {
		1 | 2 => Some(0),
		3 => Some(1),
		4 => Some(7),
		_ => None,
	}
}

impl Block {
	fn new(plan: &Plan, number: u32, parent: BlockHash) -> Self {
		let mut top = BTreeMap::new();
		let record = |(phase, event): &(Phase, RuntimeEvent)| -> Event {
			EventRecord { phase: phase.clone(), event: event.clone(), topics: Vec::new() }
		};
		let events: Vec<Event> = plan.events.iter().map(record).collect();
		top.insert(EVENTS.key().to_vec(), events.encode());
		top.insert(RUNTIME_VERSION.key().to_vec(), (Compact(plan.spec_version), "syndic").encode());
		top.insert(NOW.key().to_vec(), (1_000_000u64 + u64::from(number) * 1_000).encode());
		top.insert(VALIDATOR_SET.key().to_vec(), plan.next_set.encode());
		if let Some(threshold) = plan.threshold {
			top.insert(LARGE_TRANSFER.key().to_vec(), threshold.encode());
		}
		for n in 1..=20u8 {
			if let Some(institution) = institution(n) {
				let identity = Identity::<BlockNumber> {
					institution,
					role: Role::Client,
					name: b"somebody".to_vec().try_into().unwrap(),
					certificates: Default::default(),
					not_after: None,
					since: 0,
					signed_at: 0,
				};
				top.insert(crate::facts::identity_key(&account(n)), identity.encode());
			}
			top.insert(vec![n; 20], vec![n; 60]);
		}
		let state = InMemoryBackend::from((Storage { top, ..Default::default() }, StateVersion::V1));
		let header = Header::new(number, Default::default(), *state.root(), parent, Default::default());
		let vote = Vote {
			set_id: plan.set.id(),
			height: Height(number),
			view: View(1),
			phase: syndic_primitives::Phase::Commit,
			block_hash: header.hash(),
		};
		let sign = |index: &u16| {
			let key = plan.set.member(SignerIndex(*index)).unwrap();
			let pair = (1..=20).map(pair).find(|pair| pair.public() == *key).unwrap();
			(SignerIndex(*index), pair.sign(&vote.payload(&GENESIS)))
		};
		let signatures = plan.signers.iter().map(sign).collect();
		Self { header, state, certificate: Certificate { vote, signatures } }
	}

	pub fn value(&self, key: &[u8]) -> Option<Vec<u8>> {
		self.state.storage(key).unwrap()
	}

	/// The proof that a node would give.
	pub fn proof(&self) -> BlockProof {
		let keys = KeysRead::default();
		let read = Facts::read(|key| {
			keys.note(key);
			Ok::<_, FactError>(self.value(key))
		});
		// If the facts cannot be read, the proof covers the keys read until then.
		let _ = read;
		let proof = prove_read(self.state.clone(), keys.into_keys()).unwrap();
		BlockProof {
			height: Height(self.header.number),
			hash: self.header.hash(),
			header: Bytes(self.header.encode()),
			certificate: Bytes(self.certificate.encode()),
			proof: proof.into_iter_nodes().map(Bytes).collect(),
		}
	}
}

/// Consecutive blocks, the first of height 10.
pub(super) fn chain(plans: &[Plan]) -> Vec<Block> {
	let mut blocks: Vec<Block> = Vec::new();
	for (number, plan) in (10..).zip(plans) {
		let parent = blocks.last().map_or(BlockHash::repeat_byte(9), |block| block.header.hash());
		blocks.push(Block::new(plan, number, parent));
	}
	blocks
}

/// Blocks with events of every kind.
pub(super) fn eventful() -> Vec<Plan> {
	let banned = pallet_validators::Event::Banned { validator: pair(9).public(), height: Height(8), view: View(2) };
	let enrolled = pallet_identity::Event::Enrolled {
		account: account(3),
		institution: 1,
		role: Role::Operator,
		certificate: syndic_x509::Fingerprint([0; 32]),
		renewed: true,
	};
	let suspended = pallet_builtin::Event::ContractSuspended { address: Default::default() };
	let (banned, enrolled) = (RuntimeEvent::Validators(banned), RuntimeEvent::Identity(enrolled));
	let suspended = RuntimeEvent::Builtin(suspended);
	vec![
		Plan::of([transfer(1, 3, 500), transfer(1, 2, THRESHOLD), transfer(3, 5, THRESHOLD + 1)]),
		Plan::of([]),
		Plan::of([banned, enrolled, suspended, transfer(4, 1, 7)]),
		Plan { signers: vec![0, 1, 2, 3], threshold: None, ..Plan::of([transfer(2, 3, u128::MAX)]) },
	]
}
