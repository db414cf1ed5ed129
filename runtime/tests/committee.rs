//! Ten registered validators and committees of four, in the real runtime: the nodes' deeds get through pool and block,
//! and the committee rotates.

use crate::common::Chain;
use codec::Decode;
use serde_json::{json, to_value, Value};
use sp_core::{crypto::Ss58Codec, ed25519, Pair};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};
use std::collections::BTreeSet;
use syndic_primitives::{
	api::{
		runtime_decl_for_classes_api::ClassesApiV1, runtime_decl_for_pbft_api::PbftApiV2,
		runtime_decl_for_validators_api::ValidatorsApiV1, CommitteeState,
	},
	classes::GOVERNING_PRIORITY,
	lottery::{self, Deed, Duty},
	parameters::ParameterChanges,
	BlockHash, Height, Readiness, Status, ValidatorId, ValidatorSignature, ENGINE_VERSION,
};
use syndic_runtime::{presets, AccountId, Block, Runtime, System, UncheckedExtrinsic, Validators};

const ERA: u32 = 64;

/// Ten nodes' consensus keys. The first four are the validators of the preset.
fn pairs() -> Vec<ed25519::Pair> {
	let others = (5..=10).map(|n| format!("//v{n}"));
	let all = ["//Alice", "//Bob", "//Charlie", "//Dave"].map(String::from).into_iter().chain(others);
	all.map(|uri| ed25519::Pair::from_string(&uri, None).expect("it is one")).collect()
}

fn id(pair: &ed25519::Pair) -> ValidatorId {
	pair.public().into()
}

/// The preset `local` with six more registered validators, each for a bank of its own, and this committee size.
fn genesis(committee_size: u32) -> Value {
	let mut genesis = crate::common::preset(presets::LOCAL);
	let account = genesis["validators"]["registrations"][0]["account"].clone();
	for (n, pair) in pairs().iter().enumerate().skip(4) {
		let institutions = genesis["identity"]["institutions"].as_array_mut().expect("it is a list");
		let institution = institutions.len();
		institutions.push(json!({ "name": format!("Bank {n}"), "kind": "bank", "roots": [], "quota": 1_000 }));
		let entry =
			json!({ "validator": pair.public().to_ss58check(), "institution": institution, "account": account });
		genesis["validators"]["registrations"].as_array_mut().expect("it is a list").push(entry);
	}
	let parameters = &mut genesis["consensusConfig"]["parameters"];
	let wanted = [
		("committeeSize", committee_size),
		("assumedFaulty", 100),
		("eraLength", ERA),
		("activeWindow", ERA),
		("leaderPeriod", 3),
	];
	for (name, value) in wanted {
		assert!(!parameters[name].is_null(), "{name}");
		parameters[name] = to_value(value).expect("it is JSON");
	}
	genesis
}

/// The chain, with the keys of all nodes.
struct Network {
	chain: Chain,
	pairs: Vec<ed25519::Pair>,
	genesis: BlockHash,
}

impl Network {
	/// A chain at block 1. The board has not approved the six additional validators yet.
	fn new(committee_size: u32) -> Self {
		let mut chain = Chain::of(&genesis(committee_size), 0);
		chain.run_to(1);
		let genesis = chain.query(|| System::block_hash(0));
		Self { chain, pairs: pairs(), genesis }
	}

	fn approve(&mut self, n: usize) {
		let validator = id(&self.pairs[n]);
		self.chain.motion(&[Alice, Bob, Charlie], pallet_validators::Call::add_validator { validator, at: None });
		assert_eq!(self.chain.motion_result(), Ok(()));
	}

	/// Submits the node's declaration of readiness.
	fn declare(&mut self, n: usize) {
		let head = self.chain.head();
		let (readiness, pair) = (Readiness { height: Height(head.number), block_hash: head.hash() }, &self.pairs[n]);
		let signature = pair.sign(&readiness.payload(&self.genesis)).into();
		let Readiness { height, block_hash } = readiness;
		let call = pallet_validators::Call::declare_ready { validator: id(pair), height, block_hash, signature };
		self.chain.block([(Alice, call.into())]);
		assert_eq!(self.chain.failure(), None);
	}

