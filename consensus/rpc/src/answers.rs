//! The answers as JSON. Keys, hashes and signatures are hex with `0x`; heights, views and indices are numbers.

pub use syndic_light::{BlockAnswer, ReadAnswer};

use crate::chain::{ConsensusState, ParameterRecord};
use codec::Encode;
use serde::{Deserialize, Serialize};
use syndic_client::assurance::{Reached, Standing};
use syndic_pbft::Status;
use syndic_primitives::{
	assurance::Count,
	builtin::{Address, ContractInfo},
	parameters::{Cause, PastChange},
	set::{max_faulty, quorum},
	AssuranceLevel, BlockHash, Certificate, ClassId, ClassInfo, Height, Parameters, SetId, SignerIndex, ValidatorId,
	ValidatorSet, View,
};

/// Bytes as hex with `0x`.
pub fn to_hex(bytes: impl AsRef<[u8]>) -> String {
	format!("0x{}", hex::encode(bytes))
}

/// The part that this node has in the consensus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
	/// The engine has not started yet.
	Starting,
	/// It follows the chain: it was not started as a validator, or has no consensus key.
	Full,
	/// It has a consensus key that is not in the current set: it follows the chain, and votes once its key is in the
	/// set.
	Waiting,
	/// Its key is in the current set, and it does not vote yet, because its vote log is new although the chain is not.
	Abstaining,
	/// It votes.
	Validator,
}

impl From<syndic_client::Role> for Role {
	fn from(role: syndic_client::Role) -> Self {
		match role {
			syndic_client::Role::Full => Self::Full,
			syndic_client::Role::Waiting => Self::Waiting,
			syndic_client::Role::Abstaining(_) => Self::Abstaining,
			syndic_client::Role::Validator(_) => Self::Validator,
		}
	}
}

/// A member of the set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
	/// Its position.
	pub index: SignerIndex,
	/// Its key; `null` only while this node does not have the state that names it.
	pub key: Option<String>,
}

/// A member that progress waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Awaited {
	/// Its position.
	pub index: SignerIndex,
	/// Its key.
	pub key: Option<String>,
	/// Whether this node has a connection to it.
	pub reachable: bool,
}

/// A request for another view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ViewChangeAnswer {
	/// The member that asks.
	pub index: SignerIndex,
	/// The view that it asks for.
	pub view: View,
}

/// A lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LockAnswer {
	/// The view of the certificate that locks.
	pub view: View,
	/// The block of that certificate.
	pub block_hash: BlockHash,
}

/// Answer of `pbft_status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusAnswer {
	/// The part that this node has in the consensus.
	pub role: Role,
	/// Its consensus key, if it was started as a validator and has one.
	pub key: Option<String>,
	/// The last final block.
	pub finalised: BlockAnswer,
	/// Whether it is far behind the network and fetches blocks.
	pub is_syncing: bool,
	/// Keys of the validators to which it has a connection.
	pub connected: Vec<String>,
	/// The keys with which it attests, and the roster's entries whose attestations it lacks.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub assurance: Option<StandingAnswer>,
	/// The state of the protocol; only on a node with a consensus key.
	#[serde(flatten, skip_serializing_if = "Option::is_none")]
	pub engine: Option<EngineAnswer>,
}

/// The state of the protocol, as this node sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EngineAnswer {
	/// The set in force.
	pub set_id: SetId,
	/// How many members it has.
	pub members: usize,
	/// How many commits make a quorum.
	pub quorum: usize,
	/// This node's position in the set; `null` if it is not a member.
	pub index: Option<SignerIndex>,
	/// The last committed block.
	pub committed: BlockAnswer,
	/// The view.
	pub view: View,
	/// Whether the view was asked for and has not begun.
	pub changing_view: bool,
	/// How many views in a row have failed.
	pub failures: u32,
	/// The leader of the next height in this view.
	pub leader: Member,
	/// The block proposed for the next height.
	pub proposal: Option<BlockHash>,
	/// Whether this node found the proposal valid; `null` while it has not judged it.
	pub proposal_valid: Option<bool>,
	/// The members that prepared the proposal.
	pub prepared_by: Vec<SignerIndex>,
	/// The members that committed the proposal.
	pub committed_by: Vec<SignerIndex>,
	/// The blocks proposed in this view, from the next height upwards to the first height without a proposal.
	pub window: Vec<BlockHash>,
	/// The block this node is locked on.
	pub locked: Option<LockAnswer>,
	/// The members that progress waits for.
	pub waiting_for: Vec<Awaited>,
	/// The members that ask for another view.
	pub view_changes: Vec<ViewChangeAnswer>,
	/// Members this node has a connection to, itself included.
	pub reachable: Vec<SignerIndex>,
}

