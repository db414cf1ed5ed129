//! `pbft_assurance` and its companions: which entries of the roster stand behind a final block, with proofs, and
//! subscriptions.

use crate::{
	answers::{BlockAnswer, ClassAnswer, CommitAnswer, ReachedAnswer, TransactionAnswer},
	assured::AssuranceView,
	blocks,
	error::Error,
	params::{self, TransactionRef},
	AssuranceApiServer,
};
use codec::Encode;
use jsonrpsee::{
	core::{async_trait, JsonValue, RpcResult, SubscriptionResult},
	PendingSubscriptionSink, SubscriptionMessage, SubscriptionSink,
};
use sp_core::Bytes;
use sp_runtime::traits::{BlakeTwo256, Hash as _};
use syndic_client::{assurance::Recorded, AssuranceHandle};
use syndic_light::assurance::{AssuranceAnswer, AssuranceProof, LevelAnswer, Summary};
use syndic_primitives::{
	storage_keys::{ROSTER, VALIDATOR_SET},
	AssuranceLevel, Attestation, BlockAttestations, BlockHash, Certificate, Height, Roster, ValidatorSet,
	VerifiedCertificate,
};
use tokio::sync::broadcast::error::RecvError;

/// Answers requests about one node's attestations.
pub struct Assurance<V> {
	chain: V,
	genesis: BlockHash,
	handle: AssuranceHandle,
}

/// A final block, and all that is known about it.
struct Known {
	block: BlockAnswer,
	parent: BlockAnswer,
	certificate: VerifiedCertificate,
	set: ValidatorSet,
	roster: Roster,
	recorded: Recorded,
}

impl<V: AssuranceView> Assurance<V> {
	/// Answers over this chain and this node's attestations.
	pub fn new(chain: V, genesis: BlockHash, handle: AssuranceHandle) -> Self {
		Self { chain, genesis, handle }
	}

	fn block(&self, block: Option<JsonValue>) -> Result<BlockAnswer, Error> {
		match block {
			None | Some(JsonValue::Null) => Ok(blocks::finalised(&self.chain)),
			Some(block) => blocks::final_block(&self.chain, "block", params::block("block", block)?),
		}
	}

	fn known(&self, block: BlockAnswer) -> Result<Known, Error> {
		let BlockAnswer { height, hash } = block;
		let certificate = certificate(&self.chain, block)?;
		let height_below = height.previous();
		let hash_below = self.chain.hash_at(height_below)?.ok_or(Error::UnknownBlock { field: "block", hash })?;
		let parent = BlockAnswer { height: height_below, hash: hash_below };
		let set = self.deciding_set(block, parent, &certificate)?;
		let value = |key: [u8; 32]| self.chain.value(parent.height, parent.hash, &key);
		let (roster, stored_set) = (value(ROSTER.key())?, value(VALIDATOR_SET.key())?);
		let roster = Roster::from_state(roster.as_deref(), stored_set.as_deref())
			.map_err(|error| Error::Database(format!("the roster of block {height} {hash:?}: {error}")))?;
		let recorded = match self.handle.recent(height, hash) {
			Some(recorded) => recorded,
			None => self.chain.recorded(height, hash)?.unwrap_or_else(|| nothing(block)),
		};
		Ok(Known { block, parent, certificate, set, roster, recorded })
	}

	/// The set that decided a block: the set in the state of its parent, or, after a recovery order, the set that the
	/// block itself puts in force.
	fn deciding_set(
		&self,
		block: BlockAnswer,
		parent: BlockAnswer,
		certificate: &Certificate,
	) -> Result<ValidatorSet, Error> {
		let below = self.chain.consensus_state(parent.height, parent.hash)?.set;
		if below.id() == certificate.set_id() {
			return Ok(below);
		}
		let own = self.chain.consensus_state(block.height, block.hash)?.set;
		match own.id() == certificate.set_id() {
			true => Ok(own),
			false => Err(Error::Database(format!(
				"the certificate of block {} {:?} is of set {}, which is in no state around it",
				block.height,
				block.hash,
				certificate.set_id()
			))),
		}
	}

	fn assurance_answer(&self, block: Option<JsonValue>, proof: Option<JsonValue>) -> Result<AssuranceAnswer, Error> {
		let proof = params::flag("proof", proof)?;
		let known = self.known(self.block(block)?)?;
		let Summary { levels, present, missing } = known.summary();
		let proof = if proof { Some(self.proof_of(&known)?) } else { None };
		Ok(AssuranceAnswer { genesis: self.genesis, block: known.block, levels, present, missing, proof })
	}

	fn proof_of(&self, known: &Known) -> Result<AssuranceProof, Error> {
		let BlockAnswer { height, hash } = known.parent;
		let nodes = self.chain.proof(height, hash, &[&ROSTER.key(), &VALIDATOR_SET.key()])?;
		let header = |hash| -> Result<Bytes, Error> {
			let header = self.chain.header(hash)?.ok_or(Error::UnknownBlock { field: "block", hash })?;
			Ok(Bytes(header))
		};
		Ok(AssuranceProof {
			header: header(known.block.hash)?,
			parent: header(hash)?,
			certificate: Bytes(known.certificate.encode()),
			roster: nodes.into_iter().map(Bytes).collect(),
			attestations: Bytes(known.recorded.attestations.encode()),
		})
	}

