//! The validators: who votes, and how that changes while the chain runs.
//!
//! The set that decides the next height lies at a fixed storage key (`syndic_primitives::storage_keys`), where the
//! consensus engine reads it from the state of a finalised block. Governance adds and removes members, one change at a
//! time, each for a height that it names or that follows from [`syndic_primitives::notice`]. The change for activation height
//! `A` is applied at the end of block `A − 1`, and announced in that block's digest.
//!
//! # Who is counted on
//!
//! A change that the set could not survive is refused. Which members are there to vote is more than the chain can
//! know, but it knows who has *shown* it: the members from genesis, and whoever has declared to be ready, by signing a
//! recent block with the consensus key ([`Pallet::declare_ready`]). The others are *undeclared*. A change is accepted
//! only if those of the new set's members who are not undeclared make a quorum of it. So:
//!
//! - a second or third validator must have declared before it is added: the quorum of 2 is 2, that of 3 is 3;
//! - a fourth or fifth need not have, for three of four and four of five are a quorum; but as long as it has not, it
//!   is one of the members that may fail;
//! - a removal is refused if it leaves the undeclared too much weight: of seven members with two undeclared, a
//!   declared one cannot be removed.
//!
//! A member that declares late is counted on from then on.
//!
//! # Who contradicts itself
//!
//! Two votes of one validator for different blocks at one height, in one view and phase, are evidence. Anybody sends it
//! ([`Pallet::report_equivocation`]), also without an account: validators' nodes do by themselves. It is checked here, with
//! the set in which the votes were signed. Whoever is proven guilty is banned: it leaves the set at the earliest height
//! at which a change may take effect, with a change that is scheduled already if there is one, and cannot be added again
//! until governance lifts the ban. It is not counted on either, when a change is judged.
//!
//! # Who does not lead
//!
//! A member can be demoted: it votes, but is passed over when leaders take turns ([`Pallet::demote`], [`Pallet::restore`];
//! for the runtime's own rules, there is no call for it). That is a change of the set like any other, with the next set
//! id and the same members, so that nodes learn of it at a boundary. If a change is scheduled already, the demotion is
//! merged into it and takes effect with it; cancelling that change schedules the demotion once more. Demotions follow a
//! key through changes of the members. Never are so many demoted that fewer than `f + 1` members lead.
//!
//! # Who took part
//!
//! Each block reports the commits of the heights before it ([`participation`]). From that follows who is there: a change is
//! accepted only if those of the new set's members who committed lately make a quorum of it; the others are counted as the
//! undeclared are. And from that follows credit ([`credit`]): for each commit, and for each block led. A view that fails
//! speaks against its leader; after two such turns in an era, as the rules have it by default, it is demoted at once, and
//! restored when the next era begins, if it votes. At the end of an era a reward is shared out by credit, from a pot that
//! anybody can fund.
//!
//! # Who comes and goes
//!
//! An institution's administrator registers a consensus key, with a proof that its holder agrees
//! ([`Pallet::register_validator`]), and may withdraw its validator ([`Pallet::leave`]). The board adds it, removes it,
//! suspends it. Where a validator stands is not stored but derived ([`Pallet::status_of`]); the first line that applies:
//!
//! | status | when | left by |
//! |---|---|---|
//! | `Banned` | it was proven to have contradicted itself | `lift_ban` |
//! | `Suspended` | the board has suspended it; it is in no set to come | `resume_validator` |
//! | `Leaving` | it is in the set, and not in the next one | the change: `ValidatorLeft`; `cancel_change` |
//! | `Syncing` | it is in the set, or the next one, and has not declared to be ready | `declare_ready` |
//! | `Ready` | it is in the next set, and has declared | the change: `ValidatorJoined` |
//! | `Active` | it is in the set, and counted on | `leave`, `remove_validator`, `suspend_validator` |
//! | `Standby` | it is on the roster, and not in the committee | an election; the same |
//! | `Observer` | it is on the roster to attest alone | `remove_observer`, `leave`, `suspend_validator` |
//! | `Left` | it was in a set, and has not been registered since | `register_validator`, `deregister_validator` |
//! | `Ready` | it is registered, and its declaration still holds | `add_validator`; time |
//! | `Registered` | it is registered | `declare_ready`, `add_validator` |
//!
//! A validator that has left is registered once more before it is added again: that shows that its institution wants
//! it, and still has its key. If the removal of a suspended member is cancelled, its suspension ends with it.
//!
//! Members from genesis need not be registered: they can be at any time. Until then each counts as an institution of its own.
//!
//! # What one institution may hold
//!
//! No institution holds more than `f = ⌊(n − 1) / 3⌋` of `n` members, or one where `f` is none. A change after which one
//! would is refused, an addition as well as a removal that makes the set too small for somebody else's share. See
//! `shares.rs` for what exceeds it all the same: an expulsion is never refused for it, because evidence goes first.
//!
//! # Committees
//!
//! All approved validators stand on the roster ([`roster`]), with observers who only attest. With `committeeSize` 0 all
//! of them are in the set. With a committee the set has so many members, elected from the roster anew for each era: by
//! randomness that they make together ([`lottery`]), in proportion to their scores ([`scores`]), one era ahead
//! ([`election`]). When an era ends the elected committee takes over ([`rotation`]); a member that goes in mid-era is
//! replaced by an alternate.
//!
//! # What replaces a set that cannot decide
//!
//! [`Pallet::replace`] puts another set in force at once. `pallet-recovery` calls it, with an order of the board.
//!
//! # Storage
//!
//! | item | what |
//! |---|---|
//! | [`CurrentSet`] | the set of the next height |
//! | [`ScheduledSet`] | the next set's members, who of them does not lead, and the height from which it decides |
//! | [`Undeclared`] | members, and the candidate of the scheduled change, that have not declared |
//! | [`Declarations`] | candidates that have declared, and for which block |
//! | [`PastSets`] | the last 64 sets before the current one |
//! | [`Banned`] | who is banned, and for what |
//! | [`BannedMembers`] | those of them that are still in the set, or in the next one |
//! | [`LastReported`] | the last height whose commits were reported, and its view |
//! | [`Credits`] | what each validator has done in this era |
//! | [`CurrentEra`], [`EraReward`] | the era, and the reward of an era |
//! | [`Roster`] | who is approved, in the set or not, and who observes |
//! | [`NextCommittee`], [`RotatedFor`] | the committee of the next era, and for which era one was scheduled |
//! | [`Alternates`] | who takes the place of a member that goes in mid-era |
//! | [`Contributions`], [`Contributors`], [`Seed`] | this era's commitments and secrets, who revealed in the last, and what they made |
//! | [`Scores`] | scores below the neutral one |
//! | [`LeaderPeriod`] | how long one member leads, and since when that is known |
//! | [`Registrations`] | who stands behind a validator, and where its node is |
//! | [`PeerOwners`] | whose a PeerId is: each is one validator's |
//! | [`RegistrationCount`] | how many registrations an institution has |
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod credit;
mod demotion;
pub mod election;
mod evidence;
pub mod genesis;
mod lifecycle;
pub mod lottery;
pub mod migrations;
pub mod participation;
mod recovery;
pub mod roster;
pub mod rotation;
mod schedule;
pub mod scores;
pub mod shares;
#[cfg(any(feature = "try-runtime", test))]
mod state;
pub mod types;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use credit::{Credit, CreditMap, Era};
pub use evidence::{Outcome, Supervisor, MAX_PAST_SETS};
pub use lottery::Contribution;
pub use pallet::*;
pub use participation::{KnownPeriod, Place, Report};
pub use types::{Ban, Declaration, Demoted, Elected, Members, NextSet, Registration, Standing, StoredSet};
pub use weights::WeightInfo;

