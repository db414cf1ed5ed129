//! The weights of this pallet's calls and hooks.
//!
//! They are not measured yet. Each is the database reads and writes that the code makes, at the price that the runtime
//! sets for one, plus an allowance for computing that is meant to be too high rather than too low: the largest set has
//! 256 members, and walking two such lists against each other compares 65,536 keys. The benchmarks in
//! `benchmarking.rs` are there to replace them.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{
		constants::{RocksDbWeight, WEIGHT_REF_TIME_PER_MICROS},
		RuntimeDbWeight, Weight,
	},
};
use syndic_primitives::{MAX_ROSTER, MAX_VALIDATORS};

/// What this pallet's calls and hooks cost.
pub trait WeightInfo {
	/// The call `add_validator`.
	fn add_validator() -> Weight;
	/// The call `remove_validator`.
	fn remove_validator() -> Weight;
	/// The call `cancel_change`.
	fn cancel_change() -> Weight;
	/// The call `declare_ready`.
	fn declare_ready() -> Weight;
	/// The call `report_equivocation`.
	fn report_equivocation() -> Weight;
	/// The call `lift_ban`.
	fn lift_ban() -> Weight;
	/// The call `report_commits`, with so many signatures.
	fn report_commits(signatures: u32) -> Weight;
	/// The call `set_era_reward`.
	fn set_era_reward() -> Weight;
	/// The end of an era in which so many validators have credit.
	fn end_era(credited: u32) -> Weight;
	/// The call `register_validator`.
	fn register_validator() -> Weight;
	/// The call `update_node`.
	fn update_node() -> Weight;
	/// The call `deregister_validator`.
	fn deregister_validator() -> Weight;
	/// The call `leave`.
	fn leave() -> Weight;
	/// The call `suspend_validator`.
	fn suspend_validator() -> Weight;
	/// The call `resume_validator`.
	fn resume_validator() -> Weight;
	/// The call `set_beneficiary`.
	fn set_beneficiary() -> Weight;
	/// The call `contribute`.
	fn contribute() -> Weight;
	/// The call `reveal`.
	fn reveal() -> Weight;
	/// The call `add_observer`.
	fn add_observer() -> Weight;
	/// The call `remove_observer`.
	fn remove_observer() -> Weight;
	/// To end an era's lottery, rate everybody, and elect a committee.
	fn elect() -> Weight;
	/// To schedule the next era's committee.
	fn rotate() -> Weight;
	/// The end of a block that has nothing to apply.
	fn check_schedule() -> Weight;
	/// The end of a block that applies a change.
	fn apply_change() -> Weight;
}

