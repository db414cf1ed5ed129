//! Transactions, signed before the run.

use crate::accounts::account;
use codec::Encode;
use sp_core::{crypto::Pair as _, sr25519::Pair, H256};
use sp_runtime::generic::Era;
use std::{ops::Range, panic::resume_unwind};
use syndic_runtime::{
	AccountId, Balance, Nonce, RuntimeCall, Signature, SignedPayload, TxExtension, UncheckedExtrinsic,
};

/// The amount of each transfer: enough to be seen in a balance, and too little to exhaust an account.
const VALUE: Balance = 1_000_000;

/// The facts about the chain that a signature covers.
#[derive(Clone, Copy, Debug)]
pub struct ChainFacts {
	/// The hash of block 0.
	pub genesis: H256,
	/// The runtime's version.
	pub spec_version: u32,
	/// The runtime's transaction version.
	pub transaction_version: u32,
	/// A final block, from which the era of a mortal transaction counts.
	pub checkpoint: (u32, H256),
}

/// A signed transaction, as it goes over the wire.
#[derive(Clone, Debug)]
pub struct Signed {
	/// The number of its sender.
	pub sender: u32,
	/// Its nonce.
	pub nonce: Nonce,
	/// Its hash: BLAKE2b-256 of `encoded`.
	pub hash: [u8; 32],
	/// Its encoding, with the length prefix.
	pub encoded: Box<[u8]>,
}

/// All transactions of a run, by sender and within a sender by nonce.
#[derive(Clone, Debug)]
pub struct Transactions {
	/// The transactions. They are referred to by their indices here.
	pub all: Vec<Signed>,
	/// For each sender: the indices of its transactions.
	pub of: Vec<Range<usize>>,
}

/// How many of `total` transactions each of `senders` sends. The first senders send one more if the division leaves a
/// rest.
pub fn shares(total: usize, senders: usize) -> Vec<usize> {
	(0..senders).map(|sender| total / senders + usize::from(sender < total % senders)).collect()
}

/// A signed transfer of `pair`.
pub fn transfer(
	pair: &Pair,
	to: AccountId,
	nonce: Nonce,
	mortal: Option<u64>,
	chain: &ChainFacts,
) -> UncheckedExtrinsic {
	let call: RuntimeCall = pallet_balances::Call::transfer_keep_alive { dest: to.into(), value: VALUE }.into();
	let (number, hash) = chain.checkpoint;
	let (era, since) = match mortal {
		Some(period) => (Era::mortal(period, number.into()), hash),
		None => (Era::Immortal, chain.genesis),
	};
	let extension: TxExtension = (
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
	);
	let (spec, form) = (chain.spec_version, chain.transaction_version);
	let implicit = ((), spec, form, chain.genesis, since, (), (), (), (), (), (), None);
	let payload = SignedPayload::from_raw(call, extension, implicit);
	let signature = payload.using_encoded(|bytes| pair.sign(bytes));
	let (call, extension, _) = payload.deconstruct();
	UncheckedExtrinsic::new_signed(call, account(pair).into(), Signature::Sr25519(signature), extension)
}

/// Signs `total` transfers on all processors. Each sender pays the next one, with nonces from its own next one on.
pub fn sign_all(
	pairs: &[Pair],
	nonces: &[Nonce],
	total: usize,
	mortal: Option<u64>,
	chain: &ChainFacts,
) -> Transactions {
	let accounts: Vec<AccountId> = pairs.iter().map(account).collect();
	let shares = shares(total, pairs.len());
	let sign = |sender: usize| {
		let (pair, payee) = (&pairs[sender], &accounts[(sender + 1) % accounts.len()]);
		(0..shares[sender]).map(move |offset| {
			let nonce = nonces[sender].saturating_add(offset as Nonce);
			let encoded = transfer(pair, payee.clone(), nonce, mortal, chain).encode();
			let hash = sp_crypto_hashing::blake2_256(&encoded);
			Signed { sender: sender as u32, nonce, hash, encoded: encoded.into() }
		})
	};
	let processors = std::thread::available_parallelism().map_or(1, usize::from);
	let senders: Vec<usize> = (0..pairs.len()).collect();
	let all: Vec<Signed> = std::thread::scope(|scope| {
		let chunks = senders.chunks(pairs.len().div_ceil(processors).max(1));
		let threads: Vec<_> = chunks
			.map(|chunk| scope.spawn(move || chunk.iter().flat_map(|sender| sign(*sender)).collect::<Vec<_>>()))
			.collect();
		let joined = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
		joined.flatten().collect()
	});
	let mut next = 0;
	let of = shares
		.iter()
		.map(|share| {
			let first = next;
			next += share;
			first..next
		})
		.collect();
	Transactions { all, of }
}