	fn change(&mut self, changes: ParameterChanges) {
		self.chain.motion(&[Alice, Bob, Charlie], pallet_consensus_config::Call::change { changes, at: None });
		assert_eq!(self.chain.motion_result(), Ok(()));
	}

	/// The deed with which a node does a duty.
	fn deed(&self, pair: &ed25519::Pair, duty: &Duty) -> Deed {
		let (genesis, validator) = (&self.genesis, id(pair));
		let sign = |payload: Vec<u8>| -> ValidatorSignature { pair.sign(&payload).into() };
		let secret = |era| lottery::secret(&sign(lottery::secret_payload(genesis, era)));
		match duty {
			Duty::Commit { era } => {
				let commitment = lottery::commitment(genesis, *era, &validator, &secret(*era));
				let signature = sign(lottery::contribution_payload(genesis, *era, &commitment));
				Deed::Commit { era: *era, validator, commitment, signature }
			}
			Duty::Reveal { era } => Deed::Reveal { era: *era, secret: secret(*era), validator },
			Duty::Signal => panic!("the chain knows what these engines support"),
		}
	}

	/// The transactions with the deeds of these nodes after the last block.
	fn handed_in(&mut self, nodes: &[usize]) -> Vec<UncheckedExtrinsic> {
		let mut all = Vec::new();
		for pair in nodes.iter().map(|n| self.pairs[*n]).collect::<Vec<_>>() {
			let validator = id(&pair);
			let duties = |validator| <Runtime as PbftApiV2<Block>>::duties(validator, ENGINE_VERSION);
			for duty in self.chain.query(|| duties(validator)).into_iter().filter(|duty| *duty != Duty::Signal) {
				let deed = self.deed(&pair, &duty);
				let bytes = self.chain.query(|| <Runtime as PbftApiV2<Block>>::deed(deed));
				all.push(UncheckedExtrinsic::decode(&mut &bytes[..]).expect("the runtime made it"));
			}
		}
		all
	}

	/// Makes blocks up to this number, in which these nodes do their duties.
	fn run_to(&mut self, number: u32, nodes: &[usize]) {
		while self.chain.head().number < number {
			let extrinsics = self.handed_in(nodes);
			self.chain.block_of(extrinsics);
		}
	}

	fn committee(&mut self) -> CommitteeState {
		self.chain.query(<Runtime as PbftApiV2<Block>>::committee)
	}

	fn members(&mut self) -> BTreeSet<ValidatorId> {
		let set = self.chain.query(Validators::validator_set).expect("there is one");
		set.members().iter().cloned().collect()
	}

	fn status(&mut self, n: usize) -> Option<Status> {
		let validator = id(&self.pairs[n]);
		self.chain.query(|| <Runtime as ValidatorsApiV1<Block, AccountId>>::status_of(validator))
	}
}

