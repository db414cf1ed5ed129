//! Checks answers, and returns what they prove.

use crate::{
	answer::{BlockAnswer, ReadAnswer},
	key::belongs,
};
use codec::DecodeAll;
use sp_core::{Blake2Hasher, Bytes};
use sp_runtime::traits::Header as _;
use sp_trie::{LayoutV1, MemoryDB, StorageProof, TrieError};
use syndic_primitives::{
	block::Header, builtin::read::MAX_KEYS, crypto::verify_ed25519, BlockHash, Certificate, CertificateError, Height,
	ValidatorSet, VerifiedCertificate,
};

/// Maximum length of a header in bytes. A set change names every member of the next set in the header.
const MAX_HEADER_BYTES: usize = 256 * 1024;

/// Maximum length of a proof in bytes.
const MAX_PROOF_BYTES: usize = 16 * 1024 * 1024;

/// Maximum number of bytes of a value that an error repeats.
const SHOWN: usize = 32;

/// The fact that an answer proves: after this block, this value was stored at this item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedRead {
	/// The block whose state was read.
	pub at: BlockAnswer,
	/// The contract's name.
	pub contract: String,
	/// The item's name.
	pub item: String,
	/// The keys of the entry, in SCALE, if the item is a map.
	pub keys: Vec<Vec<u8>>,
	/// The value in SCALE. `None`: it is proven that no value is stored there.
	pub value: Option<Vec<u8>>,
	/// The certificate that makes the block final. `None` at genesis.
	pub certificate: Option<VerifiedCertificate>,
}

/// Why an answer proves nothing. Each error names the field at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
	/// A part of the proof is missing.
	#[error("{field} is not there: ask with proof set to true")]
	Missing {
		/// The field.
		field: &'static str,
	},
	/// A field is longer than its bound.
	#[error("{field} has {length}, at most {bound} are looked at")]
	TooMuch {
		/// The field.
		field: &'static str,
		/// Its length.
		length: usize,
		/// The greatest length.
		bound: usize,
	},
	/// The answer is about another chain.
	#[error("genesis is {found:?}, the chain's is {expected:?}")]
	OtherChain {
		/// The genesis hash in the answer.
		found: BlockHash,
		/// The genesis hash that it was checked against.
		expected: BlockHash,
	},
	/// The header cannot be decoded.
	#[error("header is not decodable: {0}")]
	Header(codec::Error),
	/// The header is of another block than the answer says.
	#[error("header is of block {found_height} {found:?}, at says {height} {hash:?}")]
	OtherHeader {
		/// The header's own height.
		found_height: Height,
		/// Its hash.
		found: BlockHash,
		/// The height in the answer.
		height: Height,
		/// The hash in the answer.
		hash: BlockHash,
	},
	/// A block 0 that is not this chain's genesis.
	#[error("header is of a block 0 with hash {found:?}, the chain's genesis is {expected:?}")]
	OtherGenesis {
		/// The header's hash.
		found: BlockHash,
		/// The genesis hash that it was checked against.
		expected: BlockHash,
	},
	/// The certificate does not prove that the set has committed the block.
	#[error("certificate: {0}")]
	Certificate(#[from] CertificateError),
	/// The key does not belong to this item and these keys.
	#[error("key is {key}, which is not {contract}.{item}{}", if *keyed { " at these keys" } else { "" })]
	OtherKey {
		/// The key, in hex.
		key: String,
		/// The contract.
		contract: String,
		/// The item.
		item: String,
		/// Whether there are keys.
		keyed: bool,
	},
	/// A node of the trie is missing or altered. Both look the same, because nodes are found by their hash.
	#[error("proof lacks the node {node:?}, or that one has been altered")]
	IncompleteProof {
		/// The hash of the node.
		node: BlockHash,
	},
	/// A node of the trie cannot be decoded.
	#[error("proof is not a proof: {0}")]
	BadProof(String),
	/// The value is not the proven one.
	#[error("value is {stated}, what is proven is {proven}")]
	OtherValue {
		/// The value in the answer, in hex, shortened.
		stated: String,
		/// The proven value, in hex, shortened.
		proven: String,
	},
}