impl EngineAnswer {
	/// Adds keys to the positions in `status`, if `set` is the set that `status` refers to.
	pub fn new(status: Status, set: &ValidatorSet) -> Self {
		let set = Some(set).filter(|set| set.id() == status.set_id);
		let key = |index: SignerIndex| set.and_then(|set| set.member(index)).map(to_hex);
		let waiting_for = status
			.waiting_for()
			.into_iter()
			.map(|index| Awaited { index, key: key(index), reachable: status.reachable.contains(&index) })
			.collect();
		Self {
			set_id: status.set_id,
			members: status.members,
			quorum: status.quorum,
			index: status.me,
			committed: BlockAnswer { height: status.committed, hash: status.committed_hash },
			view: status.view,
			changing_view: status.changing_view,
			failures: status.failures,
			leader: Member { index: status.leader, key: key(status.leader) },
			proposal: status.proposal,
			proposal_valid: status.valid,
			prepared_by: status.prepared_by,
			committed_by: status.committed_by,
			window: status.window,
			locked: status.locked.map(|(view, block_hash)| LockAnswer { view, block_hash }),
			waiting_for,
			view_changes: status
				.view_changes
				.into_iter()
				.map(|(index, view)| ViewChangeAnswer { index, view })
				.collect(),
			reachable: status.reachable,
		}
	}
}

fn members(keys: &[ValidatorId]) -> Vec<Member> {
	// A set has at most MAX_VALIDATORS members, which fits.
	keys.iter().enumerate().map(|(at, key)| Member { index: SignerIndex(at as u16), key: Some(to_hex(key)) }).collect()
}

/// Answer of `pbft_validators`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ValidatorsAnswer {
	/// The block after which this holds.
	pub at: BlockAnswer,
	/// The set's number.
	pub set_id: SetId,
	/// The first height that it decides.
	pub since: Height,
	/// Its members, in order.
	pub members: Vec<Member>,
	/// How many of them commit a block.
	pub quorum: usize,
	/// How many of them may be faulty.
	pub max_faulty: usize,
	/// The change that is scheduled.
	pub scheduled: Option<ScheduledSet>,
}

/// A scheduled change of the set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduledSet {
	/// The first height that the new set decides.
	pub since: Height,
	/// Its members, in order.
	pub members: Vec<Member>,
	/// How many of them will commit a block.
	pub quorum: usize,
	/// How many of them may be faulty.
	pub max_faulty: usize,
}

impl ValidatorsAnswer {
	/// Makes the answer from the state after `at`.
	pub fn new(at: BlockAnswer, state: ConsensusState) -> Self {
		Self {
			at,
			set_id: state.set.id(),
			since: state.set.since(),
			members: members(state.set.members()),
			quorum: state.set.quorum(),
			max_faulty: state.set.max_faulty(),
			scheduled: state.scheduled_set.map(|(since, keys)| ScheduledSet {
				since,
				members: members(&keys),
				quorum: quorum(keys.len()),
				max_faulty: max_faulty(keys.len()),
			}),
		}
	}
}

/// Answer of `pbft_parameters`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParametersAnswer {
	/// The block after which this holds.
	pub at: BlockAnswer,
	/// The parameters in force for the height after it.
	pub parameters: Parameters,
	/// The profile in force; `null` unless all parameters are as a profile sets them.
	pub profile: Option<String>,
	/// Scheduled changes, ascending by height.
	pub scheduled: Vec<ParametersSince>,
	/// The last changes, ascending by height; the last of them set the present parameters. Empty for a state of a
	/// runtime that did not record changes.
	pub history: Vec<ParametersSince>,
}

