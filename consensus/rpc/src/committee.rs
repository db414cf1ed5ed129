//! `pbft_committee`: the committee in force, the next one, the validators that stand for election, and the risk of a
//! committee size.

use crate::{
	answers::{to_hex, BlockAnswer},
	blocks,
	chain::{ChainError, ChainView, DatabaseView},
	error::Error,
	params,
};
use jsonrpsee::{
	core::{JsonValue, RpcResult},
	proc_macros::rpc,
};
use sc_client_api::{Backend, BlockBackend, HeaderBackend, StorageProvider};
use serde::{Deserialize, Serialize};
use sp_api::ProvideRuntimeApi;
use std::collections::BTreeMap;
use syndic_primitives::{
	api::{CommitteeState, NextCommittee, PbftApi},
	block::Block,
	peer::InstitutionId,
	risk, BlockHash, Height, RosterEntry, Seat, SetId, SignerIndex, ValidatorId,
};

/// Maximum number of sizes in one request: each costs some thousand multiplications of large numbers.
pub const MAX_SIZES: usize = 16;

/// The committees.
#[rpc(client, server, namespace = "pbft")]
pub trait CommitteeApi {
	/// The era, its committee and the next one, after `at`.
	///
	/// - `at`: the block, by hash.
	/// - `size`: a size, or a list of at most 16, of which the risk is wanted.
	#[method(name = "committee", blocking)]
	fn committee(&self, at: Option<JsonValue>, size: Option<JsonValue>) -> RpcResult<CommitteeAnswer>;
}

/// The part of a chain that requests about committees need. `hash` is always a known block.
pub trait CommitteeView: ChainView {
	/// The era according to the runtime of a block, and the roster.
	fn committee(&self, height: Height, hash: BlockHash) -> Result<(CommitteeState, Vec<RosterEntry>), ChainError>;
}

impl<C, B> CommitteeView for DatabaseView<C, B>
where
	B: Backend<Block> + 'static,
	C: HeaderBackend<Block>
		+ BlockBackend<Block>
		+ StorageProvider<Block, B>
		+ ProvideRuntimeApi<Block, Api: PbftApi<Block>>
		+ 'static,
{
	fn committee(&self, height: Height, hash: BlockHash) -> Result<(CommitteeState, Vec<RosterEntry>), ChainError> {
		if !self.backend.have_state_at(hash, height.get()) {
			return Err(ChainError::Pruned { height, hash });
		}
		let api = self.client.runtime_api();
		let runtime = |error: sp_api::ApiError| ChainError::Runtime { height, hash, reason: error.to_string() };
		Ok((api.committee(hash).map_err(runtime)?, api.roster(hash).map_err(runtime)?))
	}
}

/// Answers requests about committees.
pub struct Committee<V> {
	chain: V,
}

impl<V: CommitteeView> Committee<V> {
	/// Answers over this chain.
	pub fn new(chain: V) -> Self {
		Self { chain }
	}

	fn answer(&self, at: Option<JsonValue>, size: Option<JsonValue>) -> Result<CommitteeAnswer, Error> {
		let sizes = params::sizes("size", size, MAX_SIZES)?;
		let at = blocks::at(&self.chain, params::optional_hash("at", at)?)?;
		let state = self.chain.consensus_state(at.height, at.hash)?;
		let (committee, roster) = self.chain.committee(at.height, at.hash)?;
		let CommitteeState { era, since, length, size, registered, assumed_faulty, risk, next } = committee;
		let exponent = state.parameters.committee_risk;
		let known: BTreeMap<_, _> = roster.iter().map(|entry| (&entry.validator, entry)).collect();
		let seated = |key: &ValidatorId| Seated::new(key, known.get(key).copied());
		let members = state.set.members().iter().zip(0..).map(|(key, position)| MemberAnswer {
			index: SignerIndex(position),
			leads: !state.set.demoted().contains(&SignerIndex(position)),
			seated: seated(key),
		});
		let judged = |size: u32| SizeAnswer {
			size,
			risk: decimal(risk::scaled(registered, assumed_faulty, size)),
			accepted: !risk::exceeds(registered, assumed_faulty, size, exponent),
		};
		Ok(CommitteeAnswer {
			at,
			era,
			since,
			length,
			size,
			set_id: state.set.id(),
			set_since: state.set.since(),
			members: members.collect(),
			scheduled: state
				.scheduled_set
				.map(|(since, keys)| ScheduledCommittee { since, members: keys.iter().map(seated).collect() }),
			next: next.map(|NextCommittee { era, since, members, alternates }| NextAnswer {
				era,
				since,
				members: members.iter().map(seated).collect(),
				alternates: alternates.iter().map(seated).collect(),
			}),
			registered,
			observers: roster.iter().filter(|entry| entry.seat == Seat::Observer).count(),
			assumed_faulty,
			risk: decimal(risk),
			bound: decimal(10u64.pow(risk::SCALE_DIGITS.saturating_sub(exponent.min(risk::SCALE_DIGITS)))),
			sizes: sizes.into_iter().map(judged).collect(),
			smallest_size: risk::smallest_size(registered, assumed_faulty, exponent),
		})
	}
}

