//! Fetches, block by block, what other nodes have committed and this node has not: for a validator that missed the last
//! votes of a height, and for blocks that sync brought without a certificate. Larger gaps are left to sync.

use super::peers::Ask;
use crate::chain::{Chain, ChainError, Head};
use std::sync::Arc;
use syndic_primitives::{crypto::verify_ed25519, BlockHash, Certificate, CertificateError, VerifiedCertificate};

/// Maximum number of heights that are fetched in one attempt.
const MOST_HEIGHTS: usize = 32;

/// The result of an attempt to catch up.
#[derive(Debug, Default)]
pub(super) struct CaughtUp {
	/// How many heights became final.
	pub(super) heights: usize,
	/// The error that ended the attempt, if there was one.
	pub(super) error: Option<ChainError>,
}

/// Fetches certificates and blocks above the last final block, as long as other nodes have them.
pub(super) async fn run(chain: Arc<dyn Chain>, ask: Arc<dyn Ask>, genesis: BlockHash) -> CaughtUp {
	let mut outcome = CaughtUp::default();
	while outcome.heights < MOST_HEIGHTS {
		match step(&chain, &*ask, genesis).await {
			Ok(true) => outcome.heights += 1,
			Ok(false) => break,
			Err(error) => {
				outcome.error = Some(error);
				break;
			}
		}
	}
	outcome
}

async fn step(chain: &Arc<dyn Chain>, ask: &dyn Ask, genesis: BlockHash) -> Result<bool, ChainError> {
	let height = chain.finalised().height.next();
	let Some((from, bytes)) = ask.certificate(height).await else { return Ok(false) };
	let certificate = match blocking(chain, move |chain| verify(chain, genesis, &bytes)).await? {
		Ok(Some(certificate)) => certificate,
		// The height has become final meanwhile.
		Ok(None) => return Ok(true),
		Err(error) => {
			log::debug!(target: crate::LOG, "Certificate of height {height} is refused: {error}");
			from.into_iter().for_each(|peer| ask.wrong(peer));
			return Ok(false);
		}
	};
	let block = Head { height, hash: certificate.block_hash() };
	if chain.holds(block.hash) {
		return blocking(chain, move |chain| chain.finalise(&certificate)).await.map(|()| true);
	}
	let Some((from, bytes)) = ask.block(&[], block).await else { return Ok(false) };
	match blocking(chain, move |chain| chain.import_and_finalise(&bytes, &certificate)).await {
		Ok(()) => Ok(true),
		Err(ChainError::Invalid(error)) if error.is_corrupt_body() => {
			from.into_iter().for_each(|peer| ask.wrong(peer));
			Ok(false)
		}
		Err(error) => Err(error),
	}
}

/// Checks a certificate for the next height; `None` if that has become final meanwhile.
fn verify(
	chain: &dyn Chain,
	genesis: BlockHash,
	bytes: &[u8],
) -> Result<Result<Option<VerifiedCertificate>, CertificateError>, ChainError> {
	let finalised = chain.finalised();
	let set = chain.rules_after(finalised.hash)?.set;
	refuse_replaced(chain, genesis, finalised, bytes)?;
	let judged = Certificate::from_bytes(bytes).and_then(|certificate| {
		if certificate.height() <= finalised.height {
			return Ok(None);
		}
		// This also refuses a certificate of a higher block, which was not requested.
		let (height, hash) = (finalised.height.next(), certificate.block_hash());
		certificate.verify_commit_of(height, hash, &genesis, &set, &verify_ed25519).map(Some)
	});
	Ok(judged)
}

/// Fails if this is a valid certificate by the set that an order of the board has replaced: the set still had a quorum,
/// so the order was wrong.
fn refuse_replaced(chain: &dyn Chain, genesis: BlockHash, finalised: Head, bytes: &[u8]) -> Result<(), ChainError> {
	let Some(replaced) = chain.replaced_set(finalised.hash)? else { return Ok(()) };
	let Ok(certificate) = Certificate::from_bytes(bytes) else { return Ok(()) };
	let decided = Head { height: finalised.height.next(), hash: certificate.block_hash() };
	let judged = certificate.verify_commit_of(decided.height, decided.hash, &genesis, &replaced, &verify_ed25519);
	match judged {
		Ok(_) => Err(ChainError::GoneOn { height: finalised.height, decided, set_id: replaced.id() }),
		Err(_) => Ok(()),
	}
}

/// Runs `f` where it may block.
pub(super) async fn blocking<T: Send + 'static>(
	chain: &Arc<dyn Chain>,
	f: impl FnOnce(&dyn Chain) -> Result<T, ChainError> + Send + 'static,
) -> Result<T, ChainError> {
	let chain = chain.clone();
	let done = tokio::task::spawn_blocking(move || f(&*chain)).await;
	done.map_err(ChainError::client("a job beside the engine"))?
}
