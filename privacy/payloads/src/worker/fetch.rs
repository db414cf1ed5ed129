//! Fetching one payload: which nodes are asked, in which order, and how their answers are judged.

use crate::{
	chain::{ChainError, ChainView},
	ciphertext_hash,
	metrics::PayloadMetrics,
	network::{AskError, Peers, Reach},
	LOG_TARGET,
};
use log::{debug, warn};
use sc_network::PeerId;
use std::{collections::HashSet, sync::Arc};
use syndic_primitives::{privacy::EnvelopeInfo, BlockHash};

/// Maximum number of nodes that are asked in one attempt. The next attempt continues with the nodes that follow.
pub(crate) const MAX_ASKED: usize = 16;
/// One in this many attempts also dials nodes that are not connected: a network may have more nodes than this node is
/// connected to.
const DIAL_EACH: u32 = 4;

/// The result of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fetched {
	/// The ciphertext; its length and its hash are those of the envelope.
	Got(Vec<u8>),
	/// No node gave the payload.
	Nobody {
		/// Number of nodes that could be asked, that is, were connected or could be dialled.
		asked: usize,
	},
}

/// The nodes that may have a payload: the nodes of the sender's institution, then those of the other readers. This node
/// is not among them.
pub(crate) fn holders(
	chain: &dyn ChainView,
	at: BlockHash,
	envelope: &EnvelopeInfo,
	local: &PeerId,
) -> Result<Vec<PeerId>, ChainError> {
	let others = envelope.readers.iter().copied().filter(|reader| *reader != envelope.sender);
	let (mut holders, mut known) = (Vec::new(), HashSet::from([*local]));
	for institution in std::iter::once(envelope.sender).chain(others) {
		holders.extend(chain.peers_of(at, institution)?.into_iter().filter(|peer| known.insert(*peer)));
	}
	Ok(holders)
}

/// The holders that are asked in an attempt; attempts are counted from 0.
pub(crate) fn turn(holders: &[PeerId], attempt: u32) -> Vec<PeerId> {
	let skipped = (attempt as usize).wrapping_mul(MAX_ASKED).checked_rem(holders.len()).unwrap_or(0);
	let skipped = if holders.len() <= MAX_ASKED { 0 } else { skipped };
	holders.iter().cycle().skip(skipped).take(holders.len().min(MAX_ASKED)).copied().collect()
}

/// Whether an attempt also asks nodes that are not connected.
pub(crate) fn reach(attempt: u32) -> Reach {
	match attempt % DIAL_EACH == DIAL_EACH - 1 {
		true => Reach::Dial,
		false => Reach::Connected,
	}
}

/// Asks these nodes, one after the other, until one gives the payload. A node that gives something else is reported.
pub(crate) async fn fetch(
	peers: Arc<dyn Peers>,
	asked: Vec<PeerId>,
	envelope: EnvelopeInfo,
	reach: Reach,
	metrics: PayloadMetrics,
) -> Fetched {
	let commitment = envelope.commitment;
	let mut reached = 0;
	for peer in asked {
		let answer = peers.ask(peer, commitment, reach).await;
		reached += usize::from(answer != Err(AskError::NotConnected));
		match answer {
			Ok(answer) if answer.is_empty() => metrics.fetch("not-found"),
			Ok(answer) => {
				let found = (ciphertext_hash(&answer), answer.len());
				let expected = (envelope.ciphertext_hash, envelope.ciphertext_len as usize);
				if found == expected {
					metrics.fetch("fetched");
					return Fetched::Got(answer);
				}
				warn!(
					target: LOG_TARGET,
					"{peer} answered with something else for {commitment:?}: {} bytes with hash {:?} instead of {} with {:?}",
					found.1, found.0, expected.1, expected.0
				);
				metrics.fetch("wrong-answer");
				peers.report_wrong(peer);
			}
			Err(AskError::NotConnected) => metrics.fetch("not-connected"),
			Err(error @ AskError::TooLong { .. }) => {
				warn!(target: LOG_TARGET, "{peer} answered for {commitment:?}: {error}");
				metrics.fetch("wrong-answer");
				peers.report_wrong(peer);
			}
			Err(error) => {
				debug!(target: LOG_TARGET, "{peer} was asked for {commitment:?}: {error}");
				metrics.fetch("failed");
			}
		}
	}
	Fetched::Nobody { asked: reached }
}