const ALL: [usize; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

#[test]
fn a_committee_of_four_among_ten_rotates_over_ten_eras() {
	let mut network = Network::new(4);
	for n in 4..10 {
		network.approve(n);
		assert_eq!(network.status(n), Some(Status::Standby));
	}
	network.run_to(ERA, &ALL);
	let first = network.members();
	let (mut served, mut rotated) = (BTreeSet::new(), 0);
	for era in 1..=11 {
		let (state, before) = (network.committee(), network.members());
		assert_eq!((state.era, state.since.get(), state.registered), (era, era * ERA + 1, 10));
		let next = state.next.expect("it is elected");
		assert_eq!((next.era, next.members.len(), next.alternates.len()), (era + 1, 4, 6), "everybody stands");
		network.run_to((era + 1) * ERA - 1, &ALL);
		assert_eq!(network.members(), before, "in mid-era");
		network.run_to((era + 1) * ERA, &ALL);
		let after = network.members();
		assert_eq!(after, next.members.into_iter().collect(), "as it was told an era before");
		rotated += u32::from(after != before);
		served.extend(after);
	}
	assert!(served.difference(&first).count() >= 5, "{served:?}");
	assert!(rotated >= 10, "{rotated} of eleven committees differ from the one before");
	assert!(network.chain.query(|| pallet_validators::Undeclared::<Runtime>::get().is_empty()));
	assert_eq!(network.chain.query(pallet_validators::Scores::<Runtime>::get).len(), 0, "nobody failed");
}

#[test]
fn who_hands_nothing_in_is_not_elected_and_a_member_that_goes_is_replaced() {
	let mut network = Network::new(4);
	for n in 4..10 {
		network.approve(n);
	}
	// The last four nodes do not run.
	let there = &ALL[..6];
	network.run_to(3 * ERA, there);
	for era in 3..6 {
		let members = network.members();
		assert!(there.iter().filter(|n| members.contains(&id(&network.pairs[**n]))).count() == 4, "era {era}");
		network.run_to((era + 1) * ERA, there);
	}
	network.run_to(6 * ERA + 10, there);
	let gone = (0..6).find(|n| network.status(*n) == Some(Status::Active)).expect("four are");
	let validator = id(&network.pairs[gone]);
	let remove = pallet_validators::Call::remove_validator { validator: validator.clone(), at: None };
	network.chain.motion(&[Alice, Bob, Charlie], remove);
	assert_eq!(network.chain.motion_result(), Ok(()));
	network.run_to(6 * ERA + 21, there);
	let members = network.members();
	assert!(members.len() == 4 && !members.contains(&validator));
	let there: Vec<_> = there.iter().map(|n| id(&network.pairs[*n])).collect();
	assert!(members.iter().all(|member| there.contains(member)), "one that has shown itself takes its place");
	assert_eq!(network.status(gone), Some(Status::Left));
}

/// A chain whose set began with all validators is switched to a committee, and back.
#[test]
fn from_everybody_to_a_committee_and_back() {
	let mut network = Network::new(0);
	for n in 4..7 {
		network.declare(n);
		network.approve(n);
		let joins = network.chain.head().number + 12;
		network.chain.run_to(joins);
	}
	assert_eq!(network.members().len(), 7);
	assert!(network.handed_in(&ALL).is_empty(), "nobody is elected");
	network.change(ParameterChanges { committee_size: Some(4), ..Default::default() });
	let mut eras = 0;
	while network.members().len() != 4 {
		let end = network.committee().since.get() + ERA - 1;
		network.run_to(end, &ALL);
		eras += 1;
		assert!(eras <= 4, "within four eras");
	}
	assert_eq!((0..7).filter(|n| network.status(*n) == Some(Status::Standby)).count(), 3);
	network.change(ParameterChanges { committee_size: Some(0), ..Default::default() });
	let end = network.committee().since.get() + ERA - 1;
	network.run_to(end, &ALL);
	assert_eq!(network.members().len(), 7, "all are in the set, known to be there or not");
}

/// Validators' deeds go before all signed transactions. They are refused out of time, from strangers, and the second
/// time.
#[test]
fn the_pool_takes_contributions_first_and_only_good_ones() {
	let mut network = Network::new(4);
	network.chain.run_to(3);
	let [commitment, ..] = &network.handed_in(&ALL)[..] else { panic!("commitments are due") };
	let commitment = commitment.clone();
	assert_eq!(network.handed_in(&ALL).len(), 4, "of those on the roster");
	assert_eq!(network.chain.query(|| <Runtime as ClassesApiV1<Block>>::class_of(commitment.clone())), None);
	let valid = network.chain.pool(commitment.clone()).expect("it is due");
	assert!(valid.priority > GOVERNING_PRIORITY && valid.propagate);
	// A validator that the board has not approved.
	let stranger = network.pairs[9];
	let deed = network.deed(&stranger, &Duty::Commit { era: 0 });
	let bytes = network.chain.query(|| <Runtime as PbftApiV2<Block>>::deed(deed));
	let extrinsic = UncheckedExtrinsic::decode(&mut &bytes[..]).expect("the runtime made it");
	assert_eq!(network.chain.pool(extrinsic), Err(InvalidTransaction::BadSigner.into()));
	network.chain.block_of(vec![commitment.clone()]);
	let stale = Err(TransactionValidityError::Invalid(InvalidTransaction::Stale));
	assert_eq!(network.chain.pool(commitment), stale, "once");
	let mut later = network.handed_in(&ALL);
	assert_eq!(later.len(), 3);
	network.run_to(ERA / 2, &ALL[..3]);
	assert_eq!(network.chain.pool(later.remove(2)), stale, "out of time");
	let secrets = network.handed_in(&ALL);
	assert_eq!(secrets.len(), 3, "of those who have committed themselves");
	assert!(network.chain.pool(secrets[0].clone()).is_ok());
}