use alloc::vec::Vec;
use frame_support::{
	ensure,
	traits::{fungible::Inspect, Get},
	PalletId,
};
use frame_system::pallet_prelude::BlockNumberFor;
use pallet_builtin::{BuiltInContract, StorageMetadata};
use sp_runtime::{DispatchError, SaturatedConversion};
use syndic_primitives::{
	builtin::{address, Address},
	BlockHash, Height, NoticeError, ValidatorId, ValidatorSet, DEFAULT_CHANGE_DELAY,
};

// What comes after `ValidateUnsigned`, `#[pallet::authorize]`, takes transactions of a form that stock polkadot.js does not
// send without an account. Evidence should need nothing but itself.
// Its macro binds a unit.
#[allow(deprecated, clippy::let_unit_value)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use crate::genesis::GenesisRegistration;
	use frame_support::{
		pallet_prelude::*,
		traits::{fungible, Contains},
	};
	use frame_system::pallet_prelude::*;
	use syndic_primitives::{
		block::BlockNumber,
		crypto::verify_ed25519,
		lottery::Hash256,
		participation::INHERENT_IDENTIFIER,
		peer::InstitutionId,
		roster::{Seat, MAX_ROSTER},
		Certificate, Equivocation, Parameters, PeerId, Readiness, SetId, ValidatorSignature, View, MAX_READINESS_AGE,
	};

	pub(crate) const VERSION: u16 = 4;
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(VERSION);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, Hash = BlockHash> {
		/// Who may change the set.
		type ManageOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// For how many blocks after the block that was signed a declaration of readiness holds.
		#[pallet::constant]
		type ReadinessLifetime: Get<BlockNumber>;

		/// How many declarations are kept; a further one displaces the oldest.
		#[pallet::constant]
		type MaxDeclarations: Get<u32>;

		/// How far ahead a change may be scheduled, in blocks.
		#[pallet::constant]
		type MaxChangeDelay: Get<BlockNumber>;

		/// The parameters in force.
		type Parameters: Get<Parameters>;

		/// The money that rewards are paid in.
		type Currency: fungible::Inspect<Self::AccountId> + fungible::Mutate<Self::AccountId>;

		/// What the account is derived from out of which rewards are paid.
		#[pallet::constant]
		type PotId: Get<PalletId>;

		/// Who may act for an institution: an administrator of it, whose account that is.
		type InstitutionOrigin: EnsureOrigin<Self::RuntimeOrigin, Success = (InstitutionId, Self::AccountId)>;

		/// Which institutions may have validators added.
		type GoodStanding: Contains<InstitutionId>;

		/// Which institutions are regulators.
		type Regulators: Contains<InstitutionId>;

		/// How many validators one institution may register, those that have left among them.
		#[pallet::constant]
		type MaxRegistrationsPerInstitution: Get<u32>;

		/// Who is told of evidence against a validator, and of what followed. `()`: nobody.
		type Supervisor: Supervisor;

		/// The weights of this pallet.
		type WeightInfo: WeightInfo;
	}

	/// The set that decides the next height. Encoded as `syndic_primitives::ValidatorSet`.
	#[pallet::storage]
	pub type CurrentSet<T> = StorageValue<_, StoredSet, ValueQuery>;

	/// The next set's members in order, who of them does not lead, and the first height that they decide, if a change is
	/// scheduled. Encoded as `syndic_primitives::ScheduledSet`.
	#[pallet::storage]
	pub type ScheduledSet<T> = StorageValue<_, NextSet, OptionQuery>;

	/// Members, and the candidate of the scheduled change, that have not declared that they are ready. They are not
	/// counted on when a change is judged.
	#[pallet::storage]
	pub type Undeclared<T> = StorageValue<_, Members, ValueQuery>;

	/// Who has declared that it is ready, and for which block, the oldest block first.
	#[pallet::storage]
	pub type Declarations<T: Config> = StorageValue<_, BoundedVec<Declaration, T::MaxDeclarations>, ValueQuery>;

	/// The last sets before the current one, for evidence that comes late.
	#[pallet::storage]
	pub type PastSets<T> = StorageMap<_, Twox64Concat, SetId, StoredSet, OptionQuery>;

	/// Who was proven to have contradicted itself.
	#[pallet::storage]
	pub type Banned<T> = StorageMap<_, Blake2_128Concat, ValidatorId, Ban, OptionQuery>;

	/// Those of them that are members still, or will be of the next set.
	#[pallet::storage]
	pub type BannedMembers<T> = StorageValue<_, Members, ValueQuery>;

	/// The last height whose commits were reported.
	#[pallet::storage]
	pub type LastReported<T> = StorageValue<_, Place, ValueQuery>;

	/// For how many heights one member leads, and since when that is known.
	#[pallet::storage]
	pub type LeaderPeriod<T> = StorageValue<_, KnownPeriod, ValueQuery>;

	/// What each validator has done in the current era.
	#[pallet::storage]
	pub type Credits<T> = StorageValue<_, CreditMap, ValueQuery>;

	/// The current era.
	#[pallet::storage]
	pub type CurrentEra<T> = StorageValue<_, Era, ValueQuery>;

	/// How much is paid out of the pot at the end of an era, as far as it has as much.
	#[pallet::storage]
	pub type EraReward<T: Config> = StorageValue<_, BalanceOf<T>, ValueQuery>;

	/// Who stands behind a validator, and where its node is.
	#[pallet::storage]
	pub type Registrations<T: Config> =
		StorageMap<_, Blake2_128Concat, ValidatorId, Registration<T::AccountId>, OptionQuery>;

	/// Whose a PeerId is, among the registered validators.
	#[pallet::storage]
	pub type PeerOwners<T> = StorageMap<_, Blake2_128Concat, PeerId, ValidatorId, OptionQuery>;

	/// How many validators an institution has registered.
	#[pallet::storage]
	pub type RegistrationCount<T> = StorageMap<_, Twox64Concat, InstitutionId, u32, ValueQuery>;

	/// Who is approved, in the set or not, and who only attests, ascending by key. Encoded as
	/// `Vec<syndic_primitives::RosterEntry>`.
	#[pallet::storage]
	pub type Roster<T> = StorageValue<_, roster::Entries, ValueQuery>;

	/// The committee of the era after this one, once it is elected. Encoded as `syndic_primitives::api::NextCommittee`.
	#[pallet::storage]
	pub type NextCommittee<T> = StorageValue<_, Elected, OptionQuery>;

	/// Who takes the place of a member of the committee that goes in mid-era, in this order.
	#[pallet::storage]
	pub type Alternates<T> = StorageValue<_, Members, ValueQuery>;

	/// The last era whose committee was scheduled, or was found not to be.
	#[pallet::storage]
	pub type RotatedFor<T> = StorageValue<_, u32, ValueQuery>;

	/// What the secrets of all eras so far have made.
	#[pallet::storage]
	pub type Seed<T> = StorageValue<_, Hash256, ValueQuery>;

	/// What each validator has contributed in this era.
	#[pallet::storage]
	pub type Contributions<T> = CountedStorageMap<_, Blake2_128Concat, ValidatorId, Contribution, OptionQuery>;

	/// Who revealed a secret in the last era, ascending.
	#[pallet::storage]
	pub type Contributors<T> = StorageValue<_, BoundedVec<ValidatorId, ConstU32<MAX_ROSTER>>, ValueQuery>;

	/// The scores of those who have not the neutral one.
	#[pallet::storage]
	pub type Scores<T> = StorageValue<_, scores::ScoreMap, ValueQuery>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A validator will be added: it votes from height `at` on.
		AdditionScheduled {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// The first height it votes on.
			since: Height,
		},
		/// A validator will be removed: it votes no more from height `at` on.
		RemovalScheduled {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// The first height it does not vote on.
			since: Height,
		},
		/// The change that was scheduled for height `at` will not be made.
		ChangeCancelled {
			/// The height at which it would have taken effect.
			since: Height,
		},
		/// A new set of validators decides from height `since` on.
		SetChanged {
			/// The set's id.
			id: SetId,
			/// The first height it decides: the one after this block.
			since: Height,
			/// How many members it has.
			size: u32,
		},
		/// The change that was scheduled for height `at` has been dropped, because its set could not have worked. The
		/// set stays as it is.
		ChangeDropped {
			/// The height at which it would have taken effect.
			since: Height,
		},
		/// A validator was proven to have signed two blocks at one place, and is banned.
		Banned {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// The height at which it did.
			height: Height,
			/// The view in which it did.
			view: View,
		},
		/// The set that takes over at height `since` is without banned validators.
		ExpulsionScheduled {
			/// The first height on which they do not vote.
			since: Height,
		},
		/// A banned validator stays in the set for now: without it, those who have shown themselves would make no quorum.
		/// It goes with the first change after which they would.
		ExpulsionPostponed {
			/// The validator's consensus key.
			validator: ValidatorId,
		},
		/// A validator will not lead from height `since` on; it votes as before.
		DemotionScheduled {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// The first height in which it does not lead.
			since: Height,
		},
		/// A validator that was demoted, or was to be, may lead from height `since` on.
		RestorationScheduled {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// The first height in which it may lead.
			since: Height,
		},
		/// A height did not become final in a view that this validator led.
		TurnMissed {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// The height.
			height: Height,
			/// The view.
			view: View,
		},
		/// An era is over, and its rewards are paid.
		EraEnded {
			/// Its number.
			era: u32,
			/// How much was paid, together.
			paid: BalanceOf<T>,
		},
		/// What a validator did in the era that is over, and what its beneficiary was paid for it.
		Rewarded {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// How many heights it committed.
			commits: u32,
			/// How many blocks became final in a view that it led.
			led: u32,
			/// In how many views that it led nothing became final.
			missed: u32,
			/// How much was paid.
			amount: BalanceOf<T>,
		},
		/// The credit of a banned validator is struck.
		CreditForfeited {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// What it would have been rewarded for.
			points: u32,
		},
		/// So much is paid for an era from now on.
		EraRewardSet {
			/// How much, together.
			amount: BalanceOf<T>,
		},
		/// A ban was lifted.
		BanLifted {
			/// The validator's consensus key.
			validator: ValidatorId,
		},
		/// A validator's node has shown that it holds the consensus key and has followed the chain up to `height`.
		ReadinessDeclared {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// The block it has signed.
			height: Height,
		},
		/// An institution has registered a validator. The board can add it.
		ValidatorRegistered {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// Whose it is.
			institution: InstitutionId,
			/// The account that has registered it, and gets its rewards.
			account: T::AccountId,
		},
		/// The registration of a validator is gone.
		ValidatorDeregistered {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// Whose it was.
			institution: InstitutionId,
		},
		/// A validator has another node, or other addresses.
		NodeUpdated {
			/// The validator's consensus key.
			validator: ValidatorId,
		},
		/// A validator's rewards go to this account from now on.
		BeneficiarySet {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// The account.
			account: T::AccountId,
		},
		/// An institution withdraws its validator. `RemovalScheduled`, which follows, says when.
		LeaveRequested {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// Whose it is.
			institution: InstitutionId,
		},
		/// The board has suspended a validator. If it was in the set, `RemovalScheduled` follows, and says when it leaves.
		ValidatorSuspended {
			/// The validator's consensus key.
			validator: ValidatorId,
		},
		/// A validator is suspended no more.
		ValidatorResumed {
			/// The validator's consensus key.
			validator: ValidatorId,
		},
		/// A validator is in the set.
		ValidatorJoined {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// The first height it votes on.
			since: Height,
		},
		/// A validator is in the set no more.
		ValidatorLeft {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// The first height it does not vote on.
			since: Height,
		},
		/// The board has approved a validator: it attests, and stands for election.
		ValidatorApproved {
			/// The validator's consensus key.
			validator: ValidatorId,
		},
		/// A validator that was not in the set is approved no more.
		RemovedFromRoster {
			/// The validator's consensus key.
			validator: ValidatorId,
		},
		/// An observer attests from now on.
		ObserverAdded {
			/// Its consensus key.
			validator: ValidatorId,
		},
		/// An observer attests no more.
		ObserverRemoved {
			/// Its consensus key.
			validator: ValidatorId,
		},
		/// A validator has committed itself to its secret of an era.
		Committed {
			/// The era.
			era: u32,
			/// The validator's consensus key.
			validator: ValidatorId,
		},
		/// A validator has revealed its secret of an era.
		Revealed {
			/// The era.
			era: u32,
			/// The validator's consensus key.
			validator: ValidatorId,
		},
		/// The committee of an era is elected. See `nextCommittee`.
		CommitteeElected {
			/// The era that it will serve in.
			era: u32,
			/// How many members it has.
			members: u32,
			/// How many alternates there are.
			alternates: u32,
			/// How many stood for election.
			candidates: u32,
		},
		/// A committee of the size that the parameters say would be riskier than they allow, so it is larger.
		CommitteeEnlarged {
			/// The era that it will serve in.
			era: u32,
			/// The size in the parameters.
			asked: u32,
			/// The smallest one that is not too risky.
			needed: u32,
		},
		/// No validator has revealed a secret, so nobody is elected: the committee stays.
		NobodyElected {
			/// The era in which it stays.
			era: u32,
		},
		/// So few stood for election that the committee would bear fewer faulty members than the one there is, which stays.
		TooFewElected {
			/// The era in which it stays.
			era: u32,
			/// How many members the new one would have had.
			members: u32,
			/// How many the one has that stays.
			current: u32,
		},
		/// The committee of the next era takes over at height `since`.
		RotationScheduled {
			/// The era.
			era: u32,
			/// The first height it decides.
			since: Height,
			/// How many members it has.
			members: u32,
		},
		/// Of the committee elected for an era too few have shown themselves to make a quorum, or too few are left to bear as many
		/// faulty members as before: the old one stays.
		CommitteeKept {
			/// The era in which it stays.
			era: u32,
		},
		/// A validator takes the place of a member that goes.
		SubstituteScheduled {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// The first height it votes on.
			since: Height,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// This key is a validator already.
		AlreadyMember,
		/// This key is not a validator.
		NotMember,
		/// The last validator cannot be removed: nobody would be left to make blocks.
		LastValidator,
		/// The set of validators is full: it holds 256.
		SetFull,
		/// A change is scheduled already, and there can be only one at a time. Wait until it has taken effect, or cancel
		/// it (validators.cancelChange).
		ChangePending,
		/// There is no scheduled change to cancel.
		NoChangePending,
		/// The change would take effect too early. It needs at least 9 blocks from the block that schedules it.
		ActivationTooEarly,
		/// The change would take effect too late. See the constant maxChangeDelay for how many blocks ahead it may be.
		ActivationTooFar,
		/// Those of the new set's validators that have shown themselves, and have committed lately, would not make a quorum,
		/// and the chain would stop. Let the node of the new validator declare that it is ready (validators.declareReady), not
		/// longer than readinessLifetime before the change takes effect, bring those back that are away, and try again.
		QuorumOutOfReach,
		/// This validator is counted on already; it has nothing to declare.
		NothingToDeclare,
		/// The signed block is not below the current one: this chain does not know it yet.
		BlockNotKnownYet,
		/// The signed block is more than 256 blocks old. Sign a newer one.
		BlockTooOld,
		/// The signed block is not one of this chain.
		BlockNotOfThisChain,
		/// This validator has declared the same block, or a newer one, before.
		NotNewerThanBefore,
		/// A signature is not this key's over what it should sign, on this chain.
		BadSignature,
		/// This validator is banned, because it has signed two blocks at one place. The ban can be lifted
		/// (validators.liftBan).
		BannedAlready,
		/// This validator is demoted already.
		DemotedAlready,
		/// This validator is not demoted.
		NotDemoted,
		/// Too few validators would be left to lead: f + 1 of n must, where f = (n - 1) / 3, rounded down.
		TooFewLeaders,
		/// This validator is not banned.
		NotBanned,
		/// The votes are of a set that is not known: neither the current one nor one of the 64 before it.
		SetNotKnown,
		/// The set of these votes has no member at this position.
		SignerNotInSet,
		/// The two votes are not by one signer for one height, view and phase.
		VotesUnrelated,
		/// The two votes are for the same block: nobody is guilty of anything.
		VotesAgree,
		/// A report must give the commit certificates of the heights that follow the last reported one, below this block.
		ReportOutOfOrder,
		/// A reported certificate is of a set that did not decide its height.
		ReportOfWrongSet,
		/// A reported certificate is not one of its block.
		BadCertificate,
		/// This validator is not registered. An administrator of its institution has to register it first
		/// (validators.registerValidator).
		NotRegistered,
		/// This validator is registered already. Its node can be changed (validators.updateNode), or the registration
		/// removed (validators.deregisterValidator).
		RegisteredAlready,
		/// This validator has left the set. Its institution has to register it once more (validators.registerValidator)
		/// before it can be added again.
		ValidatorHasLeft,
		/// This validator is suspended. The board can end that (validators.resumeValidator).
		ValidatorSuspended,
		/// This validator is not suspended.
		NotSuspended,
		/// This validator is another institution's.
		NotYourValidator,
		/// The institution of this validator is suspended, or there is none. The board can resume it
		/// (identity.resumeInstitution), or another institution can register the validator.
		InstitutionNotInGoodStanding,
		/// The institution has registered as many validators as it may; see the constant maxRegistrationsPerInstitution.
		/// Remove one that is not needed (validators.deregisterValidator).
		TooManyRegistrations,
		/// One institution would hold more of the set than may fail: with n validators at most (n - 1) / 3, rounded down,
		/// or one where that is none. Add validators of other institutions first, or remove one of the institution that
		/// holds most.
		InstitutionShare,
		/// This validator is in the set, or in the next one. It has to leave first (validators.leave), or the change has
		/// to be cancelled.
		StillMember,
		/// This is no PeerId. Give it as text (12D3KooW...), or as its multihash: 0x002408011220 and an ed25519 key of 32
		/// bytes, or 0x1220 and a SHA-256 of 32 bytes.
		BadPeerId,
		/// This PeerId is another validator's. A node is one validator.
		PeerIdTaken,
		/// An address begins with / and has 2 to 128 printable ASCII characters, such as
		/// /dns/node1.example.org/tcp/30333.
		BadNodeAddress,
		/// A node has at most 8 addresses.
		TooManyNodeAddresses,
		/// The roster is full: it holds 1024 validators and observers. Remove one that is not needed
		/// (validators.removeValidator, validators.removeObserver).
		RosterFull,
		/// This key is an observer already.
		ObserverAlready,
		/// This key is not an observer.
		NotObserver,
		/// No committee is elected: the committee size (committeeSize) is 0.
		NoElection,
		/// This contribution is not for the current era; see validators.currentEra.
		NotThisEra,
		/// Commitments are taken in the first half of an era, secrets in the second, but for its last 4 blocks.
		NotInThisPhase,
		/// This key is not on the roster as a validator.
		NotOnRoster,
		/// This validator has committed itself to a secret in this era already.
		ContributedAlready,
		/// This validator has not committed itself to a secret in this era.
		NotCommitted,
		/// This validator has revealed its secret already.
		RevealedAlready,
		/// This is not the secret that the validator has committed itself to.
		AnotherSecret,
	}

	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// The consensus keys of the first validators, in the order in which they take turns to lead.
		pub validators: Vec<ValidatorId>,
		/// Who stands behind them, and behind others that may be added later. For all of the validators, or nobody.
		pub registrations: Vec<GenesisRegistration<T::AccountId>>,
		#[serde(skip)]
		#[doc(hidden)]
		pub _config: core::marker::PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			// FRAME builds the default genesis in a test of its own, and by default there is nobody. What builds a chain
			// has refused that before, see `check`.
			if self.validators.is_empty() {
				return;
			}
			if let Err(error) = self.build_checked() {
				panic!("{error}");
			}
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			// For what `on_finalize` will do; no call in this block can bring a change forward.
			let change = match Self::is_due() {
				true => T::WeightInfo::apply_change(),
				false => T::WeightInfo::check_schedule(),
			};
			let rotation = match Self::rotation_is_due() {
				true => T::WeightInfo::rotate(),
				false => Weight::zero(),
			};
			let end = match Self::era_is_over() {
				true => T::WeightInfo::end_era(Self::credited()).saturating_add(T::WeightInfo::elect()),
				false => Weight::zero(),
			};
			change.saturating_add(rotation).saturating_add(end)
		}

		fn on_finalize(_: BlockNumberFor<T>) {
			Self::keep_time();
			if Self::rotation_is_due() {
				Self::rotate();
			}
			if Self::era_is_over() {
				Self::end_era();
			}
			if Self::is_due() {
				Self::apply_scheduled();
			}
		}

		#[cfg(feature = "std")]
		fn integrity_test() {
			let kept: u32 = T::BlockHashCount::get().saturated_into();
			assert!(kept > MAX_READINESS_AGE, "{kept} block hashes are kept, declarations need {MAX_READINESS_AGE}");
			let lifetime = T::ReadinessLifetime::get();
			let needed = MAX_READINESS_AGE + DEFAULT_CHANGE_DELAY;
			assert!(lifetime > needed, "ReadinessLifetime is {lifetime}, must be more than {needed}");
			assert!(T::MaxChangeDelay::get() >= DEFAULT_CHANGE_DELAY, "no change could be scheduled");
			assert!(T::MaxDeclarations::get() > 0, "nobody could declare to be ready");
			assert!(T::MaxRegistrationsPerInstitution::get() > 0, "nobody could register a validator");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::check_state().map_err(Into::into)
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Adds a validator: to the end of the set, or, where a committee is elected, to those who stand for election. Its
		/// institution has registered it before.
		///
		/// - `validator`: its consensus key (ed25519, 32 bytes). Its node should be running and synced, and should have
		///   declared so.
		/// - `at`: the first height it votes on, at least 9 blocks ahead; by default 10 blocks ahead. Where a committee is
		///   elected it says nothing.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::add_validator())]
		pub fn add_validator(origin: OriginFor<T>, validator: ValidatorId, at: Option<BlockNumber>) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			if Self::committee_size() > 0 {
				ensure!(!Banned::<T>::contains_key(&validator), Error::<T>::BannedAlready);
				return Ok(Self::approve(validator)?);
			}
			ensure!(!ScheduledSet::<T>::exists(), Error::<T>::ChangePending);
			ensure!(!Banned::<T>::contains_key(&validator), Error::<T>::BannedAlready);
			let mut members = CurrentSet::<T>::get().members;
			let seat = Self::seat_of(&validator);
			ensure!(!members.contains(&validator) && seat != Some(Seat::Validator), Error::<T>::AlreadyMember);
			ensure!(seat.is_some() || !Roster::<T>::get().is_full(), Error::<T>::RosterFull);
			Self::check_eligible(&validator)?;
			members.try_push(validator.clone()).map_err(|_| Error::<T>::SetFull)?;
			let at = Self::schedule(members, at)?;
			Self::deposit_event(Event::AdditionScheduled { validator, since: at });
			Ok(())
		}

		/// Removes a validator: from the roster at once, and from the set, if it is in it, by a change. Where a committee is
		/// elected, another takes its place in it.
		///
		/// - `validator`: its consensus key.
		/// - `at`: the first height it does not vote on, at least 9 blocks ahead; by default as early as can be.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::remove_validator())]
		pub fn remove_validator(
			origin: OriginFor<T>,
			validator: ValidatorId,
			at: Option<BlockNumber>,
		) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			ensure!(Self::seat_of(&validator) != Some(Seat::Observer), Error::<T>::NotMember);
			let since = Self::remove(&validator, at)?;
			Self::note_removal(validator, since);
			Ok(())
		}

		/// Cancels the change that is scheduled. It can be cancelled up to the block before the height at which it takes
		/// effect, that block included.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::cancel_change())]
		pub fn cancel_change(origin: OriginFor<T>) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			let next = ScheduledSet::<T>::take().ok_or(Error::<T>::NoChangePending)?;
			let set = CurrentSet::<T>::get();
			Undeclared::<T>::mutate(|undeclared| undeclared.retain(|key| set.members.contains(key)));
			BannedMembers::<T>::mutate(|banned| banned.retain(|key| set.members.contains(key)));
			Self::deposit_event(Event::ChangeCancelled { since: next.since });
			// Nobody is let off by it: a demotion is scheduled once more, and a banned member does not come back.
			Self::keep_demotions(&next);
			Self::expel();
			// But for who was suspended and stays.
			Self::note_no_change(&set.members, &next.members);
			Ok(())
		}

		/// Declares that a validator's node is ready: it holds its consensus key, and has followed the chain. Anybody may
		/// send it; the signature is what counts.
		///
		/// - `validator`: the consensus key.
		/// - `height`, `block_hash`: a block of this chain, at most 256 blocks old.
		/// - `signature`: by the consensus key, over the bytes `syndic/pbft/readiness/v1`, the genesis hash, the height
		///   (4 bytes, little endian) and the block hash.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::declare_ready())]
		pub fn declare_ready(
			origin: OriginFor<T>,
			validator: ValidatorId,
			height: Height,
			block_hash: BlockHash,
			signature: ValidatorSignature,
		) -> DispatchResult {
			ensure_signed(origin)?;
			let mut undeclared = Undeclared::<T>::get();
			let counted_on = !undeclared.contains(&validator) && CurrentSet::<T>::get().members.contains(&validator);
			ensure!(!counted_on, Error::<T>::NothingToDeclare);

			let now = Self::now();
			ensure!(height < now, Error::<T>::BlockNotKnownYet);
			ensure!(now.get() - height.get() <= MAX_READINESS_AGE, Error::<T>::BlockTooOld);
			ensure!(Self::block_hash(height) == block_hash, Error::<T>::BlockNotOfThisChain);

			let mut declarations = Declarations::<T>::get();
			declarations.retain(|declaration| Self::holds_at(declaration, now));
			let before = declarations.iter().position(|declaration| declaration.validator == validator);
			if let Some(before) = before {
				ensure!(declarations[before].height < height, Error::<T>::NotNewerThanBefore);
				declarations.remove(before);
			}
			// Last, for it costs most.
			let genesis = Self::block_hash(Height::ZERO);
			let readiness = Readiness { height, block_hash };
			ensure!(readiness.verify(&genesis, &validator, &signature, &verify_ed25519), Error::<T>::BadSignature);

			if declarations.is_full() {
				// The newest are the most useful, and whoever was displaced may declare again: a flood of strangers'
				// declarations cannot keep anybody out.
				declarations.remove(0);
			}
			let place = declarations.partition_point(|declaration| declaration.height <= height);
			let declaration = Declaration { validator: validator.clone(), height };
			declarations.try_insert(place, declaration).map_err(|_| DispatchError::Exhausted)?;
			Declarations::<T>::put(declarations);
			if undeclared.contains(&validator) {
				undeclared.retain(|key| *key != validator);
				Undeclared::<T>::put(undeclared);
			}
			Self::deposit_event(Event::ReadinessDeclared { validator, height });
			// With one more to count on, a banned member may be dispensable now.
			Self::expel();
			Ok(())
		}

		/// Bans a validator that signed two blocks at one place. Anybody may send the evidence, with an account or without.
		///
		/// - `evidence`: two votes, signed by one member of the current set or one of the 64 before it, for one height, view
		///   and phase, and for different blocks.
		#[pallet::call_index(4)]
		#[pallet::weight((T::WeightInfo::report_equivocation(), DispatchClass::Operational))]
		pub fn report_equivocation(origin: OriginFor<T>, evidence: Equivocation) -> DispatchResult {
			if ensure_none(origin.clone()).is_err() {
				ensure_signed(origin)?;
			}
			let offender = Self::judge(&evidence)?;
			Self::ban(offender, &evidence);
			Ok(())
		}

		/// Lifts a ban. If the validator is in the set still, it stays; otherwise it may be added again.
		///
		/// - `validator`: its consensus key.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::lift_ban())]
		pub fn lift_ban(origin: OriginFor<T>, validator: ValidatorId) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			Banned::<T>::take(&validator).ok_or(Error::<T>::NotBanned)?;
			BannedMembers::<T>::mutate(|banned| banned.retain(|key| *key != validator));
			if Self::stays(&validator) {
				Self::enlist(&validator, Seat::Validator)?;
			}
			Self::deposit_event(Event::BanLifted { validator });
			Ok(())
		}

		/// Registers a validator of the sender's institution, so that the board can add it. The sender is an administrator,
		/// and gets the rewards; see `setBeneficiary`.
		///
		/// - `validator`: its consensus key.
		/// - `proof`: by the consensus key, over the bytes `syndic/pbft/possession/v1`, the genesis hash, the
		///   institution's number (4 bytes, little endian) and the sender's account (32 bytes).
		///   `syndic key prove-possession` makes it.
		/// - `peer`: its node's PeerId, as text (`12D3KooW…`) or as the bytes of its multihash.
		/// - `addresses`: where its node listens, at most 8, such as `/dns/node1.example.org/tcp/30333`.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::register_validator())]
		pub fn register_validator(
			origin: OriginFor<T>,
			validator: ValidatorId,
			proof: ValidatorSignature,
			peer: Option<Vec<u8>>,
			addresses: Vec<Vec<u8>>,
		) -> DispatchResult {
			let sender = T::InstitutionOrigin::ensure_origin(origin)?;
			Ok(Self::register(sender, validator, &proof, peer, addresses)?)
		}

		/// Tells which node a validator of the sender's institution is now, and where it listens. What it told before is
		/// forgotten.
		///
		/// - `validator`: its consensus key.
		/// - `peer`, `addresses`: as for `registerValidator`.
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::update_node())]
		pub fn update_node(
			origin: OriginFor<T>,
			validator: ValidatorId,
			peer: Option<Vec<u8>>,
			addresses: Vec<Vec<u8>>,
		) -> DispatchResult {
			let (institution, _) = T::InstitutionOrigin::ensure_origin(origin)?;
			Ok(Self::change_node(institution, validator, peer, addresses)?)
		}

		/// Removes the registration of a validator that is neither in the set nor in the next one nor on the roster. Its
		/// institution may, and the board.
		///
		/// - `validator`: its consensus key.
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::deregister_validator())]
		pub fn deregister_validator(origin: OriginFor<T>, validator: ValidatorId) -> DispatchResult {
			let institution = match T::ManageOrigin::try_origin(origin) {
				Ok(_) => None,
				Err(origin) => Some(T::InstitutionOrigin::ensure_origin(origin)?.0),
			};
			Ok(Self::deregister(institution, validator)?)
		}

		/// Withdraws a validator of the sender's institution, or an observer: from the roster at once, and from the set as early
		/// as can be. It is refused for what a removal by the board is refused for.
		///
		/// - `validator`: its consensus key.
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::leave())]
		pub fn leave(origin: OriginFor<T>, validator: ValidatorId) -> DispatchResult {
			let (institution, _) = T::InstitutionOrigin::ensure_origin(origin)?;
			Ok(Self::withdraw(institution, validator)?)
		}

		/// Suspends a registered validator: it cannot be added. If it is in the set, it is removed 10 blocks ahead, or the
		/// suspension is refused for what the removal is refused for.
		///
		/// - `validator`: its consensus key.
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::suspend_validator())]
		pub fn suspend_validator(origin: OriginFor<T>, validator: ValidatorId) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			Ok(Self::suspend(validator)?)
		}

		/// Ends the suspension of a validator. It does not come back by itself: it can be added.
		///
		/// - `validator`: its consensus key.
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::resume_validator())]
		pub fn resume_validator(origin: OriginFor<T>, validator: ValidatorId) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			Ok(Self::resume(validator)?)
		}

		/// Lets the rewards of a validator of the sender's institution go to an account.
		///
		/// - `validator`: its consensus key.
		/// - `account`: any account.
		#[pallet::call_index(12)]
		#[pallet::weight(T::WeightInfo::set_beneficiary())]
		pub fn set_beneficiary(origin: OriginFor<T>, validator: ValidatorId, account: T::AccountId) -> DispatchResult {
			let (institution, _) = T::InstitutionOrigin::ensure_origin(origin)?;
			Ok(Self::change_beneficiary(institution, validator, account)?)
		}

		/// Reports who committed: what the author of a block puts into it, once, and nobody else can send.
		///
		/// - `report`: the commit certificates of the heights that follow the last reported one, at most four, each with
		///   every commit that is known.
		#[pallet::call_index(13)]
		#[pallet::weight((T::WeightInfo::report_commits(signatures(report)), DispatchClass::Mandatory))]
		pub fn report_commits(origin: OriginFor<T>, report: Report) -> DispatchResult {
			ensure_none(origin)?;
			Self::take_report(&report)?;
			Ok(())
		}

		// 14 was `setCreditRules`. The rules are parameters now.

		/// Sets how much is paid out of the pot for an era, from the current one on. If the pot has less, it is that.
		#[pallet::call_index(15)]
		#[pallet::weight(T::WeightInfo::set_era_reward())]
		pub fn set_era_reward(origin: OriginFor<T>, #[pallet::compact] amount: BalanceOf<T>) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			EraReward::<T>::put(amount);
			Self::deposit_event(Event::EraRewardSet { amount });
			Ok(())
		}

		/// Commits a validator to its secret of the current era. Validators' nodes send it by themselves; it needs no account.
		///
		/// - `era`: the current one.
		/// - `validator`: the consensus key, on the roster.
		/// - `commitment`: the BLAKE2b-256 hash of the bytes `syndic/pbft/commitment/v1`, the genesis hash, the era (4 bytes,
		///   little endian), the consensus key and the secret.
		/// - `signature`: by the consensus key, over the bytes `syndic/pbft/contribution/v1`, the genesis hash, the era and the
		///   commitment.
		#[pallet::call_index(16)]
		#[pallet::weight((T::WeightInfo::contribute(), DispatchClass::Operational))]
		pub fn contribute(
			origin: OriginFor<T>,
			era: u32,
			validator: ValidatorId,
			commitment: Hash256,
			signature: ValidatorSignature,
		) -> DispatchResult {
			if ensure_none(origin.clone()).is_err() {
				ensure_signed(origin)?;
			}
			Ok(Self::commit(era, validator, commitment, &signature)?)
		}

		/// Reveals a validator's secret of the current era. Validators' nodes send it by themselves; it needs no account.
		///
		/// - `era`: the current one.
		/// - `validator`: the consensus key, which has committed itself.
		/// - `secret`: what it has committed itself to.
		#[pallet::call_index(17)]
		#[pallet::weight((T::WeightInfo::reveal(), DispatchClass::Operational))]
		pub fn reveal(origin: OriginFor<T>, era: u32, validator: ValidatorId, secret: Hash256) -> DispatchResult {
			if ensure_none(origin.clone()).is_err() {
				ensure_signed(origin)?;
			}
			Ok(Self::reveal_secret(era, validator, &secret)?)
		}

		/// Lets somebody attest who is no validator, such as a regulator. Its institution has registered it before.
		///
		/// - `validator`: its consensus key.
		#[pallet::call_index(18)]
		#[pallet::weight(T::WeightInfo::add_observer())]
		pub fn add_observer(origin: OriginFor<T>, validator: ValidatorId) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			Ok(Self::enlist_observer(validator)?)
		}

		/// Lets an observer attest no more. It can be added again.
		///
		/// - `validator`: its consensus key.
		#[pallet::call_index(19)]
		#[pallet::weight(T::WeightInfo::remove_observer())]
		pub fn remove_observer(origin: OriginFor<T>, validator: ValidatorId) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			Ok(Self::strike_observer(validator)?)
		}
	}

	/// What a block's author knows of who committed is in its block.
	#[pallet::inherent]
	impl<T: Config> ProvideInherent for Pallet<T> {
		type Call = Call<T>;
		type Error = sp_inherents::MakeFatalError<()>;
		const INHERENT_IDENTIFIER: InherentIdentifier = INHERENT_IDENTIFIER;

		fn create_inherent(data: &InherentData) -> Option<Self::Call> {
			let known: alloc::vec::Vec<Certificate> = data.get_data(&INHERENT_IDENTIFIER).ok().flatten()?;
			let report = Self::select(&known);
			(!report.is_empty()).then_some(Call::report_commits { report })
		}

		fn is_inherent(call: &Self::Call) -> bool {
			matches!(call, Call::report_commits { .. })
		}
	}

	/// Evidence needs no account: it is worth what it proves. What proves nothing, or nothing new, does not get into a pool.
	/// Nor do contributions, of which each validator makes two in an era. They go before all payments.
	#[pallet::validate_unsigned]
	impl<T: Config> ValidateUnsigned for Pallet<T> {
		type Call = Call<T>;

		/// A report comes with the block and never through a pool. It is judged when it is executed.
		fn pre_dispatch(call: &Self::Call) -> Result<(), TransactionValidityError> {
			match call {
				Call::report_commits { .. } => Ok(()),
				_ => Self::validate_unsigned(TransactionSource::InBlock, call).map(drop),
			}
		}

		fn validate_unsigned(_: TransactionSource, call: &Self::Call) -> TransactionValidity {
			let evidence = match call {
				Call::report_equivocation { evidence } => evidence,
				Call::contribute { era, validator, commitment, signature } => {
					Self::check_commitment(*era, validator, commitment, signature).map_err(refusal)?;
					return contribution("SyndicCommitment", *era, validator);
				}
				Call::reveal { era, validator, secret } => {
					Self::check_secret(*era, validator, secret).map_err(refusal)?;
					return contribution("SyndicSecret", *era, validator);
				}
				_ => return InvalidTransaction::Call.into(),
			};
			let offender = Self::judge(evidence).map_err(|error| match error {
				Error::BannedAlready => InvalidTransaction::Stale,
				_ => InvalidTransaction::BadProof,
			})?;
			ValidTransaction::with_tag_prefix("SyndicEquivocation")
				.priority(TransactionPriority::MAX)
				.and_provides(offender)
				.longevity(EVIDENCE_LONGEVITY)
				.propagate(true)
				.build()
		}
	}

	/// What a pool is told of a contribution that it cannot take.
	fn refusal<T>(error: Error<T>) -> InvalidTransaction {
		match error {
			Error::BadSignature | Error::AnotherSecret => InvalidTransaction::BadProof,
			Error::ContributedAlready | Error::RevealedAlready | Error::NotThisEra | Error::NotInThisPhase => {
				InvalidTransaction::Stale
			}
			_ => InvalidTransaction::BadSigner,
		}
	}

	/// One of each kind from each validator is in a pool at a time.
	fn contribution(kind: &'static str, era: u32, validator: &ValidatorId) -> TransactionValidity {
		ValidTransaction::with_tag_prefix(kind)
			.priority(TransactionPriority::MAX - 1)
			.and_provides((era, validator))
			.longevity(CONTRIBUTION_LONGEVITY)
			.propagate(true)
			.build()
	}
}

