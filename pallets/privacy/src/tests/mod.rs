//! Every call and every error, with envelopes that are sealed as people seal them.

mod accusation;
mod contract;
mod disclosure;
mod panels;
mod sending;

use crate::{
	mock::{Privacy, *},
	types::*,
	Barred, Convictions, Envelopes, Error, Event, FirstPanel, NextNumber, NextRequest, Numbers, OpenRequests,
	PanelVersion, Panels, Remits, Requests,
};
use frame_support::{assert_noop, assert_ok};
use sp_core::H256;
use sp_keyring::Sr25519Keyring::{self, *};
use sp_runtime::{
	DispatchError::{self, BadOrigin},
	DispatchResult,
};
use syndic_envelope::{Place, Point, Wrap, MAX_PAYLOAD, OVERHEAD};

/// What the last entry on record says.
fn last_act() -> Option<Act> {
	Recorded::get().last().map(|entry| entry.act)
}

/// An envelope from Alice to Bob, sent.
fn sent() -> Letter {
	let letter = Letter::new(Alice, &[Bob], &[AUTHORITY]);
	assert_ok!(letter.send(Alice));
	letter
}

/// The board suspends an institution.
fn suspend(institution: InstitutionId) {
	assert_ok!(Identity::suspend_institution(RuntimeOrigin::root(), institution));
}