impl<V: CommitteeView> CommitteeApiServer for Committee<V> {
	fn committee(&self, at: Option<JsonValue>, size: Option<JsonValue>) -> RpcResult<CommitteeAnswer> {
		Ok(self.answer(at, size)?)
	}
}

/// A probability in units of 10^−18 as a decimal number.
pub fn decimal(scaled: u64) -> String {
	let unit = 10u64.pow(risk::SCALE_DIGITS);
	let digits = format!("{}.{:018}", scaled / unit, scaled % unit);
	digits.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// Answer of `pbft_committee`. Probabilities are decimal numbers, exact to 18 digits and rounded up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommitteeAnswer {
	/// The block after which this holds.
	pub at: BlockAnswer,
	/// The era's number.
	pub era: u32,
	/// The era's first height.
	pub since: Height,
	/// The era's number of blocks.
	pub length: u32,
	/// How many members a committee is to have; 0: all validators are in the set, and there is no election.
	pub size: u32,
	/// The number of the set that decides the next height.
	pub set_id: SetId,
	/// The first height that this set decides.
	pub set_since: Height,
	/// The set's members, in order.
	pub members: Vec<MemberAnswer>,
	/// The scheduled set.
	pub scheduled: Option<ScheduledCommittee>,
	/// The committee of the next era, if it is elected.
	pub next: Option<NextAnswer>,
	/// How many validators are approved, in the committee or not.
	pub registered: u32,
	/// How many entries of the roster only attest.
	pub observers: usize,
	/// How many of the registered are assumed to be faulty.
	pub assumed_faulty: u32,
	/// The probability that a committee of `size` has more faulty members than it tolerates.
	pub risk: String,
	/// The bound on this probability.
	pub bound: String,
	/// The risk of each size in the request.
	pub sizes: Vec<SizeAnswer>,
	/// The smallest size, of 4 or more, that is not over the bound; `null` if there is none.
	pub smallest_size: Option<u32>,
}

/// A validator and its institution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seated {
	/// Its key.
	pub key: String,
	/// Its institution; `null` if it was never registered, or is no longer on the roster.
	pub institution: Option<InstitutionId>,
	/// Whether this institution is a regulator.
	pub regulator: bool,
}

impl Seated {
	fn new(key: &ValidatorId, entry: Option<&RosterEntry>) -> Self {
		let institution = entry.and_then(|entry| entry.institution);
		Self { key: to_hex(key), institution, regulator: entry.is_some_and(|entry| entry.regulator) }
	}
}

/// A member of the set in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberAnswer {
	/// Its position.
	pub index: SignerIndex,
	/// Whether it takes turns to lead.
	pub leads: bool,
	/// The validator.
	#[serde(flatten)]
	pub seated: Seated,
}

/// A scheduled set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduledCommittee {
	/// The first height that it decides.
	pub since: Height,
	/// Its members, in order.
	pub members: Vec<Seated>,
}

/// The committee of the next era.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NextAnswer {
	/// The era.
	pub era: u32,
	/// Its first height, if every block until then is made.
	pub since: Height,
	/// Its members, as they were drawn.
	pub members: Vec<Seated>,
	/// The validators that replace members which cannot serve, in this order.
	pub alternates: Vec<Seated>,
}

/// The risk of a size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SizeAnswer {
	/// The size.
	pub size: u32,
	/// The probability that a committee of this size has more faulty members than it tolerates.
	pub risk: String,
	/// Whether this risk is within the bound.
	pub accepted: bool,
}
