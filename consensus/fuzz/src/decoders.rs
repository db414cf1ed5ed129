//! The decoders. A decoder must not panic on any bytes. If it takes the bytes for a value, that value must encode to
//! the same bytes again: two encodings of one value would be two messages with one meaning.
//!
//! That a decoder allocates no more than a small multiple of its input is checked in `tests/memory.rs`.

use codec::{DecodeAll, Encode};
use syndic_pbft::{Message, PreparedBlock, Record, MAX_MESSAGE_BYTES};
use syndic_primitives::{
	assurance::MAX_ATTESTATIONS_BYTES, block::Header, builtin::ContractInfo, certificate::MAX_CERTIFICATE_BYTES,
	digest::ConsensusLog, BlockAttestations, Certificate, Equivocation, Parameters, Readiness, SignedVote,
	ValidatorSet, Vote,
};

/// A decoder. Returns the encoding of the value that it read from the bytes; `None` if it refuses them.
pub type Decoder = fn(&[u8]) -> Option<Vec<u8>>;

fn all<T: DecodeAll + Encode>(bytes: &[u8]) -> Option<Vec<u8>> {
	T::decode_all(&mut &*bytes).ok().map(|value| value.encode())
}

fn message(bytes: &[u8]) -> Option<Vec<u8>> {
	let message = Message::from_bytes(bytes).ok()?;
	assert!(bytes.len() <= MAX_MESSAGE_BYTES, "{} bytes were taken for a message", bytes.len());
	assert!(!message.name().is_empty());
	message.set_id();
	Some(message.encode())
}

fn certificate(bytes: &[u8]) -> Option<Vec<u8>> {
	let certificate = Certificate::from_bytes(bytes).ok()?;
	assert!(bytes.len() <= MAX_CERTIFICATE_BYTES, "{} bytes were taken for a certificate", bytes.len());
	Some(certificate.encode())
}

fn attestations(bytes: &[u8]) -> Option<Vec<u8>> {
	let attestations = BlockAttestations::from_bytes(bytes).ok()?;
	assert!(bytes.len() <= MAX_ATTESTATIONS_BYTES, "{} bytes were taken for attestations", bytes.len());
	Some(attestations.encode())
}

fn parameters(bytes: &[u8]) -> Option<Vec<u8>> {
	let parameters = Parameters::decode_all(&mut &*bytes).ok()?;
	let judged = parameters.check();
	// Whatever the parameters are and however many views failed, no timeout overflows or exceeds the ceiling.
	for failures in [0, 1, 2, 63, 64, u32::MAX] {
		assert!(parameters.timeout(failures) <= parameters.timeout_ceiling);
		assert!(judged.is_err() || parameters.timeout(failures) >= parameters.base_timeout);
	}
	Some(parameters.encode())
}

/// In a header that decodes, each of the engine's items in the digest can be read or is refused.
fn header(bytes: &[u8]) -> Option<Vec<u8>> {
	let header = Header::decode_all(&mut &*bytes).ok()?;
	for item in header.digest.logs() {
		if let Some(log) = item.consensus_try_to::<ConsensusLog>(&syndic_primitives::ENGINE_ID) {
			assert!(log.encode().len() <= bytes.len());
		}
	}
	header.hash();
	Some(header.encode())
}

/// The list of demoted members at the end may be left out, as older runtimes wrote it.
fn validator_set(bytes: &[u8]) -> Option<Vec<u8>> {
	let set = ValidatorSet::decode_all(&mut &*bytes).ok()?;
	let mut again = set.encode();
	if again.len() == bytes.len() + 1 {
		assert_eq!((set.demoted().len(), again.pop()), (0, Some(0)));
	}
	Some(again)
}

/// Every decoder, by name. The first byte of an input to [`target`] chooses one: never change the order.
pub const ALL: [(&str, Decoder); 14] = [
	("message", message),
	("certificate", certificate),
	("record", all::<Record>),
	("prepared-block", all::<PreparedBlock>),
	("validator-set", validator_set),
	("equivocation", all::<Equivocation>),
	("parameters", parameters),
	("header", header),
	("consensus-log", all::<ConsensusLog>),
	("signed-vote", all::<SignedVote>),
	("vote", all::<Vote>),
	("readiness", all::<Readiness>),
	("contract-info", all::<ContractInfo>),
	("block-attestations", attestations),
];

/// The target: the first byte chooses the decoder, the rest goes to it.
pub fn target(input: &[u8]) {
	let Some((choice, bytes)) = input.split_first() else { return };
	let (name, decode) = ALL[usize::from(*choice) % ALL.len()];
	if let Some(again) = decode(bytes) {
		assert_eq!(again, bytes, "{name}: decoded, and encoded to other bytes");
	}
}
