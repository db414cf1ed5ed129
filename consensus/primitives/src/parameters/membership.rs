//! Checks parameters against the members and the registered validators.

use super::{
	rules::{full_bytes, LEADER_BYTES_PER_MS},
	Dissemination, ParameterError, Parameters, ProposalForm,
};
use crate::{
	risk,
	set::{max_faulty, quorum},
};
use alloc::vec::Vec;

/// The facts about members and registered validators on which parameters depend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
	/// For each member of the set in force, the highest version of the protocol that its engine supports.
	pub members: Vec<u32>,
	/// The same for each registered validator that may be elected, members of the set included.
	pub registered: Vec<u32>,
	/// Number of institutions that the registered validators belong to.
	pub institutions: u32,
}

/// Maximum number of seats that one institution may hold in a committee: the number of members that may be faulty, and
/// at least one.
pub fn seats_of_an_institution(committee_size: u32) -> u32 {
	(max_faulty(committee_size as usize) as u32).max(1)
}

impl Parameters {
	/// Checks the rules that depend on `membership`, as far as the parameters concerned differ from `before`; without
	/// `before`, all of these rules. A rule that unchanged parameters break only because validators have left does not
	/// block another change. Errors: [`ParameterError`].
	pub fn check_for(&self, before: Option<&Parameters>, membership: &Membership) -> Result<(), ParameterError> {
		let changed = |part: fn(&Parameters) -> [u32; 3]| before.is_none_or(|before| part(before) != part(self));
		if changed(|p| [p.committee_size, p.assumed_faulty, p.committee_risk]) {
			self.check_committee(membership)?;
		}
		if changed(|p| [p.committee_size, p.era_length, p.max_transactions]) {
			self.check_contributions(membership)?;
		}
		if before.is_none_or(|before| before.dissemination != self.dissemination) {
			self.check_collectors(membership)?;
		}
		if changed(|p| [p.block_length_share, p.timeout_ceiling, u32::from(p.proposal_form == ProposalForm::Full)]) {
			self.check_proposals(membership)?;
		}
		if before.is_none_or(|before| before.engine_version != self.engine_version) {
			self.check_version(membership)?;
		}
		Ok(())
	}

	fn check_committee(&self, membership: &Membership) -> Result<(), ParameterError> {
		let size = self.committee_size;
		if size == 0 {
			return Ok(());
		}
		let registered = count(&membership.registered);
		if size > registered {
			return Err(ParameterError::CommitteeOverMembership { size, registered });
		}
		let each = seats_of_an_institution(size);
		let (institutions, bound) = (membership.institutions, membership.institutions.saturating_mul(each));
		if bound < size {
			return Err(ParameterError::InstitutionsTooFew { size, institutions, each, bound });
		}
		let faulty = risk::faulty_of(registered, self.assumed_faulty);
		let exponent = self.committee_risk;
		if !risk::exceeds(registered, faulty, size, exponent) {
			return Ok(());
		}
		Err(match risk::smallest_size(registered, faulty, exponent) {
			Some(smallest) => ParameterError::CommitteeTooRisky { size, registered, faulty, exponent, smallest },
			None => ParameterError::NoCommitteeBears { permille: self.assumed_faulty, registered, faulty, exponent },
		})
	}

	fn check_contributions(&self, membership: &Membership) -> Result<(), ParameterError> {
		let (phase, transactions) = (self.phase(), self.max_transactions);
		let (registered, bound) = (count(&membership.registered), u64::from(phase) * u64::from(transactions));
		if self.committee_size > 0 && u64::from(registered) > bound {
			return Err(ParameterError::ContributionsOverPhase { transactions, phase, bound, registered });
		}
		Ok(())
	}

	fn check_collectors(&self, membership: &Membership) -> Result<(), ParameterError> {
		let Dissemination::Collector { k } = self.dissemination else { return Ok(()) };
		let members = count(&membership.members);
		if k > members {
			return Err(ParameterError::CollectorsOverMembers { k, members });
		}
		let faulty = max_faulty(membership.members.len()) as u32;
		if k <= faulty {
			return Err(ParameterError::CollectorsMayAllFail { k, faulty });
		}
		Ok(())
	}

	fn check_proposals(&self, membership: &Membership) -> Result<(), ParameterError> {
		if self.proposal_form != ProposalForm::Full {
			return Ok(());
		}
		let members = count(&membership.members);
		let others = u64::from(members.saturating_sub(1));
		let takes = u64::from(full_bytes(self.block_length_share)) * others / LEADER_BYTES_PER_MS;
		if takes > self.timeout_ceiling.into() {
			return Err(ParameterError::ProposalOverCeiling {
				share: self.block_length_share,
				members,
				takes,
				ceiling: self.timeout_ceiling,
			});
		}
		Ok(())
	}

	fn check_version(&self, membership: &Membership) -> Result<(), ParameterError> {
		let version = self.engine_version;
		let supporters = |of: &[u32]| of.iter().filter(|supported| **supported >= version).count() as u32;
		let (in_set, needed) = (supporters(&membership.members), quorum(membership.members.len()) as u32);
		if in_set < needed {
			return Err(ParameterError::EngineVersionWithoutQuorum { version, supporters: in_set, needed });
		}
		let registered = supporters(&membership.registered);
		let needed = (2 * count(&membership.registered)).div_ceil(3);
		if registered < needed {
			return Err(ParameterError::EngineVersionWithoutRegistered { version, supporters: registered, needed });
		}
		Ok(())
	}
}

/// The length of a list of validators; at most MAX_ROSTER, which fits.
fn count(of: &[u32]) -> u32 {
	of.len() as u32
}