/// Computing that walks lists of validators.
const LISTS: Weight = Weight::from_parts(1_000 * WEIGHT_REF_TIME_PER_MICROS, 0);
/// To try eight sets without a banned member, each against everybody who is not counted on: twice the largest list.
const EXPULSION: Weight = Weight::from_parts(20_000 * WEIGHT_REF_TIME_PER_MICROS, 0);
/// One ed25519 signature, checked by the host.
const SIGNATURE: Weight = Weight::from_parts(200 * WEIGHT_REF_TIME_PER_MICROS, 0);
/// A transfer, and what is written of it into events.
const TRANSFER: Weight = Weight::from_parts(100 * WEIGHT_REF_TIME_PER_MICROS, 0);
/// To look somebody up on the largest roster: it has 40 KB.
const ROSTER: Weight = Weight::from_parts(200 * WEIGHT_REF_TIME_PER_MICROS, 0);
/// To draw from the largest roster, or to try every substitute: half a million steps; and 256 sums of large numbers.
const DRAWS: Weight = Weight::from_parts(150_000 * WEIGHT_REF_TIME_PER_MICROS, 0);
/// How many members may join or leave at once, at most: as many as a set holds.
const CHANGES: u64 = MAX_VALIDATORS as u64;
/// Little more than decoding.
const LITTLE: Weight = Weight::from_parts(50 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// Reads and writes at the runtime's price, and an allowance for computing.
pub struct SubstrateWeight<T>(PhantomData<T>);

/// As [`SubstrateWeight`], for any price.
struct Counted(RuntimeDbWeight);

impl Counted {
	/// Reads ScheduledSet, CurrentSet, Undeclared, Declarations, BannedMembers, the candidate's ban and institution, and
	/// the registrations of all members, twice where a share is too large; writes ScheduledSet, Undeclared. As well what it
	/// takes to strike one from the roster and to find another who takes its place.
	fn schedule(&self) -> Weight {
		let members = LISTS.saturating_mul(4).saturating_add(self.0.reads_writes(9 + 2 * CHANGES, 2));
		members.saturating_add(self.enlist()).saturating_add(self.substitute())
	}

	/// Reads the roster and the institutions on it, Alternates, Contributors, and the contribution of each.
	fn substitute(&self) -> Weight {
		ROSTER
			.saturating_mul(4)
			.saturating_add(LISTS.saturating_mul(8))
			.saturating_add(self.0.reads(2 * u64::from(MAX_ROSTER)))
	}

	/// Reads ScheduledSet, CurrentSet, Undeclared, BannedMembers; writes them but for CurrentSet. Schedules demotions once
	/// more, which walks the lists of members and demoted against each other, and reads CurrentSet and writes ScheduledSet
	/// again. Reads the registrations of those who were to leave, and writes those of the suspended.
	fn cancel(&self) -> Weight {
		LISTS
			.saturating_mul(8)
			.saturating_add(EXPULSION)
			.saturating_add(self.0.reads_writes(7 + 2 * CHANGES, 4 + CHANGES))
			.saturating_add(self.substitute())
	}

	/// Reads Banned, Registrations, PeerOwners, RegistrationCount of the old institution and the new, the genesis hash;
	/// writes all but the first and the last, with the old PeerId and the new.
	fn register(&self) -> Weight {
		LITTLE.saturating_add(SIGNATURE).saturating_add(self.0.reads_writes(7, 5))
	}

	/// Reads Registrations, PeerOwners; writes them, with the old PeerId and the new.
	fn update(&self) -> Weight {
		LITTLE.saturating_add(self.0.reads_writes(2, 3))
	}

	/// Reads CurrentSet, ScheduledSet, Registrations, RegistrationCount; writes the latter two and PeerOwners.
	fn deregister(&self) -> Weight {
		LISTS.saturating_add(self.0.reads_writes(5, 3))
	}

	/// As a change, and reads and writes one registration.
	fn schedule_for_one(&self) -> Weight {
		self.schedule().saturating_add(self.0.reads_writes(3, 1))
	}

	/// Who may act for an institution: reads the account's identity and institution, and whether its certificates are
	/// revoked, of which it has at most five.
	fn institution(&self) -> Weight {
		LITTLE.saturating_add(self.0.reads(8))
	}

	/// Reads Undeclared, CurrentSet, Declarations, the signed block's hash, the genesis hash, ScheduledSet,
	/// BannedMembers; writes Declarations, Undeclared, ScheduledSet.
	fn declare(&self) -> Weight {
		LISTS
			.saturating_add(EXPULSION)
			.saturating_add(SIGNATURE)
			.saturating_add(self.0.reads_writes(7, 3))
			.saturating_add(self.substitute())
	}

	/// Judges twice, in the pool's check and in the call. Reads CurrentSet, PastSets, Banned, the genesis hash,
	/// ScheduledSet, BannedMembers, Undeclared; writes Banned, BannedMembers, ScheduledSet. The supervisor reads the number of
	/// its records, and writes that and a record.
	fn report(&self) -> Weight {
		EXPULSION
			.saturating_add(SIGNATURE.saturating_mul(4))
			.saturating_add(self.0.reads_writes(12, 5))
			.saturating_add(self.substitute())
	}

	/// Reads and writes Banned and BannedMembers.
	fn lift(&self) -> Weight {
		LITTLE.saturating_add(self.0.reads_writes(2, 2))
	}

	/// Reads LastReported, LeaderPeriod, the parameters, and for each certificate two sets, two hashes, Credits and the sets
	/// of a demotion; writes LastReported, LeaderPeriod, Credits, ScheduledSet. Signatures are checked, and the members of
	/// four sets are walked.
	fn report_commits(&self, signatures: u32) -> Weight {
		let signatures = SIGNATURE.saturating_mul(u64::from(signatures));
		LISTS.saturating_mul(4).saturating_add(signatures).saturating_add(self.0.reads_writes(35, 12))
	}

	/// Writes one item.
	fn set(&self) -> Weight {
		LITTLE.saturating_add(self.0.writes(1))
	}

	/// Reads CurrentEra, the parameters, Credits, CurrentSet, EraReward, the pot, LastReported, ScheduledSet; writes three of
	/// them. For each validator reads Banned, its beneficiary and both accounts, and writes the accounts.
	fn end_era(&self, credited: u32) -> Weight {
		let each = TRANSFER.saturating_add(self.0.reads_writes(4, 2)).saturating_mul(u64::from(credited));
		LISTS.saturating_mul(2).saturating_add(each).saturating_add(self.0.reads_writes(9, 4))
	}

	/// Reads the parameters, CurrentEra, the roster, the contribution and their count, the genesis hash; writes the contribution
	/// and the count. A pool's check and the call check one signature each.
	fn contribute(&self) -> Weight {
		LITTLE
			.saturating_add(SIGNATURE.saturating_mul(2))
			.saturating_add(ROSTER)
			.saturating_add(self.0.reads_writes(6, 2))
	}

	/// Reads the ban, the roster, both sets, the registration and its institution twice; writes the roster, Scores, Alternates,
	/// NextCommittee, which may take an alternate in.
	fn enlist(&self) -> Weight {
		LISTS.saturating_add(ROSTER.saturating_mul(2)).saturating_add(self.0.reads_writes(10, 4))
	}

	/// Reads and removes a contribution of everybody on the roster, reads everybody's institution, the sets of the era, Credits,
	/// Scores, Seed, Declarations, Undeclared, BannedMembers, the parameters; writes Scores, Seed, Contributors, NextCommittee,
	/// the count. Draws a committee of the largest size out of the largest roster, and looks for a size that is not too
	/// risky.
	fn elect(&self) -> Weight {
		let roster = u64::from(MAX_ROSTER);
		DRAWS.saturating_add(ROSTER.saturating_mul(8)).saturating_add(self.0.reads_writes(2 * roster + 80, roster + 6))
	}

	/// Reads NextCommittee, both sets, the parameters, CurrentEra, the roster and the institutions on it, who has shown itself in
	/// five items and a contribution of each; writes ScheduledSet, Undeclared, Alternates, RotatedFor. Each member may be
	/// replaced by each alternate.
	fn rotate(&self) -> Weight {
		let roster = u64::from(MAX_ROSTER);
		DRAWS.saturating_add(ROSTER.saturating_mul(4)).saturating_add(self.0.reads_writes(2 * roster + 16, 6))
	}

	/// Reads ScheduledSet, CurrentEra, the parameters, RotatedFor; an era that has got another length is written, and the
	/// committee that waits for its end.
	fn check(&self) -> Weight {
		LITTLE.saturating_add(self.0.reads_writes(5, 2))
	}

	/// Reads ScheduledSet, CurrentSet, Undeclared, Declarations, BannedMembers, the digest; writes all of them, and two
	/// of PastSets, and the registrations of those who leave. Banned members are taken out one by one, and each set
	/// without one of them is judged.
	fn apply(&self) -> Weight {
		LISTS
			.saturating_mul(4)
			.saturating_add(EXPULSION)
			.saturating_add(self.0.reads_writes(13 + 2 * CHANGES, 9 + CHANGES))
			.saturating_add(self.substitute())
	}
}

macro_rules! weight_info {
	($prices:expr) => {
		fn add_validator() -> Weight {
			Counted($prices).schedule()
		}
		fn remove_validator() -> Weight {
			Counted($prices).schedule()
		}
		fn cancel_change() -> Weight {
			Counted($prices).cancel()
		}
		fn declare_ready() -> Weight {
			Counted($prices).declare()
		}
		fn report_equivocation() -> Weight {
			Counted($prices).report()
		}
		fn lift_ban() -> Weight {
			Counted($prices).lift()
		}
		fn report_commits(signatures: u32) -> Weight {
			Counted($prices).report_commits(signatures)
		}
		fn set_era_reward() -> Weight {
			Counted($prices).set()
		}
		fn end_era(credited: u32) -> Weight {
			Counted($prices).end_era(credited)
		}
		fn register_validator() -> Weight {
			let counted = Counted($prices);
			counted.institution().saturating_add(counted.register())
		}
		fn update_node() -> Weight {
			let counted = Counted($prices);
			counted.institution().saturating_add(counted.update())
		}
		fn deregister_validator() -> Weight {
			let counted = Counted($prices);
			counted.institution().saturating_add(counted.deregister())
		}
		fn leave() -> Weight {
			let counted = Counted($prices);
			counted.institution().saturating_add(counted.schedule_for_one())
		}
		fn suspend_validator() -> Weight {
			Counted($prices).schedule_for_one()
		}
		fn resume_validator() -> Weight {
			Counted($prices).update()
		}
		fn set_beneficiary() -> Weight {
			let counted = Counted($prices);
			counted.institution().saturating_add(counted.update())
		}
		fn contribute() -> Weight {
			Counted($prices).contribute()
		}
		fn reveal() -> Weight {
			Counted($prices).contribute()
		}
		fn add_observer() -> Weight {
			Counted($prices).enlist()
		}
		fn remove_observer() -> Weight {
			Counted($prices).enlist()
		}
		fn elect() -> Weight {
			Counted($prices).elect()
		}
		fn rotate() -> Weight {
			Counted($prices).rotate()
		}
		fn check_schedule() -> Weight {
			Counted($prices).check()
		}
		fn apply_change() -> Weight {
			Counted($prices).apply()
		}
	};
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	weight_info!(T::DbWeight::get());
}

/// For tests.
impl WeightInfo for () {
	weight_info!(RocksDbWeight::get());
}