/// Parameters from a height on, and the cause of the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParametersSince {
	/// The first height that they rule.
	pub since: Height,
	/// The cause of the change.
	pub cause: CauseAnswer,
	/// All parameters.
	pub parameters: Parameters,
}

/// The cause of a change of parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "camelCase")]
pub enum CauseAnswer {
	/// They are the parameters of genesis, or older than the record of causes.
	Start,
	/// The board changed single parameters.
	Board,
	/// The board switched to a profile.
	Profile {
		/// The profile's name.
		profile: String,
	},
	/// The calendar switched to a profile.
	Calendar {
		/// The profile's name.
		profile: String,
	},
}

impl From<Cause> for CauseAnswer {
	fn from(cause: Cause) -> Self {
		match cause {
			Cause::Start => Self::Start,
			Cause::Board => Self::Board,
			Cause::Profile(name) => Self::Profile { profile: name.text() },
			Cause::Calendar(name) => Self::Calendar { profile: name.text() },
		}
	}
}

impl ParametersAnswer {
	/// Makes the answer from the state after `at`.
	pub fn new(at: BlockAnswer, state: ConsensusState, record: ParameterRecord) -> Self {
		let ParameterRecord { profile, scheduled, history } = record;
		// A state without causes is of a runtime in which only the board made changes.
		let cause = |since: Height| {
			let change = scheduled.iter().find(|change| change.since == since);
			change.map_or(CauseAnswer::Board, |change| change.cause.clone().into())
		};
		let to_come = state.scheduled_parameters.into_iter();
		let past = |PastChange { since, cause, parameters }| ParametersSince { since, cause: cause.into(), parameters };
		Self {
			at,
			parameters: state.parameters,
			profile: profile.map(|name| name.text()),
			scheduled: to_come
				.map(|(since, parameters)| ParametersSince { since, cause: cause(since), parameters })
				.collect(),
			history: history.into_iter().map(past).collect(),
		}
	}
}

/// Answer of `pbft_certificate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CertificateAnswer {
	/// The set whose members signed.
	pub set_id: SetId,
	/// The block's height.
	pub height: Height,
	/// The view in which it was committed.
	pub view: View,
	/// The block's hash.
	pub block_hash: BlockHash,
	/// The signatures, ascending by the signer's position.
	pub signatures: Vec<SignatureAnswer>,
	/// The payload that each of them signed.
	pub payload: String,
	/// The certificate in SCALE, as it is stored with the block.
	pub encoded: String,
}

/// A signature in a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignatureAnswer {
	/// The signer's position in the set.
	pub signer: SignerIndex,
	/// Its key; `null` if the state that names it is pruned here.
	pub key: Option<String>,
	/// The ed25519 signature.
	pub signature: String,
}

impl CertificateAnswer {
	/// Adds keys to the signers; `set` is the set that signed, if it is known.
	pub fn new(certificate: &Certificate, genesis: &BlockHash, set: Option<&ValidatorSet>) -> Self {
		let signatures = certificate
			.signatures
			.iter()
			.map(|(signer, signature)| SignatureAnswer {
				signer: *signer,
				key: set.and_then(|set| set.member(*signer)).map(to_hex),
				signature: to_hex(signature),
			})
			.collect();
		Self {
			set_id: certificate.set_id(),
			height: certificate.height(),
			view: certificate.view(),
			block_hash: certificate.block_hash(),
			signatures,
			payload: to_hex(certificate.vote.payload(genesis)),
			encoded: to_hex(certificate.encode()),
		}
	}
}

/// The keys with which a node attests, and the roster's entries that it misses behind the last block of which it can
/// tell that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StandingAnswer {
	/// The consensus keys in its keystore. It attests with those that are on the roster.
	pub attesting: Vec<String>,
	/// Number of nodes with which it exchanges attestations.
	pub peers: usize,
	/// The last block that has been final for two seconds; `null` right after the start.
	pub block: Option<BlockAnswer>,
	/// The levels that this block has reached.
	pub levels: Vec<AssuranceLevel>,
	/// The roster's entries that do not stand behind this block.
	pub missing: Vec<MissingAnswer>,
}

/// An entry of the roster that is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MissingAnswer {
	/// Its key.
	pub key: String,
	/// The last block that it has stood behind; `null` if this node has seen none.
	pub last: Option<Height>,
}

