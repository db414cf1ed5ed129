//! Private transactions, as the runtime reports them to nodes: which ciphertexts exist, and whose nodes may have them.

use crate::{peer::InstitutionId, Height, PeerIdBytes};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;
use sp_core::H256;

/// What a node needs to know of an envelope to keep its ciphertext, to ask others for it, and to decide whom it gives it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct EnvelopeInfo {
	/// Its number: they are counted from 0 on, in the order of the chain.
	pub number: u64,
	/// What stands for the payload.
	pub commitment: H256,
	/// BLAKE2b of the ciphertext, with 256 bits.
	pub ciphertext_hash: H256,
	/// How many bytes the ciphertext has.
	pub ciphertext_len: u32,
	/// The block in which it was sent.
	pub sent_at: Height,
	/// The sender's institution.
	pub sender: InstitutionId,
	/// Whose nodes may have the ciphertext: those of the institutions of the sender, of the recipients and of the panels,
	/// each once, ascending.
	pub readers: Vec<InstitutionId>,
}

sp_api::decl_runtime_apis! {
	/// Private transactions.
	pub trait PrivacyApi {
		/// How many envelopes there are. The last one has the number before.
		fn envelope_count() -> u64;
		/// The envelope with this number.
		fn envelope(number: u64) -> Option<EnvelopeInfo>;
		/// The envelope with this commitment.
		fn envelope_of(commitment: H256) -> Option<EnvelopeInfo>;
		/// Whose node this is, by the list of nodes or by the registrations of validators. Nothing for a node of nobody, and
		/// for one of an institution that is suspended.
		fn institution_of(peer: PeerIdBytes) -> Option<InstitutionId>;
		/// The nodes of an institution that is not suspended, ascending, each once.
		fn peers_of(institution: InstitutionId) -> Vec<PeerIdBytes>;
	}
}
