//! Who took part: a block reports the commit certificates of the heights before it.
//!
//! A certificate is checked as everybody checks it, against the set that its height was decided by, so that a report is
//! right or its block is invalid. Heights are reported one after the other, none is left out: a leader cannot choose whom it
//! credits, except among those whose votes a certificate does not need. Only when the next height is older than
//! [`MAX_REPORT_AGE`], for nobody who led had its certificate, it is passed over.
//!
//! A view in which a height did not become final speaks against its leader, if it was the first or a later one to fail; but
//! if all leaders were passed over in turn, it was not they who failed.

use crate::{Config, Credits, Error, LastReported, LeaderPeriod, Pallet};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::ops::Range;
use frame_support::{
	ensure,
	traits::{ConstU32, Get},
	BoundedVec,
};
use scale_info::TypeInfo;
use syndic_primitives::{
	crypto::verify_ed25519,
	participation::{MAX_REPORTED, MAX_REPORT_AGE},
	Certificate, Height, SetId, ValidatorId, ValidatorSet, View,
};

/// The certificates that one block reports, ascending.
pub type Report = BoundedVec<Certificate, ConstU32<MAX_REPORTED>>;

/// Where a height became final.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Place {
	/// The height.
	pub height: Height,
	/// The set that decided it.
	pub set_id: SetId,
	/// The view in which it did.
	pub view: View,
}

/// For how long the leader period has been what it is. What is reported of the heights before is not judged by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct KnownPeriod {
	/// For how many heights one member leads.
	pub period: u32,
	/// The first block that knew of it.
	pub since: Height,
}

impl<T: Config> Pallet<T> {
	/// The next height to report, once it is final.
	pub(crate) fn next_reported() -> Height {
		let oldest = Self::now().get().saturating_sub(MAX_REPORT_AGE);
		LastReported::<T>::get().height.next().max(Height(oldest)).max(Height(1))
	}

	/// Of what a node knows, what its block reports: no more than is right, so that the block is valid.
	pub(crate) fn select(known: &[Certificate]) -> Report {
		let mut expected = Self::next_reported();
		let mut report = Report::new();
		for certificate in known {
			if certificate.height() != expected {
				continue;
			}
			if Self::check_reported(certificate, expected).is_err() || report.try_push(certificate.clone()).is_err() {
				break;
			}
			expected = expected.next();
		}
		report
	}

	/// Whether this is a commit certificate of the block at that height in this chain. Gives the set that decided it.
	fn check_reported(certificate: &Certificate, expected: Height) -> Result<ValidatorSet, Error<T>> {
		let height = certificate.height();
		ensure!(height == expected, Error::<T>::ReportOutOfOrder);
		ensure!(height < Self::now(), Error::<T>::ReportOutOfOrder);
		let set = Self::set_of(certificate.set_id()).ok_or(Error::<T>::SetNotKnown)?;
		let next = Self::set_of(set.id().next());
		let decided = height >= set.since() && next.is_none_or(|next| height < next.since());
		ensure!(decided, Error::<T>::ReportOfWrongSet);
		// Before the signatures: it bounds how many are looked at.
		ensure!(certificate.signatures.len() <= set.size(), Error::<T>::BadCertificate);
		let (hash, genesis) = (Self::block_hash(height), Self::block_hash(Height::ZERO));
		let certificate = certificate.clone();
		certificate
			.verify_commit_of(height, hash, &genesis, &set, &verify_ed25519)
			.map_err(|_| Error::<T>::BadCertificate)?;
		Ok(set)
	}

	/// Takes a report, all of it or nothing.
	pub(crate) fn take_report(report: &Report) -> Result<(), Error<T>> {
		ensure!(!report.is_empty(), Error::<T>::ReportOutOfOrder);
		let mut expected = Self::next_reported();
		let mut checked = Vec::new();
		for certificate in report {
			checked.push((certificate, Self::check_reported(certificate, expected)?));
			expected = expected.next();
		}
		let period = Self::known_period();
		for (certificate, set) in checked {
			Self::credit(certificate, &set, &period);
		}
		Ok(())
	}

	/// The leader period, and since when it is known.
	fn known_period() -> KnownPeriod {
		let (known, period) = (LeaderPeriod::<T>::get(), T::Parameters::get().leader_period);
		if known.period == period {
			return known;
		}
		let known = KnownPeriod { period, since: Self::now() };
		LeaderPeriod::<T>::put(&known);
		known
	}

	fn credit(certificate: &Certificate, set: &ValidatorSet, known: &KnownPeriod) {
		let (height, view) = (certificate.height(), certificate.view());
		let before = LastReported::<T>::get();
		let judged = height >= known.since;
		let leader = set.leader(height, view, known.period);
		Credits::<T>::mutate(|credits| {
			for member in set.members() {
				Self::credit_of(credits, member, height);
			}
			for (signer, _) in &certificate.signatures {
				let Some(credit) = set.member(*signer).and_then(|key| credits.get_mut(key)) else { continue };
				credit.commits = credit.commits.saturating_add(1);
				credit.last_seen = credit.last_seen.max(height);
			}
			if let Some(credit) = set.member(leader).filter(|_| judged).and_then(|key| credits.get_mut(key)) {
				credit.led = credit.led.saturating_add(1);
			}
		});
		// A set begins with view 0. After a gap it is not known at which height a view failed.
		let first = match before.set_id == set.id() && before.height != Height::ZERO {
			true if before.height.next() == height => before.view,
			false if height == set.since() => View::ZERO,
			_ => view,
		};
		LastReported::<T>::put(Place { height, set_id: set.id(), view });
		if judged {
			for (validator, view) in passed_over(set, height, first.0..view.0, known.period) {
				Self::missed(&validator, height, view);
			}
		}
	}
}

/// Who led the views that passed without the height becoming final, each with its view. Nobody, when all who lead were passed
/// over: then it was not the leaders.
fn passed_over(set: &ValidatorSet, height: Height, views: Range<u32>, period: u32) -> Vec<(ValidatorId, View)> {
	let leaders = set.size() - set.demoted().len();
	if views.len() >= leaders {
		return Vec::new();
	}
	let led = |view| set.member(set.leader(height, View(view), period)).map(|key| (key.clone(), View(view)));
	views.filter_map(led).collect()
}