impl From<Standing> for StandingAnswer {
	fn from(standing: Standing) -> Self {
		let missing = standing.missing.iter().map(|(key, last)| MissingAnswer { key: to_hex(key), last: *last });
		Self {
			attesting: standing.attesting.iter().map(to_hex).collect(),
			peers: standing.peers,
			block: standing.block.map(|block| BlockAnswer { height: block.height, hash: block.block_hash }),
			levels: standing.levels,
			missing: missing.collect(),
		}
	}
}

/// Item of `pbft_subscribeAssurance`: a block has reached a level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReachedAnswer {
	/// The block.
	pub block: BlockAnswer,
	/// The level.
	pub level: AssuranceLevel,
	/// Milliseconds from the block's finality on this node to the level; `null` where that is not known.
	pub after_ms: Option<u64>,
	/// How many of the roster's validators stand behind it at this moment.
	pub validators: Count,
	/// How many institutions stand behind it.
	pub institutions: Count,
	/// How many validators and observers of regulators stand behind it.
	pub regulators: Count,
}

impl From<Reached> for ReachedAnswer {
	fn from(reached: Reached) -> Self {
		Self {
			block: BlockAnswer { height: reached.block.height, hash: reached.block.block_hash },
			level: reached.level,
			after_ms: reached.after.map(|after| after.as_millis() as u64),
			validators: reached.tally.validators,
			institutions: reached.tally.institutions,
			regulators: reached.tally.regulators,
		}
	}
}

/// Item of `pbft_subscribeCommits`: a final block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommitAnswer {
	/// Its height.
	pub height: Height,
	/// Its hash.
	pub hash: BlockHash,
	/// The set that decided it.
	pub set_id: SetId,
	/// The view in which the set decided it.
	pub view: View,
	/// The positions of the members whose commits are in this node's certificate.
	pub signers: Vec<SignerIndex>,
}

/// Answer of `pbft_transactionAssurance`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransactionAnswer {
	/// Its block, which is final.
	pub block: BlockAnswer,
	/// Its index in the block.
	pub index: usize,
	/// Its hash.
	pub hash: BlockHash,
	/// Its class; `null` for an inherent, and where the runtime has no classes.
	pub class: Option<ClassAnswer>,
	/// The level that it needs to count as assured: the level of its class, or `committee` without a class.
	pub asks: AssuranceLevel,
	/// Whether the block has reached this level.
	pub assured: bool,
	/// Every level that the block has reached.
	pub levels: Vec<AssuranceLevel>,
}

/// A class of transactions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClassAnswer {
	/// Its number.
	pub id: ClassId,
	/// Its name.
	pub name: String,
}

impl From<ClassInfo> for ClassAnswer {
	fn from(info: ClassInfo) -> Self {
		Self { id: info.id, name: String::from_utf8_lossy(&info.name).into_owned() }
	}
}

/// Answer of `pbft_readiness`: the arguments of `validators.declareReady`, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadinessAnswer {
	/// The consensus key that is ready.
	pub key: String,
	/// The last final block of this node.
	pub height: Height,
	/// Its hash.
	pub block_hash: BlockHash,
	/// The key's signature over the statement.
	pub signature: String,
}

/// Answer of `builtin_contracts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContractsAnswer {
	/// The block after which this holds.
	pub at: BlockAnswer,
	/// Every built-in contract, by ascending address.
	pub contracts: Vec<ContractAnswer>,
}

/// A built-in contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContractAnswer {
	/// Its address.
	pub address: Address,
	/// Its name.
	pub name: String,
	/// The prefix of its storage keys.
	pub prefix: String,
	/// The version of its storage and its calls.
	pub version: u16,
	/// Whether the board can suspend it.
	pub suspendable: bool,
	/// The block that suspended it; `null` unless it is suspended.
	pub suspended_since: Option<Height>,
}

impl ContractAnswer {
	/// Makes the answer from the registry's entry.
	pub fn new(info: ContractInfo, suspended_since: Option<Height>) -> Self {
		let ContractInfo { address, prefix, version, name, suspendable } = info;
		Self { address, name, prefix: to_hex(prefix), version, suspendable, suspended_since }
	}
}