/// Checks an answer of `builtin_read` with a proof.
///
/// `genesis` names the chain; `set` is the set that decided the answer's block. A certificate by another set, an older or a
/// newer one, is refused.
pub fn verify_read(genesis: &BlockHash, set: &ValidatorSet, answer: &ReadAnswer) -> Result<VerifiedRead, VerifyError> {
	if answer.genesis != *genesis {
		return Err(VerifyError::OtherChain { found: answer.genesis, expected: *genesis });
	}
	let header = answer.header.as_ref().ok_or(VerifyError::Missing { field: "header" })?;
	let header = decode_header("header", header, answer.at)?;
	let certificate = finality(genesis, set, answer.certificate.as_ref(), &header)?;
	bounded("keys", answer.keys.len(), MAX_KEYS as usize)?;
	if !belongs(&answer.key, &answer.contract, &answer.item, &answer.keys) {
		return Err(VerifyError::OtherKey {
			key: shown(Some(&answer.key)),
			contract: answer.contract.clone(),
			item: answer.item.clone(),
			keyed: !answer.keys.is_empty(),
		});
	}
	let nodes = answer.proof.as_ref().ok_or(VerifyError::Missing { field: "proof" })?;
	let value = ProvenState::new("proof", *header.state_root(), nodes)?.value(&answer.key)?;
	if value.as_deref() != answer.value.as_deref() {
		let stated = shown(answer.value.as_deref());
		return Err(VerifyError::OtherValue { stated, proven: shown(value.as_deref()) });
	}
	Ok(VerifiedRead {
		at: answer.at,
		contract: answer.contract.clone(),
		item: answer.item.clone(),
		keys: answer.keys.iter().map(|key| key.0.clone()).collect(),
		value,
		certificate,
	})
}

/// Decodes the header in `field`, and checks that it is the header of block `at`.
pub fn decode_header(field: &'static str, bytes: &Bytes, at: BlockAnswer) -> Result<Header, VerifyError> {
	bounded(field, bytes.len(), MAX_HEADER_BYTES)?;
	let header = Header::decode_all(&mut &bytes[..]).map_err(VerifyError::Header)?;
	let BlockAnswer { height, hash } = at;
	if (header.number, header.hash()) != (height.get(), hash) {
		let (found_height, found) = (Height(header.number), header.hash());
		return Err(VerifyError::OtherHeader { found_height, found, height, hash });
	}
	Ok(header)
}

/// The certificate that makes the block final; `None` for genesis, which needs none.
pub fn finality(
	genesis: &BlockHash,
	set: &ValidatorSet,
	certificate: Option<&Bytes>,
	header: &Header,
) -> Result<Option<VerifiedCertificate>, VerifyError> {
	if header.number == 0 {
		let found = header.hash();
		if found != *genesis {
			return Err(VerifyError::OtherGenesis { found, expected: *genesis });
		}
		return Ok(None);
	}
	let bytes = certificate.ok_or(VerifyError::Missing { field: "certificate" })?;
	let certificate = Certificate::from_bytes(bytes)?;
	let (height, hash) = (Height(header.number), header.hash());
	Ok(Some(certificate.verify_commit_of(height, hash, genesis, set, &verify_ed25519)?))
}

/// This layout reads the states of older runtimes as well.
type Layout = LayoutV1<Blake2Hasher>;

/// The part of a state that a proof shows. Several values can be read under one root.
pub struct ProvenState {
	root: BlockHash,
	trie: MemoryDB<Blake2Hasher>,
}

impl ProvenState {
	/// Makes it from the nodes in `field`, for the state with this root.
	pub fn new(field: &'static str, root: BlockHash, nodes: &[Bytes]) -> Result<Self, VerifyError> {
		bounded(field, nodes.iter().map(|node| node.len()).sum(), MAX_PROOF_BYTES)?;
		let proof = StorageProof::new(nodes.iter().map(|Bytes(node)| node.clone()));
		Ok(Self { root, trie: proof.into_memory_db() })
	}

	/// The value at the key. `None`: it is proven that no value is stored there.
	pub fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>, VerifyError> {
		let read = sp_trie::read_trie_value::<Layout, _>(&self.trie, &self.root, key, None, None);
		read.map_err(|error| match *error {
			TrieError::<Layout>::InvalidStateRoot(node) | TrieError::<Layout>::IncompleteDatabase(node) => {
				VerifyError::IncompleteProof { node }
			}
			other => VerifyError::BadProof(other.to_string()),
		})
	}
}

pub(crate) fn bounded(field: &'static str, length: usize, bound: usize) -> Result<(), VerifyError> {
	if length > bound {
		return Err(VerifyError::TooMuch { field, length, bound });
	}
	Ok(())
}

/// Bytes in hex. Of a long value, the beginning and the length are shown.
fn shown(value: Option<&[u8]>) -> String {
	match value {
		None => "nothing".into(),
		Some(bytes) if bytes.len() <= SHOWN => sp_core::bytes::to_hex(bytes, false),
		Some(bytes) => format!("{}… ({} bytes)", sp_core::bytes::to_hex(&bytes[..SHOWN], false), bytes.len()),
	}
}