	fn transaction_answer(&self, block: JsonValue, transaction: JsonValue) -> Result<TransactionAnswer, Error> {
		let transaction = params::transaction("transaction", transaction)?;
		let block = blocks::final_block(&self.chain, "block", params::block("block", block)?)?;
		let known = self.known(block)?;
		let body = self.chain.extrinsics(block.hash)?;
		let body = body.ok_or(Error::NoBody { height: block.height, hash: block.hash })?;
		let hash_of = |extrinsic: &Vec<u8>| BlakeTwo256::hash(extrinsic);
		let index = match transaction {
			TransactionRef::Index(index) => usize::try_from(index).ok().filter(|index| *index < body.len()),
			TransactionRef::Hash(hash) => body.iter().position(|extrinsic| hash_of(extrinsic) == hash),
		};
		let found = index.and_then(|index| Some((index, body.get(index)?)));
		let (index, extrinsic) =
			found.ok_or(Error::NoTransaction { transaction, height: block.height, count: body.len() })?;
		let class = self.chain.class_of(known.parent.height, known.parent.hash, extrinsic)?;
		let asks = class.as_ref().map_or(AssuranceLevel::Committee, |class| class.assurance);
		let levels: Vec<AssuranceLevel> =
			known.summary().levels.iter().filter(|level| level.reached).map(|level| level.level).collect();
		Ok(TransactionAnswer {
			block,
			index,
			hash: hash_of(extrinsic),
			class: class.map(ClassAnswer::from),
			asks,
			assured: levels.contains(&asks),
			levels,
		})
	}

	/// A final block as subscribers are sent it. `None` at genesis, and if the certificate is not kept.
	fn commit(&self, height: Height) -> Result<Option<CommitAnswer>, Error> {
		let Some(hash) = self.chain.hash_at(height)? else { return Ok(None) };
		if height == Height::ZERO {
			return Ok(None);
		}
		match certificate(&self.chain, BlockAnswer { height, hash }) {
			Ok(certificate) => Ok(Some(CommitAnswer {
				height,
				hash,
				set_id: certificate.set_id(),
				view: certificate.view(),
				signers: certificate.signatures.iter().map(|(signer, _)| *signer).collect(),
			})),
			Err(Error::NoCertificate { .. }) => Ok(None),
			Err(error) => Err(error),
		}
	}
}

impl Known {
	fn summary(&self) -> Summary {
		let attestations = &self.recorded.attestations;
		let mut summary = Summary::new(&self.set, &self.certificate, &self.roster, attestations);
		for level in &mut summary.levels {
			let LevelAnswer { level, after_ms, .. } = level;
			let reached = self.recorded.reached.iter().find(|(one, _)| one == level);
			*after_ms = reached.and_then(|(_, after)| *after).map(|after| after.as_millis() as u64);
		}
		summary
	}
}

/// The record of a block for which this node has no attestation.
fn nothing(BlockAnswer { height, hash }: BlockAnswer) -> Recorded {
	let block = Attestation { height, block_hash: hash };
	Recorded { attestations: BlockAttestations { block, attestations: Vec::new() }, reached: Vec::new() }
}

/// The certificate of a final block. It was verified before it was stored.
fn certificate(chain: &impl AssuranceView, block: BlockAnswer) -> Result<VerifiedCertificate, Error> {
	let bytes = blocks::certificate(chain, block)?;
	let certificate = Certificate::from_bytes(&bytes).map_err(|error| {
		Error::Database(format!("the certificate of block {} {:?}: {error}", block.height, block.hash))
	})?;
	Ok(VerifiedCertificate::from_verified_votes(certificate))
}

/// Sends one item. Returns whether the subscriber is still there. While the subscriber does not read, this waits, so
/// that later items stay in the database and not in memory.
async fn send<T: serde::Serialize>(sink: &SubscriptionSink, item: &T) -> bool {
	match SubscriptionMessage::from_json(item) {
		Ok(message) => sink.send(message).await.is_ok(),
		Err(_) => false,
	}
}

#[async_trait]
impl<V: AssuranceView> AssuranceApiServer for Assurance<V> {
	fn assurance(&self, block: Option<JsonValue>, proof: Option<JsonValue>) -> RpcResult<AssuranceAnswer> {
		Ok(self.assurance_answer(block, proof)?)
	}

	fn transaction_assurance(&self, block: JsonValue, transaction: JsonValue) -> RpcResult<TransactionAnswer> {
		Ok(self.transaction_answer(block, transaction)?)
	}

	async fn subscribe_assurance(&self, pending: PendingSubscriptionSink) -> SubscriptionResult {
		let mut reached = self.handle.subscribe();
		let sink = pending.accept().await?;
		loop {
			let next = tokio::select! {
				next = reached.recv() => next,
				() = sink.closed() => return Ok(()),
			};
			let item = match next {
				Ok(reached) => ReachedAnswer::from(reached),
				Err(RecvError::Lagged(lost)) => return Err(Error::SubscriberBehind { lost }.to_string().into()),
				Err(RecvError::Closed) => return Ok(()),
			};
			if !send(&sink, &item).await {
				return Ok(());
			}
		}
	}

	async fn subscribe_commits(&self, pending: PendingSubscriptionSink) -> SubscriptionResult {
		let mut finalised = self.handle.finalised();
		let sink = pending.accept().await?;
		let (mut next, _) = self.chain.finalised();
		loop {
			let (last, _) = self.chain.finalised();
			while next <= last {
				let commit = self.commit(next).map_err(|error: Error| error.to_string())?;
				if let Some(commit) = commit {
					if !send(&sink, &commit).await {
						return Ok(());
					}
				}
				next = next.next();
			}
			tokio::select! {
				grown = finalised.changed() => if grown.is_err() { return Ok(()) },
				() = sink.closed() => return Ok(()),
			}
		}
	}
}