/// Amounts of the money that rewards are paid in.
pub type BalanceOf<T> = <<T as Config>::Currency as Inspect<<T as frame_system::Config>::AccountId>>::Balance;

/// For how many blocks evidence without a sender waits in a pool.
const EVIDENCE_LONGEVITY: u64 = 256;

/// For how many blocks a contribution waits in a pool. Whoever sent it sends it again.
const CONTRIBUTION_LONGEVITY: u64 = 64;

/// How many signatures a report has.
fn signatures(report: &Report) -> u32 {
	report.iter().map(|certificate| certificate.signatures.len()).sum::<usize>().saturated_into()
}

impl<T: Config> Pallet<T> {
	/// The set that decides the next height. Nothing only if the chain was built without validators.
	pub fn validator_set() -> Option<ValidatorSet> {
		CurrentSet::<T>::get().checked().ok()
	}

	/// The members of the next set, and the first height that they decide.
	pub fn scheduled_set() -> Option<(Height, Vec<ValidatorId>)> {
		ScheduledSet::<T>::get().map(|next| (next.since, next.members.into_inner()))
	}

	/// The number of the block that is being made.
	fn now() -> Height {
		Height(frame_system::Pallet::<T>::block_number().saturated_into())
	}

	/// The hash of a block below the current one; zeros if it is not known any more.
	fn block_hash(height: Height) -> BlockHash {
		frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::from(height.get()))
	}

	/// Whether a declaration is still good at a height.
	fn holds_at(declaration: &Declaration, at: Height) -> bool {
		at.get() <= declaration.height.get().saturating_add(T::ReadinessLifetime::get())
	}
}

impl<T> From<NoticeError> for Error<T> {
	fn from(error: NoticeError) -> Self {
		match error {
			NoticeError::TooEarly { .. } => Self::ActivationTooEarly,
			NoticeError::TooFar { .. } => Self::ActivationTooFar,
		}
	}
}

impl<T: Config> BuiltInContract for Pallet<T> {
	const ADDRESS: Address = address(0x1002);
	const PREFIX: [u8; 16] = 0x88dcde93_4c658227_ee1dfafc_d6e16903_u128.to_be_bytes();
	const VERSION: u16 = pallet::VERSION;
	const SUSPENDABLE: bool = false;

	fn storage() -> StorageMetadata {
		Self::storage_metadata()
	}
}

/// So that the runtime's session keys hold the consensus key.
impl<T> sp_runtime::BoundToRuntimeAppPublic for Pallet<T> {
	type Public = ValidatorId;
}
