//! Tests of the machine, alone and in small networks. A signature is a hash over key and payload: cheap, and no test
//! forges one except on purpose.

mod boundaries;
mod chaos;
mod collector;
mod golden;
mod net;
mod normal;
mod properties;
mod recovery;
mod rejection;
mod status;
mod view_change;
mod window;

use crate::{Config, Input, Keys, Machine, Output, PreparedBlock, Record, SignedNewView, SignedViewChange, Verdict};
use sp_core::crypto::UncheckedFrom;
use syndic_primitives::{
	block::Header, crypto::VerifySignature, BlockHash, Certificate, Height, Parameters, Phase, Rules, SetId,
	SignedVote, SignerIndex, ValidatorId, ValidatorSet, ValidatorSignature, VerifiedCertificate, View, Vote,
};

/// Keys of one validator with the toy signature scheme; `None` for a follower.
#[derive(Clone)]
pub struct Toy(pub Option<ValidatorId>);

fn toy_signature(key: &ValidatorId, payload: &[u8]) -> ValidatorSignature {
	let mut bytes = AsRef::<[u8]>::as_ref(key).to_vec();
	bytes.extend_from_slice(payload);
	sp_core::ed25519::Signature::unchecked_from(sp_crypto_hashing::blake2_512(&bytes)).into()
}

impl VerifySignature for Toy {
	fn verify(&self, signer: &ValidatorId, payload: &[u8], signature: &ValidatorSignature) -> bool {
		toy_signature(signer, payload) == *signature
	}
}

impl Keys for Toy {
	fn public(&self) -> Option<&ValidatorId> {
		self.0.as_ref()
	}
	fn sign(&self, payload: &[u8]) -> Option<ValidatorSignature> {
		self.0.as_ref().map(|key| toy_signature(key, payload))
	}
}

pub fn key(n: u16) -> ValidatorId {
	let mut raw = [0; 32];
	raw[..2].copy_from_slice(&n.to_le_bytes());
	sp_core::ed25519::Public::unchecked_from(raw).into()
}

pub fn genesis() -> BlockHash {
	BlockHash::repeat_byte(0xee)
}

/// The hash of block `n` among the blocks of height 1.
pub fn block(n: u8) -> BlockHash {
	header(1, genesis(), n).hash()
}

/// A header; siblings have different `n`.
pub fn header(height: u32, parent: BlockHash, n: u8) -> Header {
	Header {
		parent_hash: parent,
		number: height,
		state_root: BlockHash::zero(),
		extrinsics_root: BlockHash::repeat_byte(n),
		digest: Default::default(),
	}
}

/// The header of a block of height 1, found by its hash.
pub fn header_of(block_hash: BlockHash) -> Option<Header> {
	(0..=u8::MAX).map(|n| header(1, genesis(), n)).find(|header| header.hash() == block_hash)
}

/// A block of height 1 with its prepared certificate.
pub fn prepared(certificate: Certificate) -> PreparedBlock {
	let header = header_of(certificate.block_hash()).expect("a block of height 1");
	PreparedBlock { certificate, header }
}

/// The client's verdict on a block of height 1.
pub fn judged(block_hash: BlockHash, valid: bool) -> Input {
	let header = header_of(block_hash).filter(|_| valid);
	let verdict = header.map_or(Verdict::Invalid, |header| Verdict::Valid(Box::new(header)));
	Input::Validated { height: Height(1), block_hash, parent: genesis(), verdict }
}

pub fn parameters() -> Parameters {
	Parameters { leader_period: 1, ..Parameters::default() }
}

pub fn rules(n: u16) -> Rules {
	rules_of(SetId(0), Height(1), (0..n).map(key).collect())
}

pub fn rules_of(id: SetId, since: Height, members: Vec<ValidatorId>) -> Rules {
	Rules { set: ValidatorSet::new(id, since, members).unwrap(), parameters: parameters(), until: None }
}

/// Member `me` of `n`, at genesis, with this log.
pub fn machine(me: u16, n: u16, records: Vec<Record>) -> (Machine<Toy>, Vec<Output>) {
	Machine::new(Config {
		genesis: genesis(),
		keys: Toy(Some(key(me))),
		committed: (Height(0), genesis(), None),
		rules: rules(n),
		records,
	})
}

/// A signed vote of set 0.
pub fn vote(signer: u16, phase: Phase, height: u32, view: u32, block_hash: BlockHash) -> SignedVote {
	let vote = Vote { set_id: SetId(0), height: Height(height), view: View(view), phase, block_hash };
	let signature = toy_signature(&key(signer), &vote.payload(&genesis()));
	SignedVote { vote, signer: SignerIndex(signer), signature }
}

/// A certificate of set 0.
pub fn certificate(signers: &[u16], phase: Phase, height: u32, view: u32, block_hash: BlockHash) -> Certificate {
	let votes: Vec<_> = signers.iter().map(|s| vote(*s, phase, height, view, block_hash)).collect();
	Certificate { vote: votes[0].vote, signatures: votes.into_iter().map(|v| (v.signer, v.signature)).collect() }
}

pub fn resign_new_view(message: &mut SignedNewView) {
	message.signature = toy_signature(&key(message.signer.0), &message.new_view.payload(&genesis()));
}

/// A view-change of set 0.
pub fn view_change(
	signer: u16,
	view: u32,
	committed: Option<Certificate>,
	prepared: Vec<Certificate>,
) -> SignedViewChange {
	view_change_of(signer, view, committed, prepared.into_iter().map(self::prepared).collect())
}

/// A view-change of set 0, with blocks at any height.
pub fn view_change_of(
	signer: u16,
	view: u32,
	committed: Option<Certificate>,
	prepared: Vec<PreparedBlock>,
) -> SignedViewChange {
	let view_change = crate::ViewChange { set_id: SetId(0), new_view: View(view), committed, prepared };
	let signature = toy_signature(&key(signer), &view_change.payload(&genesis()));
	SignedViewChange { view_change, signer: SignerIndex(signer), signature }
}

/// [`Input::Finalised`] for a certificate, as a client would report it.
pub fn finalised(certificate: VerifiedCertificate, next: Rules) -> crate::Input {
	crate::Input::Finalised {
		height: certificate.height(),
		block_hash: certificate.block_hash(),
		certificate: Some(certificate),
		between: Vec::new(),
		next,
	}
}
